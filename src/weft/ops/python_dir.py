"""`weft python dir`: where managed Pythons and their executables are.

Owns the answer. The directories need not exist.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context


def run(context: Context) -> int:
    """One line; with `--bin` the directory of links like `python3.12`."""
    import os

    from weft.system.userdirs import bin_dir, data_dir

    environ, platform = context.environ, context.platform
    if context.settings.bin:
        told, usual = environ.get("WEFT_PYTHON_BIN_DIR"), bin_dir(environ, platform)
    else:
        told = environ.get("WEFT_PYTHON_INSTALL_DIR")
        usual = os.path.join(data_dir(environ, platform), "python")
    context.out(os.path.join(context.cwd, told or usual))
    return 0
