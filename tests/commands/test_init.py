"""`weft init` makes what uv makes."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.support.beside_uv import Twins

BACKENDS = ("uv", "hatch", "flit", "pdm", "poetry", "setuptools", "maturin", "scikit")


@pytest.fixture(scope="module")
def caches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("caches")


@pytest.fixture
def twins(tmp_path: Path, caches: Path) -> Twins:
    return Twins(tmp_path, caches=caches)


@pytest.mark.parametrize("backend", BACKENDS)
def test_projects_with_a_build_back_end(twins: Twins, backend: str) -> None:
    for kind in ("app", "lib"):
        words = ("init", f"--{kind}", "--build-backend", backend, f"My.{backend}_{kind}")
        assert twins.same(*words).code == 0
        twins.same("init", f"--{kind}", "--bare", "--build-backend", backend, f"0b-{kind}")
        twins.same("init", f"--{kind}", "--build-backend", backend, f"7-{kind}")


@pytest.mark.parametrize(
    "options",
    [
        "", "--bare", "--no-package", "--app", "--package", "--lib", "--bare --lib",
        "--bare --package", "--bare --no-package", "--bare --build-backend hatch",
        "--no-package --author-from auto", "--no-package --author-from git", "--author-from none",
        "--no-description", "--description words", "--bare --description words", "--no-readme",
        "--no-pin-python", "--vcs none", "--vcs git", "--bare --vcs git", "--name other.Name",
        "--virtual", "--application --no-workspace", "--library",
    ],
)  # fmt: skip
def test_one_project(twins: Twins, options: str) -> None:
    assert twins.same("init", *options.split(), "demo").code == 0
    twins.same("init", *options.split(), "demo")  # there is one now
    paths = [twins.places[name] / "demo" / ".git" for name in ("weft", "uv")]
    assert paths[0].exists() == paths[1].exists()


@pytest.mark.parametrize(
    "python",
    ["3.11", "3.9", "3.11.2", ">=3.9,<3.99", "<3.99,>=3.9", "~=3.10", "3", "cpython", "3.14t",
     "==3.11.*", "3.7"],
)  # fmt: skip
def test_the_python_that_is_asked_for(twins: Twins, python: str) -> None:
    twins.same("init", "--python", python, "demo")
    twins.same("init", "--python", python, "--no-pin-python", "unpinned")
    ours = twins.outcome("weft", "init", "--script", "--python", python, "script.py")
    theirs = twins.outcome("uv", "init", "--script", "--python", python, "script.py")
    # What else uv says is that it could download one.
    assert ours.err.splitlines()[0] == theirs.err.splitlines()[0]
    assert (ours.code, ours.files) == (theirs.code, theirs.files)


def test_a_directory_that_has_files(twins: Twins) -> None:
    for path in ("README.md", "src/demo/__init__.py", ".gitignore", ".python-version"):
        twins.write(f"demo/{path}", "3.10\n")
    assert twins.same("init", cwd="demo").code == 0


@pytest.mark.parametrize("name", ["a b", "x!", "-x", "1", "Été", "trailing-"])
def test_names_of_directories(twins: Twins, name: str) -> None:
    twins.write(f"{name}/file", "")
    twins.same("init", cwd=name)
    twins.same("init", "--", f"{name} too")


def test_members_of_a_workspace(twins: Twins) -> None:
    assert twins.same("init", "top").code == 0
    assert twins.same("init", "one", cwd="top").code == 0
    for words in (
        "--bare deep/er/two",
        "--name else three",
        "--python 3.9 p",
        "--no-workspace alone",
        "--lib --build-backend maturin rusty",
    ):
        assert twins.same("init", *words.split(), cwd="top").code == 0
    twins.same("init", "below", cwd="top/one")


def test_globs_decide_who_is_a_member(twins: Twins) -> None:
    twins.write(
        "pyproject.toml",
        '[project]\nname = "top"\nversion = "1"\nrequires-python = ">=3.9,<4"\n\n'
        '[tool.uv.workspace]\nmembers = ["packages/*"]\nexclude = ["packages/not"]\n',
    )
    for path in ("packages/one", "packages/not", "packages/filled", "elsewhere"):
        twins.write("packages/filled/file" if path.endswith("filled") else "file", "")
        assert twins.same("init", path).code == 0
    twins.write("packages/broken/file", "")
    assert twins.same("init", "packages/two").code == 2


@pytest.mark.parametrize(
    "above",
    ["", '[tool.uv]\nmanaged = false\n[project]\nname = "x"\nversion = "1"\n',
     '[tool.uv.workspace]\nmembers = ["b"]\n', '[project]\nname = "x"\nversion = "1"\n'],
)  # fmt: skip
def test_what_may_be_above(twins: Twins, above: str) -> None:
    twins.write("pyproject.toml", above)
    twins.same("init", "a")
    twins.same("init", "b")
    assert twins.same("init", "--no-workspace", "c").code == 0


def test_a_pin_above(twins: Twins) -> None:
    twins.write("top/.python-version", "3.9\n")
    twins.same("init", cwd="top")
    twins.same("init", "same", cwd="top")
    twins.same("init", "--python", "3.10", "other", cwd="top")


@pytest.mark.parametrize(
    "text",
    [None, "", "print(1)\n", "\n\nprint(1)", "#!/usr/bin/env -S weft run --script\nprint(1)\n",
     "#!/usr/bin/env -S uv run --script\n\nx = 1", "# /// script\n# dependencies = []\n# ///\n"],
)  # fmt: skip
def test_scripts(twins: Twins, text: str | None) -> None:
    if text is not None and "weft" not in text:
        twins.write("a.py", text)
    twins.same("init", "--script", "a.py")
    twins.same("init", "--script", "--bare", "deep/b.py")
    twins.same("init", "--script", "--no-workspace", "--no-readme", "--author-from", "git", "c.py")


def test_a_script_that_another_program_would_run(twins: Twins) -> None:
    twins.write("a.py", "#!/usr/bin/env python\nprint(1)\n")
    ours = twins.outcome("weft", "init", "--script", "a.py")
    theirs = twins.outcome("uv", "init", "--script", "a.py")
    assert ours == theirs
    assert "#!/usr/bin/env -S weft run --script" in ours.err
    assert twins.files("weft")["a.py"].startswith(b"#!/usr/bin/env python\n#\n# /// script\n")


@pytest.mark.parametrize(
    "words", ["--project x y", "--app --lib a", "--no-package --lib a", "--vcs svn a",
              "--build-backend hatch --no-package a", "--script"],
)  # fmt: skip
def test_words_that_do_not_go_together(twins: Twins, words: str) -> None:
    ours = twins.outcome("weft", "init", *words.split())
    theirs = twins.outcome("uv", "init", *words.split())
    assert ours.err.splitlines()[0] == theirs.err.splitlines()[0]
    assert (ours.code, ours.files) == (theirs.code, {}) == (2, {})


def test_a_description_stays_what_it_is(twins: Twins) -> None:
    text = 'quotes " and \\ and\nlines'
    assert twins.run_one("weft", "init", "--description", text, "demo").code == 0
    written = tomllib.loads(twins.files("weft")["demo/pyproject.toml"].decode())
    assert written["project"]["description"] == text


def test_git_that_is_missing(twins: Twins) -> None:
    (twins.root / "bin" / "git").unlink()
    assert twins.same("init", "silent").code == 0
    assert twins.same("init", "--author-from", "git", "nobody").code == 0
    ours = twins.outcome("weft", "init", "--vcs", "git", "asked")
    theirs = twins.outcome("uv", "init", "--vcs", "git", "asked")
    assert (ours.code, ours.err) == (theirs.code, theirs.err)
    assert not any(path.startswith("asked/pyproject") for path in ours.files)
