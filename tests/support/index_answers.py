"""What the loopback index was asked, and how it can be made to misbehave.

Owns the record of one request and the unwell answers. Refuses to know about sockets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["root", "page", "links", "metadata", "file", "range", "head", "other"]


@dataclass(frozen=True)
class Asked:
    """One request as it arrived, with the status it was answered with (0: none)."""

    method: str
    path: str
    kind: Kind
    headers: dict[str, str]
    status: int
    connection: int
    target: str


@dataclass(frozen=True)
class Answer:
    """An answer of a server that is not well. Made by the functions below."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    cut_after: int | None = None
    hang_up: bool = False
    delay: float = 0.0


def status(code: int, *, body: bytes = b"", **headers: str) -> Answer:
    """An answer with this status; `Retry_After="1"` makes a header."""
    return Answer(code, {name.replace("_", "-"): text for name, text in headers.items()}, body)


def redirect(location: str, code: int = 302) -> Answer:
    """A redirect to another URL."""
    return Answer(code, {"Location": location}, b"")


def garbage(body: bytes = b"\x00\x01 this is \xff no page", content_type: str = "") -> Answer:
    """Status 200 and a body that means nothing."""
    return Answer(200, {"Content-Type": content_type} if content_type else {}, body)


def half() -> Answer:
    """The right headers, half of the right body, then the connection ends."""
    return Answer(cut_after=-1)


def cut(after: int) -> Answer:
    """The right headers, `after` bytes of the right body, then the connection ends."""
    return Answer(cut_after=after)


def nothing() -> Answer:
    """The connection ends without a single byte."""
    return Answer(hang_up=True)


def slow(seconds: float) -> Answer:
    """The right answer, late."""
    return Answer(delay=seconds)
