"""The links this process holds: one a machine, one dial at a time, and what each contact says about the machine."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from ..errors import MlxError
from ..link.link import Link
from ..machines.facts import measured
from ..models import Json, Machine
from ..store import Store


@dataclass(frozen=True)
class Contact:
    """A link and what ends it together with its connection."""

    link: Link
    close: Callable[[], None]


class Contacts:
    """Links by machine name, shared by all threads of this process."""

    def __init__(self, find: Callable[[str], Machine], dial: Callable[[Machine, Json], Contact], store: Store) -> None:
        self._find = find
        self._dial = dial  # (machine, what is remembered of it) -> contact
        self._store = store
        self._contacts: dict[str, Contact] = {}
        self._dialling: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()
        self._closed = False

    def machine(self, name: str) -> Machine:
        """The machine of that name. Raises `NotFoundError`."""
        return self._find(name)

    def link(self, name: str) -> Link:
        """A living link, dialled where there is none. Raises what the dial raises; the store learns either outcome."""
        with self._lock:
            dialling = self._dialling.setdefault(name, threading.Lock())
        with dialling:
            contact = self._contacts.get(name)
            if contact is not None and contact.link.alive:
                return contact.link
            machine = self._find(name)
            if contact is not None:
                contact.close()
            try:
                contact = self._dial(machine, self.facts(name))
            except MlxError as error:
                self._store.set_unreachable(name, error.message)
                raise
            self._remember(name, contact.link)
            with self._lock:
                self._contacts[name] = contact
                if self._closed:
                    contact.close()
            return contact.link

    def alive(self, name: str) -> bool:
        """Whether a link is up, without dialling."""
        contact = self._contacts.get(name)
        return contact is not None and contact.link.alive

    def lost(self, name: str, error: MlxError) -> None:
        """A link broke: the machine is unreachable from now on."""
        if not self.alive(name):
            self._store.set_unreachable(name, error.message)

    def facts(self, name: str) -> Json:
        """What is remembered of a machine from the last contacts; empty before the first."""
        return dict(self._store.machine_status(name).facts)

    def remember(self, name: str, **facts: object) -> None:
        """Add to what is remembered of a machine."""
        self._store.set_reachable(name, {**self.facts(name), **facts})

    def probe(self, name: str, link: Link, hear: Callable[[Json], None] = lambda _: None) -> Json:
        """Ask a machine what it has; what decides later submits and what lists show is remembered.

        ``hear`` gets each check as soon as it is known.
        """
        found = link.probe(hear)
        self.remember(name, probe={"uv": bool(found.get("uv")), "measured": time.time(), **measured(found)})
        return found

    def _remember(self, name: str, link: Link) -> None:
        before = self.facts(name)
        same = all(before.get(key) == link.facts.get(key) for key in ("root", "hostname", "boot_id"))
        kept = {key: before[key] for key in ("probe",) if same and key in before}
        self._store.set_reachable(name, {**link.facts, **kept})

    def close(self) -> None:
        """End every link."""
        with self._lock:
            self._closed = True
            contacts = list(self._contacts.values())
            self._contacts.clear()
        for contact in contacts:
            contact.close()
