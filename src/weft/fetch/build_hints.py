"""Why builds fail, told from what the back end said.

Owns the patterns of compilers, linkers, build tools and Python for causes that can be mended, and
the advice for each. Refuses to be certain: it says what an output likely means. The names of
Debian's packages are in `system_packages`.
"""

from __future__ import annotations

from weft.fetch.system_packages import for_header, for_library, for_module, for_program

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Callable

    from weft.fetch.build_failures import BuildFailure

    Advice = Callable[["_Subject", "re.Match[str]"], tuple[str, ...]]

# A missing module is the end of a traceback; earlier ones were caught by somebody.
_LAST_LINES = 10

_COMPILERS = r"(?:[\w.+-]*-)?(?:gcc|g\+\+|cc|c\+\+|clang|clang\+\+|c99|gfortran|f77|f95)(?:-\d+)?"
_GONE = {
    "distutils": "3.12",
    "imp": "3.12",
    "asynchat": "3.12",
    "asyncore": "3.12",
    "smtpd": "3.12",
    "cgi": "3.13",
    "crypt": "3.13",
    "pipes": "3.13",
    "telnetlib": "3.13",
    "lib2to3": "3.13",
}


class _Subject:
    """What a failed build is called in a sentence."""

    def __init__(self, failure: BuildFailure) -> None:
        self.name = failure.name
        self.version = failure.version
        self.shown = failure.shown

    @property
    def text(self) -> str:
        """`demo@1.0`, or what messages name the source."""
        return f"{self.name}@{self.version}" if self.name and self.version else self.shown


def hints_for(failure: BuildFailure) -> tuple[str, ...]:
    """Advice for the first known cause; empty where no known one shows."""
    import re

    from weft.fetch.build_failures import readable

    subject = _Subject(failure)
    call = failure.call
    stderr = readable(call.stderr)
    end = "\n".join(stderr.rstrip("\n").split("\n")[-_LAST_LINES:])
    both = f"{readable(call.stdout)}\n{stderr}\n{call.reason}"
    for text, pattern, advice in (
        *((end, pattern, advice) for pattern, advice in _AT_THE_END),
        *((both, pattern, advice) for pattern, advice in _ANYWHERE),
    ):
        found = re.search(pattern, text, re.MULTILINE)
        if found is not None and (hints := advice(subject, found)):
            return hints
    if call.code == -9:
        return _killed(subject)
    return ()


def _killed(subject: _Subject) -> tuple[str, ...]:
    return (
        f"The system may have killed the build of `{subject.text}` for want of memory; "
        "`WEFT_CONCURRENT_BUILDS=1` builds one package at a time",
    )


def _module(subject: _Subject, found: re.Match[str]) -> tuple[str, ...]:
    module = found[1]
    return _gone(subject, module) if module in _GONE else _undeclared(subject, for_module(module))


def _undeclared(subject: _Subject, package: str) -> tuple[str, ...]:
    word = f"'{package}'" if "<" in package else package  # as a shell reads it
    if not subject.name:
        return (
            f"This error likely indicates that `{subject.shown}` depends on `{package}`, but "
            f"doesn't declare it as a build dependency. If `{subject.shown}` is a first-party "
            f"package, consider adding `{package}` to its `build-system.requires`. Otherwise, "
            f"`weft pip install {word}` into the environment and re-run with "
            "`--no-build-isolation`.",
        )
    return (
        f"This error likely indicates that `{subject.text}` depends on `{package}`, but doesn't "
        f"declare it as a build dependency. If `{subject.name}` is a first-party package, consider "
        f"adding `{package}` to its `build-system.requires`. Otherwise, either add it to your "
        f"`pyproject.toml` under:\n\n[tool.uv.extra-build-dependencies]\n"
        f'{subject.name} = ["{package}"]\n\n'
        f"or `weft pip install {word}` into the environment and re-run with "
        "`--no-build-isolation`.",
    )


