"""Every command: its path, what it is called too, what it takes and which module carries it out.

Owns rows only; `ops.commands` reads them. A later command is a new row here; nothing else has to
change for it to be parsed and documented. The columns are: path; aliases; module under `weft.ops`,
empty for a group; about; more; positional `(dest, as shown, help)`; usage tail where the table's
own would not do; blocks as `(heading, block)` of `ops.options`; marks: `hidden`, `requires=dests`
(one of them must be given), `keeps` (`-q` does not silence the result), `check=NAME` (what the
positional must look like).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    # path, aliases, module under weft.ops, about, more, positional, usage tail, blocks, marks
    Row = tuple[
        str, str, str, str, str, tuple[str, ...], str, tuple[tuple[str, str], ...], tuple[str, ...]
    ]

_GLOBAL = (
    ("Cache options", "CACHE"),
    ("Python options", "PYTHON"),
    ("Global options", "GLOBAL"),
)
_WITH_PYTHON = (
    ("Cache options", "CACHE"),
    ("Python options", "INTERPRETER"),
    ("Python options", "PYTHON"),
    ("Global options", "GLOBAL"),
)

COMMANDS: tuple[Row, ...] = (
    (
        "version",
        "",
        "version",
        "Show the project's version",
        "Reads `project.version` of the nearest `pyproject.toml`. For the version of weft itself "
        "run `weft self version`.",
        ("value", "[VALUE]", "Set the project's version to this value"),
        "",
        (
            ("Options", "PROJECT_VERSION"),
            ("Index options", "INDEX"),
            ("Resolver options", "RESOLVER"),
            ("Installer options", "INSTALLER"),
            ("Build options", "BUILD"),
            ("Cache options", "CACHE"),
            ("Cache options", "REFRESH"),
            ("Python options", "INTERPRETER"),
            ("Python options", "PYTHON"),
            ("Global options", "GLOBAL"),
        ),
        (),
    ),
    (
        "pip",
        "",
        "",
        "Work on an environment the way pip does",
        "",
        (),
        "",
        (("Options", "PIP:cert"), *_GLOBAL),
        (),
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
            *_WITH_PYTHON[1:],
        ),
        ("requires=packages,requirements,editable,group",),
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
            *_WITH_PYTHON,
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
            *_WITH_PYTHON,
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
            *_WITH_PYTHON,
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
            *_WITH_PYTHON,
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
                "show_sizes",
            ),
            ("Options", "PIP:strict,cert,system,disable_pip_version_check"),
            ("Index options", "INDEX"),
            ("Resolver options", "RESOLVER:exclude_newer,exclude_newer_package"),
            *_WITH_PYTHON,
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
            *_WITH_PYTHON,
        ),
        (),
    ),
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
            *_WITH_PYTHON[1:],
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
        (("Options", "PUBLISH"), ("Options", "INDEX:keyring_provider"), *_GLOBAL),
        ("keeps",),
    ),
    ("cache", "", "", "Look after the cache", "", (), "", _GLOBAL, ()),
    (
        "cache clean",
        "clear",
        "cache_clean",
        "Empty the cache, or remove what belongs to some packages",
        "Environments that were linked out of the cache keep working. While some are linked by "
        "`--link-mode symlink`, they are listed and nothing is removed; see `--materialize`. The "
        "parts of the cache on other file systems are emptied too, if they are mounted.",
        ("packages", "[PACKAGE]...", "Packages to remove from the cache"),
        "",
        (("Options", "CACHE_VERBS:force,materialize"), *_GLOBAL),
        ("check=name",),
    ),
    (
        "cache prune",
        "",
        "cache_prune",
        "Remove what nothing can use any more",
        "",
        (),
        "",
        (("Options", "CACHE_VERBS:ci,force"), *_GLOBAL),
        (),
    ),
    (
        "cache dir",
        "",
        "cache_dir",
        "Show the cache's directory",
        "One line. The cache may have further directories on other file systems; `--members` "
        "shows them too.",
        (),
        "",
        (("Options", "CACHE_VERBS:members"), ("Options", "CACHE_REPORT"), *_GLOBAL),
        (),
    ),
    (
        "cache size",
        "",
        "cache_size",
        "Show how much the cache holds on disk",
        "Counts allocated blocks on all file systems that have a part of the cache, every file "
        "once however many links it has. On a terminal the "
        "size is written for people, elsewhere in bytes.",
        (),
        "",
        (("Options", "CACHE_VERBS:output_format,human"), *_GLOBAL),
        ("keeps",),
    ),
    (
        "cache doctor",
        "",
        "cache_doctor",
        "Explain how files get from the cache into a directory",
        "Tries what the file systems of the cache and of the directory can do, says which way an "
        "install would take and why, where the caches of other installers are, and what would "
        "make it better. Writes nothing but empty files for these trials, which it removes.",
        ("path", "[PATH]", "The directory; by default the environment in use"),
        "",
        (
            ("Options", "CACHE_REPORT"),
            ("Options", "INSTALLER:link_mode"),
            *_GLOBAL,
        ),
        ("keeps",),
    ),
    (
        "cache import",
        "",
        "cache_import",
        "Take wheels from directories or from pip's cache into the cache",
        "`pip` stands for the directory that `pip cache dir` shows (write `./pip` for a directory "
        "of that name). The next install of these wheels downloads none of them. Where the pages "
        "of indexes are known, wheels are checked against their hashes; the others are found by "
        "their hash as soon as an index lists it. Wheels of directories that no known page lists "
        "are taken to be of the index that `--index` names. No network is used.",
        ("directories", "[DIRECTORY|pip]...", "Where to look for wheels"),
        "<DIRECTORY|pip>...",
        (
            ("Index options", "INDEX:index,default_index,index_url,extra_index_url"),
            *_GLOBAL,
        ),
        ("requires=directories",),
    ),
    ("self", "", "", "Look after weft itself", "", (), "", _GLOBAL, ()),
    (
        "self version",
        "",
        "self_version",
        "Show weft's version",
        "",
        (),
        "",
        (("Options", "META:short,output_format"), *_GLOBAL),
        (),
    ),
    (
        "clean",
        "",
        "cache_clean",
        "Empty the cache, or remove what belongs to some packages",
        "",
        ("packages", "[PACKAGE]...", "Packages to remove from the cache"),
        "",
        (("Options", "CACHE_VERBS:force,materialize"), *_GLOBAL),
        ("hidden", "check=name"),
    ),
    (
        "help",
        "",
        "help",
        "Show the documentation of a command",
        "",
        ("topic", "[COMMAND]...", "The command to explain"),
        "",
        (("Options", "META:no_pager"), *_GLOBAL),
        (),
    ),
)

# What `weft` takes before a command. `TOOL` is `--version`.
ROOT: Row = (
    "",
    "",
    "",
    "A Python package and project manager that links environments out of one cache.",
    "",
    (),
    "",
    (*_GLOBAL, ("Global options", "TOOL")),
    (),
)
