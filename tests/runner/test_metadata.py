"""Metrics in text: each edge of the convention, and nothing lost or doubled however the text is cut."""

from __future__ import annotations

import itertools
import json
import math
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlx.runner.metadata import MAX_KEY, MAX_KEYS, MAX_LINE, MetricLines, Point, parse, point_of


def points(*pieces: str) -> list[Point]:
    lines = MetricLines()
    found = [point for piece in pieces for point in lines.feed(piece)]
    return found + lines.finish()


def values(*pieces: str) -> list[dict[str, object]]:
    return [point.values for point in points(*pieces)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"loss": 0.5}\n', [{"loss": 0.5}]),
        ('{"loss": 0.5}', [{"loss": 0.5}]),
        ('  {"loss": 0.5}  \n', [{"loss": 0.5}]),
        ('{"loss": 0.5}\r\n', [{"loss": 0.5}]),
        ('hello\n{"a": 1}\nbye\n{"b": 2}\n', [{"a": 1}, {"b": 2}]),
        ('\n{"a": 1}\n', [{"a": 1}]),  # as valohai.logger prints it
        ('{"a": 1}{"b": 2}\n', [{"a": 1}]),
        ('{"a": 1} {"b": 2}\n', [{"a": 1}]),
        ('{bad}{"b": 2}\n', [{"b": 2}]),
        ('{"a": 1, "a": 2}\n', [{"a": 2}]),
        ('{"name": "x", "ok": true, "no": false}\n', [{"name": "x", "ok": True, "no": False}]),
        ('{"val": {"loss": 1, "deep": {"er": 2}}}\n', [{"val.loss": 1, "val.deep.er": 2}]),
        ('{"a": NaN, "b": Infinity, "c": -Infinity}\n', [{"a": "NaN", "b": "Infinity", "c": "-Infinity"}]),
        ('{"a": "0.5", "b": "3", "c": "-1e3", "d": ".5"}\n', [{"a": 0.5, "b": 3, "c": -1000.0, "d": 0.5}]),
        ('{"a": "nan", "b": "-inf", "c": "1e400"}\n', [{"a": "NaN", "b": "-Infinity", "c": "Infinity"}]),
        ('{"a": 1e400, "b": 1' + "0" * 400 + "}\n", [{"a": "Infinity", "b": "Infinity"}]),
        ('{"a": "3 apples", "b": "0x10", "c": "1_000"}\n', [{"a": "3 apples", "b": "0x10", "c": "1_000"}]),
        ('{"matrix": [[1, 2], [3, 4]], "x": 1}\n', [{"matrix": "[[1,2],[3,4]]", "x": 1}]),
        ('{"a": null, "b": 1}\n', [{"b": 1}]),
        ('{"": 1, "b": 1}\n', [{"b": 1}]),
        ('{"__proto__": 1, "größe/x": 2}\n', [{"__proto__": 1, "größe/x": 2}]),
    ],
)
def test_an_object_on_a_line_is_an_event(text, expected) -> None:
    assert values(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}\n",
        "[1, 2]\n3\n'x'\n\"x\"\nnull\n",
        'prefix {"a": 1}\n',
        '{"a": 1} suffix\n',
        '{"a": 1\n}\n',
        "{'a': 1}\n",
        '{"a": null}\n',
        '{"a": ' + "[" * 100_000 + "\n",
        '{"a": 1' + "0" * 10_000 + "}\n",  # more digits than Python reads
        "{" * 5000 + "\n",
        '{"' + "k" * (MAX_KEY + 1) + '": 1}\n',
    ],
)
def test_anything_else_is_no_event(text) -> None:
    assert values(text, '\n{"next": 1}\n') == [{"next": 1}]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('\r 50%|###  |{"loss": 1}\r 60%|#### |{"loss": 2}\n', [{"loss": 1}, {"loss": 2}]),
        ('  0%|     |\r 50%|###  |{"loss": 1}', [{"loss": 1}]),
        ('\r{"loss": 1}\r{"loss": 2}\r', [{"loss": 1}, {"loss": 2}]),
        ('\r{"loss": 1} it/s\r', []),  # not at the end
        ('\rbar\nprefix {"loss": 1}\n', []),  # a new line is a plain line again
        ('\rbar {"a": {"b": 1}}\n', [{"a.b": 1}]),
    ],
)
def test_progress_bars(text, expected) -> None:
    assert values(text) == expected
    assert values(*text) == expected  # one character at a time


