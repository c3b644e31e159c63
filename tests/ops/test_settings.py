"""Flags, variables and files become one set of settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from weft.cli.parser import parse
from weft.core.errors import WeftError
from weft.ops.settings import Settings, resolve
from weft.ops.settings_indexes import IndexSetting


class World:
    """A directory tree with a project, a user's and a system's configuration."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.cwd = root / "project"
        self.cwd.mkdir()
        self.environ = {
            "HOME": str(root / "home"),
            "XDG_CONFIG_HOME": str(root / "user"),
            "XDG_CONFIG_DIRS": f"{root / 'system1'}:{root / 'system2'}",
        }

    def write(self, path: str, text: str) -> Path:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        return target

    def settings(self, line: str = "pip install x", **environ: str) -> Settings:
        merged = {**self.environ, **environ}
        invocation = parse(line.split(), merged)
        return resolve(invocation, merged, cwd=str(self.cwd), platform="linux")

    def error(self, line: str = "cache dir", **environ: str) -> str:
        """The message of the error and its causes, a line each."""
        with pytest.raises(WeftError) as caught:
            self.settings(line, **environ)
        lines = [caught.value.message]
        cause = caught.value.__cause__
        while cause is not None:
            lines.append(str(cause))
            cause = cause.__cause__
        assert caught.value.exit_code == 2
        return "\n".join(lines)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_without_anything_the_built_in_values_hold(world: World) -> None:
    settings = world.settings()
    assert settings.packages == ("x",)
    assert (settings.link_mode, settings.resolution, settings.depth) == ("auto", "highest", 255)
    assert settings.sources == {"packages": "[PACKAGE]..."}
    assert settings.warnings == ()
    with pytest.raises(AttributeError, match="immutable"):
        settings.offline = True


def test_precedence_is_flag_variable_project_user_system(world: World) -> None:
    def mode(line: str = "pip install x", **environ: str) -> tuple[str, str]:
        settings = world.settings(line, **environ)
        return settings.link_mode, settings.sources["link_mode"]

    system = world.write("system2/uv/uv.toml", 'link-mode = "copy"')
    assert mode() == ("copy", str(system))
    user = world.write("user/uv/uv.toml", 'link-mode = "symlink"')
    assert mode() == ("symlink", str(user))
    project = world.write("project/uv.toml", 'link-mode = "hardlink"')
    assert mode() == ("hardlink", str(project))
    assert mode(UV_LINK_MODE="clone") == ("clone", "environment variable `UV_LINK_MODE`")
    assert mode("pip install x --link-mode=auto", UV_LINK_MODE="clone") == ("auto", "--link-mode")


def test_the_first_directory_of_the_system_that_has_a_file_counts(world: World) -> None:
    world.write("system2/uv/uv.toml", "offline = true\nno-index = true")
    world.write("system1/uv/uv.toml", "no-index = false")
    settings = world.settings()
    assert (settings.offline, settings.no_index) == (False, False)
    world.write("system1/weft/weft.toml", "offline = true")
    assert world.settings().offline is True
    assert world.settings(UV_NO_SYSTEM_CONFIG="1").offline is False


def test_in_one_place_the_key_of_weft_goes_before_that_of_uv(world: World) -> None:
    world.write("project/weft.toml", 'link-mode = "copy"\nfind-links = ["https://w"]')
    world.write(
        "project/uv.toml", 'link-mode = "clone"\nfind-links = ["https://u"]\noffline = true'
    )
    world.write("user/uv/uv.toml", 'find-links = ["https://user"]')
    settings = world.settings()
    assert (settings.link_mode, settings.offline) == ("copy", True)
    assert settings.find_links == ("https://w", "https://user")


def test_tables_of_a_project_are_read_together_key_by_key(world: World) -> None:
    path = world.write(
        "project/pyproject.toml",
        '[tool.uv]\nlink-mode = "copy"\noffline = true\n[tool.weft]\nlink-mode = "clone"\n'
        "[tool.uv.pip]\nstrict = true\n[tool.weft.pip]\nno-deps = true\n",
    )
    settings = world.settings()
    assert (settings.link_mode, settings.offline) == ("clone", True)
    assert (settings.strict, settings.no_deps) == (True, True)
    assert settings.sources["offline"] == str(path)


