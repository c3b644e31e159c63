"""`weft pip check`: do the installed distributions fit together and the interpreter?

Owns the verdict. Everything but `--output-format json` goes to stderr, as in uv.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context


def run(context: Context) -> int:
    """Exit code 1 when something does not fit."""
    import time

    from weft.core.events import Note, Summary
    from weft.ops.platforms import judge
    from weft.ops.site import read_site

    start = time.monotonic()
    site = read_site(context)
    target = judge(context.settings, site.interpreter)
    installed = site.installed_set(target.environment)
    problems = installed.problems(target.python, target.tags)
    context.sink(Summary("Checked", len(installed), time.monotonic() - start))
    if context.settings.output_format == "json":
        import json

        found = [{"package": each.package, "problem": each.sentence} for each in problems]
        context.out(json.dumps({"compatible": not problems, "problems": found}))
    if not problems:
        context.sink(Note("All installed packages are compatible"))
        return 0
    noun = "incompatibility" if len(problems) == 1 else "incompatibilities"
    context.sink(Note(f"Found {len(problems)} {noun}"))
    for problem in problems:
        context.sink(Note(problem.sentence))
    return 1
