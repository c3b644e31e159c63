"""One package of a compiled file, wherever it was resolved for.

Owns `Pin`, the way from the answer of a resolution to pins, and how a pin is spelled. Refuses to
resolve, and to know where the lines go. Follows pip's requirements file format.
"""

from __future__ import annotations

from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weft.core.distribution import File
    from weft.core.marker_sets import MarkerSet
    from weft.ops.answers import Answer
    from weft.ops.direct import Direct


@value
class Pin:
    """A version of a package.

    `marker` is PEP 508 text, empty for everywhere. `dependents` are the names of the packages that
    need it, sorted. `file` is the one that was chosen, None for what has to be built from a
    `direct` requirement. `position` is the place of the version in what the database lists, for
    `name @ url` where a universal resolution took it from `url`. `where` is what `marker` says and
    all that it leaves out, because it holds wherever the file is for; None for nothing more.
    """

    name: str
    version: str
    position: int
    extras: tuple[str, ...]
    marker: str
    dependents: tuple[str, ...]
    file: File | None = None
    direct: Direct | None = None
    url: str = ""
    where: MarkerSet | None = None

    @property
    def is_editable(self) -> bool:
        return self.direct is not None and self.direct.direct_url.editable

    @property
    def index(self) -> str:
        """The URL of its index or find-links page, empty for a path or a URL."""
        return self.file.index if self.file is not None and self.direct is None else ""

    @property
    def given(self) -> str:
        """The path or URL as it was written; a commit in place of a branch."""
        assert self.direct is not None, "only a direct requirement has an address"
        if self.direct.direct_url.vcs is not None:
            return self.direct.direct_url.shown
        for line in self.direct.lines:
            if line.given:
                return _path(line.given)
        return self.direct.direct_url.shown

    def line(self, *, extras: bool, markers: bool) -> str:
        """`name[extras]==version ; marker`, a path, or `-e` and a path."""
        if self.direct is None:
            text = f"{self._named(extras)}=={self.version}"
        elif self.is_editable:
            return f"-e {self.given}"
        elif _is_path(self.given):
            text = self.given
        else:
            text = f"{self._named(extras)} @ {self.given}"
        return f"{text} ; {self.marker}" if markers and self.marker else text

    def _named(self, extras: bool) -> str:
        return f"{self.name}[{', '.join(self.extras)}]" if extras and self.extras else self.name

    @property
    def rank(self) -> tuple[object, ...]:
        """Editables first, by address; the others by name, version and address."""
        if self.is_editable:
            return (0, self.given)
        from weft.core.version import version_key

        return (
            1,
            self.name,
            version_key(self.version) or b"",
            self.given if self.direct else "",
            self.extras,
        )


def _is_path(given: str) -> bool:
    """Whether the address is one of this machine that is not a whole URL."""
    return "://" not in given and not given.startswith("file:")


def _path(given: str) -> str:
    """`file://name` means the path `name`: there is no such host."""
    if given.startswith("file://") and not given.startswith(("file:///", "file://localhost/")):
        rest = given[len("file://") :]
        return given if rest.startswith("${PROJECT_ROOT}") else rest
    return given


def pins_of(answer: Answer, markers: Mapping[str, str]) -> tuple[Pin, ...]:
    """The packages of an answer for one environment; `markers` are by name."""
    dependents: dict[str, set[str]] = {}
    for package in answer.resolution.packages:
        for name, _ in package.requirements:
            if name != package.name:
                dependents.setdefault(name, set()).add(package.name)
    pins = [
        Pin(
            package.name,
            package.version,
            package.position,
            tuple(sorted(package.extras)),
            markers.get(package.name, ""),
            tuple(sorted(dependents.get(package.name, ()))),
            answer.files.get(package.name),
            answer.direct.get(package.name),
        )
        for package in answer.resolution.packages
    ]
    return in_order(pins) if answer.direct else tuple(pins)  # packages come by name


def in_order(pins: Iterable[Pin]) -> tuple[Pin, ...]:
    """As they stand in a file."""
    return tuple(sorted(pins, key=lambda pin: pin.rank))
