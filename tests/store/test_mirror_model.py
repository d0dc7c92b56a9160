"""The mirror against a model: any pieces, re-opens, deaths, losses, other writers, on a journal with faults."""

from __future__ import annotations

import dataclasses
import os
import random
import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from jupyter_mlx import lifecycle
from jupyter_mlx.models import MetricPoint, Run
from jupyter_mlx.runner.journal import Damage, Decoder, Record, dumps, encode
from jupyter_mlx.store import Store
from jupyter_mlx.store import mirror as mirroring
from tests.store.bed import T0, a_run, cells


class FaultError(Exception):
    """Stands for the process dying here."""


def machine_journal(seed: int) -> bytes:
    """A journal with everything in it that may go wrong on the way to a disk."""
    chance = random.Random(seed)
    out, seq = bytearray(), 0
    for n in range(80):
        seq += chance.choice([1, 1, 1, 1, 1, 1, 0, 2, -3])
        seq = max(seq, 1)
        event = chance.choice(
            [
                {"type": "state", "state": chance.choice(["preparing", "running", "running", "strange"])},
                {
                    "type": "cell",
                    "cell": chance.randrange(4),
                    "state": chance.choice(["running", "succeeded", "failed"]),
                },
                {"type": "metric", "values": {chance.choice("ab"): n}, "step": n},
                {"type": "metric", "values": {"a": "NaN", "ok": True}},
                {"type": "stream", "cell": 0, "name": "stdout", "text": "z" * chance.randrange(300)},
                {"type": "progress", "phase": "files", "message": "é🎉", "done": n},
                {"type": "sample", "rss_peak": chance.randrange(1000)},
                {"type": "tag", "name": "t", "value": str(n)},
                {"type": "unheard of"},
            ]
        )
        record = bytearray(encode(seq, dumps({"t": T0 + n, **event})))
        fate = chance.random()
        if fate < 0.08:
            record[chance.randrange(len(record))] ^= 1 << chance.randrange(8)
        elif fate < 0.12:
            record = record[: chance.randrange(len(record))] + b"\n"
        out += record
    if chance.random() < 0.7:
        out += encode(seq + 1, dumps({"type": "exit", "t": T0 + 99, "state": "failed", "reason": "r", "started": T0}))
        out += encode(seq + 2, dumps({"type": "metric", "t": T0, "values": {"a": 1}}))
    return bytes(out)


class Model:
    """A prefix of the journal, understood from the beginning each time."""

    def __init__(self, run: Run, data: bytes) -> None:
        self.run = dataclasses.replace(run, cells=cells(2), metrics={}, tags=list(run.tags))
        self.points: dict[str, list[MetricPoint]] = {}
        self.seqs: list[int] = []
        self.damaged: list[int] = []
        last = 0
        for item in Decoder().feed(data):
            if isinstance(item, Damage):
                self.damaged.append(item.offset)
            elif item.seq > last:
                last = item.seq
                self.seqs.append(last)
                self._apply(item)

    def _apply(self, record: Record) -> None:
        lifecycle.accept(self.run, T0)
        for key, point in lifecycle.apply(self.run, record.event, record.seq).points:
            self.points.setdefault(key, []).append(point)


class Mirrored(RuleBasedStateMachine):
    @initialize(seed=st.integers(0, 10**6))
    def start(self, seed: int) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="mirror-model-"))
        self.journal = machine_journal(seed)
        self.store = Store(self.folder / "data")
        self.first = self.store.create({}, a_run(cells=cells(2)))
        self.title = ""
        self.mirror = self.store.mirror(self.first.id)
        assert self.mirror.try_lead()

    @rule(size=st.one_of(st.integers(1, 60), st.integers(1, 5000)))
    def more_comes(self, size: int) -> None:
        at = self.mirror.offset
        self.mirror.append(at, self.journal[at : at + size])

    @rule(size=st.integers(1, 3000), where=st.sampled_from(["sync", "before commit"]))
    def dies_while_writing(self, size: int, where: str) -> None:
        at = self.mirror.offset

        def dies(*_: object) -> None:
            raise FaultError

        real_sync, real_update = mirroring._sync, mirroring.Projection.write
        try:
            if where == "sync":
                mirroring._sync = dies
            else:
                mirroring.Projection.write = dies  # type: ignore[method-assign]
            self.mirror.append(at, self.journal[at : at + size])
            assert at == len(self.journal) or where == "sync"
        except FaultError:
            pass
        finally:
            mirroring._sync, mirroring.Projection.write = real_sync, real_update  # type: ignore[method-assign]

    @rule(junk=st.binary(max_size=50))
    def a_new_process_takes_over(self, junk: bytes) -> None:
        self.mirror.release()
        self.store.close()
        with self.mirror.path.open("ab") as file:
            file.write(junk)  # written by one that died before it committed
        self.store = Store(self.folder / "data")
        self.mirror = self.store.mirror(self.first.id)
        assert self.mirror.try_lead()

    @rule(share=st.floats(0, 1))
    def the_file_loses_its_end(self, share: float) -> None:
        self.mirror.release()
        os.truncate(self.mirror.path, int(self.mirror.path.stat().st_size * share))
        assert self.mirror.try_lead()

    @rule(title=st.text(max_size=5))
    def somebody_writes_a_title(self, title: str) -> None:
        self.store.update(self.first.id, title=title)
        self.title = title

    @precondition(lambda self: hasattr(self, "store"))
    @invariant()
    def everything_is_as_the_prefix_says(self) -> None:
        offset = self.mirror.offset
        assert self.mirror.path.read_bytes()[:offset] == self.journal[:offset]
        decoded = self._decoded()
        model = Model(self.first, self.journal[: max(offset, decoded)])
        found = self.store.run(self.first.id)
        points = self.store.metrics(self.first.id)
        assert repr(sorted(points.items())) == repr(sorted(model.points.items()))
        assert repr(found) == repr(
            dataclasses.replace(model.run, title=self.title, accepted=found.accepted, number=found.number)
        )
        assert (found.accepted is None) == (not model.seqs)
        findings = self.store.findings(self.first.id)
        assert [f.offset for f in findings if f.why in _DAMAGES or "JSON" in f.why] == model.damaged
        if offset >= decoded:
            assert [record.seq for record in self.store.events(self.first.id)] == model.seqs

    def _decoded(self) -> int:
        with self.store.database.read() as connection:
            return int(connection.execute("SELECT decoded FROM mirrors").fetchone()[0])

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.mirror.release()
            self.store.close()
            shutil.rmtree(self.folder)


_DAMAGES = {"no record header", "checksum does not match", "the record's end is damaged", "payload is not an object"}

TestMirrored = Mirrored.TestCase
TestMirrored.settings = settings(max_examples=20, stateful_step_count=25, deadline=None)