def _gone(subject: _Subject, module: str) -> tuple[str, ...]:
    limit = (
        f"Consider adding a constraint (like `{subject.name} >{subject.version}`) to avoid "
        f"building a version of `{subject.name}` that depends on `{module}`."
        if subject.name and subject.version
        else f"Consider a later version of `{subject.shown}`, or an older Python."
    )
    return (f"`{module}` was removed from the standard library in Python {_GONE[module]}. {limit}",)


def _header(subject: _Subject, found: re.Match[str]) -> tuple[str, ...]:
    header = next(filter(None, found.groups()))
    if header in ("longintrepr.h", "frameobject.h", "pyarena.h"):
        return _too_new(subject, found)
    provides = (
        "This error likely indicates that you need to install a library that provides "
        f"`{header}` for `{subject.text}`"
    )
    package = for_header(header)
    return (provides, _apt(package, f"`{header}`")) if package else (provides,)


def _library(subject: _Subject, found: re.Match[str]) -> tuple[str, ...]:
    library = found[1]
    package = for_library(library)
    return (
        "This error likely indicates that you need to install the library that provides a shared "
        f"library for `{library}` for `{subject.text}` (e.g., `{package}`)",
    )


def _described(subject: _Subject, found: re.Match[str]) -> tuple[str, ...]:
    """A library that pkg-config, CMake or Meson looked for."""
    library = found[1]
    package = for_library(library)
    return (
        f"The build of `{subject.text}` needs the library `{library}` with its headers",
        _apt(package, "it"),
    )


def _compiler(subject: _Subject, found: re.Match[str]) -> tuple[str, ...]:
    return _no_compiler(subject, (found[1] if found.re.groups else "") or "cc")


def _no_compiler(subject: _Subject, program: str) -> tuple[str, ...]:
    fortran = "fortran" in program or program.startswith("f")
    language = "Fortran" if fortran else "C++" if "++" in program else "C"
    package = "gfortran" if fortran else "build-essential"
    return (
        f"`{subject.text}` contains code that has to be compiled, and no {language} compiler "
        f"(`{program}`) was found",
        f"On Debian and Ubuntu `apt install {package}` installs one, on macOS "
        "`xcode-select --install`",
    )


def _msvc(subject: _Subject, _found: re.Match[str]) -> tuple[str, ...]:
    return (
        f"`{subject.text}` contains code that has to be compiled; install the C++ tools of "
        "Microsoft's Build Tools for Visual Studio",
    )


def _rust(subject: _Subject, _found: re.Match[str]) -> tuple[str, ...]:
    return (
        f"`{subject.text}` contains Rust code that has to be compiled, and no Rust compiler was "
        "found",
        "Install Rust with rustup, or on Debian and Ubuntu with `apt install cargo`",
    )


def _program(subject: _Subject, found: re.Match[str]) -> tuple[str, ...]:
    import re

    program = next(filter(None, found.groups()))
    if re.fullmatch(_COMPILERS, program):
        return _no_compiler(subject, program)
    if program in ("cargo", "rustc"):
        return _rust(subject, found)
    package = for_program(program)
    if not package:
        return ()
    return (
        f"The build of `{subject.text}` needs the program `{program}`, which was not found",
        _apt(package, "it"),
    )


def _cmake(subject: _Subject, _found: re.Match[str]) -> tuple[str, ...]:
    return (
        f"The build of `{subject.text}` needs `cmake`, which was not found; as a build "
        "requirement (`cmake`) it comes from the index, or install it with `apt install cmake`",
    )


def _too_new(subject: _Subject, _found: re.Match[str]) -> tuple[str, ...]:
    return (
        f"`{subject.text}` was likely written for an older Python than the one it is built for",
        "Choose a later version of the package, or an older Python with `--python`",
    )


def _old_setuptools(subject: _Subject, _found: re.Match[str]) -> tuple[str, ...]:
    if not subject.name:
        return _too_new(subject, _found)
    return (
        f"`{subject.text}` uses what setuptools removed in version 58; an older one can be asked "
        "for with a file of build constraints: `setuptools<58` and `--build-constraints`",
    )


