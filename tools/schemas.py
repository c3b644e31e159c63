"""JSON Schemas, and the page about them, out of the facts in `tools/documents.py`.

Owns the two long forms: JSON Schema (2020-12) in `docs/reference/schemas`, and the page
`docs/reference/json.md`. `tools/reference.py` writes both.
"""

from __future__ import annotations

import json
from typing import Any

from documents import DOCUMENTS, Map, Nullable, OneOf


def schema(name: str) -> dict[str, Any]:
    """The JSON Schema of the document `name`. More fields may come; those of today stay."""
    found = DOCUMENTS[name]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": found.words,
        "description": found.told,
        **_schema_of(found.type),
    }


def _schema_of(kind: Any) -> dict[str, Any]:
    if isinstance(kind, str):
        if kind == "any":
            return {}
        return {"type": [kind[:-1], "null"]} if kind.endswith("?") else {"type": kind}
    if isinstance(kind, tuple):
        return {"enum": list(kind)}
    if isinstance(kind, list):
        return {"type": "array", "items": _schema_of(kind[0])}
    if isinstance(kind, Map):
        return {"type": "object", "additionalProperties": _schema_of(kind.values)}
    if isinstance(kind, OneOf):
        return {"oneOf": [_schema_of(each) for each in kind.types]}
    if isinstance(kind, Nullable):
        return {"anyOf": [_schema_of(kind.type), {"type": "null"}]}
    return {
        "type": "object",
        "properties": {
            name.rstrip("?"): {"description": told, **_schema_of(below)}
            for name, (below, told) in kind.items()
        },
        "required": [name for name in kind if not name.endswith("?")],
    }


def schema_text(name: str) -> str:
    """The file of a schema."""
    return json.dumps(schema(name), indent=2) + "\n"


def file_name(name: str) -> str:
    """`pip-list.json`."""
    return f"{name.replace(' ', '-')}.json"


def page() -> str:
    """`docs/reference/json.md`."""
    parts = [
        "<!-- Written by tools/reference.py; change tools/documents.py instead. -->\n",
        "# JSON output\n",
        "Results for other programs go to stdout as JSON, also with `-q`; everything else goes to "
        "stderr. Each form has a JSON Schema, which the title of its section leads to. Fields may "
        "be added; those that are here stay, with their types, except where `schema` says "
        "`preview`. `weft export --format cyclonedx1.5` and the SARIF of `weft audit` follow the "
        "standards of these names.\n",
    ]
    for name, found in DOCUMENTS.items():
        parts.append(f"## {name}\n")
        parts.append(f"`{found.words}` ([schema](schemas/{file_name(name)})): {found.told}\n")
        parts += ["| field | type | what |", "|---|---|---|"]
        parts += [f"| `{path}` | {kind} | {told} |" for path, kind, told in _rows(found.type, "")]
        parts.append("")
    return "\n".join(parts)


def _rows(kind: Any, path: str) -> list[tuple[str, str, str]]:
    """Path, type and meaning of every field below."""
    if isinstance(kind, list):
        return _rows(kind[0], f"{path}[]")
    if isinstance(kind, Nullable):
        return _rows(kind.type, path)
    if isinstance(kind, Map):
        return _rows(kind.values, f"{path}.<{kind.key}>".lstrip("."))
    if isinstance(kind, OneOf):
        return [row for each in kind.types for row in _rows(each, path)]
    if not isinstance(kind, dict):
        return []
    found = []
    for name, (below, told) in kind.items():
        here = f"{path}.{name.rstrip('?')}".lstrip(".")
        shown = _shown(below) + (", may be missing" if name.endswith("?") else "")
        found += [(here, shown, told), *_rows(below, here)]
    return found


def _shown(kind: Any) -> str:
    if isinstance(kind, str):
        return f"{kind[:-1]} or null" if kind.endswith("?") else kind
    if isinstance(kind, tuple):
        return ", ".join(f"`{each}`" for each in kind)
    if isinstance(kind, list):
        return f"array of {_shown(kind[0])}"
    if isinstance(kind, Nullable):
        return f"{_shown(kind.type)} or null"
    if isinstance(kind, OneOf):
        return " or ".join(dict.fromkeys(_shown(each) for each in kind.types))
    return "object"
