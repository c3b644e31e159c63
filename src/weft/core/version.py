"""Versions and the keys that order them.

Owns the parsing, the normal form and the sort key of a version. A key is `bytes`, and comparing
two keys byte by byte orders their versions, local parts included:

    key     = number(epoch) number(release)… phase [number(pre)] post dev local
    release = without trailing zeros, so that `1.0` and `1` share a key
    phase   = 10 only a dev release | 20 alpha | 21 beta | 22 candidate | 30 neither
    post    = 00 none | 01 number
    dev     = 00 number | 01 none
    local   = 00 none | 01 segment…       segment = 01 text 00 | 02 number
    number  = one byte 80+n below 64, else c0+digits then the decimal digits (fd, four bytes of
              length and the digits from 61 digits on): never below 80, above every mark

Refuses to say which versions a request allows; that is `weft.core.specifier`.
Follows PEP 440 (https://packaging.python.org/specifications/version-specifiers/).
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value

_FINAL = b"\x30\x00\x01\x00"
_PHASES = {"a": b"\x20", "b": b"\x21", "rc": b"\x22"}
_PRE_WORDS = (
    ("alpha", "a"),
    ("a", "a"),
    ("beta", "b"),
    ("b", "b"),
    ("preview", "rc"),
    ("pre", "rc"),
    ("c", "rc"),
    ("rc", "rc"),
)
_POST_WORDS = (("post", "post"), ("rev", "post"), ("r", "post"))
_DEV_WORDS = (("dev", "dev"),)
_DIGITS = "0123456789"
_MOST_DIGITS = 1000  # Python refuses to make an `int` of more than 4300
_LOCAL = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")


class VersionError(WeftError):
    """`text` is not a version; `reason` says why, without the text."""

    def __init__(self, text: str, reason: str) -> None:
        super().__init__()
        self.text = text
        self.reason = reason

    @property
    def message(self) -> str:
        return self.reason


def _empty_local(mark: str) -> str:
    """The reason when nothing follows the `+` or separator `mark` of a local part."""
    return (
        f"found a `{mark}` indicating the start of a local component in a version, but did not"
        f" find any alphanumeric ASCII segment following the `{mark}`"
    )


def _unexpected(read: str, rest: str, *, bare: bool) -> str:
    """The reason when a version ends before its text does; `bare` means it is only a release."""
    if rest == ".*" and bare:
        return "wildcards are not allowed in a version"
    if rest.startswith(".*") and rest != ".*":
        return "wildcards in versions must be at the end"
    return f"after parsing `{read}`, found `{rest}`, which is not part of a valid version"


def encode_number(digits: str) -> bytes:
    """The key of one number given in ASCII digits, leading zeros allowed, of any length."""
    digits = digits.lstrip("0") or "0"
    size = len(digits)
    if size <= 2:
        small = int(digits)
        if small < 64:
            return bytes((0x80 + small,))
    if size <= 60:
        return bytes((0xC0 + size,)) + digits.encode()
    return b"\xfd" + size.to_bytes(4, "big") + digits.encode()


class _Numbers(dict[str, bytes]):
    """Keys of the numbers that releases are made of: canonical, at most four digits, kept."""

    def __missing__(self, digits: str) -> bytes:
        plain = digits.isdigit() and digits.isascii() and (digits[0] != "0" or digits == "0")
        if not plain or len(digits) > 4:
            raise KeyError(digits)
        key = self[digits] = encode_number(digits)
        return key


_NUMBERS = _Numbers()
_number = _NUMBERS.__getitem__


def plain_release_key(text: str) -> bytes | None:
    """Epoch and release of a version that is nothing but a release (`1.2.3`), None for others."""
    parts = text.split(".")
    try:
        body = b"".join(map(_number, parts))
    except KeyError:
        return None
    if parts[-1] == "0":
        body = body.rstrip(b"\x80")  # a zero is this one byte, and no other number ends in it
    return b"\x80" + body


def version_key(text: str) -> bytes | None:
    """The sort key of a version in any spelling, None if it is not a version."""
    release = plain_release_key(text)
    if release is not None:
        return release + _FINAL
    try:
        return Scanned(text).key()
    except VersionError:
        return None


@value
class Version:
    """A version in normal form (`text`) and its sort `key`. Equality and order go by key."""

    text: str
    key: bytes

    @staticmethod
    def parse(text: str) -> Version:
        """Any spelling that PEP 440 allows; `VersionError` for the rest."""
        release = plain_release_key(text)
        if release is not None:
            return Version(text, release + _FINAL)
        scanned = Scanned(text)
        return Version(scanned.text(), scanned.key())

    @property
    def public(self) -> str:
        """The text without the local part."""
        return self.text.partition("+")[0]

    @property
    def local(self) -> str | None:
        """The text behind `+`, None without one."""
        return self.text.partition("+")[2] or None

    @property
    def epoch(self) -> int:
        """0 unless the version begins with `N!`."""
        head, mark, _ = self.text.partition("!")
        return int(head) if mark else 0

    @property
    def release(self) -> tuple[int, ...]:
        """The numbers as written: `1.0` is `(1, 0)`."""
        return tuple(map(int, self.release_text.split(".")))

    @property
    def release_text(self) -> str:
        """The release as written, without epoch: `1.0` of `2!1.0rc1`."""
        rest = self.text.rpartition("!")[2]
        for position, character in enumerate(rest):
            if character not in "0123456789.":
                return rest[:position].rstrip(".")
        return rest

    @property
    def is_prerelease(self) -> bool:
        """An alpha, beta or candidate, or a development release of anything."""
        return not {"a", "b", "c", "d"}.isdisjoint(self.public)

    @property
    def is_devrelease(self) -> bool:
        return "d" in self.public

    @property
    def is_postrelease(self) -> bool:
        return "p" in self.public

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __lt__(self, other: Version) -> bool:
        return self.key < other.key

    def __le__(self, other: Version) -> bool:
        return self.key <= other.key

    def __gt__(self, other: Version) -> bool:
        return self.key > other.key

    def __ge__(self, other: Version) -> bool:
        return self.key >= other.key

    def __str__(self) -> str:
        return self.text


class Scanned:
    """The parts of a version as they stand in its text; digits stay text.

    `release` has at least one number; `pre` is (word, digits), `post` and `dev` are digits,
    `local` is segments in lower case; what is absent is None. With `wildcard` a release may end
    in `.*`, which `starred` tells. Raises `VersionError`.
    """

    __slots__ = ("_at", "_source", "dev", "epoch", "local", "post", "pre", "release", "starred")

    def __init__(self, text: str, *, wildcard: bool = False) -> None:
        text = text.strip()
        # Only ASCII is folded: the lower case of some other letters would be ASCII.
        self._source = text.lower() if text.isascii() else text
        self._at = 1 if self._source[:1] == "v" else 0
        self.epoch = "0"
        self.release = self._release()
        self.pre = self._word(_PRE_WORDS)
        self.post: str | None = None
        source = self._source
        if source[self._at : self._at + 1] == "-" and source[self._at + 1 : self._at + 2] in _TENS:
            self._at += 1
            self.post = self._digits()
        elif (number := self._word(_POST_WORDS)) is not None:
            self.post = number[1]
        number = self._word(_DEV_WORDS)
        self.dev = number[1] if number is not None else None
        self.local = self._local()
        rest = text[self._at :]
        bare = not (self.pre or self.post or self.dev or self.local)
        self.starred = wildcard and bare and rest == ".*"
        if rest and not self.starred:
            raise VersionError(text, _unexpected(text[: self._at], rest, bare=bare))

    def _digits(self) -> str:
        """The digits at the cursor, without leading zeros; empty if there are none."""
        rest = self._source[self._at :]
        size = len(rest) - len(rest.lstrip(_DIGITS))
        self._at += size
        if size > _MOST_DIGITS:
            raise VersionError(
                self._source, f"expected a number with at most {_MOST_DIGITS} digits"
            )
        return rest[:size].lstrip("0") or "0" if size else ""

    def _release(self) -> list[str]:
        first = self._digits()
        if not first:
            raise VersionError(
                self._source,
                "expected version to start with a number, but no leading ASCII digits were found",
            )
        if self._source[self._at : self._at + 1] == "!":
            self._at += 1
            self.epoch = first
            first = self._digits()
            if not first:
                raise VersionError(
                    self._source,
                    "expected version to have a non-empty release component after an epoch,"
                    " but no ASCII digits after the epoch were found",
                )
        release = [first]
        while self._source[self._at : self._at + 1] == ".":
            self._at += 1
            number = self._digits()
            if not number:
                self._at -= 1
                break
            release.append(number)
        return release

    def _word(self, words: tuple[tuple[str, str], ...]) -> tuple[str, str] | None:
        """`[-_.]? word [-_.]? digits?` at the cursor; a word without digits counts as 0."""
        source = self._source
        start = self._at + (source[self._at : self._at + 1] in _SEPARATORS)
        for word, normal in words:
            if source.startswith(word, start):
                self._at = start + len(word)
                if source[self._at : self._at + 1] in _SEPARATORS:
                    self._at += 1
                return normal, self._digits() or "0"
        return None

    def _local(self) -> list[str] | None:
        source = self._source
        if source[self._at : self._at + 1] != "+":
            return None
        segments: list[str] = []
        mark = "+"
        while not segments or mark in _SEPARATORS:
            start = end = self._at + 1
            while end < len(source) and source[end] in _LOCAL:
                end += 1
            segment = source[start:end]
            if not segment:
                raise VersionError(source, _empty_local(mark))
            segments.append((segment.lstrip("0") or "0") if segment.isdigit() else segment)
            self._at = end
            mark = source[end : end + 1]
        return segments

    def text(self) -> str:
        """The normal form."""
        text = ".".join(self.release)
        if self.epoch != "0":
            text = f"{self.epoch}!{text}"
        if self.pre is not None:
            text += self.pre[0] + self.pre[1]
        if self.post is not None:
            text += ".post" + self.post
        if self.dev is not None:
            text += f".dev{self.dev}"
        if self.local is not None:
            text += "+" + ".".join(self.local)
        return text

    def release_key(self) -> bytes:
        """Epoch and release: a prefix of the key of everything within this release."""
        numbers = list(self.release)
        while numbers and numbers[-1] == "0":
            numbers.pop()
        return encode_number(self.epoch) + b"".join(map(encode_number, numbers))

    def phase_key(self) -> bytes:
        """Up to the pre-release: a prefix of the keys of its post releases too."""
        if self.pre is not None:
            phase = _PHASES[self.pre[0]] + encode_number(self.pre[1])
        elif self.dev is not None and self.post is None:
            phase = b"\x10"
        else:
            phase = b"\x30"
        return self.release_key() + phase

    def public_key(self) -> bytes:
        """The key without the mark of the local part: a prefix of all local versions."""
        post = b"\x00" if self.post is None else b"\x01" + encode_number(self.post)
        dev = b"\x01" if self.dev is None else b"\x00" + encode_number(self.dev)
        return self.phase_key() + post + dev

    def key(self) -> bytes:
        """The whole key."""
        if self.local is None:
            return self.public_key() + b"\x00"
        segments = [
            b"\x02" + encode_number(segment)
            if segment.isdigit()
            else b"\x01" + segment.encode() + b"\x00"
            for segment in self.local
        ]
        return self.public_key() + b"\x01" + b"".join(segments)


_TENS = frozenset(_DIGITS)
_SEPARATORS = frozenset("-_.")
