"""What goes in as text comes out of Python source as the same value."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jupyter_mlx.capture.literals import NOTHING, as_number, evaluated, guess, literal, structure

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters())
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.tuples() | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def same(a: Any, b: Any) -> bool:
    """Equal in type and value, NaN equal to NaN, 0.0 not to -0.0."""
    if type(a) is not type(b):
        return False
    if isinstance(a, float):
        return (math.isnan(a) and math.isnan(b)) or (a == b and math.copysign(1, a) == math.copysign(1, b))
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    return bool(a == b)


@given(VALUES)
@example(["'''", '"""\\', "\n", "\ud800", "\u2028", "{x}", "\\N{x}"])
@example(-0.0)
@example({"": (1,)})
def test_source_evaluates_to_the_same_value(value: Any) -> None:
    scope: dict[str, Any] = {}
    exec(f"# Parameters\nx = {literal(value)}", scope)
    assert same(scope["x"], value)


@given(VALUES)
def test_a_literal_is_one_line(value: Any) -> None:
    assert len(literal(value).splitlines()) == 1


@pytest.mark.parametrize("value", [{1, 2}, b"x", 1j, object(), [print]])
def test_other_values_have_no_literal(value: Any) -> None:
    with pytest.raises(TypeError):
        literal(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("-3", -3),
        ("0", 0),
        ("0.001", 0.001),
        ("1e-3", 1e-3),
        (".5", 0.5),
        ("1e400", math.inf),
        ("NaN", math.nan),
        ("-Infinity", -math.inf),
        ("true", True),
        ("True", True),
        ("false", False),
        ("null", None),
        ("None", None),
        ('"quoted"', "quoted"),
        ("'it''s'", "its"),
        ('"3"', "3"),
        ("[1, 2.5, true]", [1, 2.5, True]),
        ("['a', None]", ["a", None]),
        ('{"a": {"b": []}}', {"a": {"b": []}}),
        ("plain words", "plain words"),
        ("  spaced  ", "  spaced  "),
        ("", ""),
        ("007", "007"),
        ("1.2.3", "1.2.3"),
        ("nan", "nan"),
        ("inf", "inf"),
        ("[a-z]+", "[a-z]+"),
        ("'unclosed", "'unclosed"),
        ("{1, 2}", "{1, 2}"),
        ("1+1", "1+1"),
        ("1_000", "1_000"),
        ("__import__('os').system('true')", "__import__('os').system('true')"),
        ("[__import__('os')]", "[__import__('os')]"),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_texts_without_a_declared_type(text: str, value: Any) -> None:
    assert same(guess(text), value)


@given(st.text())
def test_any_text_has_a_value_and_none_raises(text: str) -> None:
    literal(guess(text))


@pytest.mark.parametrize("text", ["[" * 10_000, "{" * 10_000, '"' + "\\" * 9999, "[" * 50_000 + "]" * 50_000])
def test_deep_or_broken_structures_are_text(text: str) -> None:
    assert guess(text) == text
    assert structure(text) is NOTHING or len(text) == 100_000


@pytest.mark.parametrize(("text", "value"), [("inf", math.inf), ("-INF", -math.inf), ("nan", math.nan), ("5", 5)])
def test_numbers_include_those_that_are_not_finite(text: str, value: float) -> None:
    assert same(as_number(text), value)


@pytest.mark.parametrize("text", ["", "x", "1,5", "0x10", "1e", "--1", "1 2", "٣x"])
def test_what_is_no_number(text: str) -> None:
    assert as_number(text) is NOTHING


@pytest.mark.parametrize("source", ["f()", "x", "1 +", "2**10", "{1, 2}", "b'x'", "1j", "lambda: 0", "(" * 5000])
def test_only_literals_are_evaluated(source: str) -> None:
    assert evaluated(source) is NOTHING
