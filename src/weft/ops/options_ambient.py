"""Settings without a flag: only the environment or a settings file sets them.

Owns rows only; `ops.options` says what the columns are. Names that other tools share (`HTTP_PROXY`,
`SSL_CERT_FILE`, `VIRTUAL_ENV`, …) are read by the rooms that obey them and are no rows.
"""

from __future__ import annotations

AMBIENT = (
    ("required_version", "||", "text", "", "", "required-version",
        "Refuse to run as another version of weft", "In files of uv it is about uv.", ()),
    (
        "concurrent_downloads", "||", "number", "", "CONCURRENT_DOWNLOADS",
        "concurrent-downloads", "Downloads at the same time", "", ("default=50", "min=1"),
    ),
    (
        "concurrent_builds", "||", "number", "", "CONCURRENT_BUILDS", "concurrent-builds",
        "Builds at the same time", "0 means one for each processor.", ("default=0", "min=1"),
    ),
    (
        "concurrent_installs", "||", "number", "", "CONCURRENT_INSTALLS", "concurrent-installs",
        "Workers that unpack and link", "0 means that weft decides.", ("default=0", "min=1"),
    ),
    (
        "http_timeout", "||", "number", "", "HTTP_TIMEOUT REQUEST_TIMEOUT", "",
        "Seconds to wait for an index to answer", "", ("default=30", "seconds"),
    ),
    (
        "http_connect_timeout", "||", "number", "", "HTTP_CONNECT_TIMEOUT", "",
        "Seconds to wait for a connection", "", ("default=10", "seconds"),
    ),
    (
        "http_retries", "||", "number", "", "HTTP_RETRIES", "",
        "How often to repeat a failed request", "", ("default=3",),
    ),
    (
        "lock_timeout", "||", "number", "", "LOCK_TIMEOUT", "",
        "Seconds to wait for another weft process", "", ("default=300", "seconds", "lenient"),
    ),
    (
        "compile_bytecode_timeout", "||", "number", "", "COMPILE_BYTECODE_TIMEOUT", "",
        "Seconds that compiling one file may take", "0 means no limit.",
        ("default=60", "seconds"),
    ),
    (
        "git_lfs", "||", "flag", "", "GIT_LFS", "",
        "Fetch the large files (Git LFS) of repositories that are installed", "", (),
    ),
    (
        "seal", "||", "flag", "", "!SEAL", "seal",
        "Make the files of the cache read-only, so that no edit changes every environment",
        "True unless set. It holds for wheels that are unpacked from then on.", (),
    ),
    (
        "spares", "||", "flag", "", "!SPARES", "spares",
        "Let a process go on with work for later when the command has answered",
        "For commands without `--spares`. On unless the variable `CI` is set.", (),
    ),
    (
        "reuse_resolutions", "||", "flag", "", "!REUSE_RESOLUTIONS", "reuse-resolutions",
        "Take an earlier resolution whose request and index pages are the same",
        "True unless set. Without it every request is solved anew.", (),
    ),
    (
        "link_policy", "||", "choice", "link_policy", "!LINK_POLICY", "link-policy",
        "What to do where files can only be copied out of the cache",
        "`--link-strict` and `--no-link-strict` go before it.", ("default=prefer-shared",),
    ),
    (
        "cache_members", "||", "flag", "", "!CACHE_MEMBERS", "cache-members",
        "Keep a part of the cache on every file system that has environments",
        "True unless set. Without it all of the cache is in one directory, and environments on "
        "other file systems get copies.", (),
    ),
    (
        "cache_volumes", "||", "paths", "", "!CACHE_VOLUMES", "cache-volumes",
        "Directories for the parts of the cache on other file systems",
        "The one that lies on the file system of an environment is used for it. In the variable "
        "they are separated like those of `PATH`.", ("pathsep",),
    ),
    (
        "tool_dir", "||", "path", "", "!TOOL_DIR", "", "The directory of installed tools", "",
        ("empty",),
    ),
    (
        "tool_bin_dir", "||", "path", "", "!TOOL_BIN_DIR", "",
        "The directory of the executables of installed tools", "", ("empty",),
    ),
    (
        "python_install_mirror", "||", "text", "", "PYTHON_INSTALL_MIRROR",
        "python-install-mirror", "Where to download CPython from",
        "`--mirror` of `weft python install` goes before it.", (),
    ),
    (
        "pypy_install_mirror", "||", "text", "", "PYPY_INSTALL_MIRROR", "pypy-install-mirror",
        "Where to download PyPy from", "`--pypy-mirror` of `weft python install` goes before it.",
        (),
    ),
    (
        "graalpy_install_mirror", "||", "text", "", "GRAALPY_INSTALL_MIRROR",
        "graalpy-install-mirror", "Where to download GraalPy from",
        "`--graalpy-mirror` of `weft python install` goes before it.", (),
    ),
    (
        "pyodide_install_mirror", "||", "text", "", "PYODIDE_INSTALL_MIRROR",
        "pyodide-install-mirror", "Where to download Pyodide from",
        "`--pyodide-mirror` of `weft python install` goes before it.", (),
    ),
    (
        "python_downloads_json_url", "||", "text", "", "PYTHON_DOWNLOADS_JSON_URL",
        "python-downloads-json-url", "A table of downloads in place of the built-in one",
        "The path or URL of a JSON file.", (),
    ),
    ("http_proxy", "||", "text", "", "", "http-proxy", "Proxy of http URLs", "", ()),
    ("https_proxy", "||", "text", "", "", "https-proxy", "Proxy of https URLs", "", ()),
    ("no_proxy", "||", "list", "", "", "no-proxy", "Hosts without a proxy", "", ()),
    (
        "no_system_config", "||", "flag", "", "NO_SYSTEM_CONFIG", "",
        "Do not read the settings files of the system", "", (),
    ),
    (
        "project_environment", "||", "path", "", "PROJECT_ENVIRONMENT", "",
        "The path of a project's environment", "", ("empty",),
    ),
    (
        "override_dependencies", "||", "list", "", "", "override-dependencies",
        "Requirements that replace what packages require", "", ("check=requirement",),
    ),
    (
        "constraint_dependencies", "||", "list", "", "", "constraint-dependencies",
        "Requirements that only limit versions", "", ("check=requirement",),
    ),
    (
        "build_constraint_dependencies", "||", "list", "", "", "build-constraint-dependencies",
        "Requirements that only limit versions in builds",
        "Either texts, or `{requirement = …, hashes = […]}`.", (),
    ),
    (
        "extra_build_dependencies", "||", "list", "", "", "extra-build-dependencies",
        "Requirements that builds of a package get beside those of its project",
        "A table of lists: requirements, or `{requirement = …, match-runtime = true}` for the "
        "version that is being installed.", (),
    ),
    (
        "extra_build_variables", "||", "list", "", "", "extra-build-variables",
        "Environment variables for builds of a package", "A table of tables.", (),
    ),
    (
        "dependency_metadata", "||", "list", "", "", "dependency-metadata",
        "Metadata of packages that is taken as told, without reading or building them",
        "Tables with `name`, `version`, `requires-dist`, `requires-python`, `provides-extra`.", (),
    ),
    (
        "environments", "||", "list", "", "", "environments",
        "Markers of the environments that a universal resolution is for, in place of all",
        "One text, or a list of texts that do not overlap.", ("check=marker",),
    ),
    (
        "required_environments", "||", "list", "", "", "required-environments",
        "Markers of the environments that every version needs files for",
        "Other platforms get no files of a version that has no source distribution either.",
        ("check=marker",),
    ),
    (
        "exclude_dependencies", "||", "list", "", "", "exclude-dependencies",
        "Packages to leave out of every resolution", "", ("check=name",),
    ),
)  # fmt: skip
