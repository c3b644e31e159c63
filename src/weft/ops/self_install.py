"""`weft self install`: weft as a tool of its own, from where this weft came from.

Owns finding out what to install: the checkout that is running, what `direct_url.json` names, or,
where weft came out of an index, that version from there. Refuses everything else: it is `weft tool
install`, which puts the environment in its place in one step and links the executables, and which
gives weft the start scripts that `ops.start_scripts` describes.
"""

from __future__ import annotations

from weft.core.errors import WeftError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context
    from weft.ops.self_update import Surroundings


def run(context: Context) -> int:
    """What `weft tool install` ends with. Raises WeftError where there is nothing to install."""
    from weft.ops.self_update import Surroundings

    origin = origin_of_weft(Surroundings.here())
    if context.settings.dry_run:
        from shlex import join

        from weft.core.events import Note

        words = ["weft", "tool", "install", origin]
        words += ["--force"] if context.settings.force else []
        context.sink(Note(f"Would run `{join(words)}`"))
        return 0
    from weft.ops.tool_install import run as install

    return install(context.changed(request=origin))


def origin_of_weft(around: Surroundings) -> str:
    """The request for the weft in `around`: a directory, a URL, or a version.

    Raises WeftError for sources that are no project.
    """
    from weft import __version__
    from weft.ops.self_update import origin_of_record, record_of

    record = record_of(around.library)
    if record is not None:
        return origin_of_record(record).target or f"weft=={__version__}"
    return _checkout(around.library)


def _checkout(library: str) -> str:
    """The project whose `src` the package lies in."""
    from weft.system.lean import os

    project = os.path.dirname(library)
    declared = os.path.join(project, "pyproject.toml")
    if os.path.basename(library) == "src" and os.path.exists(declared):
        return project
    raise WeftError(
        f"Weft runs from `{library}`, which belongs to no project and no installer",
        hints=("Install it from its checkout: `weft tool install PATH`",),
    )
