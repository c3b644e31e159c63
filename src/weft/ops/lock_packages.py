"""From an answer to the values of a `uv.lock`.

Owns which packages, edges and files are written down, and how places are named. Refuses to sort
and to lay out text; see `weft.lock`.
Follows uv.
"""

from __future__ import annotations

from weft.core.marker_sets import MarkerSet
from weft.core.value import value
from weft.ops.lock_requirements import public

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from weft.core.distribution import File
    from weft.core.specifier import Specifiers
    from weft.fetch.selection import Rules
    from weft.lock.uvmodel import (
        UvDependency,
        UvFile,
        UvPackage,
        UvSource,
    )
    from weft.ops.lock_places import Tree
    from weft.ops.lock_requirements import Writer
    from weft.ops.lock_resolving import Resolved
    from weft.resolver.joining import Edge, UniversalPackage

_INDEX = "index+"
_STRENGTH = ("md5", "sha256", "sha384", "sha512", "blake2b")


def locked_packages(resolved: Resolved, writer: Writer) -> tuple[UvPackage, ...]:
    """All packages of the answer. Fetches the archives whose hashes nobody has told."""
    return _Packages(resolved, writer).all()


def simplified_forks(forks: Iterable[MarkerSet], supported: MarkerSet) -> tuple[str, ...]:
    """The texts of regions: without choices of extras where that still tells them apart."""
    forks = list(forks)
    plain = list(dict.fromkeys(each.without_extras().simplified(supported) for each in forks))
    apart = all(
        first.is_disjoint(second)
        for number, first in enumerate(plain)
        for second in plain[number + 1 :]
    )
    chosen = plain if apart else [each.simplified(supported) for each in forks]
    return tuple([each.text for each in chosen if each.text])


@value
class _Key:
    """What makes an edge lead to one package."""

    name: str
    version: str
    url: str


class _Packages:
    def __init__(self, resolved: Resolved, writer: Writer) -> None:
        self._resolved = resolved
        self._writer = writer
        self._supported = MarkerSet.of_python(writer.python)
        self._packages = resolved.resolution.packages
        names = [each.name for each in self._packages]
        self._twice = {name for name in names if names.count(name) > 1}
        self._sources: dict[_Key, UvSource] = {}
        self._versions: dict[_Key, str] = {}
        self._reaches: dict[MarkerSet, Callable[[str], bool]] = {}
        self._with_needs: set[tuple[_Key, str]] = set()
        for each in self._packages:
            if each.url.startswith("git+"):
                writer.note(each.url, resolved.places.read(self._place(each)).direct_url)
        for each in self._packages:
            key = _Key(each.name, each.version, each.url)
            self._sources[key] = self._source(each)
            self._versions[key] = self._version(each)
            self._with_needs.update([(key, edge.extra) for edge in each.dependencies])

    def all(self) -> tuple[UvPackage, ...]:
        return tuple([self._package(each) for each in self._packages])

    def _package(self, package: UniversalPackage) -> UvPackage:
        from weft.lock.uvmodel import UvMetadata, UvPackage
        from weft.project.lowering import GROUP

        key = _Key(package.name, package.version, package.url)
        needs: dict[str, list[Edge]] = {}
        for edge in package.dependencies:
            needs.setdefault(edge.extra, []).append(edge)
        where = dict(zip(package.extras, package.extra_markers, strict=True))
        groups = [
            (extra, self._dependencies(edges, where[extra]))
            for extra, edges in sorted(needs.items())
            if extra
        ]
        source = self._sources[key]
        sdist, wheels = self._files(package, source)
        place = f"{package.name} @ {package.url}"
        local = source.kind in ("directory", "editable", "virtual", "path")
        return UvPackage(
            package.name,
            self._versions[key],
            source,
            self._markers(package),
            self._dependencies(needs.get("", ()), package.marker),
            tuple([group for group in groups if not group[0].startswith(GROUP)]),
            tuple([(name[len(GROUP) :], rows) for name, rows in groups if name.startswith(GROUP)]),
            sdist,
            wheels,
            self._writer.metadata(place) if local else UvMetadata(),
        )

    def _markers(self, package: UniversalPackage) -> tuple[str, ...]:
        """The regions that have this version, where there are others of the name."""
        if package.name not in self._twice:
            return ()
        forks = self._resolved.resolution.forks
        return simplified_forks(
            [each for each in forks if not each.is_disjoint(package.marker)], self._supported
        )

    def _dependencies(self, edges: Sequence[Edge], where: MarkerSet) -> tuple[UvDependency, ...]:
        """Edges of one node, which counts `where`: what that says, they need not say again."""
        from weft.lock.uvmodel import UvDependency

        merged: dict[tuple[_Key, str], list[str]] = {}
        for edge in edges:
            key = _Key(edge.name, edge.version, edge.url)
            marker = edge.marker.simplified(self._supported).text
            extras = merged.setdefault((key, marker), [])
            extras += [each for each in edge.extras if (key, each) in self._with_needs]
        return tuple(
            [
                UvDependency(
                    key.name,
                    self._versions[key],
                    self._sources[key],
                    tuple(sorted(set(extras))),
                    marker,
                )
                for (key, marker), extras in merged.items()
            ]
        )

    # Where it is from.

    def _version(self, package: UniversalPackage) -> str:
        """Empty where a tree does not tell it without a build."""
        tree = self._tree(package)
        return package.version if tree is None else tree.lowered.version

    def _tree(self, package: UniversalPackage) -> Tree | None:
        if not package.url or package.url.startswith(_INDEX):
            return None
        return self._resolved.places.tree(f"{package.name} @ {package.url}")

    def _source(self, package: UniversalPackage) -> UvSource:
        if package.url.startswith(_INDEX):
            return self._writer.index(public(package.url.removeprefix(_INDEX)))
        if not package.url:
            pinned = self._resolved.pins.get(package.name)
            return self._writer.index(pinned.url if pinned else self._chosen(package).index)
        tree = self._tree(package)
        if tree is not None:
            return self._writer.local(tree.kind, tree.directory)
        direct = self._resolved.places.read(f"{package.name} @ {package.url}").direct_url
        return self._writer.direct(package.url, direct)

    def _place(self, package: UniversalPackage) -> str:
        return f"{package.name} @ {package.url}" if package.url else package.name

    def _chosen(self, package: UniversalPackage) -> File:
        file = self._resolved.source.file(self._place(package), package.position)
        assert file is not None, "what an index has is a file"
        return file

    # Files.

    def _files(
        self, package: UniversalPackage, source: UvSource
    ) -> tuple[UvFile | None, tuple[UvFile, ...]]:
        if source.kind == "registry":
            return self._listed(package)
        if source.kind in ("url", "path"):
            return self._archive(package, source)
        return None, ()

    def _listed(self, package: UniversalPackage) -> tuple[UvFile | None, tuple[UvFile, ...]]:
        """The files of a version that some environment of the project can use."""
        from weft.fetch.projects import Project

        resolved, chosen = self._resolved, self._chosen(package)
        project = resolved.source.project(self._place(package))
        assert isinstance(project, Project), "the version is from there"
        rules = resolved.rules
        pinned = bool(package.url) or package.name in resolved.pins  # to one index
        files = [
            file
            for file in project.files(package.position)
            if (pinned or file.index == chosen.index) and _is_old_enough(package.name, file, rules)
        ]
        return listed_files(files, self._writer, self._reach(package.marker))

    def _reach(self, marker: MarkerSet) -> Callable[[str], bool]:
        """Whether a wheel may be used somewhere in `marker`; many have the same tags."""
        known = self._reaches.get(marker)
        if known is None:
            known = self._reaches[marker] = reach_of(marker, self._writer.python)
        return known

    def _archive(
        self, package: UniversalPackage, source: UvSource
    ) -> tuple[UvFile | None, tuple[UvFile, ...]]:
        """The one file at a path or a URL."""
        from weft.lock.uvmodel import UvFile
        from weft.ops.compile_hashes import hashes_of_direct
        from weft.ops.compile_pins import Pin

        place = self._place(package)
        direct = self._resolved.places.read(place)
        pin = Pin(package.name, package.version, 0, (), "", (), None, direct, package.url)
        hashes = strongest(tuple(hashes_of_direct(pin, self._resolved.building)))
        if direct.source is not None:
            return UvFile(hash=hashes), ()
        if source.kind == "url":
            return None, (UvFile(url=source.location, hash=hashes),)
        assert direct.candidate.file is not None, "what is not built is a wheel"
        return None, (UvFile(filename=direct.candidate.file.filename, hash=hashes),)


