"""Where keys and values stand in a document, and which documents matter."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.ops.settings_files import may_matter
from weft.ops.settings_toml import TomlError, parse, wrong_key, wrong_value
from weft.project.workspace import matches

bare = st.text("abcAB019-_", min_size=1, max_size=5)
strings = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=8)


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


scalars = st.one_of(
    st.integers(-99, 99).map(str),
    st.booleans().map(lambda value: str(value).lower()),
    strings.map(quoted),
    st.text("ab c#]},=", max_size=6).map(lambda text: f"'{text}'"),
    st.text('a"b\n#]', max_size=6).map(lambda text: f"'''{text}'''"),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: "[ " + " ,\n ".join(items) + " ]"),
        st.dictionaries(bare, inner, max_size=3).map(
            lambda items: "{" + ", ".join(f"{key} = {item}" for key, item in items.items()) + "}"
        ),
    ),
    max_leaves=6,
)


@given(st.dictionaries(bare, values, min_size=1, max_size=4), st.lists(bare, max_size=2), st.data())
def test_every_value_is_found_where_it_stands(
    pairs: dict[str, str], table: list[str], data: st.DataObject
) -> None:
    header = f"[ {' . '.join(table)} ] # {{\n" if table else ""
    text = header + "".join(f"{key} = {item}  # ]\n\n" for key, item in pairs.items())
    here: object = tomllib.loads(text)
    path: tuple[str | int, ...] = ()
    for name in table:
        assert isinstance(here, dict)
        path, here = (*path, name), here[name]
    while isinstance(here, dict | list) and here:
        step = data.draw(
            st.sampled_from(list(here) if isinstance(here, dict) else range(len(here)))
        )
        path, here = (*path, step), here[step]  # type: ignore[call-overload]
    error = wrong_value(text, path, "reason")
    lines = text.splitlines(keepends=True)
    offset = sum(map(len, text.split("\n")[: error.line - 1])) + error.line - 1 + error.column - 1
    assert lines and tomllib_reads(text, offset, here)


def tomllib_reads(text: str, offset: int, expected: object) -> bool:
    """Whether some piece of `text` from `offset` on is the value."""
    for end in range(offset + 1, len(text) + 1):
        try:
            if tomllib.loads(f"x = {text[offset:end]}")["x"] == expected:
                return True
        except tomllib.TOMLDecodeError:
            continue
    return False


def test_the_message_shows_line_and_carets() -> None:
    text = "a = 1\n[tool.x]\n  key = [1, 'two']\n"
    error = wrong_value(text, ("tool", "x", "key", 1), "no")
    assert error.message == (
        "TOML parse error at line 3, column 13\n  |\n3 |   key = [1, 'two']\n"
        "  |             ^^^^^\nno"
    )
    assert wrong_key(text, ("tool", "x", "key"), "no").column == 3


def test_arrays_of_tables_are_told_apart() -> None:
    text = '[[index]]\nurl = "a"\n[[index]]\nurl = "b"\n[index.sub]\nx = 1\n'
    assert wrong_value(text, ("index", 1, "url"), "").line == 4
    assert wrong_value(text, ("index", 1, "sub", "x"), "").line == 6
    assert wrong_value(text, ("index", 0), "").line == 1


def test_a_key_that_is_missing_points_at_its_table() -> None:
    assert wrong_value("[a]\nb = 1\n", ("a", "nope"), "").line == 1


@pytest.mark.parametrize(
    ("text", "line", "column", "reason"),
    [
        ("a = [\n", 1, 6, "unclosed array, expected `]`"),
        ("a = [1\n", 1, 7, "unclosed array, expected `]`"),
        ("a = 1\na = 2\n", 2, 1, "duplicate key"),
        ("offline\n", 1, 8, "key with no value, expected `=`"),
        ("a == 1\n", 1, 4, "a value is missing or not valid"),
        ("a = {b = 1\n", 1, 11, "unclosed inline table, expected `}`"),
        ("a = 1 2\n", 1, 7, "unexpected text, expected a newline"),
    ],
)
def test_a_document_that_is_no_toml_says_where(
    text: str, line: int, column: int, reason: str
) -> None:
    with pytest.raises(TomlError) as caught:
        parse(text)
    assert (caught.value.line, caught.value.column, caught.value.reason) == (line, column, reason)
    assert caught.value.__cause__ is None


@given(st.text("tol.uvwef[]\"' =\n{}x,\t\\#"))
def test_no_document_with_a_table_of_ours_is_skipped(text: str) -> None:
    try:
        tool = tomllib.loads(text).get("tool")
    except tomllib.TOMLDecodeError:
        return
    if isinstance(tool, dict) and ("uv" in tool or "weft" in tool):
        assert may_matter(text.encode())


spelled = st.sampled_from(["{}", '"{}"', "'{}'"])
blank = st.sampled_from(["", " ", "\t", "  "])


@given(spelled, spelled, blank, blank, st.sampled_from(["uv", "weft"]), st.integers(0, 6))
def test_every_way_to_write_the_table_is_seen(
    first: str, second: str, before: str, after: str, name: str, form: int
) -> None:
    tool, key = first.format("tool"), second.format(name)
    forms = [
        "[{b}{t}{b}.{a}{k}{a}]\nx = 1\n",
        "[{t}{a}.{b}{k}.pip]\n",
        "[[{t}{b}.{a}{k}{b}.index]]\nurl='x'",
        "[{b}{t}{a}]\n{k}{b}={{x=1}}\n",
        "{t}{b}.{a}{k}.x = 1\n",
        "{t}{a}={b}{{{k} = {{}}}}\n",
        "[{t}] # c\n  {k}.x{a}= 1\n",
    ]
    text = forms[form].format(t=tool, k=key, b=before, a=after)
    assert name in tomllib.loads(text)["tool"]
    assert may_matter(text.encode())


def test_an_escaped_key_is_seen() -> None:
    text = '[tool."\\u0075v"]\noffline = true\n'
    assert "uv" in tomllib.loads(text)["tool"]
    assert may_matter(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        '[project]\nname = "x"\ndependencies = ["uvicorn", "uv-build"]\n',
        '[project]\nname = "weft"\n[project.scripts]\nweft = "weft.cli:run"\n[tool.ruff]\nx=1\n',
        '[build-system]\nrequires = ["uv_build"]\n[tool.mypy]\npackages = ["weft"]\n',
    ],
)
def test_documents_that_only_mention_us_are_not_parsed(text: str) -> None:
    assert may_matter(text.encode()) is False


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("packages/*", "packages/a", True),
        ("packages/*", "packages/a/b", False),
        ("packages/**", "packages/a/b", True),
        ("**/b", "packages/a/b", True),
        ("a", "b", False),
        ("a/b", "a", False),
        ("p[ab]?", "pax", True),
    ],
)
def test_members_are_globs(pattern: str, path: str, fits: bool) -> None:
    assert matches(pattern.split("/"), path.split("/")) is fits
