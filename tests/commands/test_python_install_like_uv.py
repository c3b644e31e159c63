"""`python install`, `upgrade` and `uninstall` next to uv's: streams, exit codes, and what is there.

Both tools fetch the same archives from the same server, each into directories of its own.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import SOURCE, Finished
from tests.support.python_mirror import PythonMirror, archive, pypy_archive

UV = Path(sys.executable).with_name("uv")
_DURATION = re.compile(r"\bin (?:\d+m )?\d+(?:\.\d+)?(?:ms|s)\b")
_NAMES = re.compile(r"\buv\b(?!/)")


# What helps where an archive does not come; uv has no such advice.
_ADVICE = (
    "\nhint: `python-install-mirror` names another place to get Pythons from; "
    "`weft python list --only-installed` shows those that are here\n"
)


class Both:
    """Two machines; `places` by name of the tool."""

    def __init__(self, root: Path, mirror: PythonMirror) -> None:
        self.mirror = mirror
        self.places = {name: root / f"{name}-machine" for name in ("weft", "uv")}
        for place in self.places.values():
            for name in ("home", "work", "bin"):
                (place / name).mkdir(parents=True)
        self.table = mirror.table(root / "table.json")

    def environ(self, name: str) -> dict[str, str]:
        place, prefix = self.places[name], name.upper()
        return {
            "HOME": str(place / "home"),
            "PATH": f"{place / 'bin'}:/nowhere",
            "SHELL": "/bin/bash",
            "PYTHONPATH": str(SOURCE),
            "PYTHONWARNINGS": "error",
            f"{prefix}_CACHE_DIR": str(place / "cache"),
            f"{prefix}_PYTHON_INSTALL_DIR": str(place / "pythons"),
            f"{prefix}_PYTHON_BIN_DIR": str(place / "bin"),
            "UV_PYTHON_DOWNLOADS_JSON_URL": self.table,
            "UV_NO_SYSTEM_CONFIG": "1",
            "UV_HTTP_RETRIES": "0",
            "WEFT_SPARES": "0",
            "COLUMNS": "1000",
        }

    def run(self, name: str, *words: str, **more: str) -> Finished:
        program = [str(UV)] if name == "uv" else [sys.executable, "-m", "weft"]
        environ = {**self.environ(name), **more}
        done = subprocess.run(
            [*program, *words],
            cwd=self.places[name] / "work",
            env={key: text for key, text in environ.items() if text},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return Finished(done.returncode, done.stdout, done.stderr)

    def told(self, name: str, *words: str, **more: str) -> tuple[int, str, str, list[str]]:
        done = self.run(name, *words, **more)
        out, err = (self._neutral(name, text) for text in (done.out, done.err))
        return done.code, out, err, self.tree(name)

    def tree(self, name: str) -> list[str]:
        """What is in the two directories; links with where they lead in the end."""
        found = []
        for directory in ("pythons", "bin"):
            for path in sorted((self.places[name] / directory).glob("*")):
                inside = f"{directory}/{path.name}"
                if path.is_symlink():
                    end = os.path.realpath(path).replace(str(self.places[name]), "<place>")
                    first = Path(os.path.dirname(path)) / os.readlink(path)
                    through = str(first).replace(str(self.places[name]), "<place>")
                    inside += f" -> {through} -> {end}"
                found.append(inside)
        return found

    def _neutral(self, name: str, text: str) -> str:
        text = text.replace(str(self.places[name]), "<place>").replace(self.mirror.url, "<mirror>")
        text = _NAMES.sub("weft", _DURATION.sub("in T", text))
        lines = text.replace(_ADVICE, "").splitlines(keepends=True)
        # Several downloads end in any order.
        downloads = sorted(line for line in lines if line.startswith(("Downloading ", " Down")))
        return "".join(downloads + [line for line in lines if line not in downloads])

    def same(self, *words: str, **more: str) -> tuple[int, str, str, list[str]]:
        theirs = self.told("uv", *words, **more)
        ours = self.told("weft", *words, **more)
        assert ours == theirs, f"{words}\nweft: {ours!r}\nuv:   {theirs!r}"
        return ours

    def both(self, path: str, text: str) -> None:
        for place in self.places.values():
            target = place / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)


@pytest.fixture
def mirror() -> Iterator[PythonMirror]:
    with PythonMirror() as server:
        server.add("3.12.0", archive("3.12.1"))
        server.add("3.12.1", archive("3.12.1"))
        server.add("3.13.0", archive("3.13.0"))
        server.add("3.10.16", pypy_archive(), implementation="pypy",
                   filename="pypy3.10-v7.3.19-linux64.tar.gz", build="7.3.19")  # fmt: skip
        yield server


@pytest.fixture
def both(tmp_path: Path, mirror: PythonMirror) -> Both:
    return Both(tmp_path, mirror)


def test_installs_one_and_says_that_it_is_there(both: Both) -> None:
    code, _, err, tree = both.same("python", "install", "3.12")
    assert code == 0
    assert " + cpython-3.12.1-linux-x86_64-gnu (python3.12)\n" in err
    assert "bin/python3.12 -> <place>/pythons/cpython-3.12-linux-x86_64-gnu" in "\n".join(tree)
    assert "is already installed" in both.same("python", "install", "3.12")[2]
    both.same("python", "install", "3.12", "3.12.1")


def test_installs_the_newest_where_nobody_says_which(both: Both) -> None:
    assert "cpython-3.13.0" in both.same("python", "install")[2]
    assert "Python is already installed" in both.same("python", "install")[2]
    both.same("python", "install", "-U")


def test_a_named_patch_gets_no_name_of_its_own_that_moves(both: Both) -> None:
    tree = both.same("python", "install", "3.12.0")[3]
    assert any("cpython-3.12.0-linux-x86_64-gnu/bin/python3.12 ->" in line for line in tree)
    both.same("python", "install", "3.12.1")
    both.same("python", "install", "3.12.0", "3.13")


def test_goes_on_to_the_newest_patch(both: Both) -> None:
    both.same("python", "install", "3.12.0", "3.13")
    both.same("python", "upgrade", "3.12.0")
    code, _, err, tree = both.same("python", "upgrade")
    assert code == 0
    assert "cpython-3.12.1-linux-x86_64-gnu (python3.12)" in err
    assert any(line.startswith("pythons/cpython-3.12.0") for line in tree)
    both.same("python", "upgrade")
    both.same("python", "upgrade", "3.12")
    both.same("python", "upgrade", "3.12", "3.13")
    both.same("python", "install", "-U", "3.12")


def test_upgrading_without_anything_installed(both: Both) -> None:
    both.same("python", "upgrade")
    both.same("python", "upgrade", "3.12")
    both.same("python", "install", "-U", "3.12.1")


def test_a_link_of_somebody_else_stays(both: Both) -> None:
    both.both("bin/python3.12", "mine\n")
    code, _, err, _ = both.same("python", "install", "3.12")
    assert code == 0
    assert "is not managed by weft; use `--force` to replace it" in err
    assert both.same("python", "install", "3.12", "--bin")[0] == 1
    both.same("python", "upgrade", "3.12", "--reinstall")
    assert (both.places["weft"] / "bin" / "python3.12").read_text() == "mine\n"
    both.same("python", "install", "3.12", "--force")
    assert (both.places["weft"] / "bin" / "python3.12").is_symlink()


def test_a_link_that_leads_nowhere_is_replaced(both: Both) -> None:
    for place in both.places.values():
        (place / "bin" / "python3.12").symlink_to("/nowhere/python3.12")
    both.same("python", "install", "3.12")


def test_names_without_a_version_on_request(both: Both) -> None:
    code, _, err, _ = both.same("python", "install", "3.12", "--default")
    assert "(python, python3, python3.12)" in err
    assert code == 0
    both.same("python", "install", "3.13", "--default", "--preview-features",
              "python-install-default")  # fmt: skip
    both.same("python", "install", "3.12", "3.13", "--default")
    both.same("python", "uninstall", "3.13")


def test_no_names_on_request(both: Both) -> None:
    both.same("python", "install", "3.12", "--no-bin")
    both.same("python", "install", "3.13", UV_PYTHON_INSTALL_BIN="0")


def test_installs_again_on_request(both: Both) -> None:
    both.same("python", "install", "3.12.0", "3.13")
    code, _, err, _ = both.same("python", "install", "--reinstall")
    assert code == 0
    assert " ~ cpython-3.12.0-linux-x86_64-gnu" in err
    both.same("python", "install", "3.12", "--reinstall")
    both.same("python", "install", "3.12.0", "--reinstall")


def test_installs_again_what_the_table_does_not_have_any_more(
    both: Both, mirror: PythonMirror
) -> None:
    both.same("python", "install", "3.12.0")
    del mirror.entries["cpython-3.12.0-linux-x86_64-gnu"]
    mirror.table(Path(both.table))
    code, _, err, _ = both.same("python", "install", "3.12", "--reinstall")
    assert code == 0
    assert "Failed to create reinstall request for existing installation" in err
    both.same("python", "install", "--reinstall")


def test_installs_what_version_files_ask_for(both: Both) -> None:
    both.both("work/.python-version", "3.12.0\n")
    both.same("python", "install")
    both.same("python", "install", "-U")
    both.both("work/.python-versions", "3.13\n3.12\n")
    both.same("python", "install")


def test_installs_pypy(both: Both) -> None:
    assert "pypy-3.10.16-linux-x86_64-gnu (pypy3.10)" in both.same("python", "install", "pypy")[2]
    both.same("python", "install", "pypy3.10")
    both.same("python", "upgrade")
    both.same("python", "uninstall", "pypy")


def test_removes_what_is_named(both: Both) -> None:
    both.same("python", "install", "3.12.0", "3.12.1", "3.13")
    code, _, err, _ = both.same("python", "uninstall", "3.12.1", "3.9")
    assert code == 0
    assert "No existing installations found for: Python 3.9" in err
    both.same("python", "uninstall", "3.12")
    both.same("python", "uninstall", "3.12")
    both.same("python", "uninstall", "3.12", "cpython-3.11-linux-x86_64-gnu")
    both.same("python", "uninstall", "--all")
    both.same("python", "uninstall", "--all")
    both.same("python", "uninstall", "foo")


@pytest.mark.parametrize(
    "request_", ["3.99", "2.7", "foo", "/usr/bin/python3", ">=3.99", "pypy3.99", "3.13t"]
)
def test_there_is_no_such_build(both: Both, request_: str) -> None:
    assert both.same("python", "install", request_)[0] == 2


def test_downloads_may_be_forbidden(both: Both) -> None:
    assert both.same("python", "install", "3.12", "--no-python-downloads")[0] == 1
    assert both.same("python", "install", "3.12", UV_PYTHON_DOWNLOADS="manual")[0] == 0
    assert both.same("python", "install", "3.12", UV_PYTHON_DOWNLOADS="never")[0] == 0


def test_nothing_comes_without_a_network(both: Both) -> None:
    assert both.same("python", "install", "3.12", "--offline")[0] == 1
    assert _ADVICE in both.run("weft", "python", "install", "3.12", "--offline").err


def test_a_build_that_the_server_lost(both: Both, mirror: PythonMirror, tmp_path: Path) -> None:
    key = mirror.add("3.9.1", b"")
    entry = mirror.entries[key]
    entry["url"] = entry["url"].replace("/2024", "/gone/2024").replace("3.9.1", "9.9.9")
    mirror.table(Path(both.table))
    code, _, err, tree = both.same("python", "install", "3.9")
    assert code == 1
    assert "404 Not Found" in err
    assert not any("cpython-3.9" in line for line in tree)


def test_a_build_with_another_hash(both: Both, mirror: PythonMirror) -> None:
    mirror.add("3.9.1", archive("3.12.1"), sha256="0" * 64)
    mirror.table(Path(both.table))
    code, _, err, _ = both.same("python", "install", "3.9", "3.12")
    assert code == 1
    assert "Hash mismatch for `cpython-3.9.1-linux-x86_64-gnu`" in err
    assert " + cpython-3.12.1-linux-x86_64-gnu (python3.12)" in err


@pytest.mark.parametrize("text", ['{"x": 1}', "nope"])
def test_a_table_that_makes_no_sense(both: Both, text: str) -> None:
    Path(both.table).write_text(text)
    for name in both.places:
        code, out, err, _ = both.told(name, "python", "install", "3.12")
        lines = err.splitlines()
        assert (code, out) == (2, "")
        assert lines[0].startswith("error: Unable to parse the JSON Python download list at ")
        assert lines[1].startswith("  cause: ")


def test_a_table_that_is_not_there(both: Both, mirror: PythonMirror) -> None:
    both.same("python", "install", "3.12", UV_PYTHON_DOWNLOADS_JSON_URL="missing.json")
    both.same("python", "install", "3.12", UV_PYTHON_DOWNLOADS_JSON_URL=f"{mirror.url}/no/")
    both.same("python", "install", "3.12", UV_PYTHON_DOWNLOADS_JSON_URL="http://127.0.0.1:1/x")
    url = f"{mirror.url}/table.json"
    assert both.same("python", "install", "3.12", "--python-downloads-json-url", url)[0] == 0


def test_words_that_do_not_go_together(both: Both) -> None:
    assert both.told("weft", "python", "uninstall")[0] == both.told("uv", "python", "uninstall")[0]
    for words in (("--all", "3.12"), ("3.12", "--all")):
        lines = []
        for name in both.places:
            code, _, err, _ = both.told(name, "python", "uninstall", *words)
            assert code == 2
            lines.append(err.splitlines()[0])
        assert lines[0] == lines[1]


def test_each_finds_what_the_other_has(both: Both, tmp_path: Path) -> None:
    both.run("uv", "python", "install", "3.12")
    shutil.rmtree(both.places["weft"] / "pythons", ignore_errors=True)
    theirs = str(both.places["uv"] / "pythons")
    before = both.tree("uv")
    done = both.run("weft", "python", "find", "3.12", UV_PYTHON_INSTALL_DIR=theirs)
    assert done.out == f"{theirs}/cpython-3.12-linux-x86_64-gnu/bin/python3.12\n"
    done = both.run("weft", "python", "uninstall", "3.12", UV_PYTHON_INSTALL_DIR=theirs)
    assert "No existing installations found for: Python 3.12" in done.err
    assert both.run("weft", "python", "upgrade", UV_PYTHON_INSTALL_DIR=theirs).err == (
        "There are no installed versions to upgrade\n"
    )
    assert both.tree("uv") == before


def test_executables_are_wanted_or_not(both: Both) -> None:
    for words in (("--default", "--no-bin"), ("--no-bin", "--default")):
        ours, theirs = (
            both.told(name, "python", "install", *words, "3.12") for name in both.places
        )
        assert ours[0] == theirs[0] == 2
        assert "cannot be used with" in ours[2]
        # The usage line below names other options: those that variables set for uv.
        assert ours[2].splitlines()[0] == theirs[2].splitlines()[0]
        assert ours[3] == theirs[3]
