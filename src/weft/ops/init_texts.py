"""What the files of a new project say.

Owns their texts, one function per file. Refuses to write files and to decide which there are.
Follows the pyproject.toml specification, and uv: both tools make the same project, but for the
lower bound of its back end.
"""

from __future__ import annotations

from weft.core.defaults import UV_BUILD
from weft.core.value import value

# Module of the build system, and what it requires.
_BACKENDS = {
    "uv": ('["{uv_build}"]', "uv_build"),
    "hatch": ('["hatchling"]', "hatchling.build"),
    "flit": ('["flit_core>=3.2,<4"]', "flit_core.buildapi"),
    "pdm": ('["pdm-backend"]', "pdm.backend"),
    "poetry": ('["poetry-core>=2,<3"]', "poetry.core.masonry.api"),
    "setuptools": ('["setuptools>=61"]', "setuptools.build_meta"),
    "maturin": ('["maturin>=1.0,<2.0"]', "maturin"),
    "scikit": ('["scikit-build-core>=0.12", "pybind11>=3"]', "scikit_build_core.build"),
}
# Where a module is that is not called like the project. The other back ends find it.
_RENAMED = {
    "uv": ("[tool.uv.build-backend]", 'module-name = "@MODULE@"'),
    "hatch": ("[tool.hatch.build.targets.wheel]", 'packages = ["src/@MODULE@"]'),
    "flit": ("[tool.flit.module]", 'name = "@MODULE@"'),
    "poetry": ("[tool.poetry]", 'packages = [{ include = "@MODULE@", from = "src" }]'),
    "scikit": ("[tool.scikit-build.wheel]", 'packages = ["src/@MODULE@"]'),
}
BINARY = ("maturin", "scikit")

GITIGNORE = """\
# Python-generated files
__pycache__/
*.py[oc]
build/
dist/
wheels/
*.egg-info

# Virtual environments
.venv
"""


@value
class Author:
    """Who makes the project; one of both may be empty."""

    name: str = ""
    email: str = ""


@value
class Draft:
    """What is known of a new project. `name` is normal; empty texts stay out of the file.

    A `bare` one has no files but its `pyproject.toml`.
    """

    name: str
    requires_python: str
    description: str = ""
    readme: bool = True
    author: Author | None = None
    library: bool = False
    backend: str = ""
    bare: bool = False

    @property
    def module(self) -> str:
        """What is imported. No identifier begins with a digit."""
        module = self.name.replace("-", "_")
        return f"_{module}" if self.is_renamed else module

    @property
    def is_renamed(self) -> bool:
        """Whether the module is called otherwise than build back ends expect."""
        return self.name[0].isdigit() and not self.bare


def pyproject_text(draft: Draft) -> str:
    """The whole `pyproject.toml`."""
    lines = ["[project]", f'name = "{draft.name}"', 'version = "0.1.0"']
    if draft.description:
        lines.append(f"description = {quoted(draft.description)}")
    if draft.readme:
        lines.append('readme = "README.md"')
    if draft.author is not None:
        pairs = (("name", draft.author.name), ("email", draft.author.email))
        inside = ", ".join([f"{key} = {inline(text)}" for key, text in pairs if text])
        lines += ["authors = [", f"    {{ {inside} }}", "]"]
    lines += [f'requires-python = "{draft.requires_python}"', "dependencies = []"]
    if draft.backend and not (draft.library or draft.bare):
        lines += ["", "[project.scripts]", f'{draft.name} = "{draft.module}:main"']
    if draft.backend:
        requires, module = _BACKENDS[draft.backend]
        lines += ["", *_backend_tables(draft), "[build-system]"]
        lines.append(f"requires = {requires.format(uv_build=UV_BUILD)}")
        lines.append(f'build-backend = "{module}"')
    return "\n".join(lines) + "\n"


def _backend_tables(draft: Draft) -> list[str]:
    """What the back end wants to be told: where the module is, what a cached build depends on."""
    lines = []
    if draft.is_renamed and draft.backend in _RENAMED:
        lines = [line.replace("@MODULE@", draft.module) for line in _RENAMED[draft.backend]]
        lines.append("")
    keys = ['file = "pyproject.toml"']
    if draft.backend == "maturin":
        lines += [
            "[tool.maturin]",
            f'module-name = "{draft.module}._core"',
            f'python-packages = ["{draft.module}"]',
            'python-source = "src"',
        ]
        keys += ['file = "src/**/*.rs"', 'file = "Cargo.toml"', 'file = "Cargo.lock"']
    elif draft.backend == "scikit":
        lines += [
            "[tool.scikit-build]",
            'minimum-version = "build-system.requires"',
            'build-dir = "build/{wheel_tag}"',
        ]
        keys += ['file = "src/**/*.{h,c,hpp,cpp}"', 'file = "CMakeLists.txt"']
    else:
        return lines
    listed = ", ".join([f"{{ {key} }}" for key in keys])
    return [*lines, "", "[tool.uv]", f"cache-keys = [{listed}]", ""]


