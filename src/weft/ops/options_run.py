"""Options of `weft run`.

Owns rows only; `ops.options` says what the columns are.
"""

from __future__ import annotations

RUN = (
    (
        "module", "-m --module||", "flag", "", "", "", "Run a Python module",
        "The same as `python -m MODULE`.", ("conflicts=as_script,gui_script",),
    ),
    (
        "exact", "--exact||", "flag", "", "", "",
        "Remove packages that the lock does not have",
        "Without it they stay.", ("overrides=inexact",),
    ),
    (
        "env_file", "--env-file||", "paths", "", "ENV_FILE", "",
        "Read variables for the command from this `.env` file",
        "May be given more than once; what later files say counts. A variable that is set already "
        "stays as it is.", ("space",),
    ),
    (
        "no_env_file", "--no-env-file||", "flag", "", "NO_ENV_FILE", "",
        "Read no `.env` files", "", (),
    ),
    (
        "with_packages", "-w --with||", "list", "WITH", "", "",
        "Run with these packages installed as well",
        "They lie over the environment of the project, in one of their own that is kept in the "
        "cache, and may contradict what the project requires. Several may be separated by commas.",
        (),
    ),
    (
        "with_editable", "--with-editable||", "list", "", "", "",
        "The same for a project in this directory, so that it can be edited", "", (),
    ),
    (
        "with_requirements", "--with-requirements||", "paths", "", "", "",
        "The same for everything that a file lists",
        "A requirements file, a script with a PEP 723 header or a `pylock.toml`.", (),
    ),
    (
        "isolated_run", "--isolated||", "flag", "", "ISOLATED", "",
        "Run in a new environment that is removed afterwards",
        "The project is installed into it; its own environment is not touched.", (),
    ),
    (
        "no_sync", "--no-sync||", "flag", "", "NO_SYNC", "",
        "Leave the environment as it is", "The lock file is not looked at either.", (),
    ),
    (
        "as_script", "-s --script||", "flag", "", "", "",
        "Take the command for the path of a Python script, whatever it is called", "",
        ("conflicts=module,gui_script",),
    ),
    (
        "gui_script", "--gui-script||", "flag", "", "", "",
        "Run a Python script without a console window",
        "On Windows by `pythonw`; elsewhere it is a script like any other.",
        ("conflicts=module,as_script",),
    ),
    (
        "member", "--package||", "text", "", "", "",
        "Run for this member of the workspace", "",
        ("check=name", "conflicts=all_packages,no_project", "metavar=PACKAGE"),
    ),
    (
        "no_project", "--no-project|--no-workspace|", "flag", "", "NO_PROJECT", "",
        "Take no notice of the project around",
        "The nearest environment serves, else an interpreter that is installed.",
        ("conflicts=member",),
    ),
    (
        "show_resolution", "--show-resolution||", "flag", "", "SHOW_RESOLUTION", "",
        "Say what was resolved and installed", "", ("hidden",),
    ),
    (
        "max_recursion_depth", "--max-recursion-depth||", "number", "",
        "RUN_MAX_RECURSION_DEPTH", "", "How often `weft run` may run itself", "",
        ("hidden", "default=100"),
    ),
)  # fmt: skip
