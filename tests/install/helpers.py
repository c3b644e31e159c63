"""Real virtual environments to install into, and ways to look at them."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from uv import find_uv_bin

from weft.core.distribution import InstalledDist
from weft.core.names import normalize_name
from weft.install.target import Target, environment_target
from weft.install.trash import Trash
from weft.install.uninstall import uninstall_all
from weft.install.wheel import WheelExtras, install_wheels
from weft.link.receipt import Receipt
from weft.python.interpreter import probe
from weft.store.store import Store

PYTHON = f"python{sys.version_info[0]}.{sys.version_info[1]}"
PYC = f"{sys.implementation.cache_tag}.pyc"
SITE = f"lib/{PYTHON}/site-packages"
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]


class Environment:
    """A virtual environment with a target; `warnings` collects what was warned about.

    With a `trash`, what is uninstalled goes there as far as that is possible.
    """

    trash: Trash | None = None

    def __init__(self, prefix: str, store: Store, *, target: Target | None = None) -> None:
        self.prefix = prefix
        self.store = store
        self.python = f"{prefix}/bin/python"
        self.target = target or environment_target(probe(self.python, store))
        self.warnings: list[str] = []

    def sink(self, event: object) -> None:
        self.warnings.append(getattr(event, "text", str(event)))

    def items(self, wheels: Iterable[str], extras: WheelExtras | None = None) -> list[Any]:
        """Put wheels into the store."""
        found = []
        for path in wheels:
            cached = self.store.add_wheel(path, filename=os.path.basename(path), origin="pypi")
            manifest = self.store.manifest(cached.entry)
            found.append((cached, manifest, extras or WheelExtras(requested=True)))
        return found

    def install(
        self, *wheels: str, mode: Any = "auto", extras: WheelExtras | None = None
    ) -> Receipt:
        return install_wheels(
            self.target, self.items(wheels, extras), store=self.store, mode=mode, sink=self.sink
        )

    def uninstall(self, *names: str) -> int:
        dists = [self.dist(name) for name in names]
        return uninstall_all(self.target, dists, sink=self.sink, trash=self.trash)

    def dist(self, name: str) -> InstalledDist:
        """What is installed under a name, in whatever form."""
        location = self.target.purelib
        for entry in sorted(os.listdir(location)):
            stem, dot, kind = entry.rpartition(".")
            project, _, version = stem.partition("-")
            known = {"dist-info": "dist-info", "egg-info": "egg-info", "egg-link": "egg-link"}
            if dot and kind in known and normalize_name(project) == normalize_name(name):
                path = f"{location}/{entry}"
                found = known[kind]
                if kind == "egg-info" and os.path.isfile(path):
                    found = "distutils"
                return InstalledDist(
                    normalize_name(name), project, version, path, location, found  # type: ignore[arg-type]
                )  # fmt: skip
        raise LookupError(name)

    def site(self, *parts: str) -> str:
        return os.path.join(self.target.purelib, *parts)

    def run(self, *argv: str, **options: Any) -> str:
        """Run the environment's Python, or a script of it where `argv[0]` has a slash."""
        command = list(argv) if "/" in argv[0] else [self.python, *argv]
        done = subprocess.run(command, capture_output=True, text=True, check=True, **options)
        return done.stdout

    def tree(self) -> dict[str, tuple[str, int]]:
        """Each file by its path below the prefix: sha256 (or link target) and executable bits."""
        return tree(self.prefix)


def tree(root: str) -> dict[str, tuple[str, int]]:
    """Each file below `root`: sha256 of its content (or where a link leads), and x bits."""
    found: dict[str, tuple[str, int]] = {}
    for directory, names, files in os.walk(root):
        for name in files + [name for name in names if os.path.islink(f"{directory}/{name}")]:
            path = f"{directory}/{name}"
            mode = os.lstat(path).st_mode & 0o111
            key = os.path.relpath(path, root)
            if os.path.islink(path):
                found[key] = (os.readlink(path), 0)
            else:
                with open(path, "rb") as stream:
                    found[key] = (hashlib.sha256(stream.read()).hexdigest(), mode)
    return found


def uv(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """The other tool, with a cache of its own, without network and settings."""
    environ = {key: text for key, text in os.environ.items() if not key.startswith("UV_")}
    environ |= {"UV_OFFLINE": "1", "UV_NO_CONFIG": "1", "UV_NO_CACHE": "1", "UV_LINK_MODE": "copy"}
    done = subprocess.run([find_uv_bin(), *arguments], capture_output=True, text=True, env=environ)
    assert not check or done.returncode == 0, done.stderr
    return done


def pip(python: str, *arguments: str) -> str:
    """pip acting on another environment."""
    command: Sequence[str] = [*PIP, "--python", python, *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout
