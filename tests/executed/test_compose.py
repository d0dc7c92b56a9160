"""The executed notebook: outputs in place, always valid, whatever the machine said."""

from __future__ import annotations

import copy
import hashlib
import json
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlx.executed import compose

Json = dict[str, Any]


class Shelf:
    """Media in memory."""

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}

    def put(self, value: Any) -> Json:
        data = value.encode() if isinstance(value, str) else json.dumps(value).encode()
        name = hashlib.sha256(data).hexdigest()
        self.values[name] = data
        return {"$media": name, "size": len(data), "encoding": "text" if isinstance(value, str) else "json"}

    def get(self, name: str) -> bytes:
        return self.values[name]


@pytest.fixture
def notebook() -> Json:
    code = {"cell_type": "code", "metadata": {"tags": ["a"]}, "outputs": [{"old": 1}], "execution_count": 9}
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        "cells": [
            {"cell_type": "markdown", "metadata": {}, "source": "# Title", "id": "m"},
            {**code, "source": ["print(1)\n", "2"], "id": "a"},
            {**code, "source": "never run", "id": "b"},
        ],
    }


def made(notebook: Json, *events: Json, media: Any = None, **options: Any) -> Json:
    before = copy.deepcopy(notebook)
    result = compose(notebook, events, media or Shelf().get, **options)
    assert notebook == before
    nbformat.validate(nbformat.from_dict(result))
    json.dumps(result, allow_nan=False)
    return result


def output(cell: int, data: Any, kind: str = "display_data", **more: Any) -> Json:
    return {"type": "output", "cell": cell, "output": {"output_type": kind, "data": data, "metadata": {}, **more}}


def test_outputs_counts_and_times_are_in_place(notebook) -> None:
    times = {"iopub.status.busy": "2026-01-01T00:00:00.000000Z", "shell.execute_reply": "2026-01-01T00:00:01.000000Z"}
    done = {"type": "cell", "cell": 1, "id": "a", "state": "failed", "execution_count": 1, "timing": times}
    failure = {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["t"]}
    result = made(
        notebook,
        {"type": "cell", "cell": 1, "id": "a", "state": "running"},
        {"type": "stream", "cell": 1, "name": "stdout", "text": "1\n"},
        output(1, {"text/plain": "2"}, "execute_result", execution_count=1),
        {"type": "output", "cell": 1, "output": failure},
        done,
    )
    cell = result["cells"][1]
    assert cell["outputs"] == [
        {"output_type": "stream", "name": "stdout", "text": "1\n"},
        {"output_type": "execute_result", "data": {"text/plain": "2"}, "metadata": {}, "execution_count": 1},
        failure,
    ]
    assert (cell["execution_count"], cell["metadata"]) == (1, {"tags": ["a"], "execution": times})
    assert (result["cells"][2]["outputs"], result["cells"][2]["execution_count"]) == ([], None)
    assert result["cells"][0] == notebook["cells"][0]


def test_the_notebook_explains_itself(notebook) -> None:
    info = {"name": "python", "version": "3.11", "codemirror_mode": {"name": "ipython"}, "file_extension": 3}
    state = {"state": {"m": {"model_name": "LabelModel"}}, "version_major": 2, "version_minor": 0}
    events = [{"type": "kernel", "language_info": info}, {"type": "widgets", "state": state}]
    result = made(notebook, *events, run={"id": "X", "number": 12, "machine": "gpu", "state": "succeeded"})
    assert result["metadata"] == {
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
        "language_info": {"name": "python", "version": "3.11", "codemirror_mode": {"name": "ipython"}},
        "widgets": {"application/vnd.jupyter.widget-state+json": state},
        "jupyter_mlx": {"id": "X", "number": 12, "machine": "gpu", "state": "succeeded"},
    }


def test_large_values_are_read_where_they_are(notebook) -> None:
    shelf = Shelf()
    figure = {"data": [1, 2], "layout": {}}
    state = {"state": {}, "version_major": 2, "version_minor": 0}
    data = {"image/png": shelf.put("aGk="), "application/vnd.plotly.v1+json": shelf.put(figure), "text/plain": "short"}
    result = made(notebook, output(1, data), {"type": "widgets", "state": shelf.put(state)}, media=shelf.get)
    shown = result["cells"][1]["outputs"][0]["data"]
    assert shown == {"image/png": "aGk=", "application/vnd.plotly.v1+json": figure, "text/plain": "short"}
    assert result["metadata"]["widgets"] == {"application/vnd.jupyter.widget-state+json": state}


