"""What the routes answer, where a model of the engine is not the answer itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from ..models import Json, Machine, MachineStatus, OutputFile, Parameter, Run, RunState


@dataclass(frozen=True)
class Status:
    """Which server half answers."""

    version: str


@dataclass(frozen=True)
class ErrorReport:
    """What every failed request answers."""

    code: str
    message: str
    field: str | None
    hint: str | None


@dataclass(frozen=True)
class MachineView:
    """A machine with what the last contact said."""

    machine: Machine
    status: MachineStatus
    open_runs: int


@dataclass(frozen=True)
class MachineList:
    """Every machine, and what is wrong with the lists they come from."""

    machines: list[MachineView]
    problems: list[str]


@dataclass(frozen=True)
class Check:
    """One line of a machine's test; ``ok`` is null where there is nothing to judge.

    ``then`` is the step that has begun now, ``limit_s`` how long it may take; empty after the last.
    """

    id: str
    ok: bool | None
    value: str = ""
    problem: str = ""
    remedy: str = ""
    required: bool = False
    then: str = ""
    limit_s: float = 0.0


@dataclass(frozen=True)
class CleanedKind:
    """How much of one kind goes: ``run``, ``env``, ``blob``, ``part`` or ``runner``."""

    kind: str
    count: int
    bytes: int


@dataclass(frozen=True)
class CleanedItem:
    """One thing that goes; ``title`` is for people."""

    kind: str
    id: str
    title: str
    bytes: int


@dataclass(frozen=True)
class Cleaned:
    """What went from a machine, or would go; ``items`` are the largest of them."""

    machine: str
    dry_run: bool
    bytes: int
    kinds: list[CleanedKind]
    items: list[CleanedItem]


@dataclass(frozen=True)
class RunSummary:
    """A run as lists show it; ``expected_s``: how long earlier ones like it took, null where none did or it is over."""

    id: str
    number: int
    project: str
    project_id: str
    notebook: str
    path: str | None  # of the notebook, as Jupyter's contents have it; null where it lies outside of the server's root
    machine: str
    title: str
    experiment: str | None
    tags: list[str]
    notes: str
    state: RunState
    reason: str | None
    created: float
    accepted: float | None
    started: float | None
    ended: float | None
    cancel_requested: float | None
    cancel_delivered: float | None
    cells: int
    cells_done: int
    cell_running: int | None  # its index in the executed notebook
    cell_failed: int | None
    params: Json
    metrics: dict[str, Any]
    progress: Json
    outputs: int
    peak_memory: int | None
    rerun_of: str | None
    price: float | None
    currency: str
    cost: float | None
    expected_s: float | None


@dataclass(frozen=True)
class RunPage:
    """Some of the runs in the order asked for; ``next`` is the ``before`` of the next page."""

    runs: list[RunSummary]
    next: str | None


@dataclass(frozen=True)
class ProjectView:
    """A folder that has runs."""

    id: str
    path: str
    name: str
    runs: int
    last_number: int


@dataclass(frozen=True)
class ProjectDefaults:
    """What the latest run of a project was given."""

    machine: str
    notebook: str
    params: Json
    environment: str | None
    experiment: str | None
    tags: list[str]
    time_limit_s: float | None
    no_output_limit_s: float | None
    allow_errors: bool


@dataclass(frozen=True)
class ProjectDetail:
    """A project and what its next run starts from."""

    project: ProjectView
    defaults: ProjectDefaults


@dataclass(frozen=True)
class SoftwareView:
    """The environment a run would ask for; ``cached``: a late run there had it, null where that is not known."""

    kind: str
    python: str | None
    packages: int
    target: str | None
    digest: str | None
    cached: bool | None


@dataclass(frozen=True)
class Preflight:
    """What would travel; nothing has been sent.

    ``origins`` has each cell's index in the notebook as it is open; ``expected_s`` is how long earlier runs alike took.
    """

    project: str
    project_id: str
    project_found: str
    notebook: str
    machine: str
    files: list[OutputFile]
    files_total: int
    bytes: int
    cells: int
    skipped: int  # of the cells, those before the first one to run
    origins: list[int | None]
    parameters: list[Parameter]
    computed: list[str]
    software: SoftwareView
    expected_s: float | None
    warnings: list[str]


@dataclass(frozen=True)
class Series:
    """One metric in columns of the same length."""

    step: list[float | None]
    value: list[Any]
    time: list[float]
    seq: list[int]


@dataclass(frozen=True)
class Metrics:
    """All metrics of a run by key."""

    series: dict[str, Series]


@dataclass(frozen=True)
class Event:
    """One event of a run's journal, as docs/formats.md has it."""

    seq: int
    event: Json


@dataclass(frozen=True)
class EventPage:
    """Events from an offset on; ``next`` is the ``since`` to go on with, ``over`` says that no more will come."""

    events: list[Event]
    next: int
    over: bool


@dataclass(frozen=True)
class TextLine:
    """Text a run put out: of a cell, the environment's build, the supervisor or the kernel's process."""

    seq: int
    time: float | None
    source: str
    cell: int | None
    text: str


@dataclass(frozen=True)
class LogPage:
    """Text from an offset on, as `EventPage`."""

    lines: list[TextLine]
    next: int
    over: bool


@dataclass(frozen=True)
class Missing:
    """Something that could not be had, and why."""

    path: str
    why: str


@dataclass(frozen=True)
class ExecutedNotebook:
    """The notebook that ran with its outputs so far; ``origins`` of a run are those of its preflight."""

    notebook: Json
    missing: list[Missing]


@dataclass(frozen=True)
class CellSource:
    """A code cell as it was sent; ``index`` counts all cells of the run's notebook."""

    index: int
    id: str
    source: str


@dataclass(frozen=True)
class RunSource:
    """The code that a run was given."""

    cells: list[CellSource]


@dataclass(frozen=True)
class FetchedFiles:
    """What was written into a folder of the server, and what was not."""

    folder: str
    notebook: str | None
    files: list[str]
    skipped: list[Missing]
    missing_media: list[Missing]


@dataclass(frozen=True)
class PromptField:
    """One thing to fill in; ``echo`` is false for what must not be seen."""

    label: str
    echo: bool


@dataclass(frozen=True)
class Prompt:
    """A question somebody has to answer before a machine can be reached."""

    id: str
    kind: Literal["host_key", "secret", "answers"]
    title: str
    instructions: str = ""
    host: str = ""
    key_type: str = ""
    fingerprint: str = ""
    fields: list[PromptField] = field(default_factory=list)
    seconds: float = 0.0  # left to answer


_OF_THE_SUMMARY = frozenset(
    ("project_id", "path", "cells", "cells_done", "cell_running", "cell_failed", "outputs", "expected_s")
)


def summary(run: Run, root: str | None, *, expected_s: float | None = None) -> RunSummary:
    """A run as lists show it; ``root`` is the folder that the server's contents begin at, as `places` has it."""
    from .places import contents_path
    from .projects import project_id

    states = {cell.index: cell.state for cell in run.cells}
    done = sum(state not in ("waiting", "running") for state in states.values())
    first = {want: next((i for i, s in states.items() if s == want), None) for want in ("running", "failed")}
    same = {name: getattr(run, name) for name in RunSummary.__dataclass_fields__ if name not in _OF_THE_SUMMARY}
    return RunSummary(
        project_id=project_id(run.project),
        path=contents_path(root, run.project, run.notebook),
        cells=len(run.cells),
        cells_done=done,
        cell_running=first["running"],
        cell_failed=first["failed"],
        outputs=len(run.outputs),
        expected_s=expected_s,
        **same,
    )
