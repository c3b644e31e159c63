"""The state of a local source at the moment of a build: what a later run compares with.

Owns the value and its form on disk, `uv_cache.json` in the dist-info directory: the form is uv's,
byte for byte, so that neither tool takes what the other installed for outdated. Refuses to look at
any directory; `weft.project.cache_info` does that.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    # When a directory came into being, or its inode where that is not known.
    Birth = tuple[Literal["time", "inode"], int]

FILE_NAME = "uv_cache.json"
_SECOND = 1_000_000_000


class CacheInfoError(WeftError):
    """A `uv_cache.json` says something else than it should."""


@value
class CacheInfo:
    """`timestamp` is the latest ctime of the files that count, in nanoseconds since the epoch.

    `commit` is the checked-out Git commit, `tags` are (tag, commit), both None unless asked for.
    `env` are (variable, text or None), `directories` (as written, birth or None where there is
    none). All tuples ascend.
    """

    timestamp: int | None = None
    commit: str | None = None
    tags: tuple[tuple[str, str], ...] | None = None
    env: tuple[tuple[str, str | None], ...] = ()
    directories: tuple[tuple[str, Birth | None], ...] = ()

    def to_json(self) -> bytes:
        """The content of `uv_cache.json`."""
        tags = "null" if self.tags is None else _table([(k, _text(v)) for k, v in self.tags])
        env = _table([(name, _text(text)) for name, text in self.env])
        directories = _table([(name, _birth(birth)) for name, birth in self.directories])
        time = "null" if self.timestamp is None else _time(self.timestamp)
        return (
            f'{{"timestamp":{time},"commit":{_text(self.commit)},"tags":{tags},'
            f'"env":{env},"directories":{directories}}}'
        ).encode()

    @staticmethod
    def parse(data: bytes) -> CacheInfo:
        """The value of a `uv_cache.json`, also of older releases. Raises CacheInfoError."""
        import json

        try:
            record = json.loads(data)
            if "secs_since_epoch" in record:  # a time stamp was all there was, once
                return CacheInfo(_read_time(record))
            tags = record.get("tags")
            time = record.get("timestamp")
            return CacheInfo(
                None if time is None else _read_time(time),
                _maybe_text(record.get("commit")),
                None if tags is None else tuple(sorted((k, _string(v)) for k, v in tags.items())),
                tuple(sorted((k, _maybe_text(v)) for k, v in record.get("env", {}).items())),
                tuple(
                    sorted((k, _read_birth(v)) for k, v in record.get("directories", {}).items())
                ),
            )
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise CacheInfoError(f"`{FILE_NAME}` is malformed") from error


def is_current(installed: bytes | None, now: bytes) -> bool:
    """Whether the `uv_cache.json` of an installation describes the source as it is now."""
    if installed == now:
        return True
    if installed is None:
        return False
    try:
        return CacheInfo.parse(installed) == CacheInfo.parse(now)
    except CacheInfoError:
        return False


def _time(nanoseconds: int) -> str:
    seconds, rest = divmod(nanoseconds, _SECOND)
    return f'{{"secs_since_epoch":{seconds},"nanos_since_epoch":{rest}}}'


def _birth(birth: Birth | None) -> str:
    if birth is None:
        return "null"
    return _time(birth[1]) if birth[0] == "time" else str(birth[1])


def _table(rows: list[tuple[str, str]]) -> str:
    return "{" + ",".join([f"{_text(key)}:{shown}" for key, shown in rows]) + "}"


def _text(text: str | None) -> str:
    """A JSON string; most need no escapes, and `json` is slow to load."""
    if text is None:
        return "null"
    if text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    import json

    return json.dumps(text, ensure_ascii=False)


def _read_time(record: dict[str, Any]) -> int:
    return _integer(record["secs_since_epoch"]) * _SECOND + _integer(record["nanos_since_epoch"])


def _read_birth(record: Any) -> Birth | None:
    if record is None:
        return None
    if isinstance(record, dict):
        return "time", _read_time(record)
    return "inode", _integer(record)


def _integer(found: object) -> int:
    if isinstance(found, bool) or not isinstance(found, int):
        raise TypeError
    return found


def _string(found: object) -> str:
    if not isinstance(found, str):
        raise TypeError
    return found


def _maybe_text(found: object) -> str | None:
    return None if found is None else _string(found)
