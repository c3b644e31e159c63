"""Editable wheels of plain projects, written without their back end.

Owns the decision whether a project is plain and the writing of its wheel: a `.pth` file and the
dist-info directory, with the content that uv_build, hatchling or flit_core would give them. That
saves an environment for the back end and a process: most of what an editable installation costs.
Refuses everything with an option that could change the result; then the answer is None, and the
back end builds. Follows PEP 660.
"""

from __future__ import annotations

from weft import __version__
from weft.fetch.direct_editable_project import NotPlainError, demand, read_plain_file
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from weft.fetch.direct_editable_layouts import EditableWheel
    from weft.fetch.direct_editable_project import PlainProject

# The releases whose results are written here. A project that does not admit them has its reasons.
# Several of uv_build, because projects bound it by its minor version, and these write the same.
_KNOWN = {
    "hatchling": ("1.33.0",),
    "flit-core": ("4.2.0",),
    "uv-build": ("0.9.30", "0.10.12", "0.11.33", "0.12.24", "0.13.6", "0.13.8"),
}
_BACKENDS = {
    "hatchling.build": "hatchling",
    "flit_core.buildapi": "flit-core",
    "uv_build": "uv-build",
}


def write_editable(tree: str, directory: str) -> str | None:
    """The path of an editable wheel in `directory`; None where the back end has to be asked.

    `tree` is the project's directory. Not to be called where settings, requirements or variables
    are given to the back end. Raises SystemFailure where the wheel cannot be written.
    """
    try:
        return _write(os.path.realpath(tree), directory)
    except NotPlainError:
        return None


def _write(tree: str, directory: str) -> str:
    tables = _tables(tree)
    backend = _backend(tables)
    tools = tables.get("tool", {})
    demand(isinstance(tools, dict) and isinstance(tables.get("project"), dict))
    from weft.fetch import direct_editable_layouts as layouts
    from weft.fetch.direct_editable_project import read_project

    project = read_project(tables["project"], tree)
    if backend == "hatchling":
        wheel = layouts.hatchling_wheel(project, tree, tools.get("hatch", {}))
    elif backend == "flit-core":
        wheel = layouts.flit_wheel(project, tree, tools.get("flit", {}))
    else:
        wheel = layouts.uv_wheel(project, tree, tools.get("uv", {}))
    return _write_wheel(project, wheel, directory)


def _tables(tree: str) -> dict[str, Any]:
    from weft.project.toml import TomlError, parse_toml

    try:
        return parse_toml(read_plain_file(os.path.join(tree, "pyproject.toml")).decode("utf-8"))
    except (UnicodeDecodeError, TomlError):
        raise NotPlainError from None


def _backend(tables: dict[str, Any]) -> str:
    """Which of the known back ends, if the project asks for that alone and for one known here."""
    from weft.core.errors import WeftError
    from weft.core.ranges import contains
    from weft.core.requirement import Requirement
    from weft.core.version import version_key

    system = tables.get("build-system")
    demand(isinstance(system, dict) and set(system) == {"requires", "build-backend"})
    assert isinstance(system, dict)
    wanted = system["build-backend"]
    backend = _BACKENDS.get(wanted) if isinstance(wanted, str) else None
    requires = system["requires"]
    demand(isinstance(requires, list) and len(requires) == 1 and isinstance(requires[0], str))
    try:
        requirement = Requirement.parse(requires[0])
    except WeftError:
        raise NotPlainError from None
    demand(backend is not None and requirement.name == backend)
    demand(requirement.url is None and requirement.marker is None and not requirement.extras)
    allowed = requirement.specifiers
    keys = [version_key(version) for version in _KNOWN[str(backend)]]
    demand(not allowed.exact)
    demand(any(key is not None and contains(allowed.ranges, key) for key in keys))
    return str(backend)


def _write_wheel(project: PlainProject, wheel: EditableWheel, directory: str) -> str:
    from weft.core.digest import new_sha256
    from weft.fetch.direct_editable_layouts import escaped
    from weft.store.record import quoted, row_tail
    from weft.system.files import write_atomic

    stem = f"{escaped(project.name)}-{project.version}"
    info = f"{stem}.dist-info"
    tags = "".join([f"Tag: {python}-none-any\n" for python in wheel.tag.split(".")])
    about = f"Wheel-Version: 1.0\nGenerator: weft {__version__}\nRoot-Is-Purelib: true\n{tags}"
    files = [
        (wheel.pth[0], os.fsencode(wheel.pth[1])),
        (f"{info}/METADATA", wheel.metadata.encode()),
        (f"{info}/WHEEL", about.encode()),
    ]
    if wheel.entry_points:
        files.append((f"{info}/entry_points.txt", wheel.entry_points.encode()))
    files += [(f"{info}/licenses/{name}", content) for name, content in wheel.licenses]
    record = b""
    for name, content in files:
        digest = new_sha256()
        digest.update(content)
        record += quoted(name.encode()) + row_tail(len(content), digest.digest())
    files.append((f"{info}/RECORD", record + f"{info}/RECORD,,\n".encode()))
    path = os.path.join(directory, f"{stem}-{wheel.tag}-none-any.whl")
    write_atomic(path, _zip(files))
    return path


def _zip(files: list[tuple[str, bytes]]) -> bytes:
    """An archive of a few small files, stored; `zipfile` takes longer to load than to do this.

    Follows APPNOTE.TXT 6.3.9, sections 4.3 and 4.4. All times are the first that it knows.
    """
    import struct
    import zlib

    bodies = b""
    directory = b""
    for name, content in files:
        path = name.encode()
        size = len(content)
        # Version 2.0, names in UTF-8, stored, 1980-01-01.
        common = struct.pack(
            "<HHHHHLLLHH", 20, 0x800, 0, 0, 0x21, zlib.crc32(content), size, size, len(path), 0
        )
        directory += b"PK\1\2" + struct.pack("<H", 20 | 3 << 8) + common
        directory += struct.pack("<HHHLL", 0, 0, 0, 0o100644 << 16, len(bodies)) + path
        bodies += b"PK\3\4" + common + path + content
    count = len(files)
    return (
        bodies
        + directory
        + b"PK\5\6"
        + struct.pack("<HHHHLLH", 0, 0, count, count, len(directory), len(bodies), 0)
    )
