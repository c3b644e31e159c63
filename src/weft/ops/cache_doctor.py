"""`weft cache doctor`: how files would get from the cache into a directory, and why.

Owns the choice of the directory and the form of the answer. Refuses to write anything but probe
files, which are gone at the end; it takes no lock, so that it answers while others work.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context


def run(context: Context) -> int:
    """Always exit code 0: what stands in the way is an answer too."""
    from weft.ops.doctor_words import advice, text, to_json
    from weft.ops.outlook import survey
    from weft.ops.whole_cache import whole_cache

    settings = context.settings
    outlook = survey(
        whole_cache(context),
        target(context),
        mode=settings.link_mode,  # type: ignore[arg-type]
        environ=context.environ,
        platform=context.platform,
    )
    if settings.output_format == "json":
        import json

        context.out(json.dumps(to_json(outlook), indent=2))
        return 0
    context.out(text(outlook))
    found = advice(outlook)
    if found is not None:
        context.out(f"\nhint: Run `{found[0]}` to {found[1]}")
    return 0


def target(context: Context) -> str:
    """The directory that was named, else the environment in use, else the working directory."""
    from weft.python.discovery import Candidate, environments
    from weft.system.lean import os

    if context.settings.path is not None:
        return os.path.abspath(os.path.join(context.cwd, context.settings.path))
    for found in environments(context.environ, context.cwd):
        if isinstance(found, Candidate):
            return os.path.dirname(os.path.dirname(found.path))
    return context.cwd
