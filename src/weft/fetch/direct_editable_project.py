"""The `[project]` table of a project that is plain enough to be installed without its back end.

Owns the checks that make it so, and the value that results. Refuses everything whose meaning a
back end may decide in its own way: dynamic fields, unusual spellings, patterns, links. Whatever is
not plain is no error: the back end builds it, and says what is wrong where something is.
Follows the pyproject.toml specification (PEP 621, PEP 639).
"""

from __future__ import annotations

import stat

from weft.core.value import value
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    People = tuple[tuple[str, str], ...]
    Points = tuple[tuple[str, str], ...]

_FIELDS = frozenset((
    "name", "version", "description", "readme", "requires-python", "license", "license-files",
    "authors", "maintainers", "keywords", "classifiers", "urls", "scripts", "gui-scripts",
    "entry-points", "dependencies", "optional-dependencies", "dynamic",
))  # fmt: skip
# Identifiers of https://spdx.org/licenses/ in their spelling there. Others are left to back ends.
_LICENSES = frozenset((
    "0BSD", "AGPL-3.0-only", "AGPL-3.0-or-later", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause",
    "BSL-1.0", "CC0-1.0", "EUPL-1.2", "GPL-2.0-only", "GPL-2.0-or-later", "GPL-3.0-only",
    "GPL-3.0-or-later", "ISC", "LGPL-2.1-only", "LGPL-2.1-or-later", "LGPL-3.0-only",
    "LGPL-3.0-or-later", "MIT", "MIT-0", "MPL-2.0", "PSF-2.0", "Unlicense", "Zlib",
))  # fmt: skip
_FAMILIES = frozenset((
    "Development Status", "Environment", "Framework", "Intended Audience", "License",
    "Natural Language", "Operating System", "Programming Language", "Topic", "Typing",
))  # fmt: skip
_MARKERS = frozenset((
    "implementation_name", "os_name", "platform_machine", "platform_python_implementation",
    "platform_system", "python_version", "sys_platform",
))  # fmt: skip
_CONTENT_TYPES = {".md": "text/markdown", ".rst": "text/x-rst", ".txt": "text/plain"}
_LARGEST = 10_000_000  # of a file that is read, in bytes


class NotPlainError(Exception):
    """The back end has to be asked. Never leaves this room."""


@value
class Dependency:
    """A requirement without URL. `raw` is as written, `name` and `extras` are too.

    `specifiers` are (operator, version). `marker` is empty or one comparison (variable, operator,
    text).
    """

    raw: str
    name: str
    extras: tuple[str, ...]
    specifiers: tuple[tuple[str, str], ...]
    marker: tuple[str, ...] = ()


@value
class PlainProject:
    """Everything as written, in the order of the table; absent texts are empty.

    `license_files` is None where back ends look for the usual names. `license` is (kind, text),
    the kind one of `expression`, `text` and "".
    """

    name: str
    version: str
    description: str
    readme: str
    content_type: str
    requires_python: tuple[tuple[str, str], ...]
    requires_python_raw: str
    license: tuple[str, str]
    license_files: tuple[str, ...] | None
    authors: People
    maintainers: People
    keywords: tuple[str, ...] | None
    classifiers: tuple[str, ...]
    urls: Points
    scripts: Points
    gui_scripts: Points
    entry_points: tuple[tuple[str, Points], ...]
    dependencies: tuple[Dependency, ...]
    extras: tuple[tuple[str, tuple[Dependency, ...]], ...]


def read_project(table: Mapping[str, Any], tree: str) -> PlainProject:
    """The table as a value. Raises NotPlainError."""
    from weft.core.names import is_valid_name

    demand(not set(table) - _FIELDS and not table.get("dynamic"))
    name, version = text_of(table.get("name")), text_of(table.get("version"))
    demand(is_valid_name(name) and _is_plain_version(version))
    readme, content_type = _readme(table, tree)
    raw_python = text_of(table.get("requires-python", "")) if "requires-python" in table else ""
    license_files = table.get("license-files")
    return PlainProject(
        name=name,
        version=version,
        description=text_of(table["description"]) if "description" in table else "",
        readme=readme,
        content_type=content_type,
        requires_python=_specifiers(raw_python) if "requires-python" in table else (),
        requires_python_raw=raw_python,
        license=_license(table),
        license_files=None if license_files is None else _license_files(license_files, tree),
        authors=_people(table, "authors"),
        maintainers=_people(table, "maintainers"),
        keywords=_texts(table, "keywords", without=",;") if "keywords" in table else None,
        classifiers=_classifiers(table),
        urls=_urls(table),
        scripts=_points(table, "scripts", callable_only=True),
        gui_scripts=_points(table, "gui-scripts", callable_only=True),
        entry_points=_groups(table),
        dependencies=_dependencies(table.get("dependencies", [])),
        extras=_extras(table, name),
    )


