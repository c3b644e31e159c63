"""Options of `weft tree`.

Owns rows only; `ops.options` says what the columns are.
"""

from __future__ import annotations

TREE = (
    (
        "universal", "--universal||", "flag", "", "", "",
        "Show the tree for all platforms and Pythons",
        "A package may then be there in several versions.", (),
    ),
    (
        "tree_format", "--format||", "choice", "output_format", "", "",
        "How to write the tree to stdout", "", ("default=text", "metavar=FORMAT"),
    ),
    (
        "depth", "-d --depth||", "number", "", "", "", "How deep to follow dependencies", "",
        ("default=255", "max=255"),
    ),
    (
        "prune", "--prune||", "list", "", "", "", "Leave this package out of the tree", "",
        ("check=name",),
    ),
    (
        "package", "--package||", "list", "", "", "", "Show only the tree of this package", "",
        ("check=name",),
    ),
    (
        "no_dedupe", "--no-dedupe||", "flag", "", "", "",
        "Repeat the dependencies of a package wherever it occurs", "", (),
    ),
    (
        "invert", "--invert|--reverse|", "flag", "", "", "",
        "Show who depends on a package instead", "", (),
    ),
    (
        "outdated", "--outdated||", "flag", "", "", "", "Show newer versions that exist", "", (),
    ),
    (
        "show_sizes", "--show-sizes||", "flag", "", "", "",
        "Show how large the wheels of the packages are", "", (),
    ),
)  # fmt: skip

TREE_TARGET = (
    (
        "script", "--script||", "path", "", "", "",
        "Work for a script with a PEP 723 header in place of a project", "",
        ("conflicts=no_dev,only_dev,group,no_group,no_default_groups,only_group,all_groups,dev",),
    ),
    (
        "python_version", "--python-version||", "text", "", "", "",
        "Show the tree for this Python", "By default that of the interpreter.",
        ("check=python_version", "conflicts=universal"),
    ),
    (
        "python_platform", "--python-platform||", "choice", "python_platform", "", "",
        "Show the tree for this platform", "By default that of the interpreter.",
        ("conflicts=universal",),
    ),
)  # fmt: skip
