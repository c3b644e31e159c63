"""`weft lock` beside uv: the same words, streams, exit codes and bytes of `uv.lock`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.backends import backend_wheels
from tests.support.index_server import IndexServer
from tests.support.sync_pair import BUILD, Pair
from tests.support.wheels import make_wheel

HEAD = """\
[project]
name = "demo"
version = "0.1.0"
requires-python = ">=3.9"
"""


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndexServer]:
    wheels = tmp_path_factory.mktemp("wheels")
    make_wheel(wheels, "lantern", "1.0", requires=["wick>=1"], extras={"bright": ["mirror"]})
    make_wheel(wheels, "lantern", "2.0", requires=["wick>=1", "oil ; python_version < '3.11'"],
               extras={"bright": ["mirror>=2"]}, requires_python=">=3.10")  # fmt: skip
    for name in ("wick", "mirror", "oil"):
        for version in ("1.0", "2.0", "3.0rc1"):
            make_wheel(wheels, name, version)
    for tag in ("cp310-cp310-win_amd64", "cp310-cp310-manylinux_2_17_x86_64", "cp39-abi3-any"):
        make_wheel(wheels, "native", "1.0", tag=tag)
    backend_wheels(wheels, "uv_build", "hatchling", "setuptools")
    times = {"lantern-1.0-py3-none-any.whl": "2024-01-01T10:00:00.125500Z"}
    with IndexServer(wheels, upload_times=times) as server:
        yield server


def locked(pair: Pair, text: str, *words: str) -> str:
    """The lock that both write for a project, and the same again where nothing has changed."""
    pair.project(text, lock=False)
    made = pair.same("lock", *words).files["uv.lock"].decode()
    assert pair.lines("lock", *words)[-1].startswith("Resolved")
    assert pair.same("lock", "--check", *words).code == 0
    return made


def test_a_project_with_extras_and_groups(pair: Pair) -> None:
    text = locked(
        pair,
        HEAD
        + 'dependencies = ["lantern", "oil>=1,<3 ; sys_platform == \'win32\'"]\n'
        + '[project.optional-dependencies]\nshine = ["lantern[bright]"]\nall = ["demo[shine]"]\n'
        + 'none = []\n[dependency-groups]\ndev = [{ include-group = "test" }, "mirror"]\n'
        + 'test = ["wick<2"]\nempty = []\n',
    )
    assert 'provides-extras = ["shine", "all", "none"]' in text
    assert "[package.dev-dependencies]" in text


def test_versions_that_differ_by_python_say_where(pair: Pair) -> None:
    text = locked(pair, HEAD + 'dependencies = ["lantern[bright]", "native"]\n')
    assert text.count('name = "lantern"\nversion') == 2
    assert "resolution-markers = [" in text


def test_times_are_told_to_the_millisecond(pair: Pair) -> None:
    text = locked(pair, HEAD + 'dependencies = ["lantern<2"]\n')
    assert 'upload-time = "2024-01-01T10:00:00.125Z"' in text


def test_limits_and_options_of_the_root(pair: Pair) -> None:
    text = locked(
        pair,
        HEAD
        + 'dependencies = ["lantern", "wick"]\n[tool.uv]\nconstraint-dependencies = ["wick<2"]\n'
        + 'override-dependencies = ["lantern==1.0"]\nexclude-dependencies = ["oil"]\n'
        + 'build-constraint-dependencies = ["hatchling<99"]\nprerelease = "allow"\n'
        + 'resolution = "lowest-direct"\nfork-strategy = "fewest"\n',
    )
    assert 'resolution-mode = "lowest-direct"' in text
    assert "[manifest]" in text


def test_environments(pair: Pair) -> None:
    text = locked(
        pair,
        HEAD
        + 'dependencies = ["native", "oil ; sys_platform == \'win32\'"]\n[tool.uv]\n'
        + "environments = [\"sys_platform == 'linux'\", \"sys_platform == 'darwin'\"]\n"
        + "required-environments = "
        + "[\"sys_platform == 'linux' and platform_machine == 'x86_64'\"]\n",
    )
    assert "supported-markers" in text
    assert "win_amd64" not in text


def test_what_excludes_each_other(pair: Pair) -> None:
    text = locked(
        pair,
        HEAD
        + '[project.optional-dependencies]\nold = ["wick<2"]\nnew = ["wick>=2"]\n'
        + '[dependency-groups]\none = ["oil==1.0"]\ntwo = ["oil==2.0"]\n[tool.uv]\n'
        + 'conflicts = [[{ extra = "old" }, { extra = "new" }], '
        + '[{ group = "one" }, { group = "two" }]]\n',
    )
    assert "conflicts = [[" in text
    assert text.count('name = "wick"\nversion') == 2


def test_workspaces(pair: Pair) -> None:
    pair.write(
        "packages/core/pyproject.toml",
        '[project]\nname = "core"\nversion = "1.2"\nrequires-python = ">=3.10"\n'
        'dependencies = ["wick"]\n[project.optional-dependencies]\nmore = ["oil"]\n' + BUILD,
    )
    pair.write("packages/core/src/core/__init__.py", "")
    pair.write(
        "packages/tool/pyproject.toml",
        '[project]\nname = "tool"\nversion = "3"\ndependencies = ["core[more]"]\n'
        '[dependency-groups]\ndev = ["mirror"]\n[tool.uv.sources]\ncore = { workspace = true }\n',
    )
    pair.write("packages/out/pyproject.toml", '[project]\nname = "out"\nversion = "1"\n')
    text = locked(
        pair,
        HEAD
        + 'dependencies = ["core"]\n[tool.uv.workspace]\nmembers = ["packages/*"]\n'
        + 'exclude = ["packages/out"]\n[tool.uv.sources]\ncore = { workspace = true }\n',
    )
    assert 'requires-python = ">=3.10"' in text
    assert '"out"' not in text
    within = pair.same("lock", "--check", cwd="packages/tool")
    assert within.code == 0


def test_a_root_that_is_no_project(pair: Pair) -> None:
    pair.write("a/pyproject.toml", HEAD.replace("demo", "member-a"))
    text = locked(
        pair,
        '[tool.uv.workspace]\nmembers = ["a"]\n[dependency-groups]\ndev = ["wick<2"]\n',
    )
    assert "[manifest.dependency-groups]" in text


def test_paths(pair: Pair) -> None:
    pair.write("beside/pyproject.toml", HEAD.replace("demo", "beside") + BUILD)
    pair.write("beside/src/beside/__init__.py", "")
    pair.write(
        "plain/pyproject.toml",
        HEAD.replace("demo", "plain") + 'dependencies = ["beside"]\n[tool.uv]\npackage = false\n'
        '[tool.uv.sources]\nbeside = { path = "../beside", editable = true }\n',
    )
    text = locked(
        pair,
        HEAD
        + 'dependencies = ["plain", "beside"]\n[tool.uv.sources]\nplain = { path = "plain" }\n'
        + 'beside = { path = "beside", editable = true }\n',
    )
    assert 'source = { virtual = "plain" }' in text
    assert 'source = { editable = "beside" }' in text


def test_directories_of_files(pair: Pair) -> None:
    for place in pair.places.values():
        make_wheel(place / "files", "near", "1.0")
        make_wheel(place / "links/deep", "nearer", "1.0")
    text = locked(
        pair,
        HEAD
        + 'dependencies = ["near", "nearer"]\n[tool.uv]\nfind-links = ["links/deep"]\n'
        + '[[tool.uv.index]]\nurl = "files"\nformat = "flat"\n',
    )
    assert '{ path = "near-1.0-py3-none-any.whl"' in text


def test_old_versions_stay_until_an_upgrade(pair: Pair) -> None:
    locked(pair, HEAD + 'dependencies = ["wick<2", "oil<2"]\n')
    pair.project(HEAD + 'dependencies = ["wick", "oil", "mirror"]\n', lock=False)
    assert pair.lines("lock", "--dry-run")[-1] == "Add mirror v2.0"
    stale = pair.same("lock", "--check")
    assert stale.code == 1
    assert "needs to be updated, but `--check` was provided" in stale.err
    assert pair.lines("lock")[-1] == "Added mirror v2.0"
    assert pair.lines("lock", "-P", "wick")[-1] == "Updated wick v1.0 -> v2.0"
    assert pair.lines("lock", "--upgrade")[-1] == "Updated oil v1.0 -> v2.0"
    pair.project(HEAD + 'dependencies = ["wick"]\n', lock=False)
    assert pair.lines("lock")[-2:] == ["Removed mirror v2.0", "Removed oil v2.0"]
    assert pair.lines("lock", "--dry-run")[-1] == "No lockfile changes detected"


def test_a_group_is_upgraded(pair: Pair) -> None:
    text = HEAD + 'dependencies = ["wick<2"]\n[dependency-groups]\ndev = ["oil<2"]\n'
    locked(pair, text)
    pair.project(text.replace("<2", ""), lock=False)
    pair.same("lock")
    assert pair.lines("lock", "--upgrade-group", "dev")[-1] == "Updated oil v1.0 -> v2.0"


def test_no_lock_where_one_is_promised(pair: Pair) -> None:
    pair.project(HEAD, lock=False)
    for word in ("--check", "--locked", "--check-exists", "--frozen"):
        missing = pair.same("lock", word)
        assert missing.code == 1
        assert "Unable to find lockfile" in missing.err


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        (('version = "0.1.0"', 'version = "0.2.0"'), ""),
        (('">=3.9"', '">=3.10"'), ""),
        (('"wick"', '"wick>1"'), ""),
        (("[tool.uv]", '[tool.uv]\nresolution = "lowest"'), "Ignoring existing lockfile"),
        (("[tool.uv]", '[tool.uv]\nprerelease = "allow"'), "Resolving despite existing"),
        (("[tool.uv]", "[tool.uv]\nenvironments = [\"sys_platform == 'linux'\"]"), ""),
        (("[tool.uv]", '[tool.uv]\nconstraint-dependencies = ["wick<9"]'), ""),
        (("[tool.uv]", '[tool.uv]\nbuild-constraint-dependencies = ["oil<9"]'), ""),
        (("[tool.uv]", "[tool.uv]\npackage = true"), ""),
        (("[tool.uv]", '[dependency-groups]\nnew = ["wick"]\n[tool.uv]'), ""),
    ],
)
def test_a_change_makes_a_lock_stale(pair: Pair, change: tuple[str, str], shown: str) -> None:
    text = HEAD + 'dependencies = ["wick"]\n[tool.uv]\n'
    locked(pair, text)
    pair.project(text.replace(*change), lock=False)
    stale = pair.same("lock", "--check")
    assert stale.code == 1
    assert shown in stale.err
    assert "hint: What is out of date: " in pair.run_one("weft", "lock", "--check").err
    pair.same("lock")
    assert pair.same("lock", "--check").code == 0


def test_a_change_that_asks_for_nothing_else_leaves_a_lock(pair: Pair) -> None:
    text = HEAD + 'dependencies = ["wick", "oil"]\n'
    locked(pair, text)
    pair.project(
        HEAD + 'description = "New"\n'
        'dependencies = [\n  "oil",  # first now\n  "wick"\n]\n[tool.ruff]\nline-length = 3\n'
        '[tool.uv]\nconstraint-dependencies = ["mirror<9"]\nexclude-dependencies = ["lantern"]\n'
        'exclude-newer-package = { wick = false, mirror = "2024-01-01T00:00:00Z" }\n',
        lock=False,
    )
    assert pair.same("lock", "--check").code == 0


def test_a_script(pair: Pair) -> None:
    pair.write(
        "tool.py",
        '# /// script\n# requires-python = ">=3.9"\n# dependencies = ["lantern<2", "wick"]\n'
        '# [tool.uv]\n# constraint-dependencies = ["wick<2"]\n# ///\n',
    )
    made = pair.same("lock", "--script", "tool.py")
    assert 'version = "1.0"' in made.files["tool.py.lock"].decode()
    assert pair.same("lock", "--script", "tool.py", "--check").code == 0


def test_no_project(pair: Pair) -> None:
    missing = pair.same("lock")
    assert missing.code == 2
    pair.project(HEAD + "[tool.uv]\nmanaged = false\n", lock=False)
    assert pair.same("lock").code == 2


def test_a_request_that_cannot_be_met_leaves_the_lock(pair: Pair) -> None:
    locked(pair, HEAD + 'dependencies = ["wick"]\n')
    before = pair.files("weft")["uv.lock"]
    pair.project(HEAD + 'dependencies = ["wick>7"]\n', lock=False)
    done = pair.run_one("weft", "lock")
    assert done.code == 1
    assert "No solution found" in done.err
    assert pair.files("weft")["uv.lock"] == before


def test_versions_of_another_tools_lock_are_taken_first(pair: Pair) -> None:
    pair.project(HEAD + 'dependencies = ["wick", "oil"]\n', lock=False)
    pair.write("poetry.lock", '[[package]]\nname = "Wick"\nversion = "1.0"\n')
    done = pair.run_one("weft", "lock")
    assert done.code == 0, done.err
    text = pair.files("weft")["uv.lock"].decode()
    assert 'name = "wick"\nversion = "1.0"' in text
    assert 'name = "oil"\nversion = "2.0"' in text


def test_the_standard_file_in_place_of_uvs(pair: Pair) -> None:
    text = HEAD + 'dependencies = ["lantern"]\n[dependency-groups]\ndev = ["mirror<2"]\n'
    pair.project(text + '[tool.weft]\nlock-file = "pylock.toml"\n', lock=False)
    first = pair.run_one("weft", "lock")
    assert first.code == 0, first.err
    written = pair.files("weft")["pylock.toml"].decode()
    assert 'lock-version = "1.0"' in written
    assert "uv.lock" not in pair.files("weft")
    again = pair.run_one("weft", "lock", "--check")
    assert (again.code, again.err.splitlines()[-1][:18]) == (0, "Resolved 6 package")
    pair.project(text.replace("<2", "") + '[tool.weft]\nlock-file = "pylock.toml"\n', lock=False)
    kept = pair.run_one("weft", "lock")
    assert kept.code == 0, kept.err
    assert 'name = "mirror"\nversion = "1.0"' in pair.files("weft")["pylock.toml"].decode()


def test_a_lock_file_has_one_of_two_names(pair: Pair) -> None:
    pair.project(HEAD + '[tool.weft]\nlock-file = "other.lock"\n', lock=False)
    done = pair.run_one("weft", "lock")
    assert done.code == 2
    assert "`lock-file` of `[tool.weft]` is `other.lock`" in done.err


def test_development_dependencies_of_old(pair: Pair) -> None:
    text = locked(
        pair,
        HEAD + '[dependency-groups]\ndev = ["oil"]\n[tool.uv]\ndev-dependencies = ["wick<2"]\n',
    )
    assert 'dev = [\n    { name = "oil" },\n    { name = "wick", specifier = "<2" },\n]' in text
    pair.project(HEAD + '[tool.uv]\ndefault-groups = ["none"]\n', lock=False)
    assert pair.same("lock").code == 2


def test_a_lock_that_cannot_be_read_is_left_alone(pair: Pair) -> None:
    good = locked(pair, HEAD + 'dependencies = ["wick"]\n')
    for bad in (
        good.replace("version = 1\n", "version = 2\n", 1),
        good.replace('source = { virtual = "." }\n', ""),
        good.replace('name = "wick"', "name = ", 1),
        "<<<<<<< ours\n" + good,
    ):
        for words in (("lock",), ("lock", "--check"), ("lock", "--upgrade")):
            (pair.places["weft"] / "uv.lock").write_text(bad)
            done = pair.run_one("weft", *words)
            assert (done.code, done.out) == (2, ""), done.err
            assert "uv.lock" in done.err
            assert (pair.places["weft"] / "uv.lock").read_text() == bad


@pytest.mark.parametrize(
    "table",
    [
        "environments = [\"sys_platform == 'linux'\", \"python_version > '3.10'\"]",
        "required-environments = [\"sys_platform == 'linux'\", \"python_version > '3.10'\"]",
        "environments = [\"python_version < '3.8'\"]",
        "sources.wick = { index = 'nope' }",
        "sources.wick = { workspace = true }",
        "sources.wick = { path = 'nope' }",
    ],
)
def test_what_a_root_cannot_say(pair: Pair, table: str) -> None:
    pair.project(HEAD + f'dependencies = ["wick"]\n[tool.uv]\n{table}\n', lock=False)
    refused = pair.same("lock")
    assert refused.code in (1, 2)
    assert "uv.lock" not in refused.files


def test_conflicts_are_between_two(pair: Pair) -> None:
    pair.project(HEAD + '[tool.uv]\nconflicts = [[{ extra = "a" }]]\n', lock=False)
    done = pair.run_one("weft", "lock")
    assert done.code == 2
    assert "at least two entries, but found only one" in done.err
