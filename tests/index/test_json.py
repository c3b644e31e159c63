"""JSON pages of an index are read as PEP 691, 700, 714 and 792 say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from weft.index.simple import PageError, parse_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.index.simple.page import Row

URL = "https://index.example/simple/demo/"


def page(*files: dict[str, Any], **more: Any) -> bytes:
    return json.dumps(
        {"meta": {"api-version": "1.1"}, "name": "demo", "files": files, **more}
    ).encode()


def only(**fields: Any) -> Row:
    (row,) = parse_json(
        page({"filename": "x.whl", "url": "x.whl", "hashes": {}, **fields}), URL
    ).rows
    return row


def test_all_fields_of_a_file_are_read() -> None:
    row = only(
        url="https://files.example/1/demo-1.0-py3-none-any.whl",
        filename="demo-1.0-py3-none-any.whl",
        hashes={"sha256": "aa", "md5": "bb"},
        size=123,
        yanked="bad",
        **{
            "requires-python": ">=3.8",
            "upload-time": "2024-05-06T07:08:09Z",
            "core-metadata": {"sha256": "cc"},
        },
    )
    assert row == (
        "",
        "https://files.example/1/demo-1.0-py3-none-any.whl",
        "sha256=aa&md5=bb",
        123,
        ">=3.8",
        "bad",
        "2024-05-06T07:08:09Z",
        "sha256=cc",
    )


@pytest.mark.parametrize(
    ("said", "meant"), [(False, None), (True, ""), ("why", "why"), ("", ""), (None, None)]
)
def test_yanked_is_a_flag_or_a_reason(said: object, meant: str | None) -> None:
    assert only(yanked=said)[5] == meant


@pytest.mark.parametrize(
    ("fields", "meant"),
    [
        ({"core-metadata": True}, ""),
        ({"core-metadata": False}, None),
        ({"dist-info-metadata": {"sha256": "dd"}}, "sha256=dd"),
        (
            {"core-metadata": {"sha256": "new"}, "dist-info-metadata": {"sha256": "old"}},
            "sha256=new",
        ),
        ({}, None),
    ],
)
def test_metadata_files_are_noticed(fields: dict[str, Any], meant: str | None) -> None:
    assert only(**fields)[7] == meant


def test_a_link_that_is_not_called_like_its_file_keeps_the_name() -> None:
    assert only(url="/download?id=7", filename="demo-1.0.tar.gz")[:2] == (
        "demo-1.0.tar.gz",
        "/download?id=7",
    )


def test_nonsense_sizes_are_not_believed() -> None:
    assert only(size=-1)[3] is None
    assert only(size="12")[3] is None


def test_the_status_of_a_project_is_read() -> None:
    found = parse_json(page(**{"project-status": {"status": "archived", "reason": "old"}}), URL)
    assert (found.status, found.reason) == ("archived", "old")


@pytest.mark.parametrize("version", ["2.0", "10.1", "latest"])
def test_other_versions_of_the_api_are_refused(version: str) -> None:
    with pytest.raises(PageError) as caught:
        parse_json(page(meta={"api-version": version}), URL)
    assert version in str(caught.value.__cause__)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html></html>",
        b"[]",
        b'{"meta": {}}',
        b'{"files": {}}',
        b'{"files": [1]}',
        b'{"files": [{"filename": "x"}]}',
        b'{"files": [{"filename": 1, "url": "x"}]}',
        b'{"files": [{"filename": "x", "url": null}]}',
        b"[" * 100_000,
        b'{"files": [{"filename": "x", "url": "x"}',
        b"\xff\xfe\x00",
    ],
)
def test_what_is_no_page_is_an_error(body: bytes) -> None:
    with pytest.raises(PageError) as caught:
        parse_json(body, URL)
    assert caught.value.message == f"Received some unexpected JSON from `{URL}`"
    assert caught.value.exit_code == 1


def test_the_place_of_a_syntax_error_is_named() -> None:
    with pytest.raises(PageError) as caught:
        parse_json(b"{\n oops", URL)
    assert str(caught.value.__cause__) == "expected value at line 2 column 2"
