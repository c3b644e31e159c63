"""`weft python dir`: where managed Pythons and their executables are.

Owns the answer. Refuses to make the directories, which need not exist.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context


def run(context: Context) -> int:
    """One line; with `--bin` the directory of links like `python3.12`."""
    from weft.ops.python_bin import bin_directory
    from weft.ops.python_fetch import home_of

    context.out(bin_directory(context) if context.settings.bin else home_of(context).root)
    return 0
