"""Exact reads from pieces of any size."""

from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlx.link.reader import PipeReader


class Pieces:
    """A pipe that hands out given pieces."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces = [piece for piece in pieces if piece]

    def receive(self, limit: int) -> bytes:
        return self.pieces.pop(0) if self.pieces else b""

    def send(self, data: bytes) -> None:
        raise AssertionError("a reader never writes")

    def close(self) -> None:
        return None

    def diagnosis(self) -> str:
        return ""

    def exit_status(self) -> "int | None":
        return None


@given(st.lists(st.binary(max_size=20), max_size=20), st.lists(st.integers(0, 30), max_size=20))
def test_exactly_returns_the_stream_in_order(pieces: list[bytes], sizes: list[int]) -> None:
    reader, whole = PipeReader(Pieces(pieces)), b"".join(pieces)
    at = 0
    for size in sizes:
        assert reader.exactly(size) == whole[at : at + size]
        at = min(len(whole), at + size)


@given(st.lists(st.binary(max_size=12).map(lambda b: b.replace(b"x", b"\n")), max_size=20))
def test_lines_are_the_lines_of_the_stream(pieces: list[bytes]) -> None:
    reader, whole = PipeReader(Pieces(pieces)), b"".join(pieces)
    lines = []
    while line := reader.line(1000):
        lines.append(line)
    assert lines == whole.splitlines(keepends=True) or b"".join(lines) == whole


def test_a_line_over_the_limit_comes_in_pieces_that_end() -> None:
    reader = PipeReader(Pieces([b"a" * 50, b"b" * 50 + b"\nrest"]))
    assert reader.line(40) == b"a" * 40 + b"\n"
    assert reader.line(1000) == b"a" * 10 + b"b" * 50 + b"\n"
    assert reader.exactly(4) == b"rest"


def test_lines_then_exact_bytes() -> None:
    reader = PipeReader(Pieces([b"noise\nrea", b"dy\n\0\0\0", b"\x02ab"]))
    assert reader.line(99) == b"noise\n"
    assert reader.line(99) == b"ready\n"
    assert reader.exactly(6) == b"\0\0\0\x02ab"
    assert reader.exactly(1) == b""
