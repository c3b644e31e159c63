"""Tools out of directories, archives and repositories."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.test_tool_run import tools
from tests.support.commands import Weft
from tests.support.git_repositories import Repository
from tests.support.wheels import make_wheel


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    directory = tmp_path / "wheels"
    tools(directory)
    return directory


def project(directory: Path, name: str = "anvil", version: str = "7") -> Path:
    """A project with a program, whose back end is in it."""
    directory.mkdir(parents=True)
    (directory / "pyproject.toml").write_text(
        f'[project]\nname = "{name}"\nversion = "{version}"\ndescription = "A tool"\n'
        f'[project.scripts]\n{name} = "{name}:main"\n'
        '[build-system]\nrequires = ["flit_core"]\nbuild-backend = "flit_core.buildapi"\n'
    )
    (directory / f"{name}.py").write_text(f'"""A tool."""\ndef main():\n    print({version!r})\n')
    return directory


@pytest.fixture
def back_end(wheels: Path) -> None:
    """flit-core on the index, out of the environment of the tests."""
    import flit_core

    source = Path(flit_core.__file__).parent
    files = {
        f"flit_core/{path.relative_to(source)}": path.read_bytes()
        for path in source.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and "tests" not in path.parts
    }
    make_wheel(wheels, "flit_core", flit_core.__version__, files=files)


@pytest.mark.usefixtures("back_end")
def test_a_directory_an_archive_and_a_repository(weft: Weft, tmp_path: Path) -> None:
    directory = project(weft.cwd / "anvil")
    for words in (("./anvil",), ("--from", "./anvil", "anvil"), ("--from", str(directory), "anvil"),
                  ("--from", "anvil @ ./anvil", "anvil"), ("--with", "./anvil", "--from", "bell",
                                                           "anvil")):  # fmt: skip
        assert weft.ok("tool", "run", *words).out == "7\n", words
    weft.ok("build", "-q", "anvil", "--out-dir", "dist")
    for path in (weft.cwd / "dist").glob("anvil*"):
        assert weft.ok("tool", "run", str(path)).out == "7\n"
    repository = Repository(tmp_path / "repository" / "anvil")
    project(repository.path / "inside")
    repository.commit(tag="v1")
    url = f"git+{repository.url}@v1#subdirectory=inside"
    assert weft.ok("tool", "run", url).out == "7\n"
    assert "Installed" not in weft.ok("tool", "run", "--from", url, "anvil").err


@pytest.mark.usefixtures("back_end")
def test_a_directory_is_looked_at_each_time(weft: Weft) -> None:
    directory = project(weft.cwd / "anvil")
    assert weft.ok("tool", "run", "./anvil").out == "7\n"
    (directory / "anvil.py").write_text('"""A tool."""\ndef main():\n    print("new")\n')
    (directory / "pyproject.toml").touch()
    assert weft.ok("tool", "run", "./anvil").out == "new\n"
    edited = ("tool", "run", "--with-editable", "./anvil", "--from", "bell", "anvil")
    assert weft.ok(*edited).out == "new\n"
    (directory / "anvil.py").write_text('"""A tool."""\ndef main():\n    print("newer")\n')
    assert weft.ok(*edited).out == "newer\n"
