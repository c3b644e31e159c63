"""Running Git so that nothing but its arguments and the user's own settings matter.

Owns the environment of a Git process, and its failures in words. Refuses prompts, hooks,
repositories that happen to lie around, and credentials in arguments, which every user of the
machine can read. Credentials, helpers, proxies and rewritten addresses in the user's Git
configuration stay in use.
Follows git(1) ("Environment Variables") and git-config(1).
"""

from __future__ import annotations

from weft.core.errors import WeftError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from weft.system.process import Completed

# Set for a hook or an alias, these would turn every command to another repository.
_LOCAL = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_CEILING_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_CONFIG",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_NAMESPACE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_QUARANTINE_PATH",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_TEMPLATE_DIR",
    "GIT_WORK_TREE",
    # Would mix what Git traces into what it says, and not be in English.
    "GIT_TRACE",
    "LANGUAGE",
)
_SETTINGS = (
    ("core.hooksPath", "/dev/null"),
    ("core.autocrlf", "false"),  # a build must not depend on who checked it out
    ("core.fsmonitor", "false"),
    ("advice.detachedHead", "false"),
    ("fetch.recurseSubmodules", "false"),
    ("submodule.recurse", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("protocol.ext.allow", "never"),
)
# With LFS its filters have to run, whether or not `git lfs install` was.
LFS_SETTINGS = (
    ("filter.lfs.clean", "git-lfs clean -- %f"),
    ("filter.lfs.smudge", "git-lfs smudge -- %f"),
    ("filter.lfs.process", "git-lfs filter-process"),
    ("filter.lfs.required", "true"),
)
_SHOWN_OUTPUT = 8000


class GitFailure(WeftError):
    """Something could not be had from a repository.

    `reasons` become the causes, outermost first, `failure` the last of them.
    """

    exit_code = 1

    def __init__(self, *reasons: str, failure: WeftError | None = None) -> None:
        super().__init__()
        self.failure = failure
        for reason in reversed(reasons):
            cause = WeftError(reason)
            cause.__cause__ = failure
            failure = cause
        self.__cause__ = failure

    @property
    def message(self) -> str:
        return "Git operation failed"


class GitMissing(WeftError):
    """There is no `git` on the path."""

    exit_code = 1

    @property
    def message(self) -> str:
        return "Git executable not found. Ensure that Git is installed and available."


class CommandFailure(WeftError):
    """A Git command that ended with an error. `stderr` is what it said, as text."""

    exit_code = 1

    def __init__(self, argv: Sequence[str], done: Completed, *, secret: str = "") -> None:
        super().__init__()
        self.argv = tuple(argv)
        self.code = done.code
        self.stdout = _printable(done.stdout, secret)
        self.stderr = _printable(done.stderr, secret)

    @property
    def message(self) -> str:
        end = f"exit status: {self.code}" if self.code >= 0 else f"signal: {-self.code}"
        lines = [f"process didn't exit successfully: `{_quoted(self.argv)}` ({end})"]
        parts = [
            f"--- {name}\n{text.rstrip()}"
            for name, text in (("stdout", self.stdout), ("stderr", self.stderr))
            if text.strip()
        ]
        return "\n".join([*lines, "\n\n".join(parts)] if parts else lines)

    @property
    def wants_login(self) -> bool:
        """Whether the server asked for credentials, or for others."""
        return any(sign in self.stderr for sign in _WANTS_LOGIN)

    @property
    def hints(self) -> tuple[str, ...]:
        for signs, advice in _ADVICE:
            if any(sign in self.stderr for sign in signs):
                return (advice,)
        return ()


_WANTS_LOGIN = ("could not read Username", "could not read Password", "Authentication failed")
_ADVICE = (
    (
        ("No space left on device",),
        "Make room, for example with `weft cache prune`",
    ),
    (
        _WANTS_LOGIN,
        "The repository asks for credentials: give them to Git with a credential helper "
        "(`git config --global credential.helper`), log in with `weft auth login`, or put a token "
        "into the URL",
    ),
    (
        ("Permission denied (",),
        "The server did not accept an SSH key: load the right one with `ssh-add`",
    ),
    (
        ("Host key verification failed",),
        "The key of the server is not known: connect once with `ssh` to check and accept it",
    ),
    (
        ("transport 'file' not allowed",),
        "Git takes submodules from the file system only after "
        "`git config --global protocol.file.allow always`",
    ),
    (
        ("does not appear to be a git repository", "not found"),
        "Check the address; servers say the same of private repositories to those who may not "
        "read them",
    ),
    (
        ("Could not resolve host", "Failed to connect", "Connection refused", "timed out"),
        "Check the address and the network, for example with `git ls-remote`",
    ),
)


class GitCommand:
    """The `git` of a `PATH`, found at first use.

    `environ` is the environment of the whole process.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._program = ""
        self._with_lfs: bool | None = None

    @property
    def program(self) -> str:
        """The path of Git. Raises GitMissing."""
        if not self._program:
            from shutil import which

            found = which("git", path=self._environ.get("PATH"))
            if found is None:
                raise GitMissing
            self._program = found
        return self._program

    def run(
        self,
        *words: str,
        repository: str = "",
        cwd: str | None = None,
        settings: Iterable[tuple[str, str]] = (),
        variables: Mapping[str, str] | None = None,
        remote: bool = False,
        secret: str = "",
    ) -> str:
        """What a command prints. `repository` is a Git directory, `settings` are of git-config(1).

        Without `remote` Git may not talk to anybody, not even to fetch what a partial clone left
        out. `secret` is never shown. Raises CommandFailure and GitMissing.
        """
        from weft.system.process import run

        argv = (self.program, *words)
        environ = self._make_environ((*_SETTINGS, *settings), remote=remote)
        if repository:
            environ["GIT_DIR"] = repository
        environ.update(variables or {})
        done = run(argv, env=environ, cwd=cwd)
        if done.code != 0:
            raise CommandFailure(argv, done, secret=secret)
        return done.stdout.decode("utf-8", "surrogateescape")

    def has_lfs(self) -> bool:
        """Whether the extension `git lfs` works."""
        if self._with_lfs is None:
            try:
                self.run("lfs", "version")
                self._with_lfs = True
            except CommandFailure:
                self._with_lfs = False
        return self._with_lfs

    def ssh_variables(self, repository: str) -> dict[str, str]:
        """What keeps SSH from asking questions, unless the user chose a command for it."""
        if "GIT_SSH_COMMAND" in self._environ or "GIT_SSH" in self._environ:
            return {}
        try:
            if self.run("config", "--get", "core.sshCommand", repository=repository).strip():
                return {}
        except CommandFailure:  # it is not set
            pass
        return {"GIT_SSH_COMMAND": "ssh -o BatchMode=yes"}

    def _make_environ(self, settings: Iterable[tuple[str, str]], *, remote: bool) -> dict[str, str]:
        environ = {name: text for name, text in self._environ.items() if name not in _LOCAL}
        environ["LC_ALL"] = "C.UTF-8"
        environ["GIT_TERMINAL_PROMPT"] = "0"
        if not remote:
            environ["GIT_NO_LAZY_FETCH"] = "1"
            environ["GIT_ALLOW_PROTOCOL"] = "none"  # older Gits do not know the other one
        # What `git -c` hands on to its children: arguments can be read by everybody, and
        # `GIT_CONFIG_COUNT` is younger than some Gits in use.
        before = environ.get("GIT_CONFIG_PARAMETERS")
        given = ["'{}'".format(f"{name}={text}".replace("'", "'\\''")) for name, text in settings]
        environ["GIT_CONFIG_PARAMETERS"] = " ".join([before, *given] if before else given)
        return environ


def login_settings(repository: str, login: str) -> tuple[tuple[str, str], ...]:
    """Makes Git use credentials for everything on the server of a repository."""
    if not login:
        return ()
    scheme, _, rest = repository.partition("://")
    host = rest.partition("/")[0]
    login = login.replace("=", "%3D")  # it would end the name of the setting
    return ((f"url.{scheme}://{login}@{host}/.insteadOf", f"{scheme}://{host}/"),)


def _quoted(argv: Sequence[str]) -> str:
    from shlex import quote

    return " ".join(map(quote, argv))


def _printable(output: bytes, secret: str) -> str:
    """The end of what Git or a remote wrote, without escapes for the terminal."""
    text = output.decode("utf-8", "backslashreplace").replace("\r\n", "\n").replace("\r", "\n")
    if secret:
        text = text.replace(secret, "****")
    return "".join(
        character if character == "\n" or character.isprintable() else "\ufffd"
        for character in text[-_SHOWN_OUTPUT:].expandtabs(4)
    )
