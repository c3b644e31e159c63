"""What builds need of the rest: environments for back ends, orders, and one builder per command.

Owns the composition of `weft.fetch.builder` with settings, resolving and installing. Refuses to
build: it says with what.
"""

from __future__ import annotations

from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from weft.core.metadata import Metadata
    from weft.core.source import Source
    from weft.fetch.build_system import Isolated
    from weft.fetch.builder import Builder
    from weft.fetch.git import Git
    from weft.fetch.orders import Orders
    from weft.fetch.selection import Rules
    from weft.ops.build_environments import BuildEnvironments
    from weft.ops.context import Context
    from weft.ops.session import Session
    from weft.ops.wants import Wants
    from weft.project.trees import SourceTree
    from weft.python.interpreter import Interpreter
    from weft.system.workers import ThreadPool


# How long the threads of a command that failed are waited for, in seconds: their programs are
# ended, but a server that says nothing can be as slow as it likes.
_PATIENCE = 2.0


class Building:
    """The builds of one command, all for one interpreter. Leave it by `close`."""

    def __init__(
        self,
        context: Context,
        session: Session,
        interpreter: Interpreter,
        *,
        wants: Wants | None = None,
        stream: Callable[[bytes], None] | None = None,
    ) -> None:
        self.context = context
        self.session = session
        self.interpreter = interpreter
        self.wants = wants
        self.stream = stream
        #: Sources that are built again though nothing seems to have changed.
        self.fresh: set[Source] = set()
        #: Sources that may be built whatever else is forbidden: nothing but a build can read them.
        self.permitted: set[Source] = set()
        #: What the target gets, by name, when that is known.
        self.versions: dict[str, str] = {}
        self._builder: Builder | None = None
        self._environments: BuildEnvironments | None = None
        self._git: Git | None = None
        self._pool: ThreadPool | None = None
        self._rules: Rules | None = None

    def __enter__(self) -> Building:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_raised: object) -> None:
        self.close(failed=kind is not None)

    def close(self, *, failed: bool = False) -> None:
        """End builds that nobody waits for, and remove their trees and environments."""
        self.rest(failed=failed)
        if self._builder is not None:
            self._builder.close()
        if self._environments is not None:
            self._environments.close()
        self._builder = self._environments = None

    def rest(self, *, failed: bool = False) -> None:
        """End the threads, so that what follows can fork; after a failure also what they do."""
        pool, self._pool = self._pool, None
        if not failed:
            if pool is not None:
                pool.close(cancel=False)
        elif self._builder is not None or self._environments is not None or pool is not None:
            from weft.system.process import Standstill

            with Standstill():
                if pool is not None:
                    pool.close(wait=_PATIENCE)
        if self._environments is not None:
            self._environments.check()

    @property
    def environments(self) -> BuildEnvironments:
        """Environments for back ends, each set of requirements once per command."""
        if self._environments is None:
            from weft.ops.build_environments import BuildEnvironments
            from weft.system.termination import heed

            heed()  # back ends shall not outlive us, nor their environments
            self._environments = BuildEnvironments(self)
        return self._environments

    @property
    def builder(self) -> Builder:
        """What turns sources into metadata and wheels."""
        if self._builder is None:
            from weft.fetch.builder import Builder
            from weft.fetch.workshop import Places
            from weft.ops.build_settings import told_metadata
            from weft.system.termination import heed

            heed()
            session = self.session
            places = Places(
                session.store,
                serving=lambda: session.serving,
                client=session.client,
                git=self.git,
                environ=self.context.environ,
                sink=self.context.sink,
                lock_timeout=self.context.settings.lock_timeout,
            )
            self._builder = Builder(
                places,
                orders=self.orders,
                environments=lambda orders: Ordered(self.environments, orders),
                refused=self._is_refused,
                fits=self._fits,
                is_fresh=self.fresh.__contains__,
                told=lambda name, version: told_metadata(
                    self.context.settings, name, version or None
                ),
                matched=lambda orders: " ".join(self.matched(orders)),
                python=self.interpreter.version,
                stream=self.stream,
            )
        return self._builder

    def git(self) -> Git:
        """The Git command, with the repositories of the store."""
        if self._git is None:
            from weft.fetch.git import Git
            from weft.system.termination import heed

            heed()
            settings = self.context.settings
            self._git = Git(
                self.session.store,
                offline=settings.offline,
                environ=self.context.environ,
                sink=self.context.sink,
                refresh=settings.refresh,
                lock_timeout=settings.lock_timeout,
            )
        return self._git

    def tree_metadata(self, tree: SourceTree) -> Metadata:
        """What the project in a directory says; asked again whatever is kept of it."""
        from weft.core.source import Source
        from weft.index.urls import file_url

        source = Source("directory", file_url(tree.path))
        self.fresh.add(source)
        self.permitted.add(source)
        return self.builder.metadata(source)

    def in_threads(self, jobs: Sequence[Callable[[], object]]) -> list[object]:
        """The results of jobs that mostly wait for back ends, side by side; the first error."""
        if len(jobs) == 1:
            return [jobs[0]()]
        self.session.warm_up()
        if self._pool is None:
            from weft.system.workers import ThreadPool

            self._pool = ThreadPool(self.context.settings.concurrent_builds or _processors())
        tasks = [self._pool.submit(job) for job in jobs]
        try:
            return [task.result() for task in tasks]
        except BaseException:
            self.rest(failed=True)
            raise

    def orders(self, source: Source) -> Orders:
        """Settings, further requirements and variables for one source, and the key of them."""
        from weft.core.digest import short_digest
        from weft.fetch.orders import Orders
        from weft.ops.build_settings import (
            config_settings,
            extra_requires,
            extra_variables,
            is_isolated,
        )

        settings, name = self.context.settings, source.name
        config = config_settings(settings, name, own=source.settings)
        extra = extra_requires(settings, name)
        requires = tuple([text for text, _ in extra])
        matching = frozenset([text for text, matches in extra if matches])
        variables = extra_variables(settings, name)
        isolated = is_isolated(settings, name)
        facts = self.interpreter
        limits = self.environments.limits
        constraints = [each.text for each in limits.constraints]
        hashes = sorted((name, sorted(allowed)) for name, allowed in limits.hashes.items())
        parts = (
            facts.implementation, facts.minor, facts.gil_disabled, facts.tags[0],
            sorted(config.items()), requires, variables, constraints, hashes, isolated,
        )  # fmt: skip
        key = short_digest(repr(parts))
        return Orders(config, requires, variables, isolated, matching, key)

    def matched(self, orders: Orders) -> tuple[str, ...]:
        """The requirements in `matching`, pinned to what the target gets."""
        from weft.ops.build_settings import matched

        return tuple([matched(text, self.versions) for text in sorted(orders.matching)])

    def _choice(self) -> Rules:
        if self._rules is None:
            from weft.ops.asking import rules
            from weft.ops.platforms import Judged

            facts = self.interpreter
            judged = Judged(facts.markers, facts.tags, facts.version)
            self._rules = rules(self.context, self.wants, judged)
        return self._rules

    def _is_refused(self, source: Source) -> bool:
        return source not in self.permitted and source.name in self._choice().no_build

    def _fits(self, filename: str) -> bool:
        return self._choice().supported.fits(filename)


@value
class Ordered:
    """`Environments` with what the orders of one source add."""

    environments: BuildEnvironments
    orders: Orders

    def provide(self, requires: Sequence[str], *, shown: str, source_tree: str) -> Isolated:
        return self.environments.provide(
            requires, orders=self.orders, shown=shown, source_tree=source_tree
        )


def _processors() -> int:
    from weft.system.lean import os

    return os.cpu_count() or 1
