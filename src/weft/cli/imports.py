"""Loading weft's own modules without a search.

Owns a finder for `weft.…` that goes straight to the compiled file beside a source, with the checks
that Python makes (magic number, size and modification time of the source; PEP 552). Refuses
everything else, and whatever is missing or unusual: the finders behind it then do their work, and
write the compiled file. A command imports a hundred modules; this saves a fifth of that time.
"""

from __future__ import annotations

import _frozen_importlib
import _frozen_importlib_external as external
import marshal
import sys
from posix import O_CLOEXEC, O_RDONLY, close, fstat, read, stat
from posix import open as open_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import CodeType, ModuleType

_OURS = "weft."
_TIMED = external.MAGIC_NUMBER + bytes(4)  # a compiled file that is as good as its source's time


class _Loader(external.SourceFileLoader):
    """The usual loader, with the code that was read already."""

    def __init__(self, name: str, path: str, code: CodeType) -> None:
        super().__init__(name, path)
        self._code = code

    def get_code(self, fullname: str) -> CodeType:
        return self._code


class Finder:
    """For `sys.meta_path`."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None, _target: ModuleType | None = None, /
    ) -> ModuleSpec | None:
        """The spec of a module of weft, None for others."""
        if not path or not name.startswith(_OURS):
            return None
        stem = name.rpartition(".")[2]
        source = f"{path[0]}/{stem}.py"
        compiled = f"{path[0]}/__pycache__/{stem}.{sys.implementation.cache_tag}.pyc"
        code = _read(source, compiled)
        if code is None:
            return None
        spec: ModuleSpec = _frozen_importlib.ModuleSpec(
            name, _Loader(name, source, code), origin=source
        )
        spec.cached = compiled
        spec.has_location = True
        return spec


def install() -> None:
    """Put the finder first, where compiled files have their usual names and places."""
    if not sys.flags.optimize and sys.pycache_prefix is None:
        sys.meta_path.insert(0, Finder)


def _read(source: str, compiled: str) -> CodeType | None:
    try:
        status = stat(source)
        descriptor = open_file(compiled, O_RDONLY | O_CLOEXEC)
        try:
            data = read(descriptor, fstat(descriptor).st_size)
        finally:
            close(descriptor)
        time, size = int(status.st_mtime) & 0xFFFFFFFF, status.st_size & 0xFFFFFFFF
        if data[:16] != _TIMED + time.to_bytes(4, "little") + size.to_bytes(4, "little"):
            return None
        code: CodeType = marshal.loads(memoryview(data)[16:])
    except (OSError, ValueError, EOFError, TypeError):
        return None
    return code if code.co_filename == source else None
