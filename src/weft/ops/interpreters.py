"""Finding an interpreter with the settings of the command.

Owns that translation, and the turn to `ops.python_fetch` where none is found. Refuses to say which
one is wanted: the caller has a request, or none.
"""

from __future__ import annotations

from weft.core.errors import WeftError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context
    from weft.ops.session import Session
    from weft.python.interpreter import Interpreter
    from weft.python.request import PythonRequest


class Unfetched(WeftError):
    """The Python that was wanted could be fetched, but was not; `failure` says why."""

    def __init__(self, wanted: str, failure: WeftError) -> None:
        super().__init__(
            f"A managed Python download is available{wanted}, but an error occurred when "
            "attempting to download it."
        )
        self.failure = failure
        self.__cause__ = failure


def find_interpreter(
    context: Context,
    session: Session,
    text: str | None,
    *,
    include_virtual: bool = False,
    system: bool = False,
) -> Interpreter:
    """The first one that a request such as `3.12` allows; None allows any.

    Where there is none, one is fetched if the settings allow it. A managed Python is given by the
    link to its newest patch, unless the request names a patch: what is made from it goes on to the
    next one. Raises RequestError, InterpreterNotFound, InspectionFailure, and what fetching raises.
    """
    try:
        return find_or_fetch(context, session, text, include_virtual=include_virtual, system=system)
    except Unfetched as error:
        raise error.failure from error.failure.__cause__


def find_or_fetch(
    context: Context,
    session: Session,
    text: str | None,
    *,
    include_virtual: bool = False,
    system: bool = False,
) -> Interpreter:
    """The same for callers that can do without: Unfetched where the fetch was tried and failed."""
    from weft.python.discovery import InspectionFailure, InterpreterNotFound

    try:
        return find_installed(
            context, session, text, include_virtual=include_virtual, system=system
        )
    except (InterpreterNotFound, InspectionFailure) as missing:
        if isinstance(missing, InspectionFailure) and not _was_searched(missing.source):
            raise
        from weft.ops.python_fetch import fetch_python

        request = _request(context, text)
        try:
            fetched = fetch_python(context, session, request, missing)
        except WeftError as error:
            raise error from error.__cause__  # what was not found is told by the error itself
        return lasting(context, session, fetched, request)


def _was_searched(source: str) -> bool:
    """Whether an interpreter that does not work is one of many, and not the one that was meant."""
    from weft.python.search import FIRST, MANAGED, SEARCH_PATH

    return source in (FIRST, MANAGED, SEARCH_PATH)


def _request(context: Context, text: str | None) -> PythonRequest | None:
    if text is None:
        return None
    from weft.python.request import PythonRequest

    return PythonRequest.parse(text, cwd=context.cwd)


def find_installed(
    context: Context,
    session: Session,
    text: str | None,
    *,
    include_virtual: bool = False,
    system: bool = False,
) -> Interpreter:
    """The same among those that are there: nothing is fetched.

    Raises RequestError, InterpreterNotFound and InspectionFailure.
    """
    from weft.python.discovery import find

    request = _request(context, text)
    found = find(
        request,
        environ=context.environ,
        cwd=context.cwd,
        store=session.store,
        preference=context.settings.python_preference,  # type: ignore[arg-type]
        include_virtual=include_virtual,
        system=system,
        platform=context.platform,
    )
    return lasting(context, session, found, request)


def lasting(
    context: Context, session: Session, found: Interpreter, request: PythonRequest | None
) -> Interpreter:
    """A managed Python by the link to its newest patch, unless the request names a patch.

    What is made from it goes on to the next patch as soon as that is installed.
    """
    if found.is_virtual or (request is not None and _names_patch(request)):
        return found
    from weft.python.links import by_link

    path = by_link(found.executable)
    if path == found.executable:
        return found
    from weft.python.interpreter import probe

    return probe(path, session.store, environ=context.environ)


def _names_patch(request: PythonRequest) -> bool:
    """Whether it must be this very interpreter."""
    if request.is_place:
        return True
    version = request.version
    if version is None:
        return False
    if version.specifiers is not None:
        text = version.specifiers.text.replace(" ", "")  # `==3.12.1`; a range goes on to the next
        return text.startswith("==") and "," not in text and not text.endswith("*")
    return len(version.release) > 2 or bool(version.prerelease)
