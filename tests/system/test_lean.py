"""`weft.system.lean` answers as `os` does, without it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from weft.system import lean

SOURCE = str(Path(lean.__file__).parents[2])


def bare(script: str, environ: dict[bytes, bytes] | None = None) -> str:
    """What a script prints in an interpreter that has not loaded `os` before `lean`."""
    first = f"import sys\nsys.path.insert(0, {SOURCE!r})\n"
    found = subprocess.run(
        [sys.executable, "-IS", "-c", first + script],
        env=environ or {},
        capture_output=True,
        text=True,
        check=True,
    )
    return found.stdout


@given(st.text(st.characters(blacklist_categories=("Cs",))), st.binary())
def test_names_are_encoded_as_by_os(text: str, data: bytes) -> None:
    assert lean.fsencode(text) == os.fsencode(text)
    assert lean.fsdecode(data) == os.fsdecode(data)
    assert lean.fsencode(Path("x")) == b"x" and lean.fsdecode("x") == "x"


def test_paths_are_those_of_the_standard_library_whoever_comes_first(tmp_path: Path) -> None:
    (tmp_path / "directory").mkdir()
    (tmp_path / "way").symlink_to("directory")
    assert (
        bare(
            "from weft.system.lean import os\n"
            f"place = {str(tmp_path)!r}\n"
            "answers = os.path.realpath(place + '/way'), os.path.isdir(place)\n"
            "assert os.path.realpath(os.fsencode(place)) == os.fsencode(place)\n"
            "assert 'os' not in sys.modules\n"
            "import os as real\n"
            "assert real is not os and real.path is os.path and real.path.join is os.path.join\n"
            "assert answers == (place + '/directory', True), answers\n"
            "assert os.path.expandvars('$ODD') == 'odd'\n"
            "print(real.getcwd() == os.getcwd() == os.path.abspath('.'))\n",
            {b"ODD": b"odd", b"LC_ALL": b"C.UTF-8"},
        )
        == "True\n"
    )


def test_the_rest_is_that_of_os() -> None:
    assert (
        bare(
            "from weft.system.lean import os, supports\n"
            "made = [(name, getattr(os, name)) for name in dir(os) if name[:2] != '__']\n"
            "assert 'os' not in sys.modules and 'path' in dict(made) and 'stat' in dict(made)\n"
            "import os as real\n"
            "for name, thing in made:\n"
            "    assert name[:1] == '_' or name[:2] == 'fs' or thing == getattr(real, name), name\n"
            "assert os.environ is real.environ and os.walk is real.walk\n"
            "assert not hasattr(os, 'O_OF_ANOTHER_SYSTEM') and not hasattr(os, 'nothing')\n"
            "assert supports('openat') == (real.open in real.supports_dir_fd)\n"
            "both = {real.link, real.unlink} <= real.supports_dir_fd\n"
            "assert supports('linkat', 'unlinkat') == both\n"
            "both = {real.chmod, real.utime} <= real.supports_fd\n"
            "assert supports('fchmod', 'futimens') == both\n"
            "assert supports('fdopendir') == (real.listdir in real.supports_fd)\n"
            "print(supports('openat', 'no_such_call'))\n"
        )
        == "False\n"
    )


def test_who_has_os_gets_that() -> None:
    assert bare("import os; from weft.system import lean; print(lean.os is os)") == "True\n"


def test_the_variables_are_those_of_the_process() -> None:
    script = (
        "from weft.system.lean import os, variables\n"
        "before = variables()\n"
        "assert 'os' not in sys.modules\n"
        "import os as real\n"
        "assert before == dict(real.environ) == variables(), before\n"
        "print(ascii(before['ODD']))\n"
    )
    environ = {b"ODD": b"\xff=\xc3\xa9", b"PATH": b"/usr/bin", b"LC_ALL": b"C.UTF-8"}
    assert bare(script, environ) == "'\\udcff=\\xe9'\n"
