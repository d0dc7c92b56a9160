"""Memory within limits: a real cgroup where we may make one, made-up files for the other version."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_mlx.runner import cgroups

from .runs import REPOSITORY

V1 = Path("/sys/fs/cgroup/memory")
Fake = Callable[[str, dict[str, str]], None]


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    """Make the process look as if it were in a cgroup of these files."""
    monkeypatch.setattr(cgroups, "CGROUPS", str(tmp_path))
    real = cgroups._lines

    def make(line: str, files: dict[str, str]) -> None:
        for name, content in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(content)
        monkeypatch.setattr(cgroups, "_lines", lambda path: [line] if path == "/proc/self/cgroup" else real(path))

    return make


def test_without_a_limit_it_is_the_machine(fake: Fake) -> None:
    fake("0::/", {"cgroup.controllers": ""})
    found = cgroups.memory()
    assert not found.limited
    assert found.total == os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert 0 < found.used < found.total


def test_the_tightest_limit_above_us_counts_in_version_2(fake: Fake) -> None:
    fake(
        "0::/user/job",
        {
            "cgroup.controllers": "memory",
            "user/memory.max": "1000000\n",
            "user/memory.current": "400000\n",
            "user/memory.stat": "anon 1\ninactive_file 150000\n",
            "user/job/memory.max": "max\n",
            "user/job/memory.current": "5\n",
        },
    )
    assert cgroups.memory() == (250000, 1000000, True)


def test_version_1(fake: Fake) -> None:
    fake(
        "4:memory:/job",
        {
            "memory/memory.limit_in_bytes": "9223372036854771712\n",
            "memory/job/memory.limit_in_bytes": "5000000\n",
            "memory/job/memory.usage_in_bytes": "3000000\n",
            "memory/job/memory.stat": "total_inactive_file 1000000\n",
            "memory/job/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n",
        },
    )
    assert cgroups.memory() == (2000000, 5000000, True)
    fake("4:memory:/elsewhere", {})
    base = cgroups.oom_kills()
    fake("4:memory:/job", {})
    assert cgroups.oom_kills() == base + 3


@pytest.mark.parametrize("content", ["", "nonsense", "-5", "1 2 3"])
def test_nonsense_is_no_limit(fake: Fake, content: str) -> None:
    fake("0::/job", {"cgroup.controllers": "", "job/memory.max": content, "job/memory.current": content})
    assert not cgroups.memory().limited


def test_a_real_limit_is_seen_and_a_real_kill_counted(tmp_path: Path) -> None:
    folder = V1 / f"jmlx-test-{os.getpid()}"
    try:
        folder.mkdir()
        (folder / "memory.limit_in_bytes").write_text(str(64 << 20))
    except OSError:
        pytest.skip("no cgroup of version 1 can be made here")
    try:
        code = f"""import os, sys; sys.path.insert(0, {str(REPOSITORY)!r})
from jupyter_mlx.runner import cgroups
open({str(folder / "cgroup.procs")!r}, "w").write(str(os.getpid()))
before = cgroups.oom_kills()
pid = os.fork()
if pid == 0:
    held = b"x" * (200 << 20)
    os._exit(0)
status = os.waitpid(pid, 0)[1]
print(cgroups.memory().total, os.WTERMSIG(status), cgroups.oom_kills() - before > 0)"""
        done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.split() == [str(64 << 20), "9", "True"]
    finally:
        folder.rmdir()
