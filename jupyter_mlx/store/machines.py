"""What is known about machines: when they were last there, and which blobs they are believed to have."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable

from ..models import Json, MachineStatus
from ..runner.names import safe_digest
from ..untrusted import line, plain
from .part import Part


class Machines(Part):
    """Facts about machines. Beliefs only: a machine is always asked before anything depends on them."""

    def machine_status(self, name: str) -> MachineStatus:
        """The last contact with a machine; empty for one never seen."""
        query = "SELECT last_contact, unreachable_since, why, facts FROM machines WHERE name = ?"
        with self.database.read() as connection:
            found = connection.execute(query, (name,)).fetchone()
        if not found:
            return MachineStatus(name)
        try:
            facts = json.loads(found[3])
        except ValueError:  # worth nothing, but no reason to fail: the next contact brings new ones
            facts = {}
        return MachineStatus(name, found[0], found[1], found[2], facts)

    def set_reachable(self, name: str, facts: Json | None = None) -> None:
        """A machine answered; ``facts`` None keeps those of before."""
        with self.database.write() as connection:
            connection.execute("INSERT OR IGNORE INTO machines (name) VALUES (?)", (name,))
            query = "UPDATE machines SET last_contact = ?, unreachable_since = NULL, why = NULL WHERE name = ?"
            connection.execute(query, (time.time(), name))
            if facts is not None:
                connection.execute("UPDATE machines SET facts = ? WHERE name = ?", (json.dumps(plain(facts)), name))

    def set_unreachable(self, name: str, why: str) -> None:
        """A machine did not answer; the first time since the last contact is kept, the reason is the latest."""
        with self.database.write() as connection:
            connection.execute("INSERT OR IGNORE INTO machines (name) VALUES (?)", (name,))
            connection.execute(
                "UPDATE machines SET unreachable_since = coalesce(unreachable_since, ?), why = ? WHERE name = ?",
                (time.time(), line(why), name),
            )

    def believed_blobs(self, machine: str, root: str | None = None) -> set[str]:
        """Ids of the blobs a machine's root is believed to have."""
        query = "SELECT blob FROM believed JOIN places ON place = places.id WHERE machine = ? AND root = ?"
        with self.database.read() as connection:
            return {blob.hex() for (blob,) in connection.execute(query, (machine, root or ""))}

    def add_blobs(self, machine: str, root: str | None, ids: Iterable[str]) -> None:
        """A machine's root has these blobs, as far as we know."""
        blobs = [bytes.fromhex(safe_digest(blob)) for blob in ids]
        if not blobs:
            return
        with self.database.write() as connection:
            connection.execute("INSERT OR IGNORE INTO places (machine, root) VALUES (?, ?)", (machine, root or ""))
            query = "SELECT id FROM places WHERE machine = ? AND root = ?"
            place = connection.execute(query, (machine, root or "")).fetchone()
            connection.executemany("INSERT OR IGNORE INTO believed VALUES (?, ?)", [(place[0], blob) for blob in blobs])

    def forget_blobs(self, machine: str, root: str | None = None, ids: Iterable[str] | None = None) -> None:
        """These blobs are not there after all; ``ids`` None forgets everything about the root."""
        where = "place IN (SELECT id FROM places WHERE machine = ? AND root = ?)"
        with self.database.write() as connection:
            if ids is None:
                connection.execute(f"DELETE FROM believed WHERE {where}", (machine, root or ""))
            else:
                blobs = [(machine, root or "", bytes.fromhex(safe_digest(blob))) for blob in ids]
                connection.executemany(f"DELETE FROM believed WHERE {where} AND blob = ?", blobs)
