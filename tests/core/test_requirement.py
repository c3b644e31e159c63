"""Requirements: the words and carets of errors, the normal form, leniency, packing."""

from __future__ import annotations

import marshal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as Oracle

from tests.core.requirement_errors import ERRORS
from tests.core.strategies import marker_texts, specifier_texts
from weft.core.marker import Marker
from weft.core.requirement import Requirement, RequirementError, pack, unpack
from weft.core.specifier import ANY, Specifiers

NAMES = st.sampled_from(["a", "A.b", "foo_bar", "x--y", "Z9", "1a"])
EXTRAS = st.sampled_from(["", "[a]", " [ a , B_c ] ", "[]"])


@pytest.mark.parametrize(("text", "reason", "column", "carets"), ERRORS, ids=lambda item: str(item))
def test_an_error_says_what_and_where(text: str, reason: str, column: int, carets: int) -> None:
    with pytest.raises(RequirementError) as caught:
        Requirement.parse(text)
    error = caught.value
    assert error.message == f"Failed to parse: `{text}`"
    assert error.detail.message == f"{reason}\n{text}\n{' ' * column}{'^' * carets}"
    assert error.__cause__ is error.detail
    assert error.exit_code == 2


@given(NAMES, EXTRAS, specifier_texts(), marker_texts)
def test_parsing_agrees_with_packaging(
    name: str, extras: str, specifiers: str, marker: str
) -> None:
    text = f"{name}{extras}{specifiers}; {marker}"
    try:
        oracle = Oracle(text)
    except InvalidRequirement:
        with pytest.raises(RequirementError):
            Requirement.parse(text)
        return
    mine = Requirement.parse(text)
    assert Oracle(mine.name) == Oracle(name.lower().replace("_", "-").replace(".", "-")) or (
        mine.name == "x-y"
    )
    assert {extra.lower().replace("_", "-") for extra in oracle.extras} == set(mine.extras)
    assert mine.specifiers == Specifiers.parse(specifiers)
    assert mine.marker == Marker.parse(marker)
    assert Requirement.parse(mine.text) == mine
    assert unpack(marshal.loads(marshal.dumps(pack(mine)))) == mine


@given(st.text(alphabet="ab1._-[](),;@<>=!~ '\"*#é\t", max_size=25))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    for parse in (Requirement.parse, Requirement.parse_lenient):
        try:
            found = parse(text)
        except RequirementError as error:
            assert error.detail.text == text
            assert 0 <= error.detail.position <= len(text)
        else:
            if found.url is None:
                assert Requirement.parse(found.text) == found


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("Foo.Bar_baz", "foo-bar-baz"),
        (" foo ", "foo"),
        ("foo [ B_a,a ]", "foo[b-a,a]"),
        ("foo[a,A]", "foo[a]"),
        ("foo[]", "foo"),
        ("foo (>=1.0, <2)", "foo>=1.0,<2"),
        ("foo<2,>=1.0", "foo>=1.0,<2"),
        ("foo>=1.0,", "foo>=1.0"),
        ("foo >= 1 ; os_name=='nt'", "foo>=1 ; os_name == 'nt'"),
        ("foo; '3' > '4'", "foo"),
        ("foo@https://e.org/x.zip", "foo @ https://e.org/x.zip"),
        ("foo @ https://e.org/x.zip ; os_name=='a'", "foo @ https://e.org/x.zip ; os_name == 'a'"),
        ("foo @ https://e.org/x.zip; os_name=='a'", "foo @ https://e.org/x.zip ; os_name == 'a'"),
        ("foo @ https://e.org/x.zip;v=1", "foo @ https://e.org/x.zip;v=1"),
        ("foo @ https://e.org/x.zip#egg=a", "foo @ https://e.org/x.zip#egg=a"),
        ("foo @ https://e.org/x.zip # why", "foo @ https://e.org/x.zip"),
        ("foo @ /a dir/x.zip ; os_name=='a'", "foo @ /a dir/x.zip ; os_name == 'a'"),
        ("foo[a] @ git+ssh://git@e.org/x@v1", "foo[a] @ git+ssh://git@e.org/x@v1"),
        ("foo==1.0.*;os_name=='a'", "foo==1.0.* ; os_name == 'a'"),
        ("foo===1.0", "foo===1.0"),
    ],
)
def test_the_normal_form(text: str, normal: str) -> None:
    requirement = Requirement.parse(text)
    assert requirement.text == normal == str(requirement)
    assert Requirement.parse(normal) == requirement
    assert unpack(marshal.loads(marshal.dumps(pack(requirement)))) == requirement


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("foo (>=1.0.*)", "foo>=1.0"),
        ("foo >=1.0 <2", "foo>=1.0,<2"),
        ("foo>=1.0!=1.5.*", "foo>=1.0,!=1.5.*"),
        ("foo ()", "foo"),
        ("foo (>='1.0')", "foo>=1.0"),
        ("foo (>=1.0,)", "foo>=1.0"),
        ("foo>=2.*,<3 ; extra == 'x'", "foo>=2,<3 ; extra == 'x'"),
        ("foo '>=1'; python_version >= \"3.7\"", "foo>=1 ; python_version >= '3.7'"),
        ("'foo' >=1'", "foo>=1"),
        ("foo>dev", "foo>0.0.0.dev0"),
    ],
)
def test_published_requirements_are_mended(text: str, normal: str) -> None:
    assert Requirement.parse_lenient(text).text == normal


@pytest.mark.parametrize("text", ["", "foo bar", "foo[", "foo; nonsense", "foo >= a"])
def test_leniency_ends_somewhere(text: str) -> None:
    with pytest.raises(RequirementError):
        Requirement.parse_lenient(text)


def test_unpacking_takes_the_ranges_as_they_are() -> None:
    packed = ("a", (), ">=not parsed", ((b"x", b"y"),), None, None)
    assert unpack(packed).specifiers.ranges == ((b"x", b"y"),)
    assert unpack(("a", (), "", (), None, None)).specifiers is ANY


def test_carets_count_terminal_columns() -> None:
    with pytest.raises(RequirementError) as caught:
        Requirement.parse("foo; os_name == '日本' x")
    assert caught.value.detail.underline == " " * 23 + "^"
