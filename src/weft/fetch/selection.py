"""Which file of a version is to be used, or why none can be.

Owns the rules for one version's files: yanks, upload dates, `Requires-Python`, wheel tags, and what
the user allows to be built. Refuses I/O. Follows the binary distribution format (PEP 425, 427),
PEP 592 (yanks) and PEP 700 (dates).
"""

from __future__ import annotations

from weft.core.filename import WheelName
from weft.core.specifier import SpecifierError, Specifiers
from weft.core.value import replace, value
from weft.core.version import Version
from weft.resolver.candidates import python_reaches

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weft.core.distribution import File


INVALID = "has invalid metadata"


@value
class Names:
    """A set of project names as options give it: every project, or the named ones."""

    everything: bool = False
    names: frozenset[str] = frozenset()

    def __contains__(self, name: str) -> bool:
        return self.everything or name in self.names


class Supported:
    """The tags that an interpreter installs, most specific first.

    Made for every command, and looked at by few: what is made of the tags is made when needed.
    """

    __slots__ = ("_examples", "_known", "_parts", "_ranks", "tags")

    def __init__(self, tags: Sequence[str]) -> None:
        self.tags = tuple(tags)
        self._ranks: dict[str, int] | None = None
        self._parts: tuple[frozenset[str], frozenset[str], frozenset[str]] | None = None
        self._examples: tuple[str, ...] = ()
        self._known: dict[str, int | None] = {}

    @property
    def ranks(self) -> dict[str, int]:
        """The place of each tag."""
        if self._ranks is None:
            self._ranks = {tag: rank for rank, tag in enumerate(self.tags)}
        return self._ranks

    @property
    def parts(self) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
        """The Pythons, ABIs and platforms of the tags."""
        if self._parts is None:
            parts = [tag.split("-", 2) for tag in self.tags]
            pythons, abis, platforms = [frozenset([part[at] for part in parts]) for at in range(3)]
            self._parts = pythons, abis, platforms
        return self._parts

    @property
    def examples(self) -> tuple[str, ...]:
        """Python, ABI and platform of a tag to show."""
        if not self._examples:
            parts = [tag.split("-", 2) for tag in self.tags]
            # `linux_x86_64` is no platform that anybody builds wheels for.
            shown = next((part for part in parts if not part[2].startswith("linux_")), None)
            self._examples = tuple(shown or (parts[0] if parts else ("", "", "")))
        return self._examples

    def fits(self, filename: str) -> bool:
        """Whether a wheel's name has a supported tag."""
        return filename.endswith(".whl") and self.rank(filename) is not None

    def suits(self, filename: str) -> bool:
        """Whether a wheel fits and no wheel that this is not true of can be better."""
        return self.fits(filename)

    def rank(self, filename: str) -> int | None:
        """The lowest rank among the tags in a wheel's name; None if it does not fit."""
        end = filename.rfind("-", 0, filename.rfind("-", 0, filename.rfind("-")))
        tags = filename[end + 1 : -4]
        if "." not in tags:
            return self.ranks.get(tags)
        if tags not in self._known:  # a few stand on most wheels
            self._known[tags] = self._lowest(tags)
        return self._known[tags]

    def _lowest(self, tags: str) -> int | None:
        """The rank of compressed tags."""
        python, abi, platform = [part.split(".") for part in tags.split("-")]
        pythons, _abis, platforms = self.parts
        if pythons.isdisjoint(python) or platforms.isdisjoint(platform):
            return None
        ranks = [self.ranks.get(f"{p}-{a}-{o}") for p in python for a in abi for o in platform]
        return min([rank for rank in ranks if rank is not None], default=None)


@value
class Rules:
    """What decides between files, the same for a whole resolution.

    Files count that were uploaded before `cutoff`, in epoch seconds, or at any time where it is
    None. `index_cutoffs` has other limits by URL of an index, and `cutoffs` by project, which go
    before those. `hashes` maps projects to the allowed `algorithm:hex`.
    With `any_python` the version of the interpreter does not matter.
    """

    supported: Supported
    python: Version
    no_binary: Names = Names()
    no_build: Names = Names()
    cutoff: int | None = None
    cutoffs: Mapping[str, int | None] | None = None
    index_cutoffs: Mapping[str, int | None] | None = None
    hashes: Mapping[str, frozenset[str]] | None = None
    any_python: bool = False

    @property
    def is_limited(self) -> bool:
        """Whether the age of any file counts."""
        return self.cutoff is not None or bool(self.cutoffs) or bool(self.index_cutoffs)

    def limit(self, name: str, file: File) -> int | None:
        """The time before which a file must have been uploaded, None for none."""
        if self.cutoffs is not None and name in self.cutoffs:
            return self.cutoffs[name]
        if self.index_cutoffs is not None and file.index in self.index_cutoffs:
            return self.index_cutoffs[file.index]
        return self.cutoff

    def reaches(self, requires_python: str) -> bool | None:
        """Whether the interpreter is new enough; upper ends do not count, as in uv.

        None where the text cannot be read.
        """
        known = _REACHED.get((requires_python, self.python.text))
        if known is None:
            known = _reaches(requires_python, self.python.text)
            _REACHED[requires_python, self.python.text] = known
        reached, readable = known
        if not readable:
            return None
        return reached or self.any_python


