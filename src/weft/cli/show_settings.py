"""`--show-settings`: what a command would run with, and why.

Owns the listing, as text and as JSON, with the option, the variable or the file and line behind
each value. Refuses to carry anything out, and to show a secret.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.cli.parser import Invocation
    from weft.cli.printer import Printer
    from weft.ops.options import Option
    from weft.ops.settings import Settings

_SECRET = ("publish_password", "publish_token", "auth_password", "auth_token", "update_token")
# Together they are the one list of indexes; `index` and the deprecated spellings in files.
_INDEXES = ("index", "default_index", "index_url", "extra_index_url")
_INDEX_KEYS = ("index", "extra-index-url", "index-url")
_VARIABLE = "environment variable `"


def show_settings(settings: Settings, invocation: Invocation, printer: Printer) -> int:
    """One line `name = value  # origin, …` for each setting of the command, on stdout."""
    known = {option.dest: option for option in invocation.options}
    names = [dest for dest in known if hasattr(type(settings), dest)]
    if invocation.command.positional:
        names.insert(0, invocation.command.positional[0])
    lines = _Lines()
    rows = []
    for name in sorted(set(names)):
        origins = [
            origin
            for source in _sources(settings, name)
            for origin in _origins(source, name, known.get(name), lines)
        ]
        rows.append((name, getattr(settings, name), origins))
    if settings.settings_format == "json" or settings.output_format == "json":
        printer.out(_as_json(invocation.command.path, rows))
        return 0
    for name, found, origins in rows:
        shown = '"****"' if found and name in _SECRET else _shown(found)
        told = ", ".join(map(_told, origins)) or "default"
        printer.out(f"{name} = {shown}  # {printer.style.paint(told, '2')}")
    return 0


def _sources(settings: Settings, name: str) -> list[str]:
    """Where the value comes from, as `Settings.sources` has it; every file of a list, once each."""
    names = _INDEXES if name == "index" else (name,)
    found = [settings.sources[dest] for dest in names if dest in settings.sources]
    return list(dict.fromkeys([*found, *settings.origins.get(name, ())]))


class _Origin:
    """`kind` is "option", "argument", "variable" or "file"; `line` counts from one, 0 unknown."""

    __slots__ = ("kind", "line", "name")

    def __init__(self, kind: str, name: str, line: int = 0) -> None:
        self.kind = kind
        self.name = name
        self.line = line


def _origins(source: str, name: str, option: Option | None, lines: _Lines) -> list[_Origin]:
    if source.startswith(("[", "<")):
        return [_Origin("argument", source)]
    if source.startswith("-"):
        return [_Origin("option", source)]
    if source.startswith(_VARIABLE):
        return [_Origin("variable", source.removeprefix(_VARIABLE).rstrip("`"))]
    keys = _INDEX_KEYS if name == "index" else (option.key,) if option is not None else ()
    found = [line for key in keys for line in lines.of(source, key.removeprefix("pip."))]
    return [_Origin("file", source, line) for line in found or [0]]


class _Lines:
    """Where keys stand in settings files."""

    def __init__(self) -> None:
        self._files: dict[str, dict[tuple[str | int, ...], int]] = {}

    def of(self, path: str, key: str) -> list[int]:
        """The lines of a key, outside of and in the table `pip`, of the first tool that has it."""
        places = self._files.get(path)
        if places is None:
            places = self._files[path] = _read(path)
        tables: Sequence[tuple[str, ...]] = ((),)
        if path.endswith("pyproject.toml"):
            tables = (("tool", "weft"), ("tool", "uv"))
        for table in tables:
            found = [
                places[where] for where in ((*table, "pip", key), (*table, key)) if where in places
            ]
            if found:
                return found
        return []


def _read(path: str) -> dict[tuple[str | int, ...], int]:
    """The line of every key; of none where the file is gone or is no document by now."""
    from weft.core.errors import WeftError
    from weft.ops.settings_files import read, text_of
    from weft.ops.settings_toml import parse
    from weft.project.toml_places import Places

    try:
        text = text_of(read(path) or b"", path)
        parse(text)
    except WeftError:
        return {}
    keys = Places(text).keys
    return {where: text.count("\n", 0, offset) + 1 for where, (offset, _) in keys.items()}


def _told(origin: _Origin) -> str:
    if origin.kind == "variable":
        return f"{_VARIABLE}{origin.name}`"
    return f"{origin.name}:{origin.line}" if origin.line else origin.name


def _shown(value: object) -> str:
    from weft.core.secrets import without_secrets
    from weft.ops.settings_indexes import IndexSetting

    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return "none"
    if isinstance(value, str):
        return f'"{without_secrets(value)}"'
    if isinstance(value, tuple):
        return f"[{', '.join(_shown(item) for item in value)}]"
    if isinstance(value, IndexSetting):
        label = f"{value.name}=" if value.name else ""
        kind = " (default)" if value.default else " (explicit)" if value.explicit else ""
        return f'"{label}{without_secrets(value.url)}"{kind}'
    return without_secrets(str(value))


def _as_json(command: str, rows: Sequence[tuple[str, object, list[_Origin]]]) -> str:
    """`command` and `settings`: by name, `value` and `origins` of `kind`, `name` and `line`.

    A value that nothing sets has no origins.
    """
    import json

    settings = {
        name: {
            "value": "****" if found and name in _SECRET else _plain(found),
            "origins": [
                {"kind": each.kind, "name": each.name, "line": each.line or None}
                for each in origins
            ],
        }
        for name, found, origins in rows
    }
    return json.dumps({"command": command, "settings": settings}, indent=2)


def _plain(value: object) -> object:
    from weft.core.secrets import without_secrets
    from weft.ops.settings_indexes import IndexSetting

    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, IndexSetting):
        return {
            "name": value.name or None,
            "url": without_secrets(value.url),
            "default": value.default,
            "explicit": value.explicit,
            "format": value.format,
            "authenticate": value.authenticate,
        }
    return without_secrets(str(value))
