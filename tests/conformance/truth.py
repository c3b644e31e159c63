"""What a right answer is, worked out from the scenario alone.

Owns the closure of requirements over the metadata of a scenario, and the reading of an environment
that was installed into. Refuses to ask the command that is being tested. Uses `packaging`.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.conformance.scenarios import Scenario

Pin = tuple[str, str, str]  # name, version, marker


def faults(
    scenario: Scenario, found: dict[str, str], environment: dict[str, str], *, exact: bool = True
) -> str:
    """Why `found` (version by name) is not the closure of the request; empty where it is.

    `exact`: nothing else may be there.
    """
    reached: set[tuple[str, str]] = set()
    todo = [("the request", Requirement(text)) for text in scenario.requires]
    while todo:
        parent, requirement = todo.pop()
        if not _applies(requirement, environment):
            continue
        name = canonicalize_name(requirement.name)
        if fault := _unmet(scenario, requirement, found.get(name), environment):
            return f"{parent} requires {requirement}: {fault}"
        version = found[name]
        for extra in ("", *requirement.extras):
            if (name, extra) in reached:
                continue
            reached.add((name, extra))
            release = scenario.release(name, version)
            assert release is not None
            label = f"{name}[{extra}]=={version}" if extra else f"{name}=={version}"
            todo += [(label, needed) for needed in release.requirements(canonicalize_name(extra))]
    superfluous = sorted(set(found) - {name for name, _ in reached})
    return f"superfluous: {', '.join(superfluous)}" if exact and superfluous else ""


def _unmet(
    scenario: Scenario, requirement: Requirement, version: str | None, environment: dict[str, str]
) -> str:
    if version is None:
        return "it is absent"
    if not requirement.specifier.contains(Version(version), prereleases=True):
        return f"{version} is there"
    release = scenario.release(canonicalize_name(requirement.name), version)
    if release is None:
        return f"there is no {version} in the scenario"
    # As uv reads Requires-Python of dependencies: upper bounds are left out of account.
    every = SpecifierSet(release.requires_python)
    lower = SpecifierSet(",".join(str(one) for one in every if one.operator not in ("<", "<=")))
    if not lower.contains(environment["python_full_version"], prereleases=True):
        return f"{version} is for Python {lower}"
    return ""


def _applies(requirement: Requirement, environment: dict[str, str]) -> bool:
    return requirement.marker is None or requirement.marker.evaluate(dict(environment))


def pins_of(output: str) -> list[Pin]:
    """The pins in a requirements file; its comments, options and hashes are passed over."""
    pattern = r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)\s*(?:;\s*(.*?))?\s*\\?"
    pins = []
    for line in output.splitlines():
        if matched := re.fullmatch(pattern, line.partition(" #")[0].strip()):
            pins.append((canonicalize_name(matched[1]), matched[2], matched[3] or ""))
    return pins


def fault_of_pins(
    scenario: Scenario, pins: list[Pin], environments: Iterable[dict[str, str]], *, exact: bool
) -> str:
    """Why the pins are wrong in one of the environments; empty where they are right in all."""
    from tests.conformance.environments import brief

    for environment in environments:
        chosen: dict[str, str] = {}
        for name, version, marker in pins:
            if not marker or Marker(marker).evaluate(dict(environment)):
                if name in chosen:
                    return f"two pins of {name} in {brief(environment)}"
                chosen[name] = version
        if fault := faults(scenario, chosen, environment, exact=exact):
            return f"{fault} in {brief(environment)}"
    return ""


def installed(venv: Path) -> tuple[dict[str, str], str]:
    """Versions by name in an environment, and what is wrong with their files."""
    found: dict[str, str] = {}
    wrong: list[str] = []
    for info in sorted(venv.glob("lib/python3*/site-packages/*.dist-info")):
        metadata = info / "METADATA"
        head = metadata.read_text().partition("\n\n")[0] if metadata.exists() else ""
        fields = dict(line.split(": ", 1) for line in reversed(head.splitlines()) if ": " in line)
        name = canonicalize_name(fields.get("Name", info.name))
        if name in found:
            wrong.append(f"{name} is there twice")
        found[name] = fields.get("Version", "?")
        wrong += _wrong_files(info)
        module = info.parent / name.replace("-", "_") / "__init__.py"
        if not module.exists() or f"{found[name]!r}" not in module.read_text():
            wrong.append(f"the module of {name} is not that of {found[name]}")
    return found, "; ".join(wrong)


def _wrong_files(info: Path) -> list[str]:
    if not (info / "RECORD").exists():
        return [f"{info.name} has no RECORD"]
    wrong = []
    for line in (info / "RECORD").read_text().splitlines():
        name, digest, _ = line.rsplit(",", 2)
        path = info.parent / name.strip('"')
        if not path.exists():
            wrong.append(f"RECORD of {info.name} lists {name}, which is absent")
        elif digest.startswith("sha256="):
            real = base64.urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest())
            if real.rstrip(b"=").decode() != digest.removeprefix("sha256="):
                wrong.append(f"RECORD of {info.name} has another hash for {name}")
    return wrong
