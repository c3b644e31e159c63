"""Files of two distributions."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.install.helpers import Environment
from tests.support.wheels import make_wheel
from weft.install.conflicts import conflict_warning, find_conflicts


def test_different_contents_are_named_and_the_later_wheel_wins(
    environment: Environment, tmp_path: Path
) -> None:
    wheels = [
        make_wheel(tmp_path, name, files={"shared/x.py": f"{name}\n", "shared/y.py": "same\n"})
        for name in ("one", "two", "three")
    ]
    environment.install(*wheels)
    assert environment.warnings == [
        "The file `shared/x.py` is provided by `one` and `two` and `three` with different "
        "contents; that of `three` is installed"
    ]
    assert Path(environment.site("shared/x.py")).read_text() == "three\n"


def test_the_order_decides_whatever_the_links_are(environment: Environment, tmp_path: Path) -> None:
    one = make_wheel(tmp_path, "one", files={"x.py": "1", "e.py": ""}, scripts={"t": "#!/bin/sh\n"})
    two = make_wheel(
        tmp_path, "two", files={"x.py": "", "e.py": "2"},
        entry_points={"console_scripts": {"t": "two:main"}},
    )  # fmt: skip
    environment.install(two, one)
    site = Path(environment.target.purelib)
    assert ((site / "x.py").read_text(), (site / "e.py").read_text()) == ("1", "")
    environment.uninstall("one", "two")
    environment.install(one, two)
    assert ((site / "x.py").read_text(), (site / "e.py").read_text()) == ("", "2")
    assert "from two import main" in Path(environment.target.scripts, "t").read_text()
    assert environment.warnings[0] == (
        "The file `bin/t` and 2 other files are provided by `two` and `one` with different "
        "contents; those of `one` are installed"
    )


def test_an_installed_distribution_whose_file_changes_is_named(
    environment: Environment, tmp_path: Path
) -> None:
    environment.install(make_wheel(tmp_path, "one", files={"ns/x.py": "1", "ns/y.py": "same"}))
    environment.install(make_wheel(tmp_path, "two", files={"ns/x.py": "2", "ns/y.py": "same"}))
    assert environment.warnings == [
        "The file `ns/x.py` is provided by `one` and `two` with different contents; "
        "that of `two` is installed"
    ]
    environment.uninstall("two")
    assert Path(environment.site("ns/x.py")).read_text() == "2"
    environment.uninstall("one")
    assert os.listdir(environment.target.purelib) == []


def test_files_of_nobody_are_replaced_in_silence(environment: Environment, tmp_path: Path) -> None:
    Path(environment.site("demo.py")).write_text("leftover")
    environment.install(make_wheel(tmp_path, files={"demo.py": "new"}))
    assert environment.warnings == []
    assert Path(environment.site("demo.py")).read_text() == "new"


def test_the_receipt_counts_what_was_linked(environment: Environment, tmp_path: Path) -> None:
    wheels = [make_wheel(tmp_path, name, files={"x.py": name * 9}) for name in ("one", "two")]
    receipt = environment.install(*wheels, mode="hardlink")
    assert sum(receipt.files.values()) == 5  # METADATA and WHEEL of both, x.py once
    linked = os.path.getsize(environment.site("x.py")) + sum(
        os.path.getsize(environment.site(f"{name}-1.0.dist-info", file))
        for name in ("one", "two")
        for file in ("METADATA", "WHEEL")
    )
    assert sum(receipt.bytes.values()) == linked


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from([b"/a", b"/a/b", b"/c"]),
            st.lists(st.sampled_from([b"x", b"y", b"z"]), max_size=3, unique=True),
        ),
        max_size=4,
    )
)
def test_conflicts_are_exactly_the_paths_with_two_owners(
    wheels: list[dict[bytes, list[bytes]]],
) -> None:
    expected: dict[bytes, set[int]] = {}
    for number, wheel in enumerate(wheels):
        for directory, names in wheel.items():
            for name in names:
                expected.setdefault(directory + b"/" + name, set()).add(number)
    found = find_conflicts(
        [list(wheel.items()) for wheel in wheels], digest=lambda _number, path: path[-1:]
    )
    assert {conflict.path: set(conflict.owners) for conflict in found} == {
        path: owners for path, owners in expected.items() if len(owners) > 1
    }
    assert all(conflict.same for conflict in found)


def test_the_warning_counts() -> None:
    assert conflict_warning(["a", "b"], ["x", "y"]) == (
        "The file `a` and 1 other file are provided by `x` and `y` with different contents; "
        "those of `y` are installed"
    )
