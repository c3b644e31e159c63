"""What weft knows of one interpreter, and how it comes to know it without running it.

Owns `Interpreter` and the cache of probes. A real executable is asked once; the answer is kept
under its real path and believed while the file (inode, mtime, size) and the host (kernel, C
library) are the same. A virtual environment whose `python` links to a known executable is never
run: its facts are the base's, with the prefix exchanged. Programs that run another one (shims,
wrappers) are asked every time, since what they run may change without any change to themselves.
Refuses to search; see `weft.python.discovery`. Follows PEP 405 and PEP 508.

Bucket `interpreters-v1`, key = digest of the real path: marshal of
`(FORMAT, fingerprint, facts)`; `facts` are the fields of `Interpreter`. The tags and what they
were made of are a marshal blob of their own in it, because most commands never look at them.
"""

from __future__ import annotations

import marshal
import sys

from weft.core.digest import short_digest
from weft.core.errors import WeftError
from weft.core.value import replace, value
from weft.store.layout import Bucket
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Protocol

    from weft.core.tags import TagFacts

    class ProbeCache(Protocol):
        """The part of the store that this room needs."""

        def read(self, bucket: str, key: str) -> bytes | None: ...
        def write(self, bucket: str, key: str, data: bytes) -> object: ...


FORMAT = 1
TIMEOUT = 10.0


@value
class Interpreter:
    """One interpreter, as used through one path. Paths are absolute.

    `executable` is the path it is called by, links kept; `base_executable` the one below a virtual
    environment (itself otherwise). `version` is PEP 440 (`3.11.7`). `markers` are the eleven
    PEP 508 variables. `schemes` maps purelib, platlib, scripts, headers (without the project's
    name) and data to directories; `environment_schemes` the same relative to the prefix of a
    virtual environment made from it. `base_site_packages` are what the interpreter outside of any
    environment imports from. `externally_managed` is the text of PEP 668's marker file (maybe
    empty) or None. `key` is like `cpython-3.11.7-linux-x86_64-gnu`. `pointer_size` is in bytes.
    """

    executable: str
    base_executable: str
    prefix: str
    base_prefix: str
    version: str
    implementation: str
    markers: dict[str, str]
    schemes: dict[str, str]
    environment_schemes: dict[str, str]
    stdlib: str
    base_site_packages: tuple[str, ...]
    externally_managed: str | None
    key: str
    gil_disabled: bool
    debug: bool
    pointer_size: int
    packed_tags: bytes

    def __repr__(self) -> str:
        return f"<Interpreter {self.key} at {self.executable}>"

    @property
    def tags(self) -> tuple[str, ...]:
        """Tags of the wheels it can use, most specific first. Unpacked anew on each call."""
        tags: tuple[str, ...] = marshal.loads(self.packed_tags)[1]
        return tags

    @property
    def tag_facts(self) -> TagFacts:
        """What the tags were made of."""
        from weft.core.tags import TagFacts

        return TagFacts(*marshal.loads(self.packed_tags)[0])

    @property
    def is_virtual(self) -> bool:
        """Whether it belongs to a virtual environment."""
        return self.prefix != self.base_prefix

    @property
    def minor(self) -> tuple[int, int]:
        """`(3, 11)`."""
        major, minor = self.markers["python_version"].split(".")
        return int(major), int(minor)

    @property
    def package_directories(self) -> tuple[str, ...]:
        """Where its packages are installed: purelib, and platlib where that is another place."""
        purelib, platlib = self.schemes["purelib"], self.schemes["platlib"]
        if purelib == platlib or os.path.realpath(purelib) == os.path.realpath(platlib):
            return (purelib,)
        return (purelib, platlib)

    @property
    def site_packages(self) -> tuple[str, ...]:
        """The directories that it imports packages from when it runs."""
        if not self.is_virtual:
            return self.base_site_packages
        setting = read_configuration(self.prefix).get("include-system-site-packages", "")
        shared = self.base_site_packages if setting.lower() == "true" else ()
        return (*self.package_directories, *shared)


