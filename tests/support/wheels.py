"""Wheels for tests: honest ones, and ones that no installer may accept.

Owns `make_wheel` and the table `HOSTILE` of named makers of bad wheels. Refuses to build from
sources: a test says which files it wants. Follows the binary distribution format (PEP 427 and
its page in the packaging specifications) wherever it is not told to break it.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tests.support.rawzip import DEFLATED, FIFO, REGULAR, STORED, SYMLINK, Member, write_zip

Content = bytes | str


def make_wheel(
    directory: str | os.PathLike[str],
    name: str = "demo",
    version: str = "1.0",
    *,
    files: Mapping[str, Content] | None = None,
    requires: Iterable[str] = (),
    extras: Mapping[str, Iterable[str]] | None = None,
    requires_python: str | None = None,
    entry_points: Mapping[str, Mapping[str, str]] | None = None,
    scripts: Mapping[str, Content] | None = None,
    data: Mapping[str, Content] | None = None,
    tag: str = "py3-none-any",
    build: str = "",
    purelib: bool = True,
    executable: Iterable[str] = (),
    record: str = "valid",
    metadata_name: str | None = None,
    metadata_version: str | None = None,
    metadata: str | None = None,
    wheel: str | None = None,
    dist_info: str | None = None,
    filename: str | None = None,
    compress: bool = True,
    alter: Callable[[list[Member]], object] | None = None,
    zip_options: Mapping[str, Any] | None = None,
) -> str:
    """Write a wheel into `directory` (made if missing) and return its path.

    `files` go to site-packages; without it there is one module that carries the version.
    `scripts` go to `.data/scripts` (marked executable), `data` to `.data/<key>`, whose key starts
    with the scheme. `executable` names wheel paths that get an x bit. `record` is `valid`,
    `missing`, `lying` (wrong hash), `lying-size`, `stale` (a row without a file),
    `partial` (a file without a row) or `unhashed`. `alter` may change the members before they
    are written; `zip_options` go to `write_zip`.
    """
    module = name.replace("-", "_").replace(".", "_")
    info = dist_info or f"{module}-{version}.dist-info"
    if files is None:
        files = {f"{module}/__init__.py": f"version = {version!r}\n"}
    if metadata is None:
        metadata = _metadata(
            metadata_name or name, metadata_version or version,
            requires=requires, extras=extras or {}, requires_python=requires_python,
        )  # fmt: skip
    tree = dict(files)
    runnable = set(executable)
    for script, text in (scripts or {}).items():
        tree[f"{module}-{version}.data/scripts/{script}"] = text
        runnable.add(f"{module}-{version}.data/scripts/{script}")
    tree |= {f"{module}-{version}.data/{path}": text for path, text in (data or {}).items()}
    tree[f"{info}/METADATA"] = metadata
    tree[f"{info}/WHEEL"] = _wheel(tag, purelib=purelib) if wheel is None else wheel
    if entry_points:
        tree[f"{info}/entry_points.txt"] = _entry_points(entry_points)
    members = _members(tree, f"{info}/RECORD", runnable, record=record, compress=compress)
    if alter is not None:
        alter(members)
    os.makedirs(directory, exist_ok=True)
    parts = (f"{module}-{version}", *((build,) if build else ()), tag)
    target = os.path.join(directory, filename or f"{'-'.join(parts)}.whl")
    return write_zip(target, members, **(zip_options or {}))


def _members(
    tree: Mapping[str, Content], own: str, runnable: set[str], *, record: str, compress: bool
) -> list[Member]:
    contents = {path: _bytes(content) for path, content in tree.items()}
    if record != "missing":
        contents[own] = _record(contents, own, kind=record)
    return [
        Member(
            path,
            content,
            mode=REGULAR | (0o755 if path in runnable else 0o644),
            method=DEFLATED if compress and content else STORED,
        )
        for path, content in contents.items()
    ]


def _bytes(content: Content) -> bytes:
    return content.encode() if isinstance(content, str) else content


def _metadata(
    name: str,
    version: str,
    *,
    requires: Iterable[str],
    extras: Mapping[str, Iterable[str]],
    requires_python: str | None,
) -> str:
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    if requires_python is not None:
        lines.append(f"Requires-Python: {requires_python}")
    lines += [f"Requires-Dist: {requirement}" for requirement in requires]
    for extra, requirements in extras.items():
        lines.append(f"Provides-Extra: {extra}")
        for requirement in requirements:
            text, _, marker = requirement.partition(";")
            marker = f"({marker.strip()}) and extra" if marker else "extra"
            lines.append(f"Requires-Dist: {text.strip()} ; {marker} == '{extra}'")
    return "\n".join(lines) + f"\n\n{name} for tests.\n"


def _wheel(tag: str, *, purelib: bool) -> str:
    pythons, abis, platforms = (part.split(".") for part in tag.split("-"))
    tags = "".join(f"Tag: {p}-{a}-{m}\n" for p in pythons for a in abis for m in platforms)
    root = "true" if purelib else "false"
    return f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: {root}\n{tags}"


def _entry_points(groups: Mapping[str, Mapping[str, str]]) -> bytes:
    parts = []
    for group, entries in groups.items():
        parts.append(f"[{group}]\n")
        parts += [f"{name} = {target}\n" for name, target in entries.items()]
        parts.append("\n")
    return "".join(parts).encode()


def _record(tree: Mapping[str, bytes], own: str, *, kind: str) -> bytes:
    rows = []
    for path, content in tree.items():
        digest = hashlib.sha256(content).digest()
        size = len(content)
        if kind == "lying" and not rows:
            digest = hashlib.sha256(content + b"!").digest()
        if kind == "lying-size" and not rows:
            size += 1
        if kind == "partial" and not rows:
            rows.append("")
            continue
        text = "sha256=" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        shown = '"' + path.replace('"', '""') + '"' if set(path) & set(',"\n') else path
        rows.append(f"{shown},,\n" if kind == "unhashed" else f"{shown},{text},{size}\n")
    if kind == "stale":
        rows.append("demo/ghost.py,sha256=AAAA,12\n")
    return ("".join(rows) + f"{own},,\n").encode()


def _add(*extra: Member) -> Callable[[list[Member]], object]:
    return lambda members: members.extend(extra)


def _change(index: int, **fields: Any) -> Callable[[list[Member]], object]:
    def apply(members: list[Member]) -> None:
        for key, value in fields.items():
            setattr(members[index], key, value)

    return apply


def _with_path(path: str | bytes) -> Callable[..., str]:
    return lambda directory: make_wheel(directory, alter=_add(Member(path, b"print('evil')\n")))


def _with_script(name: str) -> Callable[..., str]:
    return lambda directory: make_wheel(
        directory, entry_points={"console_scripts": {name: "demo:main"}}
    )


def _with_target(target: str) -> Callable[..., str]:
    return lambda directory: make_wheel(
        directory, entry_points={"console_scripts": {"demo": target}}
    )


def truncated(directory: str | os.PathLike[str], keep: float = 0.6) -> str:
    """The first part of a good wheel, as a broken download leaves it."""
    path = make_wheel(directory, files={"demo/__init__.py": os.urandom(5000)})
    os.truncate(path, int(os.path.getsize(path) * keep))
    return path


def not_a_zip(directory: str | os.PathLike[str]) -> str:
    """A page of an index that answers 200 to everything."""
    os.makedirs(directory, exist_ok=True)
    path = os.path.join(directory, "demo-1.0-py3-none-any.whl")
    with open(path, "wb") as file:
        file.write(b"<html>not found</html>\n")
    return path


def wrong_crc(directory: str | os.PathLike[str]) -> str:
    """A stored member with one flipped byte; RECORD knows nothing of it."""
    return make_wheel(
        directory, record="unhashed",
        alter=_change(0, local={"crc": 1}, central={"crc": 1}),
    )  # fmt: skip


def bomb(directory: str | os.PathLike[str], size: int = 1 << 31) -> str:
    """A few megabytes that do unpack to `size` bytes of nothing; only the checksum is wrong."""
    import zlib

    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    payload = block * (size >> 20) + packer.flush()
    facts = {"crc": 0, "size": size}
    return make_wheel(
        directory, alter=_add(Member("demo/zeros", payload=payload, local=facts, central=facts))
    )


def lying_bomb(directory: str | os.PathLike[str]) -> str:
    """A member that says 100 bytes and inflates to 64 MiB."""
    from tests.support.rawzip import deflate

    facts = {"size": 100}
    payload = deflate(bytes(64 << 20))
    return make_wheel(
        directory,
        alter=_add(Member("demo/small", payload=payload, local=facts, central=facts)),
    )


def overlapping(directory: str | os.PathLike[str]) -> str:
    """Two central records that point at the same local data."""

    def share(members: list[Member]) -> None:
        members.append(Member("demo/again.py", members[0].data, central={"offset": 0}))

    return make_wheel(directory, alter=share)


def two_dist_infos(directory: str | os.PathLike[str]) -> str:
    return make_wheel(
        directory, alter=_add(Member("other-1.0.dist-info/METADATA", b"Name: other\n"))
    )


def no_dist_info(directory: str | os.PathLike[str]) -> str:
    def strip(members: list[Member]) -> None:
        members[:] = [member for member in members if b".dist-info" not in member.name_bytes]

    return make_wheel(directory, alter=strip)


def _without(name: str) -> Callable[..., str]:
    def strip(members: list[Member]) -> None:
        members[:] = [m for m in members if not m.name_bytes.endswith(f"/{name}".encode())]

    return lambda directory: make_wheel(directory, alter=strip)


def _zip(**options: Any) -> Callable[..., str]:
    return lambda directory: make_wheel(directory, zip_options=options)


def _altered(**fields: Any) -> Callable[..., str]:
    return lambda directory: make_wheel(directory, alter=_change(0, **fields))


def _wheel_file(text: str) -> Callable[..., str]:
    return lambda directory: make_wheel(directory, wheel=text)


_INIT = "demo/__init__.py"

#: Name of the offence → maker `(directory) -> path` of a wheel `demo-1.0-py3-none-any.whl`.
HOSTILE: dict[str, Callable[..., str]] = {
    "parent-path": _with_path("../evil.py"),
    "inner-parent-path": _with_path("demo/../../evil.py"),
    "dot-path": _with_path("./evil.py"),
    "empty-part": _with_path("demo//evil.py"),
    "absolute-path": _with_path("/tmp/evil.py"),
    "drive-path": _with_path("C:/evil.py"),
    "backslash-path": _with_path("demo\\..\\evil.py"),
    "nul-path": _with_path(b"demo/evil.py\0.txt"),
    "control-path": _with_path("demo/evil\n.py"),
    "not-utf8-path": _with_path(b"demo/evil\xff.py"),
    "long-name": _with_path("demo/" + "x" * 256),
    "long-path": _with_path("demo/" + "x/" * 2000 + "y"),
    "empty-name": _with_path(b""),
    "symlink": lambda directory: make_wheel(
        directory, alter=_add(Member("demo/link", b"/etc/passwd", mode=SYMLINK | 0o777))
    ),
    "fifo": lambda directory: make_wheel(
        directory, alter=_add(Member("demo/pipe", b"", mode=FIFO | 0o644, method=STORED))
    ),
    "duplicate": _with_path(_INIT),
    "case-collision": _with_path("demo/__INIT__.py"),
    "unicode-collision": lambda directory: make_wheel(
        directory, files={"demo/caf\u00e9.py": "", "demo/cafe\u0301.py": ""}
    ),
    "file-as-directory": _with_path(f"{_INIT}/evil.py"),
    "directory-with-content": _with_path("demo/directory/"),
    "encrypted": _altered(flags=1),
    "unknown-method": _altered(method=12),
    "stored-size-differs": lambda directory: make_wheel(
        directory, compress=False, alter=_change(0, local={"size": 99}, central={"size": 99})
    ),
    "impossible-ratio": _altered(local={"size": 1 << 30}, central={"size": 1 << 30}),
    "local-name-differs": _altered(local={"name": b"demo/__init__.pz"}),
    "local-size-differs": _altered(local={"size": 3}),
    "local-method-differs": _altered(local={"method": 0}),
    "local-crc-differs": _altered(local={"crc": 7}),
    "descriptor-differs": _altered(descriptor=b"PK\7\x08" + bytes(12)),
    "unicode-path-field": _altered(extra=b"\x75\x70\x0d\0\1\0\0\0\0evil.pyx"),
    "not-deflate": _altered(payload=b"\xff" * 20),
    "data-after-stream": lambda directory: make_wheel(
        directory, record="unhashed", alter=lambda ms: _pad_stream(ms[0])
    ),
    "wrong-crc": wrong_crc,
    "overlapping": overlapping,
    "offset-outside": lambda directory: make_wheel(
        directory, alter=_change(1, central={"offset": 1 << 30})
    ),
    "bomb": bomb,
    "lying-bomb": lying_bomb,
    "truncated": truncated,
    "not-a-zip": not_a_zip,
    "trailing-data": _zip(trailing=b"more"),
    "prefixed-data": _zip(prefix=b"#!/bin/sh\n"),
    "prefixed-data-unshifted": _zip(prefix=b"#!/bin/sh\n", shift=False),
    "second-end-record": _zip(comment=b"PK\5\6" + bytes(18)),
    "too-many-claimed": _zip(end={"count": 40}),
    "too-few-claimed": _zip(end={"count": 1}),
    "directory-outside": _zip(end={"offset": 1 << 30}),
    "zip64-outside": _zip(zip64=True, end64={"offset": 1 << 60}),
    "empty-archive": lambda directory: make_wheel(directory, alter=lambda ms: ms.clear()),
    "no-dist-info": no_dist_info,
    "two-dist-infos": two_dist_infos,
    "dist-info-name": lambda directory: make_wheel(directory, dist_info="other-1.0.dist-info"),
    "dist-info-version": lambda directory: make_wheel(directory, dist_info="demo-2.0.dist-info"),
    "metadata-name": lambda directory: make_wheel(directory, metadata_name="other"),
    "metadata-version": lambda directory: make_wheel(directory, metadata_version="2.0"),
    "metadata-garbage": lambda directory: make_wheel(directory, metadata="garbage"),
    "metadata-missing": _without("METADATA"),
    "wheel-missing": _without("WHEEL"),
    "wheel-version": _wheel_file("Wheel-Version: 2.0\nRoot-Is-Purelib: true\n"),
    "wheel-no-version": _wheel_file("Root-Is-Purelib: true\n"),
    "data-scheme": lambda directory: make_wheel(directory, data={"bogus/x": "x"}),
    "data-no-scheme": lambda directory: make_wheel(directory, data={"loose": "x"}),
    "data-nested-script": lambda directory: make_wheel(directory, data={"scripts/a/b": "x"}),
    "data-replaces-module": lambda directory: make_wheel(directory, data={f"purelib/{_INIT}": "x"}),
    "data-twice": lambda directory: make_wheel(
        directory, data={"purelib/a.py": "x", "platlib/a.py": "y"}
    ),
    "data-pyvenv": lambda directory: make_wheel(directory, data={"data/pyvenv.cfg": "home = /"}),
    "data-interpreter": lambda directory: make_wheel(directory, data={"data/bin/python": "x"}),
    "script-interpreter": lambda directory: make_wheel(directory, scripts={"python3": "x"}),
    "entry-interpreter": _with_script("python"),
    "entry-interpreter-version": _with_script("Python3.13t"),
    "entry-pypy": _with_script("pypy3.exe"),
    "entry-parent": _with_script("../evil"),
    "entry-absolute": _with_script("/tmp/evil"),
    "entry-backslash": _with_script("..\\evil"),
    "entry-dots": _with_script(".."),
    "entry-code": _with_target("demo:main()"),
    "entry-newline-code": _with_target("os;system:x"),
    "entry-no-function": _with_target("demo"),
    "record-missing": lambda directory: make_wheel(directory, record="missing"),
    "record-lying": lambda directory: make_wheel(directory, record="lying"),
    "record-lying-size": lambda directory: make_wheel(directory, record="lying-size"),
}  # fmt: skip


def _pad_stream(member: Member) -> None:
    from tests.support.rawzip import deflate

    member.payload = deflate(member.data) + b"hidden"
