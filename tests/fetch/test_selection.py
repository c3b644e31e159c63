"""Of the files of one version the right one is taken, or the reason that explains most is given."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fetch.helpers import TAGS, file, rules
from weft.core.distribution import File
from weft.fetch.selection import Chosen, Names, Refused, Supported, choose, nearest_wheel

PURE = "demo-1.0-py3-none-any.whl"
NATIVE = "demo-1.0-cp311-cp311-manylinux_2_17_x86_64.whl"
STABLE = "demo-1.0-cp311-abi3-manylinux_2_17_x86_64.whl"
SOURCE = "demo-1.0.tar.gz"


def chosen(*files: File, allow_yanked: bool = False, **given_rules: object) -> str:
    found = choose(files, "demo", rules(**given_rules), allow_yanked=allow_yanked)
    assert isinstance(found, Chosen), found
    return found.file.filename


def refused(*files: File, allow_yanked: bool = False, **given_rules: object) -> Refused:
    found = choose(files, "demo", rules(**given_rules), allow_yanked=allow_yanked)
    assert isinstance(found, Refused), found
    return found


@given(st.permutations([PURE, NATIVE, STABLE, SOURCE]))
def test_the_most_specific_tag_wins_in_whatever_order_files_are_listed(names: list[str]) -> None:
    assert chosen(*map(file, names)) == NATIVE


@given(st.permutations(["", "1", "2a", "2b", "10"]))
def test_of_equal_tags_the_highest_build_number_wins(builds: list[str]) -> None:
    names = [f"demo-1.0{'-' + build if build else ''}-py3-none-any.whl" for build in builds]
    assert chosen(*map(file, names)) == "demo-1.0-10-py3-none-any.whl"


def test_a_better_tag_beats_a_higher_build_number() -> None:
    assert chosen(file("demo-1.0-9-py3-none-any.whl"), file(NATIVE)) == NATIVE


def test_a_compressed_tag_counts_as_the_best_of_what_it_stands_for() -> None:
    several = "demo-1.0-cp311-cp311-manylinux1_x86_64.manylinux_2_17_x86_64.whl"
    assert chosen(file(STABLE), file(several)) == several


def test_a_yanked_file_counts_only_where_it_may() -> None:
    yanked = file(NATIVE, yanked="broken")
    assert chosen(yanked, file(PURE)) == PURE
    assert refused(yanked) == Refused("was yanked (reason: broken)", yanked=True)
    assert chosen(yanked, allow_yanked=True) == NATIVE
    assert refused(file(PURE, yanked="")).reason == "was yanked"


def test_a_file_for_another_python_is_left_out() -> None:
    newer = file(NATIVE, requires_python=">=3.12")
    assert chosen(newer, file(PURE, requires_python=">=3.8")) == PURE
    found = refused(newer)
    assert found.requires_python == ">=3.12"
    assert found.reason == "requires Python >=3.12"


@pytest.mark.parametrize(
    ("filename", "kind"),
    [
        ("demo-1.0-pp39-pypy39_pp73-manylinux_2_17_x86_64.whl", "Python implementation"),
        ("demo-1.0-cp311-cp310-manylinux_2_17_x86_64.whl", "Python ABI"),
        ("demo-1.0-cp311-cp311-win_amd64.whl", "platform"),
    ],
)
def test_the_reason_names_the_part_of_the_tag_that_does_not_match(filename: str, kind: str) -> None:
    assert f"matching {kind} tag" in refused(file(filename)).reason


def test_of_several_reasons_the_nearest_miss_is_told() -> None:
    far = file("demo-1.0-pp39-pypy39_pp73-manylinux_2_17_x86_64.whl")
    near = file("demo-1.0-cp311-cp311-win_amd64.whl")
    assert "platform tag" in refused(far, near).reason
    assert "platform tag" in refused(near, far).reason


def test_a_version_without_files_says_so() -> None:
    assert refused().reason == "has no available distributions"


def test_a_source_distribution_is_taken_where_no_wheel_can_be() -> None:
    foreign = PURE.replace("py3-none-any", "cp27-cp27m-win32")
    assert chosen(file(SOURCE)) == SOURCE
    assert chosen(file(SOURCE), file(foreign)) == SOURCE
    assert chosen(file(SOURCE), file(PURE)) == PURE
    assert chosen(file(PURE), file(SOURCE), no_binary=Names(everything=True)) == SOURCE


def test_of_two_source_distributions_the_usual_form_is_taken() -> None:
    assert chosen(file(SOURCE.replace(".tar.gz", ".zip")), file(SOURCE)) == SOURCE


def test_a_source_distribution_is_refused_where_nothing_may_be_built() -> None:
    forbidden = refused(file(SOURCE), no_build=Names(names=frozenset(("demo",))))
    assert forbidden.reason == "has no usable wheels"
    assert "`--no-build-package demo`" in forbidden.hint


@pytest.mark.parametrize("names", [Names(everything=True), Names(names=frozenset(("demo",)))])
def test_wheels_may_be_forbidden(names: Names) -> None:
    option = "`--no-binary`" if names.everything else "`--no-binary-package demo`"
    assert option in refused(file(PURE), no_binary=names).hint
    assert chosen(file(PURE), no_binary=Names(names=frozenset(("other",)))) == PURE


def test_files_that_came_after_the_cutoff_are_left_out() -> None:
    old, new = file(PURE, upload_time=100), file(NATIVE, upload_time=200)
    assert chosen(old, new, cutoff=150) == PURE
    assert chosen(old, new, cutoff=200) == PURE
    assert chosen(old, new, cutoff=201) == NATIVE
    assert chosen(old, new, cutoff=50, cutoffs={"demo": None}) == NATIVE
    assert refused(old, cutoff=50).reason == "was published after the exclude newer time"
    assert "--exclude-newer" in refused(file(PURE), cutoff=50).hint


def test_a_file_that_the_request_allows_by_hash_is_preferred() -> None:
    right = file(PURE, hashes=(("sha256", "aa"),))
    wrong = file(NATIVE, hashes=(("sha256", "bb"),))
    allowed = {"demo": frozenset(("sha256:aa",))}
    assert chosen(wrong, right, hashes=allowed) == PURE
    assert chosen(wrong, hashes=allowed) == NATIVE  # the error that shows both comes when fetching
    assert chosen(wrong, right, hashes={"other": frozenset(("sha256:aa",))}) == NATIVE


@given(st.sampled_from(TAGS), st.sampled_from(TAGS))
def test_fits_never_leaves_out_what_would_be_chosen(one: str, other: str) -> None:
    python, abi, platform = (
        ".".join(dict.fromkeys(parts))
        for parts in zip(one.split("-"), other.split("-"), strict=True)
    )
    name = f"demo-1.0-{python}-{abi}-{platform}.whl"
    assert Supported(TAGS).fits(name)
    assert chosen(file(name)) == name


def test_fits_leaves_out_what_is_no_wheel_for_us() -> None:
    supported = Supported(TAGS)
    assert not supported.fits(SOURCE)
    assert not supported.fits("demo-1.0-cp311-cp311-win_amd64.whl")
    assert not supported.fits("demo-1.0-cp311-cp311-win_amd64.win32.whl")


def test_the_best_tag_is_the_example_in_messages() -> None:
    assert Supported(TAGS).examples == ("cp311", "cp311", "manylinux_2_17_x86_64")


@pytest.mark.parametrize(
    ("listed", "taken"),
    [
        (["cp27-cp27mu-linux_ppc", "cp311-cp311-win_amd64", "cp311-cp311-macosx_11_0_arm64"], 1),
        (["cp312-cp312-win_amd64"], 0),
        ([], None),
    ],
)
def test_what_a_version_requires_is_read_from_the_wheel_that_nearly_fits(
    listed: list[str], taken: int | None
) -> None:
    wheels = [file(f"demo-1.0-{tag}.whl") for tag in listed]
    found = nearest_wheel([file("demo-1.0.tar.gz"), *wheels], "demo", rules())
    assert found is (None if taken is None else wheels[taken])


def test_wheels_that_may_not_be_installed_can_be_read_unless_they_came_too_late() -> None:
    wheel = file("demo-1.0-py3-none-any.whl", upload_time=100)
    assert nearest_wheel([wheel], "demo", rules(no_binary=Names(True))) is wheel
    assert nearest_wheel([wheel], "demo", rules(cutoff=99, no_binary=Names(True))) is None
    assert nearest_wheel([wheel], "demo", rules()) is None, "only its hash can be wrong then"
