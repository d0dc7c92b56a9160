"""What the routes take: bodies and arguments, each judged before the code sees it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from ..models import Json, RunState
from .contract import Bounds

Line = Annotated[str, Bounds(0, 1000)]
Name = Annotated[str, Bounds(1, 64)]
Path = Annotated[str, Bounds(1, 4000)]
Offset = Annotated[int, Bounds(0, 2**53)]


@dataclass(frozen=True)
class NewRun:
    """A notebook to run. ``notebook`` is a path as Jupyter's contents have it, ``content`` the notebook as it is open.

    ``id`` is the client's: the same request sent twice starts one run. Texts among ``params`` are read as on the
    command line. ``first_cell`` is the index of a cell as it is open: code cells before it are skipped, but for those
    of the parameters.
    """

    notebook: Path
    machine: Name = "local"
    content: Json | None = None
    params: Annotated[dict[str, Any], Bounds(0, 1000)] = field(default_factory=dict)
    project: Path | None = None
    environment: Line | None = None
    title: Line | None = None
    tags: Annotated[list[Line], Bounds(0, 100)] = field(default_factory=list)
    experiment: Line | None = None
    time_limit_s: float | None = None
    no_output_limit_s: float | None = None
    allow_errors: bool = False
    first_cell: Annotated[int, Bounds(0, 10**6)] | None = None
    id: Annotated[str, Bounds(26, 26)] | None = None


@dataclass(frozen=True)
class RunChange:
    """What people write about a run; what is left out stays."""

    title: Line | None = None
    tags: Annotated[list[Line], Bounds(0, 100)] | None = None
    notes: Annotated[str, Bounds(0, 100_000)] | None = None


@dataclass(frozen=True)
class Again:
    """Run the same content once more, on the same machine where none is named."""

    machine: Name | None = None


@dataclass(frozen=True)
class FetchInto:
    """A folder below the server's root."""

    folder: Path
    force: bool = False


@dataclass(frozen=True)
class Nothing:
    """A body without fields."""


@dataclass(frozen=True)
class MachineFields:
    """A machine of the own list; null takes a field back to its default."""

    host: str | None = None
    user: str | None = None
    port: int | None = None
    identity_file: str | None = None
    root: str | None = None
    python: str | None = None
    price: float | None = None
    currency: str | None = None
    slots: int | None = None
    transport: str | None = None


@dataclass(frozen=True)
class _Named:
    """A name comes first."""

    name: Name


@dataclass(frozen=True)
class NewMachine(MachineFields, _Named):
    """A machine for the own list."""


@dataclass(frozen=True)
class Clean:
    """``dry_run``: only tell. ``keep_days``: how long runs and environments stay after their end."""

    dry_run: bool = True
    keep_days: Annotated[float, Bounds(0, 36_500)] = 30.0


@dataclass(frozen=True)
class Answer:
    """The answer to a prompt: ``accept`` for a host key, else one of ``values`` a field; neither: nobody answers."""

    accept: bool = False
    values: Annotated[list[Annotated[str, Bounds(0, 10_000)]], Bounds(0, 20)] | None = None


@dataclass(frozen=True)
class RunQuery:
    """Which runs, newest first where nothing else is asked for.

    ``sort`` is ``created``, ``duration`` or ``metric:<key>`` (its last value); runs without such a number come last,
    whatever the ``order``. A run must have every ``tag``. ``before`` is the ``next`` of the page before: asked with the
    same sort and order it goes on behind that page, also where runs changed meanwhile.
    """

    project: Annotated[str, Bounds(24, 24)] | None = None
    machine: Name | None = None
    state: list[RunState] | None = None
    text: Line | None = None
    tag: Annotated[list[Line], Bounds(0, 20)] | None = None
    since: Annotated[float, Bounds(0, 1e11)] | None = None
    sort: Annotated[str, Bounds(1, 300)] = "created"
    order: Literal["asc", "desc"] = "desc"
    before: Annotated[str, Bounds(0, 100)] | None = None
    limit: Annotated[int, Bounds(1, 1000)] = 100


@dataclass(frozen=True)
class SinceQuery:
    """From which offset of the journal on, and how many at most."""

    since: Offset = 0
    limit: Annotated[int, Bounds(1, 10_000)] = 1000


@dataclass(frozen=True)
class FileQuery:
    """Which folder of the run a path is in."""

    area: str = "outputs"
