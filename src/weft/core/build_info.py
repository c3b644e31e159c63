"""What a wheel was built with, besides its source.

Owns the value and its form on disk, `uv_build.json` in the dist-info directory, which is uv's.
Refuses to know where the settings come from.
"""

from __future__ import annotations

from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    Setting = str | bool | Sequence[str]

FILE_NAME = "uv_build.json"
PLAIN = b"{}"


@value
class BuildInfo:
    """`config_settings` go to the back end, one text or several for each key.

    `extra_build_requires` are requirements beside those that the project declares, as written;
    those in `matching` have to be of the version that is installed at run time.
    `extra_build_variables` are (name, text) of the back end's environment.
    """

    config_settings: Mapping[str, Setting]
    extra_build_requires: tuple[str, ...] = ()
    extra_build_variables: tuple[tuple[str, str], ...] = ()
    matching: frozenset[str] = frozenset()

    def to_json(self) -> bytes:
        """The content of `uv_build.json`; `{}` for a build without any of these."""
        record: dict[str, Any] = {}
        if self.config_settings:
            settings = sorted(self.config_settings.items())
            record["config_settings"] = {key: _setting(found) for key, found in settings}
        if self.extra_build_requires:
            record["extra_build_requires"] = [
                {"requirement": _requirement(text), "match_runtime": text in self.matching}
                for text in self.extra_build_requires
            ]
        if self.extra_build_variables:
            record["extra_build_variables"] = dict(sorted(self.extra_build_variables))
        if not record:
            return PLAIN
        import json

        return json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode()


def is_same_build(installed: bytes | None, wanted: bytes) -> bool:
    """Whether the `uv_build.json` of an installation asks for what is wanted now.

    Without one nothing was built here, and there is nothing to compare.
    """
    if installed is None or installed == wanted:
        return True
    import json

    try:
        return bool(json.loads(installed) == json.loads(wanted))
    except (ValueError, RecursionError):
        return False


def _setting(found: Setting) -> str | list[str]:
    """Flags are texts on uv's command line."""
    if isinstance(found, bool):
        return "true" if found else "false"
    return found if isinstance(found, str) else list(found)


def _requirement(text: str) -> dict[str, Any]:
    from weft.core.requirement import Requirement

    requirement = Requirement.parse(text)
    record: dict[str, Any] = {"name": str(requirement.name)}
    if requirement.extras:
        record["extras"] = list(requirement.extras)
    if requirement.marker is not None:
        record["marker"] = requirement.marker.text
    if requirement.url is not None:
        return {**record, "url": requirement.url, "subdirectory": None}
    if requirement.specifiers.text:
        record["specifier"] = requirement.specifiers.text
    return {**record, "index": None, "conflict": None}
