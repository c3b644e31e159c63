"""Version specifiers: which versions a request allows.

Owns `>=1.0,<2` as ranges of version keys; how it is read is `weft.core.specifier_parser`'s, which
a request that names no versions does not load.
Refuses to have an opinion on pre-releases: a range that contains `2.0rc1` allows it, and whether
candidates are looked at is the resolver's policy. Hence `>1.0` leaves out the post releases and
the local versions of `1.0`, `<2` leaves out the pre-releases of `2`, and nothing else is special.
Refuses `===` with what is not a version, too: no version could match it.
Follows PEP 440 (https://packaging.python.org/specifications/version-specifiers/).
"""

from __future__ import annotations

from weft.core.ranges import FULL, contains
from weft.core.syntax import SyntaxFailure
from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.core.ranges import Ranges
    from weft.core.version import Version

_KEPT = 4096

_parsed: dict[str, Specifiers] = {}


class SpecifierError(SyntaxFailure):
    """`text[position : position + length]` is not a specifier; `reason` says why."""

    @property
    def message(self) -> str:
        return f"Failed to parse version: {self.reason}:\n{self.text}\n{self.underline}\n"


@value
class Specifiers:
    """A comma-separated set of specifiers.

    `text` is its normal form: versions normalized, ordered by version, joined by `,`; empty for
    everything. `ranges` holds the keys of what it allows (`weft.core.ranges`).
    """

    text: str
    ranges: Ranges

    @staticmethod
    def parse(text: str) -> Specifiers:
        """`SpecifierError` for anything but PEP 440; a comma at the end is allowed."""
        found = _parsed.get(text)
        if found is None:
            if len(_parsed) >= _KEPT:
                _parsed.clear()
            from weft.core.specifier_parser import parse_specifiers

            found = _parsed[text] = Specifiers(*parse_specifiers(text))
        return found

    @staticmethod
    def parse_lenient(text: str) -> Specifiers:
        """Like `parse`, after mending the mistakes that published metadata makes."""
        try:
            return Specifiers.parse(text)
        except SpecifierError:
            from weft.core.mend import mend_specifiers

            return Specifiers.parse(mend_specifiers(text))

    def contains(self, version: Version) -> bool:
        """Whether `version`, pre-release or not, is allowed."""
        return self.contains_key(version.key, version.text)

    def contains_key(self, key: bytes, text: str = "") -> bool:
        """Like `contains` for a key; `text` is the version's normal form, needed for `===`."""
        if not contains(self.ranges, key):
            return False
        return not text or self.exact is None or self.exact == text

    @property
    def mentions_prerelease(self) -> bool:
        """Whether a clause other than `!=` names an alpha, beta, candidate or dev release."""
        return any(
            not clause.startswith("!=")
            and not {"a", "b", "c", "d"}.isdisjoint(clause.partition("+")[0])
            for clause in self.text.split(",")
        )

    @property
    def exact(self) -> str | None:
        """The version of a `===` clause."""
        for clause in self.text.split(","):
            if clause.startswith("==="):
                return clause[3:]
        return None

    @property
    def pinned(self) -> str | None:
        """The version if this is one `==` clause without `.*`."""
        text = self.text
        if not text.startswith("==") or "," in text or text[2] == "=" or text.endswith(".*"):
            return None
        return text[2:]

    @property
    def spaced_text(self) -> str:
        """`text` as people read it: `>=1.0, <2`."""
        return self.text.replace(",", ", ")

    def __str__(self) -> str:
        return self.text


ANY = Specifiers("", FULL)
"""No restriction."""


def requires_python_allows(text: str, version: str | Version) -> bool:
    """Whether `Requires-Python: text` admits interpreter `version`.

    Pre-releases of Python count as their release, as everywhere in the field (3.14.0rc1 satisfies
    `>=3.14`). What cannot be read even after mending does not restrict.
    """
    from weft.core.version import Version

    if isinstance(version, str):
        version = Version.parse(version)
    try:
        specifiers = Specifiers.parse_lenient(text)
    except SpecifierError:
        return True
    if not (version.is_prerelease or version.local):
        return specifiers.contains_key(version.key)
    return specifiers.contains(Version.parse(version.release_text))
