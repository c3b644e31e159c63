"""Everything that the documentation tells people to type exists, and every link leads somewhere."""

from __future__ import annotations

import importlib.util
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.pages import DOCS
from tools import links
from weft.cli.parser import parse
from weft.core.errors import UsageError, WeftError

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(DOCS.rglob("*.md")), ROOT / "README.md"]
_SPAN = re.compile(r"`((?:[A-Z_]+=\S+ )*weftx? [^`]*)`")
_LINE = re.compile(r"^\s*(?:- run: |RUN )?((?:[A-Z_]+=\S+ )*weftx? .*)$", re.MULTILINE)
_PROMPT = re.compile(r"^\$ ((?:[A-Z_]+=\S+ )*weftx? .*)$", re.MULTILINE)
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_GENERATED = "<!-- Written by tools/"


def typed(text: str) -> Iterator[str]:
    """Command lines of weft in a page: in code blocks, and in code within sentences."""
    for language, block in _FENCE.findall(text):
        if language == "console":
            yield from _PROMPT.findall(block)
        elif language in ("sh", "", "yaml", "dockerfile"):
            yield from _LINE.findall(block)
    yield from _SPAN.findall(_FENCE.sub("", text))


def words(line: str) -> list[str]:
    """The words behind the program, without what belongs to the shell."""
    found = shlex.split(re.sub(r"\s#\s.*$| \\$", "", line).partition(" && ")[0])
    while "=" in found[0] and found[0].partition("=")[0].isupper():
        found.pop(0)
    for mark in (">", "|", "<"):
        if mark in found:
            found = found[: found.index(mark)]
    return [*(("tool", "run") if found[0] == "weftx" else ()), *found[1:]]


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if not page.read_text().startswith(_GENERATED)],
    ids=lambda page: page.name,
)
def test_the_commands_of_a_page_exist(page: Path) -> None:
    for line in typed(page.read_text()):
        try:
            invocation = parse(words(line), {})
        except UsageError as error:
            if "required arguments" in error.message or "requires a subcommand" in error.message:
                continue  # the command alone, as the subject of a sentence
            raise AssertionError(f"{page.name}: {line}: {error.message}") from None
        except WeftError as error:
            raise AssertionError(f"{page.name}: {line}: {error.message}") from None
        module = invocation.command.module
        room = "cli" if module == "help" else "ops"
        assert not module or importlib.util.find_spec(f"weft.{room}.{module}"), line


def test_links_of_pages_lead_somewhere_and_every_page_is_listed() -> None:
    assert list(links.broken_in_markdown(ROOT)) == []


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the documentation with the site that comes of it."""
    directory = tmp_path_factory.mktemp("project")
    shutil.copytree(DOCS, directory / "docs")
    shutil.copy(ROOT / "zensical.toml", directory)
    done = subprocess.run(
        [sys.executable, "-m", "zensical", "build", "--strict"], cwd=directory,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return directory


def test_the_links_of_the_site_lead_somewhere(project: Path) -> None:
    site = project / "site"
    assert list(links.broken_in_site(site)) == []
    pages = {path.relative_to(site).parent for path in site.rglob("index.html")}
    assert Path("guides/several-disks") in pages
    assert len(pages) == len(list((project / "docs").rglob("*.md")))


def test_the_site_loads_nothing_from_elsewhere(project: Path) -> None:
    loading = re.compile(r"<(?:script|img|link)[^>]+(?:src|href)=\"(?:https?:)?//[^\"]*\"")
    for page in (project / "site").rglob("*.html"):
        loaded = [
            each for each in loading.findall(page.read_text()) if 'rel="canonical"' not in each
        ]
        assert loaded == []


def test_bad_links_are_found(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (tmp_path / "zensical.toml").write_text(
        '[project]\nnav = [{ "One" = "index.md" }, { "More" = [{ "Two" = "two.md" }] }]\n'
    )
    (docs / "two.md").write_text("# Two\n\n## A heading with `code`\n")
    (docs / "index.md").write_text(
        "# One\n\n[a](gone.md) [b](two.md#no-such) [c](#one) [d](#two)\n"
        "[e](../README.md) `[f](code.md)` ![g](gone.svg) [h](two.md#a-heading-with-code)\n\n"
        "```\n[i](fenced.md)\n```\n"
    )
    (tmp_path / "README.md").write_text("[docs](docs/index.md#one) [no](docs/nothing.md)\n")
    (docs / "extra.md").write_text("# Nobody lists me\n")
    assert list(links.broken_in_markdown(tmp_path)) == [
        "docs/index.md: gone.md: no such file",
        "docs/index.md: two.md#no-such: no such heading",
        "docs/index.md: #two: no such heading",
        "docs/index.md: ../README.md: not a part of the site",
        "docs/index.md: gone.svg: no such file",
        "README.md: docs/nothing.md: no such file",
        "zensical.toml: extra.md: not in `nav`",
    ]


def test_bad_links_of_a_site_are_found(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "index.html").write_text('<h1 id="here"></h1><a href="../b.html#x">b</a>')
    (tmp_path / "b.html").write_text(
        '<a href="a/">a</a><a href="a/#here">a</a><a href="a/#there">a</a><img src="no.svg">'
        '<a href="https://example.org/x">elsewhere</a>'
    )
    assert list(links.broken_in_site(tmp_path)) == [
        "a/index.html: ../b.html#x: no such anchor",
        "b.html: a/#there: no such anchor",
        "b.html: no.svg: no such file",
    ]