def test_a_file_of_its_own_hides_the_table_of_the_same_tool(world: World) -> None:
    world.write("project/uv.toml", 'link-mode = "copy"')
    world.write(
        "project/pyproject.toml",
        '[tool.uv]\nlink-mode = "clone"\noffline = true\nsources = {}\n'
        "[tool.weft]\nno-index = true",
    )
    settings = world.settings()
    assert (settings.link_mode, settings.offline, settings.no_index) == ("copy", False, True)
    assert settings.warnings == (
        "Found both a `uv.toml` file and a `[tool.uv]` section in an adjacent `pyproject.toml`. "
        "The following fields from `[tool.uv]` will be ignored in favor of the `uv.toml` file:"
        "\n- offline\n- link-mode",
    )


def test_lists_add_up_and_flags_go_first(world: World) -> None:
    world.write(
        "project/uv.toml", 'find-links = ["top"]\n[pip]\nfind-links = ["./pip"]\nextra=["e"]'
    )
    world.write("user/weft/weft.toml", 'find-links = ["https://user"]')
    settings = world.settings("pip install x --find-links cli --extra f")
    top, pip = str(world.cwd / "top"), str(world.cwd / "pip")
    assert settings.find_links == ("cli", pip, top, "https://user")
    assert settings.extra == ("f", "e")


def test_the_pip_table_is_for_pip_and_venv_alone(world: World) -> None:
    world.write(
        "project/uv.toml",
        'prerelease = "allow"\n[pip]\nprerelease = "disallow"\nlink-mode = "copy"\npython = "3.9"',
    )
    assert world.settings().prerelease == "disallow"
    assert world.settings("venv").link_mode == "copy"
    version = world.settings("version")
    assert (version.prerelease, version.link_mode, version.python) == ("allow", "auto", None)


def test_paths_in_files_start_at_the_file(world: World) -> None:
    world.write("project/uv.toml", 'cache-dir = "../c"\n[pip]\ntarget = "t"')
    world.cwd = world.cwd / "below"
    world.cwd.mkdir()
    settings = world.settings()
    assert settings.cache_dir == str(world.root / "c")
    assert settings.target == str(world.root / "project" / "t")
    assert world.settings("cache dir --cache-dir q").cache_dir == "q"


def test_the_nearest_directory_with_settings_counts(world: World) -> None:
    world.write("weft.toml", "offline = true")
    assert world.settings().offline is True
    world.write("project/pyproject.toml", '[project]\nname = "p"\nversion = "1"\n')
    assert world.settings().offline is True
    world.write("project/uv.toml", "")
    assert world.settings().offline is False


def test_members_share_the_settings_of_their_workspace(world: World) -> None:
    root = '[project]\nname = "r"\n[tool.uv]\nno-index = true\n[tool.uv.workspace]\n'
    world.write(
        "project/pyproject.toml", root + 'members = ["packages/*"]\nexclude = ["packages/z"]'
    )
    member = '[project]\nname = "m"\n[tool.uv]\noffline = true\n'
    for name in ("packages/m", "packages/z", "other"):
        world.write(f"project/{name}/pyproject.toml", member)
    world.write("project/sub/uv.toml", "offline = true")

    def seen(below: str) -> tuple[bool, bool]:
        world.cwd = world.root / "project" / below
        settings = world.settings()
        return settings.no_index, settings.offline

    assert seen("packages/m") == (True, False)
    assert seen("packages/z") == (False, True)
    assert seen("other") == (False, True)
    assert seen("sub") == (True, False)


