"""What weft does, shown on real packages: two environments, one cache.

Installs the same packages into two fresh environments and compares them by time, by inode and by
the bytes that the second one cost.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DEMO = os.path.join(ROOT, ".demo")
WEFT = os.path.join(os.path.dirname(sys.executable), "weft")
PACKAGES = ("flask", "numpy", "pandas")


def weft(*words: str) -> float:
    """Run weft on the demo's own cache; seconds it took."""
    print(f"\n$ weft {' '.join(words)}", flush=True)
    # What is linked is to be seen: no spares, which are made behind a command and count as cache.
    environ = {**os.environ, "WEFT_CACHE_DIR": os.path.join(DEMO, "cache"), "WEFT_SPARES": "0"}
    environ.pop("VIRTUAL_ENV", None)
    start = time.perf_counter()
    result = subprocess.run([WEFT, *words], env=environ, cwd=DEMO)
    if result.returncode:
        raise SystemExit(result.returncode)
    return time.perf_counter() - start


def files_of(environment: str) -> dict[str, os.stat_result]:
    """Every regular file of an environment's site-packages, by its path inside."""
    found = {}
    for folder, _, names in os.walk(os.path.join(DEMO, environment, "lib")):
        for name in names:
            path = os.path.join(folder, name)
            found[os.path.relpath(path, os.path.join(DEMO, environment))] = os.lstat(path)
    return found


def new_bytes(folder: str, seen: set[tuple[int, int]]) -> int:
    """Bytes on disk below a folder, without inodes that were counted before."""
    total = 0
    for path, _, names in os.walk(os.path.join(DEMO, folder)):
        for entry in [path, *(os.path.join(path, name) for name in names)]:
            status = os.lstat(entry)
            inode = (status.st_dev, status.st_ino)
            if inode not in seen:
                seen.add(inode)
                total += status.st_blocks * 512
    return total


def main() -> None:
    shutil.rmtree(DEMO, ignore_errors=True)
    os.makedirs(DEMO)
    seconds, cost = {}, {}
    seen: set[tuple[int, int]] = set()
    for name in ("first", "second"):
        weft("venv", name)
        seconds[name] = weft("pip", "install", "--python", name, *PACKAGES)
        cost[name] = new_bytes("cache", seen) + new_bytes(name, seen)
    python = os.path.join(DEMO, "second", "bin", "python")
    check = "import flask, numpy, pandas; print(pandas.DataFrame({'a': numpy.arange(3)}).a.sum())"
    print(f'\n$ second/bin/python -c "{check}"', flush=True)
    subprocess.run([python, "-c", check], check=True)
    first, second = files_of("first"), files_of("second")
    both = first.keys() & second.keys()
    shared = [path for path in both if first[path].st_ino == second[path].st_ino]
    total = sum(second[path].st_size for path in second)
    linked = sum(second[path].st_size for path in shared)
    print(f"\nfiles in the second environment   {len(second)}")
    print(f"  the same inode as in the first  {len(shared)}")
    print(f"bytes in the second environment   {total / 2**20:.1f} MiB")
    print(f"  shared by hard link             {linked / 2**20:.1f} MiB")
    print(f"disk used by the first            {cost['first'] / 2**20:.1f} MiB (with the cache)")
    print(f"disk used by the second           {cost['second'] / 2**20:.1f} MiB")
    print(f"time for the first                {seconds['first']:.2f} s (download, unpack, link)")
    print(f"time for the second               {seconds['second']:.2f} s (link)")
    if not shared:
        print("no inode is shared: this file system clones, which `weft -v pip install` tells")


if __name__ == "__main__":
    main()
