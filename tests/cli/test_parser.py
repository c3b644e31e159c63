"""Words in, values or clap's complaints out."""

from __future__ import annotations

import pytest

from weft.cli.parser import Invocation, parse
from weft.core.errors import UsageError, WeftError

INSTALL_TAIL = "<PACKAGE|--requirements <REQUIREMENTS>|--editable <EDITABLE>|--group <GROUP>>"


def parsed(line: str, **environ: str) -> Invocation:
    return parse(line.split(), environ)


def refused(line: str, **environ: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        parse(line.split(), environ)
    return caught.value


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("v", "venv"),
        ("virtualenv", "venv"),
        ("pip ls", "pip list"),
        ("cache clear", "cache clean"),
        ("clean", "clean"),
        ("-q pip --offline check", "pip check"),
    ],
)
def test_commands_are_found_by_name_and_alias(line: str, path: str) -> None:
    assert parsed(line).command.path == path


def test_every_way_to_write_a_value_is_read() -> None:
    found = parsed("pip install -ra -r b -r=c --requirements d --requirement=e -- -x y")
    assert found.values["requirements"] == ["a", "b", "c", "d", "e"]
    assert found.values["packages"] == ["-x", "y"]


def test_short_flags_combine_and_the_last_may_take_a_value() -> None:
    found = parsed("pip install -Uqqp3.12 x")
    assert found.values == {"upgrade": True, "quiet": 2, "python": "3.12", "packages": ["x"]}


def test_options_before_and_after_the_command_are_the_same() -> None:
    before, after = parsed("--offline --cache-dir c cache dir"), parsed("cache dir --offline")
    assert before.values == {"offline": True, "cache_dir": "c"}
    assert after.values == {"offline": True}


@pytest.mark.parametrize(
    ("line", "dest", "value"),
    [
        ("pip install x --upgrade --no-upgrade", "upgrade", False),
        ("pip install x --no-upgrade -U", "upgrade", True),
        ("pip install x --no-deps --deps", "no_deps", False),
        ("pip install x --no-verify-hashes --verify-hashes", "no_verify_hashes", False),
        ("venv --clear --no-clear", "clear", False),
        ("cache dir --offline --no-offline", "offline", False),
    ],
)
def test_the_last_of_a_flag_and_its_negation_wins(line: str, dest: str, value: bool) -> None:
    assert parsed(line).values[dest] is value


@pytest.mark.parametrize(
    ("line", "dest", "gone"),
    [
        ("pip list --managed-python --no-managed-python", "no_managed_python", "managed_python"),
        ("pip install x --exact --inexact", "inexact", "exact"),
        ("venv --clear --allow-existing", "allow_existing", "clear"),
    ],
)
def test_the_later_of_two_opposites_wins(line: str, dest: str, gone: str) -> None:
    values = parsed(line).values
    assert values[dest] is True
    assert gone not in values


def test_values_with_commas_are_split_where_the_table_says_so() -> None:
    values = parsed("pip install x --extra a,b --no-binary c,d --find-links e,f").values
    assert (values["extra"], values["no_binary_package"], values["find_links"]) == (
        ["a", "b"],
        ["c", "d"],
        ["e", "f"],
    )


def test_aliases_of_values_become_what_they_stand_for() -> None:
    assert parsed("pip install x --link-mode reflink").values["link_mode"] == "clone"


