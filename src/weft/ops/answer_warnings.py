"""What a resolution accepted with a frown.

Owns the warnings about an answer: yanked files, extras that are not there. Refuses to judge
anything that is installed already.
"""

from __future__ import annotations

from weft.core.events import Warned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.answers import Answer
    from weft.ops.context import Context


def warn_of(context: Context, answer: Answer) -> None:
    """Tell of yanked versions and of extras that do not exist."""
    for package in answer.resolution.packages:
        file = answer.files.get(package.name)
        if file is not None and file.yanked is not None:
            why = f' (reason: "{file.yanked}")' if file.yanked else ""
            context.sink(Warned(f"`{package.name}=={package.version}` is yanked{why}"))
    if context.settings.no_deps:
        return  # nobody wants to know what an extra would require
    versions = {package.name: package.version for package in answer.resolution.packages}
    for name, extra in answer.resolution.missing_extras:
        direct = answer.direct.get(name)
        shown = f"{name} @ {direct.direct_url.shown}" if direct else f"{name}=={versions[name]}"
        context.sink(Warned(f"The package `{shown}` does not have an extra named `{extra}`"))
