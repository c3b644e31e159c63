"""What `weft tool run` is asked for: a program, and the package or the Python that has it.

Owns the grammar: `ruff`, `ruff@0.6`, `ruff[extra]@latest`, any requirement, `python`,
`python@3.12`, `pypy3.10`. Refuses to find out what a path, a URL or a repository is called, and to
look for a Python. Follows uv; versions are those of PEP 440, requirements those of PEP 508.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value

_PYTHONS = ("python", "cpython", "pypy", "graalpy", "pyodide")


@value
class ToolRequest:
    """A program and where it comes from.

    `requirement` is the text of a requirement, empty where the program is a Python's; then
    `python` is the text of a request for one, empty for any. `program` is empty for the one that is
    called like the package, as long as nobody knows its name. `latest` asks for the newest version
    there is, whatever is cached or installed.
    """

    requirement: str = ""
    program: str = ""
    latest: bool = False
    python: str | None = None

    @property
    def is_python(self) -> bool:
        """Whether no package is asked for, but an interpreter."""
        return self.python is not None

    @staticmethod
    def parse(command: str, package: str | None = None) -> ToolRequest:
        """The request of a command, or of `package` with the command as the program in it.

        Raises WeftError for what can only be a Python, and is none.
        """
        target = command if package is None else package
        program = "" if package is None else command
        python = _python(target)
        if python is not None:
            return ToolRequest(program=program or "python", python=python)
        name, at, version = target.partition("@")
        if at and version:
            found = _versioned(name, version, program)
            if found is not None:
                return found
        return ToolRequest(target, program or _name_of(target))


def _python(target: str) -> str | None:
    """The request that a word such as `python3.12` is; None for what may be a package.

    Only long names count: `uvx pp310` and `uvx 310` are packages.
    """
    lowered = target.lower()
    if lowered == "python":
        return ""
    prefix = next((each for each in _PYTHONS if lowered.startswith(each)), "")
    if not prefix:
        if lowered.startswith("@"):
            raise _invalid(lowered)
        return None
    rest = lowered[len(prefix) :]
    if not rest:
        return target
    if rest == "@latest":
        raise WeftError("Requesting the 'latest' Python version is not yet supported")
    from weft.python.request import PythonRequest

    if PythonRequest.parse(rest.removeprefix("@")).kind == "version":
        return target
    if rest.startswith("@"):
        raise _invalid(rest[1:])
    return None


def _invalid(text: str) -> WeftError:
    return WeftError(f"Invalid version request: {text}")


def _versioned(name: str, version: str, program: str) -> ToolRequest | None:
    """`name@version`; None where it is no version, as in `git+ssh://git@…` and `name@./path`."""
    from weft.core.names import is_valid_name

    word, bracket, extras = name.partition("[")
    if bracket and not extras.endswith("]"):
        return None
    listed = [each.strip() for each in extras[:-1].split(",")]
    if not (is_valid_name(word) and all(is_valid_name(each) for each in listed if each)):
        return None
    if version == "latest":
        return ToolRequest(name, program or word, latest=True)
    from weft.core.version import Version, VersionError

    try:
        Version.parse(version)
    except VersionError:
        return None
    return ToolRequest(f"{name}=={version}", program or word)


def _name_of(target: str) -> str:
    """The name that a requirement begins with, as it is spelled; empty for paths and URLs."""
    text = target.strip()
    if text.isascii() and text.isalnum():  # as most are, without loading what can tell
        return text
    from weft.project.lines import is_path_or_url

    if not text or is_path_or_url(text):
        return ""
    from weft.core.names import leading_name

    return leading_name(text)
