"""Locks of projects made up at random, and a small one written by hand.

Owns the strategies for `uv.lock`. Refuses to know how they are read or written.
"""

from __future__ import annotations

from hypothesis import strategies as st

from weft.core.value import replace
from weft.lock.uvmodel import (
    UvConflictItem,
    UvCutoff,
    UvDependency,
    UvDependencyMetadata,
    UvFile,
    UvLock,
    UvManifest,
    UvMetadata,
    UvOptions,
    UvPackage,
    UvRequirement,
    UvSource,
)

INDEX = "https://index.example.org/simple"
FILES = "https://files.example.org"
DIGEST = "sha256:" + "0123456789abcdef" * 4
TIME = "2024-01-02T03:04:05.678Z"
FACTS = f'hash = "{DIGEST}", size = 9, upload-time = "{TIME}"'

SMALL = f"""\
version = 1
revision = 5
requires-python = ">=3.9"

[[package]]
name = "demo"
version = "0.1.0"
source = {{ virtual = "." }}
dependencies = [
    {{ name = "wick" }},
]

[package.metadata]
requires-dist = [{{ name = "wick", specifier = ">=1" }}]

[[package]]
name = "wick"
version = "2.0"
source = {{ registry = "{INDEX}" }}
dependencies = [
    {{ name = "wax", marker = "sys_platform == 'win32'" }},
]
sdist = {{ url = "{FILES}/wick-2.0.tar.gz", hash = "{DIGEST}", size = 12, upload-time = "{TIME}" }}
wheels = [
    {{ url = "{FILES}/wick-2.0-py3-none-any.whl", {FACTS} }},
]

[[package]]
name = "wax"
version = "1.0"
source = {{ registry = "{INDEX}" }}
wheels = [
    {{ url = "{FILES}/wax-1.0-py3-none-any.whl", hash = "{DIGEST}" }},
]
"""

names = st.sampled_from(("a", "b-c", "demo", "wick", "z9"))
extras = st.lists(names, unique=True, max_size=2).map(tuple)
versions = st.sampled_from(("1.0", "2.0", "2.0.post1", "3!1.0rc1+local.7"))
markers = st.sampled_from(
    (
        "",
        "sys_platform == 'linux'",
        "python_full_version < '3.11' and sys_platform != 'win32'",
        "extra == 'extra-4-demo-cpu' or extra != 'group-4-demo-dev'",
        'platform_version == "it\'s"',
    )
)
some_markers = st.lists(markers.filter(bool), unique=True, max_size=2).map(tuple)
specifiers = st.sampled_from(("", ">=1,<2", "==2.0.*", "~=1.4"))
paths = st.sampled_from((".", "packages/a", "../x y", "it's", 'a "b"', "é\\ü", "tab\there"))
times = st.sampled_from(("", TIME, "2024-01-02T03:04:05Z", "2024-01-02T03:04:05.123456Z"))
hashes = st.sampled_from((DIGEST, "md5:" + "0a" * 16))
sizes = st.none() | st.integers(0, 1 << 40)

trees = st.builds(UvSource, st.sampled_from(("directory", "editable", "virtual")), paths)
repositories = st.just(UvSource("git", "https://git.example.org/a?rev=v1#" + "0a" * 20))
archives = st.builds(
    UvSource, st.just("url"), st.just(f"{FILES}/a.zip"), st.sampled_from(("", "sub dir"))
)
registries = st.sampled_from((UvSource("registry", INDEX), UvSource("registry", "../flat")))
local_files = st.builds(UvSource, st.just("path"), paths)
sources = st.one_of(registries, trees, repositories, archives, local_files)

conflict_items = st.one_of(
    st.builds(UvConflictItem, names),
    st.builds(UvConflictItem, names, st.sampled_from(("extra", "group")), names),
)
requirements = st.one_of(
    st.builds(
        UvRequirement,
        names,
        extras,
        marker=markers,
        specifier=specifiers,
        index=st.sampled_from(("", INDEX)),
        conflict=st.none() | conflict_items,
    ),
    st.builds(
        UvRequirement,
        names,
        extras,
        st.just(()),
        markers,
        st.one_of(trees, repositories, archives, local_files),
    ),
)
some_requirements = st.lists(requirements, max_size=3).map(tuple)
cutoffs = st.builds(UvCutoff, st.just("2030-01-01T00:00:00Z"), st.sampled_from(("", "P3D")))


