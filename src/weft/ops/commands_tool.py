"""Rows of the table of commands: `weft tool` and its commands.

Owns rows only; `ops.commands_table` says what the columns are.
"""

from __future__ import annotations

from weft.ops.commands_blocks import GLOBAL
from weft.ops.commands_tool_run import TOOL_RUN

_RESOLVING = (
    ("Index options", "INDEX"),
    ("Resolver options", "RESOLVER"),
    ("Installer options", "INSTALLER"),
    ("Build options", "BUILD"),
    ("Cache options", "CACHE"),
    ("Cache options", "REFRESH"),
    ("Python options", "INTERPRETER"),
    *GLOBAL[1:],
)
# What was asked for when a tool was installed decides what may be upgraded.
_UPGRADING = (
    ("Index options", "INDEX"),
    (
        "Resolver options",
        "RESOLVER:resolution,prerelease,prerelease_package,pre,fork_strategy,exclude_newer,"
        "exclude_newer_package,no_sources,no_sources_package",
    ),
    ("Installer options", "INSTALLER"),
    ("Build options", "BUILD"),
    ("Cache options", "CACHE"),
    ("Python options", "INTERPRETER"),
    *GLOBAL[1:],
)

TOOL = (
    ("tool", "", "", "Run and install programs of Python packages", "", (), "", GLOBAL, ()),
    *TOOL_RUN,
    (
        "tool install",
        "",
        "tool_install",
        "Install the programs of a package, in an environment of their own",
        "The environment is kept for the tool alone; its executables are linked into the directory "
        "that `weft tool dir --bin` shows. A version can be given as in `ruff@0.6.0`, "
        "`ruff@latest` or `ruff>=0.6`; a directory, a file, a URL or a Git repository are taken "
        "too. A tool that is installed already stays as it is unless something else is asked for.",
        ("request", "<PACKAGE>", "The package to install"),
        "<PACKAGE>",
        (
            ("Options", "TOOL_INSTALL:from_package,with_packages,with_requirements,as_editable"),
            ("Options", "TOOL_INSTALL:with_editable,with_executables_from"),
            ("Options", "PIP_INSTALL:constraints,overrides,excludes,build_constraints"),
            ("Options", "TOOL_INSTALL:force,lfs"),
            ("Options", "PIP_INSTALL:python_platform,torch_backend"),
            *_RESOLVING,
        ),
        ("requires=request",),
    ),
    (
        "tool upgrade",
        "update",
        "tool_upgrade",
        "Upgrade tools to what they were asked for",
        "Versions stay within what was asked for when the tool was installed; `weft tool install` "
        "asks for something else.",
        ("packages", "<NAME>...", "The tools to upgrade"),
        "<NAME>...",
        (
            ("Options", "TOOL_READ:all_tools"),
            ("Options", "PIP_INSTALL:python_platform"),
            ("Options", "TOOL_UPGRADE"),
            *_UPGRADING,
        ),
        ("requires=packages,all_tools",),
    ),
    (
        "tool list",
        "ls",
        "tool_list",
        "List installed tools",
        "",
        (),
        "",
        (
            (
                "Options",
                "TOOL_READ:show_paths,show_version_specifiers,show_with,show_extras,show_python,"
                "outdated,output_format",
            ),
            ("Index options", "INDEX"),
            (
                "Resolver options",
                "RESOLVER:prerelease,prerelease_package,exclude_newer,exclude_newer_package",
            ),
            *GLOBAL,
        ),
        (),
    ),
    (
        "tool uninstall",
        "",
        "tool_uninstall",
        "Remove tools and their executables",
        "",
        ("packages", "<NAME>...", "The tools to remove"),
        "<NAME>...",
        (("Options", "TOOL_READ:all_tools"), *GLOBAL),
        ("requires=packages,all_tools", "check=name"),
    ),
    (
        "tool audit",
        "",
        "tool_audit",
        "Look for known vulnerabilities in installed tools",
        "Asks the OSV database about every package in the environments of tools. Exit code 1 means "
        "that there is a vulnerability. Needs a network.",
        ("packages", "<NAME>...", "The tools to audit"),
        "<NAME>...",
        (
            ("Options", "TOOL_READ:all_tools"),
            ("Options", "AUDIT"),
            ("Index options", "INDEX"),
            ("Cache options", "CACHE"),
            ("Cache options", "REFRESH"),
            ("Python options", "PYTHON"),
            ("Global options", "GLOBAL"),
        ),
        ("requires=packages,all_tools", "check=name", "keeps"),
    ),
    (
        "tool dir",
        "",
        "tool_dir",
        "Show where tools are installed",
        "`WEFT_TOOL_DIR` and `WEFT_TOOL_BIN_DIR` choose other directories.",
        (),
        "",
        (("Options", "TOOL_READ:bin"), *GLOBAL),
        (),
    ),
    (
        "tool update-shell",
        "ensurepath",
        "tool_update_shell",
        "Put the directory of executables on the search path",
        "Adds a line to the files that your shell reads when it starts, and says which.",
        (),
        "",
        GLOBAL,
        (),
    ),
)
