"""Run weft as a process, the way a person does.

Owns the environment of such a run: a home and a cache of its own, a loopback index, and no
variable that could leak from the shell of whoever runs the tests.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src"
KEPT = ("PATH", "LANG", "LC_ALL", "SSL_CERT_FILE", "SSL_CERT_DIR")
_DURATION = re.compile(r"in (?:\d+m )?\d+(?:\.\d+)?(?:ms|s)$", re.MULTILINE)


@dataclass(frozen=True)
class Finished:
    """What a run left: exit code, and both streams as text."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """The lines of stderr with durations replaced by `in T`."""
        return _DURATION.sub("in T", self.err).splitlines()


class Weft:
    """A machine with weft on it; everything it writes is below `root`."""

    def __init__(self, root: Path, index: str | None = None) -> None:
        self.root = root
        self.cwd = root / "work"
        self.cache = root / "cache"
        self.home = root / "home"
        for directory in (self.cwd, self.home):
            directory.mkdir(parents=True, exist_ok=True)
        self.environ = {name: os.environ[name] for name in KEPT if name in os.environ}
        self.environ |= {
            "HOME": str(self.home),
            "PYTHONPATH": str(SOURCE),
            "PYTHONWARNINGS": "error",
            "WEFT_CACHE_DIR": str(self.cache),
            "WEFT_NO_SYSTEM_CONFIG": "1",
            "WEFT_HTTP_RETRIES": "1",
            "WEFT_PYTHON_DOWNLOADS": "never",  # what a machine lacks is not fetched from afar
            "WEFT_SPARES": "0",  # nothing goes on behind a test that does not ask for it
            "COLUMNS": "100",
        }
        if index is not None:
            self.environ["WEFT_DEFAULT_INDEX"] = index

    def start(self, *words: str, cwd: Path | None = None, **environ: str) -> subprocess.Popen[str]:
        """Begin a run; variables with an empty value are taken away."""
        merged = {**self.environ, **environ}
        return subprocess.Popen(
            [sys.executable, "-m", "weft", *words],
            cwd=cwd or self.cwd,
            env={name: text for name, text in merged.items() if text},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def __call__(self, *words: str, cwd: Path | None = None, **environ: str) -> Finished:
        """A whole run of at most two minutes."""
        process = self.start(*words, cwd=cwd, **environ)
        try:
            out, err = process.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise
        return Finished(process.returncode, out, err)

    def ok(self, *words: str, cwd: Path | None = None, **environ: str) -> Finished:
        """A run that must succeed."""
        finished = self(*words, cwd=cwd, **environ)
        assert finished.code == 0, finished.err
        assert "Traceback" not in finished.err, finished.err
        return finished

    def venv(self, name: str = ".venv") -> Path:
        """A new environment below the working directory, of the Python that runs the tests."""
        self.ok("venv", "-q", "--python", sys.executable, name)
        return self.cwd / name

    def site_packages(self, name: str = ".venv") -> Path:
        """Where the packages of an environment lie."""
        version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        return self.cwd / name / "lib" / version / "site-packages"

    def python(self, name: str, code: str) -> str:
        """What `code` prints in an environment."""
        done = subprocess.run(
            [str(self.cwd / name / "bin" / "python"), "-I", "-c", code],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout.strip()
