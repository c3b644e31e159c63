"""`weft build`: source distributions and wheels out of source trees.

Owns the order: sources, output directories, interpreters, steps, and what is said about each. What
is built is made in the cache's working space and moved into the output directory when it is whole.
Refuses to know back ends (`weft.fetch.tree_build`). Follows PEP 517.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.events import Failed, Note, Warned
from weft.ops.build_plan import FailedToBuild, Outcome, shown_path
from weft.ops.build_sources import find_jobs, prepare_output
from weft.ops.build_work import Work

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.ops.build_plan import Job
    from weft.ops.building import Building
    from weft.ops.context import Context
    from weft.ops.session import Session
    from weft.python.interpreter import Interpreter


def run(context: Context) -> int:
    """Exit code 2 for whatever is wrong; what was built before that stays."""
    from weft.ops.session import Session

    context = _with_hashes(context)
    jobs = find_jobs(context)
    with Session(context) as session, Builds(context, session) as builds:
        outcomes = builds.all(jobs)
    failures = [outcome.failure for outcome in outcomes if outcome.failure is not None]
    if len(jobs) == 1 and failures:
        raise failures[0]
    for outcome in outcomes:
        if outcome.failure is None:
            for path in outcome.paths:
                context.sink(Note(f"Successfully built {shown_path(path, context.cwd)}"))
    for failure in failures:
        context.sink(Failed(failure))
    return 2 if failures else 0


def _with_hashes(context: Context) -> Context:
    """`--require-hashes` speaks of what builds need; there is nothing else to check."""
    if not context.settings.require_hashes:
        return context
    return context.changed(require_build_hashes=True, no_verify_hashes=False)


class Builds:
    """The builds of one command. A context manager: leaving it removes what was only in between."""

    def __init__(self, context: Context, session: Session) -> None:
        self.context = context
        self.session = session
        self._buildings: dict[str, Building] = {}
        self._prepared: set[str] = set()

    def __enter__(self) -> Builds:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_raised: object) -> None:
        for building in self._buildings.values():
            building.close(failed=kind is not None)

    def all(self, jobs: Sequence[Job]) -> list[Outcome]:
        """Several at once, as many as `concurrent-builds` says; all are tried."""
        outcomes = [Outcome() for _ in jobs]
        work = []
        for job, outcome in zip(jobs, outcomes, strict=True):
            with _Guard(job, outcome):
                self._warn_of_cache(job)
                building = self._building(job)
                self._prepare(job)
                work.append(
                    lambda job=job, building=building, outcome=outcome: self._run(
                        job, building, outcome
                    )
                )
        if work:
            next(iter(self._buildings.values())).in_threads(work)
        return outcomes

    def _run(self, job: Job, building: Building, outcome: Outcome) -> None:
        with _Guard(job, outcome):
            Work(self.context, building, job, outcome).all()

    def _warn_of_cache(self, job: Job) -> None:
        cache, context = self.session.store.root, self.context
        if not job.is_archive and f"{cache}/".startswith(f"{job.source}/"):
            context.sink(
                Warned(
                    f"The cache directory `{shown_path(cache, context.cwd)}` is inside the build "
                    f"source directory `{shown_path(job.source, context.cwd)}` and may be included "
                    "in distributions"
                )
            )

    def _prepare(self, job: Job) -> None:
        """Members of a workspace share their output directory: it is emptied once."""
        settings = self.context.settings
        if settings.list_files:
            return
        prepare_output(job, settings, clear=settings.clear and job.output not in self._prepared)
        self._prepared.add(job.output)

    def _building(self, job: Job) -> Building:
        """Builds with one interpreter share their environments."""
        from weft.ops.building import Building

        interpreter = choose_interpreter(self.context, self.session, job)
        building = self._buildings.get(interpreter.executable)
        if building is None:
            building = Building(self.context, self.session, interpreter)
            self._buildings[interpreter.executable] = building
            _ = building.environments.limits  # a file that is not there is told before anything
        return building


class _Guard:
    """Keeps an expected failure with the outcome, so that other jobs go on."""

    def __init__(self, job: Job, outcome: Outcome) -> None:
        self.job = job
        self.outcome = outcome

    def __enter__(self) -> None:
        return

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        if not isinstance(error, WeftError):
            return False
        self.outcome.failure = FailedToBuild(self.job, error)
        return True


def choose_interpreter(context: Context, session: Session, job: Job) -> Interpreter:
    """`--python`, else a `.python-version` file, else what the project asks for.

    Without isolation its packages are what the back end finds, so environments come first.
    """
    from weft.ops.interpreters import find_interpreter
    from weft.ops.version_files import nearest_text

    settings = context.settings
    place = job.source.rpartition("/")[0] if job.is_archive else job.source
    text = settings.python
    if text is None:
        text = nearest_text(context, place or "/")
    if text is None and _is_range(job.requires_python):
        text = job.requires_python
    return find_interpreter(context, session, text, include_virtual=True)


def _is_range(text: str | None) -> bool:
    """What is no range is for the back end to complain about."""
    from weft.core.specifier import SpecifierError, Specifiers

    try:
        return text is not None and bool(Specifiers.parse(text))
    except SpecifierError:
        return False
