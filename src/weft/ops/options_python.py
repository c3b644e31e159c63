"""Options of `weft python list`, `find`, `pin`, `dir`.

Owns rows only; `ops.options` says what the columns are.
"""

from __future__ import annotations

PYTHON_LIST = (
    (
        "all_versions", "--all-versions||", "flag", "", "", "",
        "List every version that can be downloaded, not only the newest patches", "", (),
    ),
    (
        "all_platforms", "--all-platforms||", "flag", "", "", "",
        "List downloads for other platforms too", "", (),
    ),
    (
        "all_arches", "--all-arches||", "flag", "", "", "",
        "List downloads for other processors too", "", (),
    ),
    (
        "only_installed", "--only-installed||", "flag", "", "", "",
        "List only Pythons that are installed", "", ("conflicts=only_downloads",),
    ),
    (
        "only_downloads", "--only-downloads||", "flag", "", "", "",
        "List only Pythons that can be downloaded", "", ("conflicts=only_installed",),
    ),
    (
        "show_urls", "--show-urls||", "flag", "", "", "",
        "Show the addresses of downloads", "", (),
    ),
    (
        "output_format", "--output-format||", "choice", "output_format", "", "",
        "How to write the list", "", ("default=text",),
    ),
)  # fmt: skip

PYTHON_FIND = (
    (
        "no_project", "--no-project|--no-workspace|", "flag", "", "NO_PROJECT", "",
        "Ignore the project around the working directory", "", (),
    ),
    (
        "system", "--system||--no-system", "flag", "", "SYSTEM_PYTHON", "",
        "Leave out virtual environments", "", (),
    ),
    (
        "script", "--script||", "path", "", "", "",
        "Show the Python of a script with a PEP 723 header in place of a project's", "",
        ("conflicts=no_project,system",),
    ),
    (
        "show_version", "--show-version||", "flag", "", "", "",
        "Show the version in place of the path", "", (),
    ),
    (
        "resolve_links", "--resolve-links||", "flag", "", "", "",
        "Show the path that symbolic links lead to", "", (),
    ),
)  # fmt: skip

PYTHON_PIN = (
    (
        "resolved", "--resolved||--no-resolved", "flag", "", "", "",
        "Write the path of the interpreter in place of the request", "", (),
    ),
    (
        "no_project", "--no-project|--no-workspace|", "flag", "", "NO_PROJECT", "",
        "Do not check the request against the project's `requires-python`", "", (),
    ),
    (
        "global_pin", "--global||", "flag", "", "", "",
        "Use the version file in the directory of a person's settings",
        "It holds where no other version file is found.", (),
    ),
    (
        "rm", "--rm||", "flag", "", "", "", "Remove the version file", "",
        ("conflicts=resolved",),
    ),
)  # fmt: skip

PYTHON_READ = (
    (
        "python_downloads_json_url", "--python-downloads-json-url||", "text", "",
        "PYTHON_DOWNLOADS_JSON_URL", "python-downloads-json-url",
        "A table of downloads in place of the built-in one",
        "The path or URL of a JSON file.", (),
    ),
    (
        "bin", "--bin||", "flag", "", "", "",
        "Show the directory of executables", "", (),
    ),
)  # fmt: skip
