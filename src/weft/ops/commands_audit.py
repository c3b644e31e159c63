"""Rows of the table of commands: `audit`, `format`, `check`, `upgrade`.

Owns rows only; `ops.commands_table` says what the columns are.
"""

from __future__ import annotations

from weft.ops.commands_blocks import GLOBAL
from weft.ops.commands_project import RESOLVING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.commands_table import Row

AUDIT: tuple[Row, ...] = (
    (
        "audit",
        "",
        "audit",
        "Look for known vulnerabilities in what a project needs",
        "Brings `uv.lock` up to date and asks the OSV database about every package in it, with all "
        "extras and dependency groups, and the indexes whether a project is deprecated, archived "
        "or in quarantine. Exit code 1 means that there is a vulnerability. Needs a network.",
        (),
        "",
        (
            ("Options", "GROUPS:no_extra,no_dev,no_group,no_default_groups,only_group,only_dev"),
            ("Options", "LOCKED"),
            ("Options", "AUDIT"),
            ("Options", "AUDIT_TARGET"),
            *RESOLVING,
        ),
        ("keeps",),
    ),
    (
        "format",
        "",
        "format",
        "Format the Python code of a project",
        "Runs `ruff format` in the directory of the project. Ruff comes out of an index into an "
        "environment of the cache; what the project itself requires does not count.",
        ("arguments", "[EXTRA_ARGS]...", "What else ruff gets, behind `--`"),
        "[-- <EXTRA_ARGS>...]",
        (
            ("Options", "FORMAT"),
            ("Options", "RESOLVER:exclude_newer"),
            ("Options", "RUN:no_project"),
            ("Index options", "INDEX"),
            *GLOBAL,
        ),
        (),
    ),
    (
        "check",
        "",
        "check",
        "Check the types of a project's code",
        "Brings the environment up to date and runs `ty check` over the project. ty comes out of "
        "an index into an environment of the cache, in the version that the lock has if it has "
        "one. The variable `TY` names another program.",
        (),
        "",
        (
            ("Options", "CHECK"),
            ("Options", "PROJECT_TARGET:all_packages,package"),
            ("Options", "GROUPS"),
            ("Options", "LOCKED"),
            ("Options", "RUN:no_sync,isolated_run,no_project"),
            ("Options", "PROJECT_INSTALL:no_install_project"),
            ("Index options", "INDEX"),
            ("Resolver options", "RESOLVER"),
            ("Installer options", "INSTALLER"),
            ("Build options", "BUILD"),
            ("Cache options", "CACHE"),
            ("Cache options", "REFRESH"),
            ("Python options", "INTERPRETER"),
            ("Python options", "PYTHON"),
            # Without the old flag `--isolated`, which means something else here.
            (
                "Global options",
                "GLOBAL:quiet,verbose,color,no_color,system_certs,offline,allow_insecure_host,"
                "no_progress,directory,project,config_file,no_config,preview,preview_features,"
                "show_settings,settings_format,no_installer_metadata,help",
            ),
        ),
        (),
    ),
    (
        "upgrade",
        "",
        "upgrade",
        "Raise the bounds of a project's dependencies",
        "Looks for the newest versions of what `project.dependencies` lists, without the upper "
        "bounds and pins that stand there, and writes the bounds that allow them. Lower bounds and "
        "exclusions stay. Neither the lock nor the environment changes; run `weft lock` or "
        "`weft sync` afterwards.",
        ("packages", "[PACKAGES]...", "The packages to upgrade; all without one"),
        "",
        (
            ("Options", "UPGRADE"),
            ("Index options", "INDEX"),
            ("Build options", "BUILD:require_build_hashes"),
            ("Cache options", "CACHE"),
            ("Cache options", "REFRESH"),
            *GLOBAL[1:],
        ),
        ("check=name",),
    ),
)
