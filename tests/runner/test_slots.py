"""Slots: never more holders than slots, first come first served among the living, nothing leaked by any death."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlx.runner.gpus import Gpu
from jupyter_mlx.runner.slots import Slot, Ticket, slots_of

from .bed import eventually
from .runs import REPOSITORY

GIB = 1 << 30


def gpu(name: str, used: int = 0) -> Gpu:
    return Gpu(f"GPU-{name}", "Fake", 0.0, used, 16 * GIB, 50.0)


def test_a_machine_without_gpus_runs_one_at_a_time() -> None:
    assert slots_of([], None) == [Slot("run-0", ["run-0"], [])]
    assert [slot.name for slot in slots_of([], 3)] == ["run-0", "run-1", "run-2"]
    assert len(slots_of([], 0)) == 1


def test_one_slot_per_gpu_the_least_used_first() -> None:
    slots = slots_of([gpu("a", 9 * GIB), gpu("b"), gpu("c", 2 * GIB)], None)
    assert [slot.gpus for slot in slots] == [["GPU-b"], ["GPU-c"], ["GPU-a"]]


def test_fewer_runs_than_gpus_share_them_out_and_exclude_single_ones() -> None:
    cards = [gpu(name) for name in "abcd"]
    assert [slot.gpus for slot in slots_of(cards, 1)] == [["GPU-a", "GPU-b", "GPU-c", "GPU-d"]]
    halves = slots_of(cards, 2)
    assert sorted(uuid for slot in halves for uuid in slot.gpus) == sorted(card.uuid for card in cards)
    single = slots_of(cards, None)
    assert {lock for slot in halves for lock in slot.locks} == {lock for slot in single for lock in slot.locks}


@given(st.integers(0, 9), st.integers(1, 30))
def test_slots_are_as_many_as_asked_and_never_the_same(cards: int, count: int) -> None:
    slots = slots_of([gpu(str(n)) for n in range(cards)], count)
    assert len(slots) == count
    assert len({slot.name for slot in slots}) == count
    locks = [lock for slot in slots for lock in slot.locks]
    assert len(set(locks)) == len(locks)
    if cards:
        assert {uuid for slot in slots for uuid in slot.gpus} <= {f"GPU-{n}" for n in range(cards)}
        assert all(slot.gpus for slot in slots)


def test_first_come_first_served(tmp_path: Path) -> None:
    wanted = slots_of([], 1)
    first, second, third = (Ticket(str(tmp_path), wanted) for _ in range(3))
    assert third.take() is None and third.ahead == 2
    assert second.take() is None and second.ahead == 1
    held = first.take()
    assert held and held.slot.name == "run-0"
    assert second.take() is None and second.ahead == 0
    second.leave()
    second.leave()
    held.release()
    late = third.take()
    assert late
    late.release()


def test_who_cannot_use_a_free_slot_does_not_block_who_can(tmp_path: Path) -> None:
    holder = Ticket(str(tmp_path), slots_of([], 1)).take()
    narrow = Ticket(str(tmp_path), slots_of([], 1))  # wants run-0 only
    wide = Ticket(str(tmp_path), slots_of([], 2))
    held = wide.take()
    assert holder and held and held.slot.name == "run-1"
    assert narrow.take() is None
    held.release()
    holder.release()
    narrow.leave()


def test_a_free_slot_is_kept_for_those_ahead(tmp_path: Path) -> None:
    first, second = Ticket(str(tmp_path), slots_of([], 2)), Ticket(str(tmp_path), slots_of([], 2))
    third = Ticket(str(tmp_path), slots_of([], 2))
    assert third.take() is None  # both are spoken for
    one, two = second.take(), first.take()
    assert one and two and one.slot != two.slot
    one.release()
    three = third.take()
    assert three and three.slot == one.slot
    two.release()
    three.release()


def test_a_group_of_gpus_waits_until_all_are_free(tmp_path: Path) -> None:
    cards = [gpu("a"), gpu("b")]
    one = Ticket(str(tmp_path), slots_of(cards, None)).take()
    both = Ticket(str(tmp_path), slots_of(cards, 1))
    assert one and both.take() is None
    one.release()
    held = both.take()
    assert held and sorted(held.slot.gpus) == ["GPU-a", "GPU-b"] and len(held.fds) == 2
    single = Ticket(str(tmp_path), slots_of(cards, None))
    assert single.take() is None
    held.release()
    single.leave()


def test_a_slot_stays_taken_while_a_child_that_inherited_it_lives(tmp_path: Path) -> None:
    held = Ticket(str(tmp_path), slots_of([], 1)).take()
    assert held
    child = subprocess.Popen(["sleep", "60"], pass_fds=held.fds)
    held.release()
    waiting = Ticket(str(tmp_path), slots_of([], 1))
    assert waiting.take() is None
    child.kill()
    child.wait()
    again = waiting.take()
    assert again
    again.release()


@pytest.mark.parametrize("content", [b"", b"{", b"[[1", b'{"a": 1}', b'["x", [5]]', b"\xff"])
def test_a_damaged_ticket_blocks_nobody(tmp_path: Path, content: bytes) -> None:
    ahead = Ticket(str(tmp_path), slots_of([], 1))
    Path(ahead._path).write_bytes(content)
    mine = Ticket(str(tmp_path), slots_of([], 1))
    held = mine.take()
    assert held
    held.release()
    ahead.leave()


WORKER = f"""
import fcntl, json, os, random, sys, time
sys.path.insert(0, {str(REPOSITORY)!r})
from jupyter_mlx.runner.slots import Ticket, slots_of
folder, count, seed, log = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
chance = random.Random(seed)
out = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
def say(**what):
    os.write(out, (json.dumps(dict(what, pid=os.getpid())) + chr(10)).encode())
