"""Edits of awkward files: what uv writes, or for a reason something else."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.project.awkward import CASES
from weft.core.requirement import Requirement
from weft.core.value import replace
from weft.project.edit import DEV, DEV_GROUP, PRODUCTION, Edit, EditError, Target

UV = os.path.join(os.path.dirname(sys.executable), "uv")
HEAD = '[project]\nname = "demo"\nversion = "0.1.0"\nrequires-python = ">=3.11"\n'
ONE_BLANK = {"remove what is there twice", "remove with its source"}


def edited(text: str, command: str, words: tuple[str, ...]) -> str:
    """What our editor makes of a case."""
    edit = Edit(text)
    given = iter(words)
    target: Target | None = PRODUCTION
    for word in given:
        if word == "--dev":
            target = None
        elif word == "--group":
            target = Target("group", next(given))
        elif word == "--optional":
            target = Target("extra", next(given))
        elif command == "remove":
            for each in (DEV, DEV_GROUP) if target is None else (target,):
                edit.remove(word, each)
        else:
            add(edit, word, target)
    return edit.text


def add(edit: Edit, word: str, target: Target | None = PRODUCTION) -> None:
    """As `weft add WORD` does for a URL or an index."""
    requirement = Requirement.parse(word)
    source = f'{{ url = "{requirement.url}" }}' if requirement.url else ""
    requirement = replace(requirement, url=None)
    edit.add(requirement, target or edit.development_target(requirement.name), source=source)


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_an_awkward_file_becomes_what_uv_makes_of_it(
    case: tuple[str, str, str, tuple[str, ...]], tmp_path: Path
) -> None:
    name, text, command, words = case
    file = tmp_path / "pyproject.toml"
    file.write_text(text)
    (tmp_path / ".venv").mkdir()
    environ = {"PATH": os.environ["PATH"], "UV_PYTHON": sys.executable, "HOME": str(tmp_path)}
    subprocess.run(
        [UV, command, "--frozen", "--offline", "--no-config", *words],
        cwd=tmp_path,
        env=environ,
        check=True,
        capture_output=True,
    )
    expected = file.read_text()
    if name in ONE_BLANK:  # what stood behind the first comma is no indentation
        expected = expected.replace('[\n "', '[\n    "')
    assert edited(text, command, words) == expected


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_lines_that_end_as_on_windows_stay_so(
    case: tuple[str, str, str, tuple[str, ...]],
) -> None:
    _, text, command, words = case
    there = edited(text.replace("\n", "\r\n"), command, words)
    assert there == edited(text, command, words).replace("\n", "\r\n")


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_nothing_but_the_lists_and_sources_changes(
    case: tuple[str, str, str, tuple[str, ...]],
) -> None:
    _, text, command, words = case
    before, after = tomllib.loads(text), tomllib.loads(edited(text, command, words))
    for table in (before, after):
        project = table["project"]
        for key in ("dependencies", "optional-dependencies"):
            project.pop(key, None)
        table.pop("dependency-groups", None)
        uv = table.setdefault("tool", {}).setdefault("uv", {})
        for key in ("sources", "dev-dependencies"):
            uv.pop(key, None)
    assert after == before
    comments = [line[line.index("#") :] for line in text.split("\n") if " #" in line]
    kept = edited(text, command, words)
    gone = [comment for comment in comments if comment not in kept]
    if "source" in case[0]:  # those of a source go with it
        gone = [comment for comment in gone if comment not in ("# a", "# c", "# about a")]
    assert gone == []


def listed(*lines: str) -> str:
    return HEAD + "\n".join(("dependencies = [", *lines, "]", ""))


def test_a_comment_above_an_entry_stays_with_it() -> None:
    before = listed('  "a", # why a', "  # about c", '  "c",')
    after = listed('  "a", # why a', '  "b",', "  # about c", '  "c",')
    assert edited(before, "add", ("b",)) == after


def test_empty_lines_between_groups_of_entries_stay() -> None:
    before = listed('  "a",', "", "  # web", '  "c",', "", "  # more", '  "d",')
    after = listed('  "a",', '  "b",', "", "  # web", '  "c",', "", "  # more", '  "d",')
    assert edited(before, "add", ("b",)) == after


def test_a_comment_behind_the_last_entry_stays_there_when_it_gets_a_comma() -> None:
    before = listed('    "a",', '    "b" # why b')
    after = listed('    "a",', '    "b", # why b', '    "c",')
    assert edited(before, "add", ("c",)) == after


def test_blanks_inside_of_a_line_are_no_indentation() -> None:
    text = HEAD + 'dependencies = [ "a", "b" ]\n'
    assert edited(text, "add", ("c",)) == listed('    "a",', '    "b",', '    "c",')


def test_lines_keep_the_indentation_of_the_first_that_stays() -> None:
    text = HEAD + 'dependencies = ["a",\n  "b",\n  "c"]\n'
    assert edited(text, "remove", "a") == listed('  "b",', '  "c",')
    text = HEAD + 'dependencies = [\n  "a", "b",\n  "c"]\n'
    assert edited(text, "remove", "a") == listed('  "b",', '  "c",')
    text = HEAD + "dependencies = [\n  # none yet\n]\n"
    assert edited(text, "add", ("b",)) == listed("  # none yet", '  "b",')


def test_a_file_without_a_last_line_break_does_not_get_one() -> None:
    text = HEAD + 'dependencies = ["a"]'
    assert edited(text, "add", ("b",)) == listed('    "a",', '    "b",')[:-1]


def test_a_table_behind_the_last_line_begins_on_a_line_of_its_own() -> None:
    text = HEAD + 'dependencies = ["a"]'
    assert edited(text, "add", ("--group", "x", "b")) == (
        text + '\n\n[dependency-groups]\nx = [\n    "b",\n]\n'
    )


def test_a_marker_with_both_kinds_of_quotes_stays_a_marker() -> None:
    text = HEAD + "dependencies = []\n"
    word = 'a ; platform_version == "it\'s"'
    (found,) = tomllib.loads(edited(text, "add", (word,)))["project"]["dependencies"]
    assert Requirement.parse(found) == Requirement.parse(word)


def test_keys_of_a_table_in_dotted_form_stay_in_that_form() -> None:
    text = 'project.name = "demo"\nproject.version = "1"\n\n[tool.x]\ny = 1\n'
    after = 'project.name = "demo"\nproject.version = "1"\nproject.dependencies = [\n    "a",\n]\n'
    assert edited(text, "add", ("a",)) == after + "\n[tool.x]\ny = 1\n"


def test_a_source_in_a_table_of_its_own_goes_with_the_table() -> None:
    text = HEAD + 'dependencies = ["a", "c"]\n[tool.uv.sources.c]\npath = "c"\n[tool.z]\n'
    after = HEAD + 'dependencies = [\n    "a",\n]\n[tool.z]\n'
    assert edited(text, "remove", ("c",)) == after


def test_sources_by_marker_go_together() -> None:
    tables = "".join(
        f"[[tool.uv.sources.c]]\npath = '{name}'\nmarker = \"os_name == '{name}'\"\n"
        for name in ("x", "y")
    )
    text = f'{HEAD}dependencies = ["c"]\n{tables}[tool.z]\n'
    assert edited(text, "remove", ("c",)) == HEAD + "dependencies = []\n[tool.z]\n"


def test_the_same_source_again_changes_nothing() -> None:
    text = listed('    "c",') + '\n[tool.uv.sources]\nc = { url = "https://x.example/c.zip" } # c\n'
    assert edited(text, "add", ("c @ https://x.example/c.zip",)) == text


def test_several_entries_with_one_marker_cannot_be_updated() -> None:
    edit = Edit(HEAD + 'dependencies = ["a>1", "a<3"]\n')
    with pytest.raises(EditError) as caught:
        add(edit, "a>2")
    assert caught.value.message == (
        "Cannot perform ambiguous update; found multiple entries for `a`:\n- `a>1`\n- `a<3`"
    )


@pytest.mark.parametrize(
    ("text", "word", "message"),
    [
        (HEAD + 'dependencies = "a"\n', "b", "Dependencies"),
        (HEAD + "[tool]\nuv = {}\n", "c @ https://x.example/c.zip", "Sources"),
        (HEAD + "[tool.uv]\nsources = {}\n", "c @ https://x.example/c.zip", "Sources"),
    ],
)
def test_what_cannot_be_changed_is_said(text: str, word: str, message: str) -> None:
    with pytest.raises(EditError) as caught:
        add(Edit(text), word)
    assert caught.value.message == f"{message} in `pyproject.toml` are malformed"


def test_a_version_is_set_where_it_stands() -> None:
    edit = Edit("[project]\nname = \"a\"\nversion   =  '1.0'  # ours\n")
    edit.set_version("2.0")
    assert edit.text == '[project]\nname = "a"\nversion   =  "2.0"  # ours\n'


def test_a_missing_version_goes_to_the_end_of_its_table() -> None:
    edit = Edit('[project]\nname = "a"\n\n[project.scripts]\nx = "y:z"\n')
    edit.set_version("2.0")
    assert edit.text == ('[project]\nname = "a"\nversion = "2.0"\n\n[project.scripts]\nx = "y:z"\n')


def test_specifiers_go_before_the_marker() -> None:
    edit = Edit(HEAD)
    change = edit.add(Requirement.parse("a[x] ; os_name == 'nt'"), PRODUCTION)
    edit.set_specifiers(change, ">=1,<2")
    assert edit.text == HEAD + "dependencies = [\n    \"a[x]>=1,<2 ; os_name == 'nt'\",\n]\n"


def test_specifiers_replace_those_of_the_same_command() -> None:
    edit = Edit(HEAD)
    first = edit.add(Requirement.parse("a[x]"), PRODUCTION)
    edit.add(Requirement.parse("a>=1"), PRODUCTION)
    edit.set_specifiers(first, ">=2,<3")
    assert edit.text == HEAD + 'dependencies = [\n    "a[x]>=2,<3",\n]\n'


NAMES = st.text("abcdefgh", min_size=1, max_size=3)


@given(names=st.lists(NAMES, unique=True, max_size=8), new=NAMES, order=st.booleans())
def test_what_is_added_and_removed_again_leaves_the_rest(
    names: list[str], new: str, order: bool
) -> None:
    names = sorted(names) if order else names
    lines = [f'    "{name}", # {name}' for name in names if name != new]
    text = listed(*lines) if lines else HEAD + "dependencies = []\n"
    edit = Edit(text)
    add(edit, new)
    found = tomllib.loads(edit.text)["project"]["dependencies"]
    assert sorted(found) == sorted({*names, new})
    if order:
        assert found == sorted(found)
    edit.remove(new, PRODUCTION)
    assert edit.text == text
