"""Environment variables: the page that tells all of them.

Owns the facts about variables that are no rows of the options table: those that other tools share,
those that weft sets, and those of uv that mean nothing here, with the reason. A test looks each up
in the source.
"""

from __future__ import annotations

from weft.cli.help import spelled
from weft.cli.variables import names
from weft.ops.commands import Command
from weft.ops.commands_table import every_row
from weft.ops.options import Option, all_rows, options

# Read by name in the source.
OTHERS = {
    "VIRTUAL_ENV": "The active environment",
    "CONDA_PREFIX": "The active environment of conda, unless it is its base environment",
    "CONDA_DEFAULT_ENV": "The name of that environment",
    "WEFT_PYTHON_SEARCH_PATH": "Directories of Pythons, in place of `PATH`",
    "WEFT_PYTHON_BIN_DIR": "The directory of the executables of installed Pythons",
    "WEFT_PYTHON_CACHE_DIR": "Keep archives of Pythons in this directory",
    "WEFT_CREDENTIALS_DIR": "The directory of the file that `weft auth login` writes",
    "WEFT_INDEX_<NAME>_USERNAME": "The user for the index of that name",
    "WEFT_INDEX_<NAME>_PASSWORD": "The password for the index of that name",
    "WEFT_LIBC": "The C library of Pythons to install: `gnu` or `musl`",
    "WEFT_RUN_RECURSION_DEPTH": "Set for commands of `weft run`: how often it has run itself",
    "WEFT": "Set for commands of `weft run` and `weftx`: the path of weft; `UV` is the same",
    "UV_CACHE_DIR": "Where uv's cache is, for `weft cache doctor`; it does not move weft's",
    "UV_PYTHON_INSTALL_DIR": "Where uv's Pythons are; they are used, and never changed",
    "TY": "The `ty` that `weft check` runs, in place of one that it fetches",
    "HTTP_TIMEOUT": "Seconds to wait for an index, where `WEFT_HTTP_TIMEOUT` is unset",
    "HTTP_PROXY": "The proxy for `http` URLs; `http_proxy` too",
    "HTTPS_PROXY": "The proxy for `https` URLs; `https_proxy` too",
    "ALL_PROXY": "The proxy for both; `all_proxy` too",
    "NO_PROXY": "Hosts without a proxy; `no_proxy` too",
    "NETRC": "The file with credentials, in place of `~/.netrc`",
    "SSL_CERT_FILE": "A PEM file of certificates to trust, in place of the system's",
    "SSL_CERT_DIR": "A directory of such files",
    "SSL_CLIENT_CERT": "A PEM file with a certificate and key of this client",
    "PYC_INVALIDATION_MODE": "How bytecode is checked: as Python's `compileall` says",
    "XDG_CACHE_HOME": "Where the cache is, in `weft` below it",
    "XDG_CONFIG_HOME": "Where the user's settings are, in `weft` or `uv` below it",
    "XDG_CONFIG_DIRS": "Where the system's settings are",
    "XDG_DATA_HOME": "Where tools, Pythons and credentials are, in `weft` below it",
    "XDG_BIN_HOME": "Where executables of tools and Pythons are put",
    "HOME": "The home directory; `USERPROFILE` on Windows",
    "APPDATA": "The same as `XDG_CONFIG_HOME` and `XDG_DATA_HOME`, on Windows",
    "LOCALAPPDATA": "The same as `XDG_CACHE_HOME`, on Windows",
    "PATH": "Where Pythons and programs are looked for",
    "NO_COLOR": "Write without colour",
    "FORCE_COLOR": "Write in colour, also where there is no terminal",
    "CLICOLOR_FORCE": "The same",
    "COLUMNS": "The width to write in",
    "PAGER": "What shows `weft help COMMAND`, in place of `less`",
    "SHELL": "Which shell hints are for, where its own variables do not tell",
    "BASH_VERSION": "Hints are for bash",
    "ZSH_VERSION": "Hints are for zsh",
    "FISH_VERSION": "Hints are for fish",
    "KSH_VERSION": "Hints are for ksh",
    "NU_VERSION": "Hints are for Nushell",
    "PSModulePath": "Hints are for PowerShell",
    "PROMPT": "Hints are for cmd",
    "CI": "Nothing is prepared ahead of the next command, since there is none",
    "GITHUB_ACTIONS": "Trusted publishing can be tried",
    "GITLAB_CI": "Trusted publishing can be tried",
}

