"""METADATA and entry points as three back ends write them.

Owns one writer for each of hatchling 1.33, flit_core 4.2 and uv_build 0.13: the same fields, in the
same order and spelling. Refuses projects that are not plain (`direct_editable_project`).
Follows the core metadata and entry points specifications.
"""

from __future__ import annotations

from weft.core.names import normalize_name
from weft.fetch.direct_editable_project import demand

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from weft.fetch.direct_editable_project import Dependency, People, PlainProject, Points

    Field = tuple[str, str]


def hatchling_metadata(project: PlainProject, license_files: Iterable[str]) -> str:
    """Core metadata 2.5: dependencies, extras, keywords and classifiers sorted."""
    _demand_text(project)
    fields = _head("2.5", project)
    fields += [("Project-URL", f"{label}, {url}") for label, url in project.urls]
    fields += _people("Author", project.authors)
    fields += _people("Maintainer", project.maintainers)
    kind, text = project.license
    if kind:
        fields.append(("License-Expression" if kind == "expression" else "License", text))
    fields += [("License-File", name) for name in license_files]
    if project.keywords:
        fields.append(("Keywords", ",".join(sorted(project.keywords))))
    fields += [("Classifier", text) for text in sorted(project.classifiers, key=_with_numbers)]
    if project.requires_python:
        fields.append(("Requires-Python", _sorted_specifiers(project.requires_python)))
    shown = {_hatchling_requirement(each) for each in project.dependencies}
    fields += [("Requires-Dist", text) for text in sorted(shown)]
    for extra, dependencies in project.extras:
        fields.append(("Provides-Extra", extra))
        for text in sorted({_hatchling_requirement(each) for each in dependencies}):
            fields.append(("Requires-Dist", _hatchling_extra(text, extra)))
    return _text(fields, project)


def flit_metadata(project: PlainProject, license_files: Iterable[str], module: str) -> str:
    """Core metadata 2.5: requirements as written, URLs sorted by label."""
    demand(project.description)
    _demand_text(project)
    fields = _head("2.5", project)
    if project.keywords is not None:
        fields.append(("Keywords", ",".join(project.keywords)))
    fields += _people("Author", project.authors)
    fields += _people("Maintainer", project.maintainers)
    if project.requires_python_raw:
        fields.append(("Requires-Python", project.requires_python_raw))
    if project.readme:
        fields.append(("Description-Content-Type", project.content_type))
    kind, text = project.license
    if kind == "expression":
        fields.append(("License-Expression", text))
    fields += [("Classifier", text) for text in project.classifiers]
    fields += [("License-File", name) for name in license_files]
    fields += [("Requires-Dist", _flit_requirement(each.raw)) for each in project.dependencies]
    for extra, dependencies in project.extras:
        for each in dependencies:
            fields.append(("Requires-Dist", _flit_requirement(_flit_extra(each.raw, extra))))
    fields += [("Project-URL", f"{label}, {url}") for label, url in sorted(project.urls)]
    fields += [("Provides-Extra", extra) for extra, _ in project.extras]
    fields.append(("Import-Name", module))
    body = f"\n{project.readme}\n" if project.readme else ""
    return _lines(fields) + body


def uv_metadata(project: PlainProject) -> str:
    """Core metadata 2.3, or 2.4 with a license by the newer rules."""
    kind, text = project.license
    license_files = project.license_files
    newer = kind == "expression" or license_files is not None
    fields = _head("2.4" if newer else "2.3", project)
    if project.keywords is not None:
        fields.append(("Keywords", ",".join(project.keywords)))
    fields += _uv_people("Author", project.authors)
    if kind:
        fields.append(("License-Expression" if kind == "expression" else "License", text))
    fields += [("License-File", name) for name in license_files or ()]
    fields += [("Classifier", text) for text in project.classifiers]
    fields += [("Requires-Dist", _uv_requirement(each, "")) for each in project.dependencies]
    for extra, dependencies in project.extras:
        fields += [("Requires-Dist", _uv_requirement(each, extra)) for each in dependencies]
    fields += _uv_people("Maintainer", project.maintainers)
    if project.requires_python:
        fields.append(("Requires-Python", ", ".join(_by_version(project.requires_python))))
    fields += [("Project-URL", f"{label}, {url}") for label, url in project.urls]
    fields += [("Provides-Extra", extra) for extra, _ in project.extras]
    return _text(fields, project)


def entry_points(project: PlainProject, *, equals: str = " = ", by_name: bool = False) -> str:
    """The content of `entry_points.txt`, each group with an empty line behind it.

    Scripts come first, or with `by_name` every group in its place in the alphabet.
    """
    groups = [("console_scripts", project.scripts), ("gui_scripts", project.gui_scripts)]
    groups = [(name, points) for name, points in groups if points]
    groups += project.entry_points
    if by_name:
        groups.sort(key=lambda group: group[0])
    return "".join([_group(name, points, equals) for name, points in groups])


