"""The installed distributions of one environment, with what each requires.

Owns the questions that `show`, `check`, `tree` and `--strict` ask: who requires whom, what is
missing, what does not fit. Refuses to change anything. Metadata is read at first use only.
"""

from __future__ import annotations

from weft.core.value import value
from weft.core.version import Version

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from weft.core.distribution import InstalledDist
    from weft.core.metadata import Metadata
    from weft.core.requirement import Requirement


@value
class Problem:
    """One way in which a set of distributions does not hold together, as a sentence."""

    package: str
    sentence: str


class InstalledSet:
    """Distributions by normalized name, sorted; duplicates of a name keep their order."""

    def __init__(
        self, distributions: Iterable[InstalledDist], environment: Mapping[str, str]
    ) -> None:
        self.distributions: tuple[InstalledDist, ...] = tuple(
            sorted(distributions, key=lambda dist: (dist.name, dist.version))
        )
        self.environment = environment
        self.by_name: dict[str, InstalledDist] = {dist.name: dist for dist in self.distributions}
        self._metadata: dict[str, Metadata] = {}
        self._requirements: dict[str, tuple[Requirement, ...]] = {}

    def __iter__(self) -> Iterator[InstalledDist]:
        return iter(self.distributions)

    def __len__(self) -> int:
        return len(self.distributions)

    def metadata(self, dist: InstalledDist) -> Metadata:
        """METADATA or PKG-INFO of one distribution; raises MetadataError."""
        known = self._metadata.get(dist.path)
        if known is None:
            from weft.python.installed import read_metadata

            known = self._metadata[dist.path] = read_metadata(dist)
        return known

    def requirements(self, dist: InstalledDist) -> tuple[Requirement, ...]:
        """What it requires here: markers hold in this environment, extras are not asked for."""
        known = self._requirements.get(dist.path)
        if known is None:
            from weft.core.requirement import Requirement

            parsed = (Requirement.parse_lenient(text) for text in self.metadata(dist).requires_dist)
            known = tuple(
                each
                for each in parsed
                if each.marker is None or each.marker.evaluate(self.environment)
            )
            self._requirements[dist.path] = known
        return known

    def required_names(self, dist: InstalledDist) -> list[str]:
        """Names it requires, sorted, each once."""
        return sorted({requirement.name for requirement in self.requirements(dist)})

    def required_by(self, name: str) -> list[str]:
        """Names of installed distributions that require `name`, sorted."""
        return [dist.name for dist in self if name in self.required_names(dist)]

    def problems(self, python: str, tags: Sequence[str]) -> list[Problem]:
        """What `pip check` tells: interpreter, platform, missing and unfit requirements.

        `python` is the full version to judge by, `tags` the supported wheel tags.
        """
        from weft.core.specifier import requires_python_allows

        found: list[Problem] = []
        version = Version.parse(python)
        supported = frozenset(tags)
        for dist in self:
            requires = self.metadata(dist).requires_python
            if requires and not requires_python_allows(requires, version):
                sentence = f"requires Python {requires}, but `{version.text}` is installed"
                found.append(_problem(dist, sentence))
            if not fits(dist, supported):
                found.append(_problem(dist, "was built for a different platform"))
            found.extend(self._unmet(dist))
        return found

    def _unmet(self, dist: InstalledDist) -> Iterator[Problem]:
        for requirement in self.requirements(dist):
            present = self.by_name.get(requirement.name)
            wanted = f"{requirement.name}{requirement.specifiers.text}"
            if present is None:
                yield _problem(dist, f"requires `{wanted}`, but it's not installed")
            elif requirement.url is None and not requirement.specifiers.contains(
                Version.parse(present.version)
            ):
                yield _problem(dist, f"requires `{wanted}`, but `{present.version}` is installed")


def fits(dist: InstalledDist, supported: frozenset[str]) -> bool:
    """Whether the WHEEL file of a distribution names a supported tag; without one it fits."""
    if dist.kind != "dist-info":
        return True
    from weft.system.files import read_bytes

    data = read_bytes(f"{dist.path}/WHEEL")
    if data is None:
        return True
    tags = [
        line[4:].strip()
        for line in data.decode("utf-8", "replace").splitlines()
        if line.startswith("Tag:")
    ]
    return not tags or any(tag in supported for tag in tags)


def _problem(dist: InstalledDist, sentence: str) -> Problem:
    return Problem(dist.name, f"The package `{dist.name}` {sentence}")
