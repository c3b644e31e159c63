"""The parts of a wheel, and what becomes of them.

Owns which directory of an archive is metadata, which is data of which scheme, whether that is the
distribution its filename promises, and the making of a manifest out of it. Refuses to open files:
it gets names, facts and the content of the few files that matter. Follows the binary distribution
format (wheel 1.0).
"""

from __future__ import annotations

from weft.core.metadata import Metadata, MetadataError, pack
from weft.core.names import normalize_name
from weft.core.version import version_key
from weft.store.errors import Refused, shown
from weft.store.manifest import Manifest
from weft.store.record import quoted
from weft.store.scripts import is_interpreter_name, parse_entry_points, script_fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weft.core.filename import WheelName
    from weft.store.manifest import Group, Scheme
    from weft.store.record import Fact
    from weft.store.scripts import EntryPoint

    Empty = tuple[bytes, int]

_SCHEMES: dict[bytes, Scheme] = {
    b"purelib": "purelib",
    b"platlib": "platlib",
    b"scripts": "scripts",
    b"headers": "headers",
    b"data": "data",
}
_SLASH = 0x2F  # a number is found in bytes several times faster than bytes are
_COMMAND_DIRECTORIES = (b"bin", b"scripts")
# Files of a dist-info directory that tell about the installation, not about the distribution.
_INSTALLERS_OWN = frozenset((b"RECORD", b"INSTALLER", b"REQUESTED", b"direct_url.json"))
_REQUIRED = (b"METADATA", b"WHEEL", b"RECORD")


class Anatomy:
    """Which directories of a wheel play which part.

    `info` is the dist-info directory, `data` the set of its `.data` directories (one, however it
    is spelt), `scripts` the prefixes of scripts, `kept` the members whose content is wanted.
    """

    def __init__(self, names: list[bytes]) -> None:
        """Find the parts. Raises Refused where a wheel lacks one, or has one twice."""
        tops = {name.partition(b"/")[0] for name in names if _SLASH in name}
        infos = sorted(top for top in tops if top.endswith(b".dist-info"))
        if len(infos) != 1:
            listed = ", ".join(f"`{shown(info)}`" for info in infos)
            raise Refused(
                f"it has more than one .dist-info directory: {listed}"
                if infos
                else "it has no .dist-info directory"
            )
        self.info = infos[0]
        stem = _folded_stem(self.info.removesuffix(b".dist-info"))
        self.data = frozenset(
            top
            for top in tops
            if top.endswith(b".data") and _folded_stem(top.removesuffix(b".data")) == stem
        )
        self.scripts = tuple(top + b"/scripts/" for top in self.data)
        self.kept = frozenset(self.info + b"/" + name for name in (*_REQUIRED, b"entry_points.txt"))
        self.record = self.info + b"/RECORD"
        modules = set(names)
        for name in _REQUIRED:
            if self.info + b"/" + name not in modules:
                raise Refused("is missing", self.info + b"/" + name)
        for name in names if self.data else ():
            if name.partition(b"/")[0] in self.data:
                self._check_data(name, modules)

    def _check_data(self, name: bytes, modules: set[bytes]) -> None:
        """Refuse a file of `.data` that must not go where it wants to.

        `modules` are the paths below site-packages that are taken; those of `name` are added.
        """
        parts = name.split(b"/")
        scheme = _SCHEMES.get(parts[1]) if len(parts) > 2 else None
        if scheme is None:
            kind = shown(parts[1])
            raise Refused(f"has the unknown wheel data type `{kind}`", name)
        below = parts[2:]
        fault = ""
        if scheme == "scripts":
            fault = script_fault(b"/".join(below).decode())
        elif scheme == "data":
            if [part.lower() for part in below] == [b"pyvenv.cfg"]:
                fault = "would change which interpreter the environment uses"
            elif _is_command(below) and is_interpreter_name(below[1].decode()):
                fault = "would replace an interpreter"
        elif scheme in ("purelib", "platlib"):
            target = b"/".join(below)
            if target in modules:
                fault = f"goes to the same place as `{shown(target)}`"
            modules.add(target)
        if fault:
            raise Refused(fault, name)

    def place(self, directory: bytes) -> tuple[Scheme, bytes]:
        """The scheme of a directory of the wheel, and where below that scheme's root it goes."""
        top, _, rest = directory.partition(b"/")
        if top not in self.data:
            return "lib", directory
        kind, _, below = rest.partition(b"/")
        return _SCHEMES[kind], below

    def check_identity(
        self, metadata: Metadata, expected: WheelName, *, check_version: bool = True
    ) -> None:
        """Whether directory and METADATA name the distribution that the filename names.

        The filename's version may have a local part that the others lack. Raises Refused.
        """
        stem = self.info.removesuffix(b".dist-info").decode()
        name, _, version = stem.rpartition("-")
        member = self.info + b"/METADATA"
        if normalize_name(metadata.name) != expected.name:
            raise Refused(
                f"names `{shown(metadata.name)}`, but the file is named `{expected.name}`", member
            )
        if normalize_name(name) != expected.name:
            raise Refused(f"is not named after `{expected.name}`", self.info)
        if not check_version:
            return
        for found, place in ((metadata.version, member), (version, self.info)):
            if not _same_version(found, expected.version):
                raise Refused(
                    f"has another version than the filename ({shown(found)} != {expected.version})",
                    place,
                )


def _is_command(below: list[bytes]) -> bool:
    """Whether a path of the scheme `data` lies where an environment has its commands."""
    return len(below) == 2 and below[0].lower() in _COMMAND_DIRECTORIES


def _folded_stem(stem: bytes) -> str:
    return normalize_name(stem.decode())


