"""A real shell at a terminal, with the completion of weft in it.

Owns bash, zsh and fish on a pseudo terminal: words are typed, Tab is pressed, and what the line has
become is read as the words that a program would get. Refuses to look at the screen.
"""

from __future__ import annotations

import os
import pty
import shutil
import signal
import time
from pathlib import Path

_START = {
    "bash": ["--noprofile", "--norc", "-i"],
    "zsh": ["-f", "-i"],
    "fish": ["--no-config", "-i"],
}
_SETUP = {
    "bash": "PS1='$ '; bind 'set bell-style none'; bind 'set enable-bracketed-paste off'\n"
    'eval "$(weft generate-shell-completion bash)"\n',
    "zsh": "PS1='$ '; bindkey -e; unsetopt zle_bracketed_paste beep; autoload -Uz compinit\n"
    "compinit -u -D\n"
    'eval "$(weft generate-shell-completion zsh)"\n',
    "fish": "weft generate-shell-completion fish | source\n",
}
_LIMIT = 30.0  # seconds


class Shell:
    """`name` is bash, zsh or fish; `bin` has the programs, `cwd` is where it runs."""

    def __init__(self, name: str, *, bin: Path, cwd: Path, environ: dict[str, str]) -> None:
        program = shutil.which(name)
        assert program is not None, f"{name} is needed"
        self.name = name
        self.kept = bin.parent / f"typed-{name}"
        tell = bin / "tell"
        tell.write_text(
            f"#!/bin/sh\nfor word; do printf '%s\\n' \"$word\"; done > {self.kept}.new\n"
            f"mv {self.kept}.new {self.kept}\n"
        )
        tell.chmod(0o755)
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            os.execve(program, [name, *_START[name]], {**environ, "TERM": "xterm"})
        os.set_blocking(self.terminal, False)
        self.seen = b""
        self.type(_SETUP[name] + "tell ready\n")
        assert self.told() == ["ready"]

    def type(self, text: str) -> None:
        os.write(self.terminal, text.encode())

    def told(self) -> list[str]:
        """The words that `tell` was called with, once it was."""
        limit = time.monotonic() + _LIMIT
        while not self.kept.exists():
            try:
                self.seen += os.read(self.terminal, 1 << 16)
            except BlockingIOError:
                time.sleep(0.01)
            assert time.monotonic() < limit, self.seen.decode(errors="replace")[-2000:]
        words = self.kept.read_text().splitlines()
        self.kept.unlink()
        return words

    def completed(self, line: str) -> list[str]:
        """The words of `line` after Tab was pressed at its end."""
        self.type(f"{line}\t")
        self.type("\x01tell \x05\n")
        return self.told()

    def close(self) -> None:
        """End the shell."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)
