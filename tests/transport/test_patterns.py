"""Wildcards."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlx.transport.patterns import matches, matches_any


@pytest.mark.parametrize(
    ("name", "pattern", "fits"),
    [("abc", "a*", True), ("abc", "a?c", True), ("abc", "*b*", True), ("abc", "A*", False), ("a.c", "a.c", True),
     ("abc", "a.c", False), ("", "*", True), ("", "?", False), ("[a]", "[a]", True), ("a\nb", "a*", True)],
)  # fmt: skip
def test_matches(name: str, pattern: str, fits: bool) -> None:
    assert matches(name, pattern) is fits


def test_lists_need_a_yes_and_no_veto() -> None:
    assert matches_any("a", ["b", "a"])
    assert not matches_any("a", ["*", "!a"])
    assert not matches_any("a", ["!b"])
    assert not matches_any("a", [])


@given(st.text("ab", max_size=12), st.text("ab*?", max_size=10))
def test_same_as_a_regular_expression(name: str, pattern: str) -> None:
    expression = "".join({"*": ".*", "?": "."}.get(char, char) for char in pattern)
    assert matches(name, pattern) == (re.fullmatch(expression, name) is not None)


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_name_fits_itself_and_the_star(name: str, other: str) -> None:
    assert matches(name, "*")
    if not set(name) & set("*?"):
        assert matches(name, name)
        assert matches(other, name) == (name == other)


def test_many_stars_cost_nothing() -> None:
    began = time.process_time()
    assert not matches("a" * 60, "*" * 500 + "b")
    assert not matches("a" * 250, "*a" * 120 + "b")
    assert time.process_time() - began < 5
