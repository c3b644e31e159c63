"""The Python that is wanted where a command runs, in a project or not.

Owns the order for commands that work without a project too: what was asked for, a version file,
the `requires-python` of the project around. Refuses to look for interpreters.
Follows uv in order and wording; a project that cannot be read is a warning.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.core.specifier import Specifiers
    from weft.ops.context import Context
    from weft.ops.project_python import PythonNeeds
    from weft.project.discovery import Project
    from weft.python.interpreter import Interpreter


@value
class Allowance:
    """The Pythons that the project around allows; `whose` is "project" or "workspace"."""

    whose: str
    specifiers: Specifiers

    def allows(self, version: str) -> bool:
        """Whether an interpreter of this version may be used."""
        from weft.core.specifier import requires_python_allows

        return requires_python_allows(self.specifiers.text, version)


def wanted_python(context: Context, request: str | None) -> PythonNeeds:
    """What is asked for: `request`, or what a version file or the project says.

    What groups of a project ask for does not count. Raises WeftError for a version file that is no
    text, and for a workspace whose members contradict each other.
    """
    from weft.ops.project_groups import GroupChoice
    from weft.ops.project_python import PythonNeeds, python_needs
    from weft.ops.projects import start_directory
    from weft.ops.version_files import nearest_text

    project = project_around(context)
    if project is not None:
        none, start = GroupChoice(only=True), start_directory(context)
        return python_needs(context.changed(python=request), project, none, start=start)
    if request is None:
        request = nearest_text(context, start_directory(context))
    return PythonNeeds(request, "option", "", None, (), False)


def project_around(context: Context) -> Project | None:
    """The project here, None with `--no-project` and where there is none; warns of a broken one."""
    from weft.core.events import Warned
    from weft.ops.projects import ProjectMissing, open_project
    from weft.project.discovery import ProjectUnmanaged, TableMissing

    if context.settings.no_project:
        return None
    try:
        return open_project(context)
    except (ProjectMissing, ProjectUnmanaged, TableMissing):
        return None
    except WeftError as error:
        context.sink(Warned(error.message, error.hints, error.__cause__))
        return None


def warn_unless_allowed(context: Context, needs: PythonNeeds, found: Interpreter) -> None:
    """Say who does not allow the Python that was found."""
    from weft.core.events import Warned

    try:
        needs.check(found.version)
    except WeftError as error:
        context.sink(Warned(error.message))


def allowance(context: Context) -> Allowance | None:
    """What the members of the project around ask for; None without a project, or if they do not."""
    project = project_around(context)
    if project is None:
        return None
    from weft.ops.project_groups import GroupChoice
    from weft.ops.project_python import python_needs

    needs = python_needs(context.changed(python="any"), project, GroupChoice(only=True))
    if needs.allowed is None:
        return None
    whose = "workspace" if project.name is None else "project"
    return Allowance(whose, needs.allowed)
