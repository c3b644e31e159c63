"""One job of `weft build`: its steps, and how their results get into the output directory.

Owns a source's trees and back ends while it is built. Everything is made in a directory of the
store and then moved, so that the output directory never holds half a file, whatever happens.
Refuses to choose sources, output directories and interpreters.
"""

from __future__ import annotations

from weft.core.events import Debug, Note
from weft.ops.build_plan import check_names, starting, steps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from weft.fetch.tree_build import TreeBuild
    from weft.ops.build_plan import Job, Outcome
    from weft.ops.building import Building
    from weft.ops.context import Context


class Work:
    """Used once, by one thread."""

    def __init__(self, context: Context, building: Building, job: Job, outcome: Outcome) -> None:
        self.context = context
        self.building = building
        self.job = job
        self.outcome = outcome
        self._scratch = ""
        self._output = Lines(lambda text: context.sink(Note(text)))
        self._trees: dict[str, TreeBuild] = {}

    def all(self) -> None:
        """Every step; what is finished counts though a later step fails. Raises WeftError."""
        from weft.store.staging import Staging

        settings, job = self.context.settings, self.job
        plan = steps(job, sdist=settings.sdist, wheel=settings.wheel)
        with Staging(self.building.session.serving.staging()) as staging:
            self._scratch = staging.path
            archive = job.source
            if plan.sdist:
                self._begin("sdist", chained=plan.chained)
                archive = self._deliver(self._sdist())
            if plan.wheel:
                tree = self._unpacked(archive) if plan.chained else job.source
                self._begin("wheel", chained=plan.chained)
                self._wheel(tree, archive if plan.chained else "")

    def _sdist(self) -> str:
        with self._output:
            return self._tree(self.job.source).sdist(self._directory("sdist"))

    def _wheel(self, tree: str, archive: str) -> None:
        from weft.system.lean import os

        with self._output:
            path = self._tree(tree).wheel(self._directory("wheel"))
        if archive:
            check_names(os.path.basename(archive), os.path.basename(path))
        self._deliver(path)

    def _begin(self, kind: str, *, chained: bool) -> None:
        if not self.context.settings.list_files:
            self.context.sink(Note(starting(kind, self.job, chained=chained)))

    def _directory(self, name: str) -> str:
        from weft.system.lean import os

        path = os.path.join(self._scratch, name)
        os.makedirs(path, exist_ok=True)
        return path

    def _unpacked(self, archive: str) -> str:
        from weft.fetch.unpacking import unpack_source
        from weft.system.lean import os

        place = os.path.join(self._scratch, "source")
        return unpack_source(archive, place, filename=os.path.basename(archive))

    def _tree(self, tree: str) -> TreeBuild:
        """The back end of a tree, asked for what it needs once."""
        if tree not in self._trees:
            from weft.core.source import Source
            from weft.fetch.tree_build import BuildSettings, TreeBuild
            from weft.index.urls import file_url
            from weft.ops.building import Ordered

            source = Source("directory", file_url(tree), name=self.job.name)
            orders = self.building.orders(source)
            self._trees[tree] = TreeBuild(
                tree,
                shown=self.job.shown,
                environments=Ordered(self.building.environments, orders),
                scratch=self._directory(f"scratch-{len(self._trees)}"),
                settings=BuildSettings(
                    orders.config_settings,
                    self._output if self._is_shown else None,
                    in_place=tree == self.job.source,
                    lock_timeout=self.context.settings.lock_timeout,
                    trace=lambda text: self.context.sink(Debug(text)),
                ),
            )
        return self._trees[tree]

    @property
    def _is_shown(self) -> bool:
        """Whether the output of back ends is shown as it comes; else it is kept for the error."""
        settings = self.context.settings
        return not (settings.no_build_logs or settings.quiet or settings.list_files)

    def _deliver(self, path: str) -> str:
        """Move a finished file into the output directory; where it is then."""
        if self.context.settings.list_files:
            from weft.ops.build_listing import listing

            self.context.out("\n".join(listing(path, self.job.source)))
            return path
        from weft.fetch.tree_build import deliver

        target = deliver(path, self.job.output)
        self.outcome.paths.append(target)
        return target


class Lines:
    """Takes bytes as they come and hands on whole lines of text, but for frames of our own.

    A context manager around what talks: a last line may have no end.
    """

    __slots__ = ("_frames", "_rest", "_tell")

    def __init__(self, tell: Callable[[str], None]) -> None:
        from weft.fetch.build_failures import Frames

        self._tell = tell
        self._frames = Frames()
        self._rest = b""

    def __enter__(self) -> None:
        return

    def __exit__(self, *_raised: object) -> None:
        if self._rest:
            self._line(self._rest)
            self._rest = b""

    def __call__(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._line(line)

    def _line(self, line: bytes) -> None:
        text = line.rstrip(b"\r").decode("utf-8", "replace")
        if not self._frames.is_ours(text):
            self._tell(text)