@pytest.mark.parametrize(
    ("line", "message", "tips", "usage"),
    [
        (
            "pip instal",
            "unrecognized subcommand 'instal'",
            ("some similar subcommands exist: 'list', 'uninstall', 'install'",),
            "weft pip [OPTIONS] <COMMAND>",
        ),
        (
            "install",
            "unrecognized subcommand 'install'",
            ("a similar subcommand exists: 'weft pip install'",),
            "weft [OPTIONS] <COMMAND>",
        ),
        (
            "clen",
            "unrecognized subcommand 'clen'",
            ("a similar subcommand exists: 'clean'",),
            "weft [OPTIONS] <COMMAND>",
        ),
        (
            "adit",
            "unrecognized subcommand 'adit'",
            ("some similar subcommands exist: 'add', 'audit'",),
            "weft [OPTIONS] <COMMAND>",
        ),
        (
            "pip install --bogus",
            "unexpected argument '--bogus' found",
            ("to pass '--bogus' as a value, use '-- --bogus'",),
            f"weft pip install [OPTIONS] {INSTALL_TAIL}",
        ),
        (
            "pip install -U --prefix a --upgrad",
            "unexpected argument '--upgrad' found",
            ("a similar argument exists: '--upgrade'",),
            f"weft pip install --upgrade --prefix <PREFIX> {INSTALL_TAIL}",
        ),
        (
            "cache dir --cache",
            "unexpected argument '--cache' found",
            ("a similar argument exists: '--no-cache'",),
            "weft cache dir --no-cache",
        ),
        (
            "pip list --formt json",
            "unexpected argument '--formt' found",
            ("a similar argument exists: '--format'",),
            "weft pip list --format <FORMAT>",
        ),
        (
            "cache size --human x",
            "unexpected argument 'x' found",
            (),
            "weft cache size [OPTIONS]",
        ),
        ("cache size -Hx", "unexpected argument '-x' found", (), "weft cache size [OPTIONS]"),
        ("venv a b", "unexpected argument 'b' found", (), "weft venv [OPTIONS] [PATH]"),
        ("cache dir -V", "unexpected argument '-V' found", (), "weft cache dir [OPTIONS]"),
        (
            "pip tree --depth -1",
            "unexpected argument '-1' found",
            (),
            "weft pip tree [OPTIONS]",
        ),
        (
            "cache dir --offline=1",
            "unexpected value '1' for '--offline' found; no more were expected",
            (),
            "weft cache dir --offline",
        ),
        (
            "pip install -U",
            f"the following required arguments were not provided:\n  {INSTALL_TAIL}",
            (),
            f"weft pip install --upgrade {INSTALL_TAIL}",
        ),
        (
            "pip install x -q -v -U",
            "the argument '--quiet...' cannot be used with '--verbose...'",
            (),
            f"weft pip install --quiet... --upgrade {INSTALL_TAIL}",
        ),
        (
            "pip list --exclude-editable -e",
            "the argument '--exclude-editable' cannot be used with '--editable'",
            (),
            "weft pip list --exclude-editable",
        ),
        (
            "pip install --no-build --no-binary a b",
            "the argument '--no-build' cannot be used with '--no-binary <NO_BINARY>'",
            (),
            f"weft pip install --no-build {INSTALL_TAIL}",
        ),
        (
            "pip list --no-stric",
            "unexpected argument '--no-stric' found",
            ("a similar argument exists: '--no-strict'",),
            "weft pip list [OPTIONS]",
        ),
        (
            "pip show --fil",
            "unexpected argument '--fil' found",
            ("a similar argument exists: '--files'",),
            "weft pip show --files [PACKAGE]...",
        ),
        (
            "pip install -r y x --offline=1",
            "unexpected value '1' for '--offline' found; no more were expected",
            (),
            f"weft pip install --offline {INSTALL_TAIL}",
        ),
        (
            "pip install --target a --prefix b x",
            "the argument '--target <TARGET>' cannot be used with '--prefix <PREFIX>'",
            (),
            f"weft pip install --target <TARGET> {INSTALL_TAIL}",
        ),
        (
            "tool uninstall -q --all x",
            "the argument '--all' cannot be used with '<NAME>...'",
            (),
            "weft tool uninstall --quiet... --all <NAME>...",
        ),
        (
            "tool uninstall x -q --all",
            "the argument '<NAME>...' cannot be used with '--all'",
            (),
            "weft tool uninstall --quiet... <NAME>...",
        ),
        (
            "pip list --format json --format json",
            "the argument '--format <FORMAT>' cannot be used multiple times",
            (),
            "weft pip list [OPTIONS]",
        ),
    ],
)
def test_wrong_words_are_answered_like_clap(
    line: str, message: str, tips: tuple[str, ...], usage: str
) -> None:
    error = refused(line)
    assert (error.message, error.tips, error.usage) == (message, tips, usage)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "pip install x --link-mode zip",
            "invalid value 'zip' for '--link-mode <LINK_MODE>'\n"
            "  [possible values: auto, clone, hardlink, symlink, copy]",
        ),
        (
            "pip install x --resolution",
            "a value is required for '--resolution <RESOLUTION>' but none was supplied\n"
            "  [possible values: highest, lowest, lowest-direct]",
        ),
        (
            "pip install x -r --offline",
            "a value is required for '--requirements <REQUIREMENTS>' but none was supplied",
        ),
        (
            "pip tree -d x",
            "invalid value 'x' for '--depth <DEPTH>': invalid digit found in string",
        ),
        ("pip tree -d 300", "invalid value '300' for '--depth <DEPTH>': 300 is not in 0..=255"),
        (
            "pip install x -C foo",
            "invalid value 'foo' for '--config-setting <CONFIG_SETTING>': "
            "Invalid config setting: foo (expected `KEY=VALUE`)",
        ),
        (
            "pip install x --exclude-newer-package a",
            "invalid value 'a' for '--exclude-newer-package <EXCLUDE_NEWER_PACKAGE>': Invalid "
            "`exclude-newer-package` value `a`: expected format `PACKAGE=DATE` or `PACKAGE=false`",
        ),
        (
            "cache clean a*b",
            "invalid value 'a*b' for '[PACKAGE]...': Not a valid package or extra name: \"a*b\". "
            "Names must start and end with a letter or digit and may only contain -, _, ., and "
            "alphanumeric characters.",
        ),
        (
            "pip install x --python-version zip",
            "invalid value 'zip' for '--python-version <PYTHON_VERSION>': Python version `zip` "
            "could not be parsed: expected version to start with a number, but no leading ASCII "
            "digits were found",
        ),
    ],
)
def test_values_are_checked_when_they_are_read(line: str, message: str) -> None:
    assert refused(line).message == message


