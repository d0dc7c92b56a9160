"""What is too large for an event."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlx.kernel_host.media import LARGE, MAX_OUTPUT, MAX_TRACE, Media, fit_error, fit_metadata
from jupyter_mlx.runner.journal import MAX_PAYLOAD, dumps


@pytest.fixture
def media(tmp_path) -> Media:
    return Media(str(tmp_path / "media"))


def test_small_values_stay(media, tmp_path) -> None:
    data = {"text/plain": "x" * 1000, "application/json": {"a": [1, None]}}
    assert media.fit_data(data) == data
    assert not (tmp_path / "media").exists()


def test_large_values_go_to_a_file_named_by_their_content(media, tmp_path) -> None:
    text = "é" * LARGE
    found = media.fit_data({"text/html": text, "application/json": list(range(200_000)), "text/plain": "s"})
    assert found["text/plain"] == "s"
    html, numbers = found["text/html"], found["application/json"]
    assert html == {"$media": html["$media"], "size": 2 * LARGE, "encoding": "text"}
    assert (tmp_path / "media" / html["$media"]).read_text("utf-8") == text
    assert json.loads((tmp_path / "media" / numbers["$media"]).read_bytes()) == list(range(200_000))
    assert numbers["encoding"] == "json"
    assert (tmp_path / "media" / html["$media"]).stat().st_mode & 0o777 == 0o600


def test_equal_values_are_kept_once(media, tmp_path) -> None:
    first, second = media.put("x" * 10), media.put("x" * 10)
    assert first == second
    assert len(os.listdir(tmp_path / "media")) == 1


def test_text_that_is_no_text_is_kept_readable(media, tmp_path) -> None:
    found = media.put("a\ud800b")
    assert (tmp_path / "media" / found["$media"]).read_text("utf-8") == "a?b"


def test_numbers_that_json_does_not_know(media, tmp_path) -> None:
    found = media.put([float("nan")])
    assert json.loads((tmp_path / "media" / found["$media"]).read_bytes()) == ["NaN"]


@given(st.lists(st.tuples(st.integers(0, LARGE + 10), st.sampled_from(["x", "é", "\0", "😀"])), max_size=12))
def test_a_bundle_always_fits_an_event(tmp_path_factory, sizes) -> None:
    media = Media(str(tmp_path_factory.mktemp("media")))
    data = {f"text/x-{n}": (char * size)[:LARGE] for n, (size, char) in enumerate(sizes)}
    fitting = media.fit_data(data)
    assert list(fitting) == list(data)
    assert len(dumps({"data": fitting})) <= MAX_OUTPUT


def test_metadata_has_a_limit() -> None:
    assert fit_metadata({"a": 1}) == {"a": 1}
    assert fit_metadata(None) == {}
    assert fit_metadata([1]) == {}
    assert fit_metadata({"a": "x" * 200_000}) == {"jupyter_mlx": "200008 bytes of metadata left out"}


def test_a_traceback_of_many_frames_keeps_its_ends() -> None:
    lines = [f"frame {n} " + "x" * 60 for n in range(100_000)]
    output = fit_error({"ename": "E", "evalue": "v", "traceback": lines})
    trace = output["traceback"]
    assert (trace[0], trace[-1]) == (lines[0], lines[-1])
    (mark,) = [line for line in trace if "lines left out" in line]
    assert mark == f"… {100_000 - len(trace) + 1} lines left out …"
    assert sum(map(len, trace)) <= MAX_TRACE + 100


@pytest.mark.parametrize("content", [{}, {"traceback": None}, {"ename": 3, "evalue": None, "traceback": [None, 1]}])
def test_any_error_becomes_an_output(content) -> None:
    output = fit_error(content)
    assert output["output_type"] == "error"
    assert all(isinstance(line, str) for line in [output["ename"], output["evalue"], *output["traceback"]])


def test_one_line_without_end_is_shortened() -> None:
    output = fit_error({"ename": "E" * 100_000, "evalue": "v" * 10**6, "traceback": ["t" * 10**7]})
    assert len(dumps(output)) < MAX_PAYLOAD // 4
    assert "characters left out" in output["evalue"]
    assert "characters left out" in output["traceback"][0]
