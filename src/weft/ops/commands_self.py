"""Rows of the table of commands: weft itself.

Owns rows only; `ops.commands_table` says what the columns are.
"""

from __future__ import annotations

from weft.ops.commands_blocks import GLOBAL

SELF = (
    ("self", "", "", "Look after weft itself", "", (), "", GLOBAL, ()),
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
        (("Options", "CACHE_VERBS:force,materialize"), *GLOBAL),
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
