"""Options of `weft tool run` and `weftx`.

Owns rows only; `ops.options` says what the columns are.
"""

from __future__ import annotations

TOOL_RUN = (
    (
        "from_package", "--from||", "text", "", "", "",
        "The package that has the program",
        "Without it the package is the one that is called like the program. A version can be "
        "given as in `ruff@0.6.0`, `ruff@latest` or `ruff>=0.6`; a directory, a file, a URL or a "
        "Git repository are taken too.", (),
    ),
    (
        "with_packages", "-w --with||", "list", "WITH", "", "",
        "Run with these packages installed as well", "Several may be separated by commas.", (),
    ),
    (
        "with_editable", "--with-editable||", "list", "", "", "",
        "The same for a project in this directory, so that it can be edited", "", (),
    ),
    (
        "with_requirements", "--with-requirements||", "paths", "", "", "",
        "The same for everything that a file lists", "", (),
    ),
    (
        "isolated_run", "--isolated||", "flag", "", "ISOLATED", "",
        "Take no notice of tools that are installed",
        "The environment is one of the cache, like that of a tool that is not installed.", (),
    ),
    (
        "env_file", "--env-file||", "paths", "", "ENV_FILE", "",
        "Read variables for the program from this `.env` file",
        "May be given more than once; what later files say counts. A variable that is set already "
        "stays as it is.", ("space",),
    ),
    (
        "no_env_file", "--no-env-file||", "flag", "", "NO_ENV_FILE", "",
        "Read no `.env` files", "", (),
    ),
    (
        "lfs", "--lfs||--no-lfs", "flag", "", "", "", "Fetch large files of Git repositories",
        "", (),
    ),
    (
        "show_resolution", "--show-resolution||", "flag", "", "", "",
        "Say what was resolved and installed", "", ("hidden",),
    ),
)  # fmt: skip
