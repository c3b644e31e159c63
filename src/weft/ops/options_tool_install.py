"""Options of installed tools: `weft tool install`, `upgrade`, `list`, `uninstall`, `dir`.

Owns rows only; `ops.options` says what the columns are.
"""

from __future__ import annotations

TOOL_INSTALL = (
    (
        "from_package", "|--from|", "text", "", "", "",
        "Install the tool out of this package", "", ("hidden", "metavar=FROM"),
    ),
    (
        "with_packages", "-w --with||", "list", "WITH", "", "",
        "Install these packages into the tool's environment as well",
        "Several may be separated by commas.", (),
    ),
    (
        "with_requirements", "--with-requirements||", "paths", "", "", "",
        "The same for everything that a file lists", "", (),
    ),
    (
        "as_editable", "-e --editable||", "flag", "", "", "",
        "Install the tool so that the project in its directory can be edited", "", (),
    ),
    (
        "with_editable", "--with-editable||", "list", "", "", "",
        "Install the project in this directory as well, so that it can be edited", "", (),
    ),
    (
        "with_executables_from", "--with-executables-from||", "list", "", "", "",
        "Install the executables of these packages too",
        "The packages are installed into the tool's environment. Several may be separated by "
        "commas.", (),
    ),
    (
        "force", "--force||", "flag", "", "", "",
        "Replace executables that belong to somebody else",
        "The tool itself is installed again.", (),
    ),
    (
        "lfs", "--lfs||--no-lfs", "flag", "", "", "", "Fetch large files of Git repositories",
        "", (),
    ),
)  # fmt: skip

TOOL_READ = (
    (
        "show_paths", "--show-paths||", "flag", "", "", "",
        "Show where tools and their executables are", "", (),
    ),
    (
        "show_version_specifiers", "--show-version-specifiers||", "flag", "", "", "",
        "Show which versions were asked for", "", (),
    ),
    (
        "show_with", "--show-with||", "flag", "", "", "",
        "Show what was installed beside each tool with `--with`", "", (),
    ),
    (
        "show_extras", "--show-extras||", "flag", "", "", "",
        "Show the extras that were asked for", "", (),
    ),
    (
        "show_python", "--show-python||", "flag", "", "", "",
        "Show the Python of each tool", "", (),
    ),
    (
        "outdated", "--outdated||--no-outdated", "flag", "", "", "",
        "List only tools of which there is a newer version",
        "Versions are those that the tool was installed with the right to.", (),
    ),
    (
        "output_format", "--output-format||", "choice", "output_format", "", "",
        "How to write the result to stdout", "", ("default=text",),
    ),
    (
        "all_tools", "--all||", "flag", "", "", "", "All tools", "", ("conflicts=packages",),
    ),
    (
        "bin", "--bin||", "flag", "", "", "",
        "Show the directory of executables", "", (),
    ),
)  # fmt: skip

TOOL_UPGRADE = (
    (
        "upgrade", "-U --upgrade||", "flag", "", "", "", "", "",
        ("hidden", "note=`--upgrade` is enabled by default on `weft tool upgrade`"),
    ),
    (
        "upgrade_package", "-P --upgrade-package||", "list", "", "", "", "", "",
        ("hidden", "note=`--upgrade-package` is enabled by default on `weft tool upgrade`"),
    ),
    ("upgrade_group", "--upgrade-group||", "list", "", "", "", "", "", ("hidden",)),
)  # fmt: skip