_SERVICE = "weft talks to no such service of its own; indexes behind one take credentials"
_INSTALLER = "It is read by the installation script of uv"
_NO_BUILD = "A build of Python is chosen by its version alone"
# Variables of uv that mean nothing here, and why.
WITHOUT = {
    "UV_TOOL_DIR": "Tools of the two are apart; set `WEFT_TOOL_DIR`",
    "UV_TOOL_BIN_DIR": "Tools of the two are apart; set `WEFT_TOOL_BIN_DIR`",
    "UV_PYTHON_BIN_DIR": "Pythons of the two are apart; set `WEFT_PYTHON_BIN_DIR`",
    "UV_PYTHON_CACHE_DIR": "Pythons of the two are apart; set `WEFT_PYTHON_CACHE_DIR`",
    "UV_TORCH_BACKEND": "There is no choice of an index for PyTorch; setting it is an error",
    "UV_CONCURRENT_CACHE_READS": "Reading the cache is not limited",
    "UV_RUN_RLIMIT_NOFILE": "Limits are inherited; set them with `ulimit -n`",
    "UV_NO_WRAP": "Messages are not wrapped",
    "UV_LOG_CONTEXT": "What `-v` shows has one form",
    "RUST_LOG": "What `-v` shows has one form",
    "UV_HIDE_BUILD_OUTPUT": "`weft build --no-build-logs` hides what backends say",
    "UV_SKIP_WHEEL_FILENAME_CHECK": "A wheel whose name lies is refused",
    "UV_INSECURE_NO_ZIP_VALIDATION": "An archive that two readers would understand differently is "
    "refused",
    "UV_LEGACY_TAR_BACKEND": "There is one reader of archives",
    "UV_REQUIRE_METADATA_RANGE_REQUESTS": "Metadata is read in the cheapest way that works",
    "UV_PYTHON_INSTALL_REGISTRY": "The registry of Windows is not written",
    "UV_PYTHON_NO_REGISTRY": "The registry of Windows is read last, as all places are in order",
    "UV_PYTHON_CPYTHON_BUILD": _NO_BUILD,
    "UV_PYTHON_PYPY_BUILD": _NO_BUILD,
    "UV_PYTHON_GRAALPY_BUILD": _NO_BUILD,
    "UV_PYTHON_PYODIDE_BUILD": _NO_BUILD,
    "UV_MALWARE_CHECK": "`weft audit` looks packages up when it is asked to",
    "UV_MALWARE_CHECK_URL": "`weft audit --service-url` names the service",
    "UV_NO_GITHUB_FAST_PATH": "Git alone is asked about commits",
    "UV_ASTRAL_MIRROR_URL": "`WEFT_PYTHON_INSTALL_MIRROR` names a mirror",
    "UV_S3_ENDPOINT_URL": _SERVICE,
    "UV_GCS_ENDPOINT_URL": _SERVICE,
    "UV_AZURE_ENDPOINT_URL": _SERVICE,
    "HF_TOKEN": _SERVICE,
    "UV_NO_HF_TOKEN": _SERVICE,
    "UV_STACK_SIZE": "Nothing recurses that deep",
    "RUST_MIN_STACK": "Nothing recurses that deep",
    "RUFF": "`weft format` takes the ruff of a tool; `--version` chooses it",
    "MACOSX_DEPLOYMENT_TARGET": "`--python-platform` stands for one version of each system",
    "IPHONEOS_DEPLOYMENT_TARGET": "`--python-platform` stands for one version of each system",
    "ANDROID_API_LEVEL": "`--python-platform` stands for one version of each system",
    "UV_INSTALL_DIR": _INSTALLER,
    "UV_UNMANAGED_INSTALL": _INSTALLER,
    "UV_DOWNLOAD_URL": _INSTALLER,
    "UV_NO_MODIFY_PATH": _INSTALLER,
    "UV_INSTALLER_GITHUB_BASE_URL": _INSTALLER,
    "UV_INSTALLER_GHE_BASE_URL": _INSTALLER,
}


def of_rows() -> dict[str, Option]:
    """The variables of the options table, each with the first option that has it."""
    found: dict[str, Option] = {}
    for row in all_rows():
        option = Option(row)
        if option.mark("refuse") is None and option.mark("later") is None:
            for name in names(option):
                found.setdefault(name, option)
    return found


def page() -> str:
    """`docs/reference/environment.md`."""
    parts = [
        "<!-- Written by tools/reference.py; change the table in src/weft/ops, or "
        "tools/variables.py. -->\n",
        "# Environment variables\n",
        "A flag goes before a variable, a variable before files. Where `WEFT_X` is unset, `UV_X` "
        "counts, except where a row says that it does not. Flags are switched on by `1`, `true`, "
        "`yes` or `on` and off by `0`, `false`, `no` or `off`; anything else is an error. A list "
        "is separated by blanks unless its row names something else.\n",
        "## For options\n",
        "| variable | option | commands | what |",
        "|---|---|---|---|",
    ]
    rows = of_rows()
    shown = [name for name in rows if name.startswith("WEFT_")]
    users = _users()
    for name in sorted(shown):
        option = rows[name]
        flag = f"`{spelled(option).strip()}`" if option.spellings else ""
        told = option.help or "The same as the option"
        notes = _notes(name, option, rows)
        parts.append(f"| `{name}` | {flag} | {users.get(name, 'all')} | {told}{notes} |")
    parts += ["", "## For other things\n", "| variable | what |", "|---|---|"]
    parts += [f"| `{name}` | {told} |" for name, told in sorted(OTHERS.items())]
    parts += [
        "",
        "## Of uv, without effect\n",
        "| variable | why |",
        "|---|---|",
        *(f"| `{name}` | {told} |" for name, told in sorted(WITHOUT.items())),
    ]
    return "\n".join(parts) + "\n"


def _notes(name: str, option: Option, rows: dict[str, Option]) -> str:
    notes = []
    if option.mark("comma") is not None:
        notes.append("separated by commas")
    if option.mark("pathsep") is not None:
        notes.append("separated like `PATH`")
    if name.replace("WEFT_", "UV_", 1) not in rows:
        notes.append("weft's own")
    return f" ({', '.join(notes)})" if notes else ""


def _users() -> dict[str, str]:
    """The commands that read each variable, where they are few."""
    found: dict[str, list[str]] = {}
    commands = [Command(row) for row in every_row() if row[2]]
    for command in commands:
        for _, option in options(command.blocks):
            for name in names(option):
                found.setdefault(name, []).append(command.path)
    return {
        name: ", ".join(f"`{path}`" for path in paths) if len(paths) < 6 else "many"
        for name, paths in found.items()
        if len(paths) < len(commands) - 3
    }
