from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlx.runner.names import UnsafeNameError, safe_digest, safe_name, safe_path, safe_run_id

HOSTILE_BUT_FINE = [
    "a b'\";$(touch x)\n.ipynb",
    "-rf.ipynb",
    "...",
    "..a",
    ".bashrc",
    "\x1b]0;title",
    "é" * 127,
    "🐉" * 63,
    "x" * 255,
    "CON",
    "a\\b",
    "\udcff",  # a byte that is no UTF-8, as Python shows it
]


@pytest.mark.parametrize("name", HOSTILE_BUT_FINE)
def test_a_hostile_look_is_fine_and_comes_back_unchanged(name, tmp_path):
    assert safe_name(name) == name
    (tmp_path / name).write_bytes(b"")
    assert os.listdir(tmp_path) == [name]


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/", "a\0b", "x" * 256, "é" * 128, "\ud800"])
def test_what_leaves_the_folder_or_is_no_name_is_refused(name):
    with pytest.raises(UnsafeNameError):
        safe_name(name)


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../../x", "a//b", "a/", "", "a/./b", "x/" * 2000 + "x"])
def test_paths_that_are_refused(path):
    with pytest.raises(UnsafeNameError):
        safe_path(path)


@given(st.text(max_size=300))
def test_a_path_that_passes_stays_below_its_folder(path):
    try:
        safe_path(path)
    except UnsafeNameError:
        return
    assert os.path.normpath(os.path.join("/top", path)).startswith("/top/")


@pytest.mark.parametrize("name", ["a/b.ipynb", "deep/er/still", "a b/c'd", "x/" * 100 + "x"])
def test_plain_paths_pass(name):
    assert safe_path(name) == name


def test_run_ids():
    assert safe_run_id("01JD9Z8GN4V8QK2M6T0XW3YABC") == "01JD9Z8GN4V8QK2M6T0XW3YABC"
    for bad in ["", "01jd9z8gn4v8qk2m6t0xw3yabc", "01JD9Z8GN4V8QK2M6T0XW3YABC\n", "../" * 8 + "ab", "I" * 26, 7, None]:
        with pytest.raises(UnsafeNameError):
            safe_run_id(bad)


def test_digests():
    good = "0123456789abcdef" * 4
    assert safe_digest(good) == good
    for bad in [
        "",
        good[:-1],
        good + "0",
        good.upper(),
        good[:-1] + "\n",
        good + "\n",
        "../../" + good,
        None,
        b"0" * 64,
    ]:
        with pytest.raises(UnsafeNameError):
            safe_digest(bad)
