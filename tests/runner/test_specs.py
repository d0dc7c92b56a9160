from __future__ import annotations

import contextlib
import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlx.models import new_run_id
from jupyter_mlx.runner.blobs import BlobStore
from jupyter_mlx.runner.refusal import Refusal
from jupyter_mlx.runner.specs import check_spec, needed_blobs

from .bed import project
from .test_frames import JSON


@pytest.fixture(scope="module")
def spec(tmp_path_factory):
    blobs = BlobStore(str(tmp_path_factory.mktemp("blobs")))
    return {
        **project(blobs)[0],
        "id": new_run_id(),
        "number": 3,
        "title": "",
        "tags": ["a"],
        "tools": {"uv": "a" * 64, "other": None},
        "blobs": ["b" * 64],
        "rerun_of": None,
        "experiment": None,
        "of a newer client": [1],
    }


def test_a_whole_spec_passes_and_names_its_blobs(spec):
    check_spec(spec)
    assert needed_blobs(spec) == [spec["notebook_blob"], "a" * 64, "b" * 64]
    assert needed_blobs({"notebook_blob": "c" * 64}) == ["c" * 64]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("format", None),
        ("format", 2),
        ("format", "1"),
        ("id", None),
        ("id", "../x"),
        ("id", 5),
        ("notebook", "../run.ipynb"),
        ("notebook", "/run.ipynb"),
        ("notebook", ""),
        ("notebook", ["x"]),
        ("notebook_blob", "x"),
        ("notebook_blob", None),
        ("bundle", None),
        ("bundle", []),
        ("bundle.digest", "A" * 64),
        ("bundle.digest", None),
        ("bundle.files", -1),
        ("bundle.bytes", 1.5),
        ("cells", None),
        ("cells", {}),
        ("cells", [1]),
        ("cells", [{"index": "0", "id": "x"}]),
        ("cells", [{"index": 0}]),
        ("cells", [{"index": 0, "id": "x", "skip": "yes"}]),
        ("cells", [{"index": 1, "id": "a"}, {"index": 1, "id": "b"}]),
        ("cwd", "../.."),
        ("cwd", 5),
        ("environment", None),
        ("environment.kind", "docker"),
        ("environment.kind", None),
        ("environment.kind", []),
        ("environment.digest", "x"),
        ("environment.packages", []),
        ("environment.requirements", [5]),
        ("environment.target", {}),
        ("kernel", "python3"),
        ("kernel.name", 5),
        ("limits", []),
        ("limits.time_s", "10"),
        ("limits.time_s", True),
        ("limits.time_s", -1),
        ("limits.no_output_s", [1]),
        ("limits.allow_errors", "yes"),
        ("slots", -1),
        ("tags", "x"),
        ("params", []),
        ("title", 5),
        ("title", "x" * 5000),
        ("tools", ["x"]),
        ("tools", {"uv": "x"}),
        ("blobs", ["x"]),
        ("blobs", "x"),
    ],
)
def test_each_field_that_cannot_be_is_named(spec, field, value):
    bad = copy.deepcopy(spec)
    *above, last = field.split(".")
    inner = bad
    for name in above:
        inner = inner[name]
    inner[last] = value
    with pytest.raises(Refusal) as caught:
        check_spec(bad)
    assert caught.value.code == "input" and caught.value.field == field
    assert caught.value.message


@given(st.data())
def test_whatever_stands_in_a_field_is_judged_without_another_exception(spec, data):
    bad = copy.deepcopy(spec)
    bad[data.draw(st.sampled_from(sorted(bad)))] = data.draw(JSON)
    with contextlib.suppress(Refusal):
        check_spec(bad)
        assert all(isinstance(blob, str) and len(blob) == 64 for blob in needed_blobs(bad))
