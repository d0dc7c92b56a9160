"""Events folded into outputs, as a front end would."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_mlx.executed import Cells


def never(name: str) -> bytes:
    raise KeyError(name)


def fold(*events: dict[str, Any], limit: int | None = None) -> Cells:
    cells = Cells(limit)
    for event in events:
        cells.apply(event)
    return cells


def shown(cells: Cells, cell: int = 0) -> list[Any]:
    """Texts of streams, plain texts of the rest."""
    outputs = cells[cell].outputs.resolved(never)
    return [o["text"] if o["output_type"] == "stream" else o.get("data", {}).get("text/plain") for o in outputs]


def stream(text: str, name: str = "stdout", cell: int = 0) -> dict[str, Any]:
    return {"type": "stream", "cell": cell, "name": name, "text": text}


def display(text: str, display_id: str | None = None, cell: int = 0, kind: str = "display_data") -> dict[str, Any]:
    output: dict[str, Any] = {"output_type": kind, "data": {"text/plain": text}, "metadata": {}}
    if kind == "execute_result":
        output["execution_count"] = 1
    if display_id:
        output["display_id"] = display_id
    return {"type": "output", "cell": cell, "output": output}


def update(display_id: str, text: str) -> dict[str, Any]:
    return {"type": "update_display", "display_id": display_id, "data": {"text/plain": text}, "metadata": {"new": True}}


def clear(wait: bool = False, cell: int = 0) -> dict[str, Any]:
    return {"type": "clear_output", "cell": cell, "wait": wait}


def test_text_joins_text_of_the_same_stream() -> None:
    cells = fold(stream("a"), stream("b"), stream("x", "stderr"), stream("c"), display("d"), stream("e"))
    assert shown(cells) == ["ab", "x", "c", "d", "e"]
    assert [o.get("name") for o in cells[0].outputs.resolved(never)] == ["stdout", "stderr", "stdout", None, "stdout"]


def test_text_stays_raw() -> None:
    assert shown(fold(stream("10%\r"), stream("20%\b\r\x1b[31m"))) == ["10%\r20%\b\r\x1b[31m"]


def test_cells_are_apart() -> None:
    cells = fold(stream("a", cell=3), stream("b", cell=1))
    assert list(cells) == [1, 3]
    assert (shown(cells, 1), shown(cells, 3)) == (["b"], ["a"])
    assert cells.get(2) is None


def test_clear_output() -> None:
    assert shown(fold(stream("a"), clear(), stream("b"))) == ["b"]
    assert shown(fold(stream("a"), clear())) == []
    assert shown(fold(stream("a"), clear(wait=True))) == ["a"]
    assert shown(fold(stream("a"), clear(wait=True), stream("b"), stream("c"))) == ["bc"]
    assert shown(fold(stream("a"), clear(wait=True), display("b"))) == ["b"]
    assert shown(fold(stream("a"), clear(wait=True), clear(wait=True), display("b"), display("c"))) == ["b", "c"]
    assert shown(fold(stream("a"), clear(wait=True), clear(), display("b"), display("c"))) == ["b", "c"]


def test_a_display_is_updated_wherever_it_stands() -> None:
    cells = fold(
        display("a", "x"), display("b", "y"), display("c", "x", cell=1, kind="execute_result"), update("x", "new")
    )
    assert (shown(cells), shown(cells, 1)) == (["new", "b"], ["new"])
    assert cells[0].outputs.resolved(never)[0]["metadata"] == {"new": True}
    assert cells[1].outputs.resolved(never)[0]["execution_count"] == 1
    assert "display_id" not in cells[0].outputs.resolved(never)[0]


def test_updates_of_what_is_not_there_change_nothing() -> None:
    assert shown(fold(update("x", "early"), display("a", "x"), update("y", "other"))) == ["a"]
    assert shown(fold(display("a", "x"), clear(), display("b"), update("x", "new"))) == ["b"]
    assert shown(fold(display("a", "x"), clear(wait=True), update("x", "new"))) == ["new"]
    assert shown(fold(display("a", "x"), clear(wait=True), display("b"), update("x", "new"))) == ["b"]


def test_outputs_set_at_once() -> None:
    outputs = [
        display("a", "x")["output"],
        {"output_type": "stream", "name": "stderr", "text": ["b", "c"]},
        "no output",
    ]
    cells = fold(stream("old"), {"type": "set_output", "cell": 0, "outputs": outputs}, update("x", "new"))
    assert shown(cells) == ["new", "bc"]


def test_what_a_cell_event_says() -> None:
    cells = fold(
        {"type": "cell", "cell": 2, "id": "abc", "state": "running", "source": "1+1"},
        {
            "type": "cell",
            "cell": 2,
            "id": "abc",
            "state": "failed",
            "execution_count": 7,
            "duration_s": 1.5,
            "timing": {"iopub.status.busy": "2026-01-01T00:00:00.000000Z", "evil": 1},
        },
    )
    assert (cells[2].id, cells[2].state, cells[2].execution_count, cells[2].source) == ("abc", "failed", 7, "1+1")
    assert cells[2].timing == {"iopub.status.busy": "2026-01-01T00:00:00.000000Z"}


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"type": ["stream"]},
        {"type": "stream"},
        {"type": "stream", "cell": "0", "text": "a"},
        {"type": "stream", "cell": True, "text": "a"},
        {"type": "stream", "cell": -1, "text": "a"},
        {"type": "stream", "cell": 10**9, "text": "a"},
        {"type": "stream", "cell": 0, "text": 3},
        {"type": "output", "cell": 0, "output": None},
        {"type": "output", "cell": 0, "output": {"output_type": "pyout"}},
        {"type": "output", "cell": 0, "output": {"output_type": {}}},
        {"type": "set_output", "cell": 0, "outputs": 3},
        {"type": "update_display", "display_id": [1]},
        {"type": "no such type", "cell": 0},
        {"type": "cell", "cell": 0, "timing": [], "id": 3, "state": {}, "execution_count": "7", "source": 1},
        {"type": "kernel", "language_info": "python"},
    ],
)
def test_nonsense_is_passed_over(event) -> None:
    cells = fold(stream("before"), event, stream(" after"))
    assert shown(cells) == ["before after"]
    assert (cells[0].id, cells[0].execution_count, cells.language_info) == (None, None, None)


class TestLimit:
    def test_head_and_tail_stay_with_a_mark_between(self) -> None:
        cells = fold(*(stream(f"{n:09d}\n") for n in range(1000)), limit=1000)
        head, mark, tail = shown(cells)
        assert head == "".join(f"{n:09d}\n" for n in range(50))
        assert tail.endswith("000000999\n")
        assert 500 <= len(tail) <= 750
        assert f"{10_000 - len(head) - len(tail)} bytes of output left out" in mark

    def test_nothing_is_marked_up_to_the_limit(self) -> None:
        text = "x" * 1000
        assert shown(fold(*(stream(c) for c in text), limit=1000)) == [text]
        assert shown(fold(stream(text), limit=1000)) == [text]

    def test_no_limit(self) -> None:
        assert shown(fold(*(stream("x" * 1000) for _ in range(100)), limit=None)) == ["x" * 100_000]

    def test_one_text_larger_than_everything(self) -> None:
        head, mark, tail = shown(fold(stream("é" * 100_000), limit=1000))
        assert set(head + tail) == {"é"}
        assert "left out" in mark
        assert len((head + tail).encode()) < 2000

    def test_a_large_output_within_the_limit_stays(self) -> None:
        cells = fold(display("a"), display("b" * 900), stream("c"), limit=1000)
        assert shown(cells) == ["a", "b" * 900, "c"]

    def test_large_outputs_go_whole(self) -> None:
        cells = fold(display("a"), display("b" * 600), display("c"), stream("d" * 700), display("e"), limit=1000)
        assert shown(cells)[0] == "a"
        assert shown(cells)[-2:][1] == "e"
        assert "left out" in shown(cells)[1]

    def test_a_display_that_grows_counts(self) -> None:
        cells = fold(stream("x" * 600), display("a", "id"), update("id", "y" * 900), limit=1000)
        assert "y" * 900 not in shown(cells)
        assert any("left out" in text for text in shown(cells))

    def test_left_out_displays_take_no_updates(self) -> None:
        cells = fold(stream("x" * 600), display("y" * 900, "id"), update("id", "z"), display("last"), limit=1000)
        assert shown(cells)[-1] == "last"
        assert "z" not in shown(cells)

    def test_values_elsewhere_count_with_their_size(self) -> None:
        away = {"$media": "0" * 64, "size": 10_000, "encoding": "text"}
        output = {"output_type": "display_data", "data": {"image/png": away}, "metadata": {}}
        cells = fold({"type": "output", "cell": 0, "output": output}, stream("after"), limit=1000)
        assert "10000 bytes of output left out" in shown(cells)[0]
        assert shown(cells)[1] == "after"

    def test_clearing_starts_anew(self) -> None:
        assert shown(fold(stream("x" * 5000), clear(), stream("y" * 900), limit=1000)) == ["y" * 900]

    def test_memory_is_bounded_while_text_flows(self) -> None:
        cells = Cells(100_000)
        for _ in range(2000):
            cells.apply(stream("x" * 10_000))
        assert sum(map(len, shown(cells))) < 150_000
