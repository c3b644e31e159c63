"""The forms of `uv_cache.json` and `uv_build.json`."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.core.build_info import BuildInfo, is_same_build
from weft.core.cache_info import CacheInfo, CacheInfoError, is_current

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
TIMES = st.integers(0, 2**62)
BIRTHS = st.none() | st.tuples(st.just("time"), TIMES) | st.tuples(st.just("inode"), TIMES)


def rows(values: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.dictionaries(TEXTS, values, max_size=3).map(
        lambda found: tuple(sorted(found.items()))
    )


INFOS = st.builds(
    CacheInfo,
    st.none() | TIMES,
    st.none() | TEXTS,
    st.none() | rows(TEXTS),
    rows(st.none() | TEXTS),
    rows(BIRTHS),
)


@given(INFOS)
def test_what_is_written_is_read_again(info: CacheInfo) -> None:
    assert CacheInfo.parse(info.to_json()) == info
    compact = json.dumps(json.loads(info.to_json()), separators=(",", ":"), ensure_ascii=False)
    assert info.to_json() == compact.encode()


def test_older_forms_are_read() -> None:
    assert CacheInfo.parse(b'{"secs_since_epoch":1,"nanos_since_epoch":2}') == CacheInfo(
        1_000_000_002
    )
    short = b'{"timestamp":{"secs_since_epoch":1,"nanos_since_epoch":2},"commit":"c"}'
    assert CacheInfo.parse(short) == CacheInfo(1_000_000_002, "c")


@pytest.mark.parametrize(
    "data",
    [
        b"", b"[]", b"1", b"nothing", b"[" * 100_000, b'{"timestamp":1}', b'{"commit":1}',
        b'{"timestamp":{"secs_since_epoch":true,"nanos_since_epoch":0}}', b'{"tags":[]}',
        b'{"env":{"a":1}}', b'{"directories":{"a":"b"}}', b'\xff',
    ],
)  # fmt: skip
def test_what_is_no_cache_info_is_never_current(data: bytes) -> None:
    with pytest.raises(CacheInfoError):
        CacheInfo.parse(data)
    assert not is_current(data, CacheInfo().to_json())


def test_the_same_state_in_another_spelling_is_current() -> None:
    info = CacheInfo(1_000_000_002)
    assert is_current(b'{ "nanos_since_epoch": 2, "secs_since_epoch": 1 }', info.to_json())
    assert not is_current(b'{ "nanos_since_epoch": 3, "secs_since_epoch": 1 }', info.to_json())
    assert not is_current(None, info.to_json())


def test_a_build_is_told_as_uv_tells_it() -> None:
    assert BuildInfo({}).to_json() == b"{}"
    info = BuildInfo(
        {"x": ["1", "2"], "a": 'b"é', "t": True},
        (
            "six[b,A]>=1.0, !=1.3",
            "idna<9; sys_platform == 'linux'",
            "z @ https://example.org/z.whl",
        ),
        (("ZZ", "1"), ("AA", "é")),
        frozenset({"idna<9; sys_platform == 'linux'"}),
    )
    assert info.to_json().decode() == (
        '{"config_settings":{"a":"b\\"é","t":"true","x":["1","2"]},'
        '"extra_build_requires":[{"requirement":{"name":"six","extras":["b","a"],'
        '"specifier":">=1.0,!=1.3","index":null,"conflict":null},"match_runtime":false},'
        '{"requirement":{"name":"idna","marker":"sys_platform == \'linux\'","specifier":"<9",'
        '"index":null,"conflict":null},"match_runtime":true},'
        '{"requirement":{"name":"z","url":"https://example.org/z.whl","subdirectory":null},'
        '"match_runtime":false}],"extra_build_variables":{"AA":"é","ZZ":"1"}}'
    )


def test_builds_are_compared_by_what_they_say() -> None:
    assert is_same_build(None, b"{}"), "nothing was built here"
    assert is_same_build(b' {"a": 1}\n', b'{"a":1}')
    assert not is_same_build(b"{}", b'{"a":1}')
    assert not is_same_build(b"nothing", b"{}")
