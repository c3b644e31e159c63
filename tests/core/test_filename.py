"""`packaging.utils` is the oracle for wheel names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from weft.core.filename import FilenameError, SdistName, WheelName
from weft.core.names import NormalizedName

PARTS = st.tuples(
    st.sampled_from(["a", "A_b", "foo.bar", "x1"]),
    st.sampled_from(["1.0", "1", "2.0rc1", "1.0+local.1", "1!1.0", "1.0.post1", "1.0_1", "x", ""]),
    st.sampled_from([None, None, "1", "2a", "007", "b"]),
    st.sampled_from(["py3", "py2.py3", "cp311"]),
    st.sampled_from(["none", "abi3", "cp311.abi3"]),
    st.sampled_from(["any", "linux_x86_64", "manylinux_2_17_x86_64.manylinux2014_x86_64"]),
)


@given(PARTS)
def test_wheel_names_agree_with_packaging(parts: tuple[str | None, ...]) -> None:
    filename = "-".join([part for part in parts if part is not None]) + ".whl"
    try:
        name, version, build, tags = parse_wheel_filename(filename)
    except InvalidWheelFilename:
        with pytest.raises(FilenameError):
            WheelName.parse(filename)
        return
    mine = WheelName.parse(filename)
    assert str(mine.name) == str(name)
    assert mine.version == str(version)
    assert set(mine.tags()) == set(map(str, tags))
    assert mine.build_key == (build or (-1, ""))


def test_a_wheel_ranks_as_its_best_tag() -> None:
    wheel = WheelName.parse("a-1-py2.py3-none-any.manylinux1_x86_64.whl")
    ranks = {"py3-none-any": 7, "py2-none-any": 9, "py3-none-manylinux1_x86_64": 3}
    assert wheel.rank(ranks) == 3
    assert wheel.rank({"py3-none-win32": 0}) is None
    assert WheelName.parse("a-1-py3-none-any.whl").rank(ranks) == 7
    assert WheelName.parse("a-1-cp39-abi3-any.whl").rank(ranks) is None


def test_builds_are_ordered_by_number_then_text() -> None:
    builds = ["", "1", "1a", "2", "10"]
    names = [f"a-1-{build}-py3-none-any.whl".replace("--", "-") for build in builds]
    keys = [WheelName.parse(name).build_key for name in names]
    assert keys == sorted(keys)


@pytest.mark.parametrize(
    ("filename", "reason"),
    [
        ("foo", "Must end with .whl"),
        ("foo-1-py3-none-any.zip", "Must end with .whl"),
        ("foo.whl", "Must have a version"),
        ("foo-1.whl", "Must have a Python tag"),
        ("foo-1-py3.whl", "Must have an ABI tag"),
        ("foo-1-py3-none.whl", "Must have a platform tag"),
        ("foo-1-1-py3-none-any-x.whl", "Must have 5 or 6 components, but has more"),
        ("foo-1-x1-py3-none-any.whl", "The build tag `x1` must start with a digit"),
        ("foo_-1-py3-none-any.whl", "Not a valid package name: `foo_`"),
        ("foo-1---any.whl", "Tags must not be empty"),
        (f"foo-1-py3-none-{'a.' * 150}any.whl", "Must not be longer than 255 characters"),
    ],
)
def test_an_error_names_what_is_missing(filename: str, reason: str) -> None:
    with pytest.raises(FilenameError) as caught:
        WheelName.parse(filename)
    assert caught.value.message == f"The wheel filename `{filename}` is invalid: {reason}"


@pytest.mark.parametrize(
    ("filename", "project", "version", "extension"),
    [
        ("foo-1.0.tar.gz", "foo", "1.0", ".tar.gz"),
        ("Foo_Bar-1.0rc1.zip", "foo-bar", "1.0rc1", ".zip"),
        ("foo-bar-1.0-1.tar.bz2", "foo-bar", "1.0.post1", ".tar.bz2"),
        ("a-1-2.tgz", "a-1", "2", ".tgz"),
        ("foo--bar-3.tar.xz", "foo-bar", "3", ".tar.xz"),
    ],
)
def test_source_distributions(filename: str, project: str, version: str, extension: str) -> None:
    found = SdistName.parse(filename, NormalizedName(project))
    assert found == SdistName(NormalizedName(project), version, extension)


@pytest.mark.parametrize("filename", ["foo-1.0.exe", "bar-1.0.tar.gz", "foo.tar.gz", "foo-x.zip"])
def test_other_files_are_no_source_distribution_of_the_project(filename: str) -> None:
    with pytest.raises(FilenameError, match="source distribution filename"):
        SdistName.parse(filename, NormalizedName("foo"))
