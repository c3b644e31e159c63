"""What a distribution says of itself, as the fields of an upload.

Owns reading METADATA of a wheel and PKG-INFO of a source distribution, and their way into form
fields. Refuses what is of another project or version than the file's name says: an index would
either turn it away or keep it under a name that cannot be installed.
Follows the core metadata specification (https://packaging.python.org/specifications/core-metadata/)
and the upload API of Warehouse, which other indexes have taken over (its docs, "Upload API").
"""

from __future__ import annotations

from weft.publish.errors import BadMetadata, Unfit

TYPE_CHECKING = False
if TYPE_CHECKING:
    import tarfile

    from weft.publish.files import Distribution

    Fields = list[tuple[str, str]]

_LARGEST = 64 << 20  # bytes; a PKG-INFO beyond that is an attack or an accident

# Header, lower-case → field. Headers that may stand more than once are in the second table.
_SINGLE = {
    "author": "author",
    "author-email": "author_email",
    "description": "description",
    "description-content-type": "description_content_type",
    "download-url": "download_url",
    "home-page": "home_page",
    "keywords": "keywords",
    "license": "license",
    "license-expression": "license_expression",
    "maintainer": "maintainer",
    "maintainer-email": "maintainer_email",
    "summary": "summary",
    "requires-python": "requires_python",
}
_REPEATED = {
    "classifier": "classifiers",
    "dynamic": "dynamic",
    "license-file": "license_file",
    "obsoletes": "obsoletes",
    "obsoletes-dist": "obsoletes_dist",
    "platform": "platform",
    "supported-platform": "supported_platform",
    "project-url": "project_urls",
    "provides": "provides",
    "provides-dist": "provides_dist",
    "provides-extra": "provides_extra",
    "import-name": "import_names",
    "import-namespace": "import_namespaces",
    "requires": "requires",
    "requires-dist": "requires_dist",
    "requires-external": "requires_external",
}
_NEEDED = ("metadata-version", "name", "version")


def form_fields(distribution: Distribution, path: str) -> Fields:
    """Every field but the digests and the file, in order. `path` is absolute.

    Raises `Unfit` with the reason.
    """
    from weft.core.errors import WeftError

    try:
        headers, body = parse(_read(distribution, path))
        _check(distribution, headers)
    except WeftError as error:
        raise Unfit(distribution.path, error) from error
    fields = [
        (":action", "file_upload"),
        ("protocol_version", "1"),
        *((name.replace("-", "_"), headers[name][0]) for name in _NEEDED),
        ("filetype", distribution.filetype),
        ("pyversion", distribution.python),
    ]
    if body:
        headers["description"] = [body]
    elif "description" in headers:
        headers["description"] = [_unindented(headers["description"][0])]
    for header, field in _SINGLE.items():
        text = headers.get(header, [""])[0]
        if text and text != "UNKNOWN":
            fields.append((field, text if header == "description" else _unfolded(text)))
    for header, field in _REPEATED.items():
        texts = (_unfolded(text) for text in headers.get(header, ()))
        fields += [(field, text) for text in texts if text and text != "UNKNOWN"]
    return fields


def parse(data: bytes) -> tuple[dict[str, list[str]], str]:
    """Headers by lower-case name, folded lines kept as they are, and what follows the headers."""
    text = data.decode("utf-8", "replace").removeprefix("\ufeff")
    headers: dict[str, list[str]] = {}
    current: list[str] | None = None
    rest = text
    while rest:
        line, _, following = rest.partition("\n")
        bare = line.rstrip("\r")
        if not bare:
            return headers, following
        if bare[0] in " \t":
            if current is not None:
                current[-1] += "\n" + bare
        else:
            name, colon, content = bare.partition(":")
            if not colon:
                return headers, rest  # the mail format's leniency: a body without its empty line
            current = headers.setdefault(name.strip().lower(), [])
            current.append(content.strip())
        rest = following
    return headers, ""


def _unfolded(text: str) -> str:
    return " ".join(line.strip() for line in text.split("\n")) if "\n" in text else text


def _unindented(text: str) -> str:
    """A description in the header has each further line behind eight blanks, or seven and `|`."""
    first, *others = text.split("\n")
    kept = [line[8:] if line[:8] in (" " * 8, " " * 7 + "|") else line.lstrip() for line in others]
    return "\n".join([first, *kept])