# Whether it is reached, and whether it can be read at all: the same few texts stand on all files
# of a project, and on those of most others.
_REACHED: dict[tuple[str, str], tuple[bool, bool]] = {}


def _reaches(requires_python: str, python: str) -> tuple[bool, bool]:
    try:
        Specifiers.parse_lenient(requires_python)
    except SpecifierError:
        return False, False
    return python_reaches(requires_python, python), True


@value
class Chosen:
    """The file to use."""

    file: File

    def packed(self) -> File:
        """What to keep of it."""
        return self.file


@value
class Refused:
    """No file can be used. `reason` completes a sentence that begins with `flask==1.0`.

    `requires_python` is set where every file fails by that alone; `yanked` where all are yanked.
    """

    reason: str
    requires_python: str | None = None
    yanked: bool = False
    hint: str = ""

    def packed(self) -> tuple[str, str | None, bool, str]:
        """What to keep of it: its fields."""
        return self.reason, self.requires_python, self.yanked, self.hint


def choose(
    files: Sequence[File], name: str, rules: Rules, *, allow_yanked: bool
) -> Chosen | Refused:
    """The best wheel among a version's files, else a source distribution, else the reason that
    explains most. A file whose listed hashes the request forbids comes after all others.
    """
    best: File | None = None
    best_preference = (False, False, 0)
    refusals: list[tuple[int, Refused]] = []
    for file in files:
        refused = _refuse(file, name, rules, allow_yanked=allow_yanked)
        if refused is not None:
            refusals.append(refused)
            continue
        is_wheel = file.filename.endswith(".whl")
        rank = rules.supported.rank(file.filename) if is_wheel else _archive_rank(file.filename)
        if rank is None:
            refusals.append(_tag_refusal(WheelName.parse(file.filename), rules.supported))
            continue
        preference = (_contradicts(file, name, rules), not is_wheel, rank)
        if (
            best is None
            or preference < best_preference
            or (preference == best_preference and is_wheel and _build(file) > _build(best))
        ):
            best, best_preference = file, preference
    if best is not None:
        return Chosen(best)
    if not refusals:
        return Refused("has no available distributions")
    return _with_hint(max(refusals, key=lambda pair: pair[0])[1], files, name, rules)


def _with_hint(refused: Refused, files: Sequence[File], name: str, rules: Rules) -> Refused:
    """What is refused for its tags or its age, with a hint at what there is."""
    if refused.reason == TOO_NEW:
        return replace(refused, hint=_age_hint(files, name, rules))
    if not refused.reason.startswith(_NO_TAGS):
        return refused
    from weft.fetch.tag_hints import tag_hint

    kind = refused.reason[len(_NO_TAGS) :].partition(" tag")[0]
    filenames = [file.filename for file in files]
    return replace(refused, hint=tag_hint(filenames, name, kind, rules.supported))


def _age_hint(files: Sequence[File], name: str, rules: Rules) -> str:
    from weft.core.dates import timestamp
    from weft.index.simple import version_of

    times = [file.upload_time for file in files if file.upload_time is not None]
    limit = rules.limit(name, files[0]) or 0
    own = rules.cutoffs is not None and name in rules.cutoffs
    option = "exclude-newer-package" if own else "exclude-newer"
    advice = "removing the setting or updating it to a later date"
    if not own:
        advice = "using `exclude-newer-package` to override the cutoff for this package"
    return (
        f"`{name}` was filtered by `{option}` to only include packages uploaded before "
        f"{timestamp(limit)}. The latest version satisfying the requirement is "
        f"v{version_of(files[0])}, published at {timestamp(min(times))}. Consider {advice}."
    )


def _archive_rank(filename: str) -> int:
    """Of several source distributions the usual form is taken (PEP 625)."""
    return 0 if filename.endswith(".tar.gz") else 1


