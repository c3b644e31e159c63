"""Fills settings from the layers of files.

Owns the order of lookups and the keys that answer for more than one option. Refuses defaults.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from weft.ops.options import Option
    from weft.ops.settings_files import Layer

_APART = ("index", "index-url", "extra-index-url")  # `extra` hands these on, with names and flags
_DEPRECATED = (
    "The `native-tls` setting is deprecated and will be removed in a future release. Use "
    "`system-certs` instead."
)


class Merger:
    """Looks keys up in `layers`, the most important first.

    Two layers of the same place are one place: the first of weft and uv that has a list's key
    gives the whole list.
    """

    def __init__(self, layers: Sequence[Layer], *, piplike: bool) -> None:
        self.layers = layers
        self.piplike = piplike
        old = any("native-tls" in layer.values for layer in layers)
        self.warnings = [_DEPRECATED] if old else []
        self.origins: dict[str, list[str]] = {}  # dest → every file that its value is made of

    def lookups(self, key: str) -> list[tuple[str, Any]]:
        """Every `(source, value)` for a bare key, in order."""
        found: list[tuple[str, Any]] = []
        for name in [f"pip.{key}", key] if self.piplike else [key]:
            places: set[str] = set()
            for layer in self.layers:
                if name in layer.values and layer.place not in places:
                    places.add(layer.place)
                    found.append((layer.source, layer.values[name]))
        return found

    def fill(
        self, known: Sequence[Option], values: dict[str, Any], sources: dict[str, str]
    ) -> None:
        """Complete `values` for every option that files can set."""
        for option in known:
            key = option.key.removeprefix("pip.")
            if not key or key in _APART:
                continue
            if option.key.startswith("pip.") and not self.piplike:
                continue
            found = self.lookups(key)
            if option.dest == "no_binary_package":  # a list in `pip`, a boolean outside of it
                found = [pair for pair in found if isinstance(pair[1], list)]
            if option.dest == "system_certs":
                found += self.lookups("native-tls")
            if not found:
                continue
            if option.many:
                many = [item for _, items in found for item in items]
                values[option.dest] = [*values.get(option.dest, ()), *many]
                sources.setdefault(option.dest, found[0][0])
                self.origins[option.dest] = [source for source, _ in found]
            elif option.dest not in values:
                values[option.dest] = found[0][1]
                sources[option.dest] = found[0][0]
        if "no_verify_hashes" not in values:
            for source, checked in self.lookups("verify-hashes"):
                values["no_verify_hashes"] = not checked
                sources["no_verify_hashes"] = source
                break

    def prereleases(self) -> list[str]:
        """The modes of pre-releases that the files name, for commands that have no such option."""
        pairs = [text for _, texts in self.lookups("prerelease-package") for text in texts]
        general = [mode for _, mode in self.lookups("prerelease")[:1]]
        return general + [text.partition("=")[2] for text in pairs]

    def extra(self, *, indexes: bool, builds: bool) -> dict[str, Any]:
        """What several options share: indexes, and packages that are (not) to be built."""
        shared = self.indexes() if indexes else {}
        if builds:
            for key in ("no_binary", "no_build"):
                if any(found is True for _, found in self.lookups(key.replace("_", "-"))):
                    shared[key] = True
                listed = self.lookups(f"{key}_package".replace("_", "-"))
                if listed:
                    shared[f"{key}_package"] = [name for _, names in listed for name in names]
        return shared

    def indexes(self) -> dict[str, Any]:
        """`index`: tables, plain URLs and default URLs of the files; `source`: the first file."""
        found = {key: self.lookups(key) for key in _APART}
        sources = [source for pairs in found.values() for source, _ in pairs]
        if not sources:
            return {}
        self.origins["index"] = sources
        tables = [table for _, listed in found["index"] for table in listed]
        plain = [url for _, listed in found["extra-index-url"] for url in listed]
        urls = [url for _, url in found["index-url"][:1]]
        return {"index": (tables, plain, urls), "source": sources[0]}
