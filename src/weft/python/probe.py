"""One question to another interpreter: what are you?

Owns the script that the other interpreter runs and the reading of its answer. The script needs
Python 3.6 and the standard library, runs isolated and without `site` (`-I -S -B`), and prints one
JSON object as its last line. Refuses to interpret what it hears: tags and schemes are made from
these raw facts elsewhere. Follows PEP 508 (markers), PEP 405 (pyvenv.cfg), PEP 668 and sysconfig.
"""

from __future__ import annotations

from weft.core.errors import OsCause, SystemFailure, WeftError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from weft.system.process import Completed

TIMEOUT = 10.0
_MOST = 1 << 20  # bytes of an output that are kept; an answer has some 8,000
_SHOWN = 4000  # letters of an output that people see

# Told by the environment of this process, but not true of the interpreter that is asked: macOS
# launchers and Debian's distutils (before 3.10) would answer for another one.
_MISLEADING = ("__PYVENV_LAUNCHER__", "PYTHONEXECUTABLE", "VIRTUAL_ENV")

SCRIPT = r"""
import sys

if sys.version_info < (3, 6):
    sys.stdout.write('{"unsupported": "%d.%d.%d"}\n' % tuple(sys.version_info[:3]))
    sys.exit(0)

import json, os


def enter_virtual_environment():
    # `site` would set the prefix of a virtual environment, and run its .pth files with it.
    # Returns the executable below.
    beside = os.path.dirname(os.path.abspath(sys.executable))
    above = os.path.dirname(beside)
    base = getattr(sys, "_base_executable", None) or sys.executable
    for place in (beside, above):
        path = os.path.join(place, "pyvenv.cfg")
        if os.path.isfile(path):
            sys.prefix = sys.exec_prefix = above
            if base == sys.executable:
                return executable_below(path) or base
    return base


def executable_below(path):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            key, _, home = line.partition("=")
            if key.strip().lower() != "home":
                continue
            for name in (os.path.basename(sys.executable), "python3", "python"):
                found = os.path.join(home.strip(), name)
                if os.path.isfile(found):
                    return found


def full_version(info):
    text = "{0.major}.{0.minor}.{0.micro}".format(info)
    return text if info.releaselevel == "final" else text + info.releaselevel[0] + str(info.serial)


def marker_values():
    import platform

    version = platform.python_version()
    return {
        "implementation_name": sys.implementation.name,
        "implementation_version": full_version(sys.implementation.version),
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_full_version": version + "local" if version.endswith("+") else version,
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "sys_platform": sys.platform,
    }


def pick(paths):
    names = ("purelib", "platlib", "scripts", "data")
    return dict({name: paths[name] for name in names}, headers=paths["include"])


def own_paths(sysconfig):
    # Before 3.10 distributions changed the places of packages in distutils, not in sysconfig.
    if sys.version_info >= (3, 10):
        return pick(sysconfig.get_paths())
    try:
        from distutils.dist import Distribution

        command = Distribution({"name": "x"}).get_command_obj("install")
        command.finalize_options()
        found = {key: getattr(command, "install_" + key) for key in (
            "purelib", "platlib", "scripts", "data", "headers")}
    except Exception:
        return pick(sysconfig.get_paths())
    return dict(found, headers=os.path.dirname(found["headers"]))


def environment_paths(sysconfig):
    # Where a virtual environment of this interpreter keeps things, relative to its prefix.
    names = sysconfig.get_scheme_names()
    for scheme in ("venv", sys.implementation.name, os.name + "_prefix", os.name):
        if scheme in names:
            break
    base = os.path.join(os.path.abspath(os.sep), "base")
    anchors = ("base", "platbase", "installed_base", "installed_platbase")
    paths = pick(sysconfig.get_paths(scheme, vars=dict.fromkeys(anchors, base)))
    found = {key: os.path.relpath(path, base) for key, path in paths.items()}
    found["data"] = ""
    found["headers"] = os.path.join("include", "site", "python%d.%d" % sys.version_info[:2])
    return found


def musl_version():
    import struct, subprocess

    with open(sys.executable, "rb") as stream:
        head = stream.read(64)
        wide, order = head[4] == 2, "<" if head[5] == 1 else ">"
        if wide:
            (offset,) = struct.unpack_from(order + "Q", head, 32)
            size, count = struct.unpack_from(order + "HH", head, 54)
        else:
            (offset,) = struct.unpack_from(order + "I", head, 28)
            size, count = struct.unpack_from(order + "HH", head, 42)
        for number in range(count):
            stream.seek(offset + number * size)
            entry = stream.read(size)
            if struct.unpack_from(order + "I", entry)[0] != 3:
                continue
            where, length = (8, 32) if wide else (4, 16)
            form = order + ("Q" if wide else "I")
            stream.seek(struct.unpack_from(form, entry, where)[0])
            loader = stream.read(struct.unpack_from(form, entry, length)[0]).rstrip(b"\0").decode()
            if "musl" not in loader:
                return None
            said = subprocess.Popen([loader], stderr=subprocess.PIPE).communicate()[1].decode()
            for line in said.splitlines():
                if line.startswith("Version "):
                    return ["musl"] + [int(part) for part in line[8:].strip().split(".")[:2]]
    return None


def libc():
    if not sys.platform.startswith("linux"):
        return None
    try:
        name, version = os.confstr("CS_GNU_LIBC_VERSION").split()
        return [name] + [int(part) for part in version.split(".")[:2]]
    except (AttributeError, OSError, ValueError):
        pass
    try:
        return musl_version()
    except Exception:
        return None


def externally_managed(sysconfig):
    path = os.path.join(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED")
    if sys.prefix != sys.base_prefix or not os.path.isfile(path):
        return None
    import configparser

    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read(path, encoding="utf-8")
        return parser.get("externally-managed", "Error", fallback="")
    except (configparser.Error, UnicodeError):
        return ""


def base_site_packages():
    import site

    try:
        return site.getsitepackages([sys.base_prefix, sys.base_exec_prefix])
    except AttributeError:
        return []


def mac_version():
    if sys.platform != "darwin":
        return ""
    import platform

    return platform.mac_ver()[0]


def main():
    base_executable = enter_virtual_environment()
    import struct, sysconfig, warnings

    warnings.simplefilter("ignore")
    variable = sysconfig.get_config_var
    answer = {
        "executable": sys.executable,
        "base_executable": base_executable,
        "prefix": sys.prefix,
        "base_prefix": sys.base_prefix,
        "version_info": list(sys.version_info),
        "markers": marker_values(),
        "schemes": own_paths(sysconfig),
        "environment_schemes": environment_paths(sysconfig),
        "stdlib": sysconfig.get_path("stdlib"),
        "site_packages": base_site_packages(),
        "externally_managed": externally_managed(sysconfig),
        "gil_disabled": bool(variable("Py_GIL_DISABLED")),
        "debug": bool(variable("Py_DEBUG") or hasattr(sys, "gettotalrefcount")),
        "pymalloc": variable("WITH_PYMALLOC") in (None, 1),
        "wide_unicode": sys.maxunicode == 0x10FFFF,
        "pointer_size": struct.calcsize("P"),
        "soabi": variable("SOABI") or "",
        "extension_suffix": variable("EXT_SUFFIX") or "",
        "platform": sysconfig.get_platform(),
        "mac_version": mac_version(),
        "libc": libc(),
    }
    sys.stdout.write("\n" + json.dumps(answer) + "\n")


main()
"""


