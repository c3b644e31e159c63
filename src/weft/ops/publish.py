"""`weft publish`: distributions to an index, one after the other.

Owns the order of the steps and their lines. Refuses to build anything, and to upload a file whose
metadata could not be read. Exit codes: 0 all are there; 1 a dry run found issues; 2 anything else.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.events import Note, Warned
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context
    from weft.ops.publish_login import Access
    from weft.ops.publish_target import Target
    from weft.ops.session import Session
    from weft.publish.files import Distribution
    from weft.publish.upload import Parcel

_DEFAULT = ("dist/*",)


def run(context: Context) -> int:
    """Upload what the patterns match."""
    from weft.core.quantities import plural
    from weft.ops.publish_target import read_target
    from weft.ops.session import Session
    from weft.publish.errors import NoFiles
    from weft.publish.files import find

    settings = context.settings
    target = read_target(context)
    if settings.offline:
        raise WeftError("Unable to publish files in offline mode")
    patterns = settings.distributions or _DEFAULT
    found = find(
        patterns,
        cwd=context.cwd,
        attestations=not settings.no_attestations,
        sink=context.sink,
    )
    if not found:
        raise NoFiles(patterns)
    count, shown = plural(len(found), "file"), target.destination.shown
    text = (
        f"Checking {count} against {shown}"
        if settings.dry_run
        else f"Publishing {count} to {shown}"
    )
    context.sink(Note(text))
    with Session(context) as session:
        return _Publication(context, session, target).run(found)


class _Publication:
    """One run over all files."""

    def __init__(self, context: Context, session: Session, target: Target) -> None:
        from weft.core.value import replace
        from weft.ops.places import transport_settings
        from weft.publish.sender import Sender

        settings = transport_settings(context)
        seconds = float(context.settings.upload_http_timeout)
        self.context = context
        self.session = session
        self.target = target
        self.dry_run = context.settings.dry_run
        self.sender = Sender(replace(settings, timeout=seconds), sink=context.sink)
        self.asker = Sender(settings, sink=context.sink)  # of tokens: nothing takes long there
        self.problems = 0

    def run(self, found: list[Distribution]) -> int:
        """The exit code."""
        from weft.ops.publish_login import Access

        access = Access(self.context, self.target, self.asker)
        try:
            access.open()
            for distribution in found:
                self.one(distribution, access)
        finally:
            access.close()
            self.asker.close()
            self.sender.close()
        if self.problems:
            from weft.core.quantities import plural

            self.say(f"Found issues with {plural(self.problems, 'file')}")
            return 1
        return 0

    def one(self, distribution: Distribution, access: Access) -> None:
        """Upload one file, or tell why not; a dry run goes on after what is wrong with it."""
        filename, expected = distribution.filename, distribution.expected
        if filename != expected:
            warning = (
                f"`{filename}` has a non-normalized filename (expected `{expected}`), skipping"
            )
            self.context.sink(Warned(warning))
            return
        try:
            if self.exists(distribution):
                self.say(f"File {filename} already exists, skipping")
            else:
                self.upload(distribution, access)
        except WeftError as error:
            if not self.dry_run:
                raise
            from weft.core.events import Failed

            self.problems += 1
            self.context.sink(Failed(error))

    def upload(self, distribution: Distribution, access: Access) -> None:
        from weft.core.errors import OsCause, SystemFailure
        from weft.core.quantities import format_size
        from weft.publish.errors import UploadFailure
        from weft.publish.metadata import form_fields
        from weft.publish.upload import upload

        path = self.absolute(distribution.path)
        try:
            size = os.stat(path).st_size
        except OSError as error:
            raise SystemFailure("read", distribution.path, error) from OsCause(error)
        told = f"{distribution.filename} ({format_size(size)})"
        if self.dry_run:
            self.say(f"Checking {told}")
            form_fields(distribution, path)
            self.attestations(distribution)
            return
        bar = _Bar(self.context, distribution.filename, size)
        self.say(f"Hashing {told}")
        with bar:
            parcel = self.parcel(distribution, path, bar)
        self.say(f"Uploading {told}")
        try:
            with bar:
                upload(
                    self.sender,
                    parcel,
                    self.target.destination.url,
                    authorization=access.authorization,
                    progress=bar.advance,
                )
        except UploadFailure:
            if self.exists_by_now(distribution):
                self.say("File already exists, skipping")
                return
            access.explain()
            raise

    def parcel(self, distribution: Distribution, path: str, bar: _Bar) -> Parcel:
        from weft.publish.digests import read_digests
        from weft.publish.metadata import form_fields
        from weft.publish.upload import Parcel

        digests = read_digests(path, bar.advance)
        fields = tuple(form_fields(distribution, path))
        return Parcel(distribution, path, digests, fields, self.attestations(distribution))

    def attestations(self, distribution: Distribution) -> str:
        from weft.publish.attestations import read_attestations

        paths = [self.absolute(path) for path in distribution.attestations]
        return read_attestations(distribution, paths)

    def exists(self, distribution: Distribution) -> bool:
        """Whether the index has the file, as far as there is one to ask."""
        location = self.target.check
        if location is None:
            return False
        from weft.index.failures import IndexRefused
        from weft.ops.publish_target import pages
        from weft.publish.existing import exists

        client = pages(self.context, self.session, location)
        try:
            return exists(client, location, distribution, self.absolute(distribution.path))
        except IndexRefused as error:
            text = f"Cannot tell which files are on the index: {error.message}"
            self.context.sink(Warned(text))
            return False
        finally:
            client.close()

    def exists_by_now(self, distribution: Distribution) -> bool:
        """Whether somebody else was faster, or only the answer was lost."""
        from weft.publish.errors import CheckFailure

        try:
            return self.exists(distribution)
        except CheckFailure:
            return False  # what was wrong with the upload says more

    def absolute(self, path: str) -> str:
        return os.path.join(self.context.cwd, path)

    def say(self, text: str) -> None:
        self.context.sink(Note(text))


class _Bar:
    """The bar of one file, on terminals only: elsewhere the lines say enough."""

    def __init__(self, context: Context, filename: str, size: int) -> None:
        self.context = context
        self.filename = filename
        self.size = size

    def __enter__(self) -> None:
        if self.context.interactive:
            from weft.core.events import DownloadStarted

            self.context.sink(DownloadStarted(self.filename, self.filename, self.size))

    def __exit__(self, *_: object) -> None:
        if self.context.interactive:
            from weft.core.events import DownloadEnded

            self.context.sink(DownloadEnded(self.filename))

    def advance(self, sent: int) -> None:
        if self.context.interactive:
            from weft.core.events import DownloadProgress

            self.context.sink(DownloadProgress(self.filename, sent))
