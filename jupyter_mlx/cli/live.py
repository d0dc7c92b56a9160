"""A run as it happens, printed: phases, cells, output, metrics, the verdict."""

from __future__ import annotations

import time
from typing import Any

from ..models import Json, Run, RunState
from ..runner.journal import Record
from .terminal import Screen, duration, number, one_line, printable

_METRICS_EVERY_S = 0.5
_SHOWN_PER_CELL = 1 << 20  # characters of one cell's text before the rest is only counted
_PAINT = {"succeeded": 32, "failed": 31, "cancelled": 33, "lost": 31, "running": 36}


class LiveView:
    """Prints the events of one run, in order, each once."""

    def __init__(self, screen: Screen, total_cells: int, titles: dict[int, str] | None = None) -> None:
        """``titles``: a line about a cell, by its index in the run's notebook."""
        self._screen = screen
        self._total = total_cells
        self._titles = titles or {}
        self._nth = 0
        self._column = 0  # characters on the unfinished output line
        self._held = ""  # an unfinished line without a terminal: only its last carriage return counts
        self._shown = 0
        self._hidden = 0
        self._phase = ""
        self._metrics: dict[str, Any] = {}
        self._metrics_at = 0.0

    def event(self, record: Record) -> None:
        """Print one event."""
        handler = getattr(self, "_on_" + str(record.event.get("type")), None)
        if handler is not None:
            handler(record.event)

    # -- what happens before the cells ----------------------------------------------------------------------------

    def _on_state(self, event: Json) -> None:
        state = str(event.get("state"))
        if state == "running":
            self._break()
            self._screen.line(self._screen.paint("running", 36))

    def _on_progress(self, event: Json) -> None:
        text = f"{event.get('phase')}: {event.get('message')}"
        if text != self._phase:
            self._phase = text
            self._break()
            self._screen.line("  " + self._screen.paint(one_line(text), 2))

    def _on_log(self, event: Json) -> None:
        if event.get("source") == "environment":
            return  # build.log has it; progress says the gist
        self._break()
        self._screen.line("  " + self._screen.paint(one_line(f"{event.get('source')}: {event.get('text')}"), 2))

    def _on_environment(self, event: Json) -> None:
        packages = event.get("packages")
        how = "cached" if event.get("cached") else f"ready in {duration(_float(event.get('seconds')))}"
        count = f", {len(packages)} packages" if isinstance(packages, dict) else ""
        self._break()
        self._screen.line(f"  environment {how}: python {one_line(str(event.get('python')), 40)}{count}")

    # -- cells ----------------------------------------------------------------------------------------------------

    def _on_cell(self, event: Json) -> None:
        state = str(event.get("state"))
        if state == "running":
            self._nth += 1
            self._shown = 0
            self._break()
            index = event.get("cell")
            title = self._titles.get(index, "") if isinstance(index, int) else ""
            head = self._screen.paint(f"[{self._nth}/{max(self._nth, self._total)}]", 1)
            self._screen.line(f"{head} {self._screen.paint(one_line(title, 80), 2)}".rstrip())
        elif state in ("succeeded", "failed", "cancelled"):
            self._tell_hidden()
            self._break()
            self._print_metrics()
            mark = {"succeeded": "done", "failed": "FAILED", "cancelled": "stopped"}[state]
            text = f"    {mark} in {duration(_float(event.get('duration_s')))}"
            self._screen.line(self._screen.paint(text, 31 if state == "failed" else 2))

    def _on_stream(self, event: Json) -> None:
        self._text(str(event.get("text", "")))

    def _on_output(self, event: Json) -> None:
        output = event.get("output")
        if not isinstance(output, dict):
            return
        if output.get("output_type") == "error":
            frames = output.get("traceback")
            lines = [str(frame) for frame in frames] if isinstance(frames, list) else []
            lines = lines or [f"{output.get('ename')}: {output.get('evalue')}"]
            self._break()
            self._text("\n".join(lines) + "\n")
            return
        data = output.get("data")
        if not isinstance(data, dict):
            return
        text = data.get("text/plain")
        text = "".join(map(str, text)) if isinstance(text, list) else text
        rich = [mime for mime in data if not mime.startswith("text/")]
        self._break()
        if isinstance(text, str):
            self._text(text + "\n")
        if rich:
            self._screen.line(self._screen.paint(f"    ({one_line(', '.join(rich), 120)})", 2))

    def _on_thinned(self, event: Json) -> None:
        self._hidden += int(_float(event.get("bytes")) or 0)

    def _on_metric(self, event: Json) -> None:
        values = event.get("values")
        if isinstance(values, dict):
            self._metrics.update(values)
            if event.get("step") is not None:
                self._metrics["step"] = event["step"]
        if time.monotonic() - self._metrics_at >= _METRICS_EVERY_S:
            self._print_metrics()

    def _on_cancel(self, event: Json) -> None:
        self._break()
        self._screen.line("  " + self._screen.paint(f"stopping: {one_line(str(event.get('step')), 40)}", 33))

    # -- printing -------------------------------------------------------------------------------------------------

    def _print_metrics(self) -> None:
        if self._metrics:
            shown = " · ".join(f"{one_line(key, 40)} {number(value)}" for key, value in list(self._metrics.items())[:8])
            self._break()
            self._screen.line("    " + self._screen.paint(shown, 36))
        self._metrics, self._metrics_at = {}, time.monotonic()

    def _text(self, text: str) -> None:
        room = _SHOWN_PER_CELL - self._shown
        if len(text) > room:
            self._hidden += len(text) - max(0, room)
            text = text[: max(0, room)]
        self._shown += len(text)
        text = printable(text.replace("\r\n", "\n"), self._screen.colour)
        if not text:
            return
        if self._screen.tty:
            self._screen.write(text)
            self._column = 0 if text.endswith("\n") else 1
            return
        *lines, rest = (self._held + text).split("\n")
        self._held = rest if len(rest) < _SHOWN_PER_CELL else _last_return(rest)
        self._screen.write("".join(_last_return(line) + "\n" for line in lines))

    def _break(self) -> None:
        """Be at the start of a line."""
        if self._held:
            self._screen.line(_last_return(self._held))
            self._held = ""
        if self._column:
            self._screen.line()
            self._column = 0

    def _tell_hidden(self) -> None:
        if self._hidden:
            self._break()
            self._screen.line(self._screen.paint(f"    … {self._hidden:,} more characters: jupyter mlx logs", 2))
            self._hidden = 0

    def verdict(self, run: Run) -> None:
        """The last lines: how it ended, what came of it."""
        self._tell_hidden()
        self._break()
        self._print_metrics()
        took = f" in {duration(run.ended - run.started)}" if run.ended and run.started else ""
        head = f"#{run.number} {run.state.value}{took}"
        self._screen.line(self._screen.paint(head, 1, _PAINT.get(run.state.value, 0)))
        if run.reason and run.state is not RunState.SUCCEEDED:
            self._screen.line("  " + one_line(run.reason, 500))
        for key, value in list(run.metrics.items())[:12]:
            self._screen.line(f"  {one_line(key, 40)} = {number(value)}")
        if run.outputs:
            total = sum(file.size for file in run.outputs)
            count = f"{len(run.outputs)} output file" + "s" * (len(run.outputs) > 1)
            self._screen.line(f"  {count}, {total:,} bytes: jupyter mlx fetch {run.number}")
        if run.cost is not None:
            self._screen.line(f"  cost {run.cost:.4f} {one_line(run.currency, 8)}")


def _float(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None


def _last_return(line: str) -> str:
    """What a terminal would still show of a line drawn over by carriage returns."""
    return line.rstrip("\r").rsplit("\r", 1)[-1]