def test_a_wrong_value_of_an_option_without_a_shown_spelling_is_told() -> None:
    error = refused("venv --python-fetch zip")
    assert error.message.startswith("invalid value 'zip' for '--python-fetch <PYTHON_FETCH>'")
    with pytest.raises(WeftError, match="invalid value for UV_PYTHON_DOWNLOADS, expected one of"):
        parsed("venv", UV_PYTHON_DOWNLOADS="zip")


def test_a_close_value_is_suggested() -> None:
    assert refused("pip list --format jso").tips == ("a similar value exists: 'json'",)


def test_a_requirement_that_does_not_parse_shows_where() -> None:
    with pytest.raises(UsageError) as caught:
        parse(["pip", "install", "x", "-P", "x y"], {})
    assert "\nx y\n  ^" in caught.value.message


def test_an_empty_path_or_choice_counts_as_missing() -> None:
    for words in (["cache", "dir", "--cache-dir", ""], ["pip", "list", "--format="]):
        with pytest.raises(UsageError, match="a value is required for"):
            parse(words, {})


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("", "no command"),
        ("pip", "no command"),
        ("-h", "short help"),
        ("pip install -hU", "short help"),
        ("cache --help", "long help"),
        ("-V", "version"),
        ("--version --offline", "version"),
        ("-Vq", "version"),
        ("-V -x", "version"),
    ],
)
def test_help_and_version_need_no_command(line: str, asked: str) -> None:
    assert parsed(line).asked == asked


def test_a_group_with_options_but_no_command_is_an_error() -> None:
    message = "'weft cache' requires a subcommand but one was not provided\n"
    assert refused("cache -q").message.startswith(message)
    assert refused("", UV_OFFLINE="1").message.startswith("'weft' requires a subcommand")
    assert "clean, clear, prune, dir, size, doctor, import]" in refused("-q cache").message


@pytest.mark.parametrize("text", ["1", "true", "YES", "on", "T", "y"])
def test_variables_switch_flags_on(text: str) -> None:
    assert parsed("cache dir", WEFT_OFFLINE=text).values == {"offline": True}


@pytest.mark.parametrize("text", ["0", "false", "No", "off", "F", "n"])
def test_variables_switch_flags_off(text: str) -> None:
    assert parsed("cache dir", UV_OFFLINE=text).values == {"offline": False}


