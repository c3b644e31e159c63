"""Options of `weft build`.

Owns rows only; `ops.options` says what the columns are.
"""

from __future__ import annotations

BUILDING = (
    (
        "member", "--package||", "text", "", "", "",
        "Build this member of the workspace", "",
        ("check=name", "metavar=PACKAGE", "conflicts=all_packages"),
    ),
    (
        "all_packages", "--all-packages|--all|", "flag", "", "", "",
        "Build every member of the workspace that says how it is built", "",
        ("conflicts=member",),
    ),
    (
        "out_dir", "-o --out-dir||", "path", "", "", "",
        "Directory for what is built",
        "By default `dist` beside the project, or in the root of its workspace; for an archive the "
        "directory that it lies in.", (),
    ),
    (
        "sdist", "--sdist||", "flag", "", "", "",
        "Build a source distribution and, without `--wheel`, nothing else", "", (),
    ),
    (
        "wheel", "--wheel||", "flag", "", "", "",
        "Build a wheel out of the source tree and, without `--sdist`, nothing else",
        "An archive as the source needs it.", (),
    ),
    (
        "list_files", "--list||", "flag", "", "", "",
        "Show what would be in the archives; write nothing", "",
        ("hidden", "conflicts=force_pep517"),
    ),
    (
        "no_build_logs", "--no-build-logs||--build-logs", "flag", "", "", "",
        "Do not show what build backends print", "", (),
    ),
    (
        "force_pep517", "--force-pep517||", "flag", "", "", "",
        "Run the build backend for everything",
        "That is what happens anyway: there is no other way to build.",
        ("conflicts=list_files",),
    ),
    (
        "clear", "--clear||", "flag", "", "", "",
        "Empty the output directory first", "", (),
    ),
    (
        "no_create_gitignore", "--no-create-gitignore||--create-gitignore", "flag", "", "", "",
        "Do not write a `.gitignore` into the output directory", "", (),
    ),
    (
        "build_constraints", "-b --build-constraints|--build-constraint|", "paths", "",
        "BUILD_CONSTRAINT", "", "Keep what builds need to the versions that a file allows",
        "Hashes in that file hold too.", ("space",),
    ),
    (
        "require_hashes", "--require-hashes||--no-require-hashes", "flag", "", "REQUIRE_HASHES",
        "", "Demand a hash in `--build-constraints` for everything that builds need", "", (),
    ),
    (
        "no_verify_hashes", "--no-verify-hashes||--verify-hashes", "flag", "",
        "NO_VERIFY_HASHES", "", "Do not compare the hashes that files give", "", (),
    ),
    (
        "skip_dependency_check", "--skip-dependency-check||", "flag", "", "", "", "", "",
        ("hidden",),
    ),
)  # fmt: skip