def _same_version(found: str, expected: str) -> bool:
    if found == expected:
        return True
    public = expected.partition("+")[0]
    keys = (version_key(expected), version_key(public))
    key = version_key(found)
    return key in keys if key is not None else found in (expected, public)


def parse_wheel_file(data: bytes, member: bytes) -> tuple[bool, tuple[str, ...]]:
    """Root-Is-Purelib and the tags of a WHEEL file. Raises Refused for versions but 1.x."""
    fields: dict[str, list[str]] = {}
    for line in data.decode("utf-8", "replace").splitlines():
        key, _, text = line.partition(":")
        fields.setdefault(key.strip().lower(), []).append(text.strip())
    version = fields.get("wheel-version", [""])[0]
    if version.partition(".")[0] != "1" and version != "0.1":
        raise Refused(
            f"has an unsupported Wheel-Version (expected 1.x, got `{shown(version)}`)", member
        )
    purelib = fields.get("root-is-purelib", [""])[0].lower()
    return purelib == "true", tuple(fields.get("tag", ()))


def build_manifest(
    anatomy: Anatomy,
    facts: list[Fact],
    kept: Mapping[bytes, bytes],
    *,
    rows: Sequence[bytes],
    expected: WheelName,
    rewritten: frozenset[bytes],
    check_version: bool = True,
) -> Manifest:
    """Make the manifest of a wheel whose files are unpacked.

    `facts` are of all files but RECORD, in the order in which they shall be linked; `kept` holds
    the content of `anatomy.kept`, `rows` the RECORD row of each fact (`record.whole_rows`),
    `rewritten` the scripts that begin with `#!python`. Raises Refused.
    """
    member = anatomy.info + b"/METADATA"
    try:
        metadata = Metadata.parse(kept[member])
        packed = pack(metadata)
    except MetadataError as error:
        raise Refused(f"cannot be read: {shown(str(error))}", member) from error
    anatomy.check_identity(metadata, expected, check_version=check_version)
    purelib, tags = parse_wheel_file(kept[anatomy.info + b"/WHEEL"], anatomy.info + b"/WHEEL")
    points_member = anatomy.info + b"/entry_points.txt"
    points = parse_entry_points(kept.get(points_member, b""), points_member)
    sorter = _Sorter(anatomy, points, rewritten=rewritten)
    sorter.deal(facts, rows)
    return Manifest.make(
        name=expected.name,
        version=metadata.version,
        dist_info=anatomy.info.decode(),
        root_is_purelib=purelib,
        tags=tags,
        directories=sorter.directories(),
        groups=sorter.groups(),
        rewrites=tuple(sorter.rewrites),
        entry_points=points,
        record=b"".join([row + b"\n" for row in sorted(sorter.rows)]),
        other_rows=tuple(sorted(sorter.other_rows)),
        files=sorter.files,
        size=sorter.size,
        metadata=packed,
        facts=tuple(sorted(facts)),
    )


class _Sorter:
    """Deals the files of a wheel out to groups and RECORD rows."""

    def __init__(
        self,
        anatomy: Anatomy,
        points: tuple[EntryPoint, ...],
        *,
        rewritten: frozenset[bytes],
    ) -> None:
        self.anatomy = anatomy
        self.rewritten = rewritten
        self.replaced = {name.encode() for _, name, _, _ in points}
        self.rows: list[bytes] = []
        self.other_rows: list[tuple[Scheme, bytes, bytes]] = []
        self.rewrites: list[tuple[bytes, str]] = []
        self.files = 0
        self.size = 0
        self._found: dict[bytes, tuple[Scheme, bytes, list[bytes], list[Empty]]] = {}

    def deal(self, facts: Sequence[Fact], rows: Sequence[bytes]) -> None:
        """Deal out all files; `rows` are theirs."""
        last = b"/"  # no directory has this name
        for (path, size, executable, _), row in zip(facts, rows, strict=True):
            directory, _, name = path.rpartition(b"/")
            if directory != last:
                last = directory
                scheme, target, names, empties = self._group(directory)
                odd = scheme == "scripts" or directory == self.anatomy.info
            if odd and self._is_left_out(path, directory, name):
                continue
            if size:
                names.append(name)
            else:
                empties.append((name, 0o777 if executable else 0o666))
            self.files += 1
            self.size += size
            if scheme == "lib":
                self.rows.append(row)
            else:
                place = target + b"/" + name if target else name
                self.other_rows.append((scheme, place, row[len(quoted(path)) :] + b"\n"))

    def _group(self, directory: bytes) -> tuple[Scheme, bytes, list[bytes], list[Empty]]:
        group = self._found.get(directory)
        if group is None:
            group = self._found[directory] = (*self.anatomy.place(directory), [], [])
        return group

    def _is_left_out(self, path: bytes, directory: bytes, name: bytes) -> bool:
        """Whether a file of the dist-info directory or a script is not linked."""
        if directory == self.anatomy.info:
            return name in _INSTALLERS_OWN
        if name in self.replaced:
            return True
        if path in self.rewritten:
            self.rewrites.append((path, name.decode()))
            return True
        return False

    def groups(self) -> tuple[Group, ...]:
        """Groups that hold anything, ordered by scheme and directory."""
        made: list[Group] = [
            (scheme, source, target, tuple(names), tuple(empties))
            for source, (scheme, target, names, empties) in self._found.items()
            if names or empties
        ]
        return tuple(sorted(made, key=lambda group: group[:2]))

    def directories(self) -> tuple[tuple[Scheme, bytes], ...]:
        """Every directory below the roots that a group needs, parents first."""
        needed: set[tuple[Scheme, bytes]] = set()
        for scheme, target, names, empties in self._found.values():
            while target and (names or empties) and (scheme, target) not in needed:
                needed.add((scheme, target))
                target = target.rpartition(b"/")[0]
        return tuple(sorted(needed))