def demand(condition: object) -> None:
    """Raise NotPlainError unless it holds."""
    if not condition:
        raise NotPlainError


def text_of(found: object) -> str:
    """A text of one line that is not empty and has no space at its ends."""
    demand(isinstance(found, str) and found and found.isprintable() and found == found.strip())
    return str(found)


def read_plain_file(path: str) -> bytes:
    """The content of a regular file that no link leads to."""
    try:
        found = os.lstat(path)
        demand(stat.S_ISREG(found.st_mode) and found.st_size <= _LARGEST)
        with open(path, "rb") as stream:
            return stream.read()
    except OSError:
        raise NotPlainError from None


def usual_license_files(tree: str) -> tuple[str, ...]:
    """The names at the top of the tree that back ends take for licenses, ascending."""
    names = []
    for entry in os.scandir(tree):
        if entry.name.startswith(("LICENSE", "LICENCE", "COPYING", "NOTICE", "AUTHORS")):
            demand(not entry.is_symlink() and entry.name.isascii())
            if entry.is_file():
                names.append(entry.name)
    return tuple(sorted(names))


def _is_plain_version(text: str) -> bool:
    """In normal form, without epoch and local part."""
    from weft.core.version import Version, VersionError

    try:
        return Version.parse(text).text == text and not {"+", "!"} & set(text)
    except VersionError:
        return False


def _readme(table: Mapping[str, Any], tree: str) -> tuple[str, str]:
    found = table.get("readme")
    if found is None:
        return "", ""
    if isinstance(found, str):
        content_type = _CONTENT_TYPES.get(os.path.splitext(found)[1])
        name: object = found
    else:
        demand(isinstance(found, dict) and set(found) == {"file", "content-type"})
        content_type, name = found["content-type"], found["file"]
    demand(content_type in _CONTENT_TYPES.values() and isinstance(name, str))
    path = str(name)
    demand("/" not in path and "\\" not in path and path.isascii() and path.isprintable())
    data = read_plain_file(os.path.join(tree, path))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise NotPlainError from None
    demand("\r" not in text and "\0" not in text and not text.startswith("\ufeff"))
    return text, str(content_type)


def _license(table: Mapping[str, Any]) -> tuple[str, str]:
    found = table.get("license")
    if found is None:
        return "", ""
    if isinstance(found, str):
        words = text_of(found).split(" ")
        demand(_LICENSES.issuperset(words[::2]) and {"OR", "AND"}.issuperset(words[1::2]))
        demand(len(words) % 2 and len({*words[1::2]}) < 2)
        demand(not any(text.startswith("License ::") for text in table.get("classifiers", ())))
        return "expression", found
    demand(isinstance(found, dict) and set(found) == {"text"} and "license-files" not in table)
    return "text", text_of(found["text"])


def _license_files(found: object, tree: str) -> tuple[str, ...]:
    """File names at the top of the tree, all there."""
    names = _list_of_texts(found)
    for name in names:
        demand(name.isascii() and all(letter.isalnum() or letter in "._-" for letter in name))
        demand(not name.startswith("."))
        try:
            read_plain_file(os.path.join(tree, name)).decode("utf-8")
        except UnicodeDecodeError:
            raise NotPlainError from None
    return tuple(sorted(names))


def _people(table: Mapping[str, Any], field: str) -> People:
    people = []
    for entry in _list(table.get(field, [])):
        demand(isinstance(entry, dict) and entry and not set(entry) - {"name", "email"})
        name = text_of(entry["name"]) if "name" in entry else ""
        email = text_of(entry["email"]) if "email" in entry else ""
        demand(all(letter.isalnum() or letter in " -'." for letter in name) and "  " not in name)
        demand(not email or _is_email(email))
        people.append((name, email))
    return tuple(people)


def _is_email(text: str) -> bool:
    local, _, domain = text.partition("@")
    return text.isascii() and all(
        part and all(letter.isalnum() or letter in extra for letter in part)
        for whole, extra in ((local, "_-+"), (domain, "-"))
        for part in whole.split(".")
    )


def _texts(table: Mapping[str, Any], field: str, *, without: str = "") -> tuple[str, ...]:
    found = _list_of_texts(table.get(field, []))
    demand(not any(mark in text for text in found for mark in without))
    return found


def _classifiers(table: Mapping[str, Any]) -> tuple[str, ...]:
    """Of the families that everybody uses; whether one is registered only back ends know."""
    found = _texts(table, "classifiers")
    demand(all(text.split(" :: ")[0] in _FAMILIES and text.isascii() for text in found))
    demand(all(part.strip() for text in found for part in text.split("::")))
    return found


