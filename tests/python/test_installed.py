"""What is found in site-packages, and what is passed over."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from weft.core.errors import SystemFailure
from weft.python.installed import (
    InstalledFailure,
    direct_url,
    editable_location,
    read_metadata,
    record_paths,
    scan,
    supports,
)


def metadata(name: str, version: str, more: str = "") -> str:
    return f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{more}"


def install(site: Path, directory: str, **files: str) -> Path:
    """A dist-info with METADATA and RECORD, unless `files` say otherwise (None leaves one out)."""
    name, _, version = directory.removesuffix(".dist-info").partition("-")
    path = site / directory
    path.mkdir(parents=True)
    for file, text in {"METADATA": metadata(name, version), "RECORD": "", **files}.items():
        (path / file.replace("_json", ".json")).write_text(text)
    return path


def found(site: Path) -> list[tuple[str, str, str, bool]]:
    return [(each.name, each.version, each.kind, each.complete) for each in scan([str(site)])]


def test_names_and_versions_come_from_the_directory_names(tmp_path: Path) -> None:
    path = install(tmp_path, "Foo.Bar_baz-1.0.dist-info", METADATA="not read")
    (dist,) = scan([str(tmp_path)])
    assert (dist.name, dist.display_name, dist.version) == ("foo-bar-baz", "Foo.Bar_baz", "1.0")
    assert (dist.path, dist.location, dist.kind) == (str(path), str(tmp_path), "dist-info")


def test_everything_that_is_no_distribution_is_passed_over(tmp_path: Path) -> None:
    for name in ("noversion.dist-info", "_pip.dist-info", "up-1.0.DIST-INFO", "package"):
        (tmp_path / name).mkdir()
    for name in ("file-1.0.dist-info", "module.py", "easy-install.pth"):
        (tmp_path / name).write_text("")
    (tmp_path / "dangling-1.0.dist-info").symlink_to("nowhere")
    assert found(tmp_path) == []


def test_leftovers_and_invalid_names_are_reported_and_passed_over(tmp_path: Path) -> None:
    left, odd = tmp_path / "~oo-1.0.dist-info", tmp_path / "-x-.dist-info"
    for path in (left, odd, tmp_path / "~leftover", tmp_path / "-y-1.dist-info"):
        path.mkdir()
    heard: list[str] = []
    assert scan([str(tmp_path)], warn=heard.append) == []
    assert heard == [
        f"Ignoring distribution with an invalid name: {odd}",
        f"Ignoring distribution with an invalid name: {tmp_path}/-y-1.dist-info",
        f"Ignoring dangling temporary directory: {left}",
    ]


def test_a_linked_directory_counts_as_it_does_for_importlib(tmp_path: Path) -> None:
    path = install(tmp_path / "elsewhere", "foo-1.0.dist-info")
    site = tmp_path / "site"
    site.mkdir()
    (site / "foo-1.0.dist-info").symlink_to(path)
    assert found(site) == [("foo", "1.0", "dist-info", True)]


def test_two_versions_of_one_project_are_both_returned(tmp_path: Path) -> None:
    install(tmp_path, "foo-1.0.dist-info")
    install(tmp_path, "foo-2.0.dist-info")
    assert [version for _, version, _, _ in found(tmp_path)] == ["1.0", "2.0"]


def test_a_directory_reached_twice_counts_once(tmp_path: Path) -> None:
    install(tmp_path / "lib", "foo-1.0.dist-info")
    (tmp_path / "lib64").symlink_to("lib")
    twice = [str(tmp_path / "lib"), str(tmp_path / "lib64"), str(tmp_path / "missing")]
    assert len(scan(twice)) == 1


def test_a_version_that_is_none_is_kept_as_it_is(tmp_path: Path) -> None:
    install(tmp_path, "gpg-1.18.0-unknown.dist-info")
    assert found(tmp_path) == [("gpg", "1.18.0-unknown", "dist-info", True)]


@pytest.mark.parametrize(
    ("files", "complete"),
    [
        ({"RECORD": ""}, True),
        ({"RECORD": "", "INSTALLER": "weft"}, True),
        ({"INSTALLER": "debian\n"}, True),
        ({"INSTALLER": "weft\n"}, False),
        ({"INSTALLER": ""}, False),
        ({}, False),
    ],
)
def test_an_installation_without_record_was_interrupted_unless_a_system_made_it(
    files: dict[str, str], complete: bool, tmp_path: Path
) -> None:
    path = tmp_path / "foo-1.0.dist-info"
    path.mkdir()
    for name, text in files.items():
        (path / name).write_text(text)
    assert found(tmp_path) == [("foo", "1.0", "dist-info", complete)]


def test_eggs_of_all_ages_are_found(tmp_path: Path) -> None:
    site, project = tmp_path / "site", tmp_path / "project"
    for path, name in (
        (site / "one-1.0-py3.11.egg-info", "one"),
        (site / "named_inside.egg-info", "named.inside"),
        (project / "under_way.egg-info", "under-way"),
    ):
        path.mkdir(parents=True)
        (path / "PKG-INFO").write_text(metadata(name, "3.0"))
    (site / "old-2.0-py3.11.egg-info").write_text(metadata("old", "2.0"))
    (site / "older.egg-info").write_text(metadata("older", "0.1"))
    (site / "under-way.egg-link").write_text(f"{project}\n.")
    (site / "gone.egg-link").write_text("/nowhere\n.")
    (site / "nothing.egg-info").mkdir()
    assert found(site) == [
        ("named-inside", "3.0", "egg-info", True),
        ("old", "2.0", "distutils", True),
        ("older", "0.1", "distutils", True),
        ("one", "1.0", "egg-info", True),
        ("under-way", "3.0", "egg-link", True),
    ]
    by_name = {each.name: each for each in scan([str(site)])}
    assert {name: read_metadata(each).version for name, each in by_name.items()} == {
        "named-inside": "3.0",
        "old": "2.0",
        "older": "0.1",
        "one": "3.0",
        "under-way": "3.0",
    }
    assert editable_location(by_name["under-way"]) == str(project)
    assert editable_location(by_name["old"]) is None


def test_a_directory_that_cannot_be_listed_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "loop"
    path.symlink_to("loop")
    with pytest.raises(SystemFailure) as caught:
        scan([str(path)])
    assert caught.value.path == str(path)


def test_metadata_is_read_when_asked_for(tmp_path: Path) -> None:
    install(tmp_path, "foo-1.0.dist-info", METADATA=metadata("Foo", "1.0", "Requires-Dist: bar\n"))
    (dist,) = scan([str(tmp_path)])
    assert read_metadata(dist).requires_dist == ("bar",)


@pytest.mark.parametrize("text", [None, "", "Name: foo\n", "\xff\0"])
def test_missing_or_malformed_metadata_is_named(text: str | None, tmp_path: Path) -> None:
    path = install(tmp_path, "foo-1.0.dist-info", METADATA=text or "")
    if text is None:
        os.unlink(path / "METADATA")
    (dist,) = scan([str(tmp_path)])
    with pytest.raises(InstalledFailure) as caught:
        read_metadata(dist)
    assert caught.value.message == f"Failed to read metadata from: {path}"
    assert caught.value.__cause__ is not None


def test_the_origin_of_a_direct_installation_is_known(tmp_path: Path) -> None:
    project = tmp_path / "my project"
    editable = f'{{"url": "file://{tmp_path}/my%20project", "dir_info": {{"editable": true}}}}'
    archive = '{"url": "https://example.org/a.whl", "archive_info": {}}'
    install(tmp_path, "a-1.dist-info", direct_url_json=editable)
    install(tmp_path, "b-1.dist-info", direct_url_json=archive)
    install(tmp_path, "c-1.dist-info", direct_url_json="{")
    install(tmp_path, "d-1.dist-info")
    a, b, c, d = scan([str(tmp_path)])
    assert editable_location(a) == str(project)
    origin = direct_url(b)
    assert origin is not None
    assert (origin.url, editable_location(b)) == ("https://example.org/a.whl", None)
    assert (direct_url(c), direct_url(d)) == (None, None)


def test_the_files_of_a_distribution_are_those_of_its_record(tmp_path: Path) -> None:
    rows = 'foo.py,sha256=x,3\n"odd, name.py",,\n../../bin/foo,,\nfoo-1.dist-info/RECORD,,\n'
    install(tmp_path, "foo-1.dist-info", RECORD=rows)
    install(tmp_path, "plain-1.dist-info", RECORD="plain.py,,\r\nplain-1.dist-info/RECORD,,\r\n")
    egg = tmp_path / "egg-1.egg-info"
    egg.mkdir()
    (egg / "installed-files.txt").write_text("../egg.py\nPKG-INFO\n")
    (tmp_path / "old-1.egg-info").write_text(metadata("old", "1"))
    by_name = {each.name: record_paths(each) for each in scan([str(tmp_path)])}
    assert by_name == {
        "egg": ["egg.py", "egg-1.egg-info/PKG-INFO"],
        "foo": ["foo.py", "odd, name.py", "../../bin/foo", "foo-1.dist-info/RECORD"],
        "old": None,
        "plain": ["plain.py", "plain-1.dist-info/RECORD"],
    }


@pytest.mark.parametrize(
    ("wheel", "expected"),
    [
        ("Tag: py3-none-any\n", True),
        ("Tag: cp39-cp39-linux_x86_64\nTag: cp311-cp311-linux_x86_64\n", True),
        ("Tag: cp39-cp39-linux_x86_64\n", False),
        ("Tag: py2.py3-none-any\n", True),
        ("Wheel-Version: 1.0\n", True),
        (None, True),
    ],
)
def test_wheels_of_another_interpreter_are_told_apart(
    wheel: str | None, expected: bool, tmp_path: Path
) -> None:
    files = {} if wheel is None else {"WHEEL": wheel}
    install(tmp_path, "foo-1.dist-info", **files)
    (dist,) = scan([str(tmp_path)])
    assert supports(dist, frozenset(("py3-none-any", "cp311-cp311-linux_x86_64"))) == expected
