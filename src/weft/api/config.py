"""What a call knows of the world besides its own parameters.

Owns `Config`, and its translation into the words of a command line, which are checked like those
that people type. Refuses to read settings files and variables: `weft.ops.settings` does.
"""

from __future__ import annotations

from weft.core.value import value
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Literal

    LinkMode = Literal["auto", "clone", "hardlink", "symlink", "copy"]


@value
class Config:
    """Where a call works, and with what. Everything has a default; None leaves it to settings.

    `directory` is where relative paths start and settings files are looked for: by default the
    working directory of the process. `cache_dir` is the home of the cache. `default_index` takes
    the place of the public index, `indexes` are searched before it, `find_links` beside them.
    With `offline` no network is used. Without `settings_files` no `weft.toml`, `uv.toml` or
    `pyproject.toml` is asked for settings; what a project says about its own resolution counts
    all the same. `environ` are the variables: those of the process where it is None, none at all
    where it is empty.
    """

    directory: str | os.PathLike[str] | None = None
    cache_dir: str | os.PathLike[str] | None = None
    default_index: str | None = None
    indexes: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    offline: bool | None = None
    link_mode: LinkMode | None = None
    settings_files: bool = True
    environ: Mapping[str, str] | None = None

    @property
    def cwd(self) -> str:
        """The directory, absolute."""
        return os.path.abspath(self.directory) if self.directory is not None else os.getcwd()

    @property
    def variables(self) -> dict[str, str]:
        """The variables, in a copy."""
        return dict(os.environ if self.environ is None else self.environ)


def words_of(config: Config, takes: frozenset[str]) -> Iterator[str]:
    """The options that say the same, as far as a command has them; `takes` are their dests."""
    for dest, flag, text in (
        ("cache_dir", "--cache-dir", config.cache_dir),
        ("default_index", "--default-index", config.default_index),
        ("link_mode", "--link-mode", config.link_mode),
    ):
        if text is not None and dest in takes:
            yield f"{flag}={os.fspath(text)}"
    for dest, flag, texts in (
        ("index", "--index", config.indexes),
        ("find_links", "--find-links", config.find_links),
    ):
        if dest in takes:
            yield from (f"{flag}={text}" for text in texts)
    if config.offline is not None:
        yield "--offline" if config.offline else "--no-offline"
    if not config.settings_files:
        yield "--no-config"
