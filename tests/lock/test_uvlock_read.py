"""Reading `uv.lock`: two ways that agree, and what is said about files that are none."""

from __future__ import annotations

import pickle
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lock.uvlocks import DIGEST, FILES, INDEX, SMALL, TIME, locks
from weft.core.errors import WeftError
from weft.core.value import replace
from weft.lock.uvlock_layout import scan
from weft.lock.uvlock_pieces import UnusualLayout
from weft.lock.uvlock_read import FutureUvLock, InvalidUvLock, read_any_layout, read_uv_lock
from weft.lock.uvlock_write import write_uv_lock
from weft.lock.uvmodel import UvFile, UvLock, UvSource
from weft.project.toml import TomlError


def _never() -> UvLock:
    raise AssertionError("the other way was taken")


def broken(text: str) -> InvalidUvLock:
    with pytest.raises(InvalidUvLock) as raised:
        read_uv_lock(text)
    return raised.value


def cause_of(text: str) -> str:
    error = broken(text)
    assert error.message == "Failed to parse `uv.lock`"
    assert isinstance(error.__cause__, WeftError)
    return error.__cause__.message


def test_a_small_lock_is_read_as_it_says() -> None:
    lock = read_uv_lock(SMALL)
    assert (lock.version, lock.revision, lock.requires_python) == (1, 5, ">=3.9")
    demo, wick, wax = lock.packages
    assert demo.source == UvSource("virtual", ".")
    assert [edge.name for edge in demo.dependencies] == ["wick"]
    assert demo.metadata.requires_dist[0].specifier == ">=1"
    assert demo.wheels == ()
    assert wick.source == UvSource("registry", INDEX)
    assert wick.dependencies[0].marker == "sys_platform == 'win32'"
    assert wick.sdist == UvFile(f"{FILES}/wick-2.0.tar.gz", "", "", DIGEST, 12, TIME)
    assert [wheel.size for wheel in wick.wheels] == [9]
    assert wax.sdist is None


def test_the_usual_layout_is_read_without_a_toml_parser() -> None:
    assert scan(SMALL, _never) == read_any_layout(SMALL)


@settings(max_examples=80)
@given(locks())
def test_what_is_written_is_read_again(lock: UvLock) -> None:
    text = write_uv_lock(lock)
    assert read_any_layout(text) == lock
    assert read_uv_lock(text) == lock
    assert write_uv_lock(read_uv_lock(text)) == text


@settings(max_examples=80)
@given(st.data())
def test_a_damaged_lock_is_read_both_ways_alike_or_not_at_all(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(SMALL) - 1))
    end = at + data.draw(st.integers(0, 12))
    between = data.draw(st.sampled_from(("", '"', " ", "\n", "x", "[", "}", "#", "\\", "é", "'")))
    text = SMALL[:at] + between + SMALL[end:]
    try:
        lock = read_any_layout(text)
    except WeftError:
        # The fast way may put the look at files off, but not beyond the first question.
        with pytest.raises(WeftError):
            [package.wheels for package in read_uv_lock(text).packages]
        return
    assert read_uv_lock(text) == lock


@settings(max_examples=100)
@given(st.text(max_size=60))
def test_whatever_is_no_lock_is_told_as_such(text: str) -> None:
    with pytest.raises(InvalidUvLock):
        read_uv_lock(text)


@pytest.mark.parametrize(
    "text",
    [
        SMALL.replace("\n", "\r\n"),
        "# a comment\n" + SMALL,
        SMALL.replace(" = ", "  =  "),
        SMALL.replace('"wick"', "'wick'"),
        SMALL.replace('"wick"', '"w\\u0069ck"'),
        SMALL.replace("\n\n", "\n\n\n"),
    ],
    ids=["crlf", "comment", "blanks", "literal", "escape", "lines"],
)
def test_another_layout_says_the_same(text: str) -> None:
    assert read_uv_lock(text) == read_uv_lock(SMALL)


def test_a_later_revision_is_read() -> None:
    lock = read_uv_lock(SMALL.replace("revision = 5", "revision = 9\nnews = [1]"))
    assert lock.revision == 9


def test_an_early_lock_has_no_revision() -> None:
    assert read_uv_lock(SMALL.replace("revision = 5\n", "")).revision == 0


