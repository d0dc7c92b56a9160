"""Frames of the WebSocket: what a tab says, and what it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from ..models import MachineStatus
from .contract import Bounds
from .views import ErrorReport, Event, Prompt, RunSummary


@dataclass(frozen=True)
class Subscribe:
    """Tell me the events of a run from an offset on; again with another offset starts over there."""

    type: Literal["subscribe"]
    run: Annotated[str, Bounds(0, 100)]
    since: int = 0


@dataclass(frozen=True)
class Unsubscribe:
    """No more of that run."""

    type: Literal["unsubscribe"]
    run: Annotated[str, Bounds(0, 100)]


@dataclass(frozen=True)
class Pace:
    """Whether the tab is hidden: then a frame every ten seconds does."""

    type: Literal["pace"]
    hidden: bool


@dataclass(frozen=True)
class Claim:
    """May I be the one that writes into an open document? ``tab`` names the asker beyond this connection."""

    type: Literal["claim"]
    document: Annotated[str, Bounds(1, 4000)]
    tab: Annotated[str, Bounds(1, 64)]
    take: bool = False


@dataclass(frozen=True)
class Release:
    """I write into that document no more."""

    type: Literal["release"]
    document: Annotated[str, Bounds(1, 4000)]


@dataclass(frozen=True)
class Ping:
    """Are you there? Asked after a silence, since a network that went away says nothing."""

    type: Literal["ping"]


@dataclass(frozen=True)
class HelloItem:
    """The first: from now on all changes are told."""

    type: Literal["hello"]
    version: str


@dataclass(frozen=True)
class EventsItem:
    """Events of a run; ``next`` is the ``since`` to come back with, ``over`` says that no more will come.

    ``end`` is how far the journal is here: what lies before it comes without waiting for the machine.
    """

    type: Literal["events"]
    run: str
    since: int
    next: int
    end: int
    over: bool
    events: list[Event]


@dataclass(frozen=True)
class RunItem:
    """A run is new or has changed."""

    type: Literal["run"]
    run: RunSummary


@dataclass(frozen=True)
class RunRemovedItem:
    """A run was deleted here."""

    type: Literal["run_removed"]
    run: str


@dataclass(frozen=True)
class ResyncItem:
    """Too much changed: read the list of runs again."""

    type: Literal["resync"]


@dataclass(frozen=True)
class MachineItem:
    """What is known of a machine changed."""

    type: Literal["machine"]
    status: MachineStatus


@dataclass(frozen=True)
class PromptItem:
    """A question waits for an answer."""

    type: Literal["prompt"]
    prompt: Prompt


@dataclass(frozen=True)
class PromptGoneItem:
    """A question was answered, by whomever, or nobody waits any more."""

    type: Literal["prompt_gone"]
    id: str


@dataclass(frozen=True)
class LeaseItem:
    """Whether a document that was claimed is this tab's to write into, now and until told otherwise."""

    type: Literal["lease"]
    document: str
    held: bool


@dataclass(frozen=True)
class PongItem:
    """The answer to a ping."""

    type: Literal["pong"]


@dataclass(frozen=True)
class ErrorItem:
    """A message could not be obeyed."""

    type: Literal["error"]
    run: str | None
    error: ErrorReport


@dataclass(frozen=True)
class Frame:
    """What one frame to the tab holds."""

    items: list[
        HelloItem
        | EventsItem
        | RunItem
        | RunRemovedItem
        | ResyncItem
        | MachineItem
        | PromptItem
        | PromptGoneItem
        | LeaseItem
        | PongItem
        | ErrorItem
    ]


SENT = (Subscribe, Unsubscribe, Pace, Ping, Claim, Release)
