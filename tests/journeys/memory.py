"""How much memory the processes of a run take at their highest, read from outside while they live."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from .bed import Bed

MIB = 1 << 20
_EVERY_S = 0.05


def peak(pid: int) -> int:
    """The most resident memory a process ever had, in bytes; 0 once it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)


def roles(bed: Bed, run_id: Callable[[], str | None]) -> Iterator[tuple[int, str]]:
    """(process id, role) of what serves a run: supervisor, host (of the kernel), kernel, agent, client."""
    clients = {process.pid for process in bed.started}
    home = b"HOME=" + (os.fsencode(bed.server.home) if bed.server else b"-") + b"\0"
    run = (run_id() or "-").encode()
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        pid = int(folder.name)
        try:
            line, there = (folder / "cmdline").read_bytes(), (folder / "environ").read_bytes() + b"\0"
        except OSError:
            continue
        if pid in clients:
            yield pid, "client"
        elif b"exec(s)" in line and home in there and b"python" in line:
            yield pid, "agent"
        elif run in line and b"\0supervise\0" in line:
            yield pid, "supervisor"
        elif run in line and b"\0host\0" in line:
            yield pid, "host"
        elif b"JMLX_RUN=" + run in there and b"ipykernel_launcher" in line:
            yield pid, "kernel"


class Peaks:
    """The highest memory by role so far; a thread reads it until `stop`."""

    def __init__(self, bed: Bed, run_id: Callable[[], str | None]) -> None:
        self.bytes: dict[str, int] = {}
        self._bed = bed
        self._run_id = run_id
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)

    def _read(self) -> None:
        while not self._stop.wait(_EVERY_S):
            for pid, role in roles(self._bed, self._run_id):
                self.bytes[role] = max(self.bytes.get(role, 0), peak(pid))


@contextlib.contextmanager
def peaks(bed: Bed, run_id: Callable[[], str | None]) -> Iterator[Peaks]:
    """Read the memory of a bed's processes while the block runs."""
    watch = Peaks(bed, run_id)
    watch._thread.start()
    try:
        yield watch
    finally:
        watch._stop.set()
        watch._thread.join()
