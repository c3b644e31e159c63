"""Options of the `weft pip` commands that only look.

Owns rows only; `ops.options` says what the columns are.
"""

from __future__ import annotations

PIP_READ = (
    (
        "only_editable", "-e --editable||", "flag", "", "", "", "Show only editable projects", "",
        ("conflicts=exclude_editable",),
    ),
    (
        "exclude_editable", "--exclude-editable||", "flag", "", "", "",
        "Leave out editable projects", "", (),
    ),
    (
        "exclude", "--exclude||", "list", "", "", "", "Leave out this package", "",
        ("check=name",),
    ),
    (
        "format", "--format||", "choice", "list_format", "", "", "How to write the list", "",
        ("default=columns",),
    ),
    (
        "output_format", "--output-format||", "choice", "output_format", "", "",
        "How to write the result to stdout", "", ("default=text",),
    ),
    (
        "outdated", "--outdated||--no-outdated", "flag", "", "", "",
        "Show newer versions that exist",
        "A list then holds only packages that are not the newest.", (),
    ),
    (
        "paths", "--path||", "paths", "", "", "", "List this directory of packages", "",
        ("metavar=PATHS",),
    ),
    (
        "files", "-f --files||", "flag", "", "", "", "Show the files of each package", "", (),
    ),
    (
        "show_version_specifiers", "--show-version-specifiers||", "flag", "", "", "",
        "Show which versions each dependency accepts", "", (),
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
        "show_sizes", "--show-sizes||", "flag", "", "", "",
        "Show how large the wheels of the packages are", "", (),
    ),
)  # fmt: skip
