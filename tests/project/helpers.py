"""Inputs out of a mapping of paths to text, and errors as people see them."""

from __future__ import annotations

from typing import Any

from weft.core.errors import WeftError
from weft.project.inputs import Inputs, Sources, read_inputs

DIRECTORY = "/w"


def read(
    tree: dict[str, str] | dict[str, bytes],
    /,
    *,
    environ: dict[str, str] | None = None,
    **sources: Any,
) -> Inputs:
    """Read sources in `/w`, where only `tree` exists (paths relative to it, or URLs)."""
    table = {
        path if "://" in path or path == "-" else f"{DIRECTORY}/{path}": (
            text.encode() if isinstance(text, str) else text
        )
        for path, text in tree.items()
    }
    return read_inputs(
        Sources(**sources), read=table.get, environ=environ or {}, directory=DIRECTORY
    )


def names(inputs: Inputs) -> list[str]:
    """The requirements as text, or their places."""
    return [
        line.requirement.text if line.requirement else str(line.path_or_url)
        for line in inputs.requirements
    ]


def rendered(error: BaseException) -> str:
    """The message, the causes and the hints, as the printer arranges them."""
    assert isinstance(error, WeftError)
    text = error.message
    cause = error.__cause__
    while isinstance(cause, WeftError):
        text += "\ncause: " + cause.message
        cause = cause.__cause__
    return text + "".join(f"\nhint: {hint}" for hint in error.hints)
