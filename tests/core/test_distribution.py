"""Direct URLs: written as the specification says, read with suspicion."""

from __future__ import annotations

import json

import pytest

from weft.core.distribution import DirectUrl, DirectUrlError, Vcs


@pytest.mark.parametrize(
    ("direct", "text"),
    [
        (
            DirectUrl("file:///p", "dir", editable=True),
            '{"url":"file:///p","dir_info":{"editable":true}}',
        ),
        (DirectUrl("file:///p", "dir"), '{"url":"file:///p","dir_info":{}}'),
        (DirectUrl("https://e.org/a.whl", "archive"), None),
        (DirectUrl("https://e.org/é.whl", "archive", hashes=(("sha256", "ab"),)), None),
        (
            DirectUrl("https://e.org/a", "vcs", vcs=Vcs("git", "c0ffee", "v1"), subdirectory="x"),
            '{"url":"https://e.org/a","vcs_info":{"vcs":"git","requested_revision":"v1",'
            '"commit_id":"c0ffee"},"subdirectory":"x"}',
        ),
        (DirectUrl("https://e.org/a", "vcs", vcs=Vcs("git", "c0ffee")), None),
    ],
)
def test_what_is_written_is_read_again(direct: DirectUrl, text: str | None) -> None:
    written = direct.to_json()
    assert text is None or written == text
    assert DirectUrl.parse(written) == direct
    assert DirectUrl.parse(written.encode()) == direct


def test_the_older_form_of_a_hash_is_read() -> None:
    record = {"url": "u", "archive_info": {"hash": "sha256=ab"}}
    assert DirectUrl.parse(json.dumps(record)).hashes == (("sha256", "ab"),)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"url":1,"dir_info":{}}',
        '{"url":"u"}',
        '{"url":"u","dir_info":[]}',
        '{"url":"u","vcs_info":{"vcs":"git"}}',
        '{"url":"u","dir_info":{},"subdirectory":3}',
        "[" * 100_000,
    ],
)
def test_malformed_records_are_refused(text: str) -> None:
    with pytest.raises(DirectUrlError):
        DirectUrl.parse(text)
