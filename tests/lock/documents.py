"""Lock files made up at random, and the smallest ones written by hand.

Owns the strategies of this room's tests. Refuses to know how they are read or written.
"""

from __future__ import annotations

from hypothesis import strategies as st

from weft.lock.model import (
    LockedDirectory,
    LockedFile,
    LockedPackage,
    LockedVcs,
    Pylock,
)

HEAD = 'lock-version = "1.0"\ncreated-by = "tests"\n'
DIGEST = "0123456789abcdef" * 4
URL = "https://files.example.org"
WHEEL = f'{{ url = "{URL}/wick-2.0-py3-none-any.whl", hashes = {{ sha256 = "{DIGEST}" }} }}'
PACKAGE = '[[packages]]\nname = "wick"\nversion = "2.0"\n'
WICK = f"{PACKAGE}wheels = [{WHEEL}]\n"

TAGS = (
    "py3-none-any",
    "cp311-cp311-manylinux_2_17_x86_64",
    "cp311-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64",
    "cp312-cp312-win_amd64",
    "py2.py3-none-any",
)
MARKERS = (
    "",
    "sys_platform == 'linux'",
    "sys_platform == 'win32'",
    "python_full_version < '3.12'",
    "'bright' in extras",
    "'dev' in dependency_groups",
    "'dev' in dependency_groups or 'bright' in extras",
)

# Texts that TOML can hold, with everything in them that has to be quoted with care.
texts = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\0")
    | st.sampled_from("\"'\\\n\t\r/ é"),
    min_size=1,
    max_size=12,
)
hashes = st.sampled_from(
    (
        (("sha256", DIGEST),),
        (("md5", "a" * 32), ("sha256", DIGEST)),
        (("sha512", "b" * 128),),
    )
)


def _file(filename: st.SearchStrategy[str]) -> st.SearchStrategy[LockedFile]:
    return st.builds(
        lambda name, named, path, size, time, hashes: LockedFile(
            url="" if path else f"{URL}/{'download' if named else name}",
            path=f"../{name}" if path else "",
            name=name if named and not path else "",
            size=size,
            upload_time=time,
            hashes=hashes,
        ),
        filename,
        st.booleans(),
        st.booleans(),
        st.none() | st.integers(0, 1 << 40),
        st.none() | st.integers(0, 4_000_000_000),
        hashes,
    )


@st.composite
def packages(draw: st.DrawFn) -> LockedPackage:
    """A package with one of the five kinds of sources."""
    name = draw(st.sampled_from(("wick", "oil", "lan-tern")))
    version = draw(st.sampled_from(("1.0", "2.0", "2.0.post1")))
    facts = {"marker": draw(st.sampled_from(MARKERS)),
             "requires_python": draw(st.sampled_from(("", ">=3.9", ">=3.9,<4")))}  # fmt: skip
    module = name.replace("-", "_")
    kind = draw(st.sampled_from(("wheels", "sdist", "directory", "vcs", "archive")))
    if kind == "directory":
        editable = draw(st.sampled_from((None, True, False)))
        tree = LockedDirectory(draw(texts), editable, draw(st.sampled_from(("", "src/x"))))
        return LockedPackage(name, directory=tree, **facts)
    if kind == "vcs":
        revision = draw(st.sampled_from(("", "v1", 'a"b')))
        vcs = LockedVcs("git", "a" * 40, f"{URL}/repo.git", "", revision, "")
        return LockedPackage(name, version, vcs=vcs, **facts)
    if kind == "archive":
        file = draw(_file(st.just(f"{module}-{version}.tar.gz")))
        archive = LockedFile(
            url=file.url if not file.name else f"{URL}/{file.name}",
            path=file.path, size=file.size, upload_time=file.upload_time, hashes=file.hashes,
            subdirectory=draw(st.sampled_from(("", "inner"))),
        )  # fmt: skip
        return LockedPackage(name, version, archive=archive, **facts)
    tags = draw(st.lists(st.sampled_from(TAGS), unique=True, min_size=kind == "wheels"))
    wheels = tuple([draw(_file(st.just(f"{module}-{version}-{tag}.whl"))) for tag in tags])
    sdist = draw(_file(st.just(f"{module}-{version}.tar.gz"))) if kind == "sdist" else None
    index = draw(st.sampled_from(("", f"{URL}/simple")))
    return LockedPackage(name, version, index=index, sdist=sdist, wheels=wheels or None, **facts)


documents = st.builds(
    lambda packages, environments, python, groups: Pylock(
        tuple(packages),
        requires_python=python,
        environments=environments,
        extras=("bright", "dim"),
        dependency_groups=("dev", "docs"),
        default_groups=groups,
        created_by="tests",
    ),
    st.lists(packages(), max_size=5),
    st.sampled_from(((), ("sys_platform == 'linux'", "sys_platform == 'win32'"))),
    st.sampled_from(("", ">=3.11")),
    st.sampled_from(((), ("dev",))),
)
