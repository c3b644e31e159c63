"""What a command runs with, after options, environment and files were merged.

Owns the types of settings. One attribute per dest of the options table; attributes of options that
the command does not take have their default. Refuses to know where values come from: `sources`
names it, for people.
"""

from __future__ import annotations

from weft.ops.settings_verbs import VerbSettings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weft.ops.settings_builds import StaticMetadata
    from weft.ops.settings_indexes import IndexSetting


class Settings(VerbSettings):
    """Every setting by its dest. Immutable.

    Paths given by flag or variable are as written (relative ones start at the working directory,
    after `--directory`); paths out of files are absolute.
    """

    # output
    quiet: int = 0
    verbose: int = 0
    color: str = "auto"  # auto, always, never
    no_progress: bool = False
    output_format: str = "text"  # text, json; `cache size`: auto, human, machine, json
    show_settings: bool = False
    settings_format: str = "text"  # text, json

    # where things are
    directory: str | None = None
    project: str | None = None
    config_file: str | None = None
    no_config: bool = False
    no_project: bool = False
    no_cache: bool = False
    cache_dir: str | None = None  # None: the platform's
    cache_members: bool = True
    seal: bool = True
    cache_volumes: tuple[str, ...] = ()
    refresh: bool = False  # also set by --upgrade and --reinstall
    refresh_package: tuple[str, ...] = ()  # normalized; with those of -P and --reinstall-package
    project_environment: str | None = None
    tool_dir: str | None = None  # None: the platform's
    tool_bin_dir: str | None = None  # None: the platform's

    # network
    offline: bool = False
    system_certs: bool = False
    cert: str | None = None
    allow_insecure_host: tuple[str, ...] = ()
    http_proxy: str | None = None
    https_proxy: str | None = None
    no_proxy: tuple[str, ...] = ()
    http_timeout: int = 30  # seconds
    http_connect_timeout: int = 10  # seconds
    http_retries: int = 3
    lock_timeout: int = 300  # seconds
    concurrent_downloads: int = 50
    concurrent_builds: int = 0  # 0: one per processor
    concurrent_installs: int = 0  # 0: decided by the verb

    # Python
    python: str | None = None  # a request, unparsed
    python_preference: str = "managed"  # only-managed, managed, system, only-system
    python_downloads: str = "automatic"  # automatic, manual, never
    system: bool = False
    break_system_packages: bool = False
    target: str | None = None
    prefix: str | None = None
    python_version: str | None = None  # "3.9" or "3.9.1"
    python_platform: str | None = None

    # indexes
    index: tuple[IndexSetting, ...] = ()  # in order of priority, the default one included if set
    find_links: tuple[str, ...] = ()
    no_index: bool = False
    index_strategy: str = "first-index"
    keyring_provider: str = "disabled"

    # resolver
    upgrade: bool = False
    upgrade_package: tuple[str, ...] = ()  # requirements as written
    upgrade_group: tuple[str, ...] = ()
    resolution: str = "highest"  # highest, lowest, lowest-direct
    prerelease: str = "if-necessary"  # disallow, allow, if-necessary, explicit
    prerelease_package: tuple[tuple[str, str], ...] = ()  # (normalized name, mode)
    fork_strategy: str = "requires-python"
    exclude_newer: str | None = None  # valid text of `core.dates`; None also for `false`
    exclude_newer_package: tuple[tuple[str, str], ...] = ()  # (normalized name, text or "false")
    reuse_resolutions: bool = True
    no_sources: bool = False
    no_sources_package: tuple[str, ...] = ()
    override_dependencies: tuple[str, ...] = ()
    constraint_dependencies: tuple[str, ...] = ()
    build_constraint_dependencies: tuple[str, ...] = ()  # maybe with ` --hash=ALGORITHM:HEX` behind
    dependency_metadata: tuple[StaticMetadata, ...] = ()
    exclude_dependencies: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()  # markers
    required_environments: tuple[str, ...] = ()  # markers

    # installer
    reinstall: bool = False
    reinstall_package: tuple[str, ...] = ()  # normalized
    link_mode: str = "auto"  # auto, clone, hardlink, symlink, copy
    spares: bool | None = None
    compile_bytecode: bool = False
    compile_bytecode_timeout: int = 60  # seconds, 0 for none
    no_installer_metadata: bool = False
    link_policy: str = "prefer-shared"  # prefer-shared, require-shared; look at `link_strict`
    link_strict: bool = False  # also by `link-policy = "require-shared"`
    max_copied: int | None = None  # bytes; None for no limit
    receipt: str | None = None

    # builds
    # For the following `ops.build_settings` tells what one project gets.
    config_setting: tuple[tuple[str, str | tuple[str, ...]], ...] = ()  # (key, one or several)
    config_settings_package: tuple[tuple[str, str, str | tuple[str, ...]], ...] = ()  # package, …
    extra_build_dependencies: tuple[tuple[str, str, bool], ...] = ()  # package, text, match-runtime
    extra_build_variables: tuple[tuple[str, str, str], ...] = ()  # (package, variable, content)
    git_lfs: bool = False
    no_build_isolation: bool = False
    no_build_isolation_package: tuple[str, ...] = ()
    no_build: bool = False  # also by --only-binary :all:
    no_build_package: tuple[str, ...] = ()  # also by --only-binary NAME
    no_binary: bool = False  # also by `pip … --no-binary :all:`
    no_binary_package: tuple[str, ...] = ()
    require_build_hashes: bool = False

    # pip
    packages: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    editable: tuple[str, ...] = ()
    no_editable: bool = False
    no_editable_package: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    build_constraints: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    all_extras: bool = False
    group: tuple[str, ...] = ()  # "name" or "path:name"
    no_deps: bool = False
    require_hashes: bool = False
    no_verify_hashes: bool = False
    exact: bool = False
    allow_empty_requirements: bool = False
    strict: bool = False
    dry_run: bool = False
    check: bool = False
    torch_backend: str | None = None
    only_editable: bool = False
    exclude_editable: bool = False
    exclude: tuple[str, ...] = ()  # normalized
    format: str = "columns"  # columns, freeze, json
    outdated: bool = False
    paths: tuple[str, ...] = ()
    files: bool = False
    show_version_specifiers: bool = False
    depth: int = 255
    prune: tuple[str, ...] = ()
    package: tuple[str, ...] = ()
    no_dedupe: bool = False
    invert: bool = False
    show_sizes: bool = False

    # projects
    no_extra: tuple[str, ...] = ()
    dev: bool = False
    no_dev: bool = False
    only_dev: bool = False
    no_group: tuple[str, ...] = ()
    no_default_groups: bool = False
    only_group: tuple[str, ...] = ()
    all_groups: bool = False
    inexact: bool = False
    no_install_project: bool = False
    only_install_project: bool = False
    no_install_workspace: bool = False
    only_install_workspace: bool = False
    no_install_local: bool = False
    only_install_local: bool = False
    no_install_package: tuple[str, ...] = ()  # normalized
    only_install_package: tuple[str, ...] = ()  # normalized
    script: str | None = None

    # run
    command: tuple[str, ...] = ()  # with its arguments
    module: bool = False
    env_file: tuple[str, ...] = ()
    no_env_file: bool = False
    with_packages: tuple[str, ...] = ()  # each maybe several, with commas
    with_editable: tuple[str, ...] = ()
    with_requirements: tuple[str, ...] = ()
    isolated_run: bool = False
    as_script: bool = False
    gui_script: bool = False
    show_resolution: bool = False
    max_recursion_depth: int = 100

    # add, remove
    optional: str | None = None
    to_group: str | None = None
    as_editable: bool = False
    raw: bool = False
    bounds: str | None = None  # lower, major, minor, exact
    rev: str | None = None
    tag: str | None = None
    branch: str | None = None
    lfs: bool = False
    marker: str | None = None
    workspace: bool = False
    no_workspace: bool = False
    given_indexes: tuple[IndexSetting, ...] = ()  # those of flags and variables

    # features
    preview: bool = False
    preview_features: tuple[str, ...] = ()

    sources: Mapping[str, str]
    """dest → where its value comes from: "--flag", "environment variable `X`" or a file's path.
    A dest that is absent has its default."""

    warnings: tuple[str, ...]
    """What to warn about before the command runs."""

    origins: Mapping[str, Sequence[str]]
    """dest → the paths of all files that give items to its list, in the order of the items."""

    def __init__(
        self,
        values: Mapping[str, object],
        sources: Mapping[str, str],
        warnings: tuple[str, ...] = (),
        origins: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.__dict__.update(values)
        self.__dict__["sources"] = sources
        self.__dict__["warnings"] = warnings
        self.__dict__["origins"] = origins or {}

    def __setattr__(self, name: str, _value: object) -> None:
        raise AttributeError(f"Settings are immutable (`{name}`)")


def previews(settings: Settings, feature: str) -> bool:
    """Whether somebody knows that a feature may still change, and wants no warning of it."""
    return settings.preview or feature in settings.preview_features


def changed(settings: Settings, **changes: object) -> Settings:
    """A copy with other values, for a part of a command."""
    values = {**settings.__dict__, **changes}
    return Settings(values, settings.sources, settings.warnings, settings.origins)
