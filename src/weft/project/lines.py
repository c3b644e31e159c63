"""One requirement as a person writes it: named, a path, a URL, editable, with hashes.

Owns `RequirementLine` and the decision what a text is. Refuses to read files or to look whether a
path exists. Follows PEP 508 for named requirements; what has no name is a path or a URL with
optional extras and marker, as pip and uv read it.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.names import is_valid_name, normalize_name
from weft.core.requirement import Requirement, RequirementError
from weft.core.value import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.core.marker import Marker
    from weft.core.names import NormalizedName

ARCHIVES = (
    ".whl", ".tar.gz", ".zip", ".tar.bz2", ".tar.lz", ".tar.lzma", ".tar.xz", ".tar.zst", ".tar",
    ".tbz", ".tgz", ".tlz", ".txz",
)  # fmt: skip
# Digits of each hash algorithm that a requirement may name.
HASH_DIGITS = {"md5": 32, "sha256": 64, "sha384": 96, "sha512": 128, "blake2b": 64}
_SCHEMES = ("http", "https", "file", "git+")
# What no URL has to quote: with a path of nothing else there is no need to load the quoting.
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/_.-~")
_FOREIGN = {"svn": "Subversion", "hg": "Mercurial", "bzr": "Bazaar"}


@value
class Origin:
    """Where a line was written, for the comments of a compiled file.

    `path` is as it was named: of a requirements file where `project` is None, else of the project
    with this normal name (empty where it has none), `group` being the dependency group.
    """

    path: str
    project: str | None = None
    group: str = ""


@value
class RequirementLine:
    """One requirement and where it comes from.

    Exactly one of `requirement` and `path_or_url` is set: the latter is an absolute path or a URL
    without extras and marker, whose project name is known only from its file or its metadata.
    `hashes` are `(algorithm, hexadecimal digest)`. `origin` names the source for messages: empty
    for the command line, else `-r reqs.txt` and the like; `line` counts from 1 in a file.
    `index` is the URL of the only index to take it from, empty for any. `given` is the path or URL
    as it was written; `via` tells where, None for the command line and the standard input.
    `part` is the project with the kind and the name of its extra or group for which alone `index`
    is named.
    """

    requirement: Requirement | None
    path_or_url: str | None
    hashes: tuple[tuple[str, str], ...] = ()
    editable: bool = False
    origin: str = ""
    extras: tuple[NormalizedName, ...] = ()
    marker: Marker | None = None
    config_settings: tuple[str, ...] = ()
    text: str = ""
    line: int = 0
    index: str = ""
    given: str = ""
    via: Origin | None = None
    part: tuple[str, str, str] | None = None


class LineError(WeftError):
    """`text` is no requirement; the cause says why."""

    def __init__(self, text: str) -> None:
        super().__init__(f"Failed to parse: `{text}`")
        self.text = text


class HashError(WeftError):
    """A `--hash` that nothing can be compared with."""


class EditableError(WeftError):
    """Only a local directory can be editable; `where` is empty or ` in `file` at line N`."""

    def __init__(self, text: str, reason: str, *, where: str = "") -> None:
        super().__init__(
            f"Unsupported editable requirement{where}: `{text}`",
            hints=("Editable requirements must refer to a local directory",),
        )
        self.text = text
        self.__cause__ = WeftError(reason)


def parse_line(text: str, directory: str, *, editable: bool = False) -> RequirementLine:
    """Read one requirement; relative paths count from `directory`, which is absolute.

    Raises LineError (the cause carries the reason and the caret) and EditableError.
    """
    if not text.strip():
        raise LineError(text) from WeftError("Empty field is not allowed for PEP508")
    if editable:
        return _editable(text, directory)
    if is_path_or_url(text):
        return _unnamed(text, directory)
    try:
        requirement = Requirement.parse(text)
    except RequirementError as error:
        raise LineError(text) from (error.__cause__ or error)
    absolute = _absolute(requirement, text, directory)
    return RequirementLine(absolute, None, text=text, given=requirement.url or "")


def parse_constraint(text: str, directory: str) -> RequirementLine:
    """A limit with the hashes behind it: `demo==1 --hash=sha256:…`. Raises LineError, HashError."""
    head, *hashes = text.split(" --hash=")
    return replace(parse_line(head, directory), hashes=tuple(map(parse_hash, hashes)))


def is_path_or_url(text: str) -> bool:
    """Whether `text` names no project: what a name cannot begin with, or goes on like a path.

    A plain file name of an archive is a path too.
    """
    head = text.strip()
    end = 0
    while end < len(head) and (head[end].isalnum() or head[end] in "._-"):
        end += 1
    name, behind = head[:end], head[end:].lstrip()
    if not name:
        return "/" in head or "\\" in head
    if name.lower().endswith(ARCHIVES) or not name.strip("."):
        return True
    return behind.startswith(("/", "\\", ":", "+"))


def parse_hash(text: str) -> tuple[str, str]:
    """`sha256:<64 hexadecimal digits>` as a pair in lower case. Raises HashError."""
    algorithm, colon, digest = text.strip().partition(":")
    if not colon:
        raise HashError(f"Unexpected hash (expected `<algorithm>:<hash>`): {text}")
    digits = HASH_DIGITS.get(algorithm)
    if digits is None:
        raise HashError(
            "Unsupported hash algorithm (expected one of: `md5`, `sha256`, `sha384`, `sha512`, "
            f"or `blake2b`) on: `{algorithm}`"
        )
    if len(digest) != digits:
        raise HashError(
            f"Invalid hash digest length (expected {digits} hexadecimal characters, "
            f"found {len(digest)})"
        )
    if digest.strip("0123456789abcdefABCDEF"):
        raise HashError(f"Invalid hash digest (expected hexadecimal characters): `{digest}`")
    return algorithm, digest.lower()


def _editable(text: str, directory: str) -> RequirementLine:
    name, at, _ = text.partition("@")
    if at and is_valid_name(name.partition("[")[0].strip()) and "://" not in name:
        line = parse_line(text, directory)
        url = line.requirement.url if line.requirement else None
        _refuse_remote(url or "", text)
        return replace(line, editable=True)
    if not is_path_or_url(text):
        try:
            requirement = Requirement.parse(text)
        except RequirementError:
            pass  # `./name with spaces` without its `./`
        else:
            if requirement.specifiers.text or requirement.url:
                raise EditableError(text, "Registry requirements cannot be editable")
    line = _unnamed(text, directory)
    _refuse_remote(line.path_or_url or "", text)
    return replace(line, editable=True)


def _refuse_remote(url: str, text: str) -> None:
    if url.startswith("git+"):
        raise EditableError(text, "Git sources cannot be editable")
    if "://" in url and not url.startswith("file:"):
        raise EditableError(text, "Remote archives cannot be editable")


def _unnamed(text: str, directory: str) -> RequirementLine:
    head, marker_text = _split_marker(text)
    target, extras = _split_extras(head)
    marker: Marker | None = None
    if marker_text:
        from weft.core.marker import Marker, MarkerError

        try:
            marker = Marker.parse(marker_text)
            marker = marker if marker.text else None  # nothing that can be false
        except MarkerError as error:
            raise LineError(text) from (error.__cause__ or error)
    _check_target(target, text)
    place = _locate(target, directory)
    return RequirementLine(None, place, extras=extras, marker=marker, text=text, given=target)


def _check_target(target: str, text: str) -> None:
    """A scheme that nobody here can fetch is refused at once."""
    scheme, separator, _ = target.partition("://")
    if not separator or scheme.startswith(_SCHEMES):
        return
    prefix = scheme.partition("+")[0]
    reason = f"Unsupported URL scheme `{prefix}` in URL `{target}`"
    if prefix in _FOREIGN:
        known = _FOREIGN[prefix]
        reason = f"Unsupported URL prefix `{prefix}` in URL `{target}` ({known} is not supported)"
    caret = " " * text.find(target) + "^" * len(target)
    raise LineError(text) from WeftError(f"{reason}\n{text}\n{caret}")


def _split_marker(text: str) -> tuple[str, str]:
    """A path or URL may hold a semicolon; one beside a blank begins the marker."""
    for separator in (" ;", "; "):
        head, found, marker = text.partition(separator)
        if found:
            return head.strip(), marker.strip()
    return text.strip(), ""


def _split_extras(text: str) -> tuple[str, tuple[NormalizedName, ...]]:
    """`path[one,two]`; brackets that hold no names belong to the path."""
    if text.endswith("]"):
        head, bracket, inside = text[:-1].rpartition("[")
        names = [name.strip() for name in inside.split(",")]
        if bracket and head and all(map(is_valid_name, names)):
            return head.rstrip(), tuple(map(normalize_name, names))
    return text, ()


def _absolute(requirement: Requirement, text: str, directory: str) -> Requirement:
    """`name @ ./path` and `name @ file:path` with an absolute file URL."""
    url = requirement.url
    if url is None:
        return requirement
    _check_target(url, text)
    target = _locate(url, directory)
    if target == url:
        return requirement
    return replace(requirement, url=target if "://" in target else file_url(target))


def _locate(target: str, directory: str) -> str:
    """An absolute path for what is local, else the URL as it is.

    `#egg=` behind a path tells nothing that its metadata does not; with `#subdirectory=` the
    path becomes a file URL.
    """
    host = _host(target)
    if "://" in target and not host:
        return target
    from weft.system.lean import os

    if host:
        target = target[len("file://") :]
    if target.startswith("file:"):
        from urllib.parse import unquote

        target = unquote(target[5:], errors="surrogateescape")
    path, _, fragment = target.partition("#subdirectory=")
    path = os.path.normpath(os.path.join(directory, path.partition("#egg=")[0]))
    return f"{file_url(path)}#subdirectory={fragment}" if fragment else path


def _host(url: str) -> str:
    """The host of a file URL, which is the beginning of a path: `file://name` means `name`."""
    if not url.startswith("file://"):
        return ""
    host = url[len("file://") :].partition("/")[0]
    return "" if host == "localhost" else host


def file_url(path: str) -> str:
    """The `file:` URL of an absolute path."""
    if _PLAIN.issuperset(path):
        return "file://" + path
    from urllib.parse import quote

    return "file://" + quote(path, safe="/:@!$&'()*+,;=~[]|^", errors="surrogateescape")
