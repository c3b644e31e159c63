"""Rows of the table of commands: `weft python` and its commands.

Owns rows only; `ops.commands_table` says what the columns are.
"""

from __future__ import annotations

from weft.ops.commands_blocks import GLOBAL

_REQUEST = (
    "A version (`3.12`), a range (`>=3.11,<3.13`), a variant (`3.13t`, `3.13+debug`), an "
    "implementation with or without a version (`pypy`, `pypy@3.10`), a key "
    "(`cpython-3.12-linux-x86_64-gnu`, of which parts may be left out), the name of an executable, "
    "or the path of an interpreter or of a directory with one."
)

PYTHON = (
    ("python", "", "", "Find, install and pin Pythons", "", (), "", GLOBAL, ()),
    (
        "python list",
        "ls",
        "python_list",
        "List the Pythons that are installed, and those that could be",
        "One line for each path, the newest version first. Interpreters of virtual environments "
        "are left out. A request is a version, an implementation, a key or a path as "
        "`weft python find` takes it.",
        ("request", "[REQUEST]", "List only what this request allows"),
        "",
        (
            ("Options", "PYTHON_LIST"),
            ("Options", "PYTHON_READ:python_downloads_json_url"),
            *GLOBAL,
        ),
        (),
    ),
    (
        "python find",
        "",
        "python_find",
        "Show the path of a Python",
        "Looks at the active environment, at `.venv` here and above, at managed Pythons and at the "
        "search path, and shows the first that the request allows. Without a request that is the "
        "one of a version file or of the project's `requires-python`.\n\n" + _REQUEST,
        ("request", "[REQUEST]", "Which Python to look for"),
        "",
        (
            ("Options", "PYTHON_FIND"),
            ("Options", "PYTHON_READ:python_downloads_json_url"),
            *GLOBAL,
        ),
        (),
    ),
    (
        "python pin",
        "",
        "python_pin",
        "Write or show the version file of a project",
        "Writes `.python-version` in the working directory. Without a request it shows what the "
        "nearest version file asks for.",
        ("request", "[REQUEST]", "Which Python to ask for"),
        "",
        (
            ("Options", "PYTHON_PIN"),
            ("Options", "PYTHON_READ:python_downloads_json_url"),
            *GLOBAL,
        ),
        (),
    ),
    (
        "python dir",
        "",
        "python_dir",
        "Show the directory of managed Pythons",
        "",
        (),
        "",
        (("Options", "PYTHON_READ:bin"), *GLOBAL),
        (),
    ),
    (
        "python install",
        "",
        "python_install",
        "Download and install Pythons",
        "CPython comes from python-build-standalone, PyPy from its own project; archives are "
        "checked by hash. Without a version those of `.python-versions` or `.python-version` are "
        "installed, and without these files the newest, unless there is a managed Python already. "
        "An executable like `python3.13` is put into the directory of executables, which "
        "`weft python dir --bin` shows.\n\n" + _REQUEST,
        ("targets", "[TARGETS]...", "The Pythons to install"),
        "",
        (("Options", "PYTHON_INSTALL"), *GLOBAL),
        (),
    ),
    (
        "python upgrade",
        "",
        "python_upgrade",
        "Go on to the newest patches of installed Pythons",
        "Older patches stay installed. Environments that were made for a minor version use the "
        "newest patch from then on.",
        ("targets", "[TARGETS]...", "The minor versions to upgrade; all without any"),
        "",
        (
            (
                "Options",
                "PYTHON_INSTALL:install_dir,python_install_mirror,pypy_install_mirror,"
                "graalpy_install_mirror,pyodide_install_mirror,reinstall,"
                "python_downloads_json_url,compile_bytecode",
            ),
            *GLOBAL,
        ),
        (),
    ),
    (
        "python uninstall",
        "",
        "python_uninstall",
        "Remove managed Pythons",
        "Their executables in the directory of executables go with them.",
        ("targets", "<TARGETS>...", "The Pythons to remove"),
        "<TARGETS>...",
        (
            ("Options", "PYTHON_INSTALL:install_dir"),
            ("Options", "PYTHON_UNINSTALL"),
            *GLOBAL,
        ),
        ("requires=targets,all_pythons",),
    ),
    (
        "python update-shell",
        "ensurepath",
        "python_update_shell",
        "Put the directory of Python executables on the search path",
        "Adds a line to the files that your shell reads when it starts, and says which.",
        (),
        "",
        GLOBAL,
        (),
    ),
)