def test_the_x_of_an_event() -> None:
    assert points('{"step": 3, "loss": 1}\n') == [Point({"loss": 1}, 3)]
    assert points('{"epoch": 2, "loss": 1}\n') == [Point({"epoch": 2, "loss": 1}, 2)]
    assert points('{"step": 7, "epoch": 2, "loss": 1}\n') == [Point({"epoch": 2, "loss": 1}, 7)]
    assert points('{"step": "4", "loss": 1}\n') == [Point({"loss": 1}, 4)]
    assert points('{"step": "first", "loss": 1}\n') == [Point({"step": "first", "loss": 1}, None)]
    assert points('{"step": NaN, "loss": 1}\n') == [Point({"step": "NaN", "loss": 1}, None)]
    assert points('{"step": 3}\n') == [Point({"step": 3}, 3)]
    assert points('{"loss": 1}\n') == [Point({"loss": 1}, None)]


def test_the_number_of_keys_is_bounded() -> None:
    (found,) = values(json.dumps({f"k{n}": n for n in range(MAX_KEYS + 5)}) + "\n")
    assert len(found) == MAX_KEYS


def test_long_text_is_cut() -> None:
    (found,) = values(json.dumps({"a": "x" * 100_000}) + "\n")
    assert len(str(found["a"])) == 4096


def test_a_line_over_the_limit_is_passed_over_in_bounded_memory() -> None:
    lines = MetricLines()
    tracemalloc.start()
    try:
        assert lines.feed('{"a": "') == []
        for _ in range(60):
            assert lines.feed("x" * MAX_LINE) == []
        assert tracemalloc.get_traced_memory()[0] < 8 * MAX_LINE
    finally:
        tracemalloc.stop()
    assert [point.values for point in lines.feed('"}\n{"b": 1}\n')] == [{"b": 1}]


def test_a_huge_line_that_cannot_be_an_event_is_not_held() -> None:
    lines = MetricLines()
    lines.feed("x")
    for _ in range(50):
        assert lines.feed('{"a": 1}' * 1000) == []
    assert [point.values for point in lines.feed('\n{"b": 1}\n')] == [{"b": 1}]


def test_ends_of_cells_do_not_leak_into_the_next() -> None:
    lines = MetricLines()
    assert lines.feed('\rbar {"a": 1') == []
    assert lines.finish() == []
    assert lines.feed("}\n") == []
    assert [point.values for point in lines.feed('{"b": 1}\n')] == [{"b": 1}]


text_lines = st.one_of(
    st.sampled_from(['{"a": 1}', '{"a": 1}{"b": 2}', 'x {"a": 1}', "{", "}", '{"a": {"b": 2}, "step": 4}', "  ", "é{"]),
    st.text(alphabet='{}"a:1, \té', max_size=12),
)


@given(
    pieces=st.lists(st.tuples(text_lines, st.sampled_from(["\n", "\r", "\r\n", ""])), max_size=12),
    cuts=st.lists(st.integers(0, 200), max_size=6),
)
def test_where_the_text_is_cut_does_not_matter(pieces, cuts) -> None:
    text = "".join(line + end for line, end in pieces)
    places = sorted({min(cut, len(text)) for cut in cuts} | {0, len(text)})
    parts = [text[start:end] for start, end in itertools.pairwise(places)]
    assert points(*parts) == points(text)


@given(
    st.dictionaries(
        st.text(max_size=8),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
            max_leaves=8,
        ),
        max_size=6,
    )
)
def test_values_are_always_what_an_event_may_hold(value) -> None:
    found = parse(json.dumps(value))
    if found is not None:
        assert all(isinstance(item, (str, bool, int, float)) for item in found.values.values())
        assert all(not isinstance(item, float) or math.isfinite(item) for item in found.values.values())
        assert all(0 < len(key) <= MAX_KEY for key in found.values)


@pytest.mark.parametrize("value", [[1], 3, "x", None, True, {}])
def test_only_objects_are_events(value) -> None:
    assert point_of(value) is None
