"""The search path of a person's shell: is a directory on it, and how to put it there.

Owns which shell somebody uses, its command and its files, the warning about a directory that is not
on the path, and `update-shell`. Refuses to start a shell. Follows uv for bash, zsh, ksh, csh and
fish; sh, Nushell and PowerShell, which uv only names, read the files that their manuals say.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from weft.ops.context import Context

# What a shell tells its children, and the shell that does.
_VERSIONS = (
    ("NU_VERSION", "nu"),
    ("FISH_VERSION", "fish"),
    ("BASH_VERSION", "bash"),
    ("ZSH_VERSION", "zsh"),
    ("KSH_VERSION", "ksh"),
)
# The names of programs; `$SHELL` ends with one of them.
_PROGRAMS = {
    "bash": "bash",
    "zsh": "zsh",
    "fish": "fish",
    "csh": "csh",
    "tcsh": "csh",
    "ksh": "ksh",
    "sh": "sh",
    "dash": "sh",
    "ash": "sh",
    "nu": "nu",
    "pwsh": "powershell",
    "powershell": "powershell",
    "powershell_ise": "powershell",
}
_NAMES = {
    "bash": "Bash",
    "zsh": "Zsh",
    "fish": "Fish",
    "csh": "Csh",
    "ksh": "Ksh",
    "sh": "sh",
    "nu": "Nushell",
    "powershell": "PowerShell",
    "cmd": "Command Prompt",
}
_EXPORTS = ("bash", "zsh", "ksh", "sh")


@value
class Shell:
    """The shell of a person. `kind` is a key of the table above."""

    kind: str

    @property
    def name(self) -> str:
        """How people call it."""
        return _NAMES[self.kind]

    def command(self, directory: str) -> str:
        """What puts `directory` before everything else on the path."""
        if self.kind in _EXPORTS:
            return f'export PATH="{_escaped(directory, "$`")}:$PATH"'
        if self.kind == "fish":
            return f'fish_add_path "{_escaped(directory, "$")}"'
        if self.kind == "csh":
            return f"setenv PATH {_for_csh(directory)}"
        if self.kind == "nu":
            return f'$env.PATH = ($env.PATH | prepend "{_escaped(directory)}")'
        if self.kind == "powershell":
            text = "".join("`" + letter if letter in '`"$' else letter for letter in directory)
            return f'$env:PATH = "{text}{os.pathsep}$env:PATH"'
        return f'set PATH="{directory};%PATH%"'

    def files(self, environ: Mapping[str, str], platform: str) -> list[str]:
        """What it reads when it starts, as far as a line there counts for every use of it."""
        from weft.system.userdirs import home

        mine = home(environ, platform)
        if self.kind == "bash":
            # One of these for logins, the other one for windows of a desktop.
            logins = [os.path.join(mine, name) for name in _BASH_LOGINS]
            login = next((path for path in logins if os.path.isfile(path)), logins[0])
            return [login, os.path.join(mine, ".bashrc")]
        if self.kind == "zsh":
            return [os.path.join(environ.get("ZDOTDIR") or mine, ".zshenv")]
        configuration = environ.get("XDG_CONFIG_HOME") or os.path.join(mine, ".config")
        below = {
            "fish": (configuration, "fish/config.fish"),
            "nu": (configuration, "nushell/config.nu"),
            "powershell": (configuration, "powershell/profile.ps1"),
        }
        if self.kind in below:
            if platform == "win32":
                return []  # other places, and the registry has the path
            return [os.path.join(*below[self.kind])]
        names = {"ksh": (".profile", ".kshrc"), "csh": (".cshrc", ".login"), "sh": (".profile",)}
        return [os.path.join(mine, name) for name in names.get(self.kind, ())]


_BASH_LOGINS = (".bash_profile", ".bash_login", ".profile")


def _for_csh(directory: str) -> str:
    """Between its double quotes nothing can be escaped, between single ones little has to be."""
    if not any(letter in "\"\\$`!'" for letter in directory):
        return f'"{directory}:$PATH"'
    text = directory.replace("'", "'\\''").replace("!", "\\!")
    return f"'{text}'\":$PATH\""


def _escaped(text: str, more: str = "") -> str:
    """Harmless between double quotes."""
    return "".join("\\" + letter if letter in '\\"' + more else letter for letter in text)


def shell_of(environ: Mapping[str, str], platform: str) -> Shell | None:
    """The shell that somebody uses; None where nothing tells."""
    for variable, kind in _VERSIONS:
        if variable in environ:
            return Shell(kind)
    program = environ.get("SHELL")
    if program is not None:
        name = os.path.splitext(os.path.basename(program))[0]
        return Shell(_PROGRAMS[name]) if name in _PROGRAMS else None
    if platform == "win32":
        return Shell("cmd" if "PROMPT" in environ else "powershell")
    return None


def on_path(directory: str, environ: Mapping[str, str], platform: str) -> bool:
    """Whether programs in `directory` are found by name. A `~` in the path counts as the home."""
    wanted = _identity(directory)
    if wanted is None:
        return False
    from weft.system.userdirs import home

    for entry in environ.get("PATH", "").split(os.pathsep):
        if entry == "~" or entry.startswith("~" + os.sep):
            entry = home(environ, platform) + entry[1:]
        if entry == directory or (entry and _identity(entry) == wanted):
            return True
    return False


def _identity(path: str) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def warn_off_path(context: Context, directory: str, *, what: str, command: str) -> None:
    """Warn where `directory` is not on the path, with the command of the person's shell for it.

    `what` is like "installed tools", `command` is the one that changes the shell's files.
    """
    if on_path(directory, context.environ, context.platform):
        return
    from weft.core.events import Warned

    shell = shell_of(context.environ, context.platform)
    if shell is None:
        remedy = "add the directory to your PATH"
    else:
        remedy = f"run `{shell.command(directory)}`"
        if shell.files(context.environ, context.platform):
            remedy += f" or `{command}`"
    context.sink(Warned(f"`{directory}` is not on your PATH. To use {what}, {remedy}."))


def update_shell(context: Context, directory: str) -> int:
    """Have the person's shell put `directory` on the path from now on. Exit code 0.

    Raises WeftError where that cannot be done, or was done before without having helped yet.
    """
    from weft.core.events import Note

    environ, platform = context.environ, context.platform
    if on_path(directory, environ, platform):
        context.sink(Note(f"Executable directory {directory} is already in PATH"))
        return 0
    missing = f"The executable directory `{directory}` is not in PATH"
    shell = shell_of(environ, platform)
    if shell is None:
        raise WeftError(f"{missing}, but the current shell could not be determined")
    files = shell.files(environ, platform)
    if not files:
        raise WeftError(f"{missing}, but updating {shell.name} is currently unsupported")
    command = shell.command(directory)
    told = [_add(path, command) for path in files]
    for path, verb in zip(files, told, strict=True):
        if verb:
            context.sink(Note(f"{verb} configuration file: {path}"))
    if not any(told):
        raise WeftError(
            f"{missing}, but the {shell.name} configuration files are already up-to-date"
        )
    context.sink(Note("Restart your shell to apply changes"))
    return 0


def _add(path: str, command: str) -> str:
    """What was done to the file: "Created", "Updated", or nothing. A link stays a link."""
    from weft.system.files import make_directory, read_bytes, write_atomic

    before = read_bytes(path)
    line = os.fsencode(f"# weft\n{command}\n")
    if before is None:
        make_directory(os.path.dirname(path))
        write_atomic(path, line, mode=0o644)
        return "Created"
    if os.fsencode(command) in before:
        return ""
    place = os.path.realpath(path)
    mode = os.stat(place).st_mode & 0o7777
    write_atomic(place, before + b"\n" + line, mode=mode)
    return "Updated"
