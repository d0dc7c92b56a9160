"""Reporting, also on a full disk (a small tmpfs): what must fit fits, what need not is dropped, exit.json is whole."""

from __future__ import annotations

import errno
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_mlx.runner.journal import Record, read
from jupyter_mlx.runner.layout import RunPaths
from jupyter_mlx.runner.reporter import BALLAST, Reporter, free_ballast, lay_ballast, write_exit


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("only root can mount a small file system")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def fill(disk: Path) -> None:
    """Leave not one byte."""
    with pytest.raises(OSError, match="No space"), open(disk / "filler", "ab", buffering=0) as out:
        while True:
            out.write(b"x" * (1 << 16))
    with pytest.raises(OSError, match="No space"), open(disk / "filler", "ab", buffering=0) as out:
        while True:
            out.write(b"x")


def events(paths: RunPaths) -> list[dict[str, object]]:
    items = list(read(paths.journal))
    assert all(isinstance(item, Record) for item in items)
    return [item.event for item in items if isinstance(item, Record)]


def test_none_is_left_out_and_time_is_there(tmp_path: Path) -> None:
    paths = RunPaths(str(tmp_path))
    reporter = Reporter(paths)
    reporter.event("state", state="running", reason=None)
    reporter.event("environment", kind="existing", type_="x")
    assert reporter.size() == os.stat(paths.journal).st_size
    reporter.close()
    first, second = events(paths)
    assert set(first) == {"type", "t", "state"}
    assert second["kind"] == "existing"


def test_the_ballast_takes_real_space(tmp_path: Path) -> None:
    paths = RunPaths(str(tmp_path))
    lay_ballast(paths)
    assert os.stat(paths.ballast).st_blocks * 512 >= BALLAST


def test_on_a_full_disk_vital_events_fit_and_minor_ones_are_dropped(small_disk: Path) -> None:
    paths = RunPaths(str(small_disk))
    reporter = Reporter(paths)
    reporter.event("state", state="preparing")
    lay_ballast(paths)
    fill(small_disk)
    assert not reporter.minor("sample", text="x" * 5000)
    with pytest.raises(OSError, match="No space") as caught:
        reporter.event("log", text="x" * 5000)
    assert caught.value.errno == errno.ENOSPC
    reporter.vital("state", state="failed", text="y" * 5000)
    reporter.close()
    assert [event["type"] for event in events(paths)] == ["state", "state"]


def test_the_verdict_fits_where_nothing_else_does(small_disk: Path) -> None:
    paths = RunPaths(str(small_disk))
    lay_ballast(paths)
    fill(small_disk)
    free_ballast(paths)
    fill(small_disk)  # somebody else was faster
    record = {"state": "failed", "reason": "no space " * 200}
    write_exit(paths, record)
    assert json.loads(Path(paths.exit).read_text()) == record
    assert not os.path.exists(paths.ballast)


def test_the_verdict_is_written_without_ballast_too(tmp_path: Path) -> None:
    paths = RunPaths(str(tmp_path))
    write_exit(paths, {"state": "succeeded"})
    assert json.loads(Path(paths.exit).read_text()) == {"state": "succeeded"}
    lay_ballast(paths)
    write_exit(paths, {"state": "failed"})
    assert json.loads(Path(paths.exit).read_text()) == {"state": "failed"}


def test_no_ballast_on_a_full_disk(small_disk: Path) -> None:
    paths = RunPaths(str(small_disk))
    fill(small_disk)
    with pytest.raises(OSError, match="No space"):
        lay_ballast(paths)
