"""The supervisor's view of the inbox: cancels, each once, past any damage."""

from __future__ import annotations

from pathlib import Path

from jupyter_mlx.runner.inbox import Cancels
from jupyter_mlx.runner.journal import Journal


def test_cancels_come_once_in_order_and_past_damage(tmp_path: Path) -> None:
    path = tmp_path / "inbox"
    inbox = Journal(str(path))
    inbox.append({"type": "execute", "index": 0})
    inbox.append({"type": "cancel", "intent": "a"})
    cancels = Cancels(str(path))
    assert [event["intent"] for event in cancels.poll()] == ["a"]
    assert cancels.poll() == []
    with open(path, "ab") as out:
        out.write(b"damage\n")
    inbox.append({"type": "close"})
    inbox.append({"type": "cancel", "intent": "b"})
    inbox.append({"type": "cancel"})
    inbox.close()
    assert [event.get("intent") for event in cancels.poll()] == ["b", None]


def test_a_record_that_arrives_in_pieces_counts_when_whole(tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    inbox = Journal(str(whole))
    inbox.append({"type": "cancel", "intent": "x"})
    inbox.close()
    data, path = whole.read_bytes(), tmp_path / "inbox"
    path.write_bytes(b"")
    cancels = Cancels(str(path))
    for byte in range(len(data) - 1):
        with open(path, "ab") as out:
            out.write(data[byte : byte + 1])
        assert cancels.poll() == []
    with open(path, "ab") as out:
        out.write(data[-1:])
    assert [event["intent"] for event in cancels.poll()] == ["x"]
