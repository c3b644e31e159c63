"""What `weft python install` and its kin are asked for: words turned into builds.

Owns reading a request for a build, the build that answers it, and the request that an installed
Python stands for. Refuses requests that name a place: nothing can be downloaded for a path.
Follows uv in wording.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from weft.ops.context import Context
    from weft.python.downloads import Download
    from weft.python.keys import Host, PythonKey
    from weft.python.managed import Installation
    from weft.python.request import PythonRequest


@value
class Wanted:
    """A request and the build that answers it. `request` is None for whatever is newest."""

    request: PythonRequest | None
    download: Download
    host: Host

    def allows(self, key: PythonKey) -> bool:
        """Whether an installed Python answers it too."""
        from weft.python.downloads import request_allows

        return request_allows(self.request, key, host=self.host)

    @property
    def text(self) -> str:
        """As it was written."""
        return self.request.canonical if self.request is not None else "default"

    @property
    def shown(self) -> str:
        """As messages name it: `Python 3.12`."""
        return self.request.describe() if self.request is not None else "a default Python"

    @property
    def names_patch(self) -> bool:
        """Whether there is nothing to go on to."""
        version = self.request.version if self.request is not None else None
        return version is not None and (len(version.release) > 2 or bool(version.prerelease))

    @property
    def names_minor(self) -> bool:
        """Whether it is a minor version and no more: `3.12`."""
        version = self.request.version if self.request is not None else None
        if version is None or self.request is None or self.request.kind != "version":
            return False
        return len(version.release) == 2 and not version.prerelease


def parse(context: Context, text: str) -> PythonRequest:
    """A request out of a word. Raises WeftError where it names a place."""
    from weft.python.request import PythonRequest

    request = PythonRequest.parse(text, cwd=context.cwd)
    if request.is_place:
        raise WeftError(
            f"`{text}` is not a valid Python download request; see `weft help python` for "
            "supported formats and `weft python list --only-downloads` for available versions"
        )
    return request


def answered(request: PythonRequest | None, table: Iterable[Download], host: Host) -> Wanted:
    """The request with its build. Raises WeftError where there is none."""
    from weft.python.downloads import choose

    download = choose(table, request, host=host)
    if download is None:
        raise WeftError(f"No download found for request: {_filled(request, host)}")
    return Wanted(request, download, host)


def of_installation(installation: Installation, *, exact: bool) -> PythonRequest:
    """The request for what is installed: that very version, or the newest of its minor version."""
    from weft.core.value import replace
    from weft.python.request import PythonRequest

    key = installation.key
    request = PythonRequest.parse(str(key))
    if exact or request.version is None:
        return request
    version = replace(request.version, release=key.release[:2], prerelease="")
    return replace(request, version=version)


def _filled(request: PythonRequest | None, host: Host) -> str:
    """The key that was looked for, with what is usual here where nothing was said."""
    version = str(request.version) if request is not None and request.version else ""
    asked = request.platform if request is not None else ("", "", "")
    platform = [told or here for told, here in zip(asked, host.platform, strict=True)]
    implementation = request.implementation if request is not None else ""
    return "-".join((implementation or "cpython", version or "any", *platform))
