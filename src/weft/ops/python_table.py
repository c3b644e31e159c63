"""The table of Pythons that can be fetched, with the settings of the command.

Owns reading a table of one's own from a file or a URL, and which address a build has behind the
mirrors that are set. Refuses to choose; see `weft.python.downloads`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context
    from weft.ops.session import Session
    from weft.python.downloads import Download
    from weft.python.keys import Host


def python_downloads(context: Context, session: Session) -> tuple[Download, ...]:
    """Every build of the table, for all platforms. Raises WeftError."""
    from weft.python.downloads import read_table

    source = context.settings.python_downloads_json_url
    return read_table(source, session.store, read=lambda place: _read(context, place))


def table_path(context: Context) -> str | None:
    """The file that the table is read from; None for one of the network."""
    from weft.python.downloads import library_file

    source = context.settings.python_downloads_json_url
    return _local(context, source) if source else library_file()


def _local(context: Context, place: str) -> str | None:
    """The path that a path or URL means; None for one of the network."""
    from weft.index.urls import local_path
    from weft.system.lean import os

    if place.startswith("file:"):
        return local_path(place)
    return None if "://" in place else os.path.join(context.cwd, place)


def host_of(context: Context) -> Host:
    """What builds must be made for."""
    from weft.python.keys import Host

    return Host.of(context.platform, context.environ)


def behind_mirrors(context: Context, download: Download) -> Download:
    """The build with the address that it is fetched from. Raises BadMirror."""
    from weft.python.downloads import mirrored

    settings = context.settings
    return mirrored(
        download,
        mirror=_url(context, settings.python_install_mirror),
        pypy_mirror=_url(context, settings.pypy_install_mirror),
    )


def _url(context: Context, place: str | None) -> str | None:
    """A mirror as a URL; a directory of this machine may be given by its path."""
    if not place or "://" in place:
        return place
    from weft.project.lines import file_url
    from weft.system.lean import os

    return file_url(os.path.join(context.cwd, place))


def _read(context: Context, place: str) -> bytes:
    from weft.core.errors import OsCause, WeftError

    path = _local(context, place)
    if path is None:
        return _fetched(context, place)
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise WeftError(f"failed to open file `{place}`: {OsCause(error).message}") from None


def _fetched(context: Context, url: str) -> bytes:
    from weft.core.errors import WeftError
    from weft.index.auth import Keychain
    from weft.index.transport import Transport
    from weft.index.urls import Url
    from weft.ops.places import transport_settings

    keyring = context.settings.keyring_provider == "subprocess"
    keychain = Keychain((), context.environ, keyring=keyring, sink=context.sink)
    transport = Transport(transport_settings(context), keychain, sink=context.sink)
    try:
        return transport.request("GET", url).body
    except WeftError as error:
        public = Url.parse(url).public
        text = f"Error while fetching remote python downloads json from `{public}`"
        raise WeftError(text) from error
    finally:
        transport.close()
