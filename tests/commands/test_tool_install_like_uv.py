"""`tool install`, `upgrade`, `list`, `uninstall` and `dir` next to uv's."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.index_server import IndexServer
from tests.support.interpreters import INTERPRETERS
from tests.support.tool_twins import ToolTwins, tool, tools
from tests.support.wheels import make_wheel


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndexServer]:
    directory = tmp_path_factory.mktemp("wheels")
    tools(directory)
    with IndexServer(directory) as server:
        yield server


@pytest.fixture
def twins(tmp_path: Path, index: IndexServer, caches: Path) -> ToolTwins:
    return ToolTwins(tmp_path, index.url, caches)


def test_a_tool_is_installed_listed_and_removed(twins: ToolTwins) -> None:
    assert "No tools installed" in twins.same("tool", "list").err
    done = twins.same("tool", "install", "bell")
    assert "Installed 1 executable: bell" in done.err
    assert "is already installed" in twins.same("tool", "install", "bell").err
    twins.same("tool", "install", "horn")
    for flags in (
        [],
        ["--show-paths"],
        ["--show-version-specifiers", "--show-with", "--show-extras", "--show-python"],
        ["--outdated"],
    ):
        assert twins.same("tool", "list", *flags).code == 0
    assert "Uninstalled 1 executable: bell" in twins.same("tool", "uninstall", "bell").err
    twins.same("tool", "uninstall", "--all")
    twins.same("tool", "uninstall", "--all")


def test_what_was_asked_for_is_in_the_receipt_and_in_the_list(twins: ToolTwins) -> None:
    for place in twins.places.values():
        (place / "work" / "more.txt").write_text("rope>=1\n")
        (place / "work" / "limits.txt").write_text("bell<2\n")
        (place / "work" / "not.txt").write_text("horn\n")
    twins.same(
        "tool", "install", "bell[loud]>=1", "--with", "rope<1.1,tower", "--with-requirements",
        "more.txt", "-c", "limits.txt", "--overrides", "limits.txt", "--excludes", "not.txt",
        "-b", "more.txt", "--with-executables-from", "belfry-core,rope", "--python",
        f"3.{sys.version_info[1]}",
    )  # fmt: skip
    twins.same("tool", "list", "--show-version-specifiers", "--show-with", "--show-extras")
    for place in twins.places.values():
        (place / "work" / "pyproject.toml").write_text(
            '[project]\nname = "needs"\nversion = "1"\ndependencies = ["rope"]\n'
        )
    # weft keeps in the receipt what a project requires, and the Python that was asked for before.
    twins.said("tool", "install", "bell", "--with-requirements", "pyproject.toml")
    receipt = twins.state("weft").receipts["bell"]
    assert '{ name = "rope" }' in receipt
    assert f'python = "3.{sys.version_info[1]}"' in receipt


def test_versions_and_requests(twins: ToolTwins) -> None:
    twins.same("tool", "install", "bell@1.0")
    twins.same("tool", "install", "bell==1.0")
    twins.same("tool", "list", "--outdated", "--show-version-specifiers")
    twins.same("tool", "install", "bell")
    twins.same("tool", "install", "bell<2")
    twins.same("tool", "install", "bell@latest")
    twins.same("tool", "install", "bell", "--reinstall")
    twins.same("tool", "install", "bell", "--force")
    twins.same("tool", "install", "bell", "--upgrade")
    twins.same("tool", "install", "--from", "bell==1.5", "bell")
    twins.same("tool", "install", "bell>=3.0rc1")


@pytest.mark.parametrize(
    "words",
    [
        ["rope"],
        ["belfry"],
        ["gong"],
        ["nosuch-tool"],
        ["bell>5"],
        ["bell@5"],
        ["python"],
        ["python@3.12"],
        ["-e", "bell@1.0"],
        ["bell>=1", "--from", "bell"],
        ["horn", "--from", "bell"],
        ["be ll"],
        ["bell@"],
        ["./nowhere"],
        ["bell", "--with", "a b"],
        ["bell", "--with-requirements", "nowhere.txt"],
        ["bell", "-c", "nowhere.txt"],
        ["bell", "--with-executables-from", "rope"],
        ["bell", "--no-index"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_installed(twins: ToolTwins, words: list[str]) -> None:
    twins.same("tool", "install", *words)


def test_upgrades(twins: ToolTwins) -> None:
    assert twins.same("tool", "upgrade", "--all").err == "Nothing to upgrade\n"
    twins.same("tool", "install", "bell", "--with", "rope")
    twins.same("tool", "install", "tower<2")
    twins.same("tool", "install", "horn==1.0")
    twins.same("tool", "upgrade", "--all")
    twins.same("tool", "upgrade", "bell")
    twins.same("tool", "upgrade", "horn")
    twins.same("tool", "upgrade", "nosuch", "bell")
    twins.same("tool", "upgrade", "horn>1")
    twins.same("tool", "upgrade", "--upgrade", "bell")


def test_an_upgrade_goes_to_what_was_asked_for(twins: ToolTwins) -> None:
    twins.same("tool", "install", "tower==1.0", "--with", "rope==1.0")
    for name in ("weft", "uv"):
        receipt = twins.directory(name) / "tower" / f"{name}-receipt.toml"
        text = receipt.read_text()
        receipt.write_text(text.replace(', specifier = "==1.0"', ""))
    done = twins.same("tool", "upgrade", "tower")
    assert "Updated tower v1.0 -> v2.0" in done.err
    assert "Installed 2 executables: chime, strike" in done.err
    for name in ("weft", "uv"):
        receipt = twins.directory(name) / "tower" / f"{name}-receipt.toml"
        receipt.write_text(receipt.read_text().replace('"tower" }', '"tower", specifier = "<2" }'))
    twins.same("tool", "upgrade", "tower")
    twins.same("tool", "install", "tower==1.0", "--with", "rope<1.1")
    for name in ("weft", "uv"):
        receipt = twins.directory(name) / "tower" / f"{name}-receipt.toml"
        receipt.write_text(receipt.read_text().replace(', specifier = "<1.1"', ""))
    assert "Modified tower environment" in twins.same("tool", "upgrade", "--all").err


def test_a_foreign_executable_stays(twins: ToolTwins) -> None:
    for place in twins.places.values():
        for name in ("toot", "honk"):
            (place / "bin" / name).write_text("mine")
    assert twins.same("tool", "install", "horn").code == 2
    for place in twins.places.values():
        (place / "bin" / "honk").unlink()
    assert "already exists: toot" in twins.same("tool", "install", "horn").err
    assert twins.same("tool", "install", "horn", "--force").code == 0


def test_receipts_that_are_broken_or_missing(twins: ToolTwins) -> None:
    twins.same("tool", "install", "bell")
    twins.same("tool", "install", "horn")
    for name in ("weft", "uv"):
        directory = twins.directory(name)
        (directory / "bell" / f"{name}-receipt.toml").write_text("[tool\n")
        (directory / "horn" / f"{name}-receipt.toml").unlink()
        (directory / "Not A Tool").mkdir()
    twins.same("tool", "list")
    twins.same("tool", "upgrade", "bell")
    twins.same("tool", "upgrade", "horn")
    assert "invalid receipt" in twins.same("tool", "install", "bell").err


def test_directories(twins: ToolTwins) -> None:
    twins.same("tool", "dir")
    twins.same("tool", "dir", "--bin")
    twins.same("tool", "dir", "--bin", XDG_BIN_HOME="")
    twins.same("tool", "dir", "--bin", XDG_BIN_HOME="/elsewhere/bin")
    twins.same("tool", "dir", XDG_DATA_HOME="/elsewhere/share")


def test_a_directory_of_executables_off_the_path(twins: ToolTwins) -> None:
    for shell in ("bash", "zsh", "fish", "csh", "ksh", "unknown", ""):
        twins.same("tool", "install", "bell", "--reinstall", XDG_BIN_HOME="",
                   SHELL=f"/bin/{shell}" if shell else "")  # fmt: skip


def test_other_pythons(twins: ToolTwins) -> None:
    other = another_python()
    twins.same("tool", "install", "bell")
    done = twins.same("tool", "install", "bell", "--python", str(other))
    assert "Ignoring existing environment" in done.err
    twins.same("tool", "install", "bell")
    # weft writes down the Python that was asked for last, uv the one before.
    twins.said("tool", "upgrade", "bell", "--python", f"3.{sys.version_info[1]}")
    for command in ("install", "upgrade"):
        ours = twins.run("weft", "tool", command, "bell", "--python", "3.99")
        assert ours.code == 2
        assert ours.err.startswith("error: No interpreter found for Python 3.99 in managed ")


def another_python() -> Path:
    """An interpreter of another minor version than the one that runs the tests."""
    for path in sorted(map(Path, INTERPRETERS)):
        name = path.resolve().name
        if name.startswith("python3.") and name != f"python3.{sys.version_info[1]}":
            return path.resolve()
    pytest.fail("the tests need interpreters of two minor versions")


def test_a_tool_that_wants_a_newer_python_gets_it(
    twins: ToolTwins, tmp_path: Path, caches: Path
) -> None:
    own, other = Path(sys.executable).resolve(), another_python()
    older, newer = sorted((own, other), key=lambda path: int(path.name.partition(".")[2]))
    minor = newer.name.partition(".")[2]
    wheels = tmp_path / "modern-wheels"
    tool(wheels, "modern", "1.0", "modern", requires_python=f">=3.{minor}")
    for place in twins.places.values():
        for link in (place / "programs").glob("python3*"):
            link.unlink()
        (place / "programs" / "python3").symlink_to(older)
        (place / "programs" / newer.name).symlink_to(newer)
    with IndexServer(wheels) as server:
        index = {"UV_DEFAULT_INDEX": server.url}
        done = twins.same("tool", "install", "modern", **index)
        assert "Installed 1 executable: modern" in done.err
        assert f"[CPython 3.{minor}." in twins.same("tool", "list", "--show-python").out
        twins.same("tool", "uninstall", "modern")
        assert twins.run("weft", "tool", "install", "modern", "--python", str(older)).code == 1


def test_projects_and_files(twins: ToolTwins) -> None:
    for place in twins.places.values():
        write_project(place / "work" / "proj")
        make_wheel(place / "work" / "dist", "carillon", "0.2",
                   entry_points={"console_scripts": {"carillon": "carillon:main"}},
                   files={"carillon.py": "def main():\n    print(2)\n"})  # fmt: skip
    wheel = "dist/carillon-0.2-py3-none-any.whl"
    twins.same("tool", "install", "./proj")
    twins.same("tool", "install", "./proj")
    twins.same("tool", "install", "-e", "./proj")
    twins.same("tool", "list", "--show-version-specifiers")
    twins.same("tool", "upgrade", "carillon")
    twins.same("tool", "install", f"./{wheel}")
    twins.same("tool", "install", f"carillon @ {wheel}")
    twins.same("tool", "install", "carillon", "--from", "./proj")
    twins.same("tool", "install", "bell", "--from", "./proj")
    twins.same("tool", "install", "bell", "--with-editable", "./proj", "--with", "rope")


def write_project(project: Path) -> None:
    """A project that builds itself without anything else."""
    (project / "src").mkdir(parents=True)
    (project / "src" / "carillon.py").write_text("def main():\n    print(1)\n")
    (project / "backend.py").write_text(BACKEND)
    (project / "pyproject.toml").write_text(
        '[project]\nname = "carillon"\nversion = "0.1"\nscripts = { carillon = "carillon:main" }\n'
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    )


BACKEND = """
import zipfile, os
INFO = "carillon-0.1.dist-info"
FILES = {
    f"{INFO}/METADATA": "Metadata-Version: 2.1\\nName: carillon\\nVersion: 0.1\\n",
    f"{INFO}/WHEEL": "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\n"
                     "Tag: py3-none-any\\n",
    f"{INFO}/entry_points.txt": "[console_scripts]\\ncarillon = carillon:main\\n",
}
def write(directory, files):
    name = "carillon-0.1-py3-none-any.whl"
    files = {**FILES, **files}
    files[f"{INFO}/RECORD"] = "".join(f"{path},,\\n" for path in [*files, f"{INFO}/RECORD"])
    with zipfile.ZipFile(os.path.join(directory, name), "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return name
def build_wheel(directory, settings=None, metadata=None):
    return write(directory, {"carillon.py": open("src/carillon.py").read()})
def build_editable(directory, settings=None, metadata=None):
    return write(directory, {"carillon.pth": os.path.abspath("src")})
"""
