"""A `uv.lock` in the one layout that is ever written, scanned without a TOML parser.

Owns the fast way, ten times that of `tomllib`: a package is cut out by its header, its files are
looked at when somebody asks for them, and a row that was seen before is not read again. Refuses
all that the writer would not write (other orders of keys, escapes, comments) by UnusualLayout,
and to find words for what is wrong: whoever calls reads such a text as TOML.
Follows the layout of `uvlock_write`.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import replace
from weft.lock.uvlock_check import check_package_files
from weft.lock.uvlock_pieces import UnusualLayout, bare, tables_of, text_of, whole
from weft.lock.uvlock_tables import (
    default_groups,
    dependency,
    file,
    group_pythons,
    lock_of,
    metadata,
    source,
    wheel,
)
from weft.lock.uvlock_values import hash_text, marker, name, version
from weft.lock.uvmodel import UvDependency, UvFile, UvLock, UvPackage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from weft.lock.uvmodel import Groups, UvSource

    Files = tuple[UvFile | None, tuple[UvFile, ...]]

_SPACER = "\n\n[[package]]\n"
_WHEELS = "\nwheels = [\n"
_FORBIDDEN = ("\\", "\r", "\0", "\x7f")
_AS_ZERO = str.maketrans("123456789", "000000000")
_MOMENTS = frozenset(  # with as many digits behind the second as there may be
    "0000-00-00T00:00:00" + fraction + "Z"
    for fraction in ("", *["." + "0" * n for n in range(1, 10)])
)
_COMMENT = (
    " # This has no effect and is included for backwards compatibility when using relative "
    "exclude-newer values.\n"
)


def scan(text: str, anyhow: Callable[[], UvLock]) -> UvLock:
    """The lock, with files that are read when asked for; `anyhow` reads the text the other way.

    Raises UnusualLayout, and a WeftError for a value that is wrong.
    """
    if any(each in text for each in _FORBIDDEN):
        raise UnusualLayout
    head, *blocks = text.split(_SPACER)
    try:
        top = tables_of(head.replace(_COMMENT, "\n"), ())
        if "package" in top or not text.endswith("\n"):
            raise UnusualLayout
        scanner = _Scanner(anyhow)
        if blocks:
            blocks[-1] = blocks[-1][:-1]
        packages = tuple([scanner.package(block) for block in blocks])
        return replace(lock_of(top), packages=packages)
    except (ValueError, IndexError, RecursionError):
        raise UnusualLayout from None


class _Scanner:
    """Reads packages; the rows that it has read are kept by their text."""

    def __init__(self, anyhow: Callable[[], UvLock]) -> None:
        self.anyhow = anyhow
        self.edges: dict[str, UvDependency] = {}
        self.sources: dict[str, UvSource] = {}

    def package(self, block: str) -> UvPackage:
        """The package of a block, which begins behind the header."""
        main, *tables = block.split("\n\n[package.")
        front, _, wheels = main.partition(_WHEELS)
        lines = front.split("\n")
        at = 1
        title = text_of(lines[0], 'name = "')
        release = ""
        if lines[at].startswith("version"):
            release = version(text_of(lines[at], 'version = "'), ())
            at += 1
        origin = self.source(lines[at])
        at += 1
        defaults = None
        forks: tuple[str, ...] = ()
        edges: tuple[UvDependency, ...] = ()
        sdist = ""
        if lines[at : at + 1] == ["resolution-markers = ["]:
            end = lines.index("]", at)
            forks = tuple([marker(text_of(row, '    "', '",'), ()) for row in lines[at + 1 : end]])
            at = end + 1
        if at < len(lines) and lines[at].startswith("default-groups = "):
            defaults = default_groups(tables_of(lines[at], ()), ())
            at += 1
        if lines[at : at + 1] == ["dependencies = ["]:
            end = lines.index("]", at)
            edges = self.rows(lines[at + 1 : end])
            at = end + 1
        if at < len(lines):
            sdist = lines[at]
            at += 1
        if at != len(lines) or (sdist and not _is_file(sdist, "sdist = {", " }")):
            raise UnusualLayout
        if wheels and not _are_files(wheels):
            raise UnusualLayout
        plain = UvPackage(name(title, ()), release, origin, forks, edges)
        if tables:
            plain = self.withtables(plain, tables)
        if defaults is not None:
            plain = replace(plain, metadata=replace(plain.metadata, default_groups=defaults))
        return _with_files(plain, sdist, wheels, self.anyhow) if sdist or wheels else plain

    def withtables(self, plain: UvPackage, tables: list[str]) -> UvPackage:
        """The package with what stands in tables of its own."""
        extras: Groups = ()
        groups: Groups = ()
        pythons: tuple[tuple[str, str], ...] = ()
        asked = metadata({}, ())
        for number, table in enumerate(tables):
            header, _, body = table.partition("]")
            if body and body[0] != "\n":
                raise UnusualLayout
            body = body[1:]
            if header == "optional-dependencies" and not extras:
                extras = self.groups(body)
            elif header == "dev-dependencies" and not groups:
                groups = self.groups(body)
            elif header == "group-requires-python" and not pythons:
                pythons = group_pythons({header: tables_of(body, ())}, ())
            elif header == "metadata":
                rest = [f"[{each}" for each in tables[number + 1 :]]
                asked = metadata(tables_of("\n\n".join([body, *rest]), ("metadata.",)), ())
                break
            else:
                raise UnusualLayout
        if pythons:
            asked = replace(asked, group_pythons=pythons)
        return replace(plain, optional_dependencies=extras, dev_dependencies=groups, metadata=asked)

    def source(self, line: str) -> UvSource:
        found = self.sources.get(line)
        if found is None:
            if not line.startswith("source = {"):
                raise UnusualLayout
            found = self.sources[line] = source(whole(line, 9), ())
        return found

    def groups(self, body: str) -> Groups:
        """The arrays of edges of a table."""
        found = []
        lines = body.split("\n")
        at = 0
        while at < len(lines):
            if not lines[at].endswith(" = ["):
                raise UnusualLayout
            key = lines[at][:-4]
            end = lines.index("]", at)
            found.append((bare(key), self.rows(lines[at + 1 : end])))
            at = end + 1
        if len(dict(found)) != len(found):
            raise UnusualLayout
        return tuple(found)

    def rows(self, rows: list[str]) -> tuple[UvDependency, ...]:
        edges = self.edges
        found = []
        for row in rows:
            edge = edges.get(row)
            if edge is None:
                edge = edges[row] = self.edge(row)
            found.append(edge)
        return tuple(found)

    def edge(self, row: str) -> UvDependency:
        pieces = row.split('"')
        if pieces[0] != "    { name = " or not row.endswith(" },"):
            raise UnusualLayout
        if len(pieces) == 3 and pieces[2] == " },":
            return UvDependency(name(pieces[1], ()))
        if len(pieces) == 5 and pieces[2] == ", marker = " and pieces[4] == " },":
            return UvDependency(name(pieces[1], ()), marker=marker(pieces[3], ()))
        return dependency(whole(row[:-1], 4), ())


def _with_files(
    plain: UvPackage, sdist: str, wheels: str, anyhow: Callable[[], UvLock]
) -> UvPackage:
    """The package again, whose files are read when they are asked for."""

    def read() -> Files:
        try:
            found = _files(sdist, wheels)
            check_package_files(plain, *found)
        except (WeftError, ValueError, IndexError, RecursionError, UnusualLayout):
            same = [
                each
                for each in anyhow().packages
                if (each.name, each.version, each.source)
                == (plain.name, plain.version, plain.source)
            ]
            return same[0].sdist, same[0].wheels
        return found

    lazy = UvPackage.__new__(UvPackage)
    put = object.__setattr__
    for field in UvPackage.__match_args__:
        if field not in ("sdist", "wheels"):
            put(lazy, field, getattr(plain, field))
    put(lazy, "_unread", read)
    return lazy


def _files(sdist: str, wheels: str) -> Files:
    rows = wheels.split("\n")[:-1] if wheels else []
    return file(whole(sdist, 8), ()) if sdist else None, tuple([_wheel(row) for row in rows])


def _wheel(row: str) -> UvFile:
    """A wheel from a URL with a hash the short way, others as any table."""
    pieces = row.split('"')
    if len(pieces) in (5, 7) and pieces[0] == "    { url = " and pieces[2] == ", hash = ":
        size, time = pieces[4], ""
        if len(pieces) == 7:
            time = pieces[5]
            end = ", upload-time = " if pieces[6] == " }," and _is_moment(time) else "\n"
        else:
            end = " },"
        digits = size[9 : -len(end)]
        if size == end:
            return UvFile(pieces[1], "", "", hash_text(pieces[3], ()), None, time)
        known = size.startswith(", size = ") and size.endswith(end) and digits.isdigit()
        if known and str(int(digits)) == digits:
            return UvFile(pieces[1], "", "", hash_text(pieces[3], ()), int(digits), time)
    if row[-1] != ",":
        raise UnusualLayout
    return wheel(whole(row[:-1], 4), ())


def _is_moment(time: str) -> bool:
    """Whether it certainly is one; the last days of months go the way of the rare."""
    return (
        time.translate(_AS_ZERO) in _MOMENTS
        and "01" <= time[5:7] <= "12"
        and "01" <= time[8:10] <= "28"
        and time[11:13] < "24"
        and time[14:16] < "60"
        and time[17:19] < "60"
    )


def _is_file(line: str, start: str, end: str) -> bool:
    return line.startswith(start) and line.endswith(end) and line.count('"') % 2 == 0


def _are_files(rows: str) -> bool:
    """Whether these can be wheels; each on a line of its own, and a bracket behind the last."""
    count = rows.count("\n")
    return (
        rows.endswith(" },\n]")
        and rows.startswith("    { ")
        and rows.count(",\n    {") == count - 1
        and rows.count(" },\n") == count
    )
