"""Options that say which versions are chosen.

Owns rows only; `ops.options` says what the columns are.
"""

from __future__ import annotations

RESOLVER = (
    (
        "upgrade", "-U --upgrade||--no-upgrade", "flag", "", "", "upgrade",
        "Choose the newest versions, whatever is installed or pinned",
        "Also asks the index again (`--refresh`).", (),
    ),
    (
        "upgrade_package", "-P --upgrade-package||", "list", "", "", "upgrade-package",
        "Choose the newest version of this package, which may carry a specifier",
        "Also asks the index again for that package.", ("check=requirement",),
    ),
    (
        "upgrade_group", "--upgrade-group||", "list", "", "", "",
        "Choose the newest versions for the packages of a dependency group", "",
        ("check=name", "foreign=pip"),
    ),
    (
        "resolution", "--resolution||", "choice", "resolution", "RESOLUTION", "resolution",
        "Which of the fitting versions to choose", "", ("default=highest",),
    ),
    (
        "prerelease", "--prerelease||", "choice", "prerelease", "PRERELEASE", "prerelease",
        "When to accept pre-releases", "", ("default=if-necessary",),
    ),
    (
        "pre", "--pre||", "flag", "", "", "", "Accept pre-releases", "", ("hidden",),
    ),
    (
        "prerelease_package", "--prerelease-package||", "list", "", "", "prerelease-package",
        "When to accept pre-releases of one package: `PACKAGE=MODE`", "",
        ("check=prerelease_package",),
    ),
    (
        "fork_strategy", "--fork-strategy||", "choice", "fork_strategy", "FORK_STRATEGY",
        "fork-strategy", "What to optimise where platforms need different versions",
        "Matters only to resolutions for several platforms or Pythons at once.",
        ("default=requires-python",),
    ),
    (
        "exclude_newer", "--exclude-newer||", "text", "", "EXCLUDE_NEWER", "exclude-newer",
        "Leave out files that were uploaded after this time",
        "A timestamp (`2006-12-02T02:07:43Z`), a local date (`2006-12-02`), or a duration before "
        "now (`24 hours`, `2 weeks`, `P30D`) of days of 24 hours. `false` switches it off.",
        ("check=exclude_newer",),
    ),
    (
        "exclude_newer_package", "--exclude-newer-package||", "list", "", "",
        "exclude-newer-package", "The same for one package: `PACKAGE=DATE`", "",
        ("check=exclude_newer_package",),
    ),
    (
        "no_sources", "--no-sources||", "flag", "", "NO_SOURCES", "no-sources",
        "Ignore `sources` tables of projects",
        "What remains are the requirements as others see them after publishing.", (),
    ),
    (
        "no_sources_package", "--no-sources-package||", "list", "", "NO_SOURCES_PACKAGE",
        "no-sources-package", "Ignore `sources` tables for this package", "",
        ("check=name", "space"),
    ),
)  # fmt: skip
