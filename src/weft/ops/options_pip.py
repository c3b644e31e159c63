"""Options of `weft pip` that choose the environment, and those of `weft pip install`.

Owns rows only; `ops.options` says what the columns are.
"""

from __future__ import annotations

PIP = (
    (
        "strict", "--strict||--no-strict", "flag", "", "", "pip.strict",
        "Warn about packages that miss dependencies or do not fit", "", (),
    ),
    (
        "cert", "--cert||", "path", "", "", "", "A PEM file of certificates to trust",
        "It replaces every other source of certificates.", ("metavar=FILE",),
    ),
    (
        "system", "--system||--no-system", "flag", "", "SYSTEM_PYTHON", "pip.system",
        "Use the first Python on the path instead of a virtual environment",
        "Meant for machines of continuous integration; elsewhere it changes the system's Python.",
        (),
    ),
    (
        "break_system_packages", "--break-system-packages||--no-break-system-packages", "flag",
        "", "BREAK_SYSTEM_PACKAGES", "pip.break-system-packages",
        "Change a Python that is marked `EXTERNALLY-MANAGED`",
        "Such a Python belongs to another package manager, which asks to be used instead.", (),
    ),
    (
        "target", "-t --target||", "path", "", "", "pip.target",
        "Work on this directory of packages instead of an environment", "",
        ("conflicts=prefix",),
    ),
    (
        "prefix", "--prefix||", "path", "", "", "pip.prefix",
        "Work on the `lib` and `bin` under this directory instead of an environment", "",
        ("conflicts=target",),
    ),
    (
        "disable_pip_version_check", "--disable-pip-version-check||", "flag", "", "", "", "", "",
        ("hidden", "note=pip's `--disable-pip-version-check` has no effect"),
    ),
    (
        "yes", "-y --yes||", "flag", "", "", "", "", "",
        ("hidden", "note=`--yes` has no effect (weft never asks for confirmation)"),
    ),
)  # fmt: skip

PIP_INSTALL = (
    (
        "requirements", "-r --requirements|--requirement|", "paths", "", "", "",
        "Install the packages that a file lists",
        "Requirements files, `pyproject.toml` and the other forms of the docs; `-` reads a "
        "requirements file from stdin.", (),
    ),
    (
        "editable", "-e --editable||", "list", "", "", "",
        "Install the project in this directory so that it can be edited",
        "The environment gets a `.pth` file that leads to the project, whose own files stay where "
        "they are. What the cache keeps is that small wheel, and the packages that the project and "
        "its build need, linked like all others (`--link-mode`). A project named here is built "
        "again each time; one out of a file only when its `cache-keys` changed, which are "
        "`pyproject.toml`, `setup.py`, `setup.cfg` and the existence of `src` unless it says "
        "otherwise.", (),
    ),
    (
        "no_editable", "--no-editable||", "flag", "", "NO_EDITABLE", "",
        "Install editable dependencies as ordinary packages", "", (),
    ),
    (
        "no_editable_package", "--no-editable-package||", "list", "", "", "",
        "Install this editable dependency as an ordinary package", "", ("check=name",),
    ),
    (
        "constraints", "-c --constraints|--constraint|", "paths", "", "CONSTRAINT", "",
        "Keep to the versions that a file allows, without installing what it lists", "",
        ("space",),
    ),
    (
        "overrides", "--overrides|--override|", "paths", "", "OVERRIDE", "",
        "Replace what packages require of others by what a file says", "", ("space",),
    ),
    (
        "excludes", "--excludes|--exclude|", "paths", "", "EXCLUDE", "",
        "Leave out the packages that a file names, and what only they need", "", ("space",),
    ),
    (
        "build_constraints", "-b --build-constraints|--build-constraint|", "paths", "",
        "BUILD_CONSTRAINT", "", "Keep builds to the versions that a file allows", "",
        ("space",),
    ),
    (
        "extra", "--extra||", "list", "", "", "pip.extra",
        "Include an optional dependency set of the project whose file is given", "",
        ("check=extra", "values"),
    ),
    (
        "all_extras", "--all-extras||--no-all-extras", "flag", "", "", "pip.all-extras",
        "Include all optional dependency sets", "", ("conflicts=extra",),
    ),
    (
        "group", "--group||", "list", "", "", "pip.group",
        "Install a dependency group of the `pyproject.toml` here, or of `PATH:GROUP`", "",
        ("check=group",),
    ),
    (
        "no_deps", "--no-deps||--deps", "flag", "", "", "pip.no-deps",
        "Install only what is named, without its dependencies", "", (),
    ),
    (
        "require_hashes", "--require-hashes||--no-require-hashes", "flag", "", "REQUIRE_HASHES",
        "pip.require-hashes", "Demand a pinned version and a hash for every requirement", "", (),
    ),
    (
        "no_verify_hashes", "--no-verify-hashes||--verify-hashes", "flag", "",
        "NO_VERIFY_HASHES", "", "Do not compare the hashes that files give", "", (),
    ),
    (
        "require_build_hashes", "--require-build-hashes||--no-require-build-hashes", "flag", "",
        "REQUIRE_BUILD_HASHES", "require-build-hashes",
        "Demand a hash for everything that builds need", "", (),
    ),
    (
        "no_build", "--no-build||--build", "flag", "", "", "pip.no-build",
        "Build nothing from source; the same as `--only-binary :all:`", "",
        ("conflicts=no_binary_package,only_binary",),
    ),
    (
        "no_binary_package", "--no-binary||", "list", "", "", "pip.no-binary",
        "Use no wheels of this package",
        "`:all:` means every package, `:none:` forgets what was named before.",
        ("check=package_or_all", "values"),
    ),
    (
        "only_binary", "--only-binary||", "list", "", "", "pip.only-binary",
        "Use only wheels of this package",
        "`:all:` means every package, `:none:` forgets what was named before.",
        ("check=package_or_all", "values"),
    ),
    (
        "python_version", "--python-version||", "text", "", "", "pip.python-version",
        "Choose versions for this Python version", "`3.9` means 3.9.0.",
        ("check=python_version",),
    ),
    (
        "python_platform", "--python-platform||", "choice", "python_platform", "",
        "pip.python-platform", "Choose wheels for this platform",
        "A target triple or one of its short names. What is chosen may not run here.", (),
    ),
    (
        "inexact", "--inexact||", "flag", "", "", "", "Keep what is not required", "",
        ("hidden", "overrides=exact"),
    ),
    (
        "exact", "--exact||", "flag", "", "", "", "Remove everything that is not required", "",
        ("overrides=inexact",),
    ),
    (
        "dry_run", "--dry-run||", "flag", "", "", "", "Show what would happen; change nothing",
        "", ("conflicts=check",),
    ),
    (
        "check", "--check||", "flag", "", "", "",
        "Change nothing; end with exit code 1 if something would change", "",
        ("conflicts=dry_run",),
    ),
    (
        "output_format", "--output-format||", "choice", "output_format", "", "",
        "How to write the result to stdout", "", ("default=text",),
    ),
    (
        "torch_backend", "--torch-backend||", "choice", "torch_backend", "TORCH_BACKEND",
        "torch-backend", "The index to take PyTorch from", "", ("later",),
    ),
    (
        "receipt", "--receipt||", "path", "", "", "",
        "Write how every file got into the environment to this JSON file",
        "Files and bytes by link mode, and the reason of every fall-back.", ("metavar=FILE",),
    ),
    (
        "user", "--user||", "flag", "", "", "", "", "",
        ("hidden", "refuse=pip's `--user` is unsupported (use a virtual environment instead)"),
    ),
)  # fmt: skip
