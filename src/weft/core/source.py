"""What a wheel is built from.

Owns one value. Refuses to fetch or read it. The kinds are those of
https://packaging.python.org/specifications/direct-url-data-structure/, and the files of an index.
"""

from __future__ import annotations

from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from weft.core.distribution import File

    SourceKind = Literal["sdist", "archive", "directory", "git"]


@value
class Source:
    """A source distribution of an index, or what a path or URL names.

    `url` is the address without fragment and without credentials to show: of the file ("sdist",
    "archive"), of the directory as `file://…`, or of the Git repository without `git+`.
    `file` is set for "sdist" and "archive". `name` and `version` are what is known beforehand,
    empty where only the metadata tells. `subdirectory` is relative to the top of the source tree.
    For "git", `commit` is the resolved one (40 hex digits) and `requested` what was asked for.
    `settings` are `KEY=VALUE` settings for the back end that a requirements file gives to it.
    """

    kind: SourceKind
    url: str
    name: str = ""
    version: str = ""
    file: File | None = None
    subdirectory: str = ""
    editable: bool = False
    commit: str = ""
    requested: str | None = None
    lfs: bool = False
    settings: tuple[str, ...] = ()

    @property
    def is_local(self) -> bool:
        """Whether it lies on this machine, so that it may change at any time."""
        return self.kind in ("directory", "archive") and self.url.startswith("file:")
