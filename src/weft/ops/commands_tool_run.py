"""Rows of the table of commands: running programs of packages that need not be installed.

Owns rows only; `ops.commands_table` says what the columns are.
"""

from __future__ import annotations

# Without the old flag `--isolated`, which means something else here.
_GLOBAL = (
    "GLOBAL:quiet,verbose,color,no_color,system_certs,offline,allow_insecure_host,no_progress,"
    "directory,project,config_file,no_config,preview,preview_features,show_settings,"
    "settings_format,no_installer_metadata,help"
)
_ABOUT = "Run a program of a Python package"
_MORE = (
    "The package is installed into an environment of the cache, which is there at once the next "
    "time, and stays as long as it is used now and then; a tool that is installed and does is "
    "taken in its place. The program is the one that is called like the package, unless `--from` "
    "names another package. A version can be asked for as in `ruff@0.6.0`; `ruff@latest` looks "
    "for the newest one anew. What follows the program belongs to it; options of weft stand "
    "before. `python`, `python3.12` and the like run an interpreter."
)
_POSITIONAL = ("command", "[COMMAND]...", "The program and its arguments")
_BLOCKS = (
    ("Options", "TOOL_RUN:from_package,with_packages,with_editable,with_requirements"),
    ("Options", "PIP_INSTALL:constraints,build_constraints,overrides"),
    ("Options", "TOOL_RUN:isolated_run,env_file,no_env_file,lfs,show_resolution"),
    ("Options", "PIP_INSTALL:python_platform,torch_backend"),
    ("Options", "SHELL"),
    ("Index options", "INDEX"),
    ("Resolver options", "RESOLVER"),
    ("Installer options", "INSTALLER"),
    ("Build options", "BUILD"),
    ("Cache options", "CACHE"),
    ("Cache options", "REFRESH"),
    ("Python options", "INTERPRETER"),
    ("Python options", "PYTHON"),
    ("Global options", _GLOBAL),
)

TOOL_RUN = (
    (
        "tool run", "", "tool_run", _ABOUT, f"{_MORE} `weftx` is the same command.",
        _POSITIONAL, "[COMMAND]", _BLOCKS, ("rest",),
    ),
    (
        "tool weftx", "uvx", "tool_weftx", _ABOUT, f"{_MORE} `weft tool run` is the same command.",
        _POSITIONAL, "[COMMAND]", (*_BLOCKS, ("Options", "TOOL")),
        ("rest", "hidden", "program=weftx"),
    ),
)  # fmt: skip
