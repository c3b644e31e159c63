"""For which Python and platform a command works: the interpreter's, or those of the options.

Owns `--python-version` and `--python-platform`. Refuses to probe anything.
"""

from __future__ import annotations

from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from weft.ops.settings import Settings
    from weft.python.interpreter import Interpreter


@value
class Judged:
    """Marker variables, wheel tags and full version that requirements are judged by."""

    environment: Mapping[str, str]
    tags: tuple[str, ...]
    python: str


def judge(settings: Settings, interpreter: Interpreter) -> Judged:
    """The interpreter's own facts, overlaid with those that the options name."""
    version, platform = settings.python_version, settings.python_platform
    if version is None and platform is None:
        return Judged(interpreter.markers, interpreter.tags, interpreter.version)
    return _foreign(interpreter, version, platform)


def _foreign(interpreter: Interpreter, version: str | None, platform: str | None) -> Judged:
    from weft.core.tags import compatible_tags, foreign_platform
    from weft.core.value import replace

    environment = dict(interpreter.markers)
    full = interpreter.version
    if version is not None:
        # As in uv, 3.12 means 3.12.0, whichever 3.12 is at hand: the answer is for all of them.
        full = _full(version)
        environment["python_version"] = ".".join(full.split(".")[:2])
        environment["python_full_version"] = full
        environment["implementation_version"] = full
    major, minor = (int(digits(part)) for part in full.split(".")[:2])
    facts = replace(interpreter.tag_facts, version=(major, minor))
    if platform is not None:
        markers, platforms = foreign_platform(platform)
        environment.update(markers)
        facts = replace(facts, platforms=platforms)
    return Judged(environment, compatible_tags(facts), full)


def _full(version: str) -> str:
    """`3` and `3.12rc1` as `3.0.0` and `3.12.0rc1`."""
    from weft.core.version import Version

    parsed = Version.parse(version)
    release = ".".join(map(str, (*parsed.release, 0, 0)[:3]))
    return release + parsed.text[len(parsed.release_text) :]


def digits(text: str) -> str:
    """The leading digits of `13t` or `13rc1`."""
    return text[: len(text) - len(text.lstrip("0123456789"))] or "0"
