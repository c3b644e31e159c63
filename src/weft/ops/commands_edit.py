"""Rows of the table of commands: dependencies of a project, added and removed.

Owns rows only; `ops.commands_table` says what the columns are.
"""

from __future__ import annotations

from weft.ops.commands_blocks import WITH_PYTHON

_BEHIND = (
    ("Index options", "INDEX"),
    ("Resolver options", "RESOLVER"),
    ("Installer options", "INSTALLER"),
    ("Build options", "BUILD"),
    ("Cache options", "CACHE"),
    ("Cache options", "REFRESH"),
    ("Python options", "INTERPRETER"),
    *WITH_PYTHON[2:],
)

EDIT = (
    (
        "add",
        "",
        "add",
        "Add dependencies to the project",
        "Writes requirements into `pyproject.toml`, brings the lock file up to date and installs "
        "what is missing; what else is installed stays. A requirement without a version gets the "
        "resolved one as its lower bound. Paths, URLs and Git repositories go to "
        "`tool.uv.sources`. When the resolution fails no file is changed.",
        ("packages", "[PACKAGES]...", "Packages to add, as requirements (`ruff==0.5.0`)"),
        "<PACKAGES|--requirements <REQUIREMENTS>>",
        (
            ("Options", "ADD"),
            ("Options", "PROJECT_INSTALL:no_editable_package"),
            ("Options", "EDIT"),
            (
                "Options",
                "PROJECT_INSTALL:no_install_project,only_install_project,no_install_workspace,"
                "only_install_workspace,no_install_local,only_install_local,no_install_package,"
                "only_install_package",
            ),
            *_BEHIND,
        ),
        ("requires=packages,requirements",),
    ),
    (
        "remove",
        "",
        "remove",
        "Remove dependencies from the project",
        "Takes requirements out of `pyproject.toml` with the sources that nothing needs any more, "
        "brings the lock file up to date and removes what is not needed from the environment.",
        ("packages", "<PACKAGES>...", "Names of packages to remove"),
        "<PACKAGES>...",
        (("Options", "EDIT"), *_BEHIND),
        ("check=name", "requires=packages"),
    ),
)
