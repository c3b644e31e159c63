"""Who has a program, and what to say where the one that is wanted is not where it was expected.

Owns the look through an environment, and the sentences. Refuses to run programs, and to know how a
package says which it has (`ops.tool_links`). Follows uv's wording.
"""

from __future__ import annotations

from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.python.interpreter import Interpreter


@value
class Providers:
    """Who has the program `name` in an environment.

    `project` is the package that it was expected of, `own` the programs of that one, and `others`
    are the packages that have the program, by normal name. `command` is how weft was called.
    """

    command: str
    name: str
    project: str
    own: tuple[str, ...]
    others: tuple[str, ...]

    @property
    def is_nobodys(self) -> bool:
        """Whether no package has the program."""
        return not self.others

    @property
    def is_strange(self) -> bool:
        """Whether the package that it was expected of has not got it."""
        return self.project not in self.others

    @property
    def text(self) -> str:
        """What there is to say."""
        if self.is_nobodys:
            return self._absent()
        start = f"An executable named `{self.name}` is not provided by package `{self.project}`"
        if len(self.others) == 1:
            return (
                f"{start} but is available via the dependency `{self.others[0]}`. Consider using "
                f"`{self.command} --from {self.others[0]} {self.name}` instead."
            )
        listed = "".join(f"\n- {name}" for name in self.others)
        return (
            f"{start} but is available via the following dependencies:{listed}\n"
            f"Consider using `{self.command} --from PKG {self.name}` instead."
        )

    def _absent(self) -> str:
        if not self.own:
            return f"Package `{self.project}` does not provide any executables."
        lines = [
            f"An executable named `{self.name}` is not provided by package `{self.project}`.",
            "The following executables are available:",
            *(f"- {name}" for name in self.own),
        ]
        if self.name == self.project:
            choice = self.own[0] if len(self.own) == 1 else "<EXECUTABLE-NAME>"
            lines += ["", f"Use `{self.command} --from {self.project} {choice}` instead."]
        else:
            lines += self._meant()
        return "\n".join([*lines, ""])

    def _meant(self) -> list[str]:
        """The program that is spelled nearly like that, where there are several."""
        if len(self.own) == 1:
            return []
        from weft.core.spelling import nearest

        close = nearest(self.name, self.own)
        if not close:
            return []
        return ["", f"Did you mean `{self.command} --from {self.project} {close[0]}`?"]


def providers(interpreter: Interpreter, name: str, *, project: str, command: str) -> Providers:
    """Who has the program `name` in the environment of `interpreter`."""
    from weft.ops.tool_links import executables
    from weft.python.installed import scan
    from weft.system.lean import os

    scripts = os.path.normpath(interpreter.schemes["scripts"])
    own: tuple[str, ...] = ()
    others = []
    for dist in scan(interpreter.package_directories):
        names = tuple(executables(dist, scripts))
        if dist.name == project:
            own = names
        if name in names or f"{name}.exe" in names:
            others.append(str(dist.name))
    return Providers(command, name, project, own, tuple(others))