def _untagged(subject: _Subject, _found: re.Match[str]) -> tuple[str, ...]:
    return (
        f"`{subject.text}` takes its version from Git, and there are no tags here; "
        "`SETUPTOOLS_SCM_PRETEND_VERSION` sets it without them",
    )


def _full(_subject: _Subject, _found: re.Match[str]) -> tuple[str, ...]:
    import tempfile

    return (
        f"A disk is full. Builds write to the cache directory and to `{tempfile.gettempdir()}`; "
        "`WEFT_CACHE_DIR` and `TMPDIR` move them",
    )


def _apt(package: str, what: str) -> str:
    return f"On Debian and Ubuntu, `apt install {package}` provides {what}"


_NO_MODULE = r"^(?:\w+: )?(?:ModuleNotFoundError|ImportError): No module named ['\"]?([\w.-]+)"
_NO_PROGRAM = (
    r"(?:No such file or directory: '([\w.+-]+)'|(?:^|/|: )([\w.+-]+): (?:command )?not found$"
    r"|unable to execute '([\w.+-]+)': No such file"
    r"|command '([\w./+-]+?)' failed: No such file)"
)

_AT_THE_END: tuple[tuple[str, Advice], ...] = (
    (_NO_MODULE, _module),
    (r"^error: invalid command 'bdist_wheel'", lambda subject, _: _undeclared(subject, "wheel")),
)
# More telling ones first: a compiler that does not find a header also ends with a status.
_ANYWHERE: tuple[tuple[str, Advice], ...] = (
    (r"No space left on device|Disk quota exceeded", _full),
    (r"Killed signal terminated program|virtual memory exhausted|out of memory",
     lambda subject, _: _killed(subject)),
    (r"newer than PyO3's maximum supported version|module 'pkgutil' has no attribute 'ImpImporter'"
     r"|module 'configparser' has no attribute 'SafeConfigParser'"
     r"|has no member named .(?:cframe|f_code|exc_type|ob_digit)"
     r"|to function .(?:_PyLong_AsByteArray|PyCode_New|_PyUnicode_FastCopyCharacters)", _too_new),
    (r"use_2to3 is invalid", _old_setuptools),
    (r"fatal error: ([^:\s']+): No such file or directory"
     r"|fatal error: '([^']+)' file not found"
     r"|Cannot open include file: '([^']+)'", _header),
    (r"(?:ld|ld\.\w+|lld): (?:error: )?(?:cannot find|unable to find library) -l([\w.+-]+)",
     _library),
    (r"ld: library '?([\w.+-]+)'? not found", _library),
    (r"No package '([\w.+-]+)' found", _described),
    (r"Package '?([\w.+-]+)'?,? (?:was not found in the pkg-config|required by 'virtual:world')",
     _described),
    (r"Dependency \"([\w.+-]+)\" not found", _described),
    (r"Could NOT find (?!Python|Git)([A-Z][\w-]+) \(missing", _described),
    (r"Microsoft Visual C\+\+ [\d.]+ or greater is required", _msvc),
    (r"can't find Rust compiler|Cargo, the Rust package manager, is not installed"
     r"|^error: (?:rustc|cargo) .*not found", _rust),
    (r"linker `([\w.+-]+)` not found", _compiler),
    (r"Unknown compiler\(s\): \[\['?([\w.+-]+)", _compiler),
    (r"No CMAKE_(?:C|CXX)_COMPILER could be found|C compiler cannot create executables"
     r"|no acceptable C compiler found", _compiler),
    (r"cannot execute .?cc1plus", lambda subject, _: _no_compiler(subject, "c++")),
    (r"CMake must be installed|Could not find CMake|No such file or directory: 'cmake'"
     r"|Could not find (?:CMake|cmake) with version", _cmake),
    (r"(pg_config) executable not found", _program),
    (r"Please make sure the (libxml2) and libxslt development packages are installed", _described),
    (_NO_PROGRAM, _program),
    (r"setuptools-scm was unable to detect version", _untagged),
)  # fmt: skip
