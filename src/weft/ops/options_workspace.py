"""Options of `weft workspace`.

Owns rows only; `ops.options` says what the columns are.
"""

from __future__ import annotations

WORKSPACE = (
    (
        "member", "--package||", "text", "", "", "", "Show where this member lies", "",
        ("check=name", "metavar=PACKAGE"),
    ),
    (
        "show_paths", "--paths||", "flag", "", "", "", "Show paths in place of names", "", (),
    ),
    (
        "scripts", "--scripts||", "flag", "", "", "",
        "List the scripts with a PEP 723 header in place of the members", "", (),
    ),
    (
        "output_version", "--output-version||", "text", "", "", "",
        "The version of the format",
        "There is one, `preview`; the answer says which one it is.", ("metavar=VERSION",),
    ),
    (
        "sync", "--sync||", "flag", "", "", "",
        "Bring the environment up to date first",
        "The answer then tells which modules can be imported, and which packages they are of.", (),
    ),
    (
        "exact", "--exact||", "flag", "", "", "",
        "Remove packages that the lock does not have", "Only with `--sync`.", (),
    ),
)  # fmt: skip
