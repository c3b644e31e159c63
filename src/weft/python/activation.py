"""The scripts that put an environment into a running shell, and out of it again.

Owns the names of these scripts, the values that go into them and how each language quotes them.
Refuses to let a path or prompt become code: what is put into a prompt loses the characters that
shells expand there, everything else is quoted. The texts are in `weft.python.shell_scripts`.
Follows the variables of CPython's venv (`VIRTUAL_ENV`, `VIRTUAL_ENV_PROMPT`, `_OLD_VIRTUAL_…`),
so that environments of several tools can be activated one over the other.
"""

from __future__ import annotations

from weft.core.value import value
from weft.python import shell_scripts
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# What some shell expands inside a prompt, and what would end the line.
_EXPANDED = "\\$`%!\n\r\x1b\x07"


@value
class Activation:
    """What the scripts need: the absolute `prefix`, empty for one that is found at run time.

    `name` is what the prompt shows; `scripts` and `libraries` are the directories of executables
    and of packages relative to the prefix.
    """

    prefix: str
    name: str
    scripts: str
    libraries: tuple[str, ...]


def render(activation: Activation) -> dict[str, str]:
    """The text of every script by its file name."""
    prefix, name = activation.prefix, activation.name
    shown = "".join("_" if character in _EXPANDED else character for character in name)
    packages = os.pathsep.join(
        os.path.relpath(below, activation.scripts) for below in activation.libraries
    )
    texts = {}
    for script, (template, quote) in _SCRIPTS.items():
        if not prefix and script == "activate.csh":
            continue  # csh cannot tell where a sourced file is
        fields = {
            "@PREFIX@": quote(prefix) if prefix else _FOUND_AS.get(script, ""),
            "@NAME@": quote(name),
            "@SHOWN@": quote(f"({shown}) "),
            "@BIN@": activation.scripts,
            "@PACKAGES@": quote(packages),
        }
        for field, text in fields.items():
            template = template.replace(field, text)
        texts[script] = template
    return texts


def _sh(text: str) -> str:
    return "'" + text.replace("'", "'\"'\"'") + "'"


def _csh(text: str) -> str:
    return _sh(text).replace("!", "\\!")


def _fish(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _nu(text: str) -> str:
    marks = "#"
    while f"'{marks}" in text:
        marks += "#"
    return f"r{marks}'{text}'{marks}"


def _powershell(text: str) -> str:
    for mark in "'‘’‚‛":  # PowerShell takes typographic quotes for quotes
        text = text.replace(mark, mark * 2)
    return f"'{text}'"


def _batch(text: str) -> str:
    return text.replace("%", "%%").replace('"', "")


_SCRIPTS: dict[str, tuple[str, Callable[[str], str]]] = {
    "activate": (shell_scripts.SH, _sh),
    "activate.csh": (shell_scripts.CSH, _csh),
    "activate.fish": (shell_scripts.FISH, _fish),
    "activate.nu": (shell_scripts.NU, _nu),
    "activate.ps1": (shell_scripts.POWERSHELL, _powershell),
    "activate.xsh": (shell_scripts.XONSH, repr),
    "activate.bat": (shell_scripts.BATCH, _batch),
    "deactivate.bat": (shell_scripts.BATCH_DEACTIVATE, _batch),
    "pydoc.bat": (shell_scripts.BATCH_PYDOC, _batch),
    "activate_this.py": (shell_scripts.PYTHON, repr),
}

# How each language says where the script is that it is running.
_FOUND_AS = {
    "activate": shell_scripts.SH_PREFIX,
    "activate.fish": "(path dirname (path dirname (path resolve (status filename))))",
    "activate.nu": "(path self | path dirname | path dirname)",
    "activate.ps1": "(Split-Path -Parent $PSScriptRoot)",
    "activate.xsh": "os.path.dirname(os.path.dirname(os.path.realpath(__file__)))",
    "activate.bat": "%~dp0..",
    "activate_this.py": "os.path.dirname(os.path.dirname(os.path.abspath(__file__)))",
}


def command(prefix: str, environ: Mapping[str, str], *, scripts: str = "bin") -> str | None:
    """What to type to activate the environment shown as `prefix`; None for an unknown shell."""
    path = os.path.join(prefix, scripts, "activate")
    shell = _shell(environ)
    if shell in ("bash", "zsh"):
        return f"source {_argument(path)}"
    if shell in ("ksh", "dash", "sh"):
        return f". {_argument(path)}"
    if shell == "fish":
        return f"source {_argument(path + '.fish', _fish)}"
    if shell in ("csh", "tcsh"):
        return f"source {_argument(path + '.csh', _csh)}"
    if shell == "nu":
        return f"overlay use {_argument(path + '.nu', _nu)}"
    if shell == "xonsh":
        return f"source {_argument(path + '.xsh', repr)}"
    if shell in ("pwsh", "powershell"):
        return f". {_argument(path + '.ps1', _powershell)}"
    return path if shell == "cmd" else None


_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./+:@%,=")


def _argument(path: str, quote: Callable[[str], str] = _sh) -> str:
    return path if _PLAIN.issuperset(path) else quote(path)


_TELLTALES = {
    "NU_VERSION": "nu",
    "XONSH_VERSION": "xonsh",
    "FISH_VERSION": "fish",
    "BASH_VERSION": "bash",
    "ZSH_VERSION": "zsh",
    "KSH_VERSION": "ksh",
}


def _shell(environ: Mapping[str, str]) -> str:
    """The name of the shell of whoever typed the command; empty if it cannot be told."""
    for variable, name in _TELLTALES.items():
        if variable in environ:
            return name
    if "SHELL" in environ:
        return os.path.basename(environ["SHELL"]).removesuffix(".exe")
    if "PSModulePath" in environ:
        return "powershell"
    return "cmd" if "PROMPT" in environ else ""
