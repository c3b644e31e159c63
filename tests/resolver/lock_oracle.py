"""What uv writes to a lock for projects with conflicts, on a loopback index of made wheels.

Owns the way from `Project` to a tree that uv locks, to a request for the resolver, and from both
answers to one form. Refuses to judge: uv's answer is the expectation of tests.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.resolver.universe import Everywhere, Release
from tests.resolver.uv_oracle import write_wheel
from tests.support.index_server import IndexServer
from weft.core.marker_sets import MarkerSet
from weft.core.requirement import Requirement
from weft.core.specifier import Specifiers
from weft.resolver.conflicts import ConflictItem, sorted_items, with_including_groups
from weft.resolver.universal import UniversalRequest, resolve_universal

SUPPORTED = Specifiers.parse(">=3.9")
_UNDER = MarkerSet.of_python(SUPPORTED)

Packages = Mapping[str, Mapping[str, Release]]
Locked = dict[tuple[str, ...], dict[str, list[tuple[object, ...]]]]
"""By name and version: the needs by extra (a group is `group:NAME`), and the forks it is in."""


@dataclass
class Project:
    """A project in a workspace; a list in a group names groups that it includes."""

    name: str
    dependencies: Sequence[str] = ()
    extras: Mapping[str, Sequence[str]] = field(default_factory=dict)
    groups: Mapping[str, Sequence[str | list[str]]] = field(default_factory=dict)
    members: Sequence[str] = ()

    @property
    def url(self) -> str:
        return f"file:///projects/{self.name}"

    def flat(self, group: str) -> list[str]:
        """The requirements of a group."""
        found: list[str] = []
        for entry in self.groups[group]:
            found += [entry] if isinstance(entry, str) else self.flat(entry[0])
        return list(dict.fromkeys(found))

    def text(self) -> str:
        """Its `pyproject.toml`."""
        lines = [
            "[project]",
            f'name = "{self.name}"\nversion = "1"\nrequires-python = "{SUPPORTED.text}"',
            f"dependencies = {json.dumps(list(self.dependencies))}",
            "[project.optional-dependencies]",
            *[f"{name} = {json.dumps(list(texts))}" for name, texts in self.extras.items()],
            "[dependency-groups]",
        ]
        for name, entries in self.groups.items():
            shown = [
                json.dumps(entry) if isinstance(entry, str) else f'{{include-group = "{entry[0]}"}}'
                for entry in entries
            ]
            lines.append(f"{name} = [{', '.join(shown)}]")
        lines.append("[tool.uv.sources]")
        lines += [f"{name} = {{ workspace = true }}" for name in self.members]
        return "\n".join([*lines, ""])

    def release(self) -> Release:
        """It as the resolver sees it."""
        names = [*self.extras, *[f"group:{name}" for name in self.groups]]
        requires = [self._lowered(text, "") for text in self.dependencies]
        for name in names:
            group = name.removeprefix("group:")
            texts = self.extras[name] if name == group else self.flat(group)
            requires += [self._lowered(text, name) for text in texts]
        return Release(requires=requires, extras=names)

    def requirement(self) -> Requirement:
        """All of it."""
        return Requirement(self.name, tuple(self.release().extras), url=self.url)  # type: ignore[arg-type]

    def _lowered(self, text: str, extra: str) -> str:
        """A requirement of an extra, with the place of a member."""
        head, _, marker = text.partition(" ; ")
        name = head.partition("[")[0]
        if name in self.members:
            head += f" @ file:///projects/{name}"
        parts = [f"({marker})"] if marker else []
        if extra:
            parts.append(f"extra == '{extra}'")
        return head + (f" ; {' and '.join(parts)}" if parts else "")


def item(text: str) -> ConflictItem:
    """`demo[x]`, `demo:g` or `demo`."""
    name, bracket, extra = text.rstrip("]").partition("[")
    if bracket:
        return ConflictItem(name, "extra", extra)
    name, colon, group = text.partition(":")
    return ConflictItem(name, "group", group) if colon else ConflictItem(name, "project")


def locked(
    packages: Packages, projects: Sequence[Project], sets: Sequence[Sequence[str]]
) -> Locked:
    """The resolver's answer."""
    world: dict[str, Mapping[str, Release]] = dict(packages)
    world |= {f"{each.name} @ {each.url}": {"1": each.release()} for each in projects}
    root = projects[0]
    includes = {
        name: [entry[0] for entry in entries if not isinstance(entry, str)]
        for name, entries in root.groups.items()
    }
    given = tuple(sorted_items(map(item, names)) for names in sets)
    resolution = resolve_universal(
        UniversalRequest(
            tuple(each.requirement() for each in projects),
            SUPPORTED,
            conflicts=with_including_groups(given, root.name, includes),
        ),
        Everywhere(world),
    )
    names = [each.name for each in resolution.packages]
    kept = {
        (each.name, each.version, edge.extra)
        for each in resolution.packages
        for edge in each.dependencies
    }
    found: Locked = {("forks",): {"": [(text,) for text in _marks(resolution.forks)]}}
    for each in resolution.packages:
        entry = found[each.name, each.version] = {}
        if names.count(each.name) > 1:
            where = [fork for fork in resolution.forks if not fork.is_disjoint(each.marker)]
            entry["forks"] = [(text,) for text in _marks(where)]
        for edge in each.dependencies:
            extras = tuple(name for name in edge.extras if (edge.name, edge.version, name) in kept)
            marker = edge.marker.simplified(_UNDER).text
            entry.setdefault(edge.extra, []).append((edge.name, edge.version, extras, marker))
        for key, needs in entry.items():
            if key != "forks":
                needs.sort()
    return found


