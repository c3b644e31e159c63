"""A lock as nodes and edges for other programs.

Owns what a node is called and what it tells: a package, one of its extras or groups, the workspace
or a script. Refuses to lay out JSON, and to leave out what somebody did not ask for.
Follows the preview schema of uv's `workspace metadata`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from weft.core.marker_sets import MarkerSet
    from weft.lock.export import Place
    from weft.lock.uvmodel import (
        UvConflictItem,
        UvDependency,
        UvFile,
        UvLock,
        UvPackage,
        UvRequirement,
        UvSource,
    )

_LOCAL = ("path", "directory", "editable", "virtual")


def metadata(lock: UvLock, root: str, *, script: str | None = None) -> dict[str, Any]:
    """The whole document as plain dicts and lists, in the order in which keys are written.

    `root` is the absolute directory of the lock, `script` the absolute path of the script that it
    belongs to; without it the lock is a workspace's.
    """
    nodes = Nodes(lock, root, script)
    document: dict[str, Any] = {"schema": {"version": "preview"}, "workspace_root": root}
    key = "workspace" if script is None else "script"
    document[key] = {"path": nodes.target_path, "id": nodes.target}
    document["requires_python"] = lock.requires_python
    document["conflicts"] = {
        "sets": [{"items": [nodes.conflict(item) for item in each]} for each in lock.conflicts]
    }
    if script is None:
        document["members"] = nodes.members()
    document["resolution"] = dict(sorted(nodes.all().items()))
    return document


class Nodes:
    """Makes the nodes of one lock, and the names that connect them."""

    def __init__(self, lock: UvLock, root: str, script: str | None) -> None:
        from weft.core.marker_sets import MarkerSet
        from weft.core.specifier import Specifiers
        from weft.lock.export import Packages, supported

        self.lock = lock
        self.supported = supported(lock)
        self._reach: Mapping[Place | None, MarkerSet] | None = None
        self.python = MarkerSet.of_python(Specifiers.parse(lock.requires_python))
        self.root = root
        self.packages = Packages(lock)
        self.script = script
        self.target_path = root if script is None else script
        kind = "workspace" if script is None else "script"
        self.target = f"{kind}+{self.target_path}"

    def members(self) -> list[dict[str, str]]:
        """The members with their places."""
        from weft.lock.export import root_package

        root = root_package(self.lock)
        names = self.lock.manifest.members or ((root.name,) if root is not None else ())
        return [
            {
                "name": package.name,
                "path": self.absolute(package.source.location),
                "id": self.name(package),
            }
            for package in self.lock.packages
            if package.name in names
        ]

    def absolute(self, path: str) -> str:
        """A path of the lock, from the root of the file system on."""
        if path.startswith("/"):
            return path
        parts = [] if path in ("", ".") else path.split("/")
        kept = self.root.rstrip("/").split("/")
        for part in parts:
            if part == "..":
                kept.pop()
            elif part not in ("", "."):
                kept.append(part)
        return "/".join(kept) or "/"

    def name(self, package: UvPackage, part: str = "") -> str:
        """The ID of a package, or of the part of it that is called `[extra]` or `:group`."""
        source = package.source
        kind = "direct" if source.kind == "url" else source.kind
        location = source.location
        if source.kind in _LOCAL or (source.kind == "registry" and "://" not in location):
            location = self.absolute(location)
        version = f"=={package.version}" if package.version else ""
        return f"{package.name}{part}{version}@{kind}+{location}"

    def conflict(self, item: UvConflictItem) -> dict[str, Any]:
        """One thing that excludes others."""
        package = self.packages.root(item.package)
        kind: Any = "Project"
        part = ""
        if item.kind == "extra":
            kind, part = {"Extra": item.name}, f"[{item.name}]"
        elif item.kind == "group":
            kind, part = {"Group": item.name}, f":{item.name}"
        return {"package": item.package, "kind": kind, "id": self.name(package, part)}

    def all(self) -> dict[str, dict[str, Any]]:
        """Every node by its ID."""
        found: dict[str, dict[str, Any]] = {self.target: self._target()}
        for name, requirements in self.lock.manifest.dependency_groups:
            found[f"{self.target}:{name}"] = {
                "kind": {"group": name},
                "path": self.target_path,
                "dependencies": self._attached(requirements),
            }
        for package in self.lock.packages:
            found[self.name(package)] = self._package(package)
            for extra, listed in package.optional_dependencies:
                node = self.head(package, {"extra": extra})
                node["dependencies"] = [
                    {"id": self.name(package)},
                    *self._edges(package, extra, listed),
                ]
                found[self.name(package, f"[{extra}]")] = node
            for group, listed in package.dev_dependencies:
                node = self.head(package, {"group": group})
                node["dependencies"] = self._edges(package, f":{group}", listed)
                found[self.name(package, f":{group}")] = node
        return found

    def _target(self) -> dict[str, Any]:
        manifest = self.lock.manifest
        node: dict[str, Any] = {
            "kind": "workspace" if self.script is None else "script",
            "path": self.target_path,
            "dependencies": self._attached(manifest.requirements),
        }
        if manifest.dependency_groups:
            node["dependency_groups"] = [
                {"name": name, "id": f"{self.target}:{name}"}
                for name, _ in manifest.dependency_groups
            ]
        return node

    def _attached(self, requirements: Iterable[UvRequirement]) -> list[dict[str, str]]:
        """The edges of what no package asks for."""
        from weft.lock.export import enclosed

        edges = []
        for requirement in requirements:
            for package in self.packages.by_name.get(requirement.name, ()):
                if enclosed(requirement, package).is_false:
                    continue
                text = self.attached(requirement.marker, package)
                parts = [f"[{extra}]" for extra in requirement.extras] or [""]
                edges += [edge_of(self.name(package, part), text) for part in parts]
        return edges

    def attached(self, marker: str, package: UvPackage) -> str:
        """The marker under which a requirement of the lock itself means `package`."""
        from weft.lock.export import enclosed_marker

        found = (enclosed_marker(marker, package) & self.supported).simplified(self.python)
        return "" if found.is_true else found.text

    def _edges(
        self, source: UvPackage, part: str, dependencies: Iterable[UvDependency]
    ) -> list[dict[str, str]]:
        edges = []
        for dependency in dependencies:
            package = self.packages.target(dependency)
            marker = self.within(source, part, dependency.marker)
            shapes = [f"[{extra}]" for extra in dependency.extras] or [""]
            edges += [edge_of(self.name(package, shape), marker) for shape in shapes]
        return edges

    def within(self, source: UvPackage, part: str, marker: str) -> str:
        """The marker of an edge where its package, or the extra of it, counts at all."""
        from weft.core.marker_sets import MarkerSet
        from weft.lock.export import key_of, reach_of_all

        if self._reach is None:
            self._reach = reach_of_all(self.lock)
        where = self._reach.get((key_of(source), part), self.supported)
        whole = MarkerSet.parse(marker) if marker else MarkerSet.TRUE
        found = (whole & where & self.python).simplified(self.python)
        return "" if found.is_true else found.text

    def plain(self, marker: str) -> str:
        """A marker without what excludes each other, where the lock counts at all."""
        from weft.core.marker_sets import MarkerSet

        if "extra" not in marker and self.supported.is_true:
            return marker
        whole = MarkerSet.parse(marker) if marker else MarkerSet.TRUE
        whole = whole.without_extras() & self.supported & self.python
        found = whole.simplified(self.python)
        return "" if found.is_true else found.text

    def head(self, package: UvPackage, kind: str | dict[str, str]) -> dict[str, Any]:
        """What every node of a package tells."""
        node: dict[str, Any] = {"name": package.name}
        if package.version:
            node["version"] = package.version
        node["source"] = self._source(package.source)
        node["kind"] = kind
        return node

    def _source(self, source: UvSource) -> dict[str, Any]:
        if source.kind == "registry":
            if "://" in source.location:
                return {"registry": {"url": source.location}}
            return {"registry": {"path": self.absolute(source.location)}}
        if source.kind == "url":
            return {"url": source.location, "subdirectory": source.subdirectory or None}
        if source.kind == "git":
            return {"git": source.location}
        return {source.kind: self.absolute(source.location)}

    def _package(self, package: UvPackage) -> dict[str, Any]:
        node = self.head(package, "package")
        node["dependencies"] = self._edges(package, "", package.dependencies)
        for key, listed, shape in (
            ("optional_dependencies", package.optional_dependencies, "[{}]"),
            ("dependency_groups", package.dev_dependencies, ":{}"),
        ):
            if listed:
                node[key] = [
                    {"name": name, "id": self.name(package, shape.format(name))}
                    for name, _ in listed
                ]
        if package.sdist is not None:
            node["sdist"] = file_of(package, package.sdist, self)
        if package.wheels:
            node["wheels"] = [file_of(package, wheel, self, wheel=True) for wheel in package.wheels]
        return node


def edge_of(target: str, marker: str) -> dict[str, str]:
    """A dependency on the node called `target`."""
    return {"id": target, "marker": marker} if marker else {"id": target}


def file_of(
    package: UvPackage, file: UvFile, nodes: Nodes, *, wheel: bool = False
) -> dict[str, Any]:
    """What is told of a file; only wheels have a name of their own."""
    from weft.lock.model import last_of_path, last_of_url

    found: dict[str, Any] = {}
    url = file.url or (package.source.location if package.source.kind == "url" else "")
    if url:
        found["url"] = url
    elif file.path:
        found["path"] = nodes.absolute(file.path)
    if file.hash:
        algorithm, _, digest = file.hash.partition(":")
        found["hashes"] = {algorithm: digest}
    if file.size is not None:
        found["size"] = file.size
    if file.upload_time:
        found["upload_time"] = file.upload_time
    if wheel:
        found["filename"] = (
            file.filename or last_of_path(file.path) or last_of_url(url)
            or last_of_path(package.source.location)
        )  # fmt: skip
    return found
