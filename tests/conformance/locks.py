"""What a lock file answers, environment by environment.

Owns walking a lock from its root. Refuses to trust the file: an environment with two versions of a
project, none, or a wrong one is a fault. Follows uv's lock format.
"""

from __future__ import annotations

from typing import Any

from packaging import tags
from packaging.markers import Marker
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name, parse_wheel_filename

from tests.conformance.environments import brief, universe
from tests.conformance.scenarios import Scenario
from tests.conformance.truth import faults

Lock = dict[str, Any]


def is_root(package: Lock) -> bool:
    return any(key in package.get("source", {}) for key in ("virtual", "editable", "directory"))


def versions_in(lock: Lock) -> dict[str, list[str]]:
    """Every locked version by name, without the project itself."""
    found: dict[str, list[str]] = {}
    for package in lock.get("package", []):
        if not is_root(package):
            found.setdefault(canonicalize_name(package["name"]), []).append(package["version"])
    return found


def walk(lock: Lock, environment: dict[str, str]) -> tuple[dict[str, str], str]:
    """What the lock gives in an environment (version by name), and what is wrong with it."""
    packages: dict[str, list[Lock]] = {}
    for package in lock.get("package", []):
        packages.setdefault(canonicalize_name(package["name"]), []).append(package)
    roots = [package for package in lock.get("package", []) if is_root(package)]
    if len(roots) != 1:
        return {}, f"{len(roots)} projects in the lock"
    chosen: dict[str, str] = {}
    reached: set[tuple[str, str]] = set()
    todo = list(roots[0].get("dependencies", []))
    while todo:
        edge = todo.pop()
        if edge.get("marker") and not Marker(edge["marker"]).evaluate(dict(environment)):
            continue
        name = canonicalize_name(edge["name"])
        targets = [one for one in packages.get(name, []) if _is_target(one, edge)]
        if len(targets) > 1:
            targets = [one for one in targets if _is_for(one, environment)]
        if len(targets) != 1:
            return chosen, f"{len(targets)} candidates for {edge} in {brief(environment)}"
        version = targets[0].get("version", "")
        if chosen.setdefault(name, version) != version:
            return chosen, f"two versions of {name} in {brief(environment)}"
        for extra in ("", *edge.get("extra", [])):
            if (name, extra) not in reached:
                reached.add((name, extra))
                extras = targets[0].get("optional-dependencies", {})
                todo += extras.get(extra, []) if extra else targets[0].get("dependencies", [])
    return chosen, ""


def _is_target(package: Lock, edge: Lock) -> bool:
    return all(edge.get(key, package.get(key)) == package.get(key) for key in ("version", "source"))


def _is_for(package: Lock, environment: dict[str, str]) -> bool:
    markers = package.get("resolution-markers", [])
    return not markers or any(Marker(text).evaluate(dict(environment)) for text in markers)


def fault_of_lock(scenario: Scenario, lock: Lock) -> str:
    """Why the lock is wrong somewhere in the sample of environments; empty where it is right."""
    if scenario.requires_python and not lock.get("requires-python"):
        return "no requires-python in the lock"
    claimed, asked = SpecifierSet(lock.get("requires-python", "")), scenario.requires_python
    tried = 0
    for environment in universe():
        python = environment["python_full_version"]
        if not claimed.contains(python, prereleases=True):
            continue
        if not SpecifierSet(asked).contains(python, prereleases=True):
            return f"requires-python of the lock ({claimed}) admits {python}"
        tried += 1
        chosen, fault = walk(lock, environment)
        fault = fault or faults(scenario, chosen, environment)
        if fault:
            return f"{fault} in {brief(environment)}"
    return "" if tried else f"no environment of the sample is within {claimed}"


def not_installable(lock: Lock, chosen: dict[str, str], python: str) -> list[str]:
    """Names that have neither a source distribution nor a wheel for this machine."""
    version = tuple(int(part) for part in python.split(".")[:2])
    platforms = list(tags.platform_tags())
    name = f"cp{version[0]}{version[1]}"
    usable = {*tags.cpython_tags(version, platforms=platforms)}
    usable |= {*tags.compatible_tags(version, interpreter=name, platforms=platforms)}
    stuck = []
    for package in lock.get("package", []):
        name = canonicalize_name(package["name"])
        if "sdist" in package or chosen.get(name) != package.get("version"):
            continue
        files = [wheel["url"].rpartition("/")[2] for wheel in package.get("wheels", [])]
        if not any(parse_wheel_filename(file)[3] & usable for file in files):
            stuck.append(name)
    return stuck
