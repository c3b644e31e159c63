"""`weft python update-shell`: put the directory of executables of Pythons on the search path.

Owns the choice of the directory. The work is that of `ops.shell_path`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context


def run(context: Context) -> int:
    """Exit code 0. Raises what `update_shell` raises."""
    from weft.ops.python_bin import bin_directory
    from weft.ops.shell_path import update_shell

    return update_shell(context, bin_directory(context))
