"""Reading lock files, against the text that they are written as and against `packaging.pylock`."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.pylock import Pylock as Reference

from tests.lock.documents import DIGEST, HEAD, PACKAGE, URL, WHEEL, WICK, documents
from weft.lock.model import Pylock
from weft.lock.pylock import InvalidLock, parse_pylock
from weft.lock.pylock_text import pylock_text


@given(documents)
def test_what_is_written_is_read_again_and_valid_for_others(document: Pylock) -> None:
    text = pylock_text(document)
    read, warnings = parse_pylock(text, "pylock.toml")
    assert read == document
    assert warnings == ()
    reference = Reference.from_dict(tomllib.loads(text))
    assert [str(package.name) for package in reference.packages] == [
        package.name for package in document.packages
    ]


def test_all_fields_are_read() -> None:
    document, _ = parse_pylock(
        HEAD + 'requires-python = ">=3.9"\nenvironments = ["sys_platform == \'linux\'"]\n'
        'extras = ["A.b"]\ndependency-groups = ["d"]\ndefault-groups = ["d"]\n'
        '[[packages]]\nname = "W_ick"\nmarker = "\'a-b\' in extras"\n'
        f'[packages.archive]\nurl = "{URL}/wick.zip"\nsize = 3\nsubdirectory = "in"\n'
        f'upload-time = 2024-01-02T03:04:05+01:00\nhashes = {{ SHA256 = "{DIGEST.upper()}" }}\n'
        "[packages.tool.x]\ny = 1\n[tool.z]\n",
        "pylock.toml",
    )
    package = document.packages[0]
    archive = package.archive
    assert document.extras == ("a-b",) and document.default_groups == ("d",)
    assert package.name == "w-ick"
    assert archive is not None
    assert archive.hashes == (("sha256", DIGEST),)
    assert (archive.size, archive.upload_time, archive.subdirectory) == (3, 1704161045, "in")


def test_keys_that_nobody_knows_are_told_once() -> None:
    text = HEAD + "weird = 1\n" + WICK + 'odd = "x"\n' + WICK.replace("wick", "oil") + "odd = 2\n"
    document, warnings = parse_pylock(text, "pylock.toml")
    assert len(document.packages) == 2
    assert warnings == ("Unknown keys in `pylock.toml` are ignored: `weird`, `packages.odd`",)


def test_files_without_hashes_are_told() -> None:
    text = HEAD + WICK.replace(f'sha256 = "{DIGEST}"', "")
    _, warnings = parse_pylock(text, "x/pylock.toml")
    assert warnings == (
        "Files without hashes in `x/pylock.toml` cannot be checked: `wick-2.0-py3-none-any.whl`",
    )


def test_hashes_of_unknown_algorithms_count_for_nothing_beside_known_ones() -> None:
    text = HEAD + WICK.replace("{ sha256", '{ crc = "1", sha256')
    document, _ = parse_pylock(text, "pylock.toml")
    wheels = document.packages[0].wheels
    assert wheels is not None and wheels[0].hashes == (("sha256", DIGEST),)


def _vcs(fields: str) -> str:
    return f'{HEAD}{PACKAGE}vcs = {{ type = "git", {fields} }}\n'


BAD = {
    "": "missing field `lock-version`",
    "lock-version = ": "invalid value",
    'lock-version = "1.0"\npackages = []': "missing field `created-by`",
    HEAD: "missing field `packages`",
    HEAD + "packages = 1": "invalid type: integer `1`, expected a sequence",
    HEAD + "packages = [1]": "invalid type: integer `1`, expected a map",
    'lock-version = "2.0"\ncreated-by = "x"\npackages = []':
        "unsupported lock version (`2.0`, but only major version 1 is supported)",
    'lock-version = "one"\ncreated-by = "x"\npackages = []':
        "expected version to start with a number, but no leading ASCII digits were found",
    'lock-version = 1\ncreated-by = "x"\npackages = []':
        "invalid type: integer `1`, expected a string",
    HEAD + 'requires-python = "x"\n' + WICK: "Unexpected end of version specifier",
    HEAD + 'environments = ["x"]\n' + WICK: "found `x`",
    HEAD + 'extras = ["-x"]\n' + WICK: 'Not a valid package or extra name: "-x"',
    HEAD + "[[packages]]\nversion = '1'\n": "missing field `name`",
    HEAD + WICK.replace('"wick"', '"-x"'): 'Not a valid package or extra name: "-x"',
    HEAD + WICK.replace('"2.0"', '"nope"'): "expected version to start with a number",
    HEAD + PACKAGE + 'marker = "foo"\n': "Expected a quoted string or a valid marker name",
    HEAD + PACKAGE + "wheels = {}\n": "invalid type: map, expected a sequence",
    HEAD + PACKAGE + "wheels = [1]\n": "invalid type: integer `1`, expected a map",
    HEAD + PACKAGE + 'sdist = "x"\n': 'invalid type: string "x", expected a map',
    HEAD + PACKAGE + f'sdist = {{ url = "{URL}/a.zip" }}\n': "missing field `hashes`",
    HEAD + WICK.replace(DIGEST, "00"): "Invalid hash digest length (expected 64 hexadecimal",
    HEAD + WICK.replace(DIGEST, "x" * 64): "Invalid hash digest (expected hexadecimal characters)",
    HEAD + WICK.replace(f'"{DIGEST}"', "1"): "invalid type: integer `1`, expected a string",
    HEAD + WICK.replace("sha256", "crc"): "none of the hashes can be checked",
    HEAD + WICK.replace("hashes", "size = -1, hashes"): "integer `-1`, expected u64",
    HEAD + WICK.replace("hashes", "size = true, hashes"): "boolean `true`, expected u64",
    HEAD + WICK.replace("hashes", "size = 99999999999999999999, hashes"): "expected u64",
    HEAD + WICK.replace(URL, "nowhere"): 'relative URL without a base: "nowhere/wick',
    HEAD + WICK.replace("https:", "ftp:"): "unsupported URL scheme `ftp`",
    HEAD + WICK.replace("{ url", '{ name = "../a.whl", url'): "`../a.whl` is not the name of a",
    HEAD + WICK.replace("wick-2.0", "%2e%2e%2fwick-2.0"): "is not the name of a file",
    HEAD + WICK.replace("{ url", '{ name = "..", url'): "`..` is not the name of a file",
    HEAD + WICK.replace("hashes", "upload-time = 'x', hashes"): "expected a TOML datetime",
    HEAD + WICK.replace("hashes", "upload-time = 03:04:05, hashes"): "expected a TOML datetime",
    HEAD + PACKAGE + "directory = {}\n": "missing field `path`",
    HEAD + PACKAGE + 'directory = { path = "x", editable = 1 }\n': "expected a boolean",
    HEAD + PACKAGE + 'directory = { path = "x", subdirectory = "../y" }\n':
        "`../y` leads out of the source tree",
    HEAD + PACKAGE + 'directory = { path = "x", subdirectory = "a/../../y" }\n':
        "leads out of the source tree",
    HEAD + PACKAGE + f'archive = {{ url = "{URL}/a.zip", subdirectory = "/etc", hashes = {{}} }}\n':
        "`/etc` leads out of the source tree",
    HEAD + PACKAGE + f'archive = {{ url = "{URL}/a.zip", subdirectory = "c:/x", hashes = {{}} }}\n':
        "leads out of the source tree",
    HEAD + PACKAGE + 'directory = { path = "a\\u0000b" }\n': "null character",
    _vcs('url = "https://x/y", commit-id = "abc"'): "Object ID must be exactly 40 hex characters",
    _vcs('url = "https://x/y", commit-id = "--upload-pack=x"'): "Object ID must be exactly 40",
    _vcs('url = "https://x/y"'): "missing field `commit-id`",
    HEAD + "x = " + "[" * 20_000 + "]" * 20_000: "tables are nested too deeply",
}  # fmt: skip


@pytest.mark.parametrize("text", BAD, ids=range(len(BAD)))
def test_what_is_wrong_is_pointed_at(text: str) -> None:
    with pytest.raises(InvalidLock) as caught:
        parse_pylock(text, "some/pylock.toml")
    assert caught.value.message == "Not a valid `pylock.toml` file: some/pylock.toml"
    assert caught.value.exit_code == 2
    cause = caught.value.__cause__
    assert str(cause).startswith("TOML parse error")
    assert BAD[text] in str(cause)


def test_the_place_of_an_error_is_that_of_its_value() -> None:
    with pytest.raises(InvalidLock) as caught:
        parse_pylock(HEAD + WICK + WICK.replace('"2.0"', '"nope"'), "pylock.toml")
    lines = str(caught.value.__cause__).splitlines()
    assert lines[0] == "TOML parse error at line 9, column 11"
    assert lines[3].endswith("  |           ^^^^^^")


@pytest.mark.parametrize("minor", ["1.0", "1", "1.7"])
def test_every_minor_version_of_the_first_is_read(minor: str) -> None:
    document, _ = parse_pylock(HEAD.replace("1.0", minor) + WICK, "pylock.toml")
    assert document.lock_version == minor


def test_the_sample_is_as_good_as_it_looks() -> None:
    """What the bad samples are made of has nothing else wrong with it."""
    assert WHEEL in WICK
    document, warnings = parse_pylock(HEAD + WICK, "pylock.toml")
    assert [package.version for package in document.packages] == ["2.0"]
    assert warnings == ()


VALUES = (
    "1", "-1", "true", "1.5", "nan", '""', '"x"', '"1.0"', '"https://h/a-1-py3-none-any.whl"', "[]",
    "[1]", '["x"]', "{}", "{ x = 1 }", "[{}]", "1979-05-27", "07:32:00", "1979-05-27T07:32:00Z",
    "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59",
)  # fmt: skip
values = st.sampled_from(VALUES)
FILE_KEYS = ("name", "url", "path", "upload-time", "size", "hashes", "subdirectory")
PACKAGE_KEYS = (
    "name", "version", "marker", "requires-python", "index", "dependencies", "vcs", "directory",
    "archive", "sdist", "wheels", "tool",
)  # fmt: skip
VCS_KEYS = ("type", "url", "path", "requested-revision", "commit-id", "subdirectory")


def inline(keys: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.dictionaries(st.sampled_from(keys), values).map(
        lambda table: "{ " + ", ".join(f"{key} = {text}" for key, text in table.items()) + " }"
    )


@given(
    st.dictionaries(st.sampled_from(("requires-python", "environments", "extras")), values),
    st.dictionaries(
        st.sampled_from(PACKAGE_KEYS),
        values | inline(FILE_KEYS) | inline(VCS_KEYS) | inline(FILE_KEYS).map(lambda t: f"[{t}]"),
    ),
)
def test_whatever_stands_there_is_read_or_refused(
    top: dict[str, str], package: dict[str, str]
) -> None:
    lines = [*(f"{key} = {text}" for key, text in top.items()), "[[packages]]"]
    lines += [f"{key} = {text}" for key, text in package.items()]
    text = HEAD + "\n".join(lines)
    tomllib.loads(text)  # that much is certain
    try:
        document, _ = parse_pylock(text, "pylock.toml")
    except InvalidLock as error:
        assert str(error.__cause__).startswith("TOML parse error at line")
    else:
        assert len(document.packages) == 1
