"""`weft tool dir`: where tools are, or their executables.

Owns the one line of the answer. Refuses to make the directory.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context


def run(context: Context) -> int:
    """The directory on stdout, whether it exists or not."""
    from weft.ops.tools import bin_directory, tools_directory

    context.out(bin_directory(context) if context.settings.bin else tools_directory(context))
    return 0
