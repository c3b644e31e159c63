"""The single values of a `uv.lock`, checked: texts, names, versions, markers, hashes.

Owns the sentence and the place where one is not what it has to be, and how the keys of a table are
asked for. Refuses to know the tables. Follows PEP 440, PEP 508 and TOML 1.0.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.names import is_valid_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    Table = dict[str, Any]
    Place = tuple[str | int, ...]
    Item = TypeVar("Item")

_SHA256 = 7 + 64


class WrongTable(WeftError):
    """What is wrong with the value at `place`, a path of keys and numbers."""

    def __init__(self, place: Place, reason: str) -> None:
        super().__init__(reason)
        self.place = place


def text(item: object, place: Place) -> str:
    """A string without null characters, which nothing on this machine could take."""
    if not isinstance(item, str):
        raise wrong_type(item, place, "a string")
    if "\0" in item:
        raise WrongTable(place, "a text must not hold a null character")
    return item


def name(item: object, place: Place) -> str:
    """The normal form of a package's, an extra's or a group's name."""
    found = text(item, place)
    letters = found.replace("-", "")
    plain = letters.isalnum() and letters.isascii() and letters == letters.lower()
    if plain and "--" not in found and found[0] != "-" != found[-1]:
        return found  # as nearly all of them are
    if not is_valid_name(found):
        raise WrongTable(
            place,
            f'Not a valid package or extra name: "{found}". Names must start and end with a '
            "letter or digit and may only contain -, _, ., and alphanumeric characters.",
        )
    from weft.core.names import normalize_name

    return normalize_name(found)


def version(item: object, place: Place) -> str:
    """A version in its normal form."""
    from weft.core.version import Version, VersionError, plain_release_key

    found = text(item, place)
    if plain_release_key(found) is not None:
        return found
    try:
        return str(Version.parse(found))
    except VersionError as error:
        raise WrongTable(place, error.reason) from None


def specifiers(item: object, place: Place) -> str:
    """Specifiers as they are written."""
    from weft.core.specifier import SpecifierError, Specifiers

    found = text(item, place)
    try:
        Specifiers.parse(found)
    except SpecifierError as error:
        raise WrongTable(place, str(error.__cause__ or error)) from None
    return found


def marker(item: object, place: Place) -> str:
    """A marker as it is written."""
    from weft.core.marker import Marker, MarkerError

    found = text(item, place)
    try:
        Marker.parse(found)
    except MarkerError as error:
        raise WrongTable(place, str(error.__cause__ or error)) from None
    return found


def hash_text(item: object, place: Place) -> str:
    """`algorithm:hex` of an algorithm that can be checked."""
    found = text(item, place)
    if (
        found.startswith("sha256:")
        and len(found) == _SHA256
        and not found[7:].strip("0123456789abcdef")
    ):
        return found
    from weft.project.lines import HashError, parse_hash

    try:
        return ":".join(parse_hash(found))
    except HashError as error:
        raise WrongTable(place, error.message) from None


def moment(item: object, place: Place) -> str:
    """A moment as RFC 3339 has it."""
    from weft.core.dates import parse_upload_time

    found = text(item, place)
    if parse_upload_time(found) is None:
        raise WrongTable(place, f"`{found}` is not a timestamp like `2024-01-01T00:00:00Z`")
    return found


def number(item: object, place: Place) -> int:
    if not isinstance(item, int) or isinstance(item, bool):
        raise wrong_type(item, place, "u64")
    if not 0 <= item < 1 << 64:
        raise WrongTable(place, f"invalid value: integer `{item}`, expected u64")
    return item


# Keys of tables.


def required(table: Table, place: Place, key: str, read: Callable[[Any, Place], Item]) -> Item:
    if key not in table:
        raise WrongTable(place, f"missing field `{key}`")
    return read(table[key], (*place, key))


def optional(
    table: Table, place: Place, key: str, read: Callable[[Any, Place], Item], default: Item
) -> Item:
    return read(table[key], (*place, key)) if key in table else default


def listed(
    table: Table, place: Place, key: str, read: Callable[[Any, Place], Item]
) -> tuple[Item, ...]:
    items = table.get(key)
    if items is None:
        return ()
    place = (*place, key)
    if not isinstance(items, list):
        raise wrong_type(items, place, "a sequence")
    return tuple([read(item, (*place, number)) for number, item in enumerate(items)])


def groups(
    table: Table, place: Place, key: str, read: Callable[[Any, Place], Item]
) -> tuple[tuple[str, tuple[Item, ...]], ...]:
    groups = table.get(key, {})
    place = (*place, key)
    check_table(groups, place)
    return tuple(
        [(name(group, (*place, group)), listed(groups, place, group, read)) for group in groups]
    )


def pairs(
    table: Table, place: Place, key: str, read: Callable[[Any, Place], Item]
) -> tuple[tuple[str, Item], ...]:
    pairs = table.get(key, {})
    place = (*place, key)
    check_table(pairs, place)
    return tuple(
        [(name(each, (*place, each)), read(pairs[each], (*place, each))) for each in pairs]
    )


def check_table(item: object, place: Place) -> None:
    if not isinstance(item, dict):
        raise wrong_type(item, place, "a map")


def check_list(item: object, place: Place) -> None:
    """Raises WrongTable for what is no array."""
    if not isinstance(item, list):
        raise wrong_type(item, place, "a sequence")


def wrong_type(item: object, place: Place, wanted: str) -> WrongTable:
    from weft.project.toml import described

    return WrongTable(place, f"invalid type: {described(item)}, expected {wanted}")
