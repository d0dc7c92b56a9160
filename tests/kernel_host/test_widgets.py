"""Widgets without a front end."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from jupyter_mlx.kernel_host.widgets import Widgets

Json = dict[str, Any]


@pytest.fixture
def sent() -> list[tuple[str, Json]]:
    return []


@pytest.fixture
def widgets(sent) -> Widgets:
    made = Widgets(lambda comm_id, state, parent: sent.append((comm_id, state)))
    made.comm(opened("out", {"_model_name": "OutputModel", "_model_module": "@jupyter-widgets/output", "outputs": []}))
    return made


def message(kind: str, content: Json, parent: str = "cell", buffers: list[bytes] | None = None) -> Json:
    return {"msg_type": kind, "content": content, "parent_header": {"msg_id": parent}, "buffers": buffers or []}


def opened(comm_id: str, state: Json, target: str = "jupyter.widget") -> Json:
    return message("comm_open", {"comm_id": comm_id, "target_name": target, "data": {"state": state}})


def said(comm_id: str, state: Json, **more: Any) -> Json:
    buffers = more.pop("buffers", None)
    return message(
        "comm_msg", {"comm_id": comm_id, "data": {"method": "update", "state": state, **more}}, buffers=buffers
    )


def text(value: str, name: str = "stdout") -> Json:
    return {"output_type": "stream", "name": name, "text": value}


PRINTED = message("stream", {})


def outputs(widgets: Widgets, comm_id: str = "out") -> Any:
    state = widgets.state()
    assert state is not None
    return state["state"][comm_id]["state"]["outputs"]


def test_output_goes_where_it_is_asked_for(widgets, sent) -> None:
    assert not widgets.take(PRINTED, text("before"))
    widgets.comm(said("out", {"msg_id": "cell"}))
    assert widgets.take(PRINTED, text("a"))
    assert widgets.take(PRINTED, text("b"))
    assert widgets.take(PRINTED, text("c", "stderr"))
    assert not widgets.take(message("stream", {}, parent="another cell"), text("x"))
    widgets.comm(said("out", {"msg_id": ""}))
    assert not widgets.take(PRINTED, text("after"))
    assert sent == []
    widgets.sync()
    widgets.sync()
    assert sent == [("out", {"outputs": [text("ab"), text("c", "stderr")]})]
    assert outputs(widgets) == [text("ab"), text("c", "stderr")]


def test_the_inner_of_two_widgets_takes_it(widgets) -> None:
    widgets.comm(
        opened("in", {"_model_name": "OutputModel", "_model_module": "@jupyter-widgets/output", "outputs": []})
    )
    widgets.comm(said("out", {"msg_id": "cell"}))
    widgets.comm(said("in", {"msg_id": "cell"}))
    widgets.take(PRINTED, text("inner"))
    widgets.comm(said("in", {"msg_id": ""}))
    widgets.take(PRINTED, text("outer"))
    widgets.sync()
    assert (outputs(widgets, "in"), outputs(widgets, "out")) == ([text("inner")], [text("outer")])


def test_clearing_a_widget(widgets, sent) -> None:
    assert not widgets.clear(message("clear_output", {"wait": False}))
    widgets.comm(said("out", {"msg_id": "cell"}))
    widgets.take(PRINTED, text("a"))
    assert widgets.clear(message("clear_output", {"wait": True}))
    widgets.sync()
    assert outputs(widgets) == [text("a")]
    widgets.take(PRINTED, text("b"))
    widgets.sync()
    assert outputs(widgets) == [text("b")]
    widgets.clear(message("clear_output", {"wait": False}))
    widgets.sync()
    assert outputs(widgets) == []
    assert [state["outputs"] for _, state in sent] == [[text("a")], [text("b")], []]


def test_a_widget_without_end_is_full_one_day(widgets) -> None:
    widgets.comm(said("out", {"msg_id": "cell"}))
    taken = [widgets.take(PRINTED, text("x" * (1 << 20))) for _ in range(10)]
    assert taken == [True] * 8 + [False] * 2
    image = {"output_type": "display_data", "data": {"image/png": "x" * (9 << 20)}, "metadata": {}}
    assert not widgets.take(PRINTED, image)
    widgets.clear(message("clear_output", {"wait": False}))
    assert widgets.take(PRINTED, text("again"))


def test_the_state_is_as_notebooks_store_it(widgets) -> None:
    label = {"_model_name": "LabelModel", "_model_module": "m", "_model_module_version": "2", "value": "a"}
    widgets.comm(opened("label", label))
    widgets.comm(said("label", {"value": "b"}, buffer_paths=[["x", 0]], buffers=[b"\0\1"]))
    widgets.comm(said("label", {}, buffer_paths=[["x", 0]], buffers=[b"\2"]))
    widgets.comm(message("comm_msg", {"comm_id": "label", "data": {"method": "custom"}}))
    widgets.comm(opened("no model", {"value": 1}))
    widgets.comm(opened("other", {"a": 1}, target="somebody else's"))
    assert widgets.changed
    state = widgets.state()
    assert not widgets.changed
    assert set(state["state"]) == {"out", "label"}
    assert state["state"]["label"] == {
        "model_name": "LabelModel",
        "model_module": "m",
        "model_module_version": "2",
        "state": {**label, "value": "b"},
        "buffers": [{"data": base64.b64encode(b"\2").decode(), "encoding": "base64", "path": ["x", 0]}],
    }


def test_no_widgets_no_state() -> None:
    assert Widgets(lambda *_: None).state() is None


@pytest.mark.parametrize("content", [{}, {"comm_id": "x"}, {"comm_id": "x", "data": None}, {"data": {"state": [1]}}])
def test_odd_comms_are_passed_over(content, widgets) -> None:
    for kind in ("comm_open", "comm_msg"):
        widgets.comm(message(kind, content))
    widgets.comm(said("out", {"msg_id": ""}))  # lets go of what it never held
    assert set(widgets.state()["state"]) == {"out"}