ticket = Ticket(folder, slots_of([], count))
say(did="came", number=ticket.number)
while True:
    held = ticket.take()
    if held:
        break
    time.sleep(0.005)
# a witness of its own kind: whoever holds a slot alone can lock its witness, and lets go before the slot
witness = os.open(os.path.join(os.path.dirname(log), "witness-" + held.slot.name), os.O_RDWR | os.O_CREAT)
try:
    fcntl.flock(witness, fcntl.LOCK_EX | fcntl.LOCK_NB)
except OSError:
    say(did="TWO HOLDERS", slot=held.slot.name)
say(did="took", number=ticket.number, slot=held.slot.name)
time.sleep(chance.uniform(0.0, 0.05))
fcntl.flock(witness, fcntl.LOCK_UN)
say(did="left", number=ticket.number)
held.release()
"""


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10**6), count=st.integers(1, 3))
def test_under_random_murder_slots_are_neither_shared_nor_leaked_nor_jumped(
    tmp_path_factory: pytest.TempPathFactory, seed: int, count: int
) -> None:
    base = tmp_path_factory.mktemp("slots")
    folder, log = base / "slots", base / "log"
    chance = random.Random(seed)
    workers, killed = [], set()
    for number in range(14):
        argv = [sys.executable, "-I", "-S", "-c", WORKER, str(folder), str(count), str(seed + number), str(log)]
        workers.append(subprocess.Popen(argv))
        if chance.random() < 0.5:
            time.sleep(chance.uniform(0, 0.06))
            victim = chance.choice(workers)
            victim.kill()
            killed.add(victim.pid)
    for worker in workers:
        assert worker.wait(60) == 0 or worker.pid in killed
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert not [line for line in lines if line["did"] == "TWO HOLDERS"]
    assert {line["slot"] for line in lines if line["did"] == "took"} <= {f"run-{n}" for n in range(count)}
    if count == 1:  # with one slot the order of taking is the order of coming, the dead left out
        taken = [line["number"] for line in lines if line["did"] == "took"]
        assert taken == sorted(taken)
    last = [Ticket(str(folder), slots_of([], count)) for _ in range(count)]
    held = [ticket.take() for ticket in last]
    assert all(held), "a slot leaked"
    for one in held:
        assert one
        one.release()
    assert not [name for name in os.listdir(folder) if name.endswith(".ticket")]


def test_a_waiting_ticket_is_served_after_the_death_of_all_before(tmp_path: Path) -> None:
    code = f"""import sys, time; sys.path.insert(0, {str(REPOSITORY)!r})
from jupyter_mlx.runner.slots import Ticket, slots_of
ticket = Ticket(sys.argv[1], slots_of([], 1)); held = ticket.take(); print(bool(held), flush=True); time.sleep(60)"""
    others = []
    for expected in (b"True\n", b"False\n"):
        other = subprocess.Popen([sys.executable, "-I", "-S", "-c", code, str(tmp_path)], stdout=subprocess.PIPE)
        assert other.stdout and other.stdout.readline() == expected
        others.append(other)
    mine = Ticket(str(tmp_path), slots_of([], 1))
    assert mine.take() is None and mine.ahead == 1
    for other in others:
        other.kill()
        other.wait()
        assert other.stdout
        other.stdout.close()
    held = eventually(mine.take)
    held.release()
