"""From an invocation to settings: flag > variable > project > user > system > built-in.

Owns the merge. One value: the first place that sets it wins. Lists: all places add, the more
important first. In `weft pip …` and `weft venv` the `pip` table goes before the same key outside of
it. Refuses to parse words (`cli.parser`) and files (`ops.settings_files`).
"""

from __future__ import annotations

from weft.ops.settings_values import Settings

__all__ = ["Settings", "resolve"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any, Protocol

    from weft.ops.commands import Command
    from weft.ops.options import Option
    from weft.ops.settings_files import Layer

    class Invoked(Protocol):
        """What `cli.parser` found; see there."""

        command: Command
        values: dict[str, object]
        sources: dict[str, str]
        warnings: list[str]
        options: list[Option]


def resolve(
    invocation: Invoked,
    environ: Mapping[str, str],
    *,
    cwd: str,
    platform: str,
    start: str | None = None,
    top: Layer | None = None,
) -> Settings:
    """The settings of a command. `cwd` is absolute.

    `start` is where the project's files are looked for, without `--project`; None for `cwd`.
    `top` is what a script says itself, which goes before all files.

    Raises WeftError for settings files that cannot be used and for a `--project` that is none.
    """
    values = dict(invocation.values)
    sources = {
        dest: source if source.startswith(("-", "[", "<")) else f"environment variable `{source}`"
        for dest, source in invocation.sources.items()
    }
    warnings = list(invocation.warnings)
    layers = _layers(invocation, environ, cwd, platform, warnings, start=start or cwd)
    if top is not None:
        layers = (top, *layers)
    extra: dict[str, Any] = {}
    files_only: list[str] = []
    origins: dict[str, list[str]] = {}
    if layers:
        from weft.ops import settings_merge

        piplike = invocation.command.path.startswith("pip") or invocation.command.path == "venv"
        merger = settings_merge.Merger(layers, piplike=piplike)
        merger.fill(invocation.options, values, sources)
        taken = {option.dest for option in invocation.options}
        indexes = bool(taken & {"index", "publish_index"})
        extra = merger.extra(indexes=indexes, builds="only_binary" in taken)
        if "source" in extra and not _INDEXES & sources.keys():
            sources["index"] = extra["source"]
        if piplike and "prerelease" not in values:
            files_only = merger.prereleases()
        warnings += merger.warnings
        origins = merger.origins
    warnings += _told_of(values, files_only)
    if values.get("offline") and (values.get("refresh") or values.get("refresh_package")):
        _refuse_refresh(sources["offline"], layers)
    for option in invocation.options:
        if option.dest not in values:
            default = option.mark("default")
            if default is not None:
                values[option.dest] = default
    out = settled(values, sources, extra)
    if invocation.command.mark("check") == "name":
        from weft.core.names import normalize_name

        out["packages"] = tuple(normalize_name(name) for name in out.get("packages", ()))
    return Settings(out, sources, tuple(warnings), origins)


_OLD_MODE, _NEW_MODE = "if-necessary-or-explicit", "if-necessary"
_OLD_MODE_WARNING = (
    f"The `{_OLD_MODE}` pre-release mode is deprecated and will be removed in a future release. "
    f"Use `{_NEW_MODE}` instead."
)


def _told_of(values: Mapping[str, Any], files_only: Sequence[str]) -> Iterator[str]:
    """What to warn about in values that are right but not good."""
    if values.get("preview_features"):
        from weft.ops.settings_keys import FEATURES

        for name in values["preview_features"]:
            if name not in FEATURES:
                yield f"Unknown preview feature: `{name}`"
    if _is_old_mode(values, files_only):
        yield _OLD_MODE_WARNING


def _is_old_mode(values: Mapping[str, Any], files_only: Sequence[str]) -> bool:
    """Whether a mode of pre-releases that counts has its old name.

    `files_only` is what files say to a command that has no such option.
    """
    if values.get("pre"):
        return False
    pairs = values.get("prerelease_package", ())
    modes = (values.get("prerelease"), *(text.partition("=")[2] for text in pairs), *files_only)
    return _OLD_MODE in modes


def _refuse_refresh(source: str, layers: Sequence[Layer]) -> None:
    """Raise WeftError: nothing can be asked again where nothing may be asked."""
    from weft.core.errors import WeftError

    place = next((each.place for each in layers if each.source == source), "")
    if source.startswith("environment variable "):
        shown = f"{source.removeprefix('environment variable ')} (environment variable)"
    elif source.startswith("-"):
        shown = f"`{source}`"
    else:
        shown = f"`offline` ({place if place in ('user', 'system') else 'workspace'} configuration)"
    raise WeftError(f"the argument {shown} cannot be used with `--refresh`")


def _layers(
    invocation: Invoked,
    environ: Mapping[str, str],
    cwd: str,
    platform: str,
    warnings: list[str],
    *,
    start: str,
) -> Sequence[Layer]:
    from weft.system.lean import os

    values = invocation.values
    project = values.get("project")
    root = start if project is None else os.path.normpath(os.path.join(cwd, str(project)))
    if project is not None and not os.path.isdir(root):
        if os.path.basename(root) == "pyproject.toml" and os.path.isfile(root):
            root = os.path.dirname(root)
        else:
            from weft.core.errors import WeftError

            raise WeftError(f"Project directory `{project}` does not exist")
    config_file = values.get("config_file")
    if config_file is None and (values.get("no_config") or values.get("isolated")):
        return ()
    from weft.ops import settings_files
    from weft.system.userdirs import config_dirs

    elsewhere = invocation.command.path.partition(" ")[0] in ("self", "tool")
    search = settings_files.Search(
        cwd=cwd,
        config_file=None if config_file is None else str(config_file),
        project=None if elsewhere else root,
        config_dirs=config_dirs(environ, platform),
        system=not values.get("no_system_config"),
    )
    try:
        found = settings_files.find(search)
    except settings_files.VersionRefused:
        if invocation.command.path.startswith("self"):  # it gets the version that is required
            return ()
        raise
    warnings += found.warnings
    return found.layers


def settled(
    values: dict[str, Any], sources: Mapping[str, str], extra: Mapping[str, Any]
) -> dict[str, Any]:
    """Texts, lists and flags as the attributes of `Settings` have them."""
    out: dict[str, Any] = {}
    for dest, item in values.items():
        if hasattr(Settings, dest):
            out[dest] = tuple(item) if isinstance(item, list) else item
    for dest in _NUMBERS:
        if dest in out:
            out[dest] = int(out[dest])
    _names(out)
    _linking(out, values)
    _python(out, values, sources)
    _refresh(out)
    _resolver(out, values)
    if "output_format" in values and values.get("human") and out["output_format"] == "auto":
        out["output_format"] = "human"
    if values.get("no_color"):
        out["color"] = "never"
    if _BUILDS & values.keys() or extra:
        _builds(out, values, extra)
    if _INDEXES & values.keys() or extra.get("index"):
        from weft.ops.settings_indexes import given, merged

        out["index"] = merged(values, extra)
        if _INDEXES & values.keys():
            out["given_indexes"] = given(values, extra)
    else:
        out.pop("index", None)
    return out


_NUMBERS = (
    "depth", "concurrent_downloads", "concurrent_builds", "concurrent_installs", "http_timeout",
    "http_connect_timeout", "http_retries", "lock_timeout", "compile_bytecode_timeout",
    "max_recursion_depth",
)  # fmt: skip
_NAMED = (
    "refresh_package", "reinstall_package", "no_editable_package", "no_sources_package",
    "no_build_package", "no_build_isolation_package", "exclude", "prune", "package",
    "upgrade_group", "no_emit_package", "no_install_package", "only_install_package",
)  # fmt: skip
_INDEXES = {"index", "default_index", "index_url", "extra_index_url"}
_BUILDS = {"no_build", "no_build_package", "no_binary", "no_binary_package", "only_binary"}


def _names(out: dict[str, Any]) -> None:
    from weft.core.names import normalize_name

    for dest in _NAMED:
        if out.get(dest):
            out[dest] = tuple(normalize_name(name) for name in out[dest])


def _linking(out: dict[str, Any], values: Mapping[str, Any]) -> None:
    """The policy holds where no flag speaks; sizes become bytes."""
    if "link_strict" not in values and values.get("link_policy") == "require-shared":
        out["link_strict"] = True
    if "max_copied" in out:
        from weft.core.quantities import parse_size

        out["max_copied"] = parse_size(out["max_copied"])


def _python(out: dict[str, Any], values: Mapping[str, Any], sources: Mapping[str, str]) -> None:
    managed, unmanaged = values.get("managed_python"), values.get("no_managed_python")
    if managed and not unmanaged:
        out["python_preference"] = "only-managed"
    elif unmanaged and not managed:
        out["python_preference"] = "only-system"
    downloads = values.get("no_python_downloads")
    if downloads is not None and not sources.get("python_downloads", "").startswith("-"):
        out["python_downloads"] = "never" if downloads else "automatic"


def _refresh(out: dict[str, Any]) -> None:
    """Upgrading and reinstalling ask the index again."""
    if out.get("upgrade") or out.get("reinstall"):
        out["refresh"] = True
    names = [*out.get("refresh_package", ()), *out.get("reinstall_package", ())]
    if out.get("upgrade_package"):
        from weft.core.names import leading_name, normalize_name

        names += [normalize_name(leading_name(text)) for text in out["upgrade_package"]]
    if names:
        out["refresh_package"] = tuple(dict.fromkeys(names))


def _resolver(out: dict[str, Any], values: Mapping[str, Any]) -> None:
    if out.get("prerelease") == _OLD_MODE:
        out["prerelease"] = _NEW_MODE
    if values.get("pre"):
        out["prerelease"] = "allow"
    if out.get("exclude_newer") == "false":
        out["exclude_newer"] = None
    for dest in ("prerelease_package", "exclude_newer_package"):
        if out.get(dest):
            out[dest] = tuple(_pair(text) for text in out[dest])
    if out.get("config_setting") or out.get("config_settings_package"):
        from weft.ops.settings_builds import general_settings, package_settings

        out["config_setting"] = general_settings(out.get("config_setting", ()))
        out["config_settings_package"] = package_settings(out.get("config_settings_package", ()))


def _pair(text: str) -> tuple[str, str]:
    from weft.core.names import normalize_name

    name, _, value = text.partition("=")
    return normalize_name(name), _NEW_MODE if value == _OLD_MODE else value


def _builds(out: dict[str, Any], values: Mapping[str, Any], extra: Mapping[str, Any]) -> None:
    """`:all:` and `:none:` of pip's spellings, as flags and names."""
    for flag, packages, spelled in (
        ("no_build", "no_build_package", values.get("only_binary", ())),
        ("no_binary", "no_binary_package", ()),
    ):
        listed = [*out.get(packages, ()), *spelled, *extra.get(packages, ())]
        names, everything = _selected(listed)
        out[packages] = names
        out[flag] = bool(out.get(flag) or everything or extra.get(flag))


def _selected(listed: Sequence[str]) -> tuple[tuple[str, ...], bool]:
    from weft.core.names import normalize_name

    names: list[str] = []
    everything = False
    for text in listed:
        if text == ":none:":
            names, everything = [], False
        elif text == ":all:":
            everything = True
        else:
            names.append(normalize_name(text))
    return tuple(dict.fromkeys(names)), everything
