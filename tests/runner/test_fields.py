from __future__ import annotations

import pytest

from jupyter_mlx.runner.fields import Fields
from jupyter_mlx.runner.refusal import Refusal

WHOLE = Fields({"n": 5, "x": 1.5, "s": "text", "t": True, "one": 1, "o": {}, "ids": ["a" * 64], "run": "0" * 26})


def test_each_with_its_type():
    assert WHOLE.number("n") == 5 and WHOLE.number("none", 7) == 7
    assert WHOLE.real("x", 0.0) == 1.5 and WHOLE.real("n", 0.0) == 5.0 and WHOLE.real("none", 2.0) == 2.0
    assert WHOLE.text("s") == "text" and WHOLE.text("none", "") == ""
    assert WHOLE.flag("t") is True and WHOLE.flag("one") is True and WHOLE.flag("none") is False
    assert WHOLE.object("o") == {} and WHOLE.digests("ids") == ["a" * 64] and WHOLE.digests("none") == []
    assert WHOLE.run_id() == "0" * 26


@pytest.mark.parametrize("value", [None, "5", 5.0, True, -1, 1 << 61, [], float("nan")])
def test_what_is_no_number(value):
    with pytest.raises(Refusal) as caught:
        Fields({"n": value}).number("n")
    assert caught.value.field == "n"


@pytest.mark.parametrize("value", ["5", True, -1, 1e10, [], float("nan"), float("inf")])
def test_what_is_no_real(value):
    with pytest.raises(Refusal):
        Fields({"n": value}).real("n", 1.0)


@pytest.mark.parametrize("value", ["true", 2, [], {}, -1])
def test_what_is_no_flag(value):
    with pytest.raises(Refusal):
        Fields({"n": value}).flag("n")


@pytest.mark.parametrize("value", [None, 5, [], {}, b"x"])
def test_what_is_no_text(value):
    with pytest.raises(Refusal):
        Fields({"n": value}).text("n")


@pytest.mark.parametrize("value", [None, [], "x", 5])
def test_what_is_no_object(value):
    with pytest.raises(Refusal):
        Fields({"n": value}).object("n")


@pytest.mark.parametrize("value", ["x", [None], ["A" * 64], {"a": 1}, ["a" * 64] * 20001])
def test_what_is_no_list_of_ids(value):
    with pytest.raises(Refusal):
        Fields({"n": value}).digests("n")
    with pytest.raises(Refusal):
        Fields({"n": value}).run_ids("n")