def test_a_lock_from_the_future_is_refused() -> None:
    with pytest.raises(FutureUvLock) as raised:
        read_uv_lock(SMALL.replace("version = 1\n", "version = 2\n", 1))
    assert raised.value.message == (
        "The lockfile at `uv.lock` uses an unsupported schema version (v2, but only v1 is "
        "supported). Downgrade to a compatible weft version, or remove the `uv.lock` prior to "
        "running `weft lock` or `weft sync`."
    )


def test_a_lock_from_the_future_in_another_form_says_why() -> None:
    text = SMALL.replace("version = 1\n", "version = 3\n", 1).replace('">=3.9"', "39")
    assert broken(text).message == (
        "Failed to parse `uv.lock`, which uses an unsupported schema version (v3, but only v1 is "
        "supported). Downgrade to a compatible weft version, or remove the `uv.lock` prior to "
        "running `weft lock` or `weft sync`."
    )


@pytest.mark.parametrize("mark", ["<<<<<<< HEAD", "=======", ">>>>>>> theirs"])
@pytest.mark.parametrize("before", ['\n[[package]]\nname = "wax"', "    { url = ", "requires-"])
def test_a_merge_conflict_is_pointed_at(mark: str, before: str) -> None:
    start, end = SMALL.split(before, 1)
    text = f"{start}{'' if start.endswith(chr(10)) else chr(10)}{mark}\n{before}{end}"
    error = broken(text)
    assert isinstance(error.__cause__, TomlError)
    shown = error.__cause__.message.split("\n")
    assert shown[0].startswith("TOML parse error at line ")
    assert shown[2].endswith(f"| {mark}")
    assert "merge conflict" in error.hints[0]


BAD = {
    "hash": (DIGEST, DIGEST[:-1], "Invalid hash digest length (expected 64 hexadecimal characters"),
    "algorithm": ("sha256:", "sha257:", "Unsupported hash algorithm"),
    "digit": ("sha256:0", "sha256:x", "Invalid hash digest"),
    "version": ('"2.0"', '"2.x"', "after parsing `2`, found `.x`"),
    "marker": ("== 'win32'", "= 'win32'", ""),
    "name": ('name = "wick"', 'name = "w ick"', "Not a valid package or extra name"),
    "no-name": ('name = "wax"\nversion', "version", "missing field `name`"),
    "no-source": (f'source = {{ registry = "{INDEX}" }}\n', "", "missing field `source`"),
    "source": ("registry =", "regstry =", "a source needs one of"),
    "no-python": ('requires-python = ">=3.9"\n', "", "missing field `requires-python`"),
    "python": ('">=3.9"', '"foo"', "Unexpected end of version specifier"),
    "no-version": ("version = 1\n", "", "missing field `version`"),
    "version-type": ("version = 1\n", 'version = "1"\n', 'invalid type: string "1", expected u'),
    "size": ("size = 9", "size = -9", "invalid value: integer `-9`"),
    "time": (TIME, "yesterday", "`yesterday` is not a timestamp"),
    "no-url": (f'url = "{FILES}/wax-1', f'ul = "{FILES}/wax-1', "wheel has no URL, path, or"),
    "wheel": ("wax-1.0-py3-none-any", "wax-1.0-none-any", "failed to parse `wax-1.0-none-any.whl`"),
    "toml": ("requires-python =", "requires-python", ""),
}


@pytest.mark.parametrize("key", BAD)
def test_a_value_that_is_wrong_is_shown_with_its_place(key: str) -> None:
    old, new, reason = BAD[key]
    text = SMALL.replace(old, new, 1)
    assert text != SMALL
    with pytest.raises(InvalidUvLock) as raised:
        [package.wheels for package in read_uv_lock(text).packages]
    cause = raised.value.__cause__
    assert isinstance(cause, TomlError)
    assert reason in cause.reason
    assert cause.line
    assert cause.column
    assert text.split("\n")[cause.line - 1] in cause.message


