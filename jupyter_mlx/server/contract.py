"""What a route promises, written once beside its code: the guards, the documents and the types are made from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

SMALL = 1 << 20  # bytes of a JSON body
NOTEBOOK = 16 << 20  # bytes of a body that holds a notebook; outputs need not be in it

Method = TypeVar("Method", bound=Callable[..., Any])


@dataclass(frozen=True)
class Bounds:
    """Least and most of a number, or of the length of a text or list; for ``Annotated``."""

    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Operation:
    """One verb of one route."""

    summary: str
    answer: Any = None  # a type; None: no content
    status: int = 200
    action: str | None = None  # read, write or execute; None: read for GET, else write
    body: type | None = None  # a dataclass
    query: type | None = None  # a dataclass
    media: str = "application/json"
    body_limit: int = SMALL


def operation(summary: str, **promise: Any) -> Callable[[Method], Method]:
    """Mark a method of a handler with what it promises; see `Operation`."""

    def mark(method: Method) -> Method:
        method.operation = Operation(summary, **promise)  # type: ignore[attr-defined]
        return method

    return mark