def _list(found: object) -> list[Any]:
    if not isinstance(found, list):
        raise NotPlainError
    return found


def _list_of_texts(found: object) -> tuple[str, ...]:
    """Without repetitions."""
    texts = tuple(text_of(text) for text in _list(found))
    demand(len(set(texts)) == len(texts))
    return texts


def _table(found: object) -> dict[str, Any]:
    """A table that has entries."""
    if not isinstance(found, dict) or not found:
        raise NotPlainError
    return found


def _urls(table: Mapping[str, Any]) -> Points:
    if "urls" not in table:
        return ()
    rows = [(text_of(label), text_of(url)) for label, url in _table(table["urls"]).items()]
    demand(all("," not in label and len(label) <= 32 for label, _ in rows))
    return tuple(rows)


def _points(table: Mapping[str, Any], field: str, *, callable_only: bool) -> Points:
    """(name, object reference), ascending; each back end sorts them."""
    if field not in table:
        return ()
    rows = []
    for name, reference in sorted(_table(table[field]).items()):
        demand(_is_word(name, "._-") and name.strip("."))
        module, colon, attribute = text_of(reference).partition(":")
        demand(_is_dotted(module) and (_is_dotted(attribute) if colon else not callable_only))
        rows.append((name, reference))
    return tuple(rows)


def _groups(table: Mapping[str, Any]) -> tuple[tuple[str, Points], ...]:
    if "entry-points" not in table:
        return ()
    groups = _table(table["entry-points"])
    demand(not {"console_scripts", "gui_scripts", "gui-scripts"} & set(groups))
    demand(all(_is_word(group, "._") and group[0] != "." for group in groups))
    return tuple((group, _points(groups, group, callable_only=False)) for group in sorted(groups))


def _is_word(text: str, extra: str) -> bool:
    return (
        text.isascii() and all(letter.isalnum() or letter in extra for letter in text) and text > ""
    )


def _is_dotted(text: str) -> bool:
    return text.isascii() and all(part.isidentifier() for part in text.split("."))


def _extras(table: Mapping[str, Any], name: str) -> tuple[tuple[str, tuple[Dependency, ...]], ...]:
    """(normalized name, dependencies) ascending. Extras that name other extras are not plain."""
    from weft.core.names import is_valid_name, normalize_name

    found = table.get("optional-dependencies", {})
    demand(isinstance(found, dict))
    rows = []
    for extra, entries in found.items():
        demand(is_valid_name(extra))
        dependencies = _dependencies(entries)
        demand(all(normalize_name(each.name) != normalize_name(name) for each in dependencies))
        rows.append((str(normalize_name(extra)), dependencies))
    demand(len({extra for extra, _ in rows}) == len(rows))
    return tuple(sorted(rows, key=lambda row: row[0]))


def _dependencies(found: object) -> tuple[Dependency, ...]:
    return tuple(_dependency(text) for text in _list_of_texts(found))


def _dependency(raw: str) -> Dependency:
    import re

    matched = re.fullmatch(
        r"([A-Za-z0-9][A-Za-z0-9._-]*) *(?:\[([A-Za-z0-9._, -]*)\])? *([<>=!~0-9A-Za-z.*+, ]*)"
        r"(?:; *([a-z_]+) *(==|!=|<=|>=|<|>) *(['\"])([A-Za-z0-9._-]+)\6)?",
        raw,
    )
    if matched is None:
        raise NotPlainError
    name, extras, specifiers, variable, operator, _, compared = matched.groups()
    from weft.core.names import is_valid_name

    asked = tuple([extra.strip() for extra in (extras or "").split(",")]) if extras else ()
    demand(is_valid_name(name) and all(map(is_valid_name, asked)) and extras != "")
    marker = () if variable is None else (variable, operator, compared)
    demand(not marker or marker[0] in _MARKERS)
    return Dependency(raw, name, asked, _specifiers(specifiers), marker)


def _specifiers(text: str) -> tuple[tuple[str, str], ...]:
    """(operator, version) as written; only numbers with dots, `.*` behind `==` and `!=`."""
    import re

    if not text.strip():
        return ()
    rows = []
    for part in text.split(","):
        matched = re.fullmatch(r" *(==|!=|<=|>=|~=|<|>) *([0-9]+(?:\.[0-9]+)*)(\.\*)? *", part)
        if matched is None:
            raise NotPlainError
        operator, version, any_below = matched.groups()
        demand(not any_below or operator in ("==", "!="))
        demand(operator != "~=" or "." in version)
        demand(all(number == str(int(number)) for number in version.split(".")))
        rows.append((operator, version + (any_below or "")))
    demand(len(set(rows)) == len(rows))
    return tuple(rows)