def _build(file: File) -> tuple[int, str]:
    return WheelName.parse(file.filename).build_key


_NO_TAGS = "has no wheels with a matching "
TOO_NEW = "was published after the exclude newer time"
_TOO_LATE = 1  # explains least of all


def _refuse(
    file: File, name: str, rules: Rules, *, allow_yanked: bool
) -> tuple[int, Refused] | None:
    """Why one file is out of the question whatever its tags, with how much that explains."""
    cutoff = rules.limit(name, file)
    if cutoff is not None:
        if file.upload_time is None:
            return _TOO_LATE, Refused(
                "has no publish time",
                hint=f"`--exclude-newer` leaves out all files of `{name}` whose index does not "
                "tell when they were uploaded; `--exclude-newer-package` can spare the package",
            )
        if file.upload_time >= cutoff:
            return _TOO_LATE, Refused(TOO_NEW)
    if file.yanked is not None and not allow_yanked:
        why = f" (reason: {file.yanked})" if file.yanked else ""
        return 7, Refused(f"was yanked{why}", yanked=True)
    if file.requires_python and not (reached := rules.reaches(file.requires_python)):
        if reached is None:
            what = f"`Requires-Python` of `{file.filename}` is `{file.requires_python}`"
            return 5, Refused(INVALID, hint=f"{what}, which is no range of versions")
        return 6, Refused(
            f"requires Python {file.requires_python}", requires_python=file.requires_python
        )
    if not file.filename.endswith(".whl"):
        return (8, _source_refusal(name, rules)) if name in rules.no_build else None
    if name in rules.no_binary:
        return 2, Refused(
            "has no source distribution",
            hint=f"A source distribution is required for `{name}` because using pre-built wheels "
            f"is disabled for {_scope(name, rules.no_binary, '--no-binary')}",
        )
    return None


def is_usable(file: File, name: str, rules: Rules) -> bool:
    """Whether a file counts at all, be it the best or not."""
    if _refuse(file, name, rules, allow_yanked=False) is not None:
        return False
    return not file.filename.endswith(".whl") or rules.supported.fits(file.filename)


def nearest_wheel(files: Sequence[File], name: str, rules: Rules) -> File | None:
    """The wheel that says what a version requires where its source distribution is to be used.

    All files of a version are taken to say the same, as uv does: what cannot be installed here can
    still be read. None where a wheel only has the wrong hash, and for those that came too late.
    """
    best: File | None = None
    best_weight = -1
    for file in files:
        if not file.filename.endswith(".whl"):
            continue
        refused = _refuse(file, name, rules, allow_yanked=False)
        if refused is None:
            if rules.supported.fits(file.filename):
                return None
            weight = 10 + _tag_refusal(WheelName.parse(file.filename), rules.supported)[0]
        elif refused[0] == _TOO_LATE:
            continue
        else:
            weight = refused[0]
        if weight > best_weight:
            best, best_weight = file, weight
    return best


def _contradicts(file: File, name: str, rules: Rules) -> bool:
    """Whether the index lists other hashes than the request allows.

    Such a file comes last and not never: what is fetched is checked, and the error then shows
    both hashes.
    """
    allowed = rules.hashes.get(name) if rules.hashes is not None else None
    if not allowed or not file.hashes:
        return False
    return not any(f"{algorithm}:{digest}" in allowed for algorithm, digest in file.hashes)


def _source_refusal(name: str, rules: Rules) -> Refused:
    return Refused(
        "has no usable wheels",
        hint=f"Wheels are required for `{name}` because building from source is disabled for "
        f"{_scope(name, rules.no_build, '--no-build')}",
    )


def _scope(name: str, names: Names, option: str) -> str:
    if names.everything:
        return f"all packages (i.e., with `{option}`)"
    return f"`{name}` (i.e., with `{option}-package {name}`)"


def _tag_refusal(parsed: WheelName, supported: Supported) -> tuple[int, Refused]:
    """uv's sentences: the nearer a wheel comes to fitting, the more its reason explains."""
    python, abi, platform = supported.examples
    pythons, abis, platforms = supported.parts
    if pythons.isdisjoint(parsed.python.split(".")):
        kind, example, weight = "Python implementation", python, 2
    elif abis.isdisjoint(parsed.abi.split(".")):
        kind, example, weight = "Python ABI", abi, 3
    elif platforms.isdisjoint(parsed.platform.split(".")):
        kind, example, weight = "platform", platform, 4
    else:
        kind, example, weight = "Python version", python, 3
    return weight, Refused(f"{_NO_TAGS}{kind} tag (e.g., `{example}`)")
