"""Projects: the folders that have runs."""

from __future__ import annotations

import hashlib

from ..errors import NotFoundError
from ..models import Json, Run
from ..store import Store
from ..store.overview import ProjectRow
from .base import MlxHandler
from .contract import operation
from .views import ProjectDefaults, ProjectDetail, ProjectView


def project_id(path: str) -> str:
    """A name for a project that is no path."""
    return hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def project_path(store: Store, wanted: str) -> str:
    """The project with an id. Raises `NotFoundError`."""
    for row in store.projects():
        if project_id(row.path) == wanted:
            return row.path
    raise NotFoundError("there is no such project", field="project")


class ProjectsHandler(MlxHandler):
    """``jupyter-mlx/projects``."""

    auth_resource = "jupyter_mlx:projects"

    @operation("Every project that has runs, the one used last first", answer=list[ProjectView])
    async def get(self) -> None:
        """All projects."""
        store = self.service.workbench.store
        await self.reply(lambda: [_view(row) for row in store.projects()])


class ProjectHandler(MlxHandler):
    """``jupyter-mlx/projects/{project}``."""

    auth_resource = "jupyter_mlx:projects"

    @operation("A project and what its next run starts from", answer=ProjectDetail)
    async def get(self, project: str) -> None:
        """One project."""
        await self.reply(lambda: _detail(self.service.workbench.store, project))


def _view(row: ProjectRow) -> ProjectView:
    name = row.path.rstrip("/").rpartition("/")[2] or "/"
    return ProjectView(project_id(row.path), row.path, name, row.runs, row.last_number)


def _detail(store: Store, wanted: str) -> ProjectDetail:
    path = project_path(store, wanted)
    row = next(row for row in store.projects() if row.path == path)
    run = store.runs(project=path, limit=1)[0]
    return ProjectDetail(_view(row), _defaults(run, store.spec(run.id)))


def _defaults(run: Run, spec: Json) -> ProjectDefaults:
    limits, environment = _object(spec.get("limits")), _object(spec.get("environment"))
    kind, target = environment.get("kind"), environment.get("target")
    time_s, no_output_s = limits.get("time_s"), limits.get("no_output_s")
    return ProjectDefaults(
        machine=run.machine,
        notebook=run.notebook,
        params=run.params,
        environment=f"existing:{target}" if kind == "existing" else None,
        experiment=run.experiment,
        tags=run.tags,
        time_limit_s=time_s if isinstance(time_s, (int, float)) else None,
        no_output_limit_s=no_output_s if isinstance(no_output_s, (int, float)) else None,
        allow_errors=bool(limits.get("allow_errors")),
    )


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}
