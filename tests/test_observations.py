from __future__ import annotations

import math

import pytest

from jupyter_mlx import observations
from jupyter_mlx.lifecycle import apply
from jupyter_mlx.models import Cell, MetricPoint, OutputFile, Run, RunState, new_run_id, to_json

T0 = 1_700_000_000.0


@pytest.fixture
def run() -> Run:
    cells = [Cell(1, "a"), Cell(3, "b")]
    return Run(new_run_id(), 1, "/p", "n.ipynb", "m", state=RunState.RUNNING, accepted=T0, created=T0, cells=cells)


def say(run: Run, kind: str, seq: int = 1, /, **fields: object) -> observations.Effects:
    return apply(run, {"type": kind, "t": T0 + seq, **fields}, seq)


def test_a_cell_runs_and_ends(run):
    assert say(run, "cell", cell=3, id="b", state="running").touched == {"cells"}
    assert (run.cells[1].state, run.cells[1].started) == ("running", T0 + 1)
    say(run, "cell", cell=3, state="succeeded", execution_count=7, duration_s=1.5)
    assert run.cells == [Cell(1, "a"), Cell(3, "b", "succeeded", T0 + 1, 1.5, 7)]


def test_a_cell_that_came_later_takes_its_place_in_order(run):
    say(run, "cell", cell=2, id="new", state="running")
    assert [cell.index for cell in run.cells] == [1, 2, 3]


@pytest.mark.parametrize(
    "fields", [{}, {"cell": -1, "state": "running"}, {"cell": 1, "state": "dancing"}, {"cell": "1"}]
)
def test_a_cell_event_that_makes_no_sense_is_flagged(run, fields):
    before = to_json(run.cells)
    assert say(run, "cell", **fields).flags
    assert to_json(run.cells) == before


def test_cells_have_a_limit(run):
    flags = [say(run, "cell", cell=n, state="running").flags for n in range(observations.MAX_CELLS + 5)]
    assert len(run.cells) == observations.MAX_CELLS
    assert sum(map(bool, flags)) == 5


def test_metrics_become_points_and_last_values(run):
    effects = say(run, "metric", 4, values={"loss": 0.5, "ok": True, "note": "fine"}, step=3, cell=1)
    assert effects.points == [
        ("loss", MetricPoint(3, 0.5, T0 + 4, 4)),
        ("ok", MetricPoint(3, True, T0 + 4, 4)),
        ("note", MetricPoint(3, "fine", T0 + 4, 4)),
    ]
    say(run, "metric", 5, values={"loss": 0.25})
    assert run.metrics == {"loss": 0.25, "ok": True, "note": "fine"}


def test_values_that_are_not_finite_stay_what_they_are(run):
    say(run, "metric", values={"a": "NaN", "b": "Infinity", "c": "-Infinity", "d": 10**400, "e": math.nan})
    assert math.isnan(run.metrics["a"])
    assert run.metrics["b"] == run.metrics["d"] == math.inf
    assert to_json(run.metrics) == {"a": "NaN", "b": "Infinity", "c": "-Infinity", "d": "Infinity", "e": "NaN"}


@pytest.mark.parametrize("step", ["NaN", math.inf, "3", None, [1], True])
def test_a_step_that_is_no_finite_number_is_none(run, step):
    assert say(run, "metric", values={"a": 1}, step=step).points[0][1].step is None


@pytest.mark.parametrize("step", [-1, 2**40, 1.5, 0])
def test_any_finite_step_is_kept(run, step):
    assert say(run, "metric", values={"a": 1}, step=step).points[0][1].step == step


def test_odd_keys_are_kept_apart(run):
    keys = ["a/b", "..", "__proto__", "constructor", "🎉", "e\u0301", "\u00e9", " "]
    say(run, "metric", values=dict.fromkeys(keys, 1))
    assert list(run.metrics) == keys


def test_keys_and_texts_are_cut_and_nonsense_is_refused_and_counted(run):
    effects = say(run, "metric", values={"k" * 10**4: 1, "": 1, "none": None, "list": [1], "text": "x" * 10**5})
    assert {len(key) for key in run.metrics} == {observations.KEY_LENGTH, 4}
    assert len(run.metrics["text"]) == observations.TEXT_LENGTH
    assert effects.flags == ["3 metric values are neither numbers nor text"]


