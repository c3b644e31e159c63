"""Where the parts of one wheel go in one target.

Owns the directories of its schemes there, the names of its scripts, and the RECORD rows of what
lies outside of its root. Refuses to touch a disk. Follows the binary distribution format and
"Recording installed projects".
"""

from __future__ import annotations

import os

from weft.install.launcher import pip_scripts
from weft.install.marks import INSTALLING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.install.target import Target
    from weft.store.manifest import Manifest
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
            self._groups = [
                (source, self.directory(scheme, below), names, empties)
                for scheme, source, below, names, empties in self.manifest.groups
            ]
        return self._groups

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

    def directory(self, scheme: str, below: bytes) -> bytes:
        """The absolute target of a directory of the wheel."""
        if scheme == "lib":
            info = self._info
            if below == info or below.startswith(info + b"/"):
                return os.fsencode(self.mark) + below[len(info) :]
        root = self.root(scheme)
        return root + b"/" + below if below else root

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