def probe(
    executable: str,
    store: ProbeCache,
    *,
    environ: Mapping[str, str] | None = None,
    timeout: float = TIMEOUT,
    quoted: str = "",
    meanwhile: Callable[[], object] | None = None,
) -> Interpreter:
    """The interpreter at `executable`, from the cache where that is still true of it.

    `environ` is what it runs in if it must be asked (None: that of this process), `timeout` the
    seconds it then gets, `quoted` how people wrote the path, `meanwhile` what there is to do while
    it is asked. Raises InterpreterFailure.
    """
    path, quoted = absolute(executable), quoted or executable
    try:
        real = _follow(path)
        status = os.stat(real)
    except OSError as error:
        raise _absent(quoted, path, error) from None
    found = _remembered(path, real, status, store)
    if found is not None:
        return found

    def asked(path: str) -> Interpreter:
        return _asked(
            path, store, environ=environ, timeout=timeout, quoted=quoted, meanwhile=meanwhile
        )

    environment = environment_of(path)
    if environment is not None and environment_of(real) is None:
        base = asked(real)
        if _is_file(base.executable, status):
            return in_environment(base, environment, executable=path)
    found = asked(path)
    if not _is_file(found.executable, status):
        return found  # a shim or wrapper: what it ran goes by its own name
    return _called(found, path)


def recall(executable: str, store: ProbeCache) -> tuple[Interpreter | None, str]:
    """What is known of the interpreter at `executable` without running it, and its real path.

    None where it has to be asked; the path is then only good for telling files apart.
    """
    path = absolute(executable)
    try:
        real = _follow(path)
        return _remembered(path, real, os.stat(real), store), real
    except OSError:
        return None, path


def _remembered(
    path: str, real: str, status: os.stat_result, store: ProbeCache
) -> Interpreter | None:
    environment, inner = environment_of(path), environment_of(real)
    if environment is not None and inner is None:
        base = _known(real, status, store)
        if base is None or not _is_file(base.executable, status):
            return None
        return in_environment(base, environment, executable=path)
    found = _known(real, status, store) if environment == inner else None
    return None if found is None else _called(found, path)


def absolute(path: str) -> str:
    """`path` from the root; `..` stays, since what is before it may be a link."""
    whole = os.path.join(os.getcwd(), path)
    return whole if ".." in whole.split(os.sep) else os.path.normpath(whole)


def _follow(path: str) -> str:
    """Where the links at the end of `path` lead; directories on the way are left as they are."""
    for _ in range(40):
        try:
            link = os.readlink(path)
        except OSError:  # no link, or nothing there
            return path
        if ".." in link or os.name == "nt":
            return os.path.realpath(path)
        path = os.path.join(os.path.dirname(path), link)
    return path


def _is_file(path: str, status: os.stat_result) -> bool:
    try:
        return os.path.samestat(os.stat(path), status)
    except OSError:
        return False


def environment_of(executable: str) -> str | None:
    """The virtual environment whose `pyvenv.cfg` governs `executable`, None without one."""
    beside = os.path.dirname(executable)
    above = os.path.dirname(beside)
    for place in (above, beside):
        try:
            os.stat(f"{place}/pyvenv.cfg")
        except OSError:
            continue
        return above
    return None


def python_of(prefix: str) -> str:
    """The path of the interpreter of the environment at `prefix`, whether it exists or not."""
    if os.name == "nt":
        inside = os.path.join(prefix, "Scripts", "python.exe")
        return inside if os.path.exists(inside) else os.path.join(prefix, "python.exe")
    usual = f"{prefix}/bin/python"
    if not os.path.exists(usual) and os.path.exists(f"{prefix}/bin/python3"):
        return f"{prefix}/bin/python3"
    return usual


def in_environment(base: Interpreter, prefix: str, *, executable: str) -> Interpreter:
    """What `base` is when it runs as the `python` of the virtual environment at `prefix`."""
    schemes = {
        name: f"{prefix}/{below}" if below else prefix
        for name, below in base.environment_schemes.items()
    }
    return Interpreter(
        executable=executable,
        base_executable=base.base_executable,
        prefix=prefix,
        base_prefix=base.base_prefix,
        version=base.version,
        implementation=base.implementation,
        markers=base.markers,
        schemes=schemes,
        environment_schemes=base.environment_schemes,
        stdlib=base.stdlib,
        base_site_packages=base.base_site_packages,
        externally_managed=None,
        key=base.key,
        gil_disabled=base.gil_disabled,
        debug=base.debug,
        pointer_size=base.pointer_size,
        packed_tags=base.packed_tags,
    )


