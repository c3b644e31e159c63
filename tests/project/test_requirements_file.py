"""Requirements files: what each line means, and what is said of lines that mean nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.project.helpers import names, read, rendered
from weft.core.errors import WeftError
from weft.project.requirements_file import FileSyntaxError, parse_statements

SHA = "a" * 64

READS = [
    ("six\nflask>=2\n", ["six", "flask>=2"]),
    ("six\r\nflask\r", ["six", "flask"]),
    ("# only a comment\n\n   \n", []),
    ("six # comment\n\t# another\nflask\t# tab", ["six", "flask"]),
    ("six \\\n  >=1.0, \\\n  <2\nflask", ["six>=1.0,<2", "flask"]),
    ("six \\\n\nflask", ["six", "flask"]),
    ("six \\", ["six"]),
    # A comment ends its line: what follows is a line of its own.
    ("six # comment \\\nflask", ["six", "flask"]),
    # No line end in the eyes of a person who reviews the file.
    ("# comment\u2028evil\nsix\x0c", ["six"]),
    ('six ; python_version > "3" # why', ["six ; python_version > '3'"]),
    ("six @ https://h/six.whl#sha256=aa", ["six @ https://h/six.whl#sha256=aa"]),
    ("six @ ./six", ["six @ file:///w/six"]),
    ("./a/../b", ["/w/b"]),
    ("../b[x]", ["/b"]),
    (".", ["/w"]),
    ("/abs/x.tar.gz", ["/abs/x.tar.gz"]),
    ("six-1.0-py3-none-any.whl", ["/w/six-1.0-py3-none-any.whl"]),
    ("https://h/six-1.0.tar.gz", ["https://h/six-1.0.tar.gz"]),
    ("git+https://h/x.git@main#egg=x", ["git+https://h/x.git@main#egg=x"]),
    ("file:x", ["/w/x"]),
    ("./x.tar.gz#subdirectory=y", ["file:///w/x.tar.gz#subdirectory=y"]),
    ('six;platform_machine=="a/b"', ["six ; platform_machine == 'a/b'"]),
    ('six[a]@file:///x/y', ["six[a] @ file:///x/y"]),
    ("sub/dir[a] ; python_version > '3'", ["/w/sub/dir"]),
    ("-r b.txt", ["from-b"]),
    ("-rb.txt", ["from-b"]),
    ("-r=b.txt", ["from-b"]),
    ("--requirement b.txt # comment", ["from-b"]),
    ("--requirement=b.txt", ["from-b"]),
    ("-r 'b.txt'", ["from-b"]),
    ("-r b.txt --no-index", ["from-b"]),
    ("-r deep/c.txt", ["from-d", "from-b"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), READS)
def test_reads(text: str, expected: list[str]) -> None:
    files = {
        "a.txt": text,
        "b.txt": "from-b",
        "deep/c.txt": "-r d.txt\n-r ../b.txt",
        "deep/d.txt": "from-d",
    }
    assert names(read(files, files=("a.txt",))) == expected


ERRORS = [
    ("six\nfoo bar", "Couldn't parse requirement in `a.txt` at position 4\n"
     "cause: Expected one of `@`, `(`, `<`, `=`, `>`, `~`, `!`, `;`, found `b`\nfoo bar\n    ^"),
    ("é\n", "Unexpected 'é', expected '-c', '-e', '-r' or the start of a requirement: a.txt:1:1"),
    ("# é\n  --bogus", "Unexpected '-', expected '-c', '-e', '-r' or the start of a requirement: "
     "a.txt:2:3"),
    ("-r missing.txt", "Error parsing included file in `a.txt` at position 0\n"
     "cause: failed to read from file `/w/missing.txt`: No such file or directory (os error 2)"),
    ("six\n-r b.txt", "Error parsing included file in `a.txt` at position 4\n"
     "cause: Couldn't parse requirement in `b.txt` at position 0\n"
     "cause: Unexpected end of version specifier, expected version\nfoo==\n   ^^"),
    ("--index-url\n", "`--index-url` must be followed by an argument: a.txt:2:1"),
    ("--index-url=", "`--index-url` must be followed by an argument: a.txt:1:13"),
    ("--no-index=yes", "Unexpected '=', expected '-c', '-e', '-r' or the start of a requirement: "
     "a.txt:1:11"),
    ("-i nowhere", "Invalid URL in `a.txt` at position 0: nowhere\n"
     "cause: relative URL without a base"),
    ("-i http://[bad", "Invalid URL in `a.txt` at position 0: http://[bad\n"
     "cause: Invalid IPv6 URL"),
    ("--no-binary a,!!", "Invalid specifier for `--no-binary` in `a.txt`: a,!!\n"
     'cause: Not a valid package or extra name: "!!". Names must start and end with a letter or '
     "digit and may only contain -, _, ., and alphanumeric characters."),
    ("six --global-option=x", 'Expected `--hash`, found `"--global-option=x"`: a.txt:1:5'),
    ("six --hash=md9:aa", "Unsupported hash algorithm (expected one of: `md5`, `sha256`, `sha384`, "
     "`sha512`, or `blake2b`) on: `md9`"),
    ("six --hash=sha256", "Unexpected hash (expected `<algorithm>:<hash>`): sha256"),
    ("six --hash=sha256:aa", "Invalid hash digest length (expected 64 hexadecimal characters, "
     "found 2)"),
    ("six --hash", "`--hash` must be followed by an argument: a.txt:1:11"),
    ("-e six==1", "Unsupported editable requirement in `a.txt` at line 1: `six==1`\n"
     "cause: Registry requirements cannot be editable\n"
     "hint: Editable requirements must refer to a local directory"),
    ("six\n-e git+https://h/x", "Unsupported editable requirement in `a.txt` at line 2: "
     "`git+https://h/x`\ncause: Git sources cannot be editable\n"
     "hint: Editable requirements must refer to a local directory"),
    ("hg+https://h/x", "Couldn't parse requirement in `a.txt` at position 0\n"
     "cause: Unsupported URL prefix `hg` in URL `hg+https://h/x` (Mercurial is not supported)\n"
     "hg+https://h/x\n^^^^^^^^^^^^^^"),
    ("-c c.txt", "Error parsing included file in `a.txt` at position 0\n"
     "cause: Editable requirements are not allowed as constraints in `c.txt`"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), ERRORS)
def test_says_what_is_wrong_and_where(text: str, expected: str) -> None:
    files = {"a.txt": text, "b.txt": "foo==", "c.txt": "-e ."}
    with pytest.raises(WeftError) as caught:
        read(files, files=("a.txt",))
    assert rendered(caught.value) == expected
    assert caught.value.exit_code == 2


def test_a_missing_file_of_the_command_line_is_named_as_written() -> None:
    with pytest.raises(WeftError, match=r"^File not found: nofile\.txt$"):
        read({}, files=("nofile.txt",))


def test_options_of_all_files_add_up() -> None:
    inputs = read(
        {
            "a.txt": "-i https://one/ --extra-index-url https://two/\n-r b.txt\n--no-binary :all:",
            "b.txt": "--index-url https://three/\n--no-index\n--require-hashes\n"
            "--no-binary=A_b,c\n--only-binary D\n-f https://links/",
        },
        files=("a.txt",),
    )
    options = inputs.options
    assert options.index_url == "https://three/"
    assert options.extra_index_urls == ("https://two/",)
    assert options.find_links == ("https://links/",)
    assert options.no_index
    assert options.require_hashes
    assert options.no_binary == ("a-b", "c", ":all:")
    assert options.only_binary == ("d",)


def test_options_that_mean_nothing_here_are_warned_about() -> None:
    inputs = read({"a.txt": "--pre\n--prefer-binary\nsix"}, files=("a.txt",))
    assert inputs.warnings == (
        "Ignoring unsupported option in `a.txt`: `--pre` "
        "(hint: pass `--pre` on the command line instead)",
        "Ignoring unsupported option in `a.txt`: `--prefer-binary`",
    )


def test_options_of_pip_for_releases_name_their_flag() -> None:
    inputs = read({"a.txt": "--only-final six --all-releases :all:\nsix"}, files=("a.txt",))
    assert inputs.warnings == tuple(
        f"Ignoring unsupported option in `a.txt`: `{option}` "
        "(hint: pass `--prerelease-package` on the command line instead)"
        for option in ("--only-final", "--all-releases")
    )


def test_the_last_word_on_hashes_counts() -> None:
    text = "--require-hashes\n-r b.txt\nsix"
    inputs = read({"a.txt": text, "b.txt": "--no-require-hashes"}, files=("a.txt",))
    assert inputs.options.require_hashes is False


def test_constraints_of_builds_stay_apart() -> None:
    files = {"b.txt": f"setuptools<80 --hash=sha256:{SHA}\n-c c.txt", "c.txt": "wheel<1"}
    inputs = read(files, build_constraints=("b.txt",))
    assert [str(line.requirement) for line in inputs.build_constraints] == [
        "setuptools<80",
        "wheel<1",
    ]
    assert inputs.build_constraints[0].hashes == (("sha256", SHA),)
    assert (inputs.constraints, inputs.requirements) == ((), ())
    with pytest.raises(WeftError, match="Unnamed requirements are not allowed as constraints"):
        read({"b.txt": "./x"}, build_constraints=("b.txt",))


def test_an_empty_file_is_warned_about() -> None:
    inputs = read({"a.txt": "# nothing"}, files=("a.txt",))
    assert inputs.warnings == ("Requirements file `a.txt` does not contain any dependencies",)


def test_hashes_and_settings_stay_with_their_requirement() -> None:
    text = f"six==1 \\\n  --hash=sha256:{SHA.upper()} \\\n  --hash md5:{'b' * 32} -C a=b\nflask"
    first, second = read({"a.txt": text}, files=("a.txt",)).requirements
    assert first.hashes == (("sha256", SHA), ("md5", "b" * 32))
    assert first.config_settings == ("a=b",)
    assert (first.origin, first.line) == ("-r a.txt", 1)
    assert (second.hashes, second.line) == ((), 4)


def test_variables_are_expanded_where_they_are_set() -> None:
    text = "${PKG}==${UNSET}1\nhttps://u:${TOKEN}@h/x-1.tar.gz # ${PKG}\n$PKG2"
    environ = {"PKG": "six", "TOKEN": "s3"}
    with pytest.raises(WeftError) as caught:
        read({"a.txt": text}, files=("a.txt",), environ=environ)
    assert "at position 0" in rendered(caught.value)
    assert names(read({"a.txt": text.split("\n")[1]}, files=("a.txt",), environ=environ)) == [
        "https://u:s3@h/x-1.tar.gz"
    ]


def test_editables_keep_extras_and_markers() -> None:
    text = '-e ./x[a,B_c] ; python_version > "3"\n--editable=y @ ./y\n-e plain'
    first, second, third = read({"a.txt": text}, files=("a.txt",)).requirements
    assert (first.path_or_url, first.extras, first.editable) == ("/w/x", ("a", "b-c"), True)
    assert first.marker is not None and first.marker.text == "python_version > '3'"
    assert second.editable and second.requirement is not None
    assert second.requirement.url == "file:///w/y"
    assert third.path_or_url == "/w/plain"


def test_constraints_of_included_files_are_constraints() -> None:
    files = {"a.txt": "-c c.txt\nsix", "c.txt": "six<1\n-r d.txt", "d.txt": "flask<2"}
    inputs = read(files, files=("a.txt",))
    assert names(inputs) == ["six"]
    assert [str(line.requirement) for line in inputs.constraints] == ["six<1", "flask<2"]
    assert inputs.constraints[1].origin == "-c d.txt"


def test_files_that_include_each_other_are_read_once() -> None:
    files = {"a.txt": "one\n-r b.txt", "b.txt": "-r a.txt\ntwo\n-c a.txt"}
    inputs = read(files, files=("a.txt",))
    assert names(inputs) == ["one", "two"]
    assert [str(line.requirement) for line in inputs.constraints] == ["one", "two"]


@pytest.mark.parametrize(
    "data",
    [
        "\ufeffsix # é".encode(),
        "\ufeffsix # é".encode("utf-16-le"),
        "\ufeffsix # é".encode("utf-16-be"),
        "\ufeffsix # é".encode("utf-32-le"),
        b"# -*- coding: latin-1 -*-\nsix # \xe9",
    ],
)
def test_encodings(data: bytes) -> None:
    assert names(read({"a.txt": data}, files=("a.txt",))) == ["six"]


@pytest.mark.parametrize("data", [b"six # \xe9", b"# coding: nonsense\nsix", b"\xff\xfes"])
def test_bytes_that_are_no_text_are_refused(data: bytes) -> None:
    with pytest.raises(WeftError, match=r"failed to decode file `a\.txt`"):
        read({"a.txt": data}, files=("a.txt",))


def test_remote_files_name_files_beside_them() -> None:
    files = {"https://h/d/a.txt": "-r b.txt\nsix", "https://h/d/b.txt": "flask"}
    assert names(read(files, files=("https://h/d/a.txt",))) == ["flask", "six"]


@given(st.text(alphabet="ab-rce= \\\n\r#'\"$;@[]<>:/.é", max_size=40))
def test_any_text_is_statements_or_an_error_with_a_place(text: str) -> None:
    try:
        for statement in parse_statements(text, "a.txt", environ={}):
            assert statement.text == statement.text.strip()
            assert 0 <= statement.start <= len(text.encode())
            assert 1 <= statement.line <= text.count("\n") + text.count("\r") + 1
    except FileSyntaxError as error:
        assert error.line >= 1
        assert error.column >= 1


@given(st.lists(st.sampled_from(["six", "flask>=2", "-r x.txt", "# c", "", "  "]), max_size=8))
def test_line_ends_and_indentation_change_nothing(lines: list[str]) -> None:
    def parsed(text: str) -> list[tuple[str, str]]:
        found = parse_statements(text, "a", environ={})
        return [(statement.kind, statement.text) for statement in found]

    plain = parsed("\n".join(lines))
    assert parsed("\r\n".join(lines)) == plain
    assert parsed("\r".join(f"  {line}" for line in lines)) == plain