def test_places_are_those_of_the_value() -> None:
    assert cause_of(SMALL.replace("== 'win32'", "= 'win32'")).startswith(
        "TOML parse error at line 21, column 30\n"
    )


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (
            '{ name = "wax", marker',
            '{ name = "tallow", marker',
            "Dependency `tallow` has missing `source` field but has more than one matching package",
        ),
        (
            '{ name = "wax", marker',
            '{ name = "wax", version = "9", marker',
            f"For package `wick==2.0 @ registry+{INDEX}`, found dependency `wax==9` with no locked "
            "package",
        ),
        (
            '[[package]]\nname = "wax"\nversion = "1.0"',
            '[[package]]\nname = "wick"\nversion = "2.0"',
            f"Found duplicate package `wick==2.0 @ registry+{INDEX}`",
        ),
        (
            f'"wax"\nversion = "1.0"\nsource = {{ registry = "{INDEX}" }}',
            f'"wax"\nversion = "1.1"\nsource = {{ registry = "{INDEX}" }}',
            "The entry for package `wax` (1.1) has wheel `wax-1.0-py3-none-any.whl` with "
            "inconsistent version (1.0), which indicates a malformed wheel",
        ),
        (
            "/wax-1.0-py3",
            "/wick-1.0-py3",
            "The entry for package `wax` (1.0) has wheel `wick-1.0-py3-none-any.whl`, which is a "
            "wheel of `wick`",
        ),
    ],
)
def test_packages_that_do_not_fit_together_are_told(old: str, new: str, reason: str) -> None:
    text = SMALL.replace(old, new)
    assert text != SMALL
    with pytest.raises(InvalidUvLock) as raised:
        [package.wheels for package in read_uv_lock(text).packages]
    assert isinstance(raised.value.__cause__, WeftError)
    assert raised.value.__cause__.message == reason


def test_a_file_from_a_url_needs_its_hash() -> None:
    url = f"{FILES}/wax-1.0-py3-none-any.whl"
    text = SMALL.replace(
        f'"wax"\nversion = "1.0"\nsource = {{ registry = "{INDEX}" }}',
        f'"wax"\nversion = "1.0"\nsource = {{ url = "{url}" }}',
    )
    read_any_layout(text)
    with pytest.raises(InvalidUvLock) as raised:
        read_any_layout(text.replace(f'whl", hash = "{DIGEST}" }}', 'whl" }'))
    assert str(raised.value.__cause__) == (
        f"Since the package `wax==1.0 @ direct+{url}` comes from a direct dependency, a hash was "
        "expected but one was not found for wheel"
    )


def test_deep_tables_are_no_way_in() -> None:
    deep = SMALL.replace('">=3.9"', "[" * 50_000 + "]" * 50_000)
    with pytest.raises(InvalidUvLock):
        read_uv_lock(deep)


def test_the_scan_refuses_what_the_writer_does_not_write() -> None:
    with pytest.raises(UnusualLayout):
        scan(SMALL.replace("version = 1\n", "revision = 5\nversion = 1\n"), _never)


def test_tomllib_reads_what_is_written() -> None:
    assert tomllib.loads(SMALL)["package"][1]["wheels"][0]["size"] == 9


@pytest.mark.parametrize("path", ["../up", "/top", "a/../../b", "C:/x", "a\\..\\..\\b"])
def test_no_source_leads_out_of_its_archive(path: str) -> None:
    source = f"{{ url = '{FILES}/wax-1.0.zip', subdirectory = '{path}' }}"
    text = SMALL.replace(f'1.0"\nsource = {{ registry = "{INDEX}" }}', f'1.0"\nsource = {source}')
    assert text != SMALL
    assert cause_of(text).endswith(f"`{path}` leads out of the source tree")


def test_no_file_has_a_name_with_directories() -> None:
    text = SMALL.replace(f'url = "{FILES}/wax', 'filename = "../wax')
    with pytest.raises(InvalidUvLock):
        [package.wheels for package in read_uv_lock(text).packages]


def test_deep_files_are_no_way_in() -> None:
    deep = SMALL.replace("size = 9", f"size = {'[' * 50_000}{']' * 50_000}")
    with pytest.raises(InvalidUvLock):
        [package.wheels for package in read_uv_lock(deep).packages]


def test_a_package_can_be_copied_and_compared_before_its_files_were_asked_for() -> None:
    first, second = read_uv_lock(SMALL).packages[1], read_uv_lock(SMALL).packages[1]
    assert replace(first, version="3.0").wheels == second.wheels
    assert first == second
    assert hash(first) == hash(second)
    assert pickle.loads(pickle.dumps(first)) == second
    with pytest.raises(AttributeError):
        _ = first.no_such_thing
