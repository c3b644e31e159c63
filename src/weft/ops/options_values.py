"""The values of every option with a choice.

Owns rows `(value, help, canonical)`: a row with a third column is an alias that is accepted but not
listed, and the third column is what it stands for. The two long sets, platforms and PyTorch
backends, live in `options_platforms`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.options import Choice

_CHOICES: dict[str, tuple[Choice, ...]] = {
    "color": (
        ("auto", "In colour where the output is a terminal that can show it", ""),
        ("always", "Always in colour", ""),
        ("never", "Never in colour", ""),
    ),
    "python_preference": (
        ("only-managed", "Only Pythons that weft or uv installed", ""),
        ("managed", "Rather installed Pythons than those of the system", ""),
        ("system", "Rather Pythons of the system than installed ones", ""),
        ("only-system", "Only Pythons of the system", ""),
    ),
    "python_downloads": (
        ("auto", "", "automatic"),
        ("automatic", "Download a Python when one is missing", ""),
        ("manual", "Download a Python only when told to", ""),
        ("never", "Download no Python", ""),
    ),
    "index_strategy": (
        ("first-index", "Look no further than the first index that has the package", ""),
        ("unsafe-any-match", "", "unsafe-first-match"),
        (
            "unsafe-first-match",
            "Search all indexes; all versions of an earlier one before those of the next",
            "",
        ),
        ("unsafe-best-match", "Search all indexes; the best version wins wherever it is", ""),
    ),
    "keyring_provider": (
        ("disabled", "Do not ask", ""),
        ("subprocess", "Run the `keyring` command", ""),
    ),
    "helper_protocol": (("bazel", "That of Bazel's credential helpers", ""),),
    "trusted_publishing": (
        ("automatic", "In jobs of CI platforms that can, where nothing else was given", ""),
        ("always", "In no other way", ""),
        ("never", "Do not try", ""),
    ),
    "resolution": (
        ("highest", "The highest version of every package", ""),
        ("lowest", "The lowest version of every package", ""),
        ("lowest-direct", "The lowest of what is asked for, the highest of what that needs", ""),
    ),
    "prerelease": (
        ("disallow", "Never", ""),
        ("allow", "Always", ""),
        ("if-necessary", "When no stable version fits", ""),
        ("explicit", "For packages that are asked for with a pre-release in the specifier", ""),
        # Old; `ops.settings` warns of it wherever it stands, and puts the new name in its place.
        ("if-necessary-or-explicit", "", "if-necessary-or-explicit"),
    ),
    "fork_strategy": (
        ("fewest", "As few versions of each package as possible", ""),
        ("requires-python", "The newest version that each Python can use", ""),
    ),
    "link_mode": (
        ("auto", "The cheapest of the following that works between the two file systems", ""),
        ("clone", "Copy-on-write clones, which share the disk until one is changed", ""),
        ("hardlink", "Hard links: one file under two names", ""),
        ("symlink", "Symbolic links into the cache", ""),
        ("copy", "Independent copies", ""),
        ("reflink", "", "clone"),
    ),
    "link_policy": (
        ("prefer-shared", "Copy what cannot be shared with the cache", ""),
        ("require-shared", "Fail before a file is written", ""),
    ),
    "list_format": (
        ("columns", "A table", ""),
        ("freeze", "One `name==version` per line", ""),
        ("json", "JSON", ""),
    ),
    "implementation": (
        ("cp", "CPython", ""),
        ("pp", "PyPy", ""),
        ("py", "Any: only files that depend on no implementation", ""),
        ("jy", "Jython", ""),
        ("ip", "IronPython", ""),
    ),
    "audit_format": (
        ("text", "For people", ""),
        ("json", "For other programs", ""),
        ("sarif", "For what shows the results of scanners", ""),
    ),
    "service_format": (("osv", "The OSV protocol", ""),),
    "compile_format": (
        ("requirements.txt", "Lines that `weft pip install -r` takes", ""),
        ("pylock.toml", "The lock file of PEP 751", ""),
    ),
    "annotation_style": (
        ("line", "On the line of the package, with commas", ""),
        ("split", "On lines of their own", ""),
    ),
    "compile_resolver": (
        ("backtracking", "", ""),
        ("legacy", "", ""),
    ),
    "bounds": (
        ("lower", "At least the version that was resolved: `>=1.2.3`", ""),
        ("major", "The same major version: `>=1.2.3,<2.0.0`", ""),
        ("minor", "The same minor version: `>=1.2.3,<1.3.0`", ""),
        ("exact", "That version alone: `==1.2.3`", ""),
    ),
    "output_format": (
        ("text", "For people", ""),
        ("json", "JSON", ""),
    ),
    "export_format": (
        ("requirements.txt", "Lines that `weft pip install -r` takes", ""),
        ("pylock.toml", "The lock file of PEP 751", ""),
        ("cyclonedx1.5", "A software bill of materials, as JSON", ""),
    ),
    "vcs": (
        ("git", "Git", ""),
        ("none", "None", ""),
    ),
    "build_backend": (
        ("uv", "uv's own, `uv_build`", ""),
        ("hatch", "Hatchling", ""),
        ("flit", "flit-core", ""),
        ("pdm", "pdm-backend", ""),
        ("poetry", "poetry-core", ""),
        ("setuptools", "setuptools", ""),
        ("maturin", "maturin, for a module in Rust", ""),
        ("scikit", "scikit-build-core, for a module in C++", ""),
    ),
    "author_from": (
        ("auto", "Wherever something is known", ""),
        ("git", "The settings of Git", ""),
        ("none", "Write no author", ""),
    ),
    "shell": (
        ("bash", "", ""),
        ("elvish", "", ""),
        ("fish", "", ""),
        ("nushell", "", ""),
        ("powershell", "", ""),
        ("zsh", "", ""),
    ),
    "size_format": (
        ("auto", "For people on a terminal, in bytes elsewhere", ""),
        ("human", "For people, like `1.2GiB`", ""),
        ("machine", "In bytes", ""),
        ("json", "JSON, with the bytes of every part of the cache", ""),
    ),
}


def choices(name: str) -> tuple[Choice, ...]:
    """The values of the choice called `name`, in the order of help."""
    found = _CHOICES.get(name)
    if found is None:
        from weft.ops.options_platforms import CHOICES

        found = CHOICES[name]
    return found
