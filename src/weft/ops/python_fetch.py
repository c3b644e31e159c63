"""Getting a managed Python: downloading, checking, unpacking, and giving it its name.

Owns these steps, the automatic fetch for commands that need a Python, and the error where it may
not be. Everything is made in the scratch of the directory of Pythons and appears by one rename, so
that a Python is complete or absent. Refuses archives that hold anything that leads out of them.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.index.client import IndexClient
    from weft.ops.context import Context
    from weft.ops.session import Session
    from weft.python.downloads import Download
    from weft.python.interpreter import Interpreter
    from weft.python.managed import Home, Installation
    from weft.python.request import PythonRequest


_OTHERWISE = (
    "`python-install-mirror` names another place to get Pythons from; "
    "`weft python list --only-installed` shows those that are here"
)


class DownloadFailure(WeftError):
    """The archive at `url` could not be downloaded; the cause says why."""

    def __init__(self, url: str, cause: BaseException | None) -> None:
        super().__init__(f"Failed to download `{url}`", hints=(_OTHERWISE,))
        self.url = url
        self.__cause__ = cause


class WrongHash(WeftError):
    """The archive of the Python `key` is not the one that the table lists; both in hex."""

    def __init__(self, key: str, expected: str, computed: str) -> None:
        super().__init__(
            f"Hash mismatch for `{key}`\n\nExpected:\n{expected}\n\nComputed:\n{computed}"
        )
        self.expected = expected
        self.computed = computed


class BadArchive(WeftError):
    """The archive is broken, hostile, or has no Python in it; nothing of it was kept."""

    def __init__(self, filename: str) -> None:
        super().__init__(f"Failed to extract archive: {filename}")
        self.filename = filename


class InstallFailure(WeftError):
    """The Python `key` could not be installed; the cause says why."""

    exit_code = 1

    def __init__(self, key: str, cause: WeftError) -> None:
        super().__init__(f"Failed to install {key}")
        self.key = key
        self.__cause__ = cause


def home_of(context: Context) -> Home:
    """The directory of managed Pythons that the command works on."""
    from weft.python.managed import home_of as home

    chosen = context.settings.install_dir
    return home(context.environ, context.platform, cwd=context.cwd, chosen=chosen)


def archive_client(context: Context, session: Session) -> IndexClient:
    """What downloads archives; to be closed.

    It is not the session's: which indexes that one has may depend on files not read yet.
    """
    from weft.index.locations import Locations
    from weft.ops.places import client

    none = Locations.of([], [], no_index=True, strategy=context.settings.index_strategy)
    return client(context, session.store, none)


def fetch(context: Context, client: IndexClient, home: Home, download: Download) -> Installation:
    """Install a build, in place of the same one if it is there. The lock of `home` must be held.

    Raises DownloadFailure, WrongHash, BadArchive, SystemFailure; nothing is left then.
    """
    from weft.fetch.tree_writer import check_links
    from weft.fetch.unpacking import unpack_archive
    from weft.ops.python_table import behind_mirrors
    from weft.python.managed import NoPython, complete
    from weft.store.errors import Refused, shown
    from weft.system.removal import remove_tree

    download = behind_mirrors(context, download)
    staged = home.stage()
    try:
        archive = _archive(context, client, download, staged)
        name = download.filename
        try:
            tree = unpack_archive(archive, os.path.join(staged, "tree"), filename=name)
            inner = os.path.join(tree, "install")  # archives with all that a build made
            tree = inner if os.path.isdir(inner) and not os.path.islink(inner) else tree
            check_links(tree)
            complete(tree, download.key, place=home.place(download.key), build=download.build)
        except Refused as error:
            subject = f"`{shown(error.member)}` {error.reason}" if error.member else error.reason
            raise BadArchive(name) from WeftError(subject)
        except NoPython as error:
            raise BadArchive(name) from error
        return home.publish(tree, download.key)
    finally:
        remove_tree(staged)


def _archive(context: Context, client: IndexClient, download: Download, directory: str) -> str:
    """The path of the archive, checked; in the directory for archives where there is one."""
    from weft.core.distribution import File
    from weft.index.failures import FetchFailure, Offline, RetriesExhausted
    from weft.store.archive import hash_file
    from weft.store.errors import HashMismatch
    from weft.system.files import make_directory

    keep = context.environ.get("WEFT_PYTHON_CACHE_DIR")
    if keep and download.sha256:
        directory = os.path.join(context.cwd, keep, download.sha256[:16])
        make_directory(directory)
        kept = os.path.join(directory, download.filename)
        if os.path.exists(kept) and hash_file(kept, "sha256").hex() == download.sha256.lower():
            return kept
    hashes = (("sha256", download.sha256.lower()),) if download.sha256 else ()
    file = File(filename=download.filename, url=download.url, hashes=hashes)
    name = f"{download.key} (download)"
    _tell_local(context, download, name)
    try:
        return client.download(file, directory, name=name)
    except HashMismatch as error:
        raise WrongHash(str(download.key), download.sha256 or "", error.computed[0][1]) from None
    except RetriesExhausted as error:
        inner = DownloadFailure(error.failure.url, error.failure.__cause__)
        told = RetriesExhausted(error.failure, retries=error.retries, seconds=error.seconds)
        told.__cause__ = inner
        raise told from inner
    except FetchFailure as error:
        raise DownloadFailure(error.url, error.__cause__) from error.__cause__
    except Offline as error:
        raise DownloadFailure(error.url, error) from error


def _tell_local(context: Context, download: Download, name: str) -> None:
    """A file of this machine is not downloaded, but people want to see what is being read."""
    from weft.core.events import DownloadEnded, DownloadStarted
    from weft.index.urls import local_path

    path = local_path(download.url)
    if path is not None and os.path.isfile(path):
        context.sink(DownloadStarted(download.url, name, os.stat(path).st_size))
        context.sink(DownloadEnded(download.url))


def fetch_python(
    context: Context, session: Session, request: PythonRequest | None, missing: WeftError
) -> Interpreter:
    """The interpreter that is fetched because none was found, which `missing` says.

    Raises `missing`, with what could be done about it, where nothing may or can be fetched;
    Unfetched where that failed.
    """
    from weft.ops.interpreters import Unfetched
    from weft.ops.python_table import host_of, python_downloads
    from weft.python.downloads import MissingTable, choose
    from weft.python.interpreter import probe
    from weft.python.links import set_minor_links

    settings = context.settings
    host = host_of(context)
    allowed = (
        settings.python_preference != "only-system"
        and settings.python_downloads == "automatic"
        and not settings.offline
    )
    if request is not None and request.is_place:
        raise missing
    try:
        download = choose(python_downloads(context, session), request, host=host)
    except MissingTable as error:
        raise _hinted(missing, error.message) from missing.__cause__
    except WeftError:
        if allowed:
            raise
        raise missing from missing.__cause__
    if download is None or not allowed:
        raise _with_hint(context, missing, request, download, allowed=allowed)
    home = home_of(context)
    lock = home.lock(settings.lock_timeout)
    try:
        found = next((each for each in home.installations(host) if each.key == download.key), None)
        if found is None or not found.is_there:
            client = archive_client(context, session)
            try:
                found = fetch(context, client, home, download)
            except WeftError as error:
                raise Unfetched(_for(request), error) from error
            finally:
                client.close()
        set_minor_links(home, host, (found.key.minor_name,))
    finally:
        lock.release()
    return probe(found.executable, session.store, environ=context.environ)


def _for(request: PythonRequest | None) -> str:
    if request is None or request.kind in ("default", "any"):
        return ""
    return f" for {request.describe()}"


def _with_hint(
    context: Context,
    missing: WeftError,
    request: PythonRequest | None,
    download: Download | None,
    *,
    allowed: bool,
) -> WeftError:
    """The error with the reason why nothing was fetched, and what would have been."""
    asked = _for(request)
    if download is None and not (asked and allowed):
        return missing
    settings = context.settings
    offer = f"A managed Python download is available{asked}"
    if download is None:
        hint = (
            "weft has no Python downloads for this request in its table; a newer version of weft, "
            "or of `pbs-installer` beside it, may have one"
        )
    elif settings.python_downloads == "manual":
        name = request.text if request is not None and asked else str(download.key)
        hint = (
            f"{offer} ({download.key}), but Python downloads are set to 'manual', use "
            f"`weft python install {name}` to install the required version"
        )
    elif settings.python_downloads == "never":
        hint = f"{offer} ({download.key}), but Python downloads are set to 'never'"
    elif settings.python_preference == "only-system":
        hint = f"{offer} ({download.key}), but the Python preference is set to 'only system'"
    else:
        hint = f"{offer} ({download.key}), but weft is set to offline mode"
    return _hinted(missing, hint)


def _hinted(missing: WeftError, hint: str) -> WeftError:
    from weft.python.discovery import InterpreterNotFound

    told = InterpreterNotFound(missing.message, hints=(*missing.hints, hint))
    told.__cause__ = missing.__cause__
    return told
