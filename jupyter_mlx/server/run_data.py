"""What a run told: metrics, text, events, the executed notebook."""

from __future__ import annotations

from ..executed.outputs import text_of
from ..models import MetricPoint, OutputFile
from . import pages
from .asked import SinceQuery
from .base import MlxHandler
from .contract import operation
from .runs import known
from .views import CellSource, EventPage, ExecutedNotebook, LogPage, Metrics, Missing, RunSource, Series


class MetricsHandler(MlxHandler):
    """``jupyter-mlx/runs/{run}/metrics``."""

    auth_resource = "jupyter_mlx:runs"

    @operation("All points of all metrics, in columns", answer=Metrics)
    async def get(self, run: str) -> None:
        """Metrics by key."""
        store = self.service.workbench.store

        def read() -> Metrics:
            points = store.metrics(known(store, run).id)
            return Metrics({key: _columns(some) for key, some in points.items()})

        await self.reply(read)


class LogsHandler(MlxHandler):
    """``jupyter-mlx/runs/{run}/logs``."""

    auth_resource = "jupyter_mlx:runs"

    @operation("The text a run put out, from an offset on", answer=LogPage, query=SinceQuery)
    async def get(self, run: str) -> None:
        """A page of text."""
        store, asked = self.service.workbench.store, self.query
        await self.reply(lambda: pages.logs(store, known(store, run).id, asked.since, asked.limit))


class EventsHandler(MlxHandler):
    """``jupyter-mlx/runs/{run}/events``."""

    auth_resource = "jupyter_mlx:runs"

    @operation("The events of a run, from an offset on", answer=EventPage, query=SinceQuery)
    async def get(self, run: str) -> None:
        """A page of events."""
        store, asked = self.service.workbench.store, self.query
        await self.reply(lambda: pages.events(store, known(store, run).id, asked.since, asked.limit))


class NotebookHandler(MlxHandler):
    """``jupyter-mlx/runs/{run}/notebook``."""

    auth_resource = "jupyter_mlx:runs"

    @operation("The notebook that ran, with its outputs so far", answer=ExecutedNotebook)
    async def get(self, run: str) -> None:
        """The executed notebook; large outputs come from the machine where they were not fetched before."""
        bench = self.service.workbench

        def compose() -> ExecutedNotebook:
            notebook, missing = bench.dispatcher.executed(known(bench.store, run).id)
            return ExecutedNotebook(notebook, [Missing(*one) for one in missing])

        await self.reply(compose, slow=True)


class SourceHandler(MlxHandler):
    """``jupyter-mlx/runs/{run}/source``."""

    auth_resource = "jupyter_mlx:runs"

    @operation("The code cells a run was given, without outputs", answer=RunSource)
    async def get(self, run: str) -> None:
        """What an open notebook is compared with."""
        bench = self.service.workbench

        def read() -> RunSource:
            cells = bench.dispatcher.sent(known(bench.store, run).id).get("cells")
            given = enumerate(cells if isinstance(cells, list) else [])
            code = ((n, cell) for n, cell in given if isinstance(cell, dict) and cell.get("cell_type") == "code")
            return RunSource(
                [CellSource(n, text_of(cell.get("id"), 64), text_of(cell.get("source"))) for n, cell in code]
            )

        await self.reply(read, slow=True)


class OutputsHandler(MlxHandler):
    """``jupyter-mlx/runs/{run}/outputs``."""

    auth_resource = "jupyter_mlx:runs"

    @operation("The files a run left behind", answer=list[OutputFile])
    async def get(self, run: str) -> None:
        """Names and sizes."""
        store = self.service.workbench.store
        await self.reply(lambda: known(store, run).outputs)


def _columns(points: list[MetricPoint]) -> Series:
    return Series(
        [point.step for point in points],
        [point.value for point in points],
        [point.time for point in points],
        [point.seq for point in points],
    )
