"""What an audit found, as text, JSON and SARIF.

Owns the three forms. Refuses to find anything, and to print: texts come out without the newline at
their end. Follows uv for text and JSON, and SARIF 2.1.0
(https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html) as uv uses it.
"""

from __future__ import annotations

from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from weft.ops.audit_values import Status, Vulnerability


@value
class Audited:
    """The result for one lock or environment. `count` is how many packages were looked at.

    `place` names the lock or the directory, as a relative reference of a URI.
    """

    count: int
    vulnerabilities: tuple[Vulnerability, ...]
    statuses: tuple[Status, ...]
    place: str

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all was found."""
        return not (self.vulnerabilities or self.statuses)


def banner(audited: Audited) -> str:
    """The line that sums up: `Found 2 known vulnerabilities and no adverse … in 5 packages`."""
    known = len(audited.vulnerabilities)
    first = f"{known} known vulnerabilit{'y' if known == 1 else 'ies'}"
    adverse = len(audited.statuses)
    second = f"{adverse} adverse project status{'' if adverse == 1 else 'es'}"
    return (
        f"Found {first if known else 'no known vulnerabilities'} and "
        f"{second if adverse else 'no adverse project statuses'} in "
        f"{audited.count} package{'' if audited.count == 1 else 's'}"
    )


def text(audited: Audited) -> str:
    """The list of everything; empty where there is nothing."""
    lines: list[str] = []
    if audited.vulnerabilities:
        lines += ["", "Vulnerabilities:", ""]
        for dependency, found in _by_dependency(audited.vulnerabilities).items():
            name, version = dependency
            ending = "y" if len(found) == 1 else "ies"
            lines += [f"{name} {version} has {len(found)} known vulnerabilit{ending}:", ""]
            for each in found:
                lines += _told(each)
        lines.append("")
    if audited.statuses:
        lines += ["Adverse statuses:", ""] if lines else ["", "Adverse statuses:", ""]
        lines += [f"- {_status_text(each)}" for each in audited.statuses]
        return "\n".join(lines)
    return "\n".join(lines[:-1]) if lines else ""


def _told(each: Vulnerability) -> list[str]:
    lines = [f"- {each.shown}: {each.summary or 'No summary provided'}", ""]
    if each.fix_versions:
        lines += [f"  Fixed in: {', '.join(each.fix_versions)}", ""]
    else:
        lines += ["  No fix versions available", ""]
    return [*lines, f"  Advisory information: {each.link}", ""]


def _status_text(status: Status) -> str:
    from weft.ops.audit_values import plain

    reason = plain(status.reason or "")
    return f"{status.name} is {status.status}{f': {reason}' if reason else ''}"


def _by_dependency(
    found: Sequence[Vulnerability],
) -> dict[tuple[str, str], list[Vulnerability]]:
    groups: dict[tuple[str, str], list[Vulnerability]] = {}
    for each in found:
        key = (each.dependency.name, each.dependency.version)
        groups.setdefault(key, []).append(each)
    return groups


def json_document(audited: Audited) -> dict[str, Any]:
    """The document of `--output-format json`."""
    return {"schema": {"version": "preview"}, **json_body(audited)}


def json_body(audited: Audited) -> dict[str, Any]:
    """What it says about one lock."""
    found = _sorted(audited.vulnerabilities, by_shown=True)
    statuses = sorted(audited.statuses, key=lambda each: (each.name, each.status))
    return {
        "summary": {
            "audited_packages": audited.count,
            "vulnerabilities": len(found),
            "adverse_statuses": len(statuses),
        },
        "vulnerabilities": [
            {
                "dependency": {"name": each.dependency.name, "version": each.dependency.version},
                "id": each.identifier,
                "display_id": each.shown,
                "aliases": list(each.aliases),
                "summary": each.summary,
                "description": each.description,
                "link": each.link,
                "fix_versions": list(each.fix_versions),
                "published": each.published,
                "modified": each.modified,
            }
            for each in found
        ],
        "adverse_statuses": [
            {"name": each.name, "status": each.status, "reason": each.reason} for each in statuses
        ],
    }


def _sorted(found: Sequence[Vulnerability], *, by_shown: bool) -> list[Vulnerability]:
    from weft.core.version import version_key

    return sorted(
        found,
        key=lambda each: (
            each.dependency.name,
            version_key(each.dependency.version) or b"",  # what is installed may be no version
            each.dependency.version,
            each.shown if by_shown else each.identifier,
        ),
    )


def sarif(audits: Sequence[Audited]) -> dict[str, Any]:
    """The log of one run over all of these."""
    from weft import __version__

    rules: dict[str, dict[str, Any]] = {}
    results: list[dict[str, Any]] = []
    for audited in audits:
        for each in _sorted(audited.vulnerabilities, by_shown=True):
            rules.setdefault(each.identifier, _rule(each))
            results.append(_result(each, audited.place))
        for status in sorted(audited.statuses, key=lambda each: (each.name, each.status)):
            rule = _status_rule(status.status)
            rules.setdefault(rule["id"], rule)
            results.append(_status_result(status, audited.place))
    driver: dict[str, Any] = {"name": "weft"}
    if rules:
        driver["rules"] = [rules[key] for key in sorted(rules)]
    driver.update(semanticVersion=__version__, version=__version__)
    return {
        "$schema": (
            "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
        ),
        "runs": [
            {
                "invocations": [{"executionSuccessful": True}],
                "results": results,
                "tool": {"driver": driver},
            }
        ],
        "version": "2.1.0",
    }


def _rule(each: Vulnerability) -> dict[str, Any]:
    rule: dict[str, Any] = {}
    told = each.description or each.summary
    if told:
        rule["help"] = {"text": told}
    rule.update(
        helpUri=each.link,
        id=each.identifier,
        name=each.shown,
        properties={"tags": ["security", "vulnerability"]},
    )
    return rule


def _result(each: Vulnerability, place: str) -> dict[str, Any]:
    name, version = each.dependency.name, each.dependency.version
    summary = f": {each.summary}" if each.summary is not None else ""
    properties: dict[str, Any] = {
        "weft/aliases": list(each.aliases),
        "weft/displayId": each.shown,
        "weft/fixVersions": list(each.fix_versions),
        "weft/id": each.identifier,
    }
    if each.modified is not None:
        properties["weft/modified"] = each.modified
    properties["weft/package"] = name
    if each.published is not None:
        properties["weft/published"] = each.published
    properties["weft/version"] = version
    return {
        "kind": "fail",
        "level": "error",
        "locations": [_location(name, f"{name}@{version}", place)],
        "message": {"text": f"{name} {version} is vulnerable to {each.shown}{summary}"},
        "partialFingerprints": {"weft/vulnerability": f"{each.identifier}:{name}:{version}"},
        "properties": properties,
        "ruleId": each.identifier,
    }


_STATUS_HELP = {
    "archived": "The project is archived and is no longer maintained.",
    "deprecated": "The project is deprecated and may have been superseded by another project.",
    "quarantined": "The project is quarantined and is considered unsafe for use.",
}
_STATUS_PAGE = "https://packaging.python.org/en/latest/specifications/project-status-markers/#"


def _status_rule(status: str) -> dict[str, Any]:
    return {
        "help": {"text": _STATUS_HELP[status]},
        "helpUri": _STATUS_PAGE + status,
        "id": f"weft/project-status/{status}",
        "name": status,
        "properties": {"tags": ["package", "project-status"]},
    }


def _status_result(status: Status, place: str) -> dict[str, Any]:
    properties = {"weft/package": status.name}
    if status.reason:
        properties["weft/reason"] = status.reason
    properties["weft/status"] = status.status
    reason = f": {status.reason}" if status.reason else ""
    return {
        "kind": "fail",
        "level": "warning",
        "locations": [_location(status.name, status.name, place)],
        "message": {"text": f"{status.name} is {status.status}{reason}"},
        "partialFingerprints": {"weft/project-status": f"{status.name}:{status.status}"},
        "properties": properties,
        "ruleId": f"weft/project-status/{status.status}",
    }


def _location(name: str, full: str, place: str) -> dict[str, Any]:
    return {
        "logicalLocations": [{"fullyQualifiedName": full, "kind": "package", "name": name}],
        "physicalLocation": {
            "artifactLocation": {"uri": place},
            "region": {"startLine": 1},
        },
    }
