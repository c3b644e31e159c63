"""What the value of an option must look like.

Owns the checks that rows of the options table name. A check gets the text and answers with the
reason why it is wrong, or "" when it is right. The parser and the reader of settings files use the
same ones. Refuses to convert: `ops.settings` does that with text that is known to be right.
"""

from __future__ import annotations

_NAME_RULE = (
    "Names must start and end with a letter or digit and may only contain -, _, ., and "
    "alphanumeric characters."
)


def wrong(check: str, text: str) -> str:
    """Why `text` fails the check called `check`; "" if it passes."""
    reason: str = _CHECKS[check](text)
    return reason


def _name(text: str) -> str:
    from weft.core.names import is_valid_name

    if is_valid_name(text):
        return ""
    return f'Not a valid package or extra name: "{text}". {_NAME_RULE}'


def _extra(text: str) -> str:
    from weft.core.names import is_valid_name

    if is_valid_name(text):
        return ""
    return f"Extra names must {_NAME_RULE[len('Names must ') : -1]}"


def _group(text: str) -> str:
    path, separator, name = text.rpartition(":")
    if separator and not path:
        return f"Not a valid dependency group: `{text}` has no path before the `:`"
    return _name(name)


def _package_or_all(text: str) -> str:
    return "" if text in (":all:", ":none:") else _name(text)


def _requirement(text: str) -> str:
    from weft.core.names import is_valid_name

    if is_valid_name(text):  # most are plain names, which need no parser
        return ""
    from weft.core.requirement import Requirement, RequirementError

    try:
        Requirement.parse(text)
    except RequirementError as error:
        cause = error.__cause__
        return str(cause) if cause is not None else error.message
    return ""


def _version(text: str) -> str:
    from weft.core.version import Version, VersionError

    try:
        Version.parse(text)
    except VersionError as error:
        return error.message
    return ""


def _specifiers(text: str) -> str:
    from weft.core.specifier import SpecifierError, Specifiers

    try:
        Specifiers.parse(text)
    except SpecifierError as error:
        return f"Failed to parse version: {error.reason}:\n{text}\n{'^' * max(error.length, 1)}"
    return ""


def _exclude_newer(text: str) -> str:
    if text == "false":
        return ""
    from weft.core.dates import parse_cutoff
    from weft.core.errors import WeftError

    try:
        parse_cutoff(text, now=0)
    except WeftError as error:
        return error.message
    return ""


def _exclude_newer_package(text: str) -> str:
    name, separator, date = text.partition("=")
    if not separator:
        return (
            f"Invalid `exclude-newer-package` value `{text}`: expected format `PACKAGE=DATE` or "
            "`PACKAGE=false`"
        )
    reason = _name(name) or _exclude_newer(date)
    return f"Invalid `exclude-newer-package` value `{date}`: {reason}" if reason else ""


def _prerelease_package(text: str) -> str:
    name, separator, mode = text.partition("=")
    if not separator:
        return f"Invalid `prerelease-package` value `{text}`: expected format `PACKAGE=MODE`"
    from weft.ops.options_values import choices

    modes = [row[0] for row in choices("prerelease")]
    if mode not in modes:
        listed = ", ".join(f"`{known}`" for known in modes[:-1])
        return (
            f"Invalid `prerelease-package` mode: expected one of {listed}, or `{modes[-1]}`, found "
            f"`{mode}`"
        )
    return _name(name)


def _config_setting(text: str) -> str:
    return "" if "=" in text else f"Invalid config setting: {text} (expected `KEY=VALUE`)"


def _config_settings_package(text: str) -> str:
    name, separator, setting = text.partition(":")
    if not separator or "=" not in setting:
        return f"Invalid config setting: {text} (expected `PACKAGE:KEY=VALUE`)"
    reason = _name(name)
    return f"Invalid package name: {reason}" if reason else ""


def _python_version(text: str) -> str:
    from weft.core.version import Version, VersionError

    try:
        version = Version.parse(text)
    except VersionError as error:
        return f"Python version `{text}` could not be parsed: {error.message}"
    if version.is_devrelease or version.is_postrelease or version.local or version.epoch:
        return f"Python version `{text}` must be a plain release like `3.12` or `3.12.1`"
    return ""


def _marker(text: str) -> str:
    from weft.core.marker import Marker, MarkerError

    try:
        Marker.parse(text)
    except MarkerError as error:
        cause = error.__cause__
        return str(cause) if cause is not None else error.message
    return ""


def _size(text: str) -> str:
    from weft.core.quantities import parse_size

    try:
        parse_size(text)
    except ValueError as error:
        return str(error)
    return ""


def _url(text: str) -> str:
    scheme, mark, rest = text.partition("://")
    if not mark or not scheme.isalnum():
        return "relative URL without a base"
    place = rest.partition("/")[0].partition("?")[0].rpartition("@")[2]
    if place.count("[") != place.count("]"):
        return "invalid IPv6 address"
    return "" if place else "empty host"


def _index_url(text: str) -> str:
    return _url(text) if "://" in text else ""


def _index_name(text: str) -> str:
    from weft.index.locations import is_index_name

    if is_index_name(text):
        return ""
    other = next((letter for letter in text if not is_index_name(letter)), "")
    return (
        "Index names may only contain letters, digits, hyphens, underscores, and periods, but "
        f"found unsupported character (`{other}`) in: `{text}`"
    )


def _service(text: str) -> str:
    from weft.index.auth_store import ServiceError, service_of

    try:
        service_of(text)
    except ServiceError as error:
        return error.message
    return ""


_CHECKS = {
    "name": _name,
    "extra": _extra,
    "group": _group,
    "package_or_all": _package_or_all,
    "requirement": _requirement,
    "version": _version,
    "specifiers": _specifiers,
    "exclude_newer": _exclude_newer,
    "exclude_newer_package": _exclude_newer_package,
    "prerelease_package": _prerelease_package,
    "config_setting": _config_setting,
    "config_settings_package": _config_settings_package,
    "python_version": _python_version,
    "size": _size,
    "marker": _marker,
    "url": _url,
    "index_url": _index_url,
    "index_name": _index_name,
    "service": _service,
}
