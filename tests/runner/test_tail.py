from __future__ import annotations

import pytest

from jupyter_mlx.runner import tail
from jupyter_mlx.runner.journal import Journal
from jupyter_mlx.runner.tail import last_event


@pytest.fixture
def journal(tmp_path):
    path = tmp_path / "journal"
    writer = Journal(str(path))
    yield path, writer
    writer.close()


@pytest.mark.parametrize("block", [16, 100, 1 << 20])
def test_the_newest_of_a_kind(journal, block, monkeypatch):
    monkeypatch.setattr(tail, "BLOCK", block)
    path, writer = journal
    for n in range(50):
        writer.append({"type": "cell", "cell": n, "text": 'not "type":"exit"\n' * (n % 5)})
        writer.append({"type": "stream", "text": '{"type":"exit"}'})
    assert last_event(str(path), ["cell"])["cell"] == 49
    assert last_event(str(path), ["exit"]) is None
    writer.append({"type": "exit", "state": "lost"})
    writer.append({"type": "log", "nested": {"type": "exit"}})
    assert last_event(str(path), ["exit", "nothing"]) == {"type": "exit", "state": "lost"}


def test_damage_is_stepped_over(journal):
    path, writer = journal
    writer.append({"type": "cell", "cell": 1})
    whole = path.read_bytes()
    path.write_bytes(whole + whole.replace(b"1}", b"2}") + b'"type":"cell" torn')
    assert last_event(str(path), ["cell"])["cell"] == 1


def test_only_so_far_back(journal):
    path, writer = journal
    writer.append({"type": "cell"})
    for _ in range(20):
        writer.append({"type": "stream", "text": "x" * 1000})
    assert last_event(str(path), ["cell"], limit=5000) is None
    assert last_event(str(path), ["cell"], limit=50_000) == {"type": "cell"}


def test_nothing_there(tmp_path):
    assert last_event(str(tmp_path / "journal"), ["exit"]) is None
    (tmp_path / "journal").touch()
    assert last_event(str(tmp_path / "journal"), ["exit"]) is None


def test_a_line_without_end_takes_bounded_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(tail, "BLOCK", 1 << 16)
    path = tmp_path / "journal"
    path.write_bytes(b"x" * (8 << 20))
    longest = max(len(line) for line in tail._lines_backwards(str(path), 1 << 30))
    assert longest <= tail.MAX_LINE + 2 * tail.BLOCK
