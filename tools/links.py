"""Check the links of the documentation: files, anchors, pictures, and the site's table of contents.

Owns two ways to look: at the Markdown that people read in the repository, and at the site that was
built from it (`--site DIRECTORY`). Refuses the network: addresses of other servers are not asked.
Prints one line for each link that leads nowhere; the exit code is 1 if there is one.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from markdown.extensions.toc import slugify, unique

ROOT = Path(__file__).resolve().parents[1]
OUTSIDE = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "news/README.md")

_FENCE = re.compile(r"^( *)(```+|~~~+).*?^\1\2`*~* *$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)")
_LINK = re.compile(r"\]\(\s*<?([^)\s>]*)>?(?:\s+\"[^\"]*\")?\s*\)")
_ATTRIBUTE = re.compile(r"\b(?:src|href)=\"([^\"]*)\"")
_HEADING = re.compile(r"^#{1,6} +(.*?)(?: *\{#([\w-]+)\})? *#* *$", re.MULTILINE)
_MARKUP = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|[`*]")


def without_code(text: str) -> str:
    """The same with code made blank, in which nothing is a link or a heading."""
    text = _FENCE.sub("", text)
    return _CODE.sub(lambda found: re.sub(r"[\[\]()#]", " ", found[0]), text)


def anchors(text: str) -> set[str]:
    """The names that headings get on the site."""
    used: set[str] = set()
    for heading, chosen in _HEADING.findall(_FENCE.sub("", text)):
        plain = _MARKUP.sub(lambda found: found[1] or "", heading)
        unique(chosen or slugify(plain, "-"), used)  # it adds the name to `used`
    return used


def links(text: str) -> Iterator[str]:
    """What a page links to, and the pictures that it shows."""
    plain = without_code(text)
    for pattern in (_LINK, _ATTRIBUTE):
        yield from pattern.findall(plain)


def broken_in_markdown(root: Path) -> Iterator[str]:
    """`page: target: reason` for each bad link of the pages below `root`."""
    docs = root / "docs"
    pages = [*sorted(docs.rglob("*.md")), *(root / name for name in OUTSIDE)]
    for page in pages:
        if not page.exists():
            continue
        for target in links(page.read_text()):
            reason = _why_not(page, target, docs)
            if reason:
                yield f"{page.relative_to(root)}: {target}: {reason}"
    yield from _unlisted(root, docs)


def _why_not(page: Path, target: str, docs: Path) -> str:
    parts = urlsplit(target)
    if parts.scheme or parts.netloc:
        return "" if parts.scheme in ("https", "mailto") else "neither https nor relative"
    there = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if not there.exists():
        return "no such file"
    if docs in page.parents and docs not in there.parents:
        return "not a part of the site"
    if (
        parts.fragment
        and there.suffix == ".md"
        and parts.fragment not in anchors(there.read_text())
    ):
        return "no such heading"
    return ""


def _unlisted(root: Path, docs: Path) -> Iterator[str]:
    """Pages that the table of contents lacks, and the other way round."""
    config = tomllib.loads((root / "zensical.toml").read_text())["project"]
    listed = list(_paths(config["nav"]))
    there = {str(page.relative_to(docs)) for page in docs.rglob("*.md")}
    for name in sorted(there.difference(listed)):
        yield f"zensical.toml: {name}: not in `nav`"
    for name in sorted(set(listed) - there):
        yield f"zensical.toml: {name}: no such page"
    for name in sorted({name for name in listed if listed.count(name) > 1}):
        yield f"zensical.toml: {name}: twice in `nav`"


def _paths(entry: object) -> Iterator[str]:
    if isinstance(entry, str):
        yield entry
    else:
        for each in entry.values() if isinstance(entry, dict) else entry:  # type: ignore[attr-defined]
            yield from _paths(each)


class _Page(HTMLParser):
    """The names and the links of one page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.targets: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, text in attributes:
            if name in ("id", "name") and text:
                self.names.add(text)
            elif name in ("href", "src") and text:
                self.targets.append(text)


def broken_in_site(site: Path) -> Iterator[str]:
    """The same for a site that was built, with everything that its templates link to."""
    pages = {path: _Page(path.read_text()) for path in sorted(site.rglob("*.html"))}
    for path, page in pages.items():
        for target in page.targets:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            base = site if parts.path.startswith("/") else path.parent
            there = (base / unquote(parts.path).lstrip("/")).resolve() if parts.path else path
            if there.is_dir():
                there /= "index.html"
            if not there.exists():
                yield f"{path.relative_to(site)}: {target}: no such file"
            elif parts.fragment and there in pages and parts.fragment not in pages[there].names:
                yield f"{path.relative_to(site)}: {target}: no such anchor"


def main(words: list[str]) -> int:
    """Check the repository, or with `--site DIRECTORY` a built site."""
    if words[:1] == ["--site"]:
        found = list(broken_in_site(Path(words[1]).resolve()))
    else:
        found = list(broken_in_markdown(ROOT))
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
