"""Real file systems for tests: loop-mounted images, tmpfs, bind mounts, overlays.

Owns mounting and, however a test ends, unmounting. Refuses to skip: without root or without the
tools a test fails and says what is missing. Every mount is made below a directory of pytest's, in
a mount namespace shared with the test run, and is gone after the test.

Use the fixture `mounts` (or the context manager `Mounter`) in tests marked `mounts`:

    def test_x(mounts: Mounter) -> None:
        xfs = mounts.xfs("store")       # the path of a mounted file system
        ram = mounts.tmpfs("target", size="64m")
"""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

# mkfs.xfs refuses less than 300 MB, mkfs.btrfs less than 109; the images are sparse.
IMAGE_BYTES = 320 << 20


class Mounter:
    """Mounts below one directory, undone in reverse order."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._points: list[Path] = []

    def __enter__(self) -> Self:
        assert os.geteuid() == 0, "mounting file systems needs root"
        return self

    def __exit__(self, *_raised: object) -> None:
        self.unmount_all()

    def ext4(self, name: str, *, size: int = IMAGE_BYTES) -> Path:
        """An ext4 image with a journal: hard links, no clones."""
        return self._loop(name, ["mkfs.ext4", "-q", "-F", "-O", "has_journal"], size=size)

    def xfs(self, name: str, *, size: int = IMAGE_BYTES) -> Path:
        """An xfs image that clones."""
        return self._loop(name, ["mkfs.xfs", "-q", "-f", "-m", "reflink=1"], size=size)

    def btrfs(self, name: str, *, size: int = IMAGE_BYTES) -> Path:
        """A btrfs image: clones, subvolumes."""
        return self._loop(name, ["mkfs.btrfs", "-q", "-f"], size=size)

    def tmpfs(self, name: str, *, size: str = "256m") -> Path:
        """A file system in memory, of at most `size`."""
        return self._mount(name, "-t", "tmpfs", "-o", f"size={size}", "tmpfs")

    def bind(self, name: str, source: Path, *, read_only: bool = False) -> Path:
        """The directory `source` once more, as a mount of its own."""
        point = self._mount(name, "--bind", str(source))
        if read_only:
            self.remount(point, "ro", "bind")
        return point

    def overlay(self, name: str, *, lower: Path) -> Path:
        """`lower` with a writable layer over it; the layer is `<name>-layer/upper`."""
        layer = self.directory / f"{name}-layer"
        for part in ("upper", "work"):
            (layer / part).mkdir(parents=True)
        options = f"lowerdir={lower},upperdir={layer / 'upper'},workdir={layer / 'work'}"
        return self._mount(name, "-t", "overlay", "-o", options, "overlay")

    def subvolume(self, path: Path) -> Path:
        """A btrfs subvolume at `path`, which lies on a btrfs."""
        run("btrfs", "-q", "subvolume", "create", str(path))
        return path

    def remount(self, point: Path, *options: str) -> None:
        """Change the options of a mount (`ro`)."""
        run("mount", "-o", ",".join(("remount", *options)), str(point))

    def unmount(self, point: Path) -> None:
        """Unmount now, rather than at the end."""
        run("umount", str(point))
        self._points.remove(point)

    def mount_again(self, point: Path) -> None:
        """Mount the image of `point` once more; its device may have another number then."""
        self._mount(point.name, "-o", "loop", f"{point}.img")

    def unmount_all(self) -> None:
        """Unmount everything, also where something still uses it."""
        while self._points:
            point = self._points.pop()
            if subprocess.run(["umount", str(point)], capture_output=True).returncode:
                run("umount", "--lazy", str(point))

    def _loop(self, name: str, make: list[str], *, size: int) -> Path:
        image = self.directory / f"{name}.img"
        with image.open("wb") as file:
            file.truncate(size)
        run(*make, str(image))
        return self._mount(name, "-o", "loop", str(image))

    def _mount(self, name: str, *arguments: str) -> Path:
        point = self.directory / name
        point.mkdir(parents=True, exist_ok=True)
        run("mount", *arguments, str(point))
        self._points.append(point)
        return point


def run(*words: str) -> None:
    """Run a tool; a failure or its absence fails the test with what the tool said."""
    try:
        done = subprocess.run(words, capture_output=True, text=True)
    except FileNotFoundError:
        pytest.fail(f"`{words[0]}` is missing (Debian: btrfs-progs, xfsprogs, e2fsprogs, mount)")
    assert done.returncode == 0, f"`{' '.join(words)}` failed: {done.stderr.strip()}"


@pytest.fixture
def mounts(tmp_path: Path) -> Iterator[Mounter]:
    """A `Mounter` whose mounts are gone after the test."""
    with Mounter(tmp_path) as mounter:
        yield mounter


def shared_bytes(path: Path) -> tuple[int, int]:
    """(bytes in shared extents, bytes in all extents) of a file, by FIEMAP."""
    most, header, row = 256, 32, 56
    request = bytearray(struct.pack("=QQIIII", 0, (1 << 64) - 1, 1, 0, most, 0) + bytes(row * most))
    with path.open("rb") as file:
        fcntl.ioctl(file.fileno(), 0xC020660B, request, True)
    (mapped,) = struct.unpack_from("=I", request, 20)
    shared = total = 0
    for index in range(mapped):
        at = header + row * index
        (length,) = struct.unpack_from("=Q", request, at + 16)
        (flags,) = struct.unpack_from("=I", request, at + 40)
        total += length
        shared += length if flags & 0x2000 else 0
    return shared, total