def _check(distribution: Distribution, headers: dict[str, list[str]]) -> None:
    from weft.core.errors import WeftError
    from weft.core.names import normalize_name
    from weft.core.version import Version, VersionError

    for name in _NEEDED:
        if not headers.get(name, [""])[0]:
            shown = "-".join(word.capitalize() for word in name.split("-"))
            missing = WeftError(f"Metadata field {shown} not found")
            raise BadMetadata("Failed to read metadata") from missing
    name, version = headers["name"][0], headers["version"][0]
    if normalize_name(name) != distribution.name:
        raise BadMetadata(f"The metadata is of `{name}`, but the filename of `{distribution.name}`")
    try:
        same = Version.parse(version).text == distribution.version
    except VersionError as error:
        raise BadMetadata("Failed to read metadata") from error
    if not same:
        raise BadMetadata(
            f"The metadata is of version `{version}`, but the filename of "
            f"version `{distribution.version}`"
        )


def _read(distribution: Distribution, path: str) -> bytes:
    if distribution.is_wheel:
        return _of_wheel(distribution, path)
    if not distribution.filename.endswith(".tar.gz"):
        raise BadMetadata(
            "Only files ending in `.tar.gz` are valid source distributions: "
            f"{distribution.filename}"
        )
    return _of_sdist(path)


def _of_wheel(distribution: Distribution, path: str) -> bytes:
    """METADATA of the one dist-info directory, which must be of the project."""
    from zipfile import BadZipFile, ZipFile
    from zlib import error as ZlibError

    from weft.core.errors import OsCause, WeftError

    try:
        with ZipFile(path) as archive:
            name = f"{_dist_info(distribution, archive.namelist())}/METADATA"
            if archive.getinfo(name).file_size > _LARGEST:
                raise BadMetadata(f"`{name}` is larger than {_LARGEST >> 20} MiB")
            return archive.read(name)
    except KeyError:
        missing = WeftError("No METADATA file found in the .dist-info directory")
        raise BadMetadata("Failed to read metadata") from missing
    except OSError as error:
        raise BadMetadata("Failed to read metadata") from OsCause(error)
    except (BadZipFile, EOFError, NotImplementedError, RuntimeError, ZlibError) as error:
        broken = WeftError("Failed to read from zip file")
        broken.__cause__ = WeftError(str(error))
        raise BadMetadata("Failed to read metadata") from broken


def _dist_info(distribution: Distribution, names: list[str]) -> str:
    from weft.core.errors import WeftError
    from weft.core.names import normalize_name

    found = sorted({name.split("/", 1)[0] for name in names if ".dist-info/" in name})
    found = [name for name in found if name.endswith(".dist-info")]
    stems = [name.removesuffix(".dist-info") for name in found]
    if not found:
        reason = "No .dist-info directory found"
    elif len(found) > 1:
        reason = f"Multiple .dist-info directories found: {', '.join(stems)}"
    elif normalize_name(stems[0].partition("-")[0]) != distribution.name:
        reason = (
            f"The .dist-info directory `{stems[0]}` does not start with the normalized package "
            f"name: {distribution.name}"
        )
    else:
        return found[0]
    raise BadMetadata("Failed to read metadata") from WeftError(reason)


def _of_sdist(path: str) -> bytes:
    """The one `<directory>/PKG-INFO`, read from the stream: nothing is unpacked."""
    import tarfile
    from zlib import error as ZlibError

    from weft.core.errors import OsCause

    found: dict[str, bytes] = {}
    try:
        with tarfile.open(path, "r|gz") as archive:
            for member in archive:
                parts = member.name.split("/")
                if len(parts) == 2 and parts[1] == "PKG-INFO" and parts[0] not in ("", ".", ".."):
                    found[member.name] = _content(archive, member)
    except OSError as error:
        raise BadMetadata("Failed to decode source distribution") from OsCause(error)
    except (tarfile.TarError, EOFError, ZlibError) as error:
        raise BadMetadata("Failed to decode source distribution") from error
    if not found:
        raise BadMetadata("No `PKG-INFO` file found")
    if len(found) > 1:
        listed = ", ".join(f"`{name}`" for name in sorted(found))
        raise BadMetadata(f"Multiple `PKG-INFO` files found: {listed}")
    return found.popitem()[1]


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    stream = archive.extractfile(member) if member.isreg() else None
    if stream is None:
        raise BadMetadata(f"`{member.name}` is not a regular file")
    if member.size > _LARGEST:
        raise BadMetadata(f"`{member.name}` is larger than {_LARGEST >> 20} MiB")
    return stream.read()
