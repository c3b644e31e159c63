"""A file system of its own (ext4 with a journal, xfs, btrfs, tmpfs), mounted for the length of a
bench.

Owns mounting, and unmounting whatever happens: what a run that was killed left behind goes away
when the next one begins. The root of many machines (and of ours) is no fair ground: an ext4 without
a journal scans past recently deleted inodes, which slows every tool that makes directories after
deleting some.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_STEM = "weft-bench-"
_PATIENCE = 20.0  # seconds for which a busy volume is tried again
_IMAGES = Path("/dev/shm" if os.path.isdir("/dev/shm") else tempfile.gettempdir())


class Volume:
    """`with Volume("4G") as directory:`; needs root and e2fsprogs, xfsprogs or btrfs-progs.

    `inodes` is for ext4, which has a fixed number of them.
    """

    def __init__(self, size: str, kind: str = "ext4", *, inodes: int = 0) -> None:
        if os.geteuid():
            sys.exit("error: the bench mounts a file system of its own, which needs root")
        self.size = size
        self.kind = kind
        self.flags = ["-N", str(inodes)] if inodes else []

    def __enter__(self) -> Path:
        stem = f"{_STEM}{os.getpid()}-"
        self.image: Path | None = None
        self.point = Path(tempfile.mkdtemp(prefix=stem))
        try:
            if self.kind == "tmpfs":
                _run("mount", "-t", "tmpfs", "-o", f"size={self.size}", "tmpfs", str(self.point))
                return self.point
            self.image = _IMAGES / f"{self.point.name}.img"
            _run("truncate", "-s", self.size, str(self.image))
            _run(f"mkfs.{self.kind}", "-q", *self.flags, str(self.image))
            _run("mount", "-o", "loop", str(self.image), str(self.point))
        except BaseException:
            self._forget()
            raise
        return self.point

    def __exit__(self, *_exception: object) -> None:
        if Path.cwd().is_relative_to(self.point):
            os.chdir("/")
        unmount(self.point)
        self._forget()

    def _forget(self) -> None:
        if not os.path.ismount(self.point):  # what still runs may have written below it
            shutil.rmtree(self.point, ignore_errors=True)
        if self.image is not None:
            self.image.unlink(missing_ok=True)


def _run(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode:
        raise OSError(f"`{' '.join(words)}`: {done.stderr.strip()}")


def unmount(point: Path) -> None:
    """Unmount; a volume that stays busy is detached, and goes away with whoever keeps it so."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        done = subprocess.run(["umount", str(point)], capture_output=True, text=True)
        if not done.returncode:
            return
        if time.monotonic() > deadline:
            print(f"warning: {done.stderr.strip()}; detached", file=sys.stderr)
            _run("umount", "--lazy", str(point))
            return
        time.sleep(0.25)


def sweep() -> None:
    """Unmount and remove what a killed bench left behind: volumes of processes that are gone."""
    mounted = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for text in mounted:
        if _is_left(Path(text).name):
            unmount(Path(text))
    for folder in {_IMAGES, Path(tempfile.gettempdir())}:
        for path in folder.glob(f"{_STEM}*"):
            if _is_left(path.name):
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def _is_left(name: str) -> bool:
    owner = name.removeprefix(_STEM).partition("-")[0]
    return name.startswith(_STEM) and owner.isdigit() and not Path("/proc", owner).exists()
