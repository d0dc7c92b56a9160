"""Runs: the list, starting one, and what people do with one."""

from __future__ import annotations

from ..errors import ConflictError, InputError, NotFoundError
from ..models import Run
from ..runner.names import RUN_ID
from ..store import Order, Store, cursor, run_of
from .asked import Again, FetchInto, NewRun, Nothing, RunChange, RunQuery
from .base import MlxHandler, no_run
from .capturing import preflight, started
from .contract import NOTEBOOK, operation
from .places import local_path
from .projects import project_path
from .views import FetchedFiles, Missing, Preflight, RunPage, summary


class PreflightHandler(MlxHandler):
    """``jupyter-mlx/preflight``."""

    auth_resource = "jupyter_mlx:runs"

    @operation(
        "What a run would be given; nothing is sent",
        answer=Preflight,
        action="execute",  # the kernel's Python is asked for its packages
        body=NewRun,
        body_limit=NOTEBOOK,
    )
    async def post(self) -> None:
        """Capture and tell."""
        await self.reply(lambda: preflight(self.service, self.body), slow=True)


class RunsHandler(MlxHandler):
    """``jupyter-mlx/runs``."""

    auth_resource = "jupyter_mlx:runs"

    @operation("Runs in pages, newest first or as `sort` says", answer=RunPage, query=RunQuery)
    async def get(self) -> None:
        """Some runs."""
        await self.reply(lambda: _page(self.service.workbench.store, self.query, self.service.root))

    @operation(
        "Start a run; 200 where the id is known already, 201 where the run is new",
        answer=Run,
        status=201,
        action="execute",
        body=NewRun,
        body_limit=NOTEBOOK,
    )
    async def post(self) -> None:
        """Answers once the machine has durably accepted, or with the run queued and the reason."""
        new = False

        def start() -> Run:
            nonlocal new
            run, new = started(self.service, self.body)
            return run

        async with self.service.once(self.body.id or ""):
            run = await self.service.slowly(start)
        self.service.tender.wake(run.id)
        await self.reply(lambda: run, status=201 if new else 200)


class RunHandler(MlxHandler):
    """``jupyter-mlx/runs/{run}``."""

    auth_resource = "jupyter_mlx:runs"

    @operation("One run with its cells, environment and outputs", answer=Run)
    async def get(self, run: str) -> None:
        """One run."""
        await self.reply(lambda: known(self.service.workbench.store, run))

    @operation("Change title, tags or notes", answer=Run, body=RunChange)
    async def patch(self, run: str) -> None:
        """What is left out stays."""
        store = self.service.workbench.store
        changes = {name: getattr(self.body, name) for name in self.given}
        await self.reply(lambda: store.update(known(store, run).id, **changes))

    @operation("Forget a run that is over, on this computer only", status=204)
    async def delete(self, run: str) -> None:
        """409 while it is open."""
        store = self.service.workbench.store
        await self.done(lambda: store.delete(known(store, run).id))


class StopHandler(MlxHandler):
    """``jupyter-mlx/runs/{run}/stop``."""

    auth_resource = "jupyter_mlx:runs"

    @operation("Stop a run; `cancel_delivered` tells if its machine knows", answer=Run, action="execute", body=Nothing)
    async def post(self, run: str) -> None:
        """409 for a run that is over."""
        bench = self.service.workbench
        await self.reply(lambda: bench.dispatcher.stop(known(bench.store, run).id), slow=True)
        self.service.tender.wake(run)


class RerunHandler(MlxHandler):
    """``jupyter-mlx/runs/{run}/rerun``."""

    auth_resource = "jupyter_mlx:runs"

    @operation("Run the same content again", answer=Run, status=201, action="execute", body=Again)
    async def post(self, run: str) -> None:
        """409 while it is open."""

        def again() -> Run:
            bench = self.service.workbench
            earlier = known(bench.store, run)
            if not earlier.state.final:
                why = f"run #{earlier.number} is {earlier.state.value}"
                raise ConflictError(why, field="run", hint="stop it first")
            return bench.dispatcher.rerun(earlier.id, bench.machines.find(self.body.machine or earlier.machine))

        made = await self.service.slowly(again)
        self.service.tender.wake(made.id)
        await self.reply(lambda: made, status=201)


class FetchHandler(MlxHandler):
    """``jupyter-mlx/runs/{run}/fetch``."""

    auth_resource = "jupyter_mlx:runs"

    @operation("Write the executed notebook and the outputs into a folder here", answer=FetchedFiles, body=FetchInto)
    async def post(self, run: str) -> None:
        """409 where a different file stands in the way."""

        def fetch() -> FetchedFiles:
            folder = local_path(self.service.contents, self.body.folder, "folder")
            bench = self.service.workbench
            done = bench.dispatcher.fetch(known(bench.store, run).id, folder, force=self.body.force)
            skipped, media = ([Missing(*one) for one in some] for some in (done.skipped, done.missing_media))
            return FetchedFiles(self.body.folder, done.notebook, done.files, skipped, media)

        await self.reply(fetch, slow=True)


def known(store: Store, run_id: str) -> Run:
    """The run with an id of a URL. Raises `NotFoundError`, the same whatever is wrong with it."""
    if not RUN_ID.match(run_id):
        raise no_run()
    try:
        return store.run(run_id)
    except NotFoundError:
        raise no_run() from None


def _page(store: Store, query: RunQuery, root: str | None) -> RunPage:
    order = Order(query.sort, query.order == "asc")
    if query.before is not None:
        try:
            known(store, run_of(query.before))
        except NotFoundError:
            raise InputError("before is no run of the list", field="before", hint="start again without it") from None
    found = store.runs(
        project=project_path(store, query.project) if query.project else None,
        machine=query.machine,
        state=query.state or None,
        text=query.text,
        tags=query.tag or (),
        since=query.since,
        order=order,
        before=query.before,
        limit=query.limit + 1,
    )
    shown = found[: query.limit]
    expected = store.expected(shown)
    page = [summary(run, root, expected_s=expected.get(run.id)) for run in shown]
    return RunPage(page, cursor(shown[-1], order) if len(found) > len(shown) else None)
