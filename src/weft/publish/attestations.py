"""Attestations that lie beside a distribution.

Owns reading them into the one field of the upload. Refuses to make and to verify them: the index
does that, which knows the identity of the publisher.
Follows PEP 740.
"""

from __future__ import annotations

from weft.core.errors import OsCause, SystemFailure, WeftError
from weft.publish.errors import Unfit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.publish.files import Distribution

_LARGEST = 8 << 20  # bytes


def read_attestations(distribution: Distribution, paths: Sequence[str]) -> str:
    """A JSON array of all attestations, "" without any. `paths` are absolute.

    Raises `Unfit` for what is no JSON, `SystemFailure`.
    """
    import json

    found = []
    for shown, path in zip(distribution.attestations, paths, strict=True):
        try:
            with open(path, "rb") as file:
                data = file.read(_LARGEST + 1)
        except OSError as error:
            raise SystemFailure("read", shown, error) from OsCause(error)
        try:
            if len(data) > _LARGEST:
                raise ValueError(f"larger than {_LARGEST >> 20} MiB")
            found.append(json.loads(data))
        except (ValueError, RecursionError) as error:
            reason = WeftError(f"Invalid PEP 740 attestation (not JSON): {shown}")
            reason.__cause__ = WeftError(str(error))
            raise Unfit(distribution.path, reason) from reason
    return json.dumps(found, separators=(",", ":"), ensure_ascii=False) if found else ""