@pytest.mark.parametrize("text", ["", "maybe", "2"])
def test_a_variable_that_is_no_boolean_is_an_error(text: str) -> None:
    with pytest.raises(WeftError) as caught:
        parsed("cache dir", UV_OFFLINE=text)
    assert caught.value.message == (
        f"Failed to parse environment variable `UV_OFFLINE` with invalid value `{text}`: "
        "expected a boolish value"
    )
    assert caught.value.exit_code == 2


def test_a_wrong_choice_that_only_a_variable_can_make_names_the_variable() -> None:
    with pytest.raises(WeftError) as caught:
        parsed("pip install x", WEFT_LINK_POLICY="strict")
    assert caught.value.message == (
        "Failed to parse environment variable `WEFT_LINK_POLICY` with invalid value `strict`: "
        "expected one of `prefer-shared`, `require-shared`"
    )
    allowed = parsed("pip install x", WEFT_LINK_POLICY="require-shared")
    assert allowed.values["link_policy"] == "require-shared"


def test_variables_of_weft_go_before_those_of_uv_and_flags_before_both() -> None:
    both = {"WEFT_RESOLUTION": "lowest", "UV_RESOLUTION": "highest"}
    assert parsed("pip install x", **both).values["resolution"] == "lowest"
    assert parsed("pip install x", UV_RESOLUTION="lowest").values["resolution"] == "lowest"
    given = parsed("pip install x --resolution lowest-direct", **both)
    assert given.values["resolution"] == "lowest-direct"
    assert given.sources["resolution"] == "--resolution"


def test_the_cache_directory_of_uv_is_left_alone() -> None:
    assert "cache_dir" not in parsed("cache dir", UV_CACHE_DIR="/x").values
    assert parsed("cache dir", WEFT_CACHE_DIR="/y").values["cache_dir"] == "/y"


def test_lists_in_variables_have_their_own_separators() -> None:
    found = parsed(
        "pip install x",
        UV_INDEX="a b",
        UV_FIND_LINKS="c d,e",
        UV_CONSTRAINT=" f  g ",
        UV_OVERRIDE="",
    )
    assert found.values["index"] == ["a", "b"]
    assert found.values["find_links"] == ["c d", "e"]
    assert found.values["constraints"] == ["f", "g"]
    assert "overrides" not in found.values


def test_variables_of_other_commands_are_not_read() -> None:
    assert parsed("cache dir", UV_LINK_MODE="zip").values == {}
    assert refused("pip install x", UV_LINK_MODE="zip").message.startswith("invalid value 'zip'")


@pytest.mark.parametrize("text", ["-1", "1.5", "x"])
def test_a_variable_that_is_no_number_is_an_error(text: str) -> None:
    with pytest.raises(WeftError, match="should be an integer number of seconds"):
        parsed("cache dir", UV_HTTP_TIMEOUT=text)


def test_a_lock_timeout_that_is_no_number_is_only_a_warning() -> None:
    found = parsed("cache dir", UV_LOCK_TIMEOUT="abc")
    assert found.values == {}
    assert found.warnings[0].startswith("Failed to parse environment variable `UV_LOCK_TIMEOUT`")


def test_zero_downloads_at_a_time_are_refused_and_an_empty_number_is_none() -> None:
    with pytest.raises(WeftError, match="number would be zero for non-zero type"):
        parsed("cache dir", UV_CONCURRENT_DOWNLOADS="0")
    assert parsed("cache dir", UV_CONCURRENT_DOWNLOADS="").values == {}


def test_options_whose_time_has_not_come_say_so() -> None:
    with pytest.raises(WeftError, match="is not supported by weft yet"):
        parsed("pip install x --torch-backend cpu")


def test_what_pip_has_and_weft_has_not() -> None:
    with pytest.raises(WeftError, match="pip's `--user` is unsupported"):
        parsed("pip install --user x")
    found = parsed("pip uninstall -y x --disable-pip-version-check")
    assert found.warnings == [
        "`--yes` has no effect (weft never asks for confirmation)",
        "pip's `--disable-pip-version-check` has no effect",
    ]
