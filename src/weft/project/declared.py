"""What a project says about itself and its workspace, checked before anything is made of it.

Owns the sentence and the place for values that are only looked at much later, or never: a version,
globs, sets of conflicts, switches. Refuses to read files.
Follows what uv refuses to read, in its words where it has some.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.project.toml import TomlError, locate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.project.pyproject import Pyproject

    Place = tuple[str | int, ...]

_WORKSPACE = ("members", "exclude")
_KINDS = ("package", "extra", "group")


def check_declared(pyproject: Pyproject, text: str) -> None:
    """Raises PyprojectError, with a TomlError as its cause, for what is wrong in the file `text`
    that `pyproject` was read from."""
    try:
        _Checker(text).check(pyproject)
    except TomlError as error:
        from weft.project.pyproject import PyprojectError

        raise PyprojectError(pyproject.path) from error


class _Checker:
    """`text` is where a complaint points to."""

    def __init__(self, text: str) -> None:
        self.text = text

    def check(self, pyproject: Pyproject) -> None:
        self._project(pyproject.tables.get("project"))
        tools = pyproject.tables.get("tool")
        table = tools.get("uv") if isinstance(tools, dict) else None
        if not isinstance(table, dict):
            return
        where = ("tool", "uv")
        for key in ("managed", "package"):
            if not isinstance(table.get(key, True), bool):
                raise self._type((*where, key), table[key], "a boolean")
        if pyproject.workspace is not None:
            self._workspace((*where, "workspace"), table["workspace"])
        if "conflicts" in table:
            self._conflicts((*where, "conflicts"), table["conflicts"])
        told = table.get("default-groups", "all")
        is_list = isinstance(told, list) and all(isinstance(name, str) for name in told)
        if not is_list and told != "all":
            raise self._type(
                (*where, "default-groups"), told, 'the string "all" or a list of strings'
            )

    def _project(self, table: object) -> None:
        if not isinstance(table, dict):
            return
        if "version" in table:
            from weft.core.version import Version

            where = ("project", "version")
            if not isinstance(table["version"], str):
                raise self._type(where, table["version"], "a string")
            try:
                Version.parse(table["version"])
            except WeftError as error:
                raise self._wrong(where, error.message) from None
        if "requires-python" in table:
            from weft.core.specifier import Specifiers

            try:
                Specifiers.parse(table["requires-python"])
            except WeftError as error:
                raise self._wrong(("project", "requires-python"), error.message) from None

    def _workspace(self, where: Place, table: dict[str, list[str]]) -> None:
        for key, patterns in table.items():
            if key not in _WORKSPACE:
                reason = f"unknown field `{key}`, expected `members` or `exclude`"
                raise self._wrong((*where, key), reason, key=True)
            for number, pattern in enumerate(patterns):
                found = wrong_glob(pattern)
                if found is not None:
                    reason = f"Pattern syntax error near position {found[0]}: {found[1]}"
                    raise self._wrong((*where, key, number), reason)

    def _conflicts(self, where: Place, listed: object) -> None:
        if not isinstance(listed, list):
            raise self._type(where, listed, "a sequence")
        for number, items in enumerate(listed):
            here = (*where, number)
            if not isinstance(items, list):
                raise self._type(here, items, "a sequence")
            if len(items) < 2:
                count = "only one" if items else "none"
                reason = "Each set of conflicts must have at least two entries, but found "
                raise self._wrong(where, f"{reason}{count}")
            for place, item in enumerate(items):
                self._conflict((*here, place), item)

    def _conflict(self, where: Place, item: object) -> None:
        if not isinstance(item, dict):
            raise self._type(where, item, "a map")
        if not item:
            raise self._wrong(where, "Expected `package`, `extra` or `group` in conflicting entry")
        for key, name in item.items():
            if key not in _KINDS:
                raise self._wrong(
                    where, f"unknown field `{key}`, expected one of `package`, `extra`, `group`"
                )
            if not isinstance(name, str):
                raise self._type((*where, key), name, "a string")
            from weft.core.names import is_valid_name
            from weft.project.pyproject import invalid_name

            if not is_valid_name(name):
                raise self._wrong((*where, key), invalid_name(name))
        if "extra" in item and "group" in item:
            raise self._wrong(
                where, "Expected one of `extra` or `group` in conflicting entry, but found both"
            )

    def _type(self, place: Place, item: object, expected: str) -> TomlError:
        from weft.project.toml import described

        return self._wrong(place, f"invalid type: {described(item)}, expected {expected}")

    def _wrong(self, place: Place, reason: str, *, key: bool = False) -> TomlError:
        line, column, width = locate(self.text, place, key=key)
        return TomlError(reason, self.text, line=line, column=column, width=width)


def wrong_glob(pattern: str) -> tuple[int, str] | None:
    """The place (from 0) and the reason why `pattern` is no glob; None where it is one."""
    at = 0
    while at < len(pattern):
        start = at
        if pattern[at] == "*":
            while pattern[at : at + 1] == "*":
                at += 1
            if at - start > 2:
                return start + 2, "wildcards are either regular `*` or recursive `**`"
            begins = start == 0 or pattern[start - 1] == "/"
            ends = at == len(pattern) or pattern[at] == "/"
            if at - start == 2 and not (begins and ends):
                place = at if begins else max(start - 1, 0)
                return place, "recursive wildcards must form a single path component"
        elif pattern[at] == "[":
            negated = pattern[at + 1 : at + 2] == "!"
            end = pattern.find("]", at + 3 if negated else at + 2)
            if end < 0:
                return at, "invalid range pattern"
            at = end + 1
        else:
            at += 1
    return None
