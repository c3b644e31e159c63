"""The system's keyring, by the `keyring` command.

Owns what the command is asked and told, and how long it may take. Refuses to import the library,
which is larger than weft, and to give a secret to a command line, which every user of the machine
can read: passwords go through standard input.
Follows the command line of `keyring` (`get`, `set`, `del`, and `get --mode creds` since 25.2.1).
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.index.auth import Login

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from weft.core.events import Sink
    from weft.system.process import Completed

SECONDS = 60.0  # a keyring that is locked asks its owner on the screen, which takes a while
_OLD = "unrecognized arguments: --mode"


class KeyringFailure(WeftError):
    """The `keyring` command could not do what it was told; the cause is what it said."""

    def __init__(self, action: str, service: str, said: str) -> None:
        super().__init__(
            f"The `keyring` command failed to {action} credentials for `{service}`",
            hints=(
                "Run `keyring diagnose` to see which keyring it uses, or keep the credentials in "
                "a file with `--keyring-provider disabled`",
            ),
        )
        if said:
            self.__cause__ = WeftError(said)


class Keyring:
    """The command on the `PATH` of `environ`. One question is put once. Thread-safe."""

    def __init__(
        self, environ: Mapping[str, str], sink: Sink | None = None, *, seconds: float = SECONDS
    ) -> None:
        from _thread import allocate_lock

        self._environ = environ
        self._sink = sink
        self._seconds = seconds
        self._lock = allocate_lock()
        self._answers: dict[tuple[str, str], Login | None] = {}
        self._gone = False

    def get(self, services: tuple[str, ...], user: str) -> Login | None:
        """The password of `user`, or any user and password, at the first service that has one."""
        with self._lock:
            for service in services:
                key = (service, user)
                if key not in self._answers:
                    self._answers[key] = None if self._gone else self._ask(service, user)
                if self._answers[key] is not None:
                    return self._answers[key]
        return None

    def set(self, service: str, login: Login) -> None:
        """Keep a password. Raises KeyringFailure, and WeftError where there is no command."""
        secret = (login.password or "").encode() + b"\n"
        self._tell("store", service, ("set", service, login.user), secret)

    def delete(self, service: str, user: str) -> None:
        """Forget a password. Raises as `set` does."""
        self._tell("remove", service, ("del", service, user), b"")

    def _tell(self, action: str, service: str, words: tuple[str, ...], secret: bytes) -> None:
        done = self._run(words, secret)
        if done.code != 0:
            lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise KeyringFailure(action, service, _without(lines[-1] if lines else "", secret))

    def _ask(self, service: str, user: str) -> Login | None:
        question = ("get", service, user) if user else ("--mode", "creds", "get", service)
        try:
            done = self._run(question, None)
        except WeftError as error:
            self._gone = True  # it is not installed, or hangs: once is enough
            self._warn(error.message)
            return None
        if done.code != 0 and not user and _OLD.encode() in done.stderr:
            self._gone = True
            self._warn(
                "Attempted to fetch credentials using the `keyring` command, but it does not "
                "support `--mode creds`; upgrade to `keyring>=v25.2.1` for support or provide a "
                "username"
            )
        lines = done.stdout.decode("utf-8", "replace").splitlines()
        if done.code != 0 or len(lines) < (1 if user else 2):
            return None
        return Login(user, lines[0]) if user else Login(lines[0], lines[1])

    def _run(self, words: tuple[str, ...], secret: bytes | None) -> Completed:
        from weft.system.process import run

        return run(("keyring", *words), env=self._environ, input=secret, timeout=self._seconds)

    def _warn(self, text: str) -> None:
        if self._sink is not None:
            from weft.core.events import Warned

            self._sink(Warned(text))


def _without(said: str, secret: bytes) -> str:
    """What the command said, should it repeat what it was told."""
    word = secret.decode("utf-8", "replace").strip()
    return said.replace(word, "****") if word else said