def test_a_million_keys_are_capped_with_a_mark(run):
    effects = say(run, "metric", values={str(n): n for n in range(10**6)})
    assert len(run.metrics) == len(effects.points) == observations.MAX_KEYS
    assert effects.flags == ["more than 10000 metric keys: 990000 values are only in the journal"]
    assert say(run, "metric", values={"0": 5}).points  # a known key goes on


@pytest.mark.parametrize("values", [None, [], "x", 5])
def test_a_metric_without_values_is_flagged(run, values):
    assert say(run, "metric", values=values).flags


def test_params_and_tags(run):
    say(run, "param", name="lr", value=0.1)
    say(run, "param", name="lr", value={"nested": [1, 2]})
    assert run.params == {"lr": {"nested": [1, 2]}}
    say(run, "tag", name="good", value="")
    say(run, "tag", name="owner", value="me")
    say(run, "tag", name="owner", value="you")
    assert run.tags == ["good", "owner=you"]


def test_params_and_tags_are_capped(run):
    say(run, "param", name="big", value="x" * 10**6)
    assert len(run.params["big"]) < 10_000
    for n in range(1100):
        flagged = say(run, "param", name=f"p{n}", value=n).flags, say(run, "tag", name=f"t{n}").flags
    assert len(run.params) == observations.MAX_PARAMS
    assert len(run.tags) == observations.MAX_TAGS
    assert all(flagged)
    assert say(run, "tag", name=5).flags
    assert say(run, "param", value=5).flags


def test_the_environment(run):
    say(
        run,
        "environment",
        digest="d",
        kind="kernel",
        python="3.11",
        packages={"a": "1", "b": 2},
        seconds=3,
        cached=True,
    )
    assert run.environment["packages"] == {"a": "1", "b": None}
    assert (run.environment["cached"], run.environment["seconds"]) == (True, 3.0)
    flags = say(run, "environment", packages={str(n): "1" for n in range(20_000)}).flags
    assert flags
    assert len(run.environment["packages"]) == observations.MAX_PACKAGES


def test_progress(run):
    say(run, "progress", phase="files", message="sending\x1b[31m", done=5, total=math.nan)
    assert run.progress == {"phase": "files", "message": "sending [31m", "done": 5.0}


def test_the_peak_only_grows(run):
    for peak in (100, 300, 200, "x", -5, None):
        say(run, "sample", rss_peak=peak)
    assert run.peak_memory == 300
    say(run, "sample", rss=400)
    assert run.peak_memory == 400


def test_output_files_are_judged(run):
    good = {"path": "a/b.txt", "size": 3, "sha256": "a" * 64, "area": "work"}
    bad = [
        {**good, "path": "../up"},
        {**good, "path": "/etc/passwd"},
        {**good, "path": "a//b"},
        {**good, "path": 5},
        {**good, "size": -1},
        {**good, "size": "3"},
        {**good, "area": "elsewhere"},
        "text",
        None,
    ]
    effects = say(run, "outputs", files=[good, *bad, {"path": "b'\"$(x)\n.txt", "size": 0, "sha256": "../x"}])
    assert run.outputs == [
        OutputFile("a/b.txt", 3, "a" * 64, "work"),
        OutputFile("b'\"$(x)\n.txt", 0, None, "outputs"),
    ]
    assert effects.flags == [f"{len(bad)} output files have unsafe names or no size"]


def test_output_files_are_capped(run):
    effects = say(run, "outputs", files=[{"path": str(n), "size": 1} for n in range(observations.MAX_FILES + 1)])
    assert len(run.outputs) == observations.MAX_FILES
    assert effects.flags


@pytest.mark.parametrize("kind", sorted(observations.SILENT))
def test_content_changes_nothing_on_the_run(run, kind):
    before = to_json(run)
    assert say(run, kind, cell=1, text="x", output={}, state={}) is observations.NOTHING
    assert to_json(run) == before
