"""Options of `weft pip compile`.

Owns rows only; `ops.options` says what the columns are.
"""

from __future__ import annotations

COMPILE = (
    (
        "output_file", "-o --output-file||", "path", "", "", "pip.output-file",
        "Write the result to this file too",
        "If the file exists, the versions in it are kept where they fit (`--upgrade`). It is "
        "replaced at once when everything is known; a command that fails leaves it as it was.", (),
    ),
    (
        "file_format", "--format||", "choice", "compile_format", "", "",
        "What kind of file to write",
        "Without it the name of the output file decides: `.toml` means `pylock.toml`, everything "
        "else `requirements.txt`.", ("metavar=FORMAT",),
    ),
    (
        "no_strip_extras", "--no-strip-extras||--strip-extras", "flag", "", "",
        "pip.no-strip-extras", "Write the extras of packages",
        "By default they are left out: what they ask for is listed anyway, and a file without "
        "them can be used for `--constraints`.", (),
    ),
    (
        "no_strip_markers", "--no-strip-markers||--strip-markers", "flag", "", "",
        "pip.no-strip-markers", "Write the markers of packages",
        "By default they are left out: the result is meant for the environment that it was "
        "resolved for.", (),
    ),
    (
        "no_annotate", "--no-annotate||--annotate", "flag", "", "", "pip.no-annotate",
        "Leave out the comments that say why a package is there", "", (),
    ),
    (
        "no_header", "--no-header||--header", "flag", "", "", "pip.no-header",
        "Leave out the comment that says how the file was made", "", (),
    ),
    (
        "annotation_style", "--annotation-style||", "choice", "annotation_style", "",
        "pip.annotation-style", "How to write the comments that say why a package is there",
        "`split` is the default.", (),
    ),
    (
        "custom_compile_command", "--custom-compile-command||", "text", "",
        "CUSTOM_COMPILE_COMMAND", "pip.custom-compile-command",
        "The command to name in the header",
        "For those who call this command from a script of their own.", (),
    ),
    (
        "generate_hashes", "--generate-hashes||--no-generate-hashes", "flag", "", "",
        "pip.generate-hashes", "Write the hashes of the files of each version", "", (),
    ),
    (
        "universal", "--universal||--no-universal", "flag", "", "", "pip.universal",
        "Resolve for all platforms and for all Pythons from the given one on",
        "One result with markers, in place of one for the current environment. `--python-version` "
        "is the lowest Python that it is for.", ("conflicts=python_platform",),
    ),
    (
        "no_emit_package", "--no-emit-package|--unsafe-package|", "list", "", "",
        "pip.no-emit-package", "Leave this package out of the result",
        "It takes part in the resolution, and what it needs is listed.", ("check=name",),
    ),
    (
        "emit_index_url", "--emit-index-url||--no-emit-index-url", "flag", "", "",
        "pip.emit-index-url", "Write the indexes into the file", "", (),
    ),
    (
        "emit_find_links", "--emit-find-links||--no-emit-find-links", "flag", "", "",
        "pip.emit-find-links", "Write the `--find-links` locations into the file", "", (),
    ),
    (
        "emit_build_options", "--emit-build-options||--no-emit-build-options", "flag", "", "",
        "pip.emit-build-options", "Write `--no-binary` and `--only-binary` into the file", "", (),
    ),
    (
        "emit_marker_expression", "--emit-marker-expression||--no-emit-marker-expression", "flag",
        "", "", "pip.emit-marker-expression", "", "", ("hidden",),
    ),
    (
        "emit_index_annotation", "--emit-index-annotation||--no-emit-index-annotation", "flag",
        "", "", "pip.emit-index-annotation", "Write which index each package is from", "", (),
    ),
    (
        "allow_unsafe", "--allow-unsafe||", "flag", "", "", "", "", "",
        ("hidden", "note=pip-compile's `--allow-unsafe` has no effect (weft can safely pin `pip` "
         "and other packages)"),
    ),
    (
        "no_allow_unsafe", "--no-allow-unsafe||", "flag", "", "", "", "", "",
        ("hidden", "note=pip-compile's `--no-allow-unsafe` has no effect (weft can safely pin "
         "`pip` and other packages)"),
    ),
    (
        "reuse_hashes", "--reuse-hashes||", "flag", "", "", "", "", "",
        ("hidden", "refuse=pip-compile's `--reuse-hashes` is unsupported (weft doesn't reuse "
         "hashes)"),
    ),
    (
        "no_reuse_hashes", "--no-reuse-hashes||", "flag", "", "", "", "", "",
        ("hidden", "note=pip-compile's `--no-reuse-hashes` has no effect (weft doesn't reuse "
         "hashes)"),
    ),
    ("resolver", "--resolver||", "choice", "compile_resolver", "", "", "", "", ("hidden",)),
    (
        "max_rounds", "--max-rounds||", "number", "", "", "", "", "",
        ("hidden", "refuse=pip-compile's `--max-rounds` is unsupported (weft always resolves "
         "until convergence)"),
    ),
    (
        "client_cert", "--client-cert||", "text", "", "", "", "", "",
        ("hidden", "refuse=pip-compile's `--client-cert` is unsupported (weft doesn't support "
         "dedicated client certificates)"),
    ),
    (
        "emit_trusted_host", "--emit-trusted-host||", "flag", "", "", "", "", "",
        ("hidden", "refuse=pip-compile's `--emit-trusted-host` is unsupported"),
    ),
    (
        "no_emit_trusted_host", "--no-emit-trusted-host||", "flag", "", "", "", "", "",
        ("hidden", "note=pip-compile's `--no-emit-trusted-host` has no effect (weft never emits "
         "trusted hosts)"),
    ),
    (
        "config", "--config||", "text", "", "", "", "", "",
        ("hidden", "refuse=pip-compile's `--config` is unsupported (weft does not use a "
         "configuration file)"),
    ),
    (
        "emit_options", "--emit-options||", "flag", "", "", "", "", "",
        ("hidden", "refuse=pip-compile's `--emit-options` is unsupported (try "
         "`--emit-build-options` instead)"),
    ),
    (
        "no_emit_options", "--no-emit-options||", "flag", "", "", "", "", "",
        ("hidden", "note=pip-compile's `--no-emit-options` has no effect (weft never emits "
         "options)"),
    ),
    (
        "pip_args", "--pip-args||", "text", "", "", "", "", "",
        ("hidden", "refuse=pip-compile's `--pip-args` is unsupported (try passing arguments to "
         "weft directly)"),
    ),
)  # fmt: skip
