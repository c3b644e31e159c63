"""Loading weft's own modules without a search.

Owns a finder for `weft.…` that goes straight to the compiled file beside a source, with the checks
that Python makes (magic number, size and modification time of the source; PEP 552), and the packs:
beside the compiled files lies one file for each command with the modules that its runs have needed,
which is read at once where a command has really something to do. A pack holds code, never a
decision: a module is taken out of it only when it is imported, and only while its source is the one
that the code was made from. It is written by the run that missed a dozen modules in it.
Refuses everything else, and whatever is missing or unusual: the finders behind it then do their
work, and write the compiled file. A command imports a hundred modules or more; this saves a fifth
of that time, and packs another third.
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

    # Modification time (whole seconds) and size of the source, as in PEP 552, and the code as it
    # stands in a compiled file, since what a run does not import is not made into objects; and the
    # path of the source.
    Row = tuple[int, int, bytes, str]

_OURS = "weft."
_TIMED = external.MAGIC_NUMBER + bytes(4)  # a compiled file that is as good as its source's time
_HEAD = external.MAGIC_NUMBER + b"weft"  # of a pack
_MISSED = 12  # so many modules that were not in a pack are worth writing it anew
_WHOLE = 1 << 32  # PEP 552 keeps times and sizes modulo this

_packed: dict[str, Row] = {}
_loaded: dict[str, Row] = {}
_places: list[str] = []  # of the pack of this run, if it has one


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
        """The spec of a module or package of weft, None for others."""
        if not path or not name.startswith(_OURS):
            return None
        stem = name.rpartition(".")[2]
        return _spec(name, path[0], stem) or _spec(name, f"{path[0]}/{stem}", "__init__")


def _spec(name: str, directory: str, stem: str) -> ModuleSpec | None:
    source = f"{directory}/{stem}.py"
    compiled = f"{directory}/__pycache__/{stem}.{sys.implementation.cache_tag}.pyc"
    code = _code(name, source, compiled)
    if code is None:
        return None
    spec: ModuleSpec = _frozen_importlib.ModuleSpec(
        name, _Loader(name, source, code), origin=source
    )
    spec.cached = compiled
    spec.has_location = True
    if stem == "__init__":
        spec.submodule_search_locations = [directory]
    return spec


def install() -> None:
    """Put the finder first, where compiled files have their usual names and places."""
    if not sys.flags.optimize and sys.pycache_prefix is None:
        sys.meta_path.insert(0, Finder)


def unpack(command: str) -> None:
    """Have the modules at hand that earlier runs of this command needed.

    `command` is the module of a verb. What was loaded before this call is not packed.
    """
    if Finder not in sys.meta_path:
        return
    directory = __file__.rpartition("/")[0].rpartition("/")[0]
    place = f"{directory}/__pycache__/{command}.{sys.implementation.cache_tag}.pack"
    _loaded.clear()
    _places[:] = [place]
    data = _bytes(place)
    if data is None or data[: len(_HEAD)] != _HEAD:
        return
    try:
        _packed.update(marshal.loads(memoryview(data)[len(_HEAD) :]))
    except (ValueError, EOFError, TypeError):
        _packed.clear()


def pack() -> None:
    """Write what this run has loaded, if much of it was not at hand; what is there stays."""
    missed = [name for name, row in _loaded.items() if _packed.get(name) is not row]
    if not _places or len(missed) < _MISSED or sys.dont_write_bytecode:
        return
    from weft.core.errors import WeftError
    from weft.system.files import write_atomic

    rows = {name: row for name, row in _packed.items() if _is_current(row)}
    rows.update(_loaded)
    try:
        write_atomic(_places[0], _HEAD + marshal.dumps(rows))
    except WeftError:
        return  # as with compiled files: where they cannot be written, there are none


def _is_current(row: Row) -> bool:
    try:
        return row[:2] == _stamp(row[3])
    except OSError:
        return False


def _stamp(source: str) -> tuple[int, int]:
    status = stat(source)
    return int(status.st_mtime) % _WHOLE, status.st_size % _WHOLE


def _code(name: str, source: str, compiled: str) -> CodeType | None:
    try:
        time, size = _stamp(source)
        row = _packed.get(name)
        if row is None or row[:2] != (time, size) or row[3] != source:
            data = _bytes(compiled)
            stamp = time.to_bytes(4, "little") + size.to_bytes(4, "little")
            if data is None or data[:16] != _TIMED + stamp:
                return None
            row = (time, size, data[16:], source)
        code: CodeType = marshal.loads(row[2])
        if code.co_filename != source:
            return None
    except (OSError, ValueError, EOFError, TypeError, AttributeError):
        return None
    _loaded[name] = row
    return code


def _bytes(path: str) -> bytes | None:
    try:
        descriptor = open_file(path, O_RDONLY | O_CLOEXEC)
        try:
            return read(descriptor, fstat(descriptor).st_size)
        finally:
            close(descriptor)
    except OSError:
        return None