class InterpreterFailure(WeftError):
    """An executable cannot be used as a Python interpreter.

    `path` is the executable, `reason` completes the sentence, `output` is what it printed, as
    `(stream name, text)` pairs. `code` is its exit code (negative: the signal that killed it),
    None where it did not get that far.
    """

    def __init__(
        self,
        path: str,
        reason: str,
        *,
        output: tuple[tuple[str, str], ...] = (),
        code: int | None = None,
    ) -> None:
        super().__init__()
        self.path = path
        self.reason = reason
        self.output = output
        self.code = code

    @property
    def message(self) -> str:
        blocks = "".join(f"\n\n[{stream}]\n{text}" for stream, text in self.output)
        return self.reason + blocks


class InterpreterAbsent(InterpreterFailure):
    """There is no file at `path`, or a link that leads nowhere."""

    def __init__(self, path: str, absolute: str, error: OSError) -> None:
        from os.path import islink

        self.dangling = islink(absolute)
        if self.dangling:
            reason = f"Broken symlink at `{path}`, was the underlying Python interpreter removed?"
        else:
            reason = f"Python interpreter not found at `{absolute}`"
        super().__init__(path, reason)
        self.__cause__ = None if isinstance(error, FileNotFoundError) else OsCause(error)


def ask(
    executable: str,
    *,
    environ: Mapping[str, str] | None = None,
    timeout: float = TIMEOUT,
    quoted: str = "",
    meanwhile: Callable[[], object] | None = None,
) -> dict[str, Any]:
    """What the interpreter at `executable` says of itself: the object that SCRIPT prints.

    `environ` is the environment it runs in, None for that of this process; `timeout` is in
    seconds; `quoted` is how people wrote the path; `meanwhile` is called while it thinks. Raises
    InterpreterFailure where it cannot be started, dies, hangs, is too old or answers anything else.
    """
    from weft.system.process import ProcessTimeout, run

    quoted = quoted or executable
    try:
        completed = run(
            [executable, "-I", "-S", "-B", "-c", SCRIPT],
            env=_environment(environ),
            timeout=timeout,
            keep=_MOST,
            meanwhile=meanwhile,
        )
    except ProcessTimeout:
        reason = f"Querying Python at `{quoted}` took longer than {timeout:g}s"
        raise InterpreterFailure(quoted, reason) from None
    except SystemFailure as error:
        reason = f"Failed to query Python interpreter at `{quoted}`"
        raise InterpreterFailure(quoted, reason) from error.__cause__
    return _answer(quoted, completed)


