"""Options that every command takes: cache, Python selection, output, network, settings files.

Owns rows only; `ops.options` says what the columns are.
"""

from __future__ import annotations

GLOBAL = (
    (
        "quiet", "-q --quiet||", "count", "", "", "", "Say less",
        "Once: only errors and the results that were asked for. Twice (`-qq`): nothing at all, "
        "the exit code tells.", ("conflicts=verbose",),
    ),
    (
        "verbose", "-v --verbose||", "count", "", "", "", "Say more",
        "Shows what weft decides and why, on stderr. Progress bars stay away.",
        ("conflicts=quiet",),
    ),
    (
        "color", "--color||", "choice", "color", "", "", "When to write in colour",
        "Without the option the terminal and the variables `NO_COLOR`, `FORCE_COLOR` and "
        "`CLICOLOR_FORCE` decide.", ("default=auto", "metavar=COLOR_CHOICE"),
    ),
    (
        "no_color", "--no-color||", "flag", "", "", "", "Write without colour", "", ("hidden",),
    ),
    (
        "system_certs", "--system-certs|--native-tls|--no-system-certs --no-native-tls", "flag",
        "", "SYSTEM_CERTS NATIVE_TLS", "system-certs",
        "Trust the certificates of the operating system",
        "weft always verifies against the certificate store of the platform (or `SSL_CERT_FILE` "
        "and `SSL_CERT_DIR`), so that this option changes nothing; it is accepted for "
        "compatibility.", (),
    ),
    (
        "offline", "--offline||--no-offline", "flag", "", "OFFLINE", "offline",
        "Use no network",
        "Only the cache, whatever its age, and local files are used.", (),
    ),
    (
        "allow_insecure_host", "--allow-insecure-host|--trusted-host|", "list", "",
        "INSECURE_HOST", "allow-insecure-host", "Do not verify the certificate of this host",
        "A name (`localhost`), a name with a port (`localhost:8080`) or a URL; may be given more "
        "than once. Anyone between you and that host can change what you install.",
        ("space",),
    ),
    (
        "no_progress", "--no-progress||", "flag", "", "NO_PROGRESS", "",
        "Show no spinners and bars", "", (),
    ),
    (
        "directory", "--directory||", "path", "", "WORKING_DIR WORKING_DIRECTORY", "",
        "Change to this directory first",
        "Relative paths on the command line then start there. `--project` moves only the search "
        "for a project.", (),
    ),
    (
        "project", "--project||", "path", "", "PROJECT", "",
        "Look for the project in this directory",
        "Settings files and `.venv` are searched from there upwards. Other paths stay relative "
        "to the working directory.", (),
    ),
    (
        "config_file", "--config-file||", "path", "", "CONFIG_FILE", "",
        "Read settings from this `weft.toml` or `uv.toml` alone",
        "No other settings file is looked for.", (),
    ),
    (
        "no_config", "--no-config||", "flag", "", "NO_CONFIG", "",
        "Read no settings files",
        "Neither those of the project nor those of the user or the system.", (),
    ),
    (
        "isolated", "--isolated||", "flag", "", "", "", "Read no settings files", "",
        (
            "hidden",
            "note=The `--isolated` flag is deprecated. Instead, use `--no-config` to prevent "
            "weft from discovering configuration files.",
        ),
    ),
    (
        "preview", "--preview||--no-preview", "flag", "", "PREVIEW", "preview",
        "Enable all preview features", "", ("hidden",),
    ),
    (
        "preview_features", "--preview-features|--preview-feature|", "list", "",
        "PREVIEW_FEATURES", "preview-features", "Enable these preview features", "",
        ("hidden", "comma", "values"),
    ),
    (
        "show_settings", "--show-settings||", "flag", "", "", "",
        "Show the settings that the command would run with, and where each comes from", "",
        ("hidden",),
    ),
    (
        "settings_format", "--settings-format||", "choice", "output_format", "", "",
        "How `--show-settings` writes them to stdout", "", ("hidden", "default=text"),
    ),
    (
        "no_installer_metadata", "--no-installer-metadata||", "flag", "",
        "NO_INSTALLER_METADATA", "", "Write no INSTALLER and REQUESTED files", "", ("hidden",),
    ),
    (
        "help", "-h --help||", "help", "", "", "", "Show the help of this command", "", (),
    ),
)  # fmt: skip

TOOL = (
    ("version", "-V --version||", "version", "", "", "", "Show weft's version", "", ()),
)  # fmt: skip

CACHE = (
    (
        "no_cache", "-n --no-cache|--no-cache-dir|", "flag", "", "NO_CACHE", "no-cache",
        "Use a temporary cache that is removed at the end", "", (),
    ),
    (
        "cache_dir", "--cache-dir||", "path", "", "!CACHE_DIR", "cache-dir",
        "The cache's directory",
        "By default `$XDG_CACHE_HOME/weft` or `~/.cache/weft`, on Windows "
        "`%LOCALAPPDATA%\\weft\\cache`. `weft cache dir` shows it.", (),
    ),
)  # fmt: skip

REFRESH = (
    (
        "refresh", "--refresh||--no-refresh", "flag", "", "", "",
        "Ask the index again for everything that is cached", "", (),
    ),
    (
        "refresh_package", "--refresh-package||", "list", "", "", "",
        "Ask the index again for what is cached of this package", "", ("check=name",),
    ),
)  # fmt: skip

INTERPRETER = (
    (
        "python", "-p --python||", "text", "", "PYTHON", "pip.python",
        "The Python to use",
        "A version (`3.12`), a range (`>=3.11,<3.13`), an implementation (`pypy@3.10`), the name "
        "of an executable, or the path of an interpreter or an environment.", ("empty",),
    ),
)  # fmt: skip

PYTHON = (
    (
        "managed_python", "--managed-python||", "flag", "", "MANAGED_PYTHON", "",
        "Use only Pythons that weft or uv installed", "", ("overrides=no_managed_python",),
    ),
    (
        "no_managed_python", "--no-managed-python||", "flag", "", "NO_MANAGED_PYTHON", "",
        "Use only Pythons of the system", "", ("overrides=managed_python",),
    ),
    (
        "python_preference", "--python-preference||", "choice", "python_preference",
        "PYTHON_PREFERENCE", "python-preference",
        "Which Pythons to prefer", "", ("hidden", "default=managed"),
    ),
    (
        "python_downloads", "|--python-fetch|", "choice", "python_downloads",
        "PYTHON_DOWNLOADS", "python-downloads", "Whether to download Pythons", "",
        ("hidden", "default=automatic", "words"),
    ),
    (
        "no_python_downloads", "--no-python-downloads||--allow-python-downloads", "flag", "", "",
        "", "Download no Python", "`WEFT_PYTHON_DOWNLOADS=never` does the same.", (),
    ),
)  # fmt: skip
