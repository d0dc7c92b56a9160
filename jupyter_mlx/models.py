"""The nouns of the product as plain values: what the store keeps, the faces print and REST serves.

Times are seconds since the epoch (float, UTC) inside; `to_json` prints them as ISO-8601 UTC. Sizes are bytes.
"""

from __future__ import annotations

import dataclasses
import datetime
import enum
import math
import secrets
import time
from dataclasses import dataclass, field
from typing import Any, cast

Json = dict[str, Any]


class RunState(str, enum.Enum):
    """Where a run stands. The last four are final."""

    QUEUED = "queued"
    SENDING = "sending"
    PREPARING = "preparing"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"

    @property
    def final(self) -> bool:
        """Whether nothing can happen to the run any more."""
        return self in FINAL_STATES


FINAL_STATES = frozenset({RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED, RunState.LOST})


@dataclass(frozen=True)
class Machine:
    """Where runs happen: an alias of the user's ssh_config, an entry of the user's own list, or ``local``."""

    name: str
    host: str | None = None  # None: resolve `name` through ssh_config
    user: str | None = None
    port: int | None = None
    identity_file: str | None = None
    root: str | None = None  # None: ~/.jupyter_mlx on the machine
    price: float | None = None  # per hour
    currency: str = "USD"
    python: str | None = None  # path of the Python that runs the agent, where PATH has none
    transport: str = "ssh"  # "local" | "ssh" | "openssh"
    slots: int | None = None  # runs at a time; None: one per GPU, one where there is none
    source: str = "list"  # "local" | "list" | "ssh_config"


@dataclass(frozen=True)
class Parameter:
    """One name of the notebook's ``parameters`` cell with its default."""

    name: str
    default: Any
    type: str  # int float bool str list dict none


@dataclass(frozen=True)
class EnvironmentRequest:
    """Which software a run asks for.

    ``kind`` is ``kernel`` (the packages of the notebook's own kernel), ``requirements`` (a requirements file)
    or ``existing`` (an environment already on the machine, ``target`` = its name or its Python's path).
    """

    kind: str
    python: str | None = None  # "3.11.7": the interpreter to match, None for existing
    packages: dict[str, str] = field(default_factory=dict)  # name -> version, as captured on the laptop
    requirements: list[str] = field(default_factory=list)  # lines for the installer
    target: str | None = None
    digest: str | None = None  # sha256 over the normalised request; names envs/<digest>
    notes: list[str] = field(default_factory=list)  # what could not be matched and why, for people


@dataclass(frozen=True)
class BundleSummary:
    """What travels: root hash of the tree, count and total size of its files."""

    digest: str
    files: int
    bytes: int


@dataclass
class Cell:
    """One code cell of a run; ``index`` counts all cells of the executed notebook from 0."""

    index: int
    id: str
    state: str = "waiting"  # waiting running succeeded failed skipped cancelled
    started: float | None = None
    duration_s: float | None = None
    execution_count: int | None = None


@dataclass(frozen=True)
class OutputFile:
    """A file the run left behind; ``path`` is relative, POSIX, and passed `safe_name`."""

    path: str
    size: int
    sha256: str | None
    area: str = "outputs"  # "outputs" | "work": the folder of the run the path is in


@dataclass
class Run:
    """A single execution; ``id`` is made by the client, ``number`` counts within the project."""

    id: str
    number: int
    project: str  # absolute path of the project's folder
    notebook: str  # path relative to the project, POSIX
    machine: str
    title: str = ""
    experiment: str | None = None
    tags: list[str] = field(default_factory=list)
    notes: str = ""
    state: RunState = RunState.QUEUED
    reason: str | None = None  # why the run is where it is, one line for people
    exit: Json | None = None  # the machine's exit record
    created: float = field(default_factory=time.time)
    accepted: float | None = None  # when the machine had it durably; from then on only its journal changes the state
    started: float | None = None
    ended: float | None = None
    cancel_requested: float | None = None
    cancel_delivered: float | None = None
    params: Json = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)  # last value by key
    cells: list[Cell] = field(default_factory=list)
    environment: Json = field(default_factory=dict)  # digest, python, packages, kind
    bundle: BundleSummary | None = None
    outputs: list[OutputFile] = field(default_factory=list)
    progress: Json = field(default_factory=dict)  # what preparing is doing now
    peak_memory: int | None = None  # bytes
    rerun_of: str | None = None
    price: float | None = None  # per hour, as it was at the start
    currency: str = "USD"

    @property
    def cost(self) -> float | None:
        """Price times the time between start and end (or now); None where the machine has no price."""
        if self.price is None or self.started is None:
            return None
        return round(self.price * max(0.0, (self.ended or time.time()) - self.started) / 3600, 6)


@dataclass(frozen=True)
class MachineStatus:
    """What the last contact with a machine said; ``unreachable_since`` is about the machine, never about its runs."""

    name: str
    last_contact: float | None = None
    unreachable_since: float | None = None
    why: str | None = None  # why it cannot be reached, one line
    facts: Json = field(default_factory=dict)  # of the last hello


@dataclass(frozen=True)
class MetricPoint:
    """One value of a metric; ``seq`` is the journal's, ``time`` the machine's clock."""

    step: float | None
    value: Any  # float, or the strings "NaN" "Infinity" "-Infinity" once printed as JSON
    time: float
    seq: int


_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_run_id() -> str:
    """A ULID: 48 bits of milliseconds, 80 random bits, Crockford's base 32 (github.com/ulid/spec)."""
    value = (int(time.time() * 1000) << 80) | secrets.randbits(80)
    return "".join(_ALPHABET[(value >> shift) & 31] for shift in range(125, -1, -5))


def iso(seconds: float | None) -> str | None:
    """Seconds since the epoch as ISO-8601 UTC with milliseconds; None stays None."""
    if seconds is None:
        return None
    try:
        moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    except (OverflowError, ValueError, OSError):  # a machine's clock may say anything
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


TIMES = frozenset(
    {"created", "accepted", "started", "ended", "cancel_requested", "cancel_delivered"}
    | {"unreachable_since", "last_contact"}
)


def to_json(value: Any) -> Any:
    """A model as JSON values: times as ISO strings, enums as their values, non-finite floats as strings."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [f.name for f in dataclasses.fields(value)]
        out = {n: iso(getattr(value, n)) if n in TIMES else to_json(getattr(value, n)) for n in names}
        if isinstance(value, Run):
            out["cost"] = value.cost
        return out
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, dict):
        return {str(k): to_json(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(v) for v in value]
    if isinstance(value, float) and math.isnan(value):
        return "NaN"
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    return cast(Any, value)
