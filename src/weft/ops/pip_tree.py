"""`weft pip tree`: who requires whom in an environment.

Owns the walk and the drawing. Roots are the distributions that no other requires.
"""

from __future__ import annotations

from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weft.core.distribution import InstalledDist
    from weft.ops.context import Context
    from weft.ops.installed_set import InstalledSet
    from weft.ops.site import Site


def run(context: Context) -> int:
    """Exit code 0 whatever is found."""
    from weft.ops.site import read_site
    from weft.ops.strict import warn_problems

    settings = context.settings
    site = read_site(context)
    installed = site.installed_set()
    notes: dict[str, Note] = {}
    if settings.outdated or settings.show_sizes:
        notes = index_notes(context, site, installed)
    tree = Tree(context, installed, notes)
    if settings.output_format == "json":
        import json

        context.out(json.dumps(tree.document(), indent=2))
    elif lines := tree.draw():
        context.out("\n".join(lines))
    if settings.strict:
        warn_problems(context, site, installed)
    return 0


@value
class Note:
    """What the index adds to a package: the bytes of its file and a newer version, where asked."""

    size: int | None = None
    latest: str | None = None

    @property
    def text(self) -> str:
        """` (15.9KiB) (latest: v2.0)`."""
        from weft.core.quantities import format_size

        size = "" if self.size is None else f" ({format_size(self.size)})"
        return size if self.latest is None else f"{size} (latest: v{self.latest})"


_NOTHING = Note()


def index_notes(context: Context, site: Site, installed: InstalledSet) -> dict[str, Note]:
    """What the index knows, by name."""
    from weft.core.version import Version
    from weft.ops.latest import latest_versions

    settings = context.settings
    found = latest_versions(context, site, [dist.name for dist in installed])
    notes = {}
    for name, known in found.items():
        version = installed.by_name[name].version
        newer = Version.parse(known.version).key > Version.parse(version).key
        notes[name] = Note(
            known.sizes.get(version) if settings.show_sizes else None,
            known.version if settings.outdated and newer else None,
        )
    return notes


class Tree:
    """The graph of an environment and the options that shape its picture."""

    def __init__(
        self, context: Context, installed: InstalledSet, notes: Mapping[str, Note]
    ) -> None:
        from weft.core.names import normalize_name

        settings = context.settings
        self.installed = installed
        self.notes = notes
        self.depth: int = settings.depth
        self.invert: bool = settings.invert
        self.dedupe: bool = not settings.no_dedupe
        self.specifiers: bool = settings.show_version_specifiers
        self.pruned = {normalize_name(name) for name in settings.prune}
        self.packages = [normalize_name(name) for name in settings.package]
        self.edges = self._edges()
        self.seen: set[str] = set()
        self.repeated = False

    def _edges(self) -> dict[str, list[tuple[str, str]]]:
        """For each name, what stands below it: (name, specifier), sorted."""
        edges: dict[str, dict[str, str]] = {dist.name: {} for dist in self.installed}
        for dist in self.installed:
            for requirement in self.installed.requirements(dist):
                name = requirement.name
                if name not in self.installed.by_name or name == dist.name:
                    continue
                above, below = (name, dist.name) if self.invert else (dist.name, name)
                edges[above].setdefault(below, requirement.specifiers.spaced_text)
        return {
            name: sorted((child, text) for child, text in below.items() if child not in self.pruned)
            for name, below in edges.items()
        }

    def _roots(self) -> list[str]:
        if self.packages:
            return [name for name in sorted(set(self.packages)) if name in self.installed.by_name]
        below = {child for children in self.edges.values() for child, _ in children}
        roots = [name for name in self.edges if name not in below and name not in self.pruned]
        reached = set(roots)
        pending = list(roots)
        while pending:
            for child, _ in self.edges[pending.pop()]:
                if child not in reached:
                    reached.add(child)
                    pending.append(child)
        # A cycle that nothing else requires has no root of its own: its first name stands for it.
        for name in sorted(self.edges):
            if name not in reached and name not in self.pruned:
                roots.append(name)
                pending = [name]
                while pending:
                    current = pending.pop()
                    if current not in reached:
                        reached.add(current)
                        pending.extend(child for child, _ in self.edges[current])
        return sorted(roots)

    def document(self) -> dict[str, object]:
        """What is drawn, as a graph: `inverted`, `roots` and, by name, `packages`."""
        shown: dict[str, object] = {}
        roots = self._roots()
        reached = dict.fromkeys(roots, 0)
        pending = list(roots)
        while pending:  # breadth first, so that each name gets its smallest depth
            name = pending.pop(0)
            below = self.edges[name] if reached[name] < self.depth else []
            note = self.notes.get(name, _NOTHING)
            shown[name] = {
                "version": self.installed.by_name[name].version,
                "latest_version": note.latest,
                "size": note.size,
                "dependencies": [{"name": child, "required": text or "*"} for child, text in below],
            }
            for child, _ in below:
                if child not in reached:
                    reached[child] = reached[name] + 1
                    pending.append(child)
        return {"inverted": self.invert, "roots": roots, "packages": shown}

    def draw(self) -> list[str]:
        """All lines, the footnote for repeated subtrees included."""
        lines: list[str] = []
        for root in self._roots():
            lines.extend(self._draw(root, "", (), 0))
        if self.repeated:
            lines.append("(*) Package tree already displayed")
        return lines

    def _draw(self, name: str, required: str, path: Sequence[str], level: int) -> list[str]:
        dist: InstalledDist = self.installed.by_name[name]
        label = f"{name} v{dist.version}"
        if self.specifiers and path:
            label += f" [required: {required or '*'}]"
        label += self.notes.get(name, _NOTHING).text
        children = self.edges[name] if level < self.depth else []
        if children and (name in path or (self.dedupe and name in self.seen)):
            self.repeated = True
            return [f"{label} (*)"]
        if children:
            self.seen.add(name)
        lines = [label]
        for place, (child, text) in enumerate(children):
            last = place == len(children) - 1
            head, tail = ("└── ", "    ") if last else ("├── ", "│   ")
            below = self._draw(child, text, (*path, name), level + 1)
            lines.append(head + below[0])
            lines.extend(tail + line for line in below[1:])
        return lines
