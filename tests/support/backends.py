"""Real back ends as wheels, and projects that use them.

Owns wheels re-made from the distributions of the development environment, so that a loopback index
can serve setuptools, hatchling and the others without a network; and small source trees and source
distributions for each of them, or for a back end of the test's own that stands in the tree.
Refuses to stand in for a back end. Follows PEP 427 (wheels), PEP 517 and 518 (trees), PEP 625.

    backend_wheels(files, "hatchling")          # hatchling and all that it requires
    tree = make_project(tmp_path / "demo", "hatchling", requires=["idna"])
    sdist = make_sdist(files, "setuptools", "other", "2.0")
    broken = make_project(tmp_path / "x", "in-tree", code="def build_wheel(*a): raise OSError")
"""

from __future__ import annotations

import base64
import csv
import functools
import gzip
import hashlib
import io
import os
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from importlib import metadata

BACKENDS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "setuptools": (("setuptools",), "setuptools.build_meta"),
    "hatchling": (("hatchling",), "hatchling.build"),
    "flit_core": (("flit_core",), "flit_core.buildapi"),
    "poetry-core": (("poetry-core",), "poetry.core.masonry.api"),
    "pdm-backend": (("pdm-backend",), "pdm.backend"),
    "uv_build": (("uv_build",), "uv_build"),
}
"""What `[build-system]` says for each: `requires` and `build-backend`."""

MADE_AT_INSTALLATION = ("INSTALLER", "REQUESTED", "RECORD", "direct_url.json", "uv_cache.json")
EPOCH = (2020, 2, 2, 0, 0, 0)

# A back end in the tree that works; `code` of a test goes behind it and may replace any hook.
IN_TREE = """
import os, sys, zipfile
NAME, VERSION, REQUIRES = {name!r}, {version!r}, {requires!r}
INFO = NAME.replace("-", "_") + "-" + VERSION + ".dist-info"
METADATA = "Metadata-Version: 2.1\\nName: %s\\nVersion: %s\\n" % (NAME, VERSION)
METADATA += "".join("Requires-Dist: %s\\n" % one for one in REQUIRES)

def write_wheel(directory, filename=None, files=()):
    filename = filename or NAME.replace("-", "_") + "-" + VERSION + "-py3-none-any.whl"
    module = NAME.replace("-", "_")
    content = dict(files) or {{module + "/__init__.py": "version = %r\\n" % VERSION}}
    content[INFO + "/METADATA"] = METADATA
    content[INFO + "/WHEEL"] = (
        "Wheel-Version: 1.0\\nGenerator: in-tree\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
    )
    content[INFO + "/RECORD"] = "".join(path + ",,\\n" for path in [*content, INFO + "/RECORD"])
    with zipfile.ZipFile(os.path.join(directory, filename), "w") as archive:
        for path, text in content.items():
            archive.writestr(path, text)
    return filename

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    return write_wheel(wheel_directory)

def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    return write_wheel(wheel_directory, files=[(NAME.replace("-", "_") + ".pth", os.getcwd())])

def build_sdist(sdist_directory, config_settings=None):
    import tarfile
    top = NAME.replace("-", "_") + "-" + VERSION
    with tarfile.open(os.path.join(sdist_directory, top + ".tar.gz"), "w:gz") as archive:
        archive.add(".", arcname=top)
    return top + ".tar.gz"
"""


def backend_wheels(directory: str | os.PathLike[str], *names: str) -> list[str]:
    """Write the wheels of the named distributions, and of all they require, into `directory`.

    Without names: of every back end. A name that is not installed raises PackageNotFoundError.
    """
    os.makedirs(directory, exist_ok=True)
    written = []
    for name in _closure(names or tuple(one for needs, _ in BACKENDS.values() for one in needs)):
        filename, content = _wheel_of(name)
        path = os.path.join(directory, filename)
        with open(path, "wb") as file:
            file.write(content)
        written.append(path)
    return written


