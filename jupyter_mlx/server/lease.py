"""Who may write into an open document: of all tabs that have it open, exactly one. For the event loop alone."""

from __future__ import annotations

from collections import deque
from typing import Protocol

MOST = 64  # documents one connection may claim


class Holder(Protocol):
    """A connection that claims."""

    def told(self, document: str, *, held: bool) -> None:
        """Whether the lease is this connection's from now on."""


class Leases:
    """A lease belongs to a connection and dies with it: then it falls to whoever asked next."""

    def __init__(self) -> None:
        self._claims: dict[str, deque[tuple[Holder, str]]] = {}  # the first of each holds

    def claim(self, document: str, holder: Holder, tab: str, *, take: bool = False) -> bool:
        """Ask for a lease, or ``take`` it from who has it; the answer is told. False where it is one claim too many.

        A tab that comes back over a new connection stands where its old one stood, which may not be known dead yet.
        """
        if self._claimed(holder) >= MOST and not any(one is holder for one, _ in self._claims.get(document, ())):
            return False
        queue = self._claims.setdefault(document, deque())
        before = queue[0][0] if queue else None
        place = next((n for n, (one, name) in enumerate(queue) if one is holder or name == tab), len(queue))
        if place < len(queue):
            del queue[place]
        queue.insert(0 if take else place, (holder, tab))
        first = queue[0][0]
        if before is not None and before is not first and before is not holder:
            before.told(document, held=False)
        if first is not holder and first is not before:
            first.told(document, held=True)
        holder.told(document, held=first is holder)
        return True

    def release(self, document: str, holder: Holder) -> None:
        """Give up a lease, or the wish for it."""
        queue = self._claims.get(document)
        if queue is None:
            return
        held = queue[0][0] is holder
        left = deque(item for item in queue if item[0] is not holder)
        if not left:
            del self._claims[document]
            return
        self._claims[document] = left
        if held:
            left[0][0].told(document, held=True)

    def leave(self, holder: Holder) -> None:
        """The connection is gone, and with it all it held."""
        for document in list(self._claims):
            self.release(document, holder)

    def _claimed(self, holder: Holder) -> int:
        return sum(any(one is holder for one, _ in queue) for queue in self._claims.values())
