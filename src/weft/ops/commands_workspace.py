"""Rows of the table of commands: `weft workspace` and its commands.

Owns rows only; `ops.commands_table` says what the columns are.
"""

from __future__ import annotations

from weft.ops.commands_blocks import GLOBAL
from weft.ops.commands_project import RESOLVING

WORKSPACE = (
    ("workspace", "", "", "Look at the workspace around a project", "", (), "", GLOBAL, ()),
    (
        "workspace metadata",
        "",
        "workspace_metadata",
        "Show the lock of a workspace for other programs",
        "Brings `uv.lock` up to date and writes it as JSON: every package with its files, and what "
        "it requires; with `--sync`, or where there is an environment, also what is installed "
        "there and which modules that has. The format is uv's and may still change.",
        (),
        "",
        (
            ("Options", "WORKSPACE:output_version"),
            ("Options", "TREE_TARGET:script"),
            ("Options", "LOCKED"),
            ("Options", "WORKSPACE:sync,exact"),
            ("Options", "PROJECT_INSTALL:active"),
            *RESOLVING,
        ),
        ("keeps",),
    ),
    (
        "workspace dir",
        "",
        "workspace_dir",
        "Show where a workspace lies",
        "",
        (),
        "",
        (("Options", "WORKSPACE:member"), *GLOBAL),
        (),
    ),
    (
        "workspace list",
        "",
        "workspace_list",
        "List the members of a workspace",
        "",
        (),
        "",
        (("Options", "WORKSPACE:show_paths,scripts"), ("Options", "CACHE_REPORT"), *GLOBAL),
        (),
    ),
)
