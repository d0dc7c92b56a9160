from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlx import untrusted

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("abc", "abc"),
        ("abcd", "ab…"),
        ("", ""),
        (None, None),
        (5, None),
        (["a"], None),
        ("\ud800x", "?x"),
        ("é\n", "é\n"),
    ],
)
def test_text_is_cut_and_can_be_encoded(value, wanted):
    assert untrusted.text(value, 3) == wanted


def test_line_keeps_letters_and_drops_what_terminals_obey():
    assert untrusted.line("a\x1b[2Jb\r\nc\u2028d é 🎉") == "a [2Jb c d é 🎉"
    assert untrusted.line("x" * 5000, 100) == "x" * 99 + untrusted.MARK
    assert untrusted.line(b"bytes") is None


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (3, 3),
        (2.5, 2.5),
        (2**53, 2**53),
        (2**53 + 2, float(2**53 + 2)),
        (10**400, math.inf),
        (-(10**400), -math.inf),
        ("Infinity", math.inf),
        ("-Infinity", -math.inf),
        ("0.5", None),
        (True, None),
        (None, None),
        ([1], None),
    ],
)
def test_number(value, wanted):
    found = untrusted.number(value)
    assert found == wanted
    assert type(found) is type(wanted)


def test_not_a_number_stays_one():
    assert math.isnan(untrusted.number("NaN") or 0)
    assert math.isnan(untrusted.number(math.nan) or 0)


@pytest.mark.parametrize("value", [-1, 1.0, 2**60, True, "5", None, math.nan])
def test_what_is_no_count(value):
    assert untrusted.count(value) is None


def test_count():
    assert untrusted.count(0) == 0
    assert untrusted.count(7, 7) == 7
    assert untrusted.count(8, 7) is None


@pytest.mark.parametrize(
    "value", [-1, math.nan, math.inf, "NaN", 253402300799, 10**400, None, True, "2024-01-01", 0, {}]
)
def test_what_no_working_clock_says(value):
    assert untrusted.moment(value) is None


def test_moment_and_duration():
    assert untrusted.moment(1_700_000_000) == 1_700_000_000.0
    assert untrusted.seconds(0) == 0.0
    assert untrusted.seconds(-0.1) is None


def test_plain_keeps_ordinary_values():
    value = {"lr": 0.001, "layers": [64, 64], "name": "a", "deep": {"x": None, "y": True}}
    assert untrusted.plain(value) == value


def test_plain_cuts_what_is_long_wide_or_deep():
    assert len(untrusted.plain("x" * 10**6, 1000)) <= 1000
    assert len(untrusted.plain({str(n): n for n in range(10**5)}, 10_000)) < 2000
    deep: list[object] = []
    for _ in range(500):
        deep = [deep]
    shown = json.dumps(untrusted.plain(deep))
    assert untrusted.MARK in json.loads(shown.strip("[]") or '""')
    assert shown.count("[") < 20


@given(ANYTHING, st.integers(min_value=10, max_value=500))
def test_nothing_raises_and_everything_is_bounded(value, limit):
    assert len(untrusted.text(value, limit) or "") <= limit
    assert len(untrusted.line(value, limit) or "") <= limit
    assert "\n" not in (untrusted.line(value, limit) or "")
    untrusted.number(value)
    untrusted.count(value)
    untrusted.moment(value)
    shown = json.dumps(untrusted.plain(value, limit), ensure_ascii=False)
    shown.encode("utf-8")  # no lone surrogates left
    assert len(shown) <= 60 * limit
