"""Options of `weft version`, `weft cache`, `weft self` and `weft help`.

Owns rows only; `ops.options` says what the columns are.
"""

from __future__ import annotations

PROJECT_VERSION = (
    (
        "bump", "--bump||", "list", "", "", "", "Raise the version by these rules",
        "`major`, `minor`, `patch`, `stable` (no pre-release any more), `alpha`, `beta`, `rc`, "
        "`post` or `dev`, each maybe with the number to set: `minor=7`. May be given more than "
        "once: `--bump patch --bump beta`.",
        ("metavar=BUMP[=VALUE]",),
    ),
    (
        "dry_run", "--dry-run||", "flag", "", "", "", "Show the version; write nothing", "", (),
    ),
    ("short", "--short||", "flag", "", "", "", "Show the version alone", "", ()),
    (
        "output_format", "--output-format||", "choice", "output_format", "", "",
        "How to write the result to stdout", "", ("default=text",),
    ),
    (
        "no_sync", "--no-sync||", "flag", "", "NO_SYNC", "",
        "Bring the lock in line, but not the environment", "", (),
    ),
    (
        "active", "--active||--no-active", "flag", "", "", "",
        "Prefer the active environment over the project's", "", (),
    ),
    (
        "locked", "--locked||--no-locked", "flag", "", "LOCKED", "",
        "Fail if the lock file would change", "", ("conflicts=frozen",),
    ),
    (
        "frozen", "--frozen||--no-frozen", "flag", "", "FROZEN", "",
        "Leave the lock file and the environment as they are", "", ("conflicts=locked",),
    ),
    (
        "member", "--package||", "text", "", "", "",
        "Work for this member of the workspace", "",
        ("check=name", "metavar=PACKAGE"),
    ),
)  # fmt: skip

CACHE_VERBS = (
    (
        "force", "--force||", "flag", "", "", "",
        "Do not wait for other weft processes to finish",
        "`weft cache prune` never waits: what others use stays.", (),
    ),
    (
        "materialize", "--materialize||", "flag", "", "", "",
        "Turn the symbolic links of environments into files first",
        "Without it the cache is not emptied while environments are linked to it by "
        "`--link-mode symlink`: they would break.", (),
    ),
    (
        "members", "--members||", "flag", "", "", "",
        "Show the directories on all file systems",
        "One a line, that of the settings first. The ones of file systems that are not mounted "
        "now are left out.", (),
    ),
    (
        "ci", "--ci||", "flag", "", "", "",
        "Also remove what can be downloaded again",
        "What is kept by a machine of continuous integration between its runs should be what is "
        "dear to make: wheels that were built from source. Environments of tools and scripts go "
        "even if they were used lately.", (),
    ),
    (
        "output_format", "--output-format||", "choice", "size_format", "", "",
        "How to write the size", "", ("default=auto",),
    ),
    (
        "human", "-H --human|--human-readable|", "flag", "", "", "",
        "Write the size for people, like `1.2GiB`", "", (),
    ),
)  # fmt: skip

CACHE_REPORT = (
    (
        "output_format", "--output-format||", "choice", "output_format", "", "",
        "How to write the result to stdout", "", ("default=text",),
    ),
)  # fmt: skip

META = (
    ("short", "--short||", "flag", "", "", "", "Show the version alone", "", ()),
    (
        "output_format", "--output-format||", "choice", "output_format", "", "",
        "How to write the result to stdout", "", ("default=text",),
    ),
    ("no_pager", "--no-pager||", "flag", "", "", "", "Do not page the text", "", ()),
)  # fmt: skip
