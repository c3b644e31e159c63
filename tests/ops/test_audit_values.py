"""What OSV answers, read into values; and answers that are none."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.core.errors import WeftError
from weft.ops.audit_report import Audited, json_body
from weft.ops.audit_values import (
    BadAnswer,
    BadRecord,
    Dependency,
    Vulnerability,
    is_identifier,
    read_batch,
    read_record,
)

URL = "http://127.0.0.1/v1/querybatch"
OIL = Dependency("oil", "3.0")


def reason(error: WeftError) -> str:
    assert isinstance(error.__cause__, WeftError)
    return error.__cause__.message


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"garbage", "expected value at line 1 column 1"),
        (b"\xff\xfe\x00", "the body is no JSON that can be read"),
        (b"[" * 100_000, "the body is no JSON that can be read"),
        (b"[]", "expected an object"),
        (b"{}", "missing field `results`"),
        (b'{"results": []}', "expected 2 results, found 0"),
        (b'{"results": [1, 2]}', "expected an object in `results`"),
        (b'{"results": [{"vulns": [{}]}, {}]}', "missing field `id`"),
        (b'{"results": [{"vulns": [3]}, {}]}', "missing field `id`"),
        (b'{"results": [{"vulns": 1}, {}]}', "expected a list in `vulns`"),
        (b'{"results": [{"next_page_token": 1}, {}]}', "expected a string in `next_page_token`"),
    ],
)
def test_an_answer_that_is_none_says_why(body: bytes, expected: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        read_batch(body, URL, asked=2)
    assert caught.value.message == f"error decoding response body for url ({URL})"
    assert reason(caught.value) == expected


def test_identifiers_and_tokens_come_in_the_order_of_the_queries() -> None:
    first = {"vulns": [{"id": "B-1"}, {"id": "A-1"}], "next_page_token": "t"}
    body = json.dumps({"results": [first, {}]}).encode()
    assert read_batch(body, URL, asked=2) == [(("B-1", "A-1"), "t"), ((), None)]


@pytest.mark.parametrize(
    "text",
    ["../../etc/passwd", "a/b", "a?b", "a#b", "..", ".", "", "\x1b[31m", "a" * 500, "%2e%2e", "a b",
     "a\nb", "\u202ea"],
)  # fmt: skip
def test_what_would_do_harm_is_no_identifier(text: str) -> None:
    assert not is_identifier(text)
    body = json.dumps({"results": [{"vulns": [{"id": text}]}]}).encode()
    with pytest.raises(BadAnswer) as caught:
        read_batch(body, URL, asked=1)
    assert reason(caught.value).isprintable()


@pytest.mark.parametrize("text", ["GHSA-xxxx-yyyy-zzzz", "CVE-2026-1", "PYSEC-2026-9", "OSV-1.2"])
def test_identifiers_as_they_are_in_use(text: str) -> None:
    assert is_identifier(text)


def record(**facts: object) -> bytes:
    return json.dumps({"id": "X-1", "modified": "2026-01-01T00:00:00Z", **facts}).encode()


def read(body: bytes) -> Vulnerability:
    (found,) = read_record(body, URL, identifier="X-1", dependencies=(OIL,))
    return found


@pytest.mark.parametrize(
    "body",
    [b"garbage", b"[]", b'{"id": "OTHER"}', b'{"id": "X-1"}', record(aliases=5),
     record(summary=[]), record(affected={}), record(references="x"), record(published=1),
     record(affected=[{"ranges": 5}]),
     record(affected=[{"ranges": [{"type": "ECOSYSTEM", "events": {}}]}])],
)  # fmt: skip
def test_a_record_that_is_none_says_so(body: bytes) -> None:
    with pytest.raises(BadRecord) as caught:
        read(body)
    assert caught.value.message == "OSV returned a malformed vulnerability record for `X-1`"


def test_only_versions_of_the_ecosystem_count_as_fixes() -> None:
    events = [{"introduced": "0"}, {"fixed": "2.0"}, {"fixed": "nonsense"}, {"fixed": 3}, 7]
    ranges = [{"type": "ECOSYSTEM", "events": events}, {"type": "GIT", "events": [{"fixed": "9"}]}]
    assert read(record(affected=[{"ranges": ranges}, {}, 5])).fix_versions == ("2.0",)


@pytest.mark.parametrize(
    ("aliases", "expected"),
    [
        ((), "X-1"),
        (("CVE-1", "GHSA-1", "PYSEC-1"), "PYSEC-1"),
        (("CVE-1", "GHSA-1"), "GHSA-1"),
        (("CVE-2", "CVE-1"), "CVE-2"),
        (("Y-1",), "X-1"),
    ],
)
def test_the_best_known_identifier_is_shown(aliases: tuple[str, ...], expected: str) -> None:
    assert read(record(aliases=list(aliases))).shown == expected


def test_links_are_advisories_before_pages() -> None:
    page = {"type": "WEB", "url": "https://example.com/web"}
    advisory = {"type": "ADVISORY", "url": "https://example.com/advisory"}
    assert read(record(references=[page, advisory])).link == advisory["url"]
    assert read(record(references=[page])).link == page["url"]
    for odd in (5, "javascript:alert(1)", "https://x y", "https://x\x1b[2J", "//x"):
        assert read(record(references=[{"type": "WEB", "url": odd}, 3])).link.endswith("/X-1")


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["id", "modified", "aliases", "affected", "ranges", "events", "fixed",
                         "type", "results", "vulns", "references", "url", "summary"]),
        inner, max_size=4),
    max_leaves=20,
))  # fmt: skip
def test_whatever_comes_is_read_or_refused(document: object) -> None:
    body = json.dumps(document).encode()
    try:
        read_batch(body, URL, asked=1)
    except BadAnswer:
        pass
    try:
        read(body)
    except BadRecord:
        pass


def test_what_is_installed_may_have_a_version_that_is_none() -> None:
    odd = Vulnerability(Dependency("oil", "not a version"), "X-1")
    document = json_body(Audited(2, (read(record()), odd), (), "place"))
    versions = [each["dependency"]["version"] for each in document["vulnerabilities"]]
    assert versions == ["not a version", "3.0"]
