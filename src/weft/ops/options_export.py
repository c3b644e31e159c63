"""Options of `weft export`.

Owns rows only; `ops.options` says what the columns are.
"""

from __future__ import annotations

EXPORT = (
    (
        "batch", "--batch||", "path", "", "", "", "", "",
        ("hidden", "refuse=`weft export --batch` is not supported (run `weft export` once for each "
         "file instead)"),
    ),
    (
        "export_format", "--format||", "choice", "export_format", "", "",
        "What kind of file to write",
        "Without it the name of the output file decides: `pylock.toml` and `pylock.NAME.toml` "
        "mean that format, everything else `requirements.txt`.", ("metavar=FORMAT",),
    ),
    (
        "all_packages", "--all-packages||", "flag", "", "", "",
        "Export all members of the workspace",
        "Extras and groups are then taken of each member that has them.", ("conflicts=package",),
    ),
    (
        "package", "--package||", "list", "", "", "", "Export this member of the workspace",
        "May be given more than once.", ("check=name", "conflicts=all_packages"),
    ),
    (
        "prune", "--prune||", "list", "", "", "",
        "Leave out this package, and what nothing else needs", "",
        ("check=name", "metavar=PACKAGE", "conflicts=all_packages"),
    ),
)  # fmt: skip

EMITTED = (
    (
        "no_annotate", "--no-annotate||--annotate", "flag", "", "", "",
        "Leave out the comments that say why a package is there", "", (),
    ),
    (
        "no_header", "--no-header||--header", "flag", "", "", "",
        "Leave out the comment that says how the file was made", "", (),
    ),
    (
        "emit_index_url", "--emit-index-url||--no-emit-index-url", "flag", "", "", "",
        "Write the indexes into the file", "", (),
    ),
    (
        "emit_find_links", "--emit-find-links||--no-emit-find-links", "flag", "", "", "",
        "Write the `--find-links` locations into the file", "", (),
    ),
    (
        "no_editable", "--no-editable||--editable", "flag", "", "NO_EDITABLE", "",
        "Export projects of the workspace and other editables as ordinary packages", "", (),
    ),
    (
        "no_editable_package", "--no-editable-package||", "list", "", "", "",
        "Export this editable as an ordinary package", "", ("check=name",),
    ),
    (
        "no_hashes", "--no-hashes||--hashes", "flag", "", "", "", "Leave out the hashes", "", (),
    ),
    (
        "output_file", "-o --output-file||", "path", "", "", "",
        "Write the result to this file too",
        "It is replaced at once when everything is known.", (),
    ),
    (
        "no_install_project", "--no-emit-project|--no-install-project|", "flag", "", "", "",
        "Leave out the project, but not what it requires", "",
        ("conflicts=only_install_project",),
    ),
    (
        "only_install_project", "--only-emit-project|--only-install-project|", "flag", "", "", "",
        "Export the project alone", "", ("hidden", "conflicts=no_install_project"),
    ),
    (
        "no_install_workspace", "--no-emit-workspace|--no-install-workspace|", "flag", "", "", "",
        "Leave out all members of the workspace", "", ("conflicts=only_install_workspace",),
    ),
    (
        "only_install_workspace", "--only-emit-workspace|--only-install-workspace|", "flag", "",
        "", "", "Export the members of the workspace alone", "",
        ("hidden", "conflicts=no_install_workspace"),
    ),
    (
        "no_install_local", "--no-emit-local|--no-install-local|", "flag", "", "", "",
        "Leave out what lies on this machine",
        "Neither members of the workspace nor other directories and files.",
        ("conflicts=only_install_local",),
    ),
    (
        "only_install_local", "--only-emit-local|--only-install-local|", "flag", "", "", "",
        "Export what lies on this machine alone", "", ("hidden", "conflicts=no_install_local"),
    ),
    (
        "no_emit_package", "--no-emit-package|--no-install-package --unsafe-package|", "list", "",
        "", "", "Leave out this package, but not what it requires", "", ("check=name",),
    ),
    (
        "only_install_package", "--only-emit-package|--only-install-package|", "list", "", "", "",
        "Export this package alone", "", ("hidden", "check=name"),
    ),
)  # fmt: skip

EXPORTED_SCRIPT = (
    (
        "script", "--script||", "path", "", "", "",
        "Work for a script with a PEP 723 header in place of a project", "",
        (
            "conflicts=all_packages,package,no_install_project,no_install_workspace,extra,"
            "all_extras,no_extra,no_dev,only_dev,group,no_group,no_default_groups,only_group,"
            "all_groups,dev",
        ),
    ),
)  # fmt: skip
