"""Reading MessagePack: what a real writer writes, and what nobody should."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pip._vendor import msgpack

from weft.ops.msgpack import decode

scalars = (
    st.none() | st.booleans() | st.integers(-(1 << 63), (1 << 64) - 1) | st.text()
    | st.floats(allow_nan=False)
)  # fmt: skip
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=40) | st.dictionaries(st.text(), inner, max_size=40),
    max_leaves=30,
)


def depth(item: object) -> int:
    inner = item.values() if isinstance(item, dict) else item if isinstance(item, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


@given(values.filter(lambda item: depth(item) <= 8))
def test_what_was_written_is_read(item: object) -> None:
    assert decode(msgpack.dumps(item, use_bin_type=True)) == item


@pytest.mark.parametrize("length", [0, 31, 32, 255, 256, 65_535, 65_536])
def test_texts_and_bytes_of_every_length(length: int) -> None:
    assert decode(msgpack.dumps("x" * length)) == "x" * length
    packed = b"head" + msgpack.dumps(b"y" * length, use_bin_type=True) + b"tail"
    place = decode(packed, 4)
    assert isinstance(place, slice)
    assert packed[place] == b"y" * length


def test_numbers_of_single_precision() -> None:
    found = decode(msgpack.dumps(1.5, use_single_float=True))
    assert isinstance(found, float)
    assert math.isclose(found, 1.5)


@given(st.binary(max_size=60))
def test_no_data_does_more_than_be_refused(data: bytes) -> None:
    try:
        decode(data)
    except ValueError:
        pass


@given(values, st.data())
def test_what_is_cut_off_is_refused(item: object, data: st.DataObject) -> None:
    packed = msgpack.dumps(item, use_bin_type=True)
    end = data.draw(st.integers(0, len(packed) - 1))
    with pytest.raises(ValueError):
        decode(packed[:end])


@pytest.mark.parametrize(
    "data",
    [
        b"\xc1",
        b"\xd4\x01\x00",
        b"\xc7\x01\x05\x00",
        b"\x91" * 64 + b"\x01",
        b"\x81\x80\x01",
        b"\xdd\xff\xff\xff\xff",
        b"\xdb\xff\xff\xff\xff",
    ],
    ids=["unused", "fixext", "ext", "deep", "map as key", "endless list", "endless text"],
)
def test_what_no_cache_holds_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        decode(data)
