"""What a resolution gives to whoever installs.

Owns the value. Refuses to resolve.
"""

from __future__ import annotations

from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from weft.core.distribution import File
    from weft.ops.direct import Direct
    from weft.resolver.answer import Resolution


@value
class Answer:
    """Resolved packages with the file of each that has one (installed ones have none).

    `indexes` are the projects that were looked for in one index only, by its URL.
    """

    resolution: Resolution
    files: Mapping[str, File | None]
    direct: Mapping[str, Direct]
    indexes: Mapping[str, str] = {}
