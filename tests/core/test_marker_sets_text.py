"""The text of marker sets against uv's.

`marker_texts.txt` holds what uv prints for markers, one `marker -> text` a line, under
`requires-python >= 3.8`; `never` stands for a requirement that it leaves out.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.wheels import make_wheel
from weft.core.marker_sets import MarkerSet
from weft.core.specifier import Specifiers

FACTS = [
    tuple(line.split(" -> "))
    for line in Path(__file__).with_name("marker_texts.txt").read_text().splitlines()
]
UNDER = MarkerSet.of_python(Specifiers.parse(">=3.8"))
UV = Path(sys.executable).with_name("uv")


def printed(marker: str) -> str:
    described = (MarkerSet.parse(marker) & UNDER).restrict_extras(lambda name: False)
    return "never" if described.is_false else described.simplified(UNDER).text


def test_hundreds_of_markers_print_as_uv_prints_them() -> None:
    assert len(FACTS) > 300
    wrong = [(marker, printed(marker), text) for marker, text in FACTS if printed(marker) != text]
    assert wrong == []


def test_the_facts_are_still_what_uv_prints(tmp_path: Path) -> None:
    # Markers of one run that count on impossible platforms colour each other's text.
    facts = [fact for fact in FACTS if "platform" not in fact[0] and "os_name" not in fact[0]][:10]
    for position in range(len(facts)):
        make_wheel(tmp_path / "wheels", f"p{position}")
    lines = [f"p{position} ; {marker}" for position, (marker, _) in enumerate(facts)]
    command = f"""{UV} pip compile --universal --no-header --no-annotate --no-index -
        --find-links {tmp_path}/wheels --cache-dir {tmp_path}/cache --python-version 3.8
        --python {sys.executable}"""
    done = subprocess.run(
        command.split(),
        input="\n".join(lines),
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    rows = [line.partition(" ; ") for line in done.stdout.splitlines()]
    texts = {requirement.partition("==")[0]: text for requirement, _, text in rows}
    for position, (marker, text) in enumerate(facts):
        assert texts.get(f"p{position}", "never") == text, marker


@pytest.mark.parametrize(
    ("marker", "text"),
    [
        ("", ""),
        ("os_name == 'a' and os_name != 'a'", "python_version < '0'"),
        ("python_version != '3.9.1'", ""),
        ("python_version == '3.9.1'", "python_version < '0'"),
        ("python_version == '3.0'", "python_full_version == '3.0.*'"),
        ('os_name == "it\'s"', 'os_name == "it\'s"'),
        ("os_name == 'a\"b'", "os_name == 'a\"b'"),
        ("'x_Y' in extras", "'x-y' in extras"),
        (
            "extra == 'x_Y' and 'Z' in dependency_groups",
            "'z' in dependency_groups and extra == 'x-y'",
        ),
        (
            "'b' in sys_platform and sys_platform not in 'a'",
            "sys_platform not in 'a' and 'b' in sys_platform",
        ),
        (
            "platform_release >= '20'",
            "(platform_release >= '20' and sys_platform != 'darwin')"
            " or (platform_release >= '20' and sys_platform == 'darwin')",
        ),
        (
            "sys_platform == 'darwin' and platform_release != '5.0'",
            "(platform_release < '5' and sys_platform == 'darwin')"
            " or (platform_release > '5' and sys_platform == 'darwin')",
        ),
        (
            "platform_version < '5' or platform_version > '6'",
            "platform_version < '5' or platform_version > '6'",
        ),
        (
            "platform_version <= '5' and platform_version >= '3'",
            "platform_version >= '3' and platform_version <= '5'",
        ),
    ],
)
def test_texts(marker: str, text: str) -> None:
    assert MarkerSet.parse(marker).text == text
    assert str(MarkerSet.parse(marker)) == text


def test_a_set_shows_its_marker() -> None:
    assert repr(MarkerSet.parse("os_name == 'a'")) == "MarkerSet(\"os_name == 'a'\")"
