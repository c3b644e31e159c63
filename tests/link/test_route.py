"""Which mode comes first and which next: pure."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.link.route import (
    ORDERS,
    Route,
    after,
    again,
    error_number,
    first_route,
    is_lasting,
    is_library,
)

if TYPE_CHECKING:
    from weft.link.route import LinkMode

MODES: list[LinkMode] = list(ORDERS)


@pytest.mark.parametrize(
    ("mode", "order"),
    [
        ("auto", ["clone", "hardlink", "copy"]),
        ("clone", ["clone", "hardlink", "copy"]),
        ("hardlink", ["hardlink", "clone", "copy"]),
        ("symlink", ["symlink", "hardlink", "copy"]),
        ("copy", ["copy"]),
    ],
)
def test_the_order_of_each_mode(mode: LinkMode, order: list[str]) -> None:
    route: Route | None = first_route(mode)
    seen = []
    while route:
        seen.append(route.mode)
        route = after(route, errno.EXDEV)
    assert seen == order


@given(st.sampled_from(MODES), st.lists(st.integers(1, 133)))
def test_a_route_keeps_every_refusal_and_always_ends(mode: LinkMode, numbers: list[int]) -> None:
    route: Route | None = first_route(mode)
    met: list[int] = []
    for number in numbers:
        assert route is not None
        assert [refused for _, refused in route.refusals] == met
        assert len({*(tried for tried, _ in route.refusals), route.mode}) == len(met) + 1
        met.append(number)
        route = after(route, number)
        if route is None:
            return


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.ENOENT, errno.EISDIR])
def test_what_no_other_mode_could_help_with_ends_the_route(number: int) -> None:
    assert after(first_route("auto"), number) is None


@pytest.mark.parametrize("number", [errno.EMLINK, errno.EAGAIN, errno.EIO, errno.EPERM])
def test_the_matter_of_one_file_does_not_change_the_way_of_the_others(number: int) -> None:
    assert not is_lasting("hardlink", number)
    assert after(first_route("hardlink"), number) == Route(
        "clone", Route("copy"), (("hardlink", number),)
    )


def test_the_same_mode_again_keeps_what_comes_after_it() -> None:
    route = again(first_route("hardlink"), errno.EXDEV, via=7)
    assert route == Route(
        "hardlink", first_route("hardlink").next, (("hardlink", errno.EXDEV),), via=7
    )
    assert again(route, errno.EMLINK).via == 7
    following = after(route, errno.EXDEV)
    assert following is not None
    assert (following.mode, following.via) == ("clone", 0)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("_core.cpython-311-x86_64-linux-gnu.so", True),
        ("libgomp-a34b3233.so.1.0.0", True),
        ("libcublas.so.12", True),
        ("liba.dylib", True),
        ("_core.pyd", True),
        ("vc.dll", True),
        ("a.so.gz", False),
        ("notes.so.txt", False),
        ("so", False),
        ("module.py", False),
    ],
)
def test_what_looks_like_a_shared_library(name: str, expected: bool) -> None:
    assert is_library(name.encode()) is expected


@pytest.mark.parametrize(
    ("windows", "number"), [(1142, errno.EMLINK), (1, errno.EOPNOTSUPP), (50, errno.EOPNOTSUPP)]
)
def test_what_windows_says_is_understood(windows: int, number: int) -> None:
    error = OSError(errno.EINVAL, "…")
    error.winerror = windows  # type: ignore[attr-defined]  # only Windows has it
    assert error_number(error) == number
    assert error_number(OSError(errno.EXDEV, "…")) == errno.EXDEV
    assert error_number(OSError("no number")) == 0