def test_config_file_is_read_alone(world: World) -> None:
    world.write("project/uv.toml", "offline = true")
    world.write("user/uv/uv.toml", "offline = true")
    world.write("project/mine.toml", "no-index = true")
    settings = world.settings("pip install x --config-file mine.toml")
    assert (settings.offline, settings.no_index) == (False, True)
    assert world.settings(WEFT_CONFIG_FILE="mine.toml").no_index is True
    assert world.error("cache dir --config-file nope.toml") == (
        "failed to open file `nope.toml`: No such file or directory (os error 2)"
    )


def test_a_project_file_is_no_settings_file(world: World) -> None:
    world.write("project/pyproject.toml", "[tool.uv]\noffline = true")
    assert "unknown field `tool`" in world.error("cache dir --config-file pyproject.toml")


@pytest.mark.parametrize("line", ["--no-config cache dir", "cache dir --isolated"])
def test_no_config_reads_nothing(world: World, line: str) -> None:
    world.write("project/uv.toml", "broken = [")
    world.write("user/uv/uv.toml", "broken = [")
    assert world.settings(line).offline is False


def test_weft_itself_ignores_the_project(world: World) -> None:
    world.write("project/uv.toml", "broken = [")
    assert world.settings("self version").short is False
    world.write("user/uv/uv.toml", "broken = [")
    assert "TOML parse error" in world.error("self version")


def test_project_moves_the_search_but_not_the_working_directory(world: World) -> None:
    world.write("elsewhere/uv.toml", "offline = true")
    assert world.settings("--project ../elsewhere cache dir").offline is True
    assert world.error("--project nope cache dir") == "Project directory `nope` does not exist"


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ('offline = "x"', (1, 11, 3), 'invalid type: string "x", expected a boolean'),
        ("cache-dir = 1", (1, 13, 1), "invalid type: integer `1`, expected path string"),
        ("\nindex-url = 3", (2, 13, 1), "invalid type: integer `3`, expected a string"),
        ('find-links = "x"', (1, 14, 3), 'invalid type: string "x", expected a sequence'),
        ("find-links = [1]", (1, 15, 1), "invalid type: integer `1`, expected a string"),
        (
            "concurrent-downloads = 0",
            (1, 24, 1),
            "invalid value: integer `0`, expected a nonzero usize",
        ),
        (
            'concurrent-downloads = "a"',
            (1, 24, 3),
            'invalid type: string "a", expected a nonzero usize',
        ),
        ('index = [{name = "x"}]', (1, 10, 12), "missing field `url`"),
        ("[[index]]\nurl = 1", (2, 7, 1), "invalid type: integer `1`, expected a string"),
        (
            '[pip]\nlink-mode="zip"',
            (2, 11, 5),
            "unknown variant `zip`, expected one of `auto`, `clone`, `hardlink`, `symlink`, "
            "`copy`, `reflink`",
        ),
        (
            'no-binary-package = ["a b"]',
            (1, 22, 5),
            'Not a valid package or extra name: "a b". Names must start and end with a letter or '
            "digit and may only contain -, _, ., and alphanumeric characters.",
        ),
        (
            "config-settings = {a=1}",
            (1, 22, 1),
            "invalid type: integer `1`, expected a string or list of strings",
        ),
        ('"offline" = 1', (1, 13, 1), "invalid type: integer `1`, expected a boolean"),
    ],
)
def test_a_wrong_value_in_a_file_is_fatal_and_shown(
    world: World, text: str, place: tuple[int, int, int], reason: str
) -> None:
    world.write("project/uv.toml", text + "\n")
    line, column, length = place
    source = text.splitlines()[line - 1]
    caret = " " * (column - 1) + "^" * length
    assert world.error() == (
        f"Failed to parse: uv.toml\nTOML parse error at line {line}, column {column}\n"
        f"  |\n{line} | {source}\n  | {caret}\n{reason}"
    )


def test_an_unknown_key_is_fatal_and_the_known_ones_are_listed(world: World) -> None:
    world.write("project/weft.toml", "bogus = 1")
    message = world.error()
    assert message.startswith("Failed to parse: weft.toml\nTOML parse error at line 1, column 1\n")
    assert "| ^^^^^\nunknown field `bogus`, expected one of `required-version`, `sys" in message
    assert message.endswith("`dev-dependencies`, `build-backend`")
    world.write("project/weft.toml", "[pip]\nbogus = 1")
    assert "unknown field `bogus`, expected one of `python`, `system`, " in world.error()


