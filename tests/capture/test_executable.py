"""The notebook that runs has its parameters in one cell of their own, where papermill puts it."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest

from jupyter_mlx.capture.executable import Executable, executable
from jupyter_mlx.capture.parameters import declared
from jupyter_mlx.errors import InputError

from .notebooks import Json, code, read, text


def made(params: dict[str, Any], *cells: Json, first_cell: int | None = None, **extra: Any) -> Executable:
    given = read(*cells, **extra)
    result = executable(given, params, declared(given), first_cell)
    nbformat.validate(nbformat.from_dict(result.content))
    assert len(result.origins) == len(result.content["cells"])
    assert [{"index": cell["index"], "id": cell["id"]} for cell in result.cells] == [
        {"index": i, "id": cell["id"]} for i, cell in enumerate(result.content["cells"]) if cell["cell_type"] == "code"
    ]
    return result


def sources(result: Executable) -> list[str]:
    return [cell["source"] for cell in result.content["cells"]]


INJECTED = "# Parameters\nlr = 0.5"


def test_parameters_follow_the_tagged_cell() -> None:
    result = made({"lr": 0.5}, text("t"), code("lr = 0.1", "parameters"), code("print(lr)"))
    assert sources(result) == ["t", "lr = 0.1", INJECTED, "print(lr)"]
    assert result.origins == [0, 1, None, 2]
    assert result.content["cells"][2]["metadata"] == {"tags": ["injected-parameters"]}
    assert result.warnings == []


def test_without_a_tagged_cell_they_come_first() -> None:
    assert sources(made({"lr": 0.5}, text("t"), code("print(lr)"))) == [INJECTED, "t", "print(lr)"]


def test_no_parameters_no_cell() -> None:
    result = made({}, code("lr = 0.1", "parameters"), code("print(lr)"))
    assert sources(result) == ["lr = 0.1", "print(lr)"]
    assert result.origins == [0, 1]


def test_an_earlier_injected_cell_is_replaced() -> None:
    old = code("# Parameters\nlr = 9", "injected-parameters")
    assert sources(made({"lr": 0.5}, code("lr = 0.1", "parameters"), old, code("x"))) == ["lr = 0.1", INJECTED, "x"]
    assert sources(made({"lr": 0.5}, text("t"), old, code("x"))) == ["t", INJECTED, "x"]
    assert sources(made({"lr": 0.5}, old, code("lr = 0.1", "parameters"), old, code("x"))) == [
        "lr = 0.1",
        INJECTED,
        "x",
    ]
    assert sources(made({}, code("lr = 0.1", "parameters"), old)) == ["lr = 0.1", "# Parameters\nlr = 9"]


def test_injecting_into_the_result_again_changes_one_cell() -> None:
    first = made({"lr": 0.5}, code("lr = 0.1", "parameters"), code("print(lr)"))
    second = made({"lr": 0.7}, *first.content["cells"])
    assert sources(second) == ["lr = 0.1", "# Parameters\nlr = 0.7", "print(lr)"]


def skipped(result: Executable) -> list[str]:
    return [result.content["cells"][cell["index"]]["source"] for cell in result.cells if cell.get("skip") is True]


def test_from_a_cell_on_all_before_it_is_skipped_but_the_parameters() -> None:
    cells = (text("t"), code("a"), code("lr = 0.1", "parameters"), code("b"), code("c"))
    result = made({"lr": 0.5}, *cells, first_cell=4)
    assert sources(result) == ["t", "a", "lr = 0.1", INJECTED, "b", "c"]
    assert skipped(result) == ["a", "b"]
    assert skipped(made({"lr": 0.5}, code("a"), code("b"), first_cell=1)) == ["a"]
    earlier = code("# Parameters\nlr = 9", "injected-parameters")
    assert skipped(made({}, code("a"), earlier, code("b"), code("c"), first_cell=3)) == ["a", "b"]
    for nothing in (None, 0):
        assert skipped(made({}, *cells, first_cell=nothing)) == []


def test_a_first_cell_with_no_code_from_it_on_is_refused() -> None:
    cells = (code("a"), code("b"), text("the end"))
    assert skipped(made({}, *cells, first_cell=1)) == ["a"]
    for beyond in (2, 3, 10**6):
        with pytest.raises(InputError, match=f"no code cell from cell {beyond} on") as caught:
            made({}, *cells, first_cell=beyond)
        assert (caught.value.field, caught.value.hint) == ("first_cell", "The notebook has cells 0 to 2.")


def test_the_injected_id_is_never_that_of_another_cell() -> None:
    result = made({"lr": 0.5}, code("x", cell_id="injected-parameters"))
    assert len({cell["id"] for cell in result.content["cells"]}) == 2


def test_values_are_literals_whatever_they_hold() -> None:
    hostile = {"a": "'; import os; os.system('x') #\n", "b": float("nan"), "c": [None, {"k": (1,)}]}
    scope: dict[str, Any] = {}
    exec(sources(made(hostile, code("pass")))[0], scope)
    assert scope["a"] == hostile["a"]
    assert scope["b"] != scope["b"]
    assert scope["c"] == [None, {"k": (1,)}]


def test_a_value_that_the_notebook_overwrites_is_said() -> None:
    result = made({"lr": 0.5, "who": "me"}, code("import os"), code("lr = 0.1\nother = 2"), code("lr = 3"))
    assert len(result.warnings) == 1
    assert result.warnings[0].startswith("cell 2 assigns lr after the parameters are set")


def test_other_languages_take_no_parameters_but_run() -> None:
    with pytest.raises(InputError, match="language is r; parameters can be given to Python notebooks only"):
        made({"lr": 0.5}, code("lr <- 1", "parameters"), kernel="ir", language="R")
    assert sources(made({}, code("lr <- 1"), kernel="ir", language="R")) == ["lr <- 1"]


def test_the_notebook_given_is_not_touched() -> None:
    given = read(code("lr = 0.1", "parameters"))
    executable(given, {"lr": 1}, declared(given))
    assert len(given.cells) == 1


def test_the_bytes_are_a_notebook() -> None:
    again = nbformat.reads(made({"lr": 0.5}, code("print(lr)")).dump().decode(), as_version=4)
    assert [cell["source"] for cell in again.cells] == [INJECTED, "print(lr)"]
