"""What a machine says of itself, as lists show it."""

from __future__ import annotations

import json
import math
import time
from typing import Any

import pytest

from jupyter_mlx.machines.facts import MAX_ENVIRONMENTS, MAX_GPUS, measured, shown
from jupyter_mlx.runner.probe import probe

GPU = {"uuid": "GPU-1", "name": "RTX 4090", "util": 3.0, "memory_used": 5, "memory_total": 24, "power": 20.0}


def test_a_real_probe_is_shown(tmp_path) -> None:
    now = time.time()
    found = shown({"hostname": "box", "probe": {"measured": now, **probe(str(tmp_path / "root"))}})
    assert found["hostname"] == "box"
    assert found["cpu_count"] >= 1 and found["load"] >= 0
    assert found["disk_free"] > 0 and found["memory_total"] > found["memory_used"] > 0
    assert found["pythons"] and found["measured"].endswith("Z")
    assert "checks" not in found


def test_what_was_kept_is_shown_as_it_was_told(tmp_path) -> None:
    kept = measured({**probe(str(tmp_path / "root")), "gpus": [GPU]})
    assert kept["pythons"] and kept["gpus"]
    assert measured(json.loads(json.dumps(kept))) == kept


def test_before_the_first_contact_nothing_is_shown() -> None:
    assert shown({}) == {}


def test_gpus_keep_what_says_whether_they_are_free() -> None:
    assert measured({"gpus": [GPU]})["gpus"] == [{name: GPU[name] for name in GPU if name != "power"}]


HOSTILE: list[Any] = [None, True, -1, 2**60, math.nan, math.inf, "x" * 10**6, "\x1b[31m\n", [], {}, [[]], {"a": {}}]


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_a_machine_says_stays_small_and_of_its_kind(value) -> None:
    names = ("cpu_count", "load", "memory_total", "memory_used", "disk_free", "gpus", "pythons", "environments")
    probe_says = {**dict.fromkeys(names, value), "measured": value}
    items = {"gpus": [value, dict.fromkeys(GPU, value)], "pythons": [value, {"version": value}]}
    for said in (probe_says, {**items, "environments": {str(value): value}}):
        found = shown({"hostname": value, "probe": said})
        assert len(json.dumps(found, allow_nan=False)) < 2000
        assert all(isinstance(found[name], int) for name in ("cpu_count", "disk_free") if name in found)
        assert "\x1b" not in json.dumps(found, ensure_ascii=False) and "\n" not in str(found.get("hostname"))


def test_long_lists_are_cut() -> None:
    many = {f"env{n}": "/opt/python" for n in range(1000)}
    found = measured({"gpus": [GPU] * 1000, "environments": many, "pythons": [{"version": "3.12.1"}] * 1000})
    assert (len(found["gpus"]), len(found["environments"])) == (MAX_GPUS, MAX_ENVIRONMENTS)
    assert len(found["pythons"]) == 30