def test_values_that_are_lost_leave_a_note(notebook) -> None:
    def gone(name: str) -> bytes:
        raise OSError(name)

    away = {"$media": "0" * 64, "size": 123, "encoding": "text"}
    evil = {"$media": "../../etc/passwd", "size": 5, "encoding": "text"}
    result = made(notebook, output(1, {"image/png": away}), output(1, {"image/png": evil}), media=gone)
    assert [shown["data"] for shown in result["cells"][1]["outputs"]] == [
        {"text/plain": "(123 bytes of image/png could not be read)"},
        {"text/plain": "(5 bytes of image/png could not be read)"},
    ]


def test_only_digests_are_asked_for(notebook) -> None:
    asked: list[str] = []

    def media(name: str) -> bytes:
        asked.append(name)
        return b"\xff not json"

    names = ["../x", "", "A" * 64, "0" * 63, 3, None, "0" * 64]
    data = [{"$media": name, "size": "x", "encoding": "json"} for name in names]
    made(notebook, *(output(1, {"image/png": value}) for value in data), media=media)
    assert asked == ["0" * 64]


def test_damaged_values_are_lost_too(notebook) -> None:
    away = {"$media": "0" * 64, "size": 9, "encoding": "json"}
    result = made(notebook, output(1, {"application/json": away}), media=lambda _: b"[" * 100_000)
    assert result["cells"][1]["outputs"][0]["data"] == {"text/plain": "(9 bytes of application/json could not be read)"}


def test_cells_that_came_from_outside_are_added(notebook) -> None:
    events = [
        {"type": "cell", "cell": 3, "id": "x", "state": "running", "source": "print('later')"},
        {"type": "stream", "cell": 3, "name": "stdout", "text": "later\n"},
        {"type": "stream", "cell": 7, "name": "stdout", "text": "of no cell"},
    ]
    result = made(notebook, *events)
    assert len(result["cells"]) == 4
    assert (result["cells"][3]["source"], result["cells"][3]["outputs"][0]["text"]) == ("print('later')", "later\n")
    notebook["nbformat_minor"] = 4
    for cell in notebook["cells"]:
        del cell["id"]
    assert "id" not in made(notebook, *events)["cells"][3]


def test_output_of_what_is_no_code_cell_is_left_out(notebook) -> None:
    assert made(notebook, {"type": "stream", "cell": 0, "name": "stdout", "text": "x"})["cells"][0].keys() == {
        "cell_type",
        "metadata",
        "source",
        "id",
    }


def test_the_limit_holds_per_cell(notebook) -> None:
    events = [{"type": "stream", "cell": cell, "name": "stdout", "text": "x" * 5000} for cell in (1, 2)]
    result = made(notebook, *events, limit=1000)
    assert [len(cell["outputs"]) for cell in result["cells"][1:]] == [3, 3]
    assert len(json.dumps(made(notebook, *events, limit=None))) > 10_000


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {"text/plain": 3},
        {"text/plain": None},
        {"text/plain": {"a": 1}},
        {"text/html": ["<b>", "x</b>"]},
        {"text/html": ["<b>", 3]},
        {"application/json": [1, {"a": None}]},
        {"application/vnd.x+json": "text"},
        {"": "x", "a/b": ["c"]},
    ],
)
def test_any_data_gives_a_valid_notebook(data, notebook) -> None:
    for kind in ("display_data", "execute_result"):
        made(notebook, output(1, data, kind, execution_count="x", metadata=[1]))
    made(
        notebook,
        output(1, {"text/plain": "a"}, display_id="i"),
        {"type": "update_display", "display_id": "i", "data": data},
    )


scalars = st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5)
values = st.recursive(
    scalars | st.sampled_from(["stdout", "stream", "display_data", "error", "execute_result", "text/plain", "$media"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "output_type",
                    "data",
                    "metadata",
                    "name",
                    "text",
                    "display_id",
                    "traceback",
                    "ename",
                    "text/plain",
                    "application/json",
                    "$media",
                    "execution_count",
                    "wait",
                    "state",
                    "id",
                    "source",
                    "timing",
                ]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=10,
)
kinds = ["stream", "output", "clear_output", "set_output", "update_display", "cell", "widgets", "kernel", "other"]
fields = [
    "output",
    "outputs",
    "text",
    "name",
    "wait",
    "data",
    "metadata",
    "display_id",
    "state",
    "language_info",
    "source",
]
events = st.builds(
    lambda kind, cell, more: {**more, "type": kind, "cell": cell},
    st.sampled_from(kinds),
    st.sampled_from([0, 1, 2, 3, 4, "1", None]),
    st.dictionaries(st.sampled_from(fields), values, max_size=5),
)


@given(st.lists(events, max_size=12), st.sampled_from([None, 1, 20, 1000]))
def test_whatever_the_machine_says_the_notebook_is_valid(said, limit) -> None:
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": ""}
    cells = [{**cell, "id": f"c{n}"} for n in range(3)]
    made({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}, *said, limit=limit)
