"""Rows of the table of commands: running things.

Owns rows only; `ops.commands_table` says what the columns are.
"""

from __future__ import annotations

# Without the old flag `--isolated`, which means something else here.
_GLOBAL = (
    "GLOBAL:quiet,verbose,color,no_color,system_certs,offline,allow_insecure_host,no_progress,"
    "directory,project,config_file,no_config,preview,preview_features,show_settings,"
    "settings_format,no_installer_metadata,help"
)

RUN = (
    (
        "run",
        "",
        "run",
        "Run a command or a script",
        "Brings the environment of the project up to date and runs the command in it. A script "
        "with a PEP 723 header runs in an environment of its own, which is kept in the cache. "
        "Outside of a project the nearest environment serves, else an interpreter that is "
        "installed. The command can be a program, a script (`.py`, `.pyw`, also behind an "
        "`http(s)` URL), a directory with a `__main__.py`, a zipapp or `-` for a script on stdin. "
        "What follows the command belongs to it; options of weft stand before. The project is "
        "looked for from the directory of the script.",
        ("command", "[COMMAND]...", "The command and its arguments"),
        "[COMMAND]",
        (
            ("Options", "GROUPS"),
            ("Options", "RUN:module"),
            ("Options", "PROJECT_INSTALL:no_editable,no_editable_package,inexact"),
            ("Options", "RUN:exact,env_file,no_env_file"),
            ("Options", "RUN:with_packages,with_editable,with_requirements,isolated_run"),
            ("Options", "PROJECT_INSTALL:active"),
            ("Options", "RUN:no_sync"),
            ("Options", "LOCKED"),
            ("Options", "RUN:as_script,gui_script"),
            ("Options", "PROJECT_TARGET:all_packages"),
            ("Options", "RUN:member,no_project,show_resolution,max_recursion_depth"),
            ("Options", "PIP_INSTALL:python_platform,receipt"),
            ("Index options", "INDEX"),
            ("Resolver options", "RESOLVER"),
            ("Installer options", "INSTALLER"),
            ("Build options", "BUILD"),
            ("Cache options", "CACHE"),
            ("Cache options", "REFRESH"),
            ("Python options", "INTERPRETER"),
            ("Python options", "PYTHON"),
            ("Global options", _GLOBAL),
        ),
        ("rest",),
    ),
)
