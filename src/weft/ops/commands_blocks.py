"""Blocks of options that most commands have.

Owns two constants for the rows of the table of commands.
"""

from __future__ import annotations

GLOBAL = (
    ("Cache options", "CACHE"),
    ("Python options", "PYTHON"),
    ("Global options", "GLOBAL"),
)
WITH_PYTHON = (
    ("Cache options", "CACHE"),
    ("Python options", "INTERPRETER"),
    ("Python options", "PYTHON"),
    ("Global options", "GLOBAL"),
)
