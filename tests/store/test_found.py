from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlx.errors import InputError
from jupyter_mlx.models import BundleSummary, Cell, RunState, new_run_id, to_json
from jupyter_mlx.store.found import run_from
from tests.store.bed import T0
from tests.test_untrusted import ANYTHING

ID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


def test_a_spec_gives_the_run_as_it_was_accepted():
    spec = {
        "id": ID,
        "number": 12,
        "project": "/p\udcff",
        "notebook": "a/b.ipynb",
        "title": "t",
        "experiment": "e",
        "tags": ["x", "y"],
        "created": T0,
        "params": {"lr": 0.1},
        "cells": [{"index": 3, "id": "b"}, {"index": 1, "id": "a", "skip": True}],
        "bundle": {"digest": "d", "files": 2, "bytes": 30},
        "environment": {
            "kind": "kernel",
            "python": "3.11",
            "packages": {"a": "1"},
            "requirements": ["a"],
            "digest": "d",
        },
        "price": 2,
        "currency": "EUR",
        "rerun_of": ID,
    }
    run = run_from(spec, "box")
    assert (run.id, run.number, run.project, run.machine, run.state) == (ID, 12, "/p\udcff", "box", RunState.PREPARING)
    assert run.cells == [Cell(1, "a", "skipped"), Cell(3, "b")]
    assert (run.created, run.accepted, run.price, run.currency, run.tags) == (T0, T0, 2.0, "EUR", ["x", "y"])
    assert run.bundle == BundleSummary("d", 2, 30)
    assert run.environment == {"kind": "kernel", "python": "3.11", "packages": {"a": "1"}, "digest": "d"}


def test_without_a_time_the_id_tells_it():
    run = run_from({"id": new_run_id()}, "box")
    assert run.created > T0
    assert run_from({"id": "0" * 26}, "box").created > 0


@pytest.mark.parametrize("run_id", [None, "", "../../etc", "01ARZ3NDEKTSV4RRFFQ69G5FA", ID.lower(), ID + "\n", 5])
def test_without_a_run_id_there_is_no_run(run_id):
    with pytest.raises(InputError, match="box"):
        run_from({"id": run_id}, "box")


FIELDS = [
    "number",
    "project",
    "notebook",
    "title",
    "tags",
    "created",
    "params",
    "cells",
    "bundle",
    "environment",
    "price",
]


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), ANYTHING))
def test_whatever_else_the_spec_holds(fields):
    run = run_from({**fields, "id": ID}, "box")
    assert 0 <= run.number <= 2**31
    json.dumps(to_json(run))
