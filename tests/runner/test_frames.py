from __future__ import annotations

import contextlib
import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlx.runner import frames
from jupyter_mlx.runner.frames import MAX_BODY, MAX_DEPTH, Frame, FrameError, depth_of, encode, read_frame

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


def read_all(data: bytes) -> list[Frame]:
    stream = io.BytesIO(data)
    return list(iter(lambda: read_frame(stream.read), None))


@given(st.lists(st.tuples(st.dictionaries(st.text(), JSON, max_size=5), st.binary(max_size=2000)), max_size=5))
def test_frames_come_back_as_they_went(sent):
    data = b"".join(encode(header, body) for header, body in sent)
    assert [(frame.header, frame.body) for frame in read_all(data)] == sent


@given(st.binary(max_size=300))
def test_any_bytes_are_frames_an_end_or_an_error(data):
    try:
        for frame in read_all(data):
            assert isinstance(frame.header, dict)
    except FrameError:
        pass


@given(st.integers(0, 60), st.integers(0, 7))
def test_a_flipped_bit_never_escapes_as_another_exception(at, bit):
    data = bytearray(encode({"op": "submit", "n": 1, "spec": {"a": [1, 2]}}, b"body"))
    data[at % len(data)] ^= 1 << bit
    with contextlib.suppress(FrameError):
        read_all(bytes(data))


def test_a_cut_at_every_byte_is_an_error_but_the_clean_end_is_not():
    data = encode({"op": "ping"}, b"12345")
    assert len(read_all(data)) == 1
    assert read_all(b"") == []
    for cut in range(1, len(data)):
        with pytest.raises(FrameError, match="ended inside"):
            read_all(data[:cut])


@pytest.mark.parametrize("lengths", [(1 << 20 | 1, 0), (0, 1 << 20 | 1), (0xFFFFFFFF, 0xFFFFFFFF)])
def test_a_claim_over_the_limit_is_refused_before_a_byte_is_read(lengths):
    stream = io.BytesIO(struct.pack(">II", *lengths) + b"x" * 100)
    with pytest.raises(FrameError, match="over the limit"):
        read_frame(stream.read)
    assert stream.tell() == 8


def test_limits_hold_for_the_sender_too():
    assert len(read_all(encode({}, b"x" * MAX_BODY))[0].body) == MAX_BODY
    for header, body in [({}, b"x" * (MAX_BODY + 1)), ({"a": "x" * frames.MAX_HEADER}, b"")]:
        with pytest.raises(FrameError):
            encode(header, body)


@pytest.mark.parametrize("head", [b"[]", b"1", b"null", b'"a"', b"{", b"\xff", b"[" * 5000, b'{"a":' * 5000, b""])
def test_a_header_is_a_json_object(head):
    with pytest.raises(FrameError):
        read_frame(io.BytesIO(struct.pack(">II", len(head), 0) + head).read)


def test_depth():
    value: object = 1
    for _ in range(MAX_DEPTH - 1):
        value = [value]
    assert read_all(encode({"a": value}))[0].header == {"a": value}
    with pytest.raises(FrameError, match="nested deeper"):
        read_all(encode({"a": [value]}))
    assert depth_of(1) == 0
    assert depth_of({"a": [{}]}) == 3
