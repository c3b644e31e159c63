"""`[[tool.uv.index]]` under change."""

from __future__ import annotations

import pytest

from weft.project.edit import EditError
from weft.project.edit_index import IndexEntry, add_index

HEAD = '[project]\nname = "demo"\n'
ONE = '[[tool.uv.index]]\nname = "one"\nurl = "https://one.example/simple"\n'
TWO = '[[tool.uv.index]]\n# why two\nname = "two"\nurl = "https://two.example/simple"\n'


def test_the_first_index_goes_behind_everything() -> None:
    found = add_index(HEAD, IndexEntry("https://one.example/simple", "one"))
    assert found == HEAD + "\n" + ONE


def test_a_new_index_goes_before_those_that_are_there() -> None:
    text = f"{HEAD}\n[tool.uv]\npackage = false\n\n# ours\n{TWO}\n[tool.x]\n"
    found = add_index(text, IndexEntry("https://one.example/simple", "one"))
    assert found == f"{HEAD}\n[tool.uv]\npackage = false\n\n{ONE}\n# ours\n{TWO}\n[tool.x]\n"


def test_an_index_is_never_put_between_tables_that_belong_together() -> None:
    text = f"{HEAD}[tool.ruff]\nx = 1\n[tool.ruff.lint]\ny = 1\n[tool.black]\n"
    found = add_index(text, IndexEntry("https://one.example/simple", "one"))
    assert found == f"{HEAD}[tool.ruff]\nx = 1\n[tool.ruff.lint]\ny = 1\n\n{ONE}[tool.black]\n"


def test_an_index_with_that_name_gets_the_new_address_and_the_first_place() -> None:
    text = f"{HEAD}\n{ONE}\n# ours\n{TWO}explicit = true # yes\n\n[tool.x]\n"
    found = add_index(text, IndexEntry("https://other.example/", "two"))
    moved = TWO.replace("two.example/simple", "other.example/")
    assert found == f"{HEAD}\n# ours\n{moved}explicit = true # yes\n\n{ONE}\n[tool.x]\n"


def test_an_index_with_that_address_gets_the_name() -> None:
    text = f'{HEAD}\n[[tool.uv.index]]\nurl="https://One.example/simple/"\n'
    found = add_index(text, IndexEntry("https://one.example/simple", "one"))
    assert found == (f'{HEAD}\n[[tool.uv.index]]\nurl="https://one.example/simple"\nname = "one"\n')


def test_there_is_one_default() -> None:
    text = f"{HEAD}\n{ONE}default = true\n\n{TWO}"
    found = add_index(text, IndexEntry("https://new.example/", default=True))
    new = ONE.replace("https://one.example/simple", "https://new.example/")
    assert found == f"{HEAD}\n{new}default = true\n\n{TWO}"


def test_the_form_of_an_index_is_forgotten_with_its_address() -> None:
    text = f'{HEAD}\n{ONE}format = "flat"\n'
    assert add_index(text, IndexEntry("https://one.example/simple", "one")) == text
    found = add_index(text, IndexEntry("https://new.example/", "one"))
    assert found == f"{HEAD}\n{ONE}".replace("https://one.example/simple", "https://new.example/")


def test_a_last_index_without_line_break_can_go_first() -> None:
    text = f"{HEAD}\n{ONE}\n{TWO}"[:-1]
    found = add_index(text, IndexEntry("https://two.example/simple", "two"))
    assert found == f"{HEAD}\n{TWO}\n{ONE}"


def test_lines_that_end_as_on_windows_stay_so() -> None:
    text = f"{HEAD}\n{ONE}\n{TWO}".replace("\n", "\r\n")
    found = add_index(text, IndexEntry("https://new.example/", "new"))
    assert found.count("\n") == found.count("\r\n") == text.count("\n") + 4


def test_a_list_in_another_form_is_not_touched() -> None:
    with pytest.raises(EditError):
        add_index(f'{HEAD}[tool.uv]\nindex = [{{ url = "x" }}]\n', IndexEntry("https://x.example/"))
