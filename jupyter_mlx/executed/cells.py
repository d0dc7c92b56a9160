"""The events of a run, folded into what each cell shows; live or all at once. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .outputs import Outputs, text_of

Json = dict[str, Any]

LIMIT = 10 << 20  # bytes of outputs in one cell; of more its head and its tail are kept
MAX_CELLS = 100_000
_TIMES = frozenset({"iopub.status.busy", "iopub.execute_input", "iopub.status.idle", "shell.execute_reply"})
_OF_A_CELL = frozenset({"cell", "stream", "output", "clear_output", "set_output"})


@dataclass
class FoldedCell:
    """What the events said about one cell so far."""

    outputs: Outputs
    id: str | None = None
    state: str | None = None
    execution_count: int | None = None
    timing: dict[str, str] = field(default_factory=dict)
    source: str | None = None  # of a cell that is not the notebook's

    def take(self, event: Json) -> None:
        """Follow a ``cell`` event."""
        self.id = text_of(event.get("id"), 64) or self.id
        self.state = text_of(event.get("state"), 20) or self.state
        count = event.get("execution_count")
        if isinstance(count, int) and not isinstance(count, bool) and count >= 0:
            self.execution_count = count
        timing = event.get("timing")
        if isinstance(timing, dict):
            self.timing = {key: text_of(timing[key], 40) for key in sorted(_TIMES & timing.keys())}
        if isinstance(event.get("source"), str):
            self.source = event["source"]


class Cells:
    """Outputs of all cells, folded event by event. ``limit`` is in bytes per cell, None for no limit."""

    def __init__(self, limit: int | None = LIMIT) -> None:
        self.language_info: Json | None = None
        self.widgets: Any = None
        self._limit = limit
        self._cells: dict[int, FoldedCell] = {}
        self._displays: dict[str, list[Outputs]] = {}

    def __iter__(self) -> Iterator[int]:
        return iter(sorted(self._cells))

    def __getitem__(self, index: int) -> FoldedCell:
        return self._cells[index]

    def get(self, index: int) -> FoldedCell | None:
        """The cell with that index, where there was an event of it."""
        return self._cells.get(index)

    def apply(self, event: Json) -> None:
        """Fold one event of the journal; events of no concern are passed over."""
        kind = event.get("type")
        if kind == "update_display":
            self._update_display(event)
        elif kind == "widgets":
            self.widgets = event.get("state")
        elif kind == "kernel":
            info = event.get("language_info")
            self.language_info = info if isinstance(info, dict) else self.language_info
        elif isinstance(kind, str) and kind in _OF_A_CELL:
            cell = self._cell(event.get("cell"))
            if cell is not None:
                self._apply_to(cell, kind, event)

    def _cell(self, index: object) -> FoldedCell | None:
        if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < MAX_CELLS:
            return None
        if index not in self._cells:
            self._cells[index] = FoldedCell(Outputs(self._limit))
        return self._cells[index]

    def _apply_to(self, cell: FoldedCell, kind: str, event: Json) -> None:
        if kind == "cell":
            cell.take(event)
        elif kind == "clear_output":
            cell.outputs.clear(wait=bool(event.get("wait")))
        elif kind == "stream":
            self._output(cell, {**event, "output_type": "stream"})
        elif kind == "output":
            self._output(cell, event.get("output"))
        elif isinstance(event.get("outputs"), list):
            cell.outputs.clear(wait=False)
            for output in event["outputs"]:
                self._output(cell, output)

    def _output(self, cell: FoldedCell, output: object) -> None:
        display_id = cell.outputs.add(output) if isinstance(output, dict) else None
        if display_id:
            holders = self._displays.setdefault(display_id, [])
            if not any(holder is cell.outputs for holder in holders):
                holders.append(cell.outputs)

    def _update_display(self, event: Json) -> None:
        for outputs in self._displays.get(str(event.get("display_id")), ()):
            outputs.update_display(str(event["display_id"]), event.get("data"), event.get("metadata"))