def _groups(items, least=0):
    rows = st.tuples(names, st.lists(items, min_size=least, max_size=2).map(tuple))
    return st.lists(rows, unique_by=lambda row: row[0], max_size=2).map(tuple)


def _pairs(items):
    rows = st.tuples(names, items)
    return st.lists(rows, unique_by=lambda row: row[0], max_size=2).map(tuple)


@st.composite
def files(draw: st.DrawFn, name: str, version: str) -> UvFile:
    """A wheel of a version."""
    filename = f"{name.replace('-', '_')}-{version or '1'}-py3-none-any.whl"
    place = draw(st.sampled_from(("url", "path", "filename")))
    file = UvFile(
        hash=draw(hashes),
        size=draw(sizes),
        upload_time=draw(times),
        zstd=draw(st.none() | st.just((DIGEST, 5))),
    )
    prefix = {"url": f"{FILES}/", "path": "wheels/", "filename": ""}[place]
    return replace(file, **{place: prefix + filename})


@st.composite
def packages(draw: st.DrawFn) -> UvPackage:
    """A package without edges."""
    name = draw(names)
    version = draw(versions)
    sdist = UvFile(url=f"{FILES}/{name}-{version}.tar.gz", hash=draw(hashes), size=draw(sizes))
    return UvPackage(
        name=name,
        version=version,
        source=draw(sources),
        resolution_markers=draw(some_markers),
        sdist=draw(st.sampled_from((None, sdist, UvFile(hash=DIGEST)))),
        wheels=tuple(draw(st.lists(files(name, version), max_size=3))),
        metadata=UvMetadata(draw(some_requirements), draw(extras), draw(_groups(requirements))),
    )


def edges_to(targets: list[UvPackage]) -> st.SearchStrategy[UvDependency]:
    """Edges to some of these packages, which say no more than is needed."""
    counts = [each.name for each in targets]

    def edge(target: UvPackage, wanted: tuple[str, ...], marker: str) -> UvDependency:
        if counts.count(target.name) == 1:
            return UvDependency(target.name, extras=wanted, marker=marker)
        return UvDependency(target.name, target.version, target.source, wanted, marker)

    return st.builds(edge, st.sampled_from(targets), extras, markers)


manifests = st.builds(
    UvManifest,
    members=extras,
    requirements=some_requirements,
    constraints=some_requirements,
    overrides=some_requirements,
    excludes=extras,
    build_constraints=some_requirements,
    dependency_groups=_groups(requirements),
    dependency_metadata=st.lists(
        st.builds(
            UvDependencyMetadata,
            names,
            st.sampled_from(("", "1.0")),
            st.sampled_from(((), ("a>=1", "b ; extra == 'x'"))),
            st.none() | st.just(">=3.8"),
            extras,
        ),
        max_size=2,
    ).map(tuple),
)
options = st.builds(
    UvOptions,
    resolution_mode=st.sampled_from(("", "lowest")),
    prerelease_mode=st.sampled_from(("", "allow")),
    fork_strategy=st.sampled_from(("", "fewest")),
    exclude_newer=st.none() | cutoffs,
    prerelease_package=_pairs(st.just("allow")),
    exclude_newer_package=_pairs(st.none() | cutoffs),
)


@st.composite
def locks(draw: st.DrawFn) -> UvLock:
    """A lock whose edges lead to packages that are in it."""
    found = draw(
        st.lists(packages(), max_size=4, unique_by=lambda p: (p.name, p.version, p.source))
    )
    if found:
        edges = st.lists(edges_to(found), max_size=3).map(tuple)
        groups = _groups(edges_to(found), 1)
        found = [
            replace(
                package,
                dependencies=draw(edges),
                optional_dependencies=draw(groups),
                dev_dependencies=draw(groups),
            )
            for package in found
        ]
    sets = st.lists(conflict_items, min_size=2, max_size=3).map(tuple)
    return UvLock(
        ">=3.9",
        tuple(found),
        resolution_markers=draw(some_markers),
        supported_markers=draw(some_markers),
        required_markers=draw(some_markers),
        conflicts=tuple(draw(st.lists(sets, max_size=2))),
        options=draw(options),
        manifest=draw(manifests),
    )