def _marks(forks: Sequence[MarkerSet]) -> list[str]:
    """Forks as a lock names them: their environments, if these tell them apart."""
    plain = list(dict.fromkeys([fork.without_extras().simplified(_UNDER) for fork in forks]))
    if any(not a.is_disjoint(b) for at, a in enumerate(plain) for b in plain[:at]):
        plain = [fork.simplified(_UNDER) for fork in forks]
    return [marker.text for marker in plain if not marker.is_true]


def uv_locked(
    packages: Packages,
    projects: Sequence[Project],
    sets: Sequence[Sequence[str]],
    directory: Path,
) -> Locked:
    """uv's answer; it must have one."""
    files = directory / "files"
    for name, releases in packages.items():
        for version, release in releases.items():
            write_wheel(files, name, version, release)
    root, *members = projects
    (directory / "pyproject.toml").write_text(root.text() + _settings(members, sets))
    for member in members:
        (directory / member.name).mkdir()
        (directory / member.name / "pyproject.toml").write_text(member.text())
    with IndexServer(files, format="json") as server:
        done = subprocess.run(
            [
                os.path.join(os.path.dirname(sys.executable), "uv"),
                *("lock", "--quiet", "--preview-features", "package-conflicts"),
                *("--python", sys.executable, "--index-url", server.url),
            ],
            cwd=directory,
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": "/usr/bin:/bin", "HOME": str(directory), "UV_NO_CACHE": "1"},
        )
    assert done.returncode == 0, done.stderr
    return _read(tomllib.loads((directory / "uv.lock").read_text()))


def _settings(members: Sequence[Project], sets: Sequence[Sequence[str]]) -> str:
    written = []
    for names in sets:
        entries = []
        for one in map(item, names):
            kind = f', {one.kind} = "{one.name}"' if one.name else ""
            entries.append(f'{{ package = "{one.package}"{kind} }}')
        written.append(f"[{', '.join(entries)}]")
    lines = ["[tool.uv]", f"conflicts = [{', '.join(written)}]"]
    if members:
        names = [member.name for member in members]
        lines += ["[tool.uv.workspace]", f"members = {json.dumps(names)}"]
    return "\n".join([*lines, ""])


def _read(lock: dict[str, Any]) -> Locked:
    versions: dict[str, list[str]] = {}
    for package in lock["package"]:
        versions.setdefault(package["name"], []).append(package["version"])

    def need(entry: dict[str, Any]) -> tuple[object, ...]:
        name = entry["name"]
        version = entry.get("version") or versions[name][0]
        return name, version, tuple(entry.get("extra", ())), entry.get("marker", "")

    found: Locked = {("forks",): {"": [(text,) for text in lock.get("resolution-markers", ())]}}
    for package in lock["package"]:
        entry = found[package["name"], package["version"]] = {}
        if len(versions[package["name"]]) > 1:
            entry["forks"] = [(text,) for text in package.get("resolution-markers", ())]
        tables = {"": package.get("dependencies", ())}
        tables |= package.get("optional-dependencies", {})
        for name, needs in package.get("dev-dependencies", {}).items():
            tables[f"group:{name}"] = needs
        entry |= {name: sorted(map(need, needs)) for name, needs in tables.items() if needs}
    return found
