"""host.json."""

from __future__ import annotations

import json
from pathlib import Path

from jupyter_mlx.kernel_host import verdict as module
from jupyter_mlx.kernel_host.verdict import Verdict, write
from jupyter_mlx.runner.ending import read_host
from jupyter_mlx.runner.layout import RunPaths


def test_the_supervisor_reads_what_the_host_writes(tmp_path) -> None:
    paths = RunPaths(str(tmp_path))
    said = Verdict("failed", "kernel_died", "the kernel was killed", 3, "E", "v", None, 9)
    write(paths, said)
    assert read_host(paths) == said


def test_what_is_said_is_bounded(tmp_path) -> None:
    paths = RunPaths(str(tmp_path))
    write(paths, Verdict("failed", "cell_error", "r" * 10**6, 0, "e" * 10**6, "\ud800" * 10**6))
    report = json.loads(Path(paths.host).read_text())
    assert [len(report[name]) for name in ("reason", "ename", "evalue")] == [2000, 200, 4000]


def test_on_a_full_disk_the_ballast_makes_room(tmp_path, monkeypatch) -> None:
    paths = RunPaths(str(tmp_path))
    Path(paths.ballast).write_bytes(b"\0" * (1 << 20))
    real = module.write_atomic

    def full(path: str, data: bytes) -> None:
        if Path(paths.ballast).stat().st_size == 1 << 20:
            raise OSError(28, "No space left on device")
        real(path, data)

    monkeypatch.setattr(module, "write_atomic", full)
    write(paths, Verdict("failed", "no_space", "full"))
    assert json.loads(Path(paths.host).read_text())["cause"] == "no_space"
