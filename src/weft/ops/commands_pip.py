"""Rows of the table of commands: `weft pip` and its commands.

Owns rows only; `ops.commands_table` says what the columns are.
"""

from __future__ import annotations

from weft.ops.commands_blocks import GLOBAL, WITH_PYTHON

PIP = (
    (
        "pip",
        "",
        "",
        "Work on an environment the way pip does",
        "",
        (),
        "",
        (("Options", "PIP:cert"), *GLOBAL),
        (),
    ),
    (
        "pip compile",
        "",
        "pip_compile",
        "Write down the exact versions that requirements lead to",
        "Prints a requirements file, or a `pylock.toml`, with a version for everything that the "
        "given files ask for, directly or not. Nothing is installed. The result holds for the "
        "current Python and platform, for those of `--python-version` and `--python-platform`, or "
        "with `--universal` for all of them.",
        (
            "requirements",
            "[SRC_FILE]...",
            "Requirements files, `pyproject.toml`, `setup.py`, `setup.cfg`, scripts; `-` is stdin",
        ),
        "<SRC_FILE|--group <GROUP>>",
        (
            (
                "Options",
                "PIP_INSTALL:constraints,overrides,excludes,build_constraints,"
                "require_build_hashes,extra,all_extras,group,no_deps",
            ),
            ("Options", "COMPILE"),
            (
                "Options",
                "PIP_INSTALL:no_build,no_binary_package,only_binary,python_platform,torch_backend",
            ),
            ("Options", "PIP:cert,system,disable_pip_version_check"),
            ("Index options", "INDEX"),
            ("Resolver options", "RESOLVER"),
            (
                "Build options",
                "BUILD:config_setting,config_settings_package,no_build_isolation,"
                "no_build_isolation_package",
            ),
            ("Installer options", "INSTALLER:link_mode"),
            ("Cache options", "CACHE"),
            ("Cache options", "REFRESH"),
            ("Python options", "INTERPRETER"),
            ("Python options", "PIP_INSTALL:python_version"),
            *WITH_PYTHON[2:],
        ),
        ("requires=requirements,group", "keeps", "always"),
    ),
    (
        "pip sync",
        "",
        "pip_sync",
        "Make an environment exactly what a file lists",
        "Installs what a requirements file or a `pylock.toml` lists and removes everything else. "
        "Dependencies are not looked for: the file has to list them, as those of `weft pip "
        "compile` do. The versions, files and hashes of a `pylock.toml` are taken as they stand "
        "there, without asking an index.",
        (
            "requirements",
            "<SRC_FILE>...",
            "Requirements files, or one `pylock.toml`; `-` reads a requirements file from stdin",
        ),
        "<SRC_FILE>...",
        (
            (
                "Options",
                "PIP_INSTALL:constraints,build_constraints,extra,all_extras,group,require_hashes,"
                "no_verify_hashes,require_build_hashes,no_build,no_binary_package,only_binary,"
                "python_version,python_platform,dry_run,check,output_format,torch_backend,receipt",
            ),
            ("Options", "SYNC"),
            ("Options", "PIP:cert,system,break_system_packages,target,prefix,strict"),
            ("Index options", "INDEX"),
            (
                "Resolver options",
                "RESOLVER:exclude_newer,exclude_newer_package,no_sources,no_sources_package",
            ),
            ("Installer options", "INSTALLER"),
            ("Build options", "BUILD:config_setting,config_settings_package,no_build_isolation"),
            ("Cache options", "CACHE"),
            ("Cache options", "REFRESH"),
            *WITH_PYTHON[1:],
        ),
        ("requires=requirements",),
    ),
    (
        "pip install",
        "",
        "pip_install",
        "Install packages into an environment",
        "The environment is the active one (`VIRTUAL_ENV`), else the nearest `.venv` of this "
        "directory and its parents; `--system`, `--python`, `--target` and `--prefix` choose "
        "another. What is installed already stays as long as it fits. The files are linked out of "
        "the cache wherever the file systems can do it; see `--link-mode`.",
        ("packages", "[PACKAGE]...", "Packages to install; earlier ones weigh more in conflicts"),
        "<PACKAGE|--requirements <REQUIREMENTS>|--editable <EDITABLE>|--group <GROUP>>",
        (
            ("Options", "PIP_INSTALL"),
            ("Options", "PIP:cert,system,break_system_packages,target,prefix,strict"),
            ("Options", "PIP:disable_pip_version_check"),
            ("Index options", "INDEX"),
            ("Resolver options", "RESOLVER"),
            ("Installer options", "INSTALLER"),
            (
                "Build options",
                "BUILD:config_setting,config_settings_package,no_build_isolation,"
                "no_build_isolation_package",
            ),
            ("Cache options", "CACHE"),
            ("Cache options", "REFRESH"),
            *WITH_PYTHON[1:],
        ),
        ("requires=packages,requirements,editable,group",),
    ),
    (
        "pip download",
        "",
        "pip_download",
        "Download packages into a directory",
        "Fetches the wheels and source distributions of packages and of all that these need, for "
        "this machine or another one. The directory can be given to `--find-links`, so that "
        "`weft pip install --no-index --find-links DIR` works without a network. Source "
        "distributions are cloned out of the cache where the file system can do that.",
        ("packages", "[PACKAGE]...", "Packages to download"),
        "<PACKAGE|--requirements <REQUIREMENTS>|--group <GROUP>>",
        (
            ("Options", "DOWNLOAD"),
            (
                "Options",
                "PIP_INSTALL:requirements,constraints,overrides,excludes,build_constraints,extra,"
                "all_extras,group,no_deps,require_hashes,no_verify_hashes,require_build_hashes,"
                "no_build,no_binary_package,only_binary,dry_run,output_format",
            ),
            ("Options", "PIP:cert,system,disable_pip_version_check"),
            ("Index options", "INDEX"),
            ("Resolver options", "RESOLVER"),
            (
                "Build options",
                "BUILD:config_setting,config_settings_package,no_build_isolation,"
                "no_build_isolation_package",
            ),
            ("Installer options", "INSTALLER:link_mode"),
            ("Cache options", "CACHE"),
            ("Cache options", "REFRESH"),
            *WITH_PYTHON[1:],
        ),
        ("requires=packages,requirements,group",),
    ),
    (
        "pip uninstall",
        "",
        "pip_uninstall",
        "Remove packages from an environment",
        "",
        ("packages", "[PACKAGE]...", "Packages to remove"),
        "<PACKAGE|--requirements <REQUIREMENTS>>",
        (
            ("Options", "PIP_INSTALL:requirements,dry_run"),
            ("Index options", "INDEX:keyring_provider"),
            ("Options", "PIP:cert,system,break_system_packages,target,prefix"),
            ("Options", "PIP:disable_pip_version_check,yes"),
            *WITH_PYTHON,
        ),
        ("requires=packages,requirements",),
    ),
    (
        "pip freeze",
        "",
        "pip_freeze",
        "List installed packages as requirements",
        "",
        (),
        "",
        (
            ("Options", "PIP_READ:exclude_editable,exclude,paths,output_format"),
            ("Options", "PIP:strict,cert,system,target,prefix,disable_pip_version_check"),
            *WITH_PYTHON,
        ),
        ("keeps",),
    ),
    (
        "pip list",
        "ls",
        "pip_list",
        "List installed packages in a table",
        "",
        (),
        "",
        (
            (
                "Options",
                "PIP_READ:only_editable,exclude_editable,exclude,format,outdated,output_format",
            ),
            ("Options", "PIP:strict,cert,system,target,prefix,disable_pip_version_check"),
            ("Index options", "INDEX"),
            ("Resolver options", "RESOLVER:exclude_newer,exclude_newer_package"),
            *WITH_PYTHON,
        ),
        ("keeps",),
    ),
    (
        "pip show",
        "",
        "pip_show",
        "Show what is known about installed packages",
        "",
        ("packages", "[PACKAGE]...", "Packages to show"),
        "",
        (
            ("Options", "PIP_READ:files,output_format"),
            ("Options", "PIP:strict,cert,system,target,prefix,disable_pip_version_check"),
            *WITH_PYTHON,
        ),
        (),
    ),
    (
        "pip tree",
        "",
        "pip_tree",
        "Show installed packages as a tree of dependencies",
        "",
        (),
        "",
        (
            (
                "Options",
                "PIP_READ:show_version_specifiers,depth,prune,package,no_dedupe,invert,outdated,"
                "show_sizes,output_format",
            ),
            ("Options", "PIP:strict,cert,system,disable_pip_version_check"),
            ("Index options", "INDEX"),
            ("Resolver options", "RESOLVER:exclude_newer,exclude_newer_package"),
            *WITH_PYTHON,
        ),
        (),
    ),
    (
        "pip check",
        "",
        "pip_check",
        "Check that installed packages fit together",
        "",
        (),
        "",
        (
            ("Options", "PIP_INSTALL:python_version,python_platform"),
            ("Options", "PIP_READ:output_format"),
            ("Options", "PIP:cert,system,disable_pip_version_check"),
            *WITH_PYTHON,
        ),
        (),
    ),
    (
        "pip debug",
        "",
        "pip_debug",
        "Not supported",
        "",
        (),
        "",
        (
            ("Options", "DOWNLOAD:platforms,python_version,implementation,abis"),
            ("Options", "PIP:cert,disable_pip_version_check"),
            *GLOBAL,
        ),
        ("hidden",),
    ),
)
