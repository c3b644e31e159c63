"""Rows of the table of commands: commands on projects.

Owns rows only; `ops.commands_table` says what the columns are.
"""

from __future__ import annotations

from weft.ops.commands_blocks import WITH_PYTHON

RESOLVING = (
    ("Index options", "INDEX"),
    ("Resolver options", "RESOLVER"),
    ("Installer options", "INSTALLER:link_mode"),
    ("Build options", "BUILD"),
    ("Cache options", "CACHE"),
    ("Cache options", "REFRESH"),
    ("Python options", "INTERPRETER"),
    *WITH_PYTHON[2:],
)

PROJECT = (
    (
        "init",
        "",
        "init",
        "Create a new project",
        "Makes a `pyproject.toml`, a package in `src` with a command, `README.md`, "
        "`.python-version` and a Git repository. Below a project or a workspace the new one "
        "becomes a member of it.",
        ("path", "[PATH]", "Directory of the project, or the script with `--script`"),
        "",
        (
            ("Options", "INIT"),
            *WITH_PYTHON[:-1],
            ("Global options", "NO_PROJECT"),
            (
                "Global options",
                "GLOBAL:quiet,verbose,color,no_color,system_certs,offline,allow_insecure_host,"
                "no_progress,directory,config_file,no_config,isolated,no_system_config,preview,"
                "preview_features,show_settings,settings_format,no_installer_metadata,help",
            ),
        ),
        (),
    ),
    (
        "version",
        "",
        "version",
        "Show or change the version of a project",
        "Reads `project.version` of the nearest `pyproject.toml`, or writes it and brings the lock "
        "and the environment in line. For the version of weft itself run `weft self version`.",
        ("value", "[VALUE]", "Set the project's version to this value"),
        "",
        (
            ("Options", "PROJECT_VERSION"),
            ("Index options", "INDEX"),
            ("Resolver options", "RESOLVER"),
            ("Installer options", "INSTALLER"),
            ("Build options", "BUILD"),
            ("Cache options", "CACHE"),
            ("Cache options", "REFRESH"),
            ("Python options", "INTERPRETER"),
            ("Python options", "PYTHON"),
            ("Global options", "GLOBAL"),
        ),
        (),
    ),
    (
        "export",
        "",
        "export",
        "Write the lock of a project in another format",
        "Brings `uv.lock` up to date and writes what it has as a requirements file, as a "
        "`pylock.toml`, or as a bill of materials: with markers, for every platform.",
        (),
        "",
        (
            ("Options", "EXPORT"),
            ("Options", "GROUPS"),
            ("Options", "EMITTED"),
            ("Options", "LOCKED"),
            ("Options", "EXPORTED_SCRIPT"),
            *RESOLVING,
        ),
        ("keeps",),
    ),
    (
        "tree",
        "",
        "tree",
        "Show who requires whom in a project",
        "Brings `uv.lock` up to date and draws what it has for this environment, or with "
        "`--universal` for all. `weft pip tree` shows what is installed instead.",
        (),
        "",
        (
            ("Options", "TREE"),
            (
                "Options",
                "GROUPS:dev,no_dev,only_dev,group,no_group,no_default_groups,only_group,all_groups",
            ),
            ("Options", "LOCKED"),
            ("Options", "TREE_TARGET"),
            *RESOLVING,
        ),
        ("keeps",),
    ),
)
