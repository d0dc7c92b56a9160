"""A ``parameters`` cell declares names, types and defaults; NAME=VALUE follows them or is refused."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlx.capture.literals import literal
from jupyter_mlx.capture.parameters import Declared, declared, parse_assignments
from jupyter_mlx.errors import InputError, LimitError

from .notebooks import code, read, text

CELL = """
lr = 0.1          # learning rate
epochs: int = 3
steps = 10
name = "run"
fast = False
layers = [64, 64]
size = (3, 4)
options = {"a": 1}
seed = None
limit: float = None
depth: "int | None" = 5
root = Path.home() / "data"
"""


def known(source: str = CELL) -> Declared:
    return declared(read(text("# Title"), code("import os"), code(source, "parameters")))


def refused(*given: str, source: str | None = CELL) -> InputError:
    with pytest.raises(InputError) as caught:
        parse_assignments(given, known(source) if source is not None else Declared())
    return caught.value


def test_names_types_and_defaults_are_read() -> None:
    found = known()
    assert found.cell == 2
    assert {name: p.type for name, p in found.parameters.items()} == {
        "lr": "float",
        "epochs": "int",
        "steps": "int",
        "name": "str",
        "fast": "bool",
        "layers": "list",
        "size": "list",
        "options": "dict",
        "seed": "none",
        "limit": "float",
        "depth": "int",
    }
    assert found.defaults["size"] == (3, 4)
    assert found.computed == {"root"}


def test_nothing_in_the_cell_is_executed(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    found = known(f"x = open({str(canary)!r}, 'w')\ny = [__import__('os').system('touch {canary}')]\nz = 1")
    assert found.computed == {"x", "y"}
    assert not canary.exists()


def test_the_last_assignment_of_a_name_counts() -> None:
    assert known("a = 1\na = 'x'").parameters["a"].type == "str"
    assert known("a = 1\na = f()").computed == {"a"}
    assert known("a = f()\na = 2").defaults == {"a": 2}


def test_only_code_cells_with_the_tag_count_and_the_first_of_them() -> None:
    cells = [
        {**text("a = 1"), "metadata": {"tags": ["parameters"]}},
        code("b = 1", "parameters"),
        code("c = 1", "parameters"),
    ]
    assert set(declared(read(*cells)).parameters) == {"b"}
    assert declared(read(code("a = 1"))) == Declared()
    assert declared(read({**code("a = 1"), "metadata": {"tags": "parameters"}})) == Declared()


@pytest.mark.parametrize(
    ("given_", "value"),
    [
        ("lr=0.001", 0.001),
        ("lr=1", 1.0),
        ("lr=nan", math.nan),
        ("lr=-inf", -math.inf),
        ("lr=None", None),
        ("epochs=5", 5),
        ("epochs= 5 ", 5),
        ("steps=1e3", 1000),
        ("name=True", "True"),
        ("name=3", "3"),
        ('name="quoted"', '"quoted"'),
        ("name=None", "None"),
        ("name=", ""),
        ("name=a=b=c", "a=b=c"),
        ("name=\n\t'\"", "\n\t'\""),
        ("fast=true", True),
        ("fast=0", False),
        ("layers=[1, 2]", [1, 2]),
        ("layers=(1, 2)", [1, 2]),
        ("size=[5, 6]", (5, 6)),
        ('options={"b": [true]}', {"b": [True]}),
        ("options={'b': None}", {"b": None}),
        ("seed=7", 7),
        ("seed=words", "words"),
        ("limit=2", 2.0),
        ("depth=null", None),
        ("root=/data", "/data"),
    ],
)
def test_values_take_the_type_of_their_default(given_: str, value: Any) -> None:
    found = parse_assignments([given_], known())[given_.partition("=")[0]]
    assert type(found) is type(value)
    assert literal(found) == literal(value)


@pytest.mark.parametrize(
    ("given_", "words"),
    [
        ("lr=fast", "lr must be a number like its default 0.1: fast is not"),
        ("lr=", "'' is not"),
        ("epochs=2.5", "epochs must be a whole number"),
        ("epochs=1e999", "epochs must be a whole number"),
        ("epochs=true", "epochs must be a whole number"),
        ("fast=perhaps", "fast must be true or false"),
        ("layers=5", "layers must be a list"),
        ('layers={"a": 1}', "layers must be a list"),
        ("layers=[", "layers must be a list"),
        ("options=[1]", "options must be a dict"),
        ("lr=" + "9" * 5000, "lr must be a number"),
        ("lr=" + "9" * 3999, "lr must be a number"),
        ("lr=\x1b[2J", r"\x1b[2J"),
    ],
)
def test_values_of_another_type_are_refused_by_name(given_: str, words: str) -> None:
    error = refused(given_)
    assert words in error.message
    assert error.field == f"params.{given_.partition('=')[0]}"


def test_a_fraction_for_a_whole_default_says_how_to_allow_it() -> None:
    assert "steps: float = 10" in str(refused("steps=0.5").hint)
    assert refused("epochs=0.5").hint is None


@pytest.mark.parametrize(
    "given_", ["lr", "", "=1", "1x=1", "a b=1", "a.b=1", "class=1", "None=1", "a;b=1", "a\n=b=c\n"]
)
def test_what_is_no_assignment_is_refused(given_: str) -> None:
    if given_ == "a\n=b=c\n":
        assert "parameters cell has no a" in refused(given_).message
        return
    error = refused(given_, source=None)
    assert error.field == "params"
    assert error.hint


def test_a_name_given_twice_is_refused() -> None:
    assert refused("lr=1", "lr=2").message == "parameter lr is given twice"
    assert "given twice" in refused("ﬁt=1", "fit=2", source=None).message  # one identifier for Python


def test_an_unknown_name_says_what_there_is() -> None:
    error = refused("epoch=3")
    assert (error.message, error.hint) == ("the notebook's parameters cell has no epoch", "Did you mean epochs?")
    assert "There is: depth, epochs" in str(refused("zzz=1").hint)
    assert "The cell is empty" in str(refused("x=1", source="").hint)


def test_without_a_parameters_cell_any_name_is_taken() -> None:
    assert parse_assignments(["lr=0.5", "who=me"], Declared()) == {"lr": 0.5, "who": "me"}


def test_a_cell_that_cannot_be_read_takes_any_name() -> None:
    found = known("lr = = 1")
    assert found.unreadable == "the parameters cell could not be read: line 1: invalid syntax"
    assert parse_assignments(["lr=0.5", "x=1"], found) == {"lr": 0.5, "x": 1}


def test_large_values_are_a_limit() -> None:
    with pytest.raises(LimitError, match="name has more than"):
        parse_assignments(["name=" + "x" * 300_000], known())
    with pytest.raises(LimitError, match="the parameters have more than"):
        parse_assignments(["a=" + "x" * 200_000, "b=" + "x" * 200_000], Declared())


@given(st.text(), st.text())
def test_any_text_is_a_value_or_bad_input(name: str, value: str) -> None:
    try:
        found = parse_assignments([f"{name}={value}"], Declared())
    except InputError:
        return
    for key in found:
        compile(f"{key} = {literal(found[key])}", "cell", "exec")
