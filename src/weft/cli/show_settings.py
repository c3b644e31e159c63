"""`--show-settings`: what a command would run with, and why.

Owns the listing. Refuses to carry anything out.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.cli.parser import Invocation
    from weft.cli.printer import Printer
    from weft.ops.settings_values import Settings


_SECRET = ("publish_password", "publish_token")


def show_settings(settings: Settings, invocation: Invocation, printer: Printer) -> int:
    """One line `name = value  # source` for each setting of the command, on stdout."""
    names = [option.dest for option in invocation.options if hasattr(type(settings), option.dest)]
    if invocation.command.positional:
        names.insert(0, invocation.command.positional[0])
    for name in sorted(set(names)):
        found = getattr(settings, name)
        shown = '"****"' if found and name in _SECRET else _shown(found)
        source = settings.sources.get(name, "default")
        printer.out(f"{name} = {shown}  # {printer.style.paint(source, '2')}")
    return 0


def _shown(value: object) -> str:
    from weft.ops.settings_indexes import IndexSetting

    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return "none"
    if isinstance(value, str):
        return f'"{_without_secret(value)}"'
    if isinstance(value, tuple):
        return f"[{', '.join(_shown(item) for item in value)}]"
    if isinstance(value, IndexSetting):
        label = f"{value.name}=" if value.name else ""
        kind = " (default)" if value.default else " (explicit)" if value.explicit else ""
        return f'"{label}{_without_secret(value.url)}"{kind}'
    return str(value)


def _without_secret(url: str) -> str:
    """A URL whose password is not for a terminal."""
    scheme, separator, rest = url.partition("://")
    userinfo, at, host = rest.partition("/")[0].rpartition("@")
    if not (separator and at and ":" in userinfo):
        return url
    user = userinfo.partition(":")[0]
    return f"{scheme}://{user}:****@{host}{rest[len(userinfo) + 1 + len(host) :]}"
