"""Which files are uploaded."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from weft.core.events import Warned
from weft.publish.errors import BadPattern
from weft.publish.files import find


def touch(directory: Path, *names: str) -> None:
    for name in names:
        (directory / name).write_bytes(b"")


def names(cwd: Path, *patterns: str) -> list[str]:
    return [each.filename for each in find(patterns, cwd=str(cwd))]


def test_wheels_and_source_distributions_are_taken_and_the_rest_is_passed_over(dist: Path) -> None:
    touch(dist, "demo-1.0-py3-none-any.whl", "demo-1.0.tar.gz", ".gitignore", "README.md")
    (dist / "odd-1.0-py3-none-any.whl").mkdir()
    found = names(dist.parent, "dist/*")
    assert found == ["demo-1.0-py3-none-any.whl", "demo-1.0.tar.gz"]


def test_a_file_that_two_patterns_match_is_uploaded_once(dist: Path) -> None:
    touch(dist, "demo-1.0.tar.gz")
    assert names(dist.parent, "dist/*", "./dist/*.gz", "dist/demo-1.0.tar.gz") == [
        "demo-1.0.tar.gz"
    ]


def test_patterns_reach_into_directories_and_paths_may_be_absolute(dist: Path) -> None:
    (dist / "deep" / "er").mkdir(parents=True)
    touch(dist / "deep" / "er", "demo-1.0.tar.gz")
    assert names(dist.parent, "**/*.tar.gz") == ["demo-1.0.tar.gz"]
    assert names(Path("/"), str(dist / "deep" / "er" / "demo-1.0.tar.gz")) == ["demo-1.0.tar.gz"]


@pytest.mark.parametrize(
    ("filename", "name", "version", "expected"),
    [
        ("demo-1.0.tar.gz", "demo", "1.0", "demo-1.0.tar.gz"),
        ("De.mo-1.00.tar.gz", "de-mo", "1.0", "de_mo-1.0.tar.gz"),
        ("foo-bar-1.0.tar.gz", "foo-bar", "1.0", "foo_bar-1.0.tar.gz"),
        ("demo-1.0+here.1.zip", "demo", "1.0+here.1", "demo-1.0+here.1.zip"),
        ("Demo-1.0-1a-py3-none-any.whl", "demo", "1.0", "demo-1.0-1a-py3-none-any.whl"),
        ("demo-1.0-cp38.cp39-abi3-any.whl", "demo", "1.0", "demo-1.0-cp38.cp39-abi3-any.whl"),
    ],
)
def test_names_are_read_and_known_in_normal_form(
    dist: Path, filename: str, name: str, version: str, expected: str
) -> None:
    touch(dist, filename)
    (found,) = find(["dist/*"], cwd=str(dist.parent))
    assert (found.name, found.version, found.expected) == (name, version, expected)


def test_what_the_upload_calls_pyversion_is_the_wheels_tag_or_source(dist: Path) -> None:
    touch(dist, "demo-1.0-cp38.cp39-abi3-any.whl", "demo-1.0.tar.gz")
    found = find(["dist/*"], cwd=str(dist.parent))
    assert [(each.filetype, each.python) for each in found] == [
        ("bdist_wheel", "cp38.cp39"),
        ("sdist", "source"),
    ]


@pytest.mark.parametrize("filename", ["demo.whl", "demo-x.tar.gz", "-1.0.tar.gz", "1.tar.gz"])
def test_a_name_that_only_looks_like_one_is_skipped_with_a_warning(
    dist: Path, filename: str
) -> None:
    touch(dist, filename)
    told: list[object] = []
    assert find(["dist/*"], cwd=str(dist.parent), sink=told.append) == []
    assert told == [
        Warned(
            "Skipping file that looks like a distribution, but is not a valid distribution "
            f"filename: dist/{filename}"
        )
    ]


def test_attestations_belong_to_the_file_in_whose_name_they_begin(dist: Path) -> None:
    wheel = "demo-1.0-py3-none-any.whl"
    touch(
        dist, wheel, "demo-1.0.tar.gz", f"{wheel}.publish.attestation",
        f"{wheel}.build.attestation", "other-1.0.tar.gz.publish.attestation",
    )  # fmt: skip
    found = find(["dist/*"], cwd=str(dist.parent))
    assert [each.attestations for each in found] == [
        (f"dist/{wheel}.build.attestation", f"dist/{wheel}.publish.attestation"),
        (),
    ]
    assert not any(f.attestations for f in find(["dist/*.whl"], cwd=str(dist.parent)))
    assert not any(
        f.attestations for f in find(["dist/*"], cwd=str(dist.parent), attestations=False)
    )


@pytest.mark.parametrize(
    ("pattern", "position"), [("a[", 1), ("a[!]", 1), ("a***b", 3), ("a**", 1), ("**b", 0)]
)
def test_a_broken_pattern_is_told_apart_from_one_that_matches_nothing(
    tmp_path: Path, pattern: str, position: int
) -> None:
    with pytest.raises(BadPattern) as raised:
        find([pattern], cwd=str(tmp_path))
    assert raised.value.message == f"The publish path `{pattern}` is not a valid glob pattern"
    assert f"near position {position}:" in str(raised.value.__cause__)


def test_brackets_and_stars_of_good_patterns_match(dist: Path) -> None:
    touch(dist, "demo-1.0.tar.gz", "demo-2.0.tar.gz")
    assert names(dist.parent, "**/demo-[!2]*") == ["demo-1.0.tar.gz"]
    assert names(dist.parent, "dist/demo-[]2]*") == ["demo-2.0.tar.gz"]


def test_one_of_several_paths_that_is_not_there_is_told(dist: Path) -> None:
    touch(dist, "demo-1.0.tar.gz")
    told: list[object] = []
    found = find(["dist/demo-1.0.tar.gz", "dist/gone.whl"], cwd=str(dist.parent), sink=told.append)
    assert len(found) == 1
    assert told == [Warned("There is no file at `dist/gone.whl`")]


def test_names_that_are_no_text_do_no_harm(dist: Path) -> None:
    with open(os.fsencode(dist) + b"/demo\xff-1.0.tar.gz", "wb"):
        pass
    touch(dist, "demo-1.0.tar.gz")
    told: list[object] = []
    assert len(find(["dist/*"], cwd=str(dist.parent), sink=told.append)) == 1
    assert len(told) == 1
