"""`python -m bench.locks [NAME…]`: the lock files of weft and uv for projects of twenty-one shapes.

Both tools lock the same project on the same index with one `--exclude-newer`, each in a directory
of its own; what is compared are the bytes of `uv.lock`. Then each tool checks the file of the other
(`lock --check`). Prints a table and the first lines that differ, and writes
`bench/results/locks.json`. Needs the public index and a few minutes. Ends with 1 where fewer than
16 locks are the same.
"""

from __future__ import annotations

import difflib
import json
import os
import re
import subprocess
import sys
import time
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urljoin
from urllib.request import urlopen

from bench.mirror import RESULTS, index_url

TOOLS = {name: os.path.join(os.path.dirname(sys.executable), name) for name in ("uv", "weft")}
KEPT = ("PATH", "HOME", "SSL_CERT_FILE", "SSL_CERT_DIR")
NEWEST = "2026-11-01T00:00:00Z"
STAMP = "2026-01-01T00:00:00Z"
PYTHON = os.environ.get("WEFT_BENCH_PYTHON", sys.executable)
ENOUGH = 16
LONGEST = 600  # seconds for one run
SHOWN = 12  # lines of a difference

PROJECTS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text())


@dataclass
class Row:
    """One project: the exit codes, whether the bytes are the same, and what each says of both."""

    name: str
    uv: int = 0
    weft: int = 0
    same: bool = False
    packages: int = 0
    uv_accepts: bool = False
    weft_accepts: bool = False
    seconds: tuple[float, float] = (0.0, 0.0)
    difference: tuple[str, ...] = ()


def file_url(filename: str) -> str:
    """Where the index has a file."""
    page = f"{index_url()}/{filename.partition('-')[0]}/"
    with urlopen(page, timeout=60) as response:
        found = re.search(f'href="([^"#]*/{re.escape(filename)})[#"]', response.read().decode())
    assert found is not None, f"the index has no {filename}"
    return urljoin(page, found[1])


def repository(where: Path, files: dict[str, str]) -> str:
    """The address of a repository with one commit, which has the tag `0.1`."""
    if not where.exists():
        for path, text in files.items():
            (where / path).parent.mkdir(parents=True, exist_ok=True)
            (where / path).write_text(text.lstrip("\n"))
        environ = {**os.environ, "GIT_AUTHOR_DATE": STAMP, "GIT_COMMITTER_DATE": STAMP}
        who = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.org")
        for words in (
            ("init", "-q", "-b", "main"),
            ("add", "."),
            (*who, "commit", "-q", "-m", "all"),
            ("tag", "0.1"),
        ):
            subprocess.run(["git", *words], cwd=where, env=environ, check=True)
    return f"file://{where}"


def filled(text: str, repositories: dict[str, str]) -> str:
    """A text of the table with the addresses in place of their names."""
    text = text.lstrip("\n").replace("{index}", index_url())
    text = re.sub(r"\{repository ([^}]+)\}", lambda found: repositories[found[1]], text)
    return re.sub(r"\{file ([^}]+)\}", lambda found: file_url(found[1]), text)


def lay_out(name: str, where: Path) -> Path:
    """The files of a project below `where`; the directory to lock."""
    top = where / name / "project"
    repositories = {
        key: repository(where.parent / "repositories" / key, files)
        for key, files in PROJECTS[name].get("repositories", {}).items()
    }
    for path, text in PROJECTS[name]["files"].items():
        target = Path(os.path.normpath(top / path))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(filled(text, repositories))
        package = target.parent / "src" / target.parent.name
        if "build-system" in text:
            package.mkdir(parents=True, exist_ok=True)
            (package / "__init__.py").touch()
    return top


def run(tool: str, directory: Path, *words: str) -> tuple[int, str, float]:
    """Exit code, what it said, and seconds."""
    environ = {name: os.environ[name] for name in KEPT if name in os.environ}
    cache = RESULTS / "locks" / f"{tool}-cache"
    command = [TOOLS[tool], "lock", "--cache-dir", str(cache), "--exclude-newer", NEWEST, *words]
    start = time.monotonic()
    done = subprocess.run(
        [*command, "--python", PYTHON],
        cwd=directory,
        env=environ,
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )
    return done.returncode, done.stderr, time.monotonic() - start


def compare(name: str, where: Path) -> Row:
    """Lock with both, compare, and let each judge the other's file."""
    row = Row(name)
    tops = {tool: lay_out(name, where / tool) for tool in TOOLS}
    told = {}
    times = []
    for tool, top in tops.items():
        (top / "uv.lock").unlink(missing_ok=True)
        code, told[tool], seconds = run(tool, top)
        setattr(row, tool, code)
        times.append(round(seconds, 2))
    row.seconds = (times[0], times[1])
    if row.uv or row.weft:
        row.difference = tuple(told["weft" if row.weft else "uv"].splitlines()[-SHOWN:])
        return row
    texts = {tool: (top / "uv.lock").read_text() for tool, top in tops.items()}
    row.same = texts["uv"] == texts["weft"]
    row.packages = texts["uv"].count("[[package]]")
    row.difference = tuple(
        difflib.unified_diff(
            texts["uv"].splitlines(),
            texts["weft"].splitlines(),
            "uv",
            "weft",
            "",
            "",
            1,
            lineterm="",
        )
    )
    for tool, other in (("uv", "weft"), ("weft", "uv")):
        lock = tops[tool] / "uv.lock"
        lock.write_text(texts[other])
        accepts = run(tool, tops[tool], "--check")[0] == 0
        setattr(row, f"{tool}_accepts", accepts)
        lock.write_text(texts[tool])
    return row


def main(names: list[str]) -> int:
    """All projects, or those that were named."""
    where = RESULTS / "locks"
    rows = []
    for name in names or list(PROJECTS):
        row = compare(name, where)
        rows.append(row)
        print(
            f"{name:24} {'same' if row.same else 'DIFFERS':8} {row.packages:4} packages  "
            f"uv {row.seconds[0]:6.2f} s  weft {row.seconds[1]:6.2f} s  accepted by "
            f"uv: {row.uv_accepts}, weft: {row.weft_accepts}",
            flush=True,
        )
        for line in row.difference[:SHOWN] if not row.same else ():
            print(f"    {line}")
    same = sum(row.same for row in rows)
    print(f"{same} of {len(rows)} locks are the same")
    if not names:
        (RESULTS / "locks.json").write_text(json.dumps([asdict(row) for row in rows], indent=1))
    return 0 if names or same >= ENOUGH else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