def test_the_key_that_was_meant_is_asked_for(world: World) -> None:
    for head, key, meant in (("", "indx-url", "index-url"), ("[pip]\n", "strct", "strict")):
        world.write("project/weft.toml", f"{head}{key} = 1")
        with pytest.raises(WeftError) as raised:
            world.settings()
        cause = raised.value.__cause__
        assert isinstance(cause, WeftError)
        assert cause.hints == (f"Did you mean `{meant}`?",)


def test_keys_of_projects_are_refused_in_files_of_their_own(world: World) -> None:
    world.write("project/uv.toml", "workspace = {}")
    assert world.error() == (
        "Failed to parse `uv.toml`. The `workspace` field is not allowed in a `uv.toml` file. "
        "`workspace` is only applicable in the context of a project, and should be placed in a "
        "`pyproject.toml` file instead."
    )


def test_keys_of_features_to_come_are_accepted(world: World) -> None:
    world.write(
        "project/pyproject.toml",
        '[tool.uv]\ndefault-groups = ["a"]\npackage = false\ntrusted-publishing = "always"\n'
        "[tool.uv.sources]\nx = {workspace = true}\n[tool.uv.pip]\nuniversal = true\n",
    )
    assert world.settings().warnings == ()


def test_a_broken_table_in_a_project_is_a_warning_and_the_search_goes_on(world: World) -> None:
    world.write("weft.toml", "no-index = true")
    world.write("project/pyproject.toml", '[tool.uv]\nlink-mode="zip"\noffline=true\n')
    settings = world.settings()
    assert (settings.offline, settings.no_index) == (False, True)
    assert settings.warnings == (
        "Failed to parse `pyproject.toml` during settings discovery:\n"
        "  TOML parse error at line 2, column 11\n    |\n"
        '  2 | link-mode="zip"\n    |           ^^^^^\n'
        "  unknown variant `zip`, expected one of `auto`, `clone`, `hardlink`, `symlink`, `copy`, "
        "`reflink`\n",
    )


def test_a_project_that_is_no_toml_is_a_warning(world: World) -> None:
    world.write("project/pyproject.toml", "[tool.uv]\nx = [\n")
    (warning,) = world.settings().warnings
    assert "line 2, column 6" in warning
    assert "unclosed array, expected `]`" in warning


def test_files_that_cannot_be_read_are_fatal(world: World) -> None:
    (world.root / "project" / "uv.toml").mkdir()
    assert world.error().endswith("uv.toml`: Is a directory (os error 21)")
    (world.root / "project" / "uv.toml").rmdir()
    (world.root / "project" / "uv.toml").write_bytes(b"\xff")
    assert world.error().endswith("uv.toml`: stream did not contain valid UTF-8")


def test_required_version_comes_before_other_errors_and_is_about_weft_alone(world: World) -> None:
    world.write("project/weft.toml", 'required-version = ">=99"\nbogus = 1')
    assert world.error().startswith("Required weft version `>=99` does not match the running ver")
    world.write("project/weft.toml", 'required-version = ">=0.0.1"')
    world.write("project/uv.toml", 'required-version = ">=99"')
    assert world.settings().offline is False


def test_indexes_come_in_order_of_priority(world: World) -> None:
    world.write(
        "project/uv.toml",
        'extra-index-url = ["https://b"]\nindex-url = "https://c"\n'
        '[[index]]\nname = "one"\nurl = "https://one"\nexplicit = true\nbogus = 1\n'
        '[[index]]\nurl = "files"\ndefault = true\nformat = "flat"\n',
    )
    settings = world.settings(
        "pip install x --index https://i --index n=https://n --extra-index-url https://e -i https://d"
    )
    assert settings.index == (
        IndexSetting("https://i"),
        IndexSetting("https://n", "n", is_given=True),
        IndexSetting("https://d", default=True),
        IndexSetting("https://e"),
        IndexSetting("https://one", "one", explicit=True),
        IndexSetting(str(world.cwd / "files"), default=True, format="flat"),
        IndexSetting("https://b"),
        IndexSetting("https://c", default=True),
    )


