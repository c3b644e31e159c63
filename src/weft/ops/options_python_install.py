"""Options of `weft python install`, `upgrade`, `uninstall`.

Owns rows only; `ops.options` says what the columns are. Variables and keys of mirrors hold for
every command that may fetch a Python, so that they stand in `options_ambient`.
"""

from __future__ import annotations

PYTHON_INSTALL = (
    (
        "install_dir", "-i --install-dir||", "path", "", "!PYTHON_INSTALL_DIR", "",
        "The directory of managed Pythons",
        "Other commands look there if the variable says so. `weft python dir` shows it. Pythons "
        "that uv manages are found and used, and never changed.", (),
    ),
    (
        "no_bin", "--no-bin||--bin", "flag", "", "", "",
        "Put no executable into the directory of executables",
        "`WEFT_PYTHON_INSTALL_BIN=0` does the same.", (),
    ),
    (
        "install_bin", "||", "flag", "", "PYTHON_INSTALL_BIN", "", "", "", ("hidden",),
    ),
    (
        "no_registry", "--no-registry||--registry", "flag", "", "", "",
        "Write nothing into the Windows registry", "weft never does.", (),
    ),
    (
        "python_install_mirror", "--mirror||", "text", "", "", "",
        "Where to download CPython from",
        "The URL takes the place of the address in front of the date: `file://` URLs and paths "
        "are fine too.", ("metavar=MIRROR",),
    ),
    (
        "pypy_install_mirror", "--pypy-mirror||", "text", "", "", "",
        "Where to download PyPy from", "The URL takes the place of the address of the directory "
        "with the archives.", ("metavar=PYPY_MIRROR",),
    ),
    (
        "graalpy_install_mirror", "--graalpy-mirror||", "text", "", "", "",
        "Where to download GraalPy from", "Only tables of one's own list builds of it.",
        ("metavar=GRAALPY_MIRROR",),
    ),
    (
        "pyodide_install_mirror", "--pyodide-mirror||", "text", "", "", "",
        "Where to download Pyodide from", "Only tables of one's own list builds of it.",
        ("metavar=PYODIDE_MIRROR",),
    ),
    (
        "python_downloads_json_url", "--python-downloads-json-url||", "text", "", "", "",
        "A table of downloads in place of the built-in one", "The path or URL of a JSON file.", (),
    ),
    (
        "reinstall", "-r --reinstall||", "flag", "", "", "",
        "Install again what is installed",
        "All of its patches, where a minor version is named, and all of CPython without a version.",
        (),
    ),
    (
        "force", "-f --force||", "flag", "", "", "",
        "Replace executables that weft did not put there", "", (),
    ),
    (
        "upgrade", "-U --upgrade||", "flag", "", "", "",
        "Go on to the newest patch of the given minor versions",
        "What is not installed yet is installed.", (),
    ),
    (
        "default", "--default||", "flag", "", "", "",
        "Also make the executables `python3` and `python`", "For one version only.",
        ("conflicts=no_bin",),
    ),
    (
        "compile_bytecode", "--compile-bytecode|--compile|--no-compile-bytecode --no-compile",
        "flag", "", "COMPILE_BYTECODE", "", "Compile the standard library to bytecode",
        "Without it each module is compiled when it is first imported.", (),
    ),
)  # fmt: skip

PYTHON_UNINSTALL = (
    (
        "all_pythons", "--all||", "flag", "", "", "", "Uninstall every managed Python", "",
        ("conflicts=targets",),
    ),
)  # fmt: skip
