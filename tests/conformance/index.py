"""The package index of one scenario.

Owns the wheels and source distributions that a scenario describes, and the kinds of index that it
is run on. Refuses to need a build requirement: each source distribution carries its back end.
Follows the simple index (PEP 503, 691), metadata files (PEP 658) and yanking (PEP 592).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from packaging.requirements import Requirement

from tests.conformance.scenarios import Release, Scenario
from tests.support.index_server import IndexServer
from tests.support.sdists import Entry, make_archive
from tests.support.wheels import make_wheel

UPLOADED = "2024-03-24T00:00:00Z"


@dataclass(frozen=True)
class Kind:
    """How an index serves what it has; `dynamic`: its source distributions have to be built."""

    format: Literal["html", "json", "both"] = "both"
    metadata: bool = True
    ranges: bool = True
    dynamic: bool = False


KINDS = {
    "json": Kind(),  # by the Accept header, as registries do
    "html": Kind(format="html"),
    "no-metadata": Kind(metadata=False),
    "no-ranges": Kind(metadata=False, ranges=False),
    "dynamic": Kind(dynamic=True),
    "bare": Kind(format="html", metadata=False, ranges=False, dynamic=True),
}

BACK_END = r"""
import base64, hashlib, os, zipfile

with open("PKG-INFO", encoding="utf-8") as file:
    METADATA = file.read()
FIELDS = dict(line.split(": ", 1) for line in reversed(METADATA.splitlines()) if ": " in line)
MODULE = FIELDS["Name"].lower().replace("-", "_").replace(".", "_")
STEM = "%s-%s" % (MODULE, FIELDS["Version"])

def prepare_metadata_for_build_wheel(directory, config_settings=None):
    os.makedirs(os.path.join(directory, STEM + ".dist-info"))
    with open(os.path.join(directory, STEM + ".dist-info", "METADATA"), "w") as file:
        file.write(METADATA)
    return STEM + ".dist-info"

def build_wheel(directory, config_settings=None, metadata_directory=None):
    with open(os.path.join("src", MODULE, "__init__.py")) as file:
        module = file.read()
    wheel = "Wheel-Version: 1.0\nGenerator: scenario\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    info = STEM + ".dist-info/"
    members = {MODULE + "/__init__.py": module, info + "METADATA": METADATA, info + "WHEEL": wheel}
    record = ""
    for name, text in members.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
        record += "%s,sha256=%s,%d\n" % (name, digest.rstrip(b"=").decode(), len(text.encode()))
    members[info + "RECORD"] = record + info + "RECORD,,\n"
    with zipfile.ZipFile(os.path.join(directory, STEM + "-py3-none-any.whl"), "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return STEM + "-py3-none-any.whl"
"""


def serve(scenario: Scenario, kind: Kind, directory: Path) -> IndexServer:
    """Write the files of a scenario into `directory`; the server of them, not started."""
    directory.mkdir(parents=True)
    yanked, pythons = {}, {}
    for versions in scenario.releases.values():
        for release in versions.values():
            made = [_wheel(directory, release, tag) for tag in release.wheel_tags]
            if release.has_sdist:
                made.append(_sdist(directory, release, dynamic=kind.dynamic))
            for path in made:
                if release.yanked:
                    yanked[path.name] = ""
                if release.requires_python:
                    pythons[path.name] = release.requires_python
    return IndexServer(
        directory,
        format=kind.format,
        metadata_files=kind.metadata,
        ranges=kind.ranges,
        yanked=yanked,
        requires_python=pythons,
        upload_times={path.name: UPLOADED for path in directory.iterdir()},
        etag=True,
        cache_control="max-age=600, public",
    )


def metadata_text(release: Release, *, version: str = "2.3") -> str:
    """Core metadata; `version` is the one of its format."""
    lines = [
        f"Metadata-Version: {version}", f"Name: {release.name}", f"Version: {release.version}",
    ]  # fmt: skip
    if release.requires_python:
        lines.append(f"Requires-Python: {release.requires_python}")
    lines += [f"Provides-Extra: {extra}" for extra in release.extras]
    lines += [f"Requires-Dist: {text}" for text in release.requires]
    for extra in release.extras:
        for requirement in release.requirements(extra):
            lines.append(f"Requires-Dist: {_only_with(requirement, extra)}")
    return "\n".join(lines) + "\n"


def _only_with(requirement: Requirement, extra: str) -> str:
    condition = f"extra == '{extra}'"
    if requirement.marker is not None:
        condition = f"({requirement.marker}) and {condition}"
    requirement.marker = None
    return f"{requirement} ; {condition}"


def _wheel(directory: Path, release: Release, tag: str) -> Path:
    text = metadata_text(release)
    return Path(make_wheel(directory, release.name, release.version, tag=tag, metadata=text))


def _sdist(directory: Path, release: Release, *, dynamic: bool) -> Path:
    module = release.name.replace("-", "_").replace(".", "_")
    top = f"{module}-{release.version}"
    files = {
        "pyproject.toml": _pyproject(release, dynamic=dynamic),
        "PKG-INFO": metadata_text(release, version="2.1" if dynamic else "2.3"),
        "scenario_back_end.py": BACK_END,
        f"src/{module}/__init__.py": f"version = {release.version!r}\n",
    }
    entries = [Entry(f"{top}/{name}", text.encode()) for name, text in files.items()]
    return Path(make_archive(directory, files=entries, filename=f"{top}.tar.gz"))


def _pyproject(release: Release, *, dynamic: bool) -> str:
    lines = [
        "[build-system]",
        "requires = []",
        'build-backend = "scenario_back_end"',
        'backend-path = ["."]',
        "[project]",
        f"name = {json.dumps(release.name)}",
    ]
    if dynamic:
        fields = ["version", "dependencies", "optional-dependencies", "requires-python"]
        return "\n".join([*lines, f"dynamic = {json.dumps(fields)}"]) + "\n"
    lines.append(f"version = {json.dumps(release.version)}")
    lines.append(f"dependencies = {json.dumps(release.requires)}")
    if release.requires_python:
        lines.append(f"requires-python = {json.dumps(release.requires_python)}")
    if release.extras:
        lines.append("[project.optional-dependencies]")
        lines += [f"{extra} = {json.dumps(texts)}" for extra, texts in release.extras.items()]
    return "\n".join(lines) + "\n"
