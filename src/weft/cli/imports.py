"""Loading weft's own modules without a search.

Owns a finder for `weft.…` that goes straight to the compiled file beside a source, with the checks
that Python makes (magic number, size and modification time of the source; PEP 552), and the packs:
beside the compiled files lies one file for each command with the modules that its runs have needed,
which is opened where a command has really something to do. A pack holds code, never a decision: a
module is taken out of it only when it is imported, and only while its source is the one that the
code was made from. Modules that one run has loaded one after the other are read at once, in
batches, in which the words that several of them have stand once. It is written by the run that
missed a dozen modules in it, or read a dozen in vain.
Refuses everything else, and whatever is missing or unusual: the finders behind it then do their
work, and write the compiled file. A command imports a hundred modules or more; this saves a fifth
of that time, and packs another third. A pack is not read as a whole: memory that is touched for the
first time costs more than a call of the system for each batch.
"""

from __future__ import annotations

import _frozen_importlib
import _frozen_importlib_external as external
import marshal
import sys
from posix import O_CLOEXEC, O_RDONLY, close, fstat, pread, read, stat
from posix import open as open_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import CodeType, ModuleType

    # Modification time (whole seconds) and size of the source, as in PEP 552; which batch of the
    # pack has the code; the path of the source.
    Row = tuple[int, int, int, str]
    Part = tuple[int, int, CodeType, str]  # the code instead

_OURS = "weft."
_TIMED = external.MAGIC_NUMBER + bytes(4)  # a compiled file that is as good as its source's time
_HEAD = external.MAGIC_NUMBER + b"weft3"  # of a pack; then the length of its index (8 bytes)
_START = len(_HEAD) + 8
_BATCH = 16  # modules that are read at once, at most
_MISSED = 12  # so many modules that were not in a pack, or not needed, are worth writing it anew
_WHOLE = 1 << 32  # PEP 552 keeps times and sizes modulo this

_packed: dict[str, Row] = {}
_loaded: dict[str, str] = {}  # what did not come out of the pack: the compiled file of each
_places: list[str] = []  # of the pack of this run, if it has one
_opened: list[int] = []  # its descriptor, if it is there
_batches: list[tuple[int, int]] = []  # where each begins in it, and how long it is
_at_hand: dict[str, CodeType] = {}  # out of batches that were read, until it is imported
_taken: set[str] = set()  # what was imported out of them


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


def unpack(command: str) -> bool:
    """Have the modules at hand that earlier runs of this command needed; whether there are some.

    `command` is the module of a verb.
    """
    if Finder not in sys.meta_path:
        return False
    directory = __file__.rpartition("/")[0].rpartition("/")[0]
    place = f"{directory}/__pycache__/{command}.{sys.implementation.cache_tag}.pack"
    if _opened:
        if place in _places:
            return True
        close(_opened[0])
    _places[:] = [place]
    _loaded.clear()  # what was loaded before a pack is opened cannot come out of it
    for each in (_packed, _opened, _batches, _at_hand, _taken):
        each.clear()
    try:
        descriptor = open_file(place, O_RDONLY | O_CLOEXEC)
    except OSError:
        return False
    try:
        head = pread(descriptor, _START, 0)
        if head[: len(_HEAD)] != _HEAD:
            raise ValueError(place)
        length = int.from_bytes(head[len(_HEAD) :], "little")
        rows, lengths = marshal.loads(pread(descriptor, length, _START))
        _packed.update(rows)
        at = _START + length
        for each in lengths:
            _batches.append((at, each))
            at += each
    except (OSError, OverflowError, MemoryError, ValueError, EOFError, TypeError):
        close(descriptor)
        return False
    _opened.append(descriptor)
    return True


