"""Options of installing and of building.

Owns rows only; `ops.options` says what the columns are.
"""

from __future__ import annotations

INSTALLER = (
    (
        "reinstall", "--reinstall|--force-reinstall|--no-reinstall", "flag", "", "", "reinstall",
        "Install everything again", "Also asks the index again (`--refresh`).", (),
    ),
    (
        "reinstall_package", "--reinstall-package||", "list", "", "", "reinstall-package",
        "Install this package again", "Also asks the index again for that package.",
        ("check=name",),
    ),
    (
        "link_mode", "--link-mode||", "choice", "link_mode", "LINK_MODE", "link-mode",
        "How files get from the cache into the environment",
        "`auto` takes the cheapest way that works between the two file systems and says so when "
        "nothing but a copy does. With `symlink` the environment breaks when the cache is "
        "cleaned.", ("default=auto",),
    ),
    (
        "link_strict", "--link-strict||--no-link-strict", "flag", "", "", "",
        "Fail before a file is written if files would be copied",
        "Says what stands in the way of sharing them with the cache. "
        "`WEFT_LINK_POLICY=require-shared`, or `link-policy = \"require-shared\"` in a settings "
        "file, does the same.", (),
    ),
    (
        "max_copied", "--max-copied||", "text", "SIZE", "", "max-copied",
        "Fail before a file is written if more than this would be copied",
        "Bytes, or a number with a unit (`500KiB`, `10MiB`, `2GB`). What is shared with the cache "
        "does not count.", ("check=size",),
    ),
    (
        "spares", "--spares||--no-spares", "flag", "", "!SPARES", "spares",
        "Install by renaming trees that were linked before, and link new ones after the answer",
        "What is on disk is the same as without. A process that only runs when the machine is idle "
        "makes a spare copy of what was installed, by clones or hard links. On unless the variable "
        "`CI` is set, the link mode is `symlink` or `copy`, or there is no cache.", (),
    ),
    (
        "compile_bytecode", "--compile-bytecode|--compile|--no-compile-bytecode --no-compile",
        "flag", "", "COMPILE_BYTECODE", "compile-bytecode",
        "Compile what was installed to bytecode",
        "The first import gets faster and the installation slower.", (),
    ),
)  # fmt: skip

BUILD = (
    (
        "config_setting", "-C --config-setting|--config-settings|", "list", "", "",
        "config-settings", "A `KEY=VALUE` setting for build backends", "",
        ("check=config_setting",),
    ),
    (
        "config_settings_package", "--config-settings-package|--config-setting-package|", "list",
        "", "", "config-settings-package", "A `PACKAGE:KEY=VALUE` setting for one package's build",
        "", ("check=config_settings_package",),
    ),
    (
        "no_build_isolation", "--no-build-isolation||--build-isolation", "flag", "",
        "NO_BUILD_ISOLATION", "no-build-isolation",
        "Build in the target environment instead of in one of its own",
        "What the build needs must be installed already.", (),
    ),
    (
        "no_build_isolation_package", "--no-build-isolation-package||", "list", "", "",
        "no-build-isolation-package", "The same for one package", "", ("check=name",),
    ),
    (
        "no_build", "--no-build||--build", "flag", "", "NO_BUILD", "no-build",
        "Build nothing from source", "", (),
    ),
    (
        "no_build_package", "--no-build-package||", "list", "", "NO_BUILD_PACKAGE",
        "no-build-package", "Do not build this package from source", "", ("check=name", "space"),
    ),
    (
        "no_binary", "--no-binary||--binary", "flag", "", "NO_BINARY", "no-binary",
        "Use no wheels; build everything from source", "", (),
    ),
    (
        "no_binary_package", "--no-binary-package||", "list", "", "NO_BINARY_PACKAGE",
        "no-binary-package", "Use no wheels of this package", "", ("check=name", "space"),
    ),
    (
        "require_build_hashes", "--require-build-hashes||--no-require-build-hashes", "flag", "",
        "REQUIRE_BUILD_HASHES", "require-build-hashes",
        "Demand a hash for everything that builds need", "", (),
    ),
)  # fmt: skip
