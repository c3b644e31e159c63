"""Options of commands on projects: which extras, groups and members, and what is left out.

Owns rows only; `ops.options` says what the columns are.
"""

from __future__ import annotations

GROUPS = (
    (
        "extra", "--extra||", "list", "", "", "", "Include an optional dependency set",
        "May be given more than once. The sets are those of `project.optional-dependencies`.",
        ("check=extra", "conflicts=all_extras,only_group"),
    ),
    (
        "all_extras", "--all-extras||--no-all-extras", "flag", "", "", "",
        "Include all optional dependency sets", "", ("conflicts=extra,only_group",),
    ),
    (
        "no_extra", "--no-extra||", "list", "", "", "",
        "Leave this set out of `--all-extras`", "", ("check=extra",),
    ),
    (
        "dev", "--dev||", "flag", "", "DEV", "", "Include the group `dev`",
        "It is included by default.", ("hidden", "overrides=no_dev"),
    ),
    (
        "no_dev", "--no-dev||", "flag", "", "NO_DEV", "", "Leave out the group `dev`",
        "The same as `--no-group dev`.", ("overrides=dev",),
    ),
    (
        "only_dev", "--only-dev||", "flag", "", "", "",
        "Include the group `dev` and nothing else",
        "The same as `--only-group dev`: neither the project nor what it requires.",
        ("conflicts=group,all_groups,no_dev",),
    ),
    (
        "group", "--group||", "list", "", "", "", "Include a dependency group",
        "May be given more than once.", ("check=extra", "conflicts=only_group,only_dev"),
    ),
    (
        "no_group", "--no-group||", "list", "", "NO_GROUP", "", "Leave out a dependency group",
        "It goes before every other option about groups.", ("check=extra", "space"),
    ),
    (
        "no_default_groups", "--no-default-groups||", "flag", "", "NO_DEFAULT_GROUPS", "",
        "Leave out the groups that are included by default",
        "These are the ones of `tool.uv.default-groups`, by default `dev`.", (),
    ),
    (
        "only_group", "--only-group||", "list", "", "", "",
        "Include a dependency group and nothing else",
        "Neither the project nor what it requires. May be given more than once.",
        ("check=extra", "conflicts=group,dev,all_groups,extra,all_extras"),
    ),
    (
        "all_groups", "--all-groups||", "flag", "", "", "", "Include all dependency groups", "",
        ("conflicts=only_group,only_dev",),
    ),
)  # fmt: skip

LOCKED = (
    (
        "locked", "--locked||--no-locked", "flag", "", "LOCKED", "",
        "Fail if the lock file would change", "", ("conflicts=frozen,upgrade",),
    ),
    (
        "frozen", "--frozen||--no-frozen", "flag", "", "FROZEN", "",
        "Use the lock file as it is, without asking whether it is up to date", "",
        ("conflicts=locked,upgrade,no_sources",),
    ),
)  # fmt: skip

PROJECT_INSTALL = (
    (
        "no_editable", "--no-editable||--editable", "flag", "", "NO_EDITABLE", "",
        "Install projects of the workspace and other editables as ordinary packages", "", (),
    ),
    (
        "no_editable_package", "--no-editable-package||", "list", "", "", "",
        "Install this editable as an ordinary package", "", ("check=name",),
    ),
    (
        "inexact", "--inexact|--no-exact|", "flag", "", "", "",
        "Keep packages that the lock does not have", "", ("overrides=exact",),
    ),
    (
        "exact", "--exact||", "flag", "", "", "",
        "Remove packages that the lock does not have", "", ("hidden", "overrides=inexact"),
    ),
    (
        "active", "--active||--no-active", "flag", "", "", "",
        "Work on the active environment in place of the project's",
        "It is the one that `VIRTUAL_ENV` names.", (),
    ),
    (
        "no_install_project", "--no-install-project||", "flag", "", "NO_INSTALL_PROJECT", "",
        "Install what the project requires, but not the project itself", "",
        ("conflicts=only_install_project",),
    ),
    (
        "only_install_project", "--only-install-project||", "flag", "",
        "ONLY_INSTALL_PROJECT", "",
        "Install the project alone", "", ("hidden", "conflicts=no_install_project"),
    ),
    (
        "no_install_workspace", "--no-install-workspace||", "flag", "", "NO_INSTALL_WORKSPACE",
        "", "Install no project of the workspace", "", ("conflicts=only_install_workspace",),
    ),
    (
        "only_install_workspace", "--only-install-workspace||", "flag", "",
        "ONLY_INSTALL_WORKSPACE", "",
        "Install the projects of the workspace alone", "",
        ("hidden", "conflicts=no_install_workspace"),
    ),
    (
        "no_install_local", "--no-install-local||", "flag", "", "NO_INSTALL_LOCAL", "",
        "Install nothing that lies on this machine",
        "Neither projects of the workspace nor other directories and files.",
        ("conflicts=only_install_local",),
    ),
    (
        "only_install_local", "--only-install-local||", "flag", "",
        "ONLY_INSTALL_LOCAL", "",
        "Install what lies on this machine alone", "", ("hidden", "conflicts=no_install_local"),
    ),
    (
        "no_install_package", "--no-install-package||", "list", "", "NO_INSTALL_PACKAGE", "",
        "Do not install this package", "What it requires is installed all the same.",
        ("check=name", "space"),
    ),
    (
        "only_install_package", "--only-install-package||", "list", "", "", "",
        "Install this package alone", "", ("hidden", "check=name"),
    ),
)  # fmt: skip

PROJECT_TARGET = (
    (
        "all_packages", "--all-packages||", "flag", "", "", "",
        "Work for all members of the workspace",
        "Extras and groups are then taken of each member that has them.", ("conflicts=package",),
    ),
    (
        "package", "--package||", "list", "", "", "",
        "Work for this member of the workspace", "May be given more than once.",
        ("check=name", "conflicts=all_packages"),
    ),
    (
        "script", "--script||", "path", "", "", "",
        "Work for a script with a PEP 723 header in place of a project", "",
        (
            "conflicts=all_packages,package,no_install_project,no_install_workspace,"
            "no_install_local,extra,all_extras,no_extra,no_dev,only_dev,group,no_group,"
            "no_default_groups,only_group,all_groups,dev",
        ),
    ),
)  # fmt: skip

SYNC_REPORT = (
    (
        "output_format", "--output-format||", "choice", "output_format", "", "",
        "How to write the result to stdout", "", ("default=text",),
    ),
    (
        "dry_run", "--dry-run||", "flag", "", "", "", "Show what would happen; change nothing",
        "", (),
    ),
    (
        "check", "--check||--no-check", "flag", "", "", "",
        "Change nothing; end with exit code 1 if something would change", "", (),
    ),
)  # fmt: skip
