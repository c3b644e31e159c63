"""Rows of the table of commands: environments and distributions.

Owns rows only; `ops.commands_table` says what the columns are.
"""

from __future__ import annotations

from weft.ops.commands_blocks import GLOBAL, WITH_PYTHON

MAIN = (
    (
        "venv",
        "virtualenv v",
        "venv",
        "Create a virtual environment",
        "Without a path the environment is `.venv` in the working directory. It need not be "
        "activated: weft finds a `.venv` in the working directory and its parents.",
        ("path", "[PATH]", "Directory of the environment"),
        "",
        (
            ("Options", "VENV"),
            ("Options", "INSTALLER:link_mode,link_strict,max_copied"),
            ("Python options", "INTERPRETER"),
            ("Python options", "PYTHON"),
            ("Index options", "INDEX"),
            ("Resolver options", "RESOLVER:exclude_newer,exclude_newer_package"),
            ("Cache options", "CACHE"),
            ("Cache options", "REFRESH"),
            ("Global options", "GLOBAL"),
        ),
        (),
    ),
    (
        "build",
        "",
        "build",
        "Build source distributions and wheels",
        "Without `--sdist` and `--wheel` a source distribution is built of the tree, and a wheel "
        "of the source distribution, so that the wheel shows what others will get of it.",
        ("source", "[SRC]", "Directory of the project, or an archive for `--wheel`"),
        "",
        (
            ("Options", "BUILDING"),
            ("Index options", "INDEX"),
            ("Resolver options", "RESOLVER"),
            ("Build options", "BUILD"),
            ("Installer options", "INSTALLER:link_mode"),
            ("Cache options", "CACHE"),
            ("Cache options", "REFRESH"),
            *WITH_PYTHON[1:],
        ),
        (),
    ),
    (
        "publish",
        "",
        "publish",
        "Upload distributions to an index",
        "Uploads wheels, source distributions and their attestations, one after the other; other "
        "files that a path matches are passed over. With `--check-url` or `--index` files that "
        "the index has already are skipped, so that the command can be repeated.",
        ("distributions", "[FILES]...", "Paths to upload, or glob patterns; `dist/*` without any"),
        "",
        (("Options", "PUBLISH"), ("Options", "INDEX:keyring_provider"), *GLOBAL),
        ("keeps",),
    ),
)
