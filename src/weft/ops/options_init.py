"""Options of `weft init`.

Owns rows only; `ops.options` says what the columns are.
"""

from __future__ import annotations

INIT = (
    (
        "name", "--name||", "text", "", "", "", "The name of the project",
        "By default that of its directory.", ("check=name", "conflicts=as_script"),
    ),
    (
        "bare", "--bare||", "flag", "", "INIT_BARE", "", "Write nothing but the `pyproject.toml`",
        "No `README.md`, no sources, no `.python-version`, no repository; a build system only with "
        "`--package`, `--lib` or `--build-backend`. With `--script` the metadata alone.", (),
    ),
    (
        "package_it", "--package||", "flag", "", "", "",
        "Set the project up to be built as a package", "This is the default.",
        ("conflicts=as_script,no_package",),
    ),
    (
        "no_package", "--no-package||", "flag", "", "", "",
        "Set the project up without a build system",
        "It is a `main.py` that cannot be installed.",
        ("conflicts=package_it,lib,build_backend,as_script",),
    ),
    (
        "virtual", "--virtual||", "flag", "", "", "", "", "", ("hidden", "conflicts=package_it"),
    ),
    (
        "app", "--app|--application|", "flag", "", "", "", "Make an application",
        "It has a command. This is the default.", ("conflicts=lib,as_script",),
    ),
    (
        "lib", "--lib|--library|", "flag", "", "", "", "Make a library",
        "It has type annotations that others may rely on, and no command.",
        ("conflicts=app,as_script,no_package",),
    ),
    (
        "as_script", "--script||", "flag", "", "", "", "Make a script with a PEP 723 header",
        "A file that says itself which Python and which packages it needs. An existing file gets "
        "the header.",
        ("conflicts=app,lib,package_it,build_backend,description,no_description,vcs,name",),
    ),
    (
        "description", "--description||", "text", "", "", "", "The description of the project", "",
        ("conflicts=as_script,no_description",),
    ),
    (
        "no_description", "--no-description||", "flag", "", "", "", "Write no description", "",
        ("conflicts=as_script,description",),
    ),
    (
        "vcs", "--vcs||", "choice", "vcs", "", "", "Start a repository around the project",
        "By default with Git, unless there is one already.", ("conflicts=as_script",),
    ),
    (
        "build_backend", "--build-backend||", "choice", "build_backend",
        "INIT_BUILD_BACKEND", "", "The build back end to set up", "",
        ("conflicts=as_script,no_package",),
    ),
    (
        "no_readme", "--no-readme||", "flag", "", "", "", "Write no `README.md`", "", (),
    ),
    (
        "author_from", "--author-from||", "choice", "author_from", "", "",
        "Where to learn who the author is", "", (),
    ),
    (
        "no_pin_python", "--no-pin-python||--pin-python", "flag", "", "", "",
        "Write no `.python-version`", "", (),
    ),
    (
        "no_workspace", "--no-workspace|--no-project|", "flag", "", "", "",
        "Make a project on its own, whatever is above it", "", (),
    ),
)  # fmt: skip

NO_PROJECT = (
    (
        "project", "--project||", "path", "", "", "", "", "",
        (
            "hidden",
            "refuse=The `--project` option cannot be used in `weft init`. Use `--directory` "
            "instead.",
        ),
    ),
)  # fmt: skip
