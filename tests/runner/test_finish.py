"""The last steps of a run: whatever fails among them, the verdict is said and exit.json comes last."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from jupyter_mlx.models import new_run_id
from jupyter_mlx.runner import finish
from jupyter_mlx.runner.clock import boottime
from jupyter_mlx.runner.ending import Verdict
from jupyter_mlx.runner.finish import Finish
from jupyter_mlx.runner.journal import Record, read
from jupyter_mlx.runner.layout import RunPaths
from jupyter_mlx.runner.reporter import Reporter, lay_ballast

DONE = Verdict("succeeded", "done")


class Bed:
    """A supervisor at the end of its work, with no processes of its own."""

    def __init__(self, folder: Path) -> None:
        self.paths = RunPaths(str(folder / new_run_id()))
        os.makedirs(self.paths.folder)
        lay_ballast(self.paths)
        self.supervisor: Any = SimpleNamespace(
            paths=self.paths,
            reporter=Reporter(self.paths),
            stop=None,
            host=None,
            made_ns=None,
            began=boottime() - 5,
            began_wall=1000.0,
            reap=lambda: None,
        )

    def finish(self, verdict: Verdict) -> dict[str, Any]:
        Finish(self.supervisor, verdict).run()
        return dict(json.loads(Path(self.paths.exit).read_text()))

    def events(self) -> list[dict[str, Any]]:
        return [item.event for item in read(self.paths.journal) if isinstance(item, Record)]


@pytest.fixture
def bed(tmp_path: Path) -> Bed:
    return Bed(tmp_path)


def test_the_verdict_is_said_in_order(bed: Bed) -> None:
    record = bed.finish(DONE)
    assert [event["type"] for event in bed.events()] == ["state", "exit"]
    assert record["state"] == "succeeded" and record["started"] == 1000.0
    assert 5 <= record["duration_s"] < 60
    assert record["journal_bytes"] == os.stat(bed.paths.journal).st_size
    assert not os.path.exists(bed.paths.ballast)


def test_what_could_not_be_ended_is_named(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finish, "end_strays", lambda *_, **__: [77, 78])
    said: list[list[int]] = []
    bed.supervisor.stop = SimpleNamespace(done=said.append)
    record = bed.finish(Verdict("cancelled", "cancelled", "cancelled on request"))
    assert record["reason"] == "cancelled on request; 2 processes could not be ended: 77, 78"
    assert said == [[77, 78]]


@pytest.mark.parametrize(
    ("verdict", "cause"), [(DONE, "no_space"), (Verdict("failed", "cell_error", "cell 1 failed", 1), "cell_error")]
)
def test_a_disk_full_of_outputs_ends_a_good_run_badly_and_a_bad_one_as_it_was(
    bed: Bed, monkeypatch: pytest.MonkeyPatch, verdict: Verdict, cause: str
) -> None:
    def full(_: Finish) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/outputs")

    monkeypatch.setattr(Finish, "_outputs", full)
    record = bed.finish(verdict)
    assert (record["state"], record["cause"]) == ("failed", cause)
    assert bed.events()[-1]["cause"] == cause


def test_a_journal_that_takes_nothing_does_not_keep_the_verdict_back(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.EDQUOT, "Disk quota exceeded")

    monkeypatch.setattr(bed.supervisor.reporter, "vital", full)
    assert bed.finish(DONE)["state"] == "succeeded"


def test_a_supervisor_that_never_came_to_report_still_gets_a_verdict(bed: Bed) -> None:
    bed.supervisor.reporter.close()
    del bed.supervisor.reporter
    assert bed.finish(Verdict("failed", "internal", "oh"))["reason"] == "oh"


def test_time_goes_forward() -> None:
    first = boottime()
    assert boottime() >= first > 0