def test_an_index_of_the_files_can_be_named_on_the_command_line(world: World) -> None:
    world.write("project/uv.toml", '[[index]]\nname = "one"\nurl = "https://one"\n')
    one = IndexSetting("https://one", "one")
    assert world.settings("pip install x --index one").index == (one,)
    (chosen,) = world.settings("pip install x --default-index one").index
    assert (chosen.url, chosen.default) == ("https://one", True)


def test_upgrading_and_reinstalling_ask_the_index_again(world: World) -> None:
    assert world.settings("pip install x -U").refresh is True
    assert world.settings("pip install x --reinstall").refresh is True
    settings = world.settings("pip install x -P Foo.Bar>=1 --reinstall-package Baz")
    assert settings.refresh is False
    assert settings.refresh_package == ("baz", "foo-bar")
    assert settings.upgrade_package == ("Foo.Bar>=1",)


def test_nothing_is_asked_again_where_nothing_may_be_asked(world: World) -> None:
    refused = "the argument {} cannot be used with `--refresh`"
    assert world.error("lock --offline --refresh") == refused.format("`--offline`")
    assert world.error("sync --offline --refresh-package x") == refused.format("`--offline`")
    expected = refused.format("`UV_OFFLINE` (environment variable)")
    assert world.error("pip install x --refresh", UV_OFFLINE="1") == expected
    world.write("user/uv/uv.toml", "offline = true")
    expected = refused.format("`offline` (user configuration)")
    assert world.error("pip install x --refresh") == expected
    world.write("project/uv.toml", "offline = true")
    expected = refused.format("`offline` (workspace configuration)")
    assert world.error("pip install x --refresh") == expected
    assert world.settings("pip install x --refresh --no-offline").refresh
    assert world.settings("pip install x --no-refresh").offline
    assert world.settings("pip install x --reinstall").offline


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("--no-binary :all:", (True, (), False, ())),
        ("--no-binary A,b --only-binary :all:", (False, ("a", "b"), True, ())),
        ("--only-binary :all: --only-binary :none: --only-binary C", (False, (), False, ("c",))),
        ("--no-build", (False, (), True, ())),
    ],
)
def test_spellings_of_pip_for_wheels_and_sources(
    world: World, line: str, expected: tuple[object, ...]
) -> None:
    found = world.settings(f"pip install x {line}")
    told = (found.no_binary, found.no_binary_package, found.no_build, found.no_build_package)
    assert told == expected


def test_files_speak_of_wheels_and_sources_in_two_ways(world: World) -> None:
    world.write(
        "project/uv.toml",
        'no-build = true\nno-binary-package = ["a"]\n'
        '[pip]\nno-binary = ["b"]\nverify-hashes = false',
    )
    settings = world.settings()
    assert (settings.no_build, settings.no_binary, settings.no_verify_hashes) == (True, False, True)
    assert set(settings.no_binary_package) == {"a", "b"}


@pytest.mark.parametrize(
    ("line", "preference", "downloads"),
    [
        ("venv", "managed", "automatic"),
        ("venv --managed-python", "only-managed", "automatic"),
        ("venv --managed-python --no-managed-python", "only-system", "automatic"),
        ("venv --python-preference system --no-python-downloads", "system", "never"),
        ("venv --no-python-downloads --allow-python-downloads", "managed", "automatic"),
        ("venv --python-fetch manual", "managed", "manual"),
    ],
)
def test_which_pythons_and_whether_to_download_them(
    world: World, line: str, preference: str, downloads: str
) -> None:
    settings = world.settings(line)
    assert (settings.python_preference, settings.python_downloads) == (preference, downloads)


