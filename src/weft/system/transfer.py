"""Messages and errors on their way between a process and its forked child.

Owns how messages are told apart in a pipe, and how an error becomes bytes and an error again, with
its class, facts and causes. Refuses to lose an error: what cannot be sent arrives as text. Follows
`pickle`, on our own pipes only; nothing from outside ever gets here.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.system.files import write_all
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_WIDTH = 4  # bytes of a message's length
_SUCCEEDED, _FAILED = b"\0", b"\1"


class WorkerDied(WeftError):
    """A worker process ended before its work did; `signal` is 0 where it exited by itself."""

    def __init__(self, signal: int) -> None:
        super().__init__()
        self.signal = signal

    @property
    def message(self) -> str:
        if self.signal:
            return f"A worker process was killed by signal {self.signal}"
        return "A worker process ended unexpectedly"

    @property
    def hints(self) -> tuple[str, ...]:
        if self.signal == 9:
            return ("Memory may have run out; run the same command again",)
        return ("Run the same command again",)


class WorkerError(WeftError):
    """A worker met an error that is none of ours; the message is its traceback."""


def pack_error(error: BaseException) -> bytes:
    """An error as bytes. Fields are kept, constructors are not run again."""
    import pickle

    chain: list[tuple[type, dict[str, object]]] = []
    step: BaseException | None = error
    while isinstance(step, WeftError):
        chain.append((type(step), dict(step.__dict__)))
        step = step.__cause__
    try:
        if isinstance(error, (WeftError, OSError)):
            return pickle.dumps(chain or error)
    except Exception:
        if isinstance(error, WeftError):
            plain = WeftError(error.message, hints=error.hints, exit_code=error.exit_code)
            return pickle.dumps([(WeftError, plain.__dict__)])
    import traceback

    text = "".join(traceback.format_exception(error)).rstrip()
    return pickle.dumps([(WorkerError, WorkerError(text).__dict__)])


def unpack_error(data: object) -> BaseException:
    import pickle

    assert isinstance(data, bytes)
    chain = pickle.loads(data)  # noqa: S301  written by our own child, through our own pipe
    if isinstance(chain, BaseException):
        return chain
    below: BaseException | None = None
    for kind, fields in reversed(chain):
        error: BaseException = kind.__new__(kind)
        error.__dict__.update(fields)
        error.__cause__ = below
        below = error
    assert below is not None
    return below


def send(descriptor: int, message: bytes) -> None:
    """Write one message, of less than 4 GiB. Raises OSError (EPIPE where nobody listens)."""
    write_all(descriptor, len(message).to_bytes(_WIDTH, "little") + message)


def receive(descriptor: int) -> bytes | None:
    """Read one message; None where the other side has closed. Raises OSError."""
    head = _read_exactly(descriptor, _WIDTH)
    return head and _read_exactly(descriptor, int.from_bytes(head, "little"))


def respond(run: Callable[[bytes], bytes], hears: int, replies: int) -> None:
    """The life of a worker: answer messages with `run`, or the error it raises, to the last."""
    while (message := receive(hears)) is not None:
        try:
            answer = _SUCCEEDED + run(message)
        except Exception as error:
            answer = _FAILED + pack_error(error)
        send(replies, answer)


def opened(answer: bytes) -> bytes | BaseException:
    """What a worker has answered by `respond`."""
    return unpack_error(answer[1:]) if answer[:1] == _FAILED else answer[1:]


def _read_exactly(descriptor: int, size: int) -> bytes | None:
    pieces = []
    while size:
        piece = os.read(descriptor, size)
        if not piece:
            return None
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)
