"""The clone that the store keeps of a Git repository.

Owns bucket `git-v1`: `db/<digest>/` is a bare repository, `locks/<digest>` the lock of whoever
works with it, `<digest>` that of the address without credentials. A clone has the whole history,
because versions are made from it, but of the files only those that a checkout needed, where the
server can leave them out (partial clone). `refs/commit/<commit>` names every commit that was asked
for, so that no branch that comes and goes is ever in the way of another.
Refuses to show anybody an unfinished clone: a new one is staged, and renamed when it has something.
Follows gitrepository-layout(5) and git-fetch(1).
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.fetch.git_command import LFS_SETTINGS, CommandFailure, login_settings
from weft.system.files import read_bytes, write_atomic
from weft.system.lean import os
from weft.system.removal import remove_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Self

    from weft.fetch.git_command import GitCommand
    from weft.store.staging import Staging
    from weft.store.store import Store

_FILTER = "blob:none"
_PARTIAL = ("promisor = true", f"partialclonefilter = {_FILTER}")
# What Git says of a repository that lost parts, or of locks that a killed Git left.
_DAMAGE = (
    "not a git repository",
    "': File exists",
    "cannot lock ref",
    "local refs could not be updated",
    "bad config",
    "bad object",
    " corrupt",
    "inflate",
    "invalid sha1 pointer",
    "unable to read",
    "is empty",
    "did not send all necessary objects",
)
# What a server says that leaves files out, and then does not send single ones.
_REFUSED = ("unadvertised object", "not our ref")


class NetworkDisabled(WeftError):
    """A remote was needed, and may not be asked."""

    exit_code = 1

    @property
    def message(self) -> str:
        return (
            "Remote Git fetches are not allowed because network connectivity is disabled "
            "(i.e., with `--offline`)"
        )


class Clone:
    """A repository of the store for as long as the context lasts; others wait meanwhile.

    `repository` is without credentials, `login` holds them. Waits for at most `timeout` seconds
    for other processes; LockTimeout.
    """

    def __init__(
        self,
        command: GitCommand,
        store: Store,
        repository: str,
        *,
        login: str = "",
        offline: bool = False,
        timeout: float | None = None,
    ) -> None:
        from weft.core.digest import short_digest
        from weft.store.layout import Bucket
        from weft.system.locks import FileLock

        digest = short_digest(repository)
        self.repository = repository
        self.target = store.path(Bucket.GIT, f"db/{digest}")
        self.existed = False
        self._command = command
        self._store = store.records
        self._login = login
        self.offline = offline and not repository.startswith("file:")
        self._timeout = timeout
        self._lock = FileLock(store.path(Bucket.GIT, f"locks/{digest}"), resource=repository)
        self._staging: Staging | None = None
        self._whole = False
        self._ssh: dict[str, str] | None = None

    def __enter__(self) -> Self:
        from weft.system.locks import LockUnsupported

        self._store.open()
        try:
            self._lock.acquire(timeout=self._timeout)
        except LockUnsupported:  # Git has locks of its own; they only do not wait
            pass
        self.existed = os.path.isdir(self.target)
        if self._lock.held:
            _remove_unfinished(self.target)
        return self

    def __exit__(self, *raised: object) -> None:
        if self._staging is not None:
            self._staging.close()
        if self._lock.held and raised[0] is not None:
            _remove_unfinished(self.target)
        self._lock.release()

    @property
    def path(self) -> str:
        """Where the repository is now; a new one is made at first use."""
        if self._staging is None and os.path.isdir(self.target):
            return self.target
        return self._make()

    @property
    def is_partial(self) -> bool:
        """Whether files may be missing that Git then fetches."""
        return b"promisor" in (read_bytes(os.path.join(self.path, "config")) or b"")

    def _make(self) -> str:
        if self._staging is None:
            from weft.store.staging import Staging

            self._staging = Staging(self._store.staging())
            path = self._staging.path
            self._command.run("init", "--quiet", "--bare", "--template=", repository=path)
            _name_origin(path, self.repository, partial=not self._whole)
        return self._staging.path

    def publish(self) -> None:
        """Give a new clone its name, once it has what it was made for."""
        if self._staging is not None:
            if not self._staging.publish(self.target):
                self._staging.close()  # only without locks can somebody have been quicker
            self._staging = None

    def can_help(self, failure: WeftError | None) -> bool:
        """Whether to start over after a failure: the clone is damaged, or should not be partial."""
        if self.offline or not self._lock.held or not isinstance(failure, CommandFailure):
            return False
        if "promisor remote" in failure.stderr:
            refused = any(sign in failure.stderr for sign in _REFUSED)
            return refused and not self._whole
        own = "\n".join(line for line in failure.stderr.splitlines() if "remote" not in line)
        return self.existed and any(sign in own for sign in _DAMAGE)

    def start_over(self, failure: WeftError | None) -> None:
        """Throw the clone away after a failure that `can_help` knows.

        Trees that borrow from it keep their files, and lose their history.
        """
        if isinstance(failure, CommandFailure) and "promisor remote" in failure.stderr:
            self._whole = True
        if self._staging is not None:
            self._staging.close()
            self._staging = None
        self._store.discard(self.target)
        self.existed = False

    # What can be asked without the remote.

    def has(self, commit: str) -> bool:
        """Whether a commit is here."""
        return self.find(commit) is not None

    def find(self, prefix: str) -> str | None:
        """The one commit here that begins with these digits, or that a whole name points to."""
        if self._staging is None and not os.path.isdir(self.target):
            return None
        try:
            found = self.local("rev-parse", "--verify", "--quiet", f"{prefix}^{{commit}}")
        except CommandFailure as failure:
            # What is not here is nothing to worry about, whatever Git says of it.
            if "bad object" not in failure.stderr and self.can_help(failure):
                raise
            return None
        return found.strip()

    def local(self, *words: str, variables: Mapping[str, str] | None = None) -> str:
        """Run a command in the clone that needs nobody else."""
        return self._command.run(*words, repository=self.path, variables=variables)

    # What the remote is needed for.

    def remote_references(self, names: Iterable[str]) -> dict[str, str]:
        """What the remote's references of exactly these names point to: commits, by name.

        Raises CommandFailure and NetworkDisabled.
        """
        wanted = dict.fromkeys(names)
        patterns = [pattern for name in wanted for pattern in (name, f"{name}^{{}}")]
        answer = self.remote("ls-remote", "--", self.repository, *patterns)
        found: dict[str, str] = {}
        for line in answer.splitlines():
            commit, _, name = line.partition("\t")
            plain = name.removesuffix("^{}")
            if plain in wanted and (plain != name or plain not in found):
                found[plain] = commit  # `^{}` is the commit that an annotated tag stands for
        return found

    def fetch(self, *specifications: str, everything: bool = False) -> None:
        """Fetch what refspecs name, with all history. Raises CommandFailure, NetworkDisabled."""
        words = ["fetch", "--quiet", "--force"]
        if everything:
            words += ["--tags", "--prune"]
        if not self.is_partial:
            self.remote(*words, "origin", *specifications)
            return
        try:
            self.remote(*words, f"--filter={_FILTER}", "origin", *specifications)
        except CommandFailure as failure:
            if not any("filter" in line for line in failure.stderr.splitlines() if _is_fatal(line)):
                raise
            self.remote(*words, "--no-filter", "origin", *specifications)

    def remote(
        self,
        *words: str,
        cwd: str | None = None,
        settings: Iterable[tuple[str, str]] = (),
        variables: Mapping[str, str] | None = None,
    ) -> str:
        """Run a command that may talk to the remote: in the clone, or with a `cwd` there.

        Raises CommandFailure and NetworkDisabled.
        """
        if self.offline:
            raise NetworkDisabled
        return self._run_with_login(words, cwd=cwd, settings=settings, variables=variables)

    # Trees.

    def write_tree(self, commit: str, directory: str, *, lfs: bool) -> None:
        """The files of a commit and its submodules in a new directory, which becomes a repository.

        Without a network only what is here can be written. Raises CommandFailure, and
        NetworkDisabled for submodules.
        """
        self.publish()  # the tree borrows from the clone, which must not move any more
        self._make_borrower(directory)
        repository = os.path.join(directory, ".git")
        skip = {"GIT_LFS_SKIP_SMUDGE": "0" if lfs else "1"}
        settings = LFS_SETTINGS if lfs else ()
        # The clone writes, so that what it lacks is fetched into it, and not into this tree.
        self._run_with_login(
            ("read-tree", "--reset", "-u", commit),
            settings=settings,
            variables={
                **skip,
                "GIT_WORK_TREE": directory,
                "GIT_INDEX_FILE": os.path.join(repository, "index"),
            },
            remote=not self.offline,
        )
        write_atomic(os.path.join(repository, "HEAD"), f"{commit}\n".encode())
        if os.path.lexists(os.path.join(directory, ".gitmodules")):
            words = ("submodule", "update", "--init", "--recursive")
            self.remote(*words, cwd=directory, settings=settings, variables=skip)

    def _make_borrower(self, directory: str) -> None:
        """A repository at `directory` with the tags of this one, that uses its objects."""
        repository = os.path.join(directory, ".git")
        self._command.run("init", "--quiet", "--template=", directory)
        tags = self.local("for-each-ref", "--format=%(objectname) %(refname)", "refs/tags")
        for name, text in (
            ("objects/info/alternates", os.path.join(self.path, "objects") + "\n"),
            ("packed-refs", tags),
        ):
            write_atomic(os.path.join(repository, name), os.fsencode(text))
        _name_origin(repository, self.repository, partial=self.is_partial)

    def _run_with_login(
        self,
        words: tuple[str, ...],
        *,
        cwd: str | None = None,
        settings: Iterable[tuple[str, str]] = (),
        variables: Mapping[str, str] | None = None,
        remote: bool = True,
    ) -> str:
        needed = self.repository.startswith("ssh:") or "submodule" in words
        if self._ssh is None and needed:
            self._ssh = self._command.ssh_variables(self.path)
        return self._command.run(
            *words,
            repository="" if cwd else self.path,
            cwd=cwd,
            settings=(*login_settings(self.repository, self._login), *settings),
            variables={**(self._ssh or {}), **(variables or {})},
            remote=remote,
            secret=self._login,
        )


def _name_origin(repository: str, url: str, *, partial: bool) -> None:
    """Say in a repository's configuration where it comes from."""
    path = os.path.join(repository, "config")
    quoted = url.replace("\\", "\\\\").replace('"', '\\"')
    lines = ['[remote "origin"]', f'url = "{quoted}"', *(_PARTIAL if partial else ()), ""]
    write_atomic(path, (read_bytes(path) or b"") + os.fsencode("\n".join(lines)))


def _remove_unfinished(repository: str) -> None:
    """Remove what a fetch that failed or was killed left, which can be large; Git keeps it."""
    objects = os.path.join(repository, "objects")
    for directory in (objects, os.path.join(objects, "pack")):
        try:
            names = os.listdir(directory)
        except OSError:
            continue
        for name in names:
            if name.startswith(("tmp_", "incoming-")):
                remove_tree(os.path.join(directory, name))


def _is_fatal(line: str) -> bool:
    return line.startswith(("fatal:", "error:", "remote:"))
