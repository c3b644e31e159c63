"""What a scenario of packse says, and where the scenarios come from.

Owns the pinned release of packse, the reading of its files, and the list of expectations in it
that uv itself no longer meets. Refuses a download with another hash. Follows the format of
packse's scenario files (TOML).
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tarfile
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

PACKSE = "packse-0.3.59.tar.gz"
PACKSE_SHA256 = "718bcca5dd1e9321f5c2918d5975ffd772f0c3b150cf29b03979677a003d73d2"
KEPT = Path(__file__).parents[2] / ".conformance"
DEFAULT_PYTHON = ">=3.12"  # what packse fills in where a scenario says nothing

# Where the published expectation is not what uv 0.13.8 does. The first seven: the release still
# has uv's former rule, that a pre-release is only taken where a requirement names one; today one is
# taken where no stable version fits, also for requirements of requirements, and a stable one is
# preferred even where a specifier names a pre-release. The last: its file says that it cannot be
# solved, but its prose describes a first lock that can be, and uv's own test of it succeeds.
UV_SAYS: dict[str, dict[str, str]] = {
    "prereleases.package-only-prereleases-in-range": {"a": "1.0.0a1"},
    "prereleases.package-prerelease-specified-mixed-available": {"a": "0.3.0"},
    "prereleases.package-prereleases-specifier-boundary": {"a": "0.1.0"},
    "prereleases.transitive-package-only-prereleases-in-range": {"a": "0.1.0", "b": "1.0.0a1"},
    "prereleases.transitive-prerelease-and-stable-dependency": {
        "a": "1.0.0", "b": "1.0.0", "c": "2.0.0b1",
    },
    "prereleases.transitive-prerelease-and-stable-dependency-many-versions": {
        "a": "1.0.0", "b": "1.0.0", "c": "2.0.0b9",
    },
    "prereleases.transitive-prerelease-and-stable-dependency-many-versions-holes": {
        "a": "1.0.0", "b": "1.0.0", "c": "2.0.0b4",
    },
    "fork.preferences-dependent-forking-conflicting": {},
}  # fmt: skip

# Can be solved only where source distributions say statically what they need: no interpreter that
# could build them is there.
NEEDS_STATIC = {
    "requires_python.incompatible-python-compatible-override-other-wheel",
    "requires_python.incompatible-python-compatible-override-unavailable-no-wheels",
}


@dataclass
class Release:
    """One version of one project of a scenario."""

    name: str
    version: str
    requires: list[str]
    extras: dict[str, list[str]]
    requires_python: str
    has_sdist: bool
    wheel_tags: list[str]
    yanked: bool

    def requirements(self, extra: str = "") -> list[Requirement]:
        """What it needs, or what one extra of it adds."""
        return [
            Requirement(text) for text in (self.extras.get(extra, ()) if extra else self.requires)
        ]


@dataclass
class Scenario:
    """A universe of projects, a request, and what should come of it."""

    id: str
    kind: str  # "install", "compile" or "lock"
    requires: list[str]
    requires_python: str
    python: str
    other_pythons: list[str]
    options: dict[str, Any]
    solvable: bool | None  # None: nobody says
    expected: dict[str, str]
    releases: dict[str, dict[str, Release]] = field(default_factory=dict)
    amended: bool = False

    def release(self, name: str, version: str) -> Release | None:
        return self.releases.get(name, {}).get(str(Version(version)))

    def names(self) -> set[str]:
        """Every spelling of the names that a message about it may use."""
        spelled = {r.name for versions in self.releases.values() for r in versions.values()}
        return spelled | set(self.releases) | {Requirement(text).name for text in self.requires}


def load(archive: Path) -> list[Scenario]:
    """The scenarios of a release of packse, by id; those that it disables are left out."""
    found = []
    with tarfile.open(archive) as tar:
        for member in tar:
            _, inside, path = member.name.partition("/scenarios/")
            if not (inside and member.isfile() and path.endswith(".toml")):
                continue
            file = tar.extractfile(member)
            assert file is not None
            data = tomllib.loads(file.read().decode())
            if not path.startswith("examples/") and not data.get("testgen", {}).get("disable"):
                found.append(_scenario(path, data))
    return sorted(found, key=lambda scenario: scenario.id)


def amend(scenario: Scenario, *, dynamic: bool) -> None:
    """Expect what uv does today; `dynamic`: and what it does without static metadata."""
    told = UV_SAYS.get(scenario.id)
    if told is not None and not (scenario.solvable and scenario.expected == told):
        scenario.solvable, scenario.expected, scenario.amended = True, told, True
    if dynamic and scenario.id in NEEDS_STATIC:
        scenario.solvable, scenario.expected = False, {}


def fetch() -> Path:
    """The pinned source distribution of packse, downloaded once and verified every time.

    pip does it, as it is configured here. Only data is used of it, so any Python will do.
    """
    path = KEPT / PACKSE
    if not path.exists():
        KEPT.mkdir(exist_ok=True)
        pinned = KEPT / "requirements.txt"
        name, _, version = PACKSE.removesuffix(".tar.gz").partition("-")
        pinned.write_text(f"{name}=={version} --hash=sha256:{PACKSE_SHA256}\n")
        words = ["--no-deps", "--no-binary", ":all:", "--python-version", "3.12", "-d", KEPT]
        command = [sys.executable, "-m", "pip", "download", *words, "-r", pinned]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"packse could not be downloaded:\n{done.stdout}{done.stderr}")
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != PACKSE_SHA256:
        sys.exit(f"{path} has the hash {found}, pinned is {PACKSE_SHA256}")
    return path


def _scenario(path: str, data: dict[str, Any]) -> Scenario:
    options = data.get("resolver_options", {})
    kind = data.get("testgen", {}).get("kind")
    if kind is None:
        plain = "compile" if options.get("python") else "install"
        kind = "lock" if options.get("universal") else plain
    environment = data.get("environment", {})
    expected = data["expected"]
    return Scenario(
        id=re.sub(r"[^A-Za-z0-9._-]", "-", path.removesuffix(".toml").replace("/", ".")),
        kind=kind,
        requires=[str(text) for text in data["root"].get("requires", [])],
        requires_python=data["root"].get("requires_python", DEFAULT_PYTHON),
        python=environment.get("python", "3.12"),
        other_pythons=list(environment.get("additional_python", [])),
        options=options,
        solvable=bool(expected["satisfiable"]),
        expected={
            canonicalize_name(name): str(version)
            for name, version in expected.get("packages", {}).items()
        },
        releases={
            canonicalize_name(name): {
                str(Version(version)): _release(name, str(Version(version)), facts or {})
                for version, facts in project.get("versions", {}).items()
            }
            for name, project in data.get("packages", {}).items()
        },
    )


def _release(name: str, version: str, facts: dict[str, Any]) -> Release:
    return Release(
        name=name,
        version=version,
        requires=[str(text) for text in facts.get("requires", [])],
        extras={
            canonicalize_name(extra): [str(text) for text in requires]
            for extra, requires in facts.get("extras", {}).items()
        },
        requires_python=facts.get("requires_python", DEFAULT_PYTHON),
        has_sdist=facts.get("sdist", True),
        wheel_tags=(facts.get("wheel_tags") or ["py3-none-any"])
        if facts.get("wheel", True)
        else [],
        yanked=bool(facts.get("yanked")),
    )
