"""The script that starts weft, and the pack that it starts from.

Owns both texts. Two thirds of what a command without work costs is starting Python and finding,
checking and reading sixty small modules. The script therefore starts the interpreter without
`site` (`-IS`), and may take the code of all modules of weft from one file, `weft.pack`: one read
in place of three hundred system calls. The pack is made once, after weft was installed. It names
the interpreter and the `weft/__init__.py` that it was made for; where either is another, the
modules are imported as usual. Sources that are edited in place (a checkout) get no pack.
Refuses everything else: this module is loaded only to write them.
"""

from __future__ import annotations

import marshal
import os
import sys

PACK = "weft.pack"

_PLAIN = """\
#!{python} -IS
import sys

sys.path.insert(0, {source!r})
sys.path.append({packages!r})
from weft.cli.main import run

run()
"""

# Runs before anything of weft is imported, so it may use nothing of it.
_PACKED = """\
#!{python} -IS
import sys

sys.path.insert(0, {source!r})
sys.path.append({packages!r})


def _use_pack(path, first):
    import marshal
    from _frozen_importlib import ModuleSpec
    from posix import O_CLOEXEC, open, pread, stat

    descriptor = open(path, O_CLOEXEC)
    start = 8 + int.from_bytes(pread(descriptor, 8, 0), "little")
    stamp, codes = marshal.loads(pread(descriptor, start - 8, 8))
    found = stat(first)
    if stamp != (sys.version, found.st_mtime_ns, found.st_size, found.st_ino):
        return

    class Pack:
        @staticmethod
        def find_spec(name, path=None, target=None):
            entry = codes.get(name)
            if entry is None:
                return None
            spec = ModuleSpec(name, Pack, origin=entry[0], is_package=entry[1] is not None)
            if entry[1] is not None:
                spec.submodule_search_locations[:] = [entry[1]]
            spec.has_location = True
            return spec

        @staticmethod
        def create_module(spec):
            return None

        @staticmethod
        def exec_module(module):
            offset, size = codes[module.__name__][2:]
            exec(marshal.loads(pread(descriptor, size, start + offset)), module.__dict__)

    sys.meta_path.insert(0, Pack)


try:
    _use_pack({pack!r}, {first!r})
except (OSError, ValueError, EOFError, TypeError, ImportError):
    pass
from weft.cli.main import run

run()
"""


def write_script(path: str, *, python: str, source: str, packages: str, packed: bool) -> None:
    """Write the start script to `path`.

    `source` is the directory that holds the package `weft`, `packages` the one that holds its
    dependencies. With `packed` the script uses the pack beside the package's modules.
    """
    package = os.path.join(source, "weft")
    text = (_PACKED if packed else _PLAIN).format(
        python=python,
        source=source,
        packages=packages,
        pack=os.path.join(package, PACK),
        first=os.path.join(package, "__init__.py"),
    )
    with open(path, "w") as stream:
        stream.write(text)
    os.chmod(path, 0o755)  # noqa: S103  programs are for everybody


def write_pack(source: str) -> int:
    """Write the pack of the package in `source` for the running interpreter; its modules' number.

    Eight bytes of the length of the head; the head, marshal of (stamp, {name: (file, directory of
    a package or None, offset, size)}); the marshalled code of each module, without docstrings.
    """
    package = os.path.join(source, "weft")
    codes: dict[str, tuple[str, str | None, int, int]] = {}
    body = bytearray()
    for folder, directories, names in os.walk(package):
        directories[:] = sorted(name for name in directories if name != "__pycache__")
        for name in sorted(names):
            if name.endswith(".py"):
                path = os.path.join(folder, name)
                inside = folder if name == "__init__.py" else None
                code = _compiled(path)
                codes[_module(path, source)] = (path, inside, len(body), len(code))
                body += code
    found = os.stat(os.path.join(package, "__init__.py"))
    stamp = (sys.version, found.st_mtime_ns, found.st_size, found.st_ino)
    head = marshal.dumps((stamp, codes))
    staged = os.path.join(package, f"{PACK}.{os.getpid()}")
    with open(staged, "wb") as stream:
        stream.write(len(head).to_bytes(8, "little") + head + body)
    os.replace(staged, os.path.join(package, PACK))
    return len(codes)


def _module(path: str, source: str) -> str:
    name = os.path.relpath(path, source).removesuffix(".py").replace(os.sep, ".")
    return name.removesuffix(".__init__")


def _compiled(path: str) -> bytes:
    with open(path, "rb") as stream:
        code = compile(stream.read(), path, "exec", dont_inherit=True, optimize=2)
    return marshal.dumps(code)
