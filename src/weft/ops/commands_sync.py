"""Rows of the table of commands: the environment of a project.

Owns rows only; `ops.commands_table` says what the columns are.
"""

from __future__ import annotations

from weft.ops.commands_blocks import WITH_PYTHON

SYNC = (
    (
        "sync",
        "",
        "sync",
        "Make the project's environment what its lock file says",
        "Brings `uv.lock` up to date and makes the environment of the project, `.venv` beside it "
        "unless `WEFT_PROJECT_ENVIRONMENT` says otherwise, what that file lists for this machine: "
        "exactly that, unless `--inexact` is given. Projects of the workspace are installed so "
        "that they can be edited. An environment whose Python does not fit any more is made anew.",
        (),
        "",
        (
            ("Options", "GROUPS"),
            ("Options", "PROJECT_INSTALL"),
            ("Options", "LOCKED"),
            ("Options", "SYNC_REPORT"),
            ("Options", "PROJECT_TARGET"),
            ("Options", "PIP_INSTALL:python_platform,receipt"),
            ("Index options", "INDEX"),
            ("Resolver options", "RESOLVER"),
            ("Installer options", "INSTALLER"),
            ("Build options", "BUILD"),
            ("Cache options", "CACHE"),
            ("Cache options", "REFRESH"),
            ("Python options", "INTERPRETER"),
            *WITH_PYTHON[2:],
        ),
        (),
    ),
)
