"""Settings that belong to one command or to a few.

Owns their names, types and defaults, one attribute per dest of the options table. What most
commands have is in `ops.settings_values`, which is what everybody uses. Refuses methods.
"""

from __future__ import annotations


class VerbSettings:
    """The part of `Settings` that only some commands set; the others have the defaults."""

    # python list, find, pin, dir
    request: str | None = None  # a request, unparsed
    all_versions: bool = False
    all_platforms: bool = False
    all_arches: bool = False
    only_installed: bool = False
    only_downloads: bool = False
    show_urls: bool = False
    resolve_links: bool = False
    resolved: bool = False
    global_pin: bool = False
    rm: bool = False
    bin: bool = False
    python_downloads_json_url: str | None = None  # a path or URL

    # python install, upgrade, uninstall
    targets: tuple[str, ...] = ()  # requests, unparsed
    install_dir: str | None = None
    no_bin: bool | None = None  # None: links that cannot be made are warnings
    install_bin: bool | None = None
    no_registry: bool | None = None  # weft writes nothing into it
    python_install_mirror: str | None = None
    pypy_install_mirror: str | None = None
    graalpy_install_mirror: str | None = None
    pyodide_install_mirror: str | None = None
    default: bool = False
    all_pythons: bool = False

    # workspace metadata
    sync: bool = False

    # pip compile
    output_file: str | None = None
    file_format: str | None = None  # requirements.txt, pylock.toml; None: told by the file's name
    no_strip_extras: bool = False
    no_strip_markers: bool = False
    no_annotate: bool = False
    no_header: bool = False
    annotation_style: str = "split"  # split, line
    custom_compile_command: str | None = None
    generate_hashes: bool = False
    universal: bool = False
    no_emit_package: tuple[str, ...] = ()  # normalized
    emit_index_url: bool = False
    emit_find_links: bool = False
    emit_build_options: bool = False
    emit_marker_expression: bool = False
    emit_index_annotation: bool = False
    resolver: str | None = None  # of pip-compile: backtracking, legacy

    # pip download
    dest: str | None = None
    platforms: tuple[str, ...] = ()  # tags of wheels, or targets of `--python-platform`
    implementation: str | None = None  # cp, pp, py, jy, ip
    abis: tuple[str, ...] = ()

    # audit
    audit_format: str = "text"  # text, json, sarif
    ignore: tuple[str, ...] = ()  # identifiers of vulnerabilities
    ignore_until_fixed: tuple[str, ...] = ()
    service_format: str = "osv"
    service_url: str | None = None
    installed: bool = False
    all_tools: bool = False

    # format, check
    arguments: tuple[str, ...] = ()  # for the tool
    diff: bool = False
    tool_version: str | None = None
    show_version: bool = False
    show_command: bool = False
    fix: bool = False

    # build
    source: str | None = None  # a directory or an archive
    member: str | None = None  # also of `version`
    all_packages: bool = False
    out_dir: str | None = None
    sdist: bool = False
    wheel: bool = False
    list_files: bool = False
    no_build_logs: bool = False
    no_create_gitignore: bool = False
    force_pep517: bool = False  # builds have no other way
    skip_dependency_check: bool = False  # without isolation nothing is checked

    # venv
    path: str | None = None
    seed: bool = False
    clear: bool = False
    force: bool = False  # also of `cache clean` and `cache prune`
    allow_existing: bool = False
    prompt: str | None = None
    system_site_packages: bool = False
    relocatable: bool = False

    # tool install, list, upgrade, uninstall
    from_package: str | None = None  # a requirement, unparsed
    with_executables_from: tuple[str, ...] = ()  # normalized
    show_with: bool = False
    show_extras: bool = False
    show_python: bool = False

    # init
    name: str | None = None
    bare: bool = False
    package_it: bool = False
    no_package: bool = False
    virtual: bool = False
    app: bool = False
    lib: bool = False
    description: str | None = None
    no_description: bool = False
    vcs: str | None = None  # git, none
    build_backend: str | None = None
    no_readme: bool = False
    author_from: str | None = None  # auto, git, none
    no_pin_python: bool = False

    # export
    export_format: str | None = None  # requirements.txt, pylock.toml, cyclonedx1.5
    no_hashes: bool = False

    # tree
    tree_format: str = "text"  # text, json

    # workspace
    show_paths: bool = False
    scripts: bool = False
    output_version: str | None = None

    # publish
    distributions: tuple[str, ...] = ()  # paths and glob patterns
    publish_index: str | None = None
    publish_username: str | None = None
    publish_password: str | None = None
    publish_token: str | None = None
    trusted_publishing: str = "automatic"  # automatic, always, never
    publish_url: str | None = None
    check_url: str | None = None
    no_attestations: bool = False
    upload_http_timeout: int = 900  # seconds
    skip_existing: bool = False  # refused

    # auth
    service: str | None = None
    url: str | None = None
    auth_username: str | None = None
    auth_password: str | None = None
    auth_token: str | None = None
    auth_check: bool = False
    protocol: str | None = None  # bazel
    helper_verb: str | None = None

    # self update
    target_version: str | None = None
    update_token: str | None = None

    # cache, version, self, help
    ci: bool = False
    materialize: bool = False
    members: bool = False  # `cache dir --members`
    directories: tuple[str, ...] = ()  # of `cache import`; "pip" for pip's cache
    human: bool = False
    value: str | None = None
    bump: tuple[str, ...] = ()
    short: bool = False
    no_sync: bool = False
    active: bool = False
    locked: bool = False
    frozen: bool = False
    topic: tuple[str, ...] = ()
    shell: str = ""
    no_pager: bool = False
