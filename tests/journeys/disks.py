"""Small disks that can be filled to the last byte, and kept full."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest


@contextlib.contextmanager
def disk(folder: Path, size: str) -> Iterator[Path]:
    """A file system of that size; skips the test where nothing can be mounted."""
    folder.mkdir(parents=True)
    if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", folder]).returncode:
        pytest.skip("a small file system can only be mounted by root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(folder: Path) -> None:
    """Leave not one byte."""
    for size in (1 << 20, 1 << 12, 1):
        with contextlib.suppress(OSError), open(folder / "filler", "ab", buffering=0) as out:
            while out.write(b"x" * size):
                pass


@contextlib.contextmanager
def kept_full(folder: Path) -> Iterator[None]:
    """Fill a disk, and whatever is freed on it as well, at once; the space comes back at the end."""
    fill(folder)
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(0.002):
            fill(folder)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        (folder / "filler").unlink()
