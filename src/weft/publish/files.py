"""Which files to upload.

Owns paths and glob patterns turned into distributions with their attestations. Refuses to open
them. Anything that is no wheel, source distribution or attestation is passed over, so that a
`dist` directory with a README in it can be published.
Follows the file name conventions of wheels and source distributions
(https://packaging.python.org/specifications/) and PEP 740 for `<file>.<name>.attestation`.
"""

from __future__ import annotations

from weft.core.events import Warned, silent
from weft.core.filename import SDIST_EXTENSIONS, FilenameError, WheelName
from weft.core.value import value
from weft.publish.errors import BadPattern
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from weft.core.events import Sink
    from weft.core.names import NormalizedName

_ATTESTATION = ".attestation"


@value
class Distribution:
    """One file to upload.

    `path` is as shown to people, relative to the working directory where the pattern was;
    `expected` is the file name in normal form; `version` is in normal form. `python` is what the
    upload API calls `pyversion`. `attestations` are paths, in order.
    """

    path: str
    filename: str
    name: NormalizedName
    version: str
    expected: str
    filetype: str
    python: str
    attestations: tuple[str, ...] = ()

    @property
    def is_wheel(self) -> bool:
        """Whether it is a wheel, not a source distribution."""
        return self.filetype == "bdist_wheel"


def find(
    patterns: Sequence[str], *, cwd: str, attestations: bool = True, sink: Sink = silent
) -> list[Distribution]:
    """The distributions that the patterns match, each once, in the order of the patterns.

    A warning tells of files that only look like distributions, and of plain paths without a file.
    Raises `BadPattern`.
    """
    paths = _matches(patterns, cwd, sink)
    signed: dict[str, list[str]] = {}
    if attestations:
        for path in paths:
            if path.endswith(_ATTESTATION):
                of = path.removesuffix(_ATTESTATION).rpartition(".")[0]
                signed.setdefault(of, []).append(path)
    found = []
    for path in paths:
        filename = os.path.basename(path)
        if not filename.endswith((".whl", *SDIST_EXTENSIONS)):
            continue
        try:
            found.append(_read(path, filename, tuple(sorted(signed.get(path, ())))))
        except FilenameError:
            sink(
                Warned(
                    "Skipping file that looks like a distribution, but is not a valid "
                    f"distribution filename: {path}"
                )
            )
    return found


def _matches(patterns: Sequence[str], cwd: str, sink: Sink) -> list[str]:
    from glob import glob, has_magic

    found: dict[str, None] = {}
    for pattern in patterns:
        check_pattern(pattern)
        paths = sorted(glob(pattern, root_dir=cwd, recursive=True, include_hidden=True))
        if not paths and not has_magic(pattern) and len(patterns) > 1:
            sink(Warned(f"There is no file at `{pattern}`"))
        for path in paths:
            if os.path.isfile(os.path.join(cwd, path)):
                found[os.path.normpath(path)] = None
    return list(found)


def check_pattern(pattern: str) -> None:
    """Raise `BadPattern` for what Python's globs would take for plain text, or for `*`."""
    at = 0
    while at < len(pattern):
        if pattern[at] == "[":
            start = at + (2 if pattern[at + 1 : at + 2] in ("!", "]") else 1)
            end = pattern.find("]", start + (pattern[start : start + 1] == "]"))
            if end < 0:
                raise BadPattern(pattern, position=at, reason="invalid range pattern")
            at = end
        elif pattern[at] == "*":
            stars = len(pattern) - at - len(pattern[at:].lstrip("*"))
            if stars > 2:
                reason = "wildcards are either regular `*` or recursive `**`"
                raise BadPattern(pattern, position=at + 2, reason=reason)
            alone = pattern[at - 1 : at] in ("", "/") and pattern[at + 2 : at + 3] in ("", "/")
            if stars == 2 and not alone:
                reason = "recursive wildcards must form a single path component"
                raise BadPattern(pattern, position=at, reason=reason)
            at += stars - 1
        at += 1


def _read(path: str, filename: str, attestations: tuple[str, ...]) -> Distribution:
    if filename.endswith(".whl"):
        wheel = WheelName.parse(filename)
        written = filename.split("-")
        parts = (_escaped(wheel.name), *written[1:])
        return Distribution(
            path, filename, wheel.name, wheel.version, "-".join(parts), "bdist_wheel",
            wheel.python, attestations,
        )  # fmt: skip
    name, version, extension = _sdist(filename)
    expected = f"{_escaped(name)}-{version}{extension}"
    return Distribution(path, filename, name, version, expected, "sdist", "source", attestations)


def _sdist(filename: str) -> tuple[NormalizedName, str, str]:
    """Name and version in normal form, and extension: the version begins at the last dash."""
    from weft.core.names import is_valid_name, normalize_name
    from weft.core.version import Version, VersionError

    extension = next(each for each in SDIST_EXTENSIONS if filename.endswith(each))
    name, _, version = filename.removesuffix(extension).rpartition("-")
    kind = "source distribution"
    if not is_valid_name(name):
        raise FilenameError(filename, f"Not a valid package name: `{name}`", kind=kind)
    try:
        return normalize_name(name), Version.parse(version).text, extension
    except VersionError as error:
        raise FilenameError(filename, error.reason, kind=kind) from error


def _escaped(name: Iterable[str]) -> str:
    return "".join(name).replace("-", "_")
