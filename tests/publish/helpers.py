"""Distributions to upload, and senders that do not sleep."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable
from pathlib import Path

from tests.support.wheels import make_wheel
from weft.core.errors import WeftError
from weft.index.settings import TransportSettings
from weft.publish.digests import read_digests
from weft.publish.files import Distribution, find
from weft.publish.metadata import form_fields
from weft.publish.sender import Sender
from weft.publish.upload import Parcel

PKG_INFO = b"Metadata-Version: 2.2\nName: demo\nVersion: 1.0\n"


def write_sdist(
    directory: Path, *members: tuple[str, bytes], filename: str = "demo-1.0.tar.gz"
) -> Path:
    """An archive with exactly these members."""
    path = directory / filename
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def only(directory: Path) -> Distribution:
    """The one distribution of a `dist` directory."""
    (found,) = find(["dist/*"], cwd=str(directory.parent))
    return found


def parcel(dist: Path, **wheel: object) -> Parcel:
    """A small wheel, ready to go."""
    path = make_wheel(dist, "demo", "1.0", **wheel)  # type: ignore[arg-type]
    distribution = only(dist)
    return Parcel(distribution, path, read_digests(path), tuple(form_fields(distribution, path)))


def sender(*, retries: int = 2, slept: list[float] | None = None, **settings: object) -> Sender:
    """A sender whose pauses are written down."""
    made = TransportSettings(retries=retries, backoff=0.1, **settings)  # type: ignore[arg-type]
    return Sender(made, sleep=(slept if slept is not None else []).append)


def story(error: BaseException) -> list[str]:
    """An error's message and those of its causes."""
    told: list[str] = []
    current: BaseException | None = error
    while current is not None:
        told.append(current.message if isinstance(current, WeftError) else str(current))
        current = current.__cause__
    return told


def values(fields: Iterable[tuple[str, str]], name: str) -> list[str]:
    """The values of a form field."""
    return [text for key, text in fields if key == name]
