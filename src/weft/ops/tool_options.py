"""The options of a tool: those that its receipt keeps, and a command that goes by them again.

Owns which settings a receipt has and how they are written there. Refuses credentials, which do not
belong into a file that anybody may read. Follows uv's `[tool.options]`, whose keys are those of
settings files; what flags and variables say goes before it, and it before settings files.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from weft.ops.context import Context
    from weft.ops.settings_values import Settings

# Keys in the order of a receipt, and the settings behind them.
_PLAIN = (
    ("no-index", "no_index"),
    ("find-links", "find_links"),
    ("index-strategy", "index_strategy"),
    ("keyring-provider", "keyring_provider"),
    ("resolution", "resolution"),
    ("prerelease", "prerelease"),
    ("prerelease-package", "prerelease_package"),
    ("fork-strategy", "fork_strategy"),
    ("dependency-metadata", "dependency_metadata"),
    ("config-settings", "config_setting"),
    ("config-settings-package", "config_settings_package"),
    ("no-build-isolation", "no_build_isolation"),
    ("no-build-isolation-package", "no_build_isolation_package"),
    ("extra-build-dependencies", "extra_build_dependencies"),
    ("extra-build-variables", "extra_build_variables"),
    ("exclude-newer", "exclude_newer"),
    ("exclude-newer-package", "exclude_newer_package"),
    ("link-mode", "link_mode"),
    ("compile-bytecode", "compile_bytecode"),
    ("no-sources", "no_sources"),
    ("no-sources-package", "no_sources_package"),
    ("no-build", "no_build"),
    ("no-build-package", "no_build_package"),
    ("no-binary", "no_binary"),
    ("no-binary-package", "no_binary_package"),
    ("torch-backend", "torch_backend"),
)


def options_of(context: Context) -> dict[str, Any]:
    """The table of a tool that is installed with these settings; empty where all have defaults."""
    from weft.ops.settings_values import Settings

    settings = context.settings
    table: dict[str, Any] = {}
    if settings.index:
        table["index"] = [_index(each) for each in settings.index]
    for key, dest in _PLAIN:
        found = getattr(settings, dest)
        if found != getattr(Settings, dest) and found is not None:
            table[key] = _WRITTEN[key](context, found) if key in _WRITTEN else _as_toml(found)
    return table


def _as_toml(found: object) -> object:
    return list(found) if isinstance(found, tuple) else found


def _index(each: Any) -> dict[str, Any]:
    from weft.index.urls import without_credentials

    bare = without_credentials(each.url) if "@" in each.url else each.url
    table: dict[str, Any] = {"name": each.name} if each.name else {}
    table |= {"url": bare, "explicit": each.explicit, "default": each.default}
    return {**table, "format": each.format, "authenticate": each.authenticate}


def _links(context: Context, found: Iterable[str]) -> list[str]:
    """Directories as `file:` URLs, so that they are the same from everywhere."""
    from weft.index.urls import without_credentials
    from weft.project.lines import file_url
    from weft.system.lean import os

    return [
        (without_credentials(text) if "@" in text else text)
        if "://" in text
        else file_url(os.path.normpath(os.path.join(context.cwd, text)))
        for text in found
    ]


def _cutoff(context: Context, text: str) -> str:
    """A span stays one; a date is that moment from now on, wherever the clock goes."""
    from weft.core.dates import parse_cutoff, timestamp

    now = int(context.now)
    first, later = parse_cutoff(text, now), parse_cutoff(text, now + 86400)
    return text if first != later or first is None else timestamp(first)


def _cutoffs(context: Context, found: Iterable[tuple[str, str]]) -> dict[str, object]:
    return {name: text != "false" and _cutoff(context, text) for name, text in found}


def _pairs(_context: Context, found: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    return {key: _as_toml(item) for key, item in found}


def _by_package(_context: Context, found: Iterable[tuple[str, str, Any]]) -> dict[str, Any]:
    table: dict[str, dict[str, Any]] = {}
    for package, key, item in found:
        table.setdefault(package, {})[key] = _as_toml(item)
    return table


def _requirements(_context: Context, found: Iterable[tuple[str, str, bool]]) -> dict[str, Any]:
    table: dict[str, list[Any]] = {}
    for package, text, matches in found:
        row = {"requirement": text, "match-runtime": matches}
        table.setdefault(package, []).append(row)
    return table


def _metadata(_context: Context, found: Iterable[Any]) -> list[dict[str, Any]]:
    rows = []
    for each in found:
        row = {
            "name": each.name,
            "version": each.version,
            "requires-dist": list(each.requires_dist),
            "requires-python": each.requires_python,
            "provides-extra": list(each.provides_extra),
        }
        rows.append({key: item for key, item in row.items() if item is not None})
    return rows


_WRITTEN: Mapping[str, Callable[[Any, Any], object]] = {
    "find-links": _links,
    "prerelease-package": _pairs,
    "dependency-metadata": _metadata,
    "config-settings": _pairs,
    "config-settings-package": _by_package,
    "extra-build-dependencies": _requirements,
    "extra-build-variables": _by_package,
    "exclude-newer": _cutoff,
    "exclude-newer-package": _cutoffs,
}


# And back.


def tool_context(context: Context, options: Mapping[str, Any]) -> Context:
    """The world of a command that goes by the options of a receipt."""
    if not options or context.reread is None:
        return plain(context)
    from weft.ops.settings_files import Layer
    from weft.ops.settings_keys import KEYS
    from weft.ops.settings_schema import Reader

    table = {key: item for key, item in options.items() if key in KEYS}
    if "exclude-newer-span" in options:
        table["exclude-newer"] = options["exclude-newer-span"]
    if options.get("build-isolation") == "shared":
        table["no-build-isolation"] = True
    values = Reader("", context.cwd, ("tool", "options")).read(table)
    settings: Settings = context.reread(context.cwd, Layer("the tool's receipt", values, "tool"))
    return plain(context.having(settings))


def plain(context: Context) -> Context:
    """Tools are resolved without what settings files say about the requirements of projects."""
    return context.changed(
        constraint_dependencies=(),
        override_dependencies=(),
        exclude_dependencies=(),
        build_constraint_dependencies=(),
        output_format="text",
    )