def make_project(
    directory: str | os.PathLike[str],
    backend: str,
    name: str = "demo",
    version: str = "1.0",
    *,
    files: Mapping[str, str | bytes] | None = None,
    requires: Iterable[str] = (),
    extras: Mapping[str, Iterable[str]] | None = None,
    scripts: Mapping[str, str] | None = None,
    requires_python: str = "",
    build_requires: Iterable[str] | None = None,
    toml: str = "",
    code: str = "",
) -> str:
    """Write a source tree with one package under `src` that carries its version; return its path.

    `backend` is a key of `BACKENDS`, `legacy` (a `setup.py` and no `pyproject.toml`) or `in-tree`
    (the working back end above in the tree, `code` behind it). `files` are added or replace what
    was written, `toml` is put behind `pyproject.toml`. `build_requires` replaces what the back end
    is made of.
    """
    module = name.replace("-", "_").replace(".", "_")
    tree: dict[str, str | bytes] = {f"src/{module}/__init__.py": _module(name, version)}
    requires = tuple(requires)
    if backend == "legacy":
        tree["setup.py"] = _setup_py(name, version, requires, extras or {})
    else:
        tree["pyproject.toml"] = _pyproject(
            backend, name, version, requires=requires, extras=extras or {}, scripts=scripts or {},
            requires_python=requires_python, build_requires=build_requires,
        ) + toml  # fmt: skip
    if backend == "in-tree":
        own = IN_TREE.format(name=name, version=version, requires=list(requires))
        tree["backend.py"] = own + code
    for path, content in {**tree, **(files or {})}.items():
        target = os.path.join(directory, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
    return os.fspath(directory)


def make_sdist(
    directory: str | os.PathLike[str],
    backend: str,
    name: str = "demo",
    version: str = "1.0",
    *,
    files: Mapping[str, str | bytes] | None = None,
    requires: Iterable[str] = (),
    static: bool = False,
    format: str = "tar.gz",
    toml: str = "",
    code: str = "",
    build_requires: Iterable[str] | None = None,
) -> str:
    """Write the source distribution of such a project into `directory` and return its path.

    `static` adds a PKG-INFO of version 2.2, which tells the metadata without a build.
    """
    requires = tuple(requires)
    files = dict(files or {})
    if static:
        lines = ["Metadata-Version: 2.2", f"Name: {name}", f"Version: {version}"]
        lines += [f"Requires-Dist: {one}" for one in requires]
        files.setdefault("PKG-INFO", "\n".join(lines) + "\n")
    with tempfile.TemporaryDirectory() as scratch:
        tree = make_project(
            os.path.join(scratch, "tree"), backend, name, version, files=files, requires=requires,
            toml=toml, code=code, build_requires=build_requires,
        )  # fmt: skip
        top = f"{name.replace('-', '_').replace('.', '_')}-{version}"
        return pack_sdist(tree, directory, top=top, format=format)


def pack_sdist(
    tree: str | os.PathLike[str],
    directory: str | os.PathLike[str],
    *,
    top: str,
    format: str = "tar.gz",
) -> str:
    """Pack a directory as `<top>.<format>` (`tar.gz` or `zip`): same tree, same bytes."""
    os.makedirs(directory, exist_ok=True)
    target = os.path.join(directory, f"{top}.{format}")
    if format == "zip":
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in _files(tree):
                with open(os.path.join(tree, path), "rb") as file:
                    archive.writestr(zipfile.ZipInfo(f"{top}/{path}", EPOCH), file.read())
        return target
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for path in _files(tree):
            with open(os.path.join(tree, path), "rb") as file:
                member = tarfile.TarInfo(f"{top}/{path}")
                member.size = os.fstat(file.fileno()).st_size
                member.mtime = 1_580_601_600
                tar.addfile(member, file)
    with open(target, "wb") as file:
        file.write(gzip.compress(packed.getvalue(), 1, mtime=0))
    return target


def _files(tree: str | os.PathLike[str]) -> list[str]:
    return sorted(
        os.path.relpath(os.path.join(parent, name), tree)
        for parent, _, names in os.walk(tree)
        for name in names
    )


def _module(name: str, version: str) -> str:
    return (
        f'"""The project {name}."""\n\nversion = {version!r}\n\n\ndef main():\n    print(version)\n'
    )


def _setup_py(
    name: str, version: str, requires: tuple[str, ...], extras: Mapping[str, Iterable[str]]
) -> str:
    lists = {extra: list(needs) for extra, needs in extras.items()}
    return (
        "from setuptools import find_packages, setup\n"
        f"setup(name={name!r}, version={version!r}, install_requires={list(requires)!r},\n"
        f"      extras_require={lists!r}, package_dir={{'': 'src'}},\n"
        "      packages=find_packages('src'))\n"
    )


def _pyproject(
    backend: str,
    name: str,
    version: str,
    *,
    requires: tuple[str, ...],
    extras: Mapping[str, Iterable[str]],
    scripts: Mapping[str, str],
    requires_python: str,
    build_requires: Iterable[str] | None,
) -> str:
    needs, entry = ((), "backend") if backend == "in-tree" else BACKENDS[backend]
    if build_requires is not None:
        needs = tuple(build_requires)
    lines = ["[build-system]", f"requires = {_array(needs)}", f'build-backend = "{entry}"']
    if backend == "in-tree":
        lines.append('backend-path = ["."]')
    lines += ["", "[project]", f'name = "{name}"', f'version = "{version}"']
    lines.append(f'description = "The project {name}"')
    if requires_python:
        lines.append(f'requires-python = "{requires_python}"')
    lines.append(f"dependencies = {_array(requires)}")
    if extras:
        lines += ["", "[project.optional-dependencies]"]
        lines += [f'"{extra}" = {_array(tuple(given))}' for extra, given in extras.items()]
    if scripts:
        lines += ["", "[project.scripts]"]
        lines += [f'"{script}" = "{target}"' for script, target in scripts.items()]
    return "\n".join(lines) + "\n"


def _array(items: Iterable[str]) -> str:
    return "[" + ", ".join(f"'{item}'" for item in items) + "]"


def _closure(names: tuple[str, ...]) -> list[str]:
    """The names and all that they require here, each once."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    found: list[str] = []
    open_names = list(names)
    while open_names:
        name = canonicalize_name(open_names.pop(0))
        if name in found:
            continue
        found.append(name)
        for text in metadata.distribution(name).requires or ():
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                open_names.append(requirement.name)
    return found


@functools.cache
def _wheel_of(name: str) -> tuple[str, bytes]:
    """File name and content of the wheel that this distribution was installed from, or as good."""
    distribution = metadata.distribution(name)
    info = next(
        file.parts[0]
        for file in distribution.files or ()
        if len(file.parts) == 2 and file.parts[0].endswith(".dist-info") and file.name == "RECORD"
    )
    stem = info.removesuffix(".dist-info")
    members = _members(distribution, info, stem)
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    for path, (content, _) in members.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        rows.writerow((path, f"sha256={digest}", len(content)))
    rows.writerow((f"{info}/RECORD", "", ""))
    members[f"{info}/RECORD"] = (text.getvalue().encode(), 0o644)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path, (content, mode) in members.items():
            member = zipfile.ZipInfo(path, EPOCH)
            member.external_attr = (0o100000 | mode) << 16
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, content)
    return f"{stem}-{_tag(distribution)}.whl", packed.getvalue()


def _members(
    distribution: metadata.Distribution, info: str, stem: str
) -> dict[str, tuple[bytes, int]]:
    """What the wheel had, by path in it: the rows of RECORD without what an installation adds."""
    entries = {
        entry.name
        for entry in distribution.entry_points
        if entry.group in ("console_scripts", "gui_scripts")
    }
    members = {}
    for file in distribution.files or ():
        if "__pycache__" in file.parts or file.suffix == ".pyc":
            continue
        if file.parts[0] == info and file.parts[-1] in MADE_AT_INSTALLATION:
            continue
        path, mode = file.as_posix(), 0o644
        if file.parts[0] == "..":
            if file.parts[-2] != "bin" or file.name in entries:
                continue
            path, mode = f"{stem}.data/scripts/{file.name}", 0o755
        with open(str(file.locate()), "rb") as opened:
            members[path] = (opened.read(), mode)
    return members


def _tag(distribution: metadata.Distribution) -> str:
    lines = (distribution.read_text("WHEEL") or "").splitlines()
    tags = [line.removeprefix("Tag: ").split("-") for line in lines if line.startswith("Tag: ")]
    return "-".join(".".join(dict.fromkeys(part)) for part in zip(*tags, strict=True))