def pack() -> None:
    """Write what this run has loaded, if much of it was not at hand; what is there stays."""
    if max(len(_loaded), len(_at_hand)) < _MISSED or not _places or sys.dont_write_bytecode:
        return
    from weft.core.errors import WeftError
    from weft.system.files import write_atomic

    try:
        write_atomic(_places[0], _joined(_groups()))
    except (OSError, WeftError, ValueError, EOFError, TypeError, LookupError, AttributeError):
        return  # as with compiled files: where they cannot be written, there are none


def _groups() -> list[dict[str, Part]]:
    """The modules of each batch from now on: a batch is parted into what this run has needed of it
    and what it has not, so that every kind of run reads little in vain in the end."""
    groups: list[dict[str, Part]] = []
    for number in range(len(_batches)):
        parted: tuple[dict[str, Part], dict[str, Part]] = ({}, {})
        for name, code in _batch(number).items():
            time, size, _, source = _packed[name]
            if name not in _loaded and _is_current((time, size), source):
                parted[name in _taken][name] = (time, size, code, source)
        groups += [parted[True], parted[False]]
    fresh: dict[str, Part] = {}
    for name, compiled in _loaded.items():
        data = _bytes(compiled)
        if data is not None and data[:8] == _TIMED:
            time, size = (int.from_bytes(data[at : at + 4], "little") for at in (8, 12))
            code = marshal.loads(memoryview(data)[16:])
            fresh[name] = (time, size, code, sys.modules[name].__file__ or "")
    names = list(fresh)
    for start in range(0, len(names), _BATCH):
        groups.append({name: fresh[name] for name in names[start : start + _BATCH]})
    return groups


def _joined(groups: list[dict[str, Part]]) -> bytes:
    """The text of a pack: the index, then the batches."""
    rows = {}
    batches: list[bytes] = []
    for group in filter(None, groups):
        number = len(batches)
        for name, (time, size, _, source) in group.items():
            rows[name] = (time, size, number, source)
        codes = {name: part[2] for name, part in group.items()}
        batches.append(_mark(number) + marshal.dumps(codes))
    index = marshal.dumps((rows, [len(each) for each in batches]))
    return b"".join([_HEAD, len(index).to_bytes(8, "little"), index, *batches])


def _mark(number: int) -> bytes:
    return _HEAD + number.to_bytes(4, "little")


def _is_current(stamp: tuple[int, int], source: str) -> bool:
    try:
        return stamp == _stamp(source)
    except OSError:
        return False


def _stamp(source: str) -> tuple[int, int]:
    status = stat(source)
    return int(status.st_mtime) % _WHOLE, status.st_size % _WHOLE


def _code(name: str, source: str, compiled: str) -> CodeType | None:
    try:
        stamp = _stamp(source)
        row = _packed.get(name)
        code = None
        if row is not None and row[:2] == stamp and row[3] == source:
            if name not in _at_hand:
                _at_hand.update(_batch(row[2]))
            code = _at_hand.pop(name, None)
            _taken.add(name)
        if code is None:
            whole = _bytes(compiled)
            head = b"".join([_TIMED, *(each.to_bytes(4, "little") for each in stamp)])
            if whole is None or whole[:16] != head:
                return None
            code = marshal.loads(memoryview(whole)[16:])
            _loaded[name] = compiled
        if code.co_filename != source:
            return None
    except (OSError, ValueError, EOFError, TypeError, AttributeError):
        return None
    return code


def _batch(number: int) -> dict[str, CodeType]:
    """The modules of a batch; none where that descriptor is another file by now.

    A process that goes on behind weft closes all that it has from its parent.
    """
    start, length = _batches[number]
    data = pread(_opened[0], length, start)
    mark = _mark(number)
    found: dict[str, CodeType] = {}
    if data.startswith(mark):
        found = marshal.loads(memoryview(data)[len(mark) :])
    return found


def _bytes(path: str) -> bytes | None:
    try:
        descriptor = open_file(path, O_RDONLY | O_CLOEXEC)
        try:
            return read(descriptor, fstat(descriptor).st_size)
        finally:
            close(descriptor)
    except OSError:
        return None