def test_the_variable_for_downloads_knows_more_words(world: World) -> None:
    assert world.settings("venv", UV_PYTHON_DOWNLOADS="false").python_downloads == "never"
    world.write("project/uv.toml", 'python-downloads = "manual"')
    assert world.settings("venv").python_downloads == "manual"


def test_pairs_are_taken_apart(world: World) -> None:
    world.write(
        "project/uv.toml",
        'exclude-newer = "2024-01-01"\nexclude-newer-package = {C = false}\n'
        'config-settings = {k = ["1", "2"]}\nprerelease-package = {D = "allow"}\n',
    )
    settings = world.settings(
        "pip install x --exclude-newer false --exclude-newer-package A_b=2024-01-01 "
        "--config-settings-package P:k=v=w -C a=b=c"
    )
    assert settings.exclude_newer is None
    assert settings.exclude_newer_package == (("a-b", "2024-01-01"), ("c", "false"))
    assert settings.config_setting == (("a", "b=c"), ("k", ("1", "2")))
    assert settings.config_settings_package == (("p", "k", "v=w"),)
    assert settings.prerelease_package == (("d", "allow"),)


def test_small_conversions(world: World) -> None:
    assert world.settings("pip install x --pre").prerelease == "allow"
    assert world.settings("cache size -H").output_format == "human"
    assert world.settings("cache dir --no-color").color == "never"
    assert world.settings("pip tree -d 3").depth == 3
    assert world.settings("cache dir", UV_LOCK_TIMEOUT="7").lock_timeout == 7
    assert world.settings("pip list --exclude A_b").exclude == ("a-b",)


def test_names_of_packages_to_clean_are_normalized(world: World) -> None:
    for line in ("cache clean Foo_Bar baz", "clean Foo_Bar baz"):
        assert world.settings(line).packages == ("foo-bar", "baz")


def test_deprecated_key_is_read_with_a_warning(world: World) -> None:
    world.write("project/uv.toml", "native-tls = true")
    settings = world.settings()
    assert settings.system_certs is True
    assert settings.warnings[0].startswith("The `native-tls` setting is deprecated")


def test_the_link_policy_holds_where_no_flag_speaks(world: World) -> None:
    assert world.settings().link_strict is False
    world.write("project/weft.toml", 'link-policy = "require-shared"')
    assert world.settings().link_strict is True
    assert world.settings("pip install x --no-link-strict").link_strict is False
    assert world.settings(WEFT_LINK_POLICY="prefer-shared").link_strict is False
    assert world.settings("pip install x --link-strict").sources["link_strict"] == "--link-strict"


def test_the_most_to_copy_is_a_number_of_bytes(world: World) -> None:
    assert world.settings().max_copied is None
    world.write("project/weft.toml", 'max-copied = "10 MiB"')
    assert world.settings().max_copied == 10 << 20
    world.write("project/weft.toml", "max-copied = 4096")
    assert world.settings().max_copied == 4096
    assert world.settings("pip install x --max-copied 0").max_copied == 0
    world.write("project/weft.toml", 'max-copied = "much"')
    assert "expected a number of bytes" in world.error("pip install x")


def test_volumes_of_the_cache_are_paths(world: World) -> None:
    settings = world.settings("cache dir")
    assert (settings.cache_members, settings.cache_volumes) == (True, ())
    world.write("project/weft.toml", 'cache-members = false\ncache-volumes = ["/a", "b"]')
    settings = world.settings("cache dir")
    assert settings.cache_members is False
    assert settings.cache_volumes == ("/a", str(world.cwd / "b"))
    settings = world.settings("cache dir", WEFT_CACHE_VOLUMES="/c:/d e", WEFT_CACHE_MEMBERS="1")
    assert settings.cache_members is True
    assert settings.cache_volumes == ("/c", "/d e", "/a", str(world.cwd / "b"))


def test_variables_of_the_cache_are_not_shared_with_uv(world: World) -> None:
    settings = world.settings("cache dir", UV_CACHE_VOLUMES="/c", UV_LINK_POLICY="require-shared")
    assert (settings.cache_volumes, settings.link_strict) == ((), False)
