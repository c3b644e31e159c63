"""`--strict`: say what does not hold together, without failing for it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context
    from weft.ops.installed_set import InstalledSet
    from weft.ops.site import Site


def warn_problems(context: Context, site: Site, installed: InstalledSet) -> None:
    """One warning for each problem that `weft pip check` would name."""
    from weft.core.events import Warned

    for problem in installed.problems(site.interpreter.version, site.interpreter.tags):
        context.sink(Warned(problem.sentence))