def _group(name: str, points: Points, equals: str) -> str:
    lines = [f"{point}{equals}{reference}\n" for point, reference in points]
    return f"[{name}]\n{''.join(lines)}\n"


def _head(version: str, project: PlainProject) -> list[Field]:
    fields = [
        ("Metadata-Version", version),
        ("Name", project.name),
        ("Version", project.version),
    ]
    if project.description:
        fields.append(("Summary", project.description))
    return fields


def _text(fields: list[Field], project: PlainProject) -> str:
    if not project.content_type:
        return _lines(fields)
    return _lines([*fields, ("Description-Content-Type", project.content_type)]) + (
        f"\n{project.readme}"
    )


def _demand_text(project: PlainProject) -> None:
    """A readme with nothing in it is for back ends to interpret."""
    demand(project.readme.strip() or not project.content_type)


def _lines(fields: Iterable[Field]) -> str:
    return "".join([f"{name}: {text}\n" for name, text in fields])


def _people(field: str, people: People) -> list[Field]:
    """Names without address in one field, addresses with or without name in another."""
    names = [name for name, email in people if not email]
    emails = [f"{_quoted(name)} <{email}>" if name else email for name, email in people if email]
    found = [(field, ", ".join(names)), (f"{field}-email", ", ".join(emails))]
    return [(name, text) for name, text in found if text]


def _quoted(name: str) -> str:
    """A display name as RFC 5322 wants it; a dot is the only special character of plain names."""
    return f'"{name}"' if "." in name else name


def _uv_people(field: str, people: People) -> list[Field]:
    names = [name for name, _ in people if name]
    emails = [f"{name} <{email}>" if name else email for name, email in people if email]
    found = [(field, ", ".join(names)), (f"{field}-email", ", ".join(emails))]
    return [(name, text) for name, text in found if text]


def _with_numbers(text: str) -> list[tuple[str, int]]:
    """A key that sorts `3.10` behind `3.9`."""
    import re

    return [(word, int(digits or -1)) for word, digits in re.findall(r"(\D*)(\d*)", text)]


def _sorted_specifiers(specifiers: Iterable[tuple[str, str]]) -> str:
    return ",".join(sorted([operator + version for operator, version in specifiers]))


def _by_version(specifiers: Iterable[tuple[str, str]]) -> list[str]:
    """Ascending by version; two of one version would have an order that is not told here."""
    rows = [
        ([int(number) for number in version.removesuffix(".*").split(".")], operator + version)
        for operator, version in specifiers
    ]
    for numbers, _ in rows:
        while numbers and not numbers[-1]:
            numbers.pop()
    demand(len({tuple(numbers) for numbers, _ in rows}) == len(rows))
    return [text for _, text in sorted(rows)]


def _hatchling_requirement(each: Dependency) -> str:
    extras = ",".join(sorted({str(normalize_name(extra)) for extra in each.extras}))
    text = str(normalize_name(each.name))
    text += f"[{extras}]" if extras else ""
    text += _sorted_specifiers(each.specifiers)
    if each.marker:
        variable, operator, compared = each.marker
        text += f"; {variable} {operator} '{compared}'"
    return text


def _hatchling_extra(requirement: str, extra: str) -> str:
    text, semicolon, marker = requirement.partition("; ")
    if semicolon:
        return f"{text}; ({marker}) and extra == '{extra}'"
    return f"{text}; extra == '{extra}'"


def _flit_requirement(raw: str) -> str:
    """As written but for the extras behind the name."""
    before, bracket, rest = raw.partition("[")
    if not bracket or ";" in before:
        return raw
    extras, _, after = rest.partition("]")
    names = ", ".join([str(normalize_name(extra.strip())) for extra in extras.split(",")])
    return f"{before}[{names}]{after}"


def _flit_extra(raw: str, extra: str) -> str:
    text, semicolon, marker = raw.partition(";")
    condition = f'extra == "{extra}"'
    return f"{text} ; {condition} and ({marker})" if semicolon else f"{text} ; {condition}"


def _uv_requirement(each: Dependency, extra: str) -> str:
    extras = ",".join([str(normalize_name(name)) for name in each.extras])
    text = str(normalize_name(each.name))
    text += f"[{extras}]" if extras else ""
    text += ",".join(_by_version(each.specifiers))
    conditions = [_uv_marker(each.marker)] if each.marker else []
    if extra:
        conditions.append(f"extra == '{extra}'")
    return f"{text} ; {' and '.join(conditions)}" if conditions else text


def _uv_marker(marker: tuple[str, ...]) -> str:
    variable, operator, compared = marker
    if variable == "python_version":
        demand(operator in (">=", "<") and compared.count(".") == 1 and compared[:2] == "3.")
        demand(compared[2:].isdecimal() and compared[2:] == str(int(compared[2:])))
        variable = "python_full_version"
    else:  # uv rewrites some comparisons of other variables into these
        demand(operator in ("==", "!=") and variable in ("os_name", "sys_platform"))
    return f"{variable} {operator} '{compared}'"