def listed_files(
    files: Iterable[File], writer: Writer, reach: Callable[[str], bool]
) -> tuple[UvFile | None, tuple[UvFile, ...]]:
    """The source distribution among the files of a version, and the wheels that `reach` tells to
    be of use somewhere, as a lock has them."""
    wheels, sdists = [], []
    for file in files:
        if not file.filename.endswith(".whl"):
            sdists.append(file)
        elif reach(file.filename):
            wheels.append(file)
    wheels.sort(key=lambda file: file.filename)
    sdists.sort(key=lambda file: not file.filename.endswith(".tar.gz"))
    return writer.file(sdists[0]) if sdists else None, tuple(map(writer.file, wheels))


def reach_of(marker: MarkerSet, python: Specifiers) -> Callable[[str], bool]:
    """Whether a wheel may be used somewhere in `marker`, on a Python that is supported."""
    from weft.lock.reach import Reach
    from weft.ops.lock_resolving import minors

    lowest, highest = minors(python)
    return _by_tags(Reach(marker, lowest=lowest, highest=highest).includes)


def _by_tags(includes: Callable[[str], bool]) -> Callable[[str], bool]:
    """The same, asked once for each end of a wheel's name."""
    known: dict[str, bool] = {}

    def asked(filename: str) -> bool:
        tags = "-".join(filename.rsplit("-", 3)[1:])
        if tags not in known:
            known[tags] = includes(filename)
        return known[tags]

    return asked


def _is_old_enough(name: str, file: File, rules: Rules) -> bool:
    limit = rules.limit(name, file)
    return limit is None or (file.upload_time is not None and file.upload_time < limit)


def strongest(hashes: Sequence[tuple[str, str]]) -> str:
    """`algorithm:hex` of the hardest one to forge, empty for none."""
    known = [each for each in hashes if each[0] in _STRENGTH]
    best = max(known, key=lambda each: _STRENGTH.index(each[0]), default=None)
    return "" if best is None else f"{best[0]}:{best[1]}"
