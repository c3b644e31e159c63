"""Whoever goes takes along what is theirs alone, in any constellation."""

from __future__ import annotations

import os
import tempfile

from hypothesis import given, settings
from hypothesis import strategies as st

from weft.core.distribution import InstalledDist
from weft.core.names import NormalizedName
from weft.install.ownership import owners_of, registered
from weft.install.record import format_row
from weft.install.target import Target
from weft.install.uninstall import uninstall_all

SITE = "lib/python/site-packages"
PATHS = [
    "top.py",
    "top/__init__.py",
    "top/a.py",
    "top/sub/a.py",
    "top2/a.py",
    "with, comma.py",
    'quo"ted/a.py',
    "nöt.py",
    "../../../bin/tool",
    "../../../share/x/data",
    f"../../../{SITE}/long-way.py",
    "./dotted.py",
]
NAMES = ["one", "two", "three"]


def make_target(prefix: str) -> Target:
    site = f"{prefix}/{SITE}"
    return Target(
        prefix=prefix,
        python=f"{prefix}/bin/python",
        implementation="CPython",
        version="3.11.0",
        purelib=site,
        platlib=site,
        scripts=f"{prefix}/bin",
        headers=f"{prefix}/include",
        data=prefix,
        lock_path=f"{prefix}/.lock",
    )


@settings(max_examples=60, deadline=None)
@given(
    st.fixed_dictionaries({name: st.sets(st.sampled_from(PATHS)) for name in NAMES}),
    st.sets(st.sampled_from(NAMES)),
)
def test_exactly_the_files_of_the_others_are_left(
    files: dict[str, set[str]], leaving: set[str]
) -> None:
    with tempfile.TemporaryDirectory() as prefix:
        target = make_target(prefix)
        os.makedirs(target.purelib)
        os.makedirs(target.scripts)
        for name, paths in files.items():
            info = f"{name}-1.0.dist-info"
            os.mkdir(f"{target.purelib}/{info}")
            rows = [format_row(path, bytes(32), 1) for path in sorted(paths)]
            rows.append(format_row(f"{info}/RECORD", None, 0))
            for path in paths:
                place = os.path.join(target.purelib, path)
                os.makedirs(os.path.dirname(place), exist_ok=True)
                open(place, "w").close()
            with open(f"{target.purelib}/{info}/RECORD", "w") as stream:
                stream.write("".join(rows))
        everything = {normal(target, path) for paths in files.values() for path in paths}
        owners = owners_of(everything, registered(target.site_directories))
        for name, paths in files.items():
            for path in paths:
                assert f"{target.purelib}/{name}-1.0.dist-info" in owners[normal(target, path)]
        uninstall_all(target, [installed(target, name) for name in sorted(leaving)])
        staying = set(NAMES) - leaving
        expected = {normal(target, path) for name in staying for path in files[name]}
        expected |= {f"{target.purelib}/{name}-1.0.dist-info/RECORD" for name in staying}
        left = {f"{at}/{name}" for at, _, names in os.walk(prefix) for name in names}
        assert left == expected
        for at, directories, names in os.walk(target.purelib):
            assert directories or names or at == target.purelib, f"{at} is empty"


def normal(target: Target, path: str) -> str:
    return os.path.normpath(os.path.join(target.purelib, path))


def installed(target: Target, name: str) -> InstalledDist:
    path = f"{target.purelib}/{name}-1.0.dist-info"
    return InstalledDist(NormalizedName(name), name, "1.0", path, target.purelib, "dist-info")
