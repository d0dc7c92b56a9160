"""The live view prints each event once, in order, and never what would steer the terminal."""

import io
from typing import Any

from jupyter_mlx.cli.live import LiveView
from jupyter_mlx.cli.terminal import Screen
from jupyter_mlx.models import OutputFile, Run, RunState
from jupyter_mlx.runner.journal import Record


def shown(*events: dict[str, Any], run: "Run | None" = None) -> str:
    out = io.StringIO()
    view = LiveView(Screen(out, io.StringIO()), total_cells=2)
    for seq, event in enumerate(events, 1):
        view.event(Record(0, 0, seq, event))
    if run:
        view.verdict(run)
    return out.getvalue()


def cell(state: str, **more: Any) -> dict[str, Any]:
    return {"type": "cell", "cell": 0, "id": "a", "state": state, **more}


def stream(text: str) -> dict[str, Any]:
    return {"type": "stream", "cell": 0, "name": "stdout", "text": text}


def test_a_cell_with_output() -> None:
    text = shown(cell("running"), stream("hel"), stream("lo\nworld"), cell("succeeded", duration_s=1.5))
    assert text.splitlines() == ["[1/2]", "hello", "world", "    done in 1.5 s"]


def test_a_cell_is_announced_by_its_first_line() -> None:
    out = io.StringIO()
    view = LiveView(Screen(out, io.StringIO()), 1, {0: "x = 1\x1b[2J"})
    view.event(Record(0, 0, 1, cell("running")))
    assert out.getvalue() == "[1/1] x = 1\n"


def test_carriage_returns_fold_without_a_terminal() -> None:
    text = shown(cell("running"), stream("10%\r"), stream("50%\r100%"), stream("\nnext\r\n"))
    assert text.splitlines() == ["[1/2]", "100%", "next"]


def test_results_errors_and_rich_data() -> None:
    text = shown(
        {"type": "output", "cell": 0, "output": {"output_type": "execute_result", "data": {"text/plain": "42"}}},
        {
            "type": "output",
            "cell": 0,
            "output": {"output_type": "display_data", "data": {"image/png": {"$media": "x"}}},
        },
        {"type": "output", "cell": 0, "output": {"output_type": "error", "traceback": ["\x1b[31mboom\x1b[2J"]}},
    )
    assert text.splitlines() == ["42", "    (image/png)", "boom"]


def test_metrics_are_shown_at_the_end_of_a_cell_at_the_latest() -> None:
    metrics = [{"type": "metric", "values": {"loss": 1 / (i + 1)}, "step": i} for i in range(100)]
    text = shown(cell("running"), *metrics, cell("succeeded", duration_s=0.1))
    assert "loss 0.01 · step 99" in text
    assert text.count("loss") <= 3


def test_a_flood_is_cut_and_counted() -> None:
    text = shown(cell("running"), *[stream("x" * 65535 + "\n")] * 40, cell("succeeded", duration_s=1))
    assert len(text) < 1_200_000
    assert "more characters: jupyter mlx logs" in text


def test_hostile_events_do_not_break_the_view() -> None:
    hostile: list[dict[str, Any]] = [
        {"type": "output", "output": None},
        {"type": "output", "output": {"data": 3}},
        {"type": "cell", "state": None},
        {"type": "stream", "text": {"a": 1}},
        {"type": "metric", "values": []},
        {"type": "metric", "values": {"\x1b[2J": "\x1b]0;t\x07"}},
        {"type": "thinned", "bytes": "many"},
        {"type": "environment", "packages": 4, "seconds": "x"},
        {"type": "verdict"},
        {"type": "__class__"},
    ]
    assert "\x1b" not in shown(*hostile, cell("succeeded"))


def test_the_verdict() -> None:
    run = Run(
        id="0" * 26,
        number=12,
        project="/p",
        notebook="n.ipynb",
        machine="m",
        state=RunState.FAILED,
        reason="cell 3: ValueError: no\nsuch",
        started=10.0,
        ended=20.0,
        metrics={"loss": 0.5},
        outputs=[OutputFile("a.txt", 1200, None)],
        price=3.6,
    )
    assert shown(run=run).splitlines() == [
        "#12 failed in 10.0 s",
        "  cell 3: ValueError: no such",
        "  loss = 0.5",
        "  1 output file, 1,200 bytes: jupyter mlx fetch 12",
        "  cost 0.0100 USD",
    ]
