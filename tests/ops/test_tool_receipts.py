"""Receipts of tools: what is written is read again, and what makes no sense is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.lock.uvmodel import UvRequirement, UvSource
from weft.ops.tool_receipts import (
    Entrypoint,
    ReceiptBroken,
    ToolReceipt,
    read_receipt,
    receipt_text,
    write_receipt,
)
from weft.ops.tool_requirements import line_of, requirement_of

UV = """\
[tool]
requirements = [
    { name = "httpie", extras = ["test"], specifier = "==3.2.4" },
    { name = "tomli", marker = "python_full_version < '3.13'" },
    { name = "edt", editable = "/home/jo/proj" },
    { name = "gtool", git = "https://example.com/gtool?subdirectory=a&rev=main" },
    { name = "cowsay", url = "https://example.com/cowsay-6.1-py3-none-any.whl" },
]
constraints = [{ name = "six", specifier = "<2" }]
overrides = [{ name = "six", specifier = ">1" }]
excludes = ["colorama"]
build-constraint-dependencies = [{ name = "hatchling" }]
python = "3.12"
entrypoints = [
    { name = "http", install-path = "/home/jo/.local/bin/http", from = "httpie" },
]

[tool.options]
index = [{ url = "https://example.com/simple", explicit = false, default = true }]
resolution = "highest"
config-settings = { a = "b" }
exclude-newer = "2026-01-02T00:00:00Z"
compile-bytecode = true
no-binary-package = ["six"]
"""


def test_a_receipt_of_uv_is_written_again_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "uv-receipt.toml").write_text(UV)
    receipt = read_receipt(str(tmp_path))
    assert receipt is not None
    assert receipt_text(receipt) == UV
    write_receipt(str(tmp_path), receipt)
    assert (tmp_path / "uv-receipt.toml").read_text() == UV
    assert not (tmp_path / "weft-receipt.toml").exists()


def test_requirements_are_lines_and_lines_are_requirements(tmp_path: Path) -> None:
    (tmp_path / "weft-receipt.toml").write_text(UV)
    receipt = read_receipt(str(tmp_path))
    assert receipt is not None
    lines = [line_of(each) for each in receipt.requirements]
    assert [line.requirement.text for line in lines if line.requirement] == [
        "httpie[test]==3.2.4",
        "tomli ; python_full_version < '3.13'",
        "edt @ file:///home/jo/proj",
        "gtool @ git+https://example.com/gtool@main#subdirectory=a",
        "cowsay @ https://example.com/cowsay-6.1-py3-none-any.whl",
    ]
    assert tuple(map(requirement_of, lines)) == receipt.requirements


def test_an_early_receipt_has_texts_of_pep_508(tmp_path: Path) -> None:
    (tmp_path / "uv-receipt.toml").write_text(
        '[tool]\nrequirements = ["black >=24", "six"]\nentrypoints = []\n'
    )
    receipt = read_receipt(str(tmp_path))
    assert receipt is not None
    assert receipt.requirements == (UvRequirement("black", specifier=">=24"), UvRequirement("six"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "missing field `tool`"),
        ("[tool]\n", "missing field `entrypoints`"),
        ("tool = 1\n", "invalid type"),
        ("[tool]\nrequirements = 1\nentrypoints = []\n", "invalid type"),
        ("[tool]\nrequirements = [{}]\nentrypoints = []\n", "missing field `name`"),
        ('[tool]\nrequirements = ["a b"]\nentrypoints = []\n', "Failed to parse"),
        ('[tool]\nentrypoints = [{ name = "a" }]\n', "missing field `install-path`"),
        ("[tool]\nentrypoints = []\noptions = 1\n", "invalid type"),
        ("[tool]\nrequirements = []\nentrypoints = []\n", "`requirements` is empty"),
        ("[tool\n", "TOML parse error"),
    ],
)
def test_nonsense_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "weft-receipt.toml"
    path.write_text(text)
    with pytest.raises(ReceiptBroken) as caught:
        read_receipt(str(tmp_path))
    assert reason in str(caught.value.__cause__)
    assert str(path) in caught.value.message


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "weft-receipt.toml").write_bytes(b"[tool]\nx = '\xff'\n")
    with pytest.raises(ReceiptBroken):
        read_receipt(str(tmp_path))


def test_no_receipt_is_none(tmp_path: Path) -> None:
    assert read_receipt(str(tmp_path)) is None
    assert read_receipt(str(tmp_path / "nowhere")) is None


TEXTS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=20)
SOURCES = st.builds(UvSource, st.sampled_from(("path", "directory", "editable")), TEXTS)
REQUIREMENTS = st.builds(
    UvRequirement,
    st.sampled_from(("black", "six")),
    st.sampled_from(((), ("d",), ("d", "jupyter"))),
    marker=st.sampled_from(("", "python_version < '3.13'")),
    source=st.none() | SOURCES,
)
OPTIONS = st.dictionaries(
    TEXTS.filter(bool),
    st.recursive(
        TEXTS | st.booleans() | st.integers(-(2**63), 2**63 - 1),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
        max_leaves=6,
    ),
    max_size=4,
)


@given(
    st.lists(REQUIREMENTS, min_size=1, max_size=3).map(tuple),
    st.lists(st.builds(Entrypoint, TEXTS, TEXTS, TEXTS), max_size=3).map(tuple),
    st.none() | TEXTS,
    OPTIONS,
)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory,
    requirements: tuple[UvRequirement, ...],
    entrypoints: tuple[Entrypoint, ...],
    python: str | None,
    options: dict[str, object],
) -> None:
    root = str(tmp_path_factory.mktemp("tool"))
    receipt = ToolReceipt(requirements, python=python, entrypoints=entrypoints, options=options)
    write_receipt(root, receipt)
    assert read_receipt(root) == receipt
