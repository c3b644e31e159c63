"""The script that another interpreter runs to say what it is.

Owns its text. It needs Python 3.6 and the standard library, runs isolated and without `site`
(`-I -S -B`), and prints one JSON object as its last line. Refuses to load `json` and `platform`
where it need not: with all that they load they take as long as the interpreter takes to start.
Follows PEP 508 (markers), PEP 405 (pyvenv.cfg), PEP 668 and sysconfig.
"""

from __future__ import annotations

SCRIPT = r"""
import sys

if sys.version_info < (3, 6):
    sys.stdout.write('{"unsupported": "%d.%d.%d"}\n' % tuple(sys.version_info[:3]))
    sys.exit(0)

import os


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
    if sys.platform == "linux" and sys.implementation.name == "cpython":
        # What `platform` says there as well, for which it loads `re` and much more.
        kernel = os.uname()
        system, release, build, machine = (
            kernel.sysname, kernel.release, kernel.version, kernel.machine)
        name, version = "CPython", sys.version.split()[0]
    else:
        import platform

        system, release, build, machine = (
            platform.system(), platform.release(), platform.version(), platform.machine())
        name, version = platform.python_implementation(), platform.python_version()
    return {
        "implementation_name": sys.implementation.name,
        "implementation_version": full_version(sys.implementation.version),
        "os_name": os.name,
        "platform_machine": machine,
        "platform_python_implementation": name,
        "platform_release": release,
        "platform_system": system,
        "platform_version": build,
        "python_full_version": version + "local" if version.endswith("+") else version,
        "python_version": ".".join(version.split(".")[:2]),
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


def as_json(value):
    # The package `json` loads `re` for its decoder.
    try:
        from _json import encode_basestring_ascii as quoted
    except ImportError:
        from json import dumps as quoted
    if isinstance(value, dict):
        return "{%s}" % ", ".join(quoted(key) + ": " + as_json(value[key]) for key in value)
    if isinstance(value, (list, tuple)):
        return "[%s]" % ", ".join(map(as_json, value))
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value)


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
    sys.stdout.write("\n" + as_json(answer) + "\n")


main()
"""
