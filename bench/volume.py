"""A file system of its own (ext4 with a journal, xfs, tmpfs), mounted for the length of a bench.

The root of many machines (and of ours) is no fair ground: an ext4 without a journal scans past
recently deleted inodes, which slows every tool that makes directories after deleting some.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path


class Volume:
    """`with Volume("4G") as directory:`; needs root and e2fsprogs."""

    def __init__(self, size: str, kind: str = "ext4") -> None:
        if os.geteuid():
            sys.exit("error: the bench mounts a file system of its own, which needs root")
        self.size = size
        self.kind = kind

    def __enter__(self) -> Path:
        self.image = None
        self.point = tempfile.mkdtemp(prefix="weft-bench-")
        if self.kind == "tmpfs":
            size = f"size={self.size}"
            subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", self.point], check=True)
            return Path(self.point)
        holder = "/dev/shm" if os.path.isdir("/dev/shm") else None
        self.image = tempfile.NamedTemporaryFile(prefix="weft-bench-", suffix=".img", dir=holder)
        subprocess.run(["truncate", "-s", self.size, self.image.name], check=True)
        subprocess.run([f"mkfs.{self.kind}", "-q", self.image.name], check=True)
        subprocess.run(["mount", "-o", "loop", self.image.name, self.point], check=True)
        return Path(self.point)

    def __exit__(self, *_exception: object) -> None:
        os.chdir("/")
        subprocess.run(["umount", self.point], check=True)
        os.rmdir(self.point)
        if self.image is not None:
            self.image.close()
