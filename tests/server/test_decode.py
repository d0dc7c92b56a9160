"""JSON and query strings into dataclasses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlx.errors import InputError, LimitError
from jupyter_mlx.models import RunState
from jupyter_mlx.server.contract import Bounds
from jupyter_mlx.server.decode import NotJsonError, decode, decode_query, parse


@dataclass(frozen=True)
class Wheel:
    """Round."""

    size: Annotated[float, Bounds(1, 100)]


@dataclass(frozen=True)
class Cart:
    """On wheels."""

    name: Annotated[str, Bounds(1, 5)]
    wheels: list[Wheel] = field(default_factory=list)
    kind: Literal["hand", "horse"] = "hand"
    state: RunState | None = None
    more: dict[str, int] = field(default_factory=dict)
    old: bool = False


def test_a_whole_record() -> None:
    given = {"name": "a", "wheels": [{"size": 3}], "kind": "horse", "state": "lost", "more": {"x": 1}, "old": True}
    assert decode(Cart, given) == Cart("a", [Wheel(3.0)], "horse", RunState.LOST, {"x": 1}, old=True)
    assert decode(Cart, {"name": "a", "state": None}) == Cart("a")


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ([], "body"),
        ({}, "name"),
        ({"name": "a", "wheels": [{"size": 0}]}, "wheels.size"),
        ({"name": "a", "wheels": [{"size": 3, "x": 1}]}, "wheels.x"),
        ({"name": "a", "wheels": {}}, "wheels"),
        ({"name": "a", "wheels": [{"size": True}]}, "wheels.size"),
        ({"name": "a", "wheels": [{"size": 10**400}]}, "wheels.size"),
        ({"name": "a", "kind": "steam"}, "kind"),
        ({"name": "a", "kind": []}, "kind"),
        ({"name": "a", "state": "happy"}, "state"),
        ({"name": "a", "state": []}, "state"),
        ({"name": "a", "more": {"x": "1"}}, "more.x"),
        ({"name": "a", "old": 1}, "old"),
        ({"name": None}, "name"),
    ],
)
def test_what_does_not_fit_is_named(given, named) -> None:
    with pytest.raises(InputError) as caught:
        decode(Cart, given)
    assert caught.value.field == named


def test_too_long_is_a_limit() -> None:
    with pytest.raises(LimitError):
        decode(Cart, {"name": "abcdef"})


@dataclass(frozen=True)
class Asked:
    """In an address."""

    limit: Annotated[int, Bounds(1, 9)] = 5
    state: list[RunState] | None = None
    text: str | None = None
    whole: bool = False


def test_arguments() -> None:
    given = {"limit": [b"7"], "state": [b"lost", b"failed"], "text": [b"5"], "whole": [b"true"]}
    assert decode_query(Asked, given) == Asked(7, [RunState.LOST, RunState.FAILED], "5", whole=True)
    assert decode_query(Asked, {}) == Asked()


@pytest.mark.parametrize(
    "given",
    [
        {"limit": [b"1", b"2"]},
        {"limit": [b"1e3"]},
        {"limit": ["٣".encode()]},
        {"limit": [b"9" * 50]},
        {"whole": [b"yes"]},
        {"text": [b"\xff"]},
        {"colour": [b"red"]},
    ],
)
def test_arguments_that_do_not_fit(given) -> None:
    with pytest.raises(InputError) as caught:
        decode_query(Asked, given)
    assert caught.value.field in given


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda c: st.lists(c) | st.dictionaries(st.text(), c)
    )
)
def test_whatever_comes_is_refused_or_taken_never_more(value: Any) -> None:
    try:
        found = decode(Cart, value)
    except (InputError, LimitError) as error:
        found = error.field
    assert isinstance(found, (Cart, str)) and found


@pytest.mark.parametrize("raw", [b"", b"{", b"Infinity", b"-", b"\xff", b"[" * 100_000, b"[" * 200 + b"]" * 200])
def test_what_is_no_json_we_take(raw) -> None:
    with pytest.raises(NotJsonError):
        parse(raw)
