"""Rows of the table of commands: `weft cache` and its commands.

Owns rows only; `ops.commands_table` says what the columns are.
"""

from __future__ import annotations

from weft.ops.commands_blocks import GLOBAL

CACHE = (
    ("cache", "", "", "Look after the cache", "", (), "", GLOBAL, ()),
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
        (("Options", "CACHE_VERBS:force,materialize"), ("Options", "CACHE_REPORT"), *GLOBAL),
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
        (("Options", "CACHE_VERBS:ci,force"), ("Options", "CACHE_REPORT"), *GLOBAL),
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
        (("Options", "CACHE_VERBS:members"), ("Options", "CACHE_REPORT"), *GLOBAL),
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
        (("Options", "CACHE_VERBS:output_format,human"), *GLOBAL),
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
            *GLOBAL,
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
            *GLOBAL,
        ),
        ("requires=directories",),
    ),
)