def read_configuration(prefix: str) -> dict[str, str]:
    """The keys (lower case) and values of a `pyvenv.cfg`; empty where there is none."""
    from weft.system.files import read_bytes

    text = (read_bytes(f"{prefix}/pyvenv.cfg") or b"").decode("utf-8", "replace")
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line)
    return {name.strip().lower(): setting.strip() for name, _, setting in pairs}


def _called(interpreter: Interpreter, path: str) -> Interpreter:
    """The same interpreter by another of its names."""
    if interpreter.executable == path:
        return interpreter
    if interpreter.is_virtual:
        return replace(interpreter, executable=path)
    return replace(interpreter, executable=path, base_executable=path)


def _known(real: str, status: os.stat_result, store: ProbeCache) -> Interpreter | None:
    data = store.read(Bucket.INTERPRETERS, short_digest(real))
    if data is None:
        return None
    try:
        form, fingerprint, facts = marshal.loads(data)
    except (EOFError, ValueError, TypeError):
        return None
    if form != FORMAT or fingerprint != _fingerprint(real, status):
        return None
    return Interpreter(*facts)


def _asked(
    path: str,
    store: ProbeCache,
    *,
    environ: Mapping[str, str] | None,
    timeout: float,
    quoted: str,
    meanwhile: Callable[[], object] | None,
) -> Interpreter:
    """Run the probe; remember the answer under the executable that really answered."""
    from weft.python.facts import interpret
    from weft.python.probe import ask, nonsense

    answer = ask(path, environ=environ, timeout=timeout, quoted=quoted, meanwhile=meanwhile)
    try:
        found = interpret(answer)
    except (LookupError, TypeError, ValueError, AttributeError, WeftError):
        raise nonsense(quoted) from None
    real = _follow(found.executable)
    if environment_of(found.executable) != environment_of(real) or is_script(real):
        return found  # not a property of that file
    try:
        row: Any = (FORMAT, _fingerprint(real, os.stat(real)), row_of(found))
        store.write(Bucket.INTERPRETERS, short_digest(real), marshal.dumps(row))
    except (OSError, WeftError):
        pass  # a cache that cannot be written costs time, not the answer
    return found


def row_of(instance: object) -> tuple[Any, ...]:
    """The fields of a value in order, as marshal takes them and the value's class again."""
    return tuple([getattr(instance, name) for name in type(instance).__match_args__])  # type: ignore[attr-defined]


def is_script(path: str) -> bool:
    """Whether an executable is run by another one, which it names in its first line."""
    try:
        with open(path, "rb") as stream:
            return stream.read(2) == b"#!"
    except OSError:  # executable, but not readable
        return False


def _fingerprint(real: str, status: os.stat_result) -> tuple[object, ...]:
    """All that the facts of the executable at `real` depend on, as far as we can see."""
    configuration: tuple[int, ...] = ()
    environment = environment_of(real)  # an environment may hold a copy of its interpreter
    if environment is not None:
        try:
            found = os.stat(f"{environment}/pyvenv.cfg")
            configuration = (found.st_ino, found.st_mtime_ns, found.st_size)
        except OSError:
            pass
    return (
        (status.st_ino, status.st_mtime_ns, status.st_size),
        configuration,
        _host(),
    )


def _host() -> tuple[str, ...]:
    """The running system: a cache may be shared by several, or outlive an upgrade."""
    if sys.platform == "win32":
        version = sys.getwindowsversion()
        return ("windows", f"{version.major}.{version.minor}.{version.build}")
    name = os.uname()
    try:
        libc = os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (AttributeError, ValueError, OSError):
        libc = ""
    return (name.sysname, name.release, name.version, name.machine, libc)


def _absent(executable: str, path: str, error: OSError) -> WeftError:
    from weft.python.probe import InterpreterAbsent

    return InterpreterAbsent(executable, path, error)
