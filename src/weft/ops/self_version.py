"""`weft self version`: weft's own version.

Owns the line and the JSON behind it. Refuses to look anything up.
"""

from __future__ import annotations

from weft import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context


def run(context: Context) -> int:
    """Exit code 0."""
    settings = context.settings
    if settings.output_format == "json":
        import json

        told = {"package_name": "weft", "version": __version__, "commit_info": None}
        context.out(json.dumps(told, indent=2))
    else:
        context.out(__version__ if settings.short else f"weft {__version__}")
    return 0
