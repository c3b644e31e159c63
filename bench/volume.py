"""A journaled ext4 file system in a file, mounted for the length of a bench.

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
        holder = "/dev/shm" if os.path.isdir("/dev/shm") else None
        self.image = tempfile.NamedTemporaryFile(prefix="weft-bench-", suffix=".img", dir=holder)
        subprocess.run(["truncate", "-s", self.size, self.image.name], check=True)
        subprocess.run([f"mkfs.{self.kind}", "-q", self.image.name], check=True)
        self.point = tempfile.mkdtemp(prefix="weft-bench-")
        subprocess.run(["mount", "-o", "loop", self.image.name, self.point], check=True)
        return Path(self.point)

    def __exit__(self, *_exception: object) -> None:
        os.chdir("/")
        subprocess.run(["umount", self.point], check=True)
        os.rmdir(self.point)
        self.image.close()
