"""When spares are taken, and having new ones made behind the command.

Owns whether they are wanted, and the process that makes them. Refuses to make them itself
(`weft.install.spares`).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from weft.install.spares import Spares
    from weft.install.target import Target
    from weft.link.route import LinkMode
    from weft.ops.context import Context
    from weft.store.filling import Filled
    from weft.store.store import Store


# Files: so many are linked or deleted in the time that a process takes to start and to end.
WORTH_A_PROCESS = 400


def are_wanted(context: Context) -> bool:
    """Whether the settings, the link mode and the machine speak for spares.

    A machine of continuous integration throws its caches away: work for later is lost there.
    """
    from weft.store.spares import SHARING

    settings = context.settings
    return settings.link_mode in SHARING and may_work_behind(context)


def may_work_behind(context: Context) -> bool:
    """Whether a process may go on when the command has answered."""
    settings = context.settings
    if settings.no_cache:
        return False
    if settings.spares is None:
        return not context.environ.get("CI")
    return settings.spares


def removing(path: str) -> Callable[[], object]:
    """The work of removing a directory that nobody uses any more."""

    def work() -> None:
        from weft.core.errors import WeftError
        from weft.system.removal import remove_tree

        try:
            remove_tree(path)
        except WeftError:
            return  # `prune` tries again

    return work


def refilling(
    spares: Spares,
    filled: Filled,
    files: Mapping[str, int],
    *,
    mode: LinkMode,
    target: Target,
    names: Mapping[str, str],
) -> Callable[[], None] | None:
    """The work of making spares of entries, by the number of their files, where they are served.

    `names` are the projects, by entry, of all that went into `target` together: the sheet of that
    batch is kept. None where it is too little to start a process for; what is left of the spares
    that were taken is removed then.
    """
    if sum(files.values()) < WORTH_A_PROCESS:
        spares.clear()
        return None
    by_store: dict[str, tuple[Store, list[str]]] = {}
    for entry in files:
        store = filled.store_of(entry)
        by_store.setdefault(store.root, (store, []))[1].append(entry)

    def work() -> None:
        from weft.core.errors import WeftError
        from weft.install.batch import remember
        from weft.install.spares import refill
        from weft.store.store import Store

        fresh = []  # without the locks of the process that has ended
        for store, mine in by_store.values():
            home = Store(store.home.root, seal=store.seal) if store.home else None
            fresh.append((Store(store.root, home=home, seal=store.seal), mine))
        refill(fresh, mode=mode)
        try:
            remember(fresh[0][0], target, names, filled.manifest)
        except WeftError:
            return  # it only saves time

    return work


def run_behind(works: Sequence[Callable[[], object]], *, parting: bool) -> None:
    """Run them in a process that nobody waits for, or, where there can be none, not at all.

    `parting` says that nothing comes after it in this process (`weft.system.behind`).
    """
    from weft.system.behind import detach

    def work() -> None:
        for each in works:
            each()

    detach(work, parting=parting)
