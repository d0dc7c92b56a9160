"""Whether packages can be had here at all."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from jupyter_mlx.runner.indexes import uv_variables


def uv() -> str:
    """The uv of these tests; empty where there is none."""
    beside = Path(sys.executable).with_name("uv")
    return str(beside) if beside.exists() else shutil.which("uv") or ""


@functools.cache
def _reachable() -> str:
    if not uv():
        return "there is no uv here"
    with tempfile.TemporaryDirectory() as folder:
        argv = [uv(), "pip", "install", "--python", sys.executable, "--no-deps", "--target", folder, "six==1.17.0"]
        env = {**os.environ, **uv_variables(os.environ), "UV_CACHE_DIR": f"{folder}/cache"}
        done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60)
    return "" if done.returncode == 0 else f"no index of packages can be reached: {done.stderr[-300:]}"


def an_index() -> None:
    """Skip the test where no package can be had."""
    why = _reachable()
    if why:
        pytest.skip(why)
