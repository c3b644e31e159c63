"""Rows of the table of commands: weft itself.

Owns rows only; `ops.commands_table` says what the columns are.
"""

from __future__ import annotations

from weft.ops.commands_blocks import GLOBAL

SELF = (
    ("self", "", "", "Look after weft itself", "", (), "", GLOBAL, ()),
    (
        "self update",
        "",
        "self_update",
        "Update weft",
        "Finds out how weft was installed, and runs the command that updates it so: that of the "
        "tool (`weft tool`, `uv tool`, `pipx`) or of the environment that it lies in. Packages of "
        "the operating system and editable installations are left alone, and what updates them "
        "is named.",
        ("target_version", "[TARGET_VERSION]", "The version to get, by default the newest"),
        "",
        (
            ("Options", "SELF_UPDATE"),
            ("Options", "META:output_format"),
            *GLOBAL,
        ),
        ("check=version",),
    ),
    (
        "self install",
        "",
        "self_install",
        "Install weft for itself",
        "Makes an environment for weft alone, as `weft tool install` does, from where this weft "
        "came from: its checkout, the address or the version that was installed. `weft` and "
        "`weftx` are linked into the directory that `weft tool dir --bin` shows, and start without "
        "what an environment may add to Python's start. A weft that is there is replaced in one "
        "step; `weft self update` brings it up to date.",
        (),
        "",
        (
            ("Options", "SELF_INSTALL"),
            ("Options", "TOOL_INSTALL:force"),
            ("Index options", "INDEX"),
            ("Resolver options", "RESOLVER"),
            ("Installer options", "INSTALLER"),
            ("Build options", "BUILD"),
            ("Cache options", "CACHE"),
            ("Cache options", "REFRESH"),
            ("Python options", "INTERPRETER"),
            *GLOBAL[1:],
        ),
        (),
    ),
    (
        "self version",
        "",
        "self_version",
        "Show weft's version",
        "",
        (),
        "",
        (("Options", "META:short,output_format"), *GLOBAL),
        (),
    ),
    (
        "clean",
        "",
        "cache_clean",
        "Empty the cache, or remove what belongs to some packages",
        "",
        ("packages", "[PACKAGE]...", "Packages to remove from the cache"),
        "",
        (("Options", "CACHE_VERBS:force,materialize"), ("Options", "CACHE_REPORT"), *GLOBAL),
        ("hidden", "check=name"),
    ),
    (
        "help",
        "",
        "help",
        "Show the documentation of a command",
        "",
        ("topic", "[COMMAND]...", "The command to explain"),
        "",
        (("Options", "META:no_pager"), *GLOBAL),
        (),
    ),
)
