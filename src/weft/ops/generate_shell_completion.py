"""`weft generate-shell-completion`.

Owns the verb. Refuses to write into a shell's files, which belong to the person.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context


def run(context: Context) -> int:
    """Print the script of the shell that was named; exit code 0."""
    from weft.ops.completion_shells import script

    context.out(script(context.settings.shell).removesuffix("\n"))
    return 0