def _environment(environ: Mapping[str, str] | None) -> dict[str, str]:
    if environ is None:
        import os

        environ = os.environ
    kept = {name: text for name, text in environ.items() if name not in _MISLEADING}
    kept["SYSTEM_VERSION_COMPAT"] = "0"  # else macOS 11 and later call themselves 10.16
    return kept


def _answer(executable: str, completed: Completed) -> dict[str, Any]:
    import json

    if completed.code != 0:
        raise _died(executable, completed)
    lines = completed.stdout.decode("utf-8", "replace").splitlines()
    try:
        answer = json.loads(lines[-1]) if lines else None
    except (ValueError, RecursionError):
        answer = None
    if isinstance(answer, dict) and "unsupported" in answer:
        raise _too_old(executable, f"Python {answer['unsupported']} is not supported.")
    if not isinstance(answer, dict) or "environment_schemes" not in answer:
        raise nonsense(executable, _output(completed))
    return answer


def nonsense(executable: str, output: tuple[tuple[str, str], ...] = ()) -> InterpreterFailure:
    """The error for a program that answers something else than the script."""
    reason = f"Querying Python at `{executable}` returned an invalid response"
    return InterpreterFailure(executable, reason, output=output, code=0)


def _died(executable: str, completed: Completed) -> InterpreterFailure:
    if b"Unknown option: -I" in completed.stderr:  # Python 2 and 3.3
        return _too_old(executable, "Python executable does not support `-I` flag.")
    return InterpreterFailure(
        executable,
        f"Querying Python at `{executable}` failed with {_status(completed.code)}",
        output=_output(completed),
        code=completed.code,
    )


def _too_old(executable: str, complaint: str) -> InterpreterFailure:
    error = InterpreterFailure(executable, f"Can't use Python at `{executable}`")
    error.__cause__ = WeftError(f"{complaint} Please use Python 3.6 or newer.")
    return error


def _status(code: int) -> str:
    if code >= 0:
        return f"exit status: {code}"
    import signal

    try:
        return f"signal: {-code} ({signal.Signals(-code).name})"
    except ValueError:
        return f"signal: {-code}"


def _output(completed: Completed) -> tuple[tuple[str, str], ...]:
    streams = (("stdout", completed.stdout), ("stderr", completed.stderr))
    return tuple((name, _short(data)) for name, data in streams if data.strip())


def _short(data: bytes) -> str:
    text = data.decode("utf-8", "replace").strip()
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
