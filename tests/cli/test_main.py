"""The command line where its streams are not what a terminal gives."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("laptop")

CLI = f"{sys.executable} -m jupyter_mlx.cli.main"


def shell(line: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["/bin/sh", "-c", line], capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("runs <&-", 0),
        ("runs >&-", 0),
        ("runs 2>&-", 0),
        ("runs <&- >&- 2>&-", 0),
        ("show 99 2>&-", 2),
        ("show 99 >&-", 2),
    ],
)
def test_streams_that_are_closed(line: str, code: int) -> None:
    done = shell(f"{CLI} {line}")
    assert "Traceback" not in done.stderr
    assert done.returncode == code, done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_streams_that_are_full() -> None:
    done = shell(f"{CLI} machines > /dev/full")
    assert done.returncode == 3
    assert done.stderr == "jupyter mlx: cannot go on: [Errno 28] No space left on device\n"
    assert shell(f"{CLI} show 99 2> /dev/full").returncode == 2


def test_a_reader_that_left() -> None:
    done = shell(f"{CLI} run --help | head -n 1; {CLI} machines | true")
    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout.startswith("usage:")
