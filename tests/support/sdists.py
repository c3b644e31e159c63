"""Source archives for tests: honest ones, and ones that nobody may unpack.

Owns a tar writer that lies on demand, `make_archive`, and the table `HOSTILE` of named makers of
bad archives. Refuses to know back ends (tests.support.backends does). Follows POSIX ustar and pax
wherever it is not told to break them.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from tests.support.rawzip import FIFO, SYMLINK, Member, write_zip

PROJECT = b'[project]\nname = "demo"\nversion = "1.0"\n'
TOP = "demo-1.0"


@dataclass
class Entry:
    """One member of a tar file. `size` is what the header claims, `pax` stands in front of it."""

    name: str | bytes
    data: bytes = b""
    kind: bytes = b"0"
    link: str | bytes = b""
    mode: int = 0o644
    mtime: int = 1_700_000_000
    size: int | None = None
    pax: Mapping[str, str | bytes] | None = None
    checksum: int | None = None


FILES = (Entry(f"{TOP}/pyproject.toml", PROJECT), Entry(f"{TOP}/demo.py", b"version = '1.0'\n"))


def tar_bytes(entries: Iterable[Entry], *, end: bytes = bytes(1024)) -> bytes:
    """A tar file, without compression; `end` follows the last member."""
    return b"".join(map(_entry, entries)) + end


def make_archive(
    directory: str | os.PathLike[str],
    *extra: Entry,
    files: Iterable[Entry] = FILES,
    filename: str = f"{TOP}.tar.gz",
    end: bytes = bytes(1024),
) -> str:
    """Write a good source archive with `extra` members into `directory` (made if missing)."""
    return write_archive(directory, tar_bytes((*files, *extra), end=end), filename=filename)


def write_archive(
    directory: str | os.PathLike[str], data: bytes, *, filename: str = f"{TOP}.tar.gz"
) -> str:
    """Write the bytes of a tar file, compressed as the file name says."""
    os.makedirs(directory, exist_ok=True)
    path = os.path.join(directory, filename)
    with open(path, "wb") as file:
        file.write(compress(data, filename))
    return path


def compress(data: bytes, filename: str) -> bytes:
    """As the end of a file name says."""
    if filename.endswith((".gz", ".tgz")):
        return gzip.compress(data, 6, mtime=0)
    if filename.endswith((".bz2", ".tbz")):
        return bz2.compress(data)
    if filename.endswith((".xz", ".txz")):
        return lzma.compress(data)
    if filename.endswith((".lzma", ".tlz")):
        return lzma.compress(data, format=lzma.FORMAT_ALONE)
    return data


def make_zip(directory: str | os.PathLike[str], *members: Member, bare: bool = False) -> str:
    """The same project as a zip file, with further members; `bare` leaves the project out."""
    os.makedirs(directory, exist_ok=True)
    project = [] if bare else [Member(_text(entry.name), entry.data) for entry in FILES]
    return write_zip(os.path.join(directory, f"{TOP}.zip"), [*project, *members])


def _text(name: str | bytes) -> str:
    return name if isinstance(name, str) else name.decode()


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def _entry(entry: Entry) -> bytes:
    head = b""
    if entry.pax is not None:
        records = b"".join(_record(key, _bytes(text)) for key, text in entry.pax.items())
        head = _entry(Entry("PaxHeaders/x", records, b"x"))
    size = len(entry.data) if entry.size is None else entry.size
    padding = bytes(-len(entry.data) % 512)
    return head + _header(entry, size) + entry.data + padding


def _header(entry: Entry, size: int) -> bytes:
    name, link = _bytes(entry.name), _bytes(entry.link)
    assert len(name) <= 100 and len(link) <= 100, "longer ones need pax"
    blank = b"".join(
        (
            name.ljust(100, b"\0"), b"%07o\0" % entry.mode, b"%07o\0" % 0, b"%07o\0" % 0,
            b"%011o\0" % size, b"%011o\0" % entry.mtime, b" " * 8, entry.kind,
            link.ljust(100, b"\0"), b"ustar\x0000", bytes(247),
        )
    )  # fmt: skip
    assert len(blank) == 512
    checksum = sum(blank) if entry.checksum is None else entry.checksum
    return blank[:148] + b"%06o\0 " % checksum + blank[156:]


def _record(key: str, text: bytes) -> bytes:
    body = b" " + key.encode() + b"=" + text + b"\n"
    length = len(body)
    while len(str(length)) + len(body) != length:
        length = len(str(length)) + len(body)
    return str(length).encode() + body


def _with(*entries: Entry) -> Callable[[str | os.PathLike[str]], str]:
    return lambda directory: make_archive(directory, *entries)


def _only(*entries: Entry) -> Callable[[str | os.PathLike[str]], str]:
    return lambda directory: make_archive(directory, files=entries)


def _zip(*members: Member, bare: bool = False) -> Callable[[str | os.PathLike[str]], str]:
    return lambda directory: make_zip(directory, *members, bare=bare)


def _raw(data: bytes, filename: str = f"{TOP}.tar.gz") -> Callable[..., str]:
    def write(directory: str | os.PathLike[str]) -> str:
        os.makedirs(directory, exist_ok=True)
        path = os.path.join(directory, filename)
        with open(path, "wb") as file:
            file.write(data)
        return path

    return write


def _truncated(filename: str) -> Callable[..., str]:
    def write(directory: str | os.PathLike[str]) -> str:
        path = make_archive(directory, Entry(f"{TOP}/noise", os.urandom(9999)), filename=filename)
        os.truncate(path, os.path.getsize(path) // 2)
        return path

    return write


def bomb(directory: str | os.PathLike[str], *, size: int = 3 << 29, name: str = "bomb") -> str:
    """A gzip file of a megabyte per gigabyte: one member of zeros, made of ready blocks."""
    import zlib

    os.makedirs(directory, exist_ok=True)
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    head = packer.compress(_header(Entry(f"{TOP}/{name}"), size)) + packer.flush(zlib.Z_FULL_FLUSH)
    inner = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = inner.compress(bytes(1 << 20)) + inner.flush(zlib.Z_FULL_FLUSH)
    path = os.path.join(directory, f"{TOP}.tar.gz")
    with open(path, "wb") as file:
        file.write(head)
        for _ in range(size >> 20):
            file.write(block)
    return path


def silent_bomb(directory: str | os.PathLike[str], *, size: int = 3 << 29) -> str:
    """The same for what follows the last member: zeros without end, announced by nobody."""
    import zlib

    path = make_archive(directory, filename=f"{TOP}.tar.gz")
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = packer.compress(bytes(64 << 20)) + packer.flush()
    with open(path, "ab") as file:
        for _ in range(size >> 26):
            file.write(block)
    return path


def _signed(extra: bytes, *, end: bytes = bytes(1024)) -> bytes:
    return gzip.compress(tar_bytes(FILES, end=b"") + extra + end, mtime=0)


_LINK = Entry(f"{TOP}/link", kind=b"2", link="..")

#: Name of the offence → maker `(directory) -> path` of a source archive of `demo` 1.0.
HOSTILE: dict[str, Callable[[str | os.PathLike[str]], str]] = {
    "parent-path": _with(Entry("../evil.py")),
    "inner-parent-path": _with(Entry(f"{TOP}/../../evil.py")),
    "absolute-path": _with(Entry("/tmp/evil.py")),
    "drive-path": _with(Entry("C:/evil.py")),
    "pax-parent-path": _with(Entry(f"{TOP}/good.py", pax={"path": "../evil.py"})),
    "gnu-parent-path": _with(Entry("././@LongLink", b"../evil.py\0", b"L"), Entry(f"{TOP}/good")),
    "nul-path": _with(Entry(f"{TOP}/x", pax={"path": f"{TOP}/evil\0.py"})),
    "control-path": _with(Entry(f"{TOP}/evil\n.py")),
    "not-utf8-path": _with(Entry(f"{TOP}/".encode() + b"evil\xff.py")),
    "long-name": _with(Entry(f"{TOP}/x", pax={"path": f"{TOP}/{'x' * 300}"})),
    "long-path": _with(Entry(f"{TOP}/x", pax={"path": TOP + "/x" * 2000})),
    "absolute-link": _with(Entry(f"{TOP}/link", kind=b"2", link="/etc/passwd")),
    "empty-link": _with(Entry(f"{TOP}/link", kind=b"2")),
    "link-out": _with(Entry(f"{TOP}/link", kind=b"2", link="../../evil")),
    "pax-link-out": _with(Entry(f"{TOP}/link", kind=b"2", pax={"linkpath": "../../evil"})),
    "link-out-by-steps": _with(
        Entry(f"{TOP}/a/b", kind=b"5"), Entry(f"{TOP}/a/b/up", kind=b"2", link="../.."),
        Entry(f"{TOP}/a/b/over", kind=b"2", link="up/../../evil"),
    ),
    "write-through-link": _with(_LINK, Entry(f"{TOP}/link/evil.py")),
    "directory-through-link": _with(_LINK, Entry(f"{TOP}/link/evil", kind=b"5")),
    "file-over-link": _with(Entry(f"{TOP}/link", kind=b"2", link="demo.py"), Entry(f"{TOP}/link")),
    "link-over-file": _with(Entry(f"{TOP}/demo.py", kind=b"2", link="pyproject.toml")),
    "hard-link-out": _with(Entry(f"{TOP}/link", kind=b"1", link="../../../etc/passwd")),
    "hard-link-absolute": _with(Entry(f"{TOP}/link", kind=b"1", link="/etc/passwd")),
    "hard-link-to-nothing": _with(Entry(f"{TOP}/link", kind=b"1", link=f"{TOP}/none")),
    "hard-link-to-link": _with(_LINK, Entry(f"{TOP}/hard", kind=b"1", link=f"{TOP}/link")),
    "character-device": _with(Entry(f"{TOP}/null", kind=b"3")),
    "block-device": _with(Entry(f"{TOP}/disk", kind=b"4")),
    "fifo": _with(Entry(f"{TOP}/pipe", kind=b"6")),
    "sparse": _with(Entry(f"{TOP}/hole", kind=b"S")),
    "pax-sparse": _with(Entry(f"{TOP}/hole", pax={"GNU.sparse.major": "1"})),
    "volume": _with(Entry("volume", kind=b"V")),
    "duplicate": _with(Entry(f"{TOP}/demo.py", b"version = '6.6'\n")),
    "longer-duplicate": _with(Entry(f"{TOP}/demo.py", FILES[1].data + b"more")),
    "shorter-duplicate": _with(Entry(f"{TOP}/demo.py", FILES[1].data[:5])),
    "file-as-directory": _with(Entry(f"{TOP}/demo.py/evil.py")),
    "directory-as-file": _with(Entry(f"{TOP}/x", kind=b"5"), Entry(f"{TOP}/x")),
    "directory-with-content": _with(Entry(f"{TOP}/x", b"content", b"5")),
    "link-with-content": _with(Entry(f"{TOP}/x", b"content", b"2", link="demo.py")),
    "global-path": _with(Entry("g", _record("path", b"../evil"), b"g"), Entry(f"{TOP}/x")),
    "named-twice": _with(
        Entry("././@LongLink", b"demo-1.0/a\0", b"L"), Entry(f"{TOP}/x", pax={"path": "../b"}),
    ),
    "two-paths": _with(Entry("x", _record("path", b"a") + _record("path", b"b"), b"x")),
    "bad-pax": _with(Entry("x", b"99 path=a\n", b"x"), Entry(f"{TOP}/x")),
    "bad-pax-length": _with(Entry("x", b"-1 path=a\n", b"x"), Entry(f"{TOP}/x")),
    "bad-pax-size": _with(Entry(f"{TOP}/x", pax={"size": "-512"})),
    "large-pax": _with(Entry("x", b"", b"x", size=1 << 30)),
    "pax-before-end": _with(Entry("x", _record("path", b"a"), b"x")),
    "bad-checksum": _with(Entry(f"{TOP}/x", checksum=7)),
    "bad-size": _raw(_signed(_entry(Entry("x"))[:124] + b"-0000000512\0" + bytes(376))),
    "claims-more": _raw(_signed(_header(Entry(f"{TOP}/x"), 1 << 20), end=b"short")),
    "huge-size": _raw(_signed(_header(Entry(f"{TOP}/x"), 0o77777777777))),
    "data-behind-end": _raw(_signed(b"", end=bytes(1024) + b"more")),
    "archive-behind-end": _raw(_signed(b"", end=bytes(1024) + tar_bytes([Entry("../evil")]))),
    "garbage-behind-gzip": _raw(gzip.compress(tar_bytes(FILES), mtime=0) + b"garbage"),
    "bad-gzip-crc": _raw(gzip.compress(tar_bytes(FILES), mtime=0)[:-8] + b"\1\2\3\4\5\6\7\x08"),
    "no-gzip": _raw(b"<html>not found</html>\n"),
    "no-bzip2": _raw(b"<html>", f"{TOP}.tar.bz2"),
    "no-xz": _raw(b"<html>", f"{TOP}.tar.xz"),
    "no-tar": _raw(b"<html>" * 200, f"{TOP}.tar"),
    "no-tar-in-gzip": _raw(gzip.compress(os.urandom(2000))),
    "empty-file": _raw(b""),
    "unknown-format": _raw(b"7z\xbc\xaf", f"{TOP}.7z"),
    "truncated-gzip": _truncated(f"{TOP}.tar.gz"),
    "truncated-bzip2": _truncated(f"{TOP}.tar.bz2"),
    "truncated-xz": _truncated(f"{TOP}.tar.xz"),
    "truncated-tar": _truncated(f"{TOP}.tar"),
    "bomb": bomb,
    "silent-bomb": silent_bomb,
    "xz-memory": _raw(
        lzma.compress(tar_bytes(FILES), filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 29}]),
        f"{TOP}.tar.xz",
    ),
    "no-files": _only(),
    "two-tops": _with(Entry("other-2.0/setup.cfg")),
    "file-at-top": _only(Entry("demo.py", b"x")),
    "link-at-top": _only(Entry("top", kind=b"2", link=".")),
    "zip-parent-path": _zip(Member("../evil.py", b"x")),
    "zip-absolute-path": _zip(Member("/tmp/evil.py", b"x")),
    "zip-link-out": _zip(Member(f"{TOP}/link", b"../../evil", mode=SYMLINK | 0o777)),
    "zip-absolute-link": _zip(Member(f"{TOP}/link", b"/etc/passwd", mode=SYMLINK | 0o777)),
    "zip-through-link": _zip(
        Member(f"{TOP}/link", b"..", mode=SYMLINK | 0o777), Member(f"{TOP}/link/evil.py", b"x"),
    ),
    "zip-long-link": _zip(Member(f"{TOP}/link", b"x/" * 9999, mode=SYMLINK | 0o777)),
    "zip-fifo": _zip(Member(f"{TOP}/pipe", mode=FIFO | 0o644, method=0)),
    "zip-duplicate": _zip(Member(f"{TOP}/demo.py", b"x")),
    "zip-two-tops": _zip(Member("other/x", b"x")),
    "no-zip": _raw(b"<html>", f"{TOP}.zip"),
}  # fmt: skip
