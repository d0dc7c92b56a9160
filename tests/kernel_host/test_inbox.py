"""Commands, as they come."""

from __future__ import annotations

import pytest

from jupyter_mlx.kernel_host.inbox import Inbox
from jupyter_mlx.runner.journal import Journal


@pytest.fixture
def pair(tmp_path):
    path = str(tmp_path / "inbox")
    journal, inbox = Journal(path), Inbox(path)
    yield journal, inbox
    journal.close()
    inbox.close()


def drained(inbox) -> list[dict[str, object]]:
    inbox.poll()
    return list(iter(inbox.next, None))


def test_commands_come_in_order_and_once(pair) -> None:
    journal, inbox = pair
    assert drained(inbox) == []
    journal.append({"type": "execute", "index": 0})
    journal.append({"type": "execute", "index": 1})
    assert drained(inbox) == [{"type": "execute", "index": 0}, {"type": "execute", "index": 1}]
    journal.append({"type": "close"})
    assert drained(inbox) == [{"type": "close"}]
    assert drained(inbox) == []


def test_what_is_for_others_is_passed_over(pair) -> None:
    journal, inbox = pair
    journal.append({"type": "cancel", "intent": "now"})
    journal.append({"type": "new in another version"})
    journal.append({})
    assert drained(inbox) == []
    assert not inbox.interrupted


def test_an_interrupt_overtakes(pair) -> None:
    journal, inbox = pair
    journal.append({"type": "execute", "index": 0})
    journal.append({"type": "interrupt"})
    inbox.poll()
    assert inbox.interrupted
    assert drained(inbox) == [{"type": "execute", "index": 0}]


def test_records_that_arrive_in_parts_or_damaged(tmp_path) -> None:
    whole, path = str(tmp_path / "whole"), tmp_path / "inbox"
    journal = Journal(whole)
    for index in range(3):
        journal.append({"type": "execute", "index": index})
    journal.close()
    data = (tmp_path / "whole").read_bytes()
    path.write_bytes(b"")
    inbox = Inbox(str(path))
    found = []
    with path.open("ab", buffering=0) as out:
        for at in range(0, len(data), 7):
            piece = data[at : at + 7]
            out.write(piece.replace(b'"index":1', b'"index":9'))
            found += drained(inbox)
    inbox.close()
    assert [command["index"] for command in found] == [0, 1, 2]
    damaged = data.replace(b'"index":1', b'"index":9')
    path.write_bytes(damaged)
    inbox = Inbox(str(path))
    assert [command["index"] for command in drained(inbox)] == [0, 2]
    inbox.close()
