"""Which mount covers a path: by table, and against real mounts."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.mounts import Mounter
from weft.system.mounts import Mount, Mounts, mount_identifier, parse_mountinfo, read_mounts

TABLE = r"""
21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro
22 21 0:5 / /proc rw - proc proc rw
23 21 8:2 / /home rw,nosuid - xfs /dev/sda2 rw
24 23 8:2 /people/a\040b /home/a\040b ro master:2 - xfs /dev/sda2 rw
30 21 0:40 / /data rw - tmpfs first rw
32 30 0:42 / /data/inner rw - tmpfs hidden rw
31 30 0:41 / /data rw - tmpfs second rw
a line that is none
"""


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("/", "/dev/sda1"),
        ("/homes", "/dev/sda1"),
        ("/home", "/dev/sda2"),
        ("/home/x/y", "/dev/sda2"),
        ("/data/x", "second"),
        ("/data/inner/x", "second"),  # covered with its parent
        ("/proc/1", "proc"),
    ],
)
def test_the_mount_that_a_lookup_ends_in(path: str, source: str) -> None:
    mount = Mounts(parse_mountinfo(TABLE)).covering(path)
    assert mount is not None
    assert mount.source == source


def test_fields_and_escapes() -> None:
    mount = Mounts(parse_mountinfo(TABLE)).covering("/home/a b/c")
    assert mount is not None
    assert (mount.identifier, mount.parent, mount.device) == (24, 23, "8:2")
    assert (mount.root, mount.point, mount.fstype) == ("/people/a b", "/home/a b", "xfs")
    assert mount.has_option("ro")
    assert not mount.has_option("relatime")


def test_in_a_chroot_the_root_itself_may_be_missing() -> None:
    mounts = Mounts(parse_mountinfo("22 21 0:5 / /proc rw - proc proc rw\n"))
    assert mounts.covering("/home") is None
    found = mounts.covering("/proc/self")
    assert found is not None and found.fstype == "proc"


@given(st.text(alphabet="\\0127abc/ -\n", max_size=60))
def test_no_text_makes_the_parser_fail(text: str) -> None:
    parse_mountinfo(f"1 0 0:1 / /{text} rw - ext4 x rw")


@pytest.mark.mounts
def test_real_mounts_are_found_by_path_and_by_descriptor(mounts: Mounter) -> None:
    first = mounts.tmpfs("a name\twith\\odd characters")
    (first / "below").mkdir()
    over = mounts.bind("bound", first)
    again = mounts.tmpfs("bound")  # hides the bind mount
    seen = read_mounts()
    for path, point, fstype in [
        (first / "below" / "none", first, "tmpfs"),
        (again / "x", over, "tmpfs"),
    ]:
        mount = seen.covering(str(path))
        assert mount is not None
        assert (mount.point, mount.fstype) == (str(point), fstype)
    for path in (first / "below", again):
        descriptor = os.open(path, os.O_PATH)
        identifier = mount_identifier(descriptor)
        os.close(descriptor)
        assert seen.by_identifier(identifier) == seen.covering(str(path))


PATHS = st.lists(st.sampled_from(["a", "b", "data", "x y"]), max_size=4).map(
    lambda parts: "/" + "/".join(parts)
)


@given(root=PATHS, point=PATHS, below=PATHS)
def test_a_path_goes_into_a_file_system_and_out_again(root: str, point: str, below: str) -> None:
    mount = Mount(1, "8:1", root, point, "ext4", "/dev/sda1", "rw")
    path = (point.rstrip("/") + below).rstrip("/") or "/"
    inner = mount.inner_path(path)
    assert inner == ((root.rstrip("/") + below).rstrip("/") or "/")
    assert mount.outer_path(inner) == path


def test_what_a_mount_does_not_show_has_no_path_in_it() -> None:
    mount = Mount(1, "8:1", "/data/x", "/mnt", "ext4", "/dev/sda1", "rw")
    assert mount.inner_path("/mnt2/a") is None
    assert mount.outer_path("/data/xy") is None
    assert mount.outer_path("/data") is None
    assert (mount.inner_path("/mnt"), mount.outer_path("/data/x")) == ("/data/x", "/mnt")