def quoted(text: str) -> str:
    """A basic string of TOML."""
    pieces = []
    for character in text:
        if character in '"\\':
            pieces.append(f"\\{character}")
        elif character == "\n":
            pieces.append("\\n")
        elif character == "\t":
            pieces.append("\\t")
        elif ord(character) < 0x20 or character == "\x7f":
            pieces.append(f"\\u{ord(character):04x}")
        else:
            pieces.append(character)
    return f'"{"".join(pieces)}"'


def inline(text: str) -> str:
    """A string of TOML with as few escapes as there can be."""
    if '"' in text or "\\" in text:
        plain = all(ord(character) >= 0x20 and character != "\x7f" for character in text)
        if plain and "'" not in text:
            return f"'{text}'"
    return quoted(text)


def package_files(draft: Draft) -> dict[str, str]:
    """The files below the directory of a package that are made where there are none, by path."""
    files = {}
    if draft.backend == "maturin":
        files["Cargo.toml"] = _CARGO.replace("@MODULE@", draft.module)
        files["src/lib.rs"] = _RUST.replace("@NAME@", draft.name)
    elif draft.backend == "scikit":
        place = draft.module if draft.is_renamed else "${SKBUILD_PROJECT_NAME}"
        files["CMakeLists.txt"] = _CMAKE.replace("@PLACE@", place)
        files["src/main.cpp"] = _CPP.replace("@NAME@", draft.name)
    package = f"src/{draft.module}"
    if draft.backend in BINARY:
        files[f"{package}/_core.pyi"] = "def hello_from_bin() -> str: ...\n"
    files[f"{package}/__init__.py"] = _module_text(draft)
    if draft.library:
        files[f"{package}/py.typed"] = ""
    return files


def _module_text(draft: Draft) -> str:
    lines = []
    said = f'"Hello from {draft.name}!"'
    if draft.backend in BINARY:
        lines += [f"from {draft.module}._core import hello_from_bin", "", ""]
        said = "hello_from_bin()"
    if draft.library:
        lines += ["def hello() -> str:", f"    return {said}"]
    else:
        lines += ["def main() -> None:", f"    print({said})"]
    return "\n".join(lines) + "\n"


def main_text(name: str, *, typed: bool = False) -> str:
    """A file that runs: `main.py` of a project, or the body of a script."""
    arrow = " -> None" if typed else ""
    return (
        f'def main(){arrow}:\n    print("Hello from {name}!")\n\n\n'
        'if __name__ == "__main__":\n    main()\n'
    )


def script_header(requires_python: str) -> str:
    """The metadata of a new script (PEP 723)."""
    return f'# /// script\n# requires-python = "{requires_python}"\n# dependencies = []\n# ///\n'


_CARGO = """\
[package]
name = "@MODULE@"
version = "0.1.0"
edition = "2024"

[lib]
name = "_core"
# "cdylib" is necessary to produce a shared library for Python to import from.
crate-type = ["cdylib"]

[dependencies]
# "extension-module" tells pyo3 we want to build an extension module (skips linking against \
libpython.so)
# "abi3-py39" tells pyo3 (and maturin) to build using the stable ABI with minimum Python version 3.9
pyo3 = { version = "0.28.2", features = ["extension-module", "abi3-py39"] }
"""

_RUST = """\
use pyo3::prelude::*;

/// A Python module implemented in Rust. The name of this module must match
/// the `lib.name` setting in the `Cargo.toml`, else Python will not be able to
/// import the module.
#[pymodule]
mod _core {
    use pyo3::prelude::*;

    #[pyfunction]
    fn hello_from_bin() -> String {
        "Hello from @NAME@!".to_string()
    }
}
"""

_CMAKE = """\
cmake_minimum_required(VERSION 3.15...4.0)
project(${SKBUILD_PROJECT_NAME} LANGUAGES CXX)

find_package(pybind11 CONFIG REQUIRED)

pybind11_add_module(_core MODULE src/main.cpp)
install(TARGETS _core DESTINATION @PLACE@)
"""

_CPP = """\
#include <pybind11/pybind11.h>

std::string hello_from_bin() { return "Hello from @NAME@!"; }

namespace py = pybind11;

PYBIND11_MODULE(_core, m) {
  m.doc() = "pybind11 hello module";

  m.def("hello_from_bin", &hello_from_bin, R"pbdoc(
      A function that returns a Hello string.
  )pbdoc");
}
"""
