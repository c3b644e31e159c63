"""The keys of settings files.

Owns which keys exist, in the order in which messages list them, and the types of those that no
option stands for. The type of every other key follows from its row in the options table.
Keys of features that weft does not have are known, so that the files of uv's users are read without
a complaint; they have no effect.
"""

from __future__ import annotations

KEYS = (
    "required-version", "system-certs", "native-tls", "offline", "no-cache", "cache-dir",
    "preview", "preview-features", "python-preference", "python-downloads",
    "concurrent-downloads", "concurrent-builds", "concurrent-installs", "index", "index-url",
    "extra-index-url", "no-index", "find-links", "index-strategy", "keyring-provider",
    "http-proxy", "https-proxy", "no-proxy", "allow-insecure-host", "resolution", "prerelease",
    "prerelease-package", "fork-strategy", "dependency-metadata", "config-settings",
    "config-settings-package", "no-build-isolation", "require-build-hashes",
    "no-build-isolation-package", "extra-build-dependencies", "extra-build-variables",
    "exclude-newer", "exclude-newer-package", "link-mode", "link-policy", "max-copied",
    "cache-members", "reuse-resolutions", "seal", "spares", "cache-volumes", "lock-file",
    "compile-bytecode",
    "no-sources", "no-sources-package", "upgrade", "upgrade-package", "reinstall",
    "reinstall-package", "no-build", "no-build-package", "no-binary", "no-binary-package",
    "torch-backend",
    "python-install-mirror", "pypy-install-mirror", "graalpy-install-mirror",
    "pyodide-install-mirror", "python-downloads-json-url", "publish-url", "trusted-publishing",
    "check-url", "add-bounds", "audit", "pip", "cache-keys", "override-dependencies",
    "exclude-dependencies", "constraint-dependencies", "build-constraint-dependencies",
    "environments", "required-environments", "minimum-libc-version", "conflicts", "workspace",
    "sources", "managed", "package", "default-groups", "dependency-groups", "dev-dependencies",
    "build-backend",
)  # fmt: skip

PIP_KEYS = (
    "python", "system", "break-system-packages", "target", "prefix", "index-url",
    "extra-index-url", "no-index", "find-links", "index-strategy", "keyring-provider",
    "no-build", "no-binary", "only-binary", "no-build-isolation", "require-build-hashes",
    "no-build-isolation-package", "extra-build-dependencies", "extra-build-variables", "strict",
    "extra", "all-extras", "no-extra", "no-deps", "group", "allow-empty-requirements",
    "resolution", "prerelease", "prerelease-package", "fork-strategy", "dependency-metadata",
    "output-file", "no-strip-extras", "no-strip-markers", "no-annotate", "no-header",
    "custom-compile-command", "generate-hashes", "config-settings", "config-settings-package",
    "python-version", "python-platform", "universal", "exclude-newer", "exclude-newer-package",
    "no-emit-package", "emit-index-url", "emit-find-links", "emit-build-options",
    "emit-marker-expression", "emit-index-annotation", "annotation-style", "link-mode",
    "compile-bytecode", "require-hashes", "verify-hashes", "no-sources", "no-sources-package",
    "upgrade", "upgrade-package", "reinstall", "reinstall-package", "torch-backend",
)  # fmt: skip

# Of the table `audit`; what is about malware has no effect.
AUDIT_KEYS = ("ignore", "ignore-until-fixed", "malware-check", "malware-check-url")

# Only a `pyproject.toml` may hold these.
PROJECT_KEYS = (
    "conflicts", "workspace", "sources", "dev-dependencies", "default-groups",
    "dependency-groups", "managed", "package", "build-backend", "environments",
    "required-environments", "lock-file",
)  # fmt: skip

# Types of keys without a row. Keys in neither table are taken as they are.
BOOLEAN, STRING, STRINGS, TABLES = "boolean", "string", "strings", "tables"
OTHER_TYPES = {
    "native-tls": BOOLEAN,
    "index": TABLES,
    "lock-file": STRING,
    "python-install-mirror": STRING,
    "pypy-install-mirror": STRING,
    "graalpy-install-mirror": STRING,
    "pyodide-install-mirror": STRING,
    "python-downloads-json-url": STRING,
    "pip.no-extra": STRINGS,
    "pip.verify-hashes": BOOLEAN,
}

# Tables in files, lists of `KEY=VALUE` on the command line.
PAIR_KEYS = ("prerelease-package", "exclude-newer-package")

# Tables about builds, with a reader of their own.
BUILD_KEYS = (
    "config-settings", "config-settings-package", "extra-build-dependencies",
    "extra-build-variables", "dependency-metadata", "build-constraint-dependencies",
)  # fmt: skip

# What uv previews; weft has many of these for good, and takes all of the names.
FEATURES = frozenset(
    (
        "add-bounds", "adjust-ulimit", "artifact-hash-filtering", "audit-command", "auth-helper",
        "azure-endpoint", "batch-export", "build-dependency-check", "build-dependency-hashes",
        "build-lazy-imports", "cache-physical-space", "cache-size", "centralized-project-envs",
        "check-command", "content-addressed-cache", "detect-module-conflicts",
        "extra-build-dependencies", "format-command", "frozen-lockfile", "gcs-endpoint",
        "index-by-name", "index-exclude-newer", "index-hash-algorithm", "init-project-flag",
        "json-output", "lock-without-metadata", "lockfile-format-check", "lockfile-normalization",
        "malware-check", "metadata-json", "minimum-libc-version",
        "missing-exclude-newer-package-lock", "native-auth", "package-conflicts", "packaged-init",
        "project-directory-must-exist", "publish-require-normalized", "pylock",
        "python-install-default", "relocatable-envs-default", "resolution-inputs", "s3-endpoint",
        "sbom-export", "special-conda-env-names", "target-workspace-discovery",
        "toml-backwards-compatibility", "tool-install-locks", "venv-safe-clear", "wheel-variants",
        "workspace-dir", "workspace-list", "workspace-list-scripts", "workspace-metadata",
    )
)  # fmt: skip
