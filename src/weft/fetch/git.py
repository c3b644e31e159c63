"""Git repositories as sources: from a reference to a commit, from a commit to a tree.

Owns the order of the steps: what the store has is never asked for again, a remote is asked for
references before anything is fetched, and only what a commit needs is fetched. Refuses to look
into the tree, and to know what a project is.
Follows PEP 610 for what a commit is, and gitrevisions(7).
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.events import Step, silent
from weft.fetch.git_clone import Clone, NetworkDisabled
from weft.fetch.git_command import CommandFailure, GitCommand, GitFailure, GitMissing
from weft.fetch.git_url import GitUrl, parse_git_url
from weft.system.lean import os
from weft.system.removal import remove_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeVar

    from weft.core.events import Sink
    from weft.store.store import Store

    T = TypeVar("T")

# git-check-ref-format(1)
_NEVER_IN_NAMES = frozenset(" ~^:?*[\\\x7f")
_EVERYTHING = ("+HEAD:refs/remotes/origin/HEAD", "+refs/heads/*:refs/remotes/origin/*")


class LfsMissing(WeftError):
    """Files that Git LFS keeps cannot be had; the cause says why."""

    exit_code = 1

    def __init__(self, address: str, cause: WeftError) -> None:
        super().__init__()
        self.address = address
        self.__cause__ = cause

    @property
    def message(self) -> str:
        return f"The source distribution `{self.address}` is missing Git LFS artifacts."


class SubdirectoryMissing(WeftError):
    """The tree has no such directory, or it would lead out of the tree."""

    exit_code = 1

    def __init__(self, address: str, subdirectory: str) -> None:
        super().__init__()
        self.address = address
        self.subdirectory = subdirectory

    @property
    def message(self) -> str:
        return f"The source distribution `{self.address}` has no subdirectory `{self.subdirectory}`"


class Git:
    """All repositories of one run, over the clones of a store. Thread-safe.

    `environ` is the environment that Git gets. With `refresh` a remote is asked even where the
    store could answer; commits never change and are not fetched again. Waits for other processes
    for at most `lock_timeout` seconds.
    """

    def __init__(
        self,
        store: Store,
        *,
        offline: bool,
        environ: Mapping[str, str],
        sink: Sink = silent,
        refresh: bool = False,
        lock_timeout: float | None = None,
    ) -> None:
        self._store = store
        self._offline = offline
        self._sink = sink
        self._refresh = refresh
        self._timeout = lock_timeout
        self._command = GitCommand(environ)
        self._environ = environ
        self._logins: dict[str, str] = {}
        self._resolved: dict[tuple[str, str | None], str] = {}
        self._asked: dict[tuple[str, str], GitUrl] = {}

    def resolve(self, url: GitUrl) -> str:
        """The commit, 40 hexadecimal digits in lower case, that a reference stands for.

        A whole commit stands for itself, and is looked for when it is checked out. Anything else
        is asked of the remote once in a run, and what is new is fetched. Raises GitFailure.
        """
        commit = url.commit or self._resolved.get((url.repository, url.reference))
        if commit is None:
            asked = "HEAD" if url.reference is None else url.reference
            self._sink(Step("Updating", f"{url.shown} ({asked})"))
            commit = self._with_clone(url, lambda clone: self._find_commit(clone, url))
            self._sink(Step("Updated", f"{url.shown} ({commit})"))
            self._resolved[url.repository, url.reference] = commit
        if url.login or (url.repository, commit) not in self._asked:
            self._asked[url.repository, commit] = url
        return commit

    def know(self, repository: str, reference: str | None, commit: str) -> None:
        """Take a reference to stand for a commit, without asking; `resolve` says what they are."""
        self._resolved.setdefault((repository, reference), commit)

    def checkout(
        self,
        repository: str,
        commit: str,
        directory: str,
        *,
        subdirectory: str | None = None,
        lfs: bool = False,
    ) -> str:
        """Write the tree of a commit, with submodules, to `directory`, which must not exist.

        The answer is the path of the tree, or of its subdirectory. The directory is a repository
        itself, so that versions can be made of its history; it borrows objects from the store.
        Credentials are those that the repository was resolved with. Raises GitFailure, LfsMissing
        and SubdirectoryMissing.
        """
        url = self._recall(repository, commit, subdirectory=subdirectory, lfs=lfs)
        self._with_clone(url, lambda clone: self._write_tree(clone, url, commit, directory))
        if not subdirectory:
            return directory
        place = os.path.realpath(os.path.join(directory, subdirectory))
        inside = os.path.realpath(directory)
        outside = ".." in subdirectory.split("/") or os.path.commonpath((place, inside)) != inside
        if outside or not os.path.isdir(place):
            raise SubdirectoryMissing(url.text, subdirectory)
        return place

    def _recall(
        self, repository: str, commit: str, *, subdirectory: str | None, lfs: bool
    ) -> GitUrl:
        """What was asked for when the commit was resolved, else an address that names it."""
        from weft.core.value import replace

        url = parse_git_url(f"git+{repository}")
        url = self._asked.get((url.repository, commit)) or replace(url, reference=commit)
        return replace(url, subdirectory=subdirectory, lfs=lfs)

    def _with_clone(self, url: GitUrl, work: Callable[[Clone], T]) -> T:
        """Do something with the clone, as whoever `weft auth login` knows if the server asks.

        Git's own helpers go first: a login for the packages of a server may be none for its
        repositories.
        """
        login = url.login or self._logins.get(url.repository, "")
        try:
            return self._with_login(url, login, work)
        except GitFailure as failure:
            login = "" if login or not _wants_login(failure) else self._stored(url.repository)
            if not login:
                raise
        found = self._with_login(url, login, work)
        self._logins[url.repository] = login
        return found

    def _stored(self, repository: str) -> str:
        """The login as URLs have it, "" where nobody is known."""
        from urllib.parse import quote

        from weft.index.auth_sources import stored_login

        login = stored_login(repository, self._environ, self._sink)
        if login is None:
            return ""
        return f"{quote(login.user, safe='')}:{quote(login.password or '', safe='')}"

    def _with_login(self, url: GitUrl, login: str, work: Callable[[Clone], T]) -> T:
        """Do something with the clone; once more, with a new one, where it is damaged."""
        clone = Clone(
            self._command,
            self._store,
            url.repository,
            login=login,
            offline=self._offline,
            timeout=self._timeout,
        )
        with clone:
            while True:
                try:
                    found = work(clone)
                    clone.publish()
                    return found
                except GitFailure as failure:
                    if not clone.can_help(failure.failure):
                        raise
                    reason = failure.failure
                except (CommandFailure, GitMissing, NetworkDisabled) as failure:
                    if not clone.can_help(failure):
                        raise GitFailure(failure=failure) from failure
                    reason = failure
                clone.start_over(reason)

    # From a reference to a commit.

    def _find_commit(self, clone: Clone, url: GitUrl) -> str:
        reference, kind = url.reference, _kind(url)
        names = _names(reference)
        if reference is not None and not _is_name(reference):
            reason = WeftError(f"`{reference}` is not a name that a branch or a tag can have")
            raise _failed(clone, f"failed to fetch {kind}", reason)
        if url.may_be_commit and self._offline and not self._refresh:
            known = clone.find(url.reference or "")
            if known is not None:
                return known
        try:
            found = clone.remote_references(names)
            for name in names:
                if name in found:
                    self._fetch(clone, found[name], name)
                    return found[name]
            if url.may_be_commit:
                return self._complete(clone, url.reference or "", kind)
        except (CommandFailure, NetworkDisabled) as failure:
            failed = _failed(clone, f"failed to fetch {kind}", failure)
            raise failed from failed.__cause__
        absent = WeftError(
            f"The repository `{url.shown}` has no {kind}",
            hints=(f"Run `git ls-remote {url.shown}` to see what it has",),
        )
        raise _failed(clone, f"failed to fetch {kind}", absent)

    def _complete(self, clone: Clone, digits: str, kind: str) -> str:
        """The commit that begins with these digits, in what is here or in all that there is."""
        found = None if self._refresh else clone.find(digits)
        if found is None:
            clone.fetch(*_EVERYTHING, everything=True)
            found = clone.find(digits)
        if found is None:
            raise GitFailure(
                f"failed to find {kind}",
                failure=WeftError(f"No commit, or more than one, begins with `{digits}`"),
            )
        return found

    def _fetch(self, clone: Clone, commit: str, name: str) -> None:
        """A commit that `name` pointed to just now; the remote may have moved on since."""
        specifications = [f"+{name}:refs/commit/{commit}"]
        if name.startswith("refs/tags/"):  # versions are made from tags, so it is kept as one
            if clone.find(name) == commit:
                return
            specifications.append(f"+{name}:{name}")
        elif clone.has(commit):
            return
        clone.fetch(*specifications)
        if not clone.has(commit):
            self._fetch_commit(clone, commit)

    def _fetch_commit(self, clone: Clone, commit: str) -> None:
        """By its name alone, which not every server allows, else with everything."""
        try:
            clone.fetch(f"+{commit}:refs/commit/{commit}")
        except CommandFailure as failure:
            if clone.can_help(failure):
                raise
            clone.fetch(*_EVERYTHING, everything=True)
            if not clone.has(commit):
                raise

    # From a commit to a tree.

    def _write_tree(self, clone: Clone, url: GitUrl, commit: str, directory: str) -> None:
        if not clone.has(commit):
            self._get_commit(clone, url, commit)
        if url.lfs:
            self._fetch_lfs(clone, url, commit)
        try:
            clone.write_tree(commit, directory, lfs=url.lfs)
        except CommandFailure:
            remove_tree(directory)
            if not clone.offline:
                raise
            refused = NetworkDisabled()
            failed = GitFailure(f"failed to check out commit `{commit}`", failure=refused)
            raise failed from failed.__cause__
        except BaseException:
            remove_tree(directory)
            raise

    def _get_commit(self, clone: Clone, url: GitUrl, commit: str) -> None:
        self._sink(Step("Updating", f"{url.shown} ({url.reference})"))
        try:
            self._fetch_commit(clone, commit)
        except (CommandFailure, NetworkDisabled) as failure:
            failed = _failed(clone, f"failed to fetch commit `{commit}`", failure)
            raise failed from failed.__cause__
        self._sink(Step("Updated", f"{url.shown} ({commit})"))

    def _fetch_lfs(self, clone: Clone, url: GitUrl, commit: str) -> None:
        if not self._command.has_lfs():
            reason = "Git LFS extension not found. Ensure that Git LFS is installed and available."
            raise LfsMissing(url.text, WeftError(reason))
        try:
            clone.remote("lfs", "fetch", "origin", commit)
            clone.local("lfs", "fsck", "--objects", commit)
        except (CommandFailure, NetworkDisabled) as failure:
            raise LfsMissing(url.text, failure) from failure


def _wants_login(failure: GitFailure) -> bool:
    cause: BaseException | None = failure
    while cause is not None:
        if isinstance(cause, CommandFailure) and cause.wants_login:
            return True
        cause = cause.__cause__
    return False


def _failed(clone: Clone, reason: str, failure: WeftError) -> GitFailure:
    verb = "fetch" if clone.existed else "clone"
    return GitFailure(f"failed to {verb} into: {clone.target}", reason, failure=failure)


def _kind(url: GitUrl) -> str:
    """What was asked for, as messages name it."""
    if url.reference in (None, "HEAD"):
        return "`HEAD`"
    if url.may_be_commit:
        return f"branch, tag, or commit `{url.reference}`"
    if (url.reference or "").startswith("refs/"):
        return f"ref `{url.reference}`"
    return f"branch or tag `{url.reference}`"


def _names(reference: str | None) -> tuple[str, ...]:
    """The full names that a reference can stand for, best first."""
    if reference is None or reference == "HEAD":
        return ("HEAD",)
    if reference.startswith("refs/"):
        return (reference,)
    return (f"refs/heads/{reference}", f"refs/tags/{reference}")


def _is_name(reference: str) -> bool:
    parts = reference.split("/")
    return (
        bool(reference)
        and all(part and part[0] != "." and not part.endswith((".", ".lock")) for part in parts)
        and not any(sign in reference for sign in ("..", "@{"))
        and not any(each < " " or each in _NEVER_IN_NAMES for each in reference)
    )
