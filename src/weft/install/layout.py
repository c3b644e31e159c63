"""Where the parts of one wheel go in one target.

Owns the directories of its schemes there, the names of its scripts, and the RECORD rows of what
lies outside of its root. Refuses to touch a disk. Follows the binary distribution format and
"Recording installed projects".
"""

from __future__ import annotations

from weft.install.launcher import pip_scripts
from weft.install.marks import INSTALLING
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.install.target import Target
    from weft.store.manifest import Group, Manifest
    from weft.store.scripts import EntryPoint

    LinkGroup = tuple[bytes, bytes, tuple[bytes, ...], tuple[tuple[bytes, int], ...]]


class Layout:
    """The wheel of the project `label` in a target.

    `location` is the site directory that its dist-info goes to, `mark` the directory that stands
    for it until it is complete.
    """

    def __init__(self, target: Target, label: str, manifest: Manifest) -> None:
        self.target = target
        self.label = label
        self.manifest = manifest
        self.location = target.purelib if manifest.root_is_purelib else target.platlib
        self.dist_info = manifest.dist_info
        self.mark = f"{self.location}/~{self.dist_info}{INSTALLING}"
        self._info = self.dist_info.encode()
        self._roots: dict[str, bytes] = {}
        self._groups: list[LinkGroup] | None = None

    @property
    def groups(self) -> list[LinkGroup]:
        """Those of the manifest with absolute targets; worked out when asked for."""
        if self._groups is None:
            self._groups = self.placed(self.manifest.groups)
        return self._groups

    def placed(self, groups: Sequence[Group]) -> list[LinkGroup]:
        """Groups of the manifest with absolute targets."""
        targets = self.directories([(group[0], group[2]) for group in groups])
        return [
            (group[1], directory, group[3], group[4])
            for group, directory in zip(groups, targets, strict=True)
        ]

    @property
    def entry_points(self) -> tuple[EntryPoint, ...]:
        """The launchers that are generated; pip's are named after the interpreter."""
        points = self.manifest.entry_points
        return pip_scripts(points, version=self.target.version) if self.label == "pip" else points

    @property
    def script_names(self) -> list[str]:
        """The names of what is generated."""
        names = [name for _kind, name, _module, _attribute in self.entry_points]
        return names + [name for _source, name in self.manifest.rewrites]

    def root(self, scheme: str) -> bytes:
        """The absolute directory of a scheme."""
        known = self._roots.get(scheme)
        if known is None:
            path = self.target.scheme(
                scheme,
                root_is_purelib=self.manifest.root_is_purelib,
                distribution=self.label,
            )
            known = self._roots[scheme] = os.fsencode(path)
        return known

    def directories(self, places: Sequence[tuple[str, bytes]]) -> list[bytes]:
        """The absolute targets of (scheme, directory below its root); "" is the root."""
        info, mark = self._info, os.fsencode(self.mark)
        size, below_info = len(info), info + b"/"
        roots = {scheme: self.root(scheme) for scheme in {scheme for scheme, _ in places}}
        starts = {scheme: root + b"/" for scheme, root in roots.items()}
        found: list[bytes] = []
        for scheme, below in places:
            if scheme == "lib" and (below == info or below.startswith(below_info)):
                found.append(mark + below[size:])
            else:
                found.append(starts[scheme] + below if below else roots[scheme])
        return found

    def other_rows(self) -> list[bytes]:
        """RECORD rows of files of the wheel outside of its root, in order."""
        from weft.store.record import quoted

        prefixes: dict[str, bytes] = {}
        rows: list[bytes] = []
        for scheme, below, rest in self.manifest.other_rows:
            prefix = prefixes.get(scheme)
            if prefix is None:
                prefix = prefixes[scheme] = self.way_to(scheme)
            rows.append(quoted(prefix + below) + rest)
        return sorted(rows)

    def way_to(self, scheme: str) -> bytes:
        """The way from the wheel's root to a scheme's, with a slash at its end, or b""."""
        way = os.path.relpath(self.root(scheme), self.root("lib"))
        return b"" if way == b"." else way.replace(os.sep.encode(), b"/") + b"/"
