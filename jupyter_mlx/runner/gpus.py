"""NVIDIA GPUs through nvidia-smi, by UUID: indices change with the boot and with CUDA_DEVICE_ORDER."""

import contextlib
import os
import subprocess
import time
from typing import Any, Dict, List, NamedTuple, Optional

LIMIT_S = 5.0  # a driver in trouble makes nvidia-smi hang
_FIELDS = "uuid,name,utilization.gpu,memory.used,memory.total,power.draw"
_COMMAND = ["nvidia-smi", "--query-gpu=" + _FIELDS, "--format=csv,noheader,nounits"]


class Gpu(NamedTuple):
    """One GPU now; bytes, percent, watts; None where the card does not tell."""

    uuid: str
    name: str
    util: Optional[float]
    memory_used: Optional[int]
    memory_total: Optional[int]
    power: Optional[float]

    def as_dict(self) -> Dict[str, Any]:
        """The GPU as it stands in a ``sample``."""
        return {
            "uuid": self.uuid,
            "util": self.util,
            "memory_used": self.memory_used,
            "memory_total": self.memory_total,
            "power": self.power,
        }


class Query:
    """One nvidia-smi on its way; ask `poll` until it is over."""

    def __init__(self) -> None:
        self.gpus: List[Gpu] = []
        self._end = time.monotonic() + LIMIT_S
        self._process: Optional["subprocess.Popen[bytes]"] = None
        with contextlib.suppress(OSError):
            self._process = subprocess.Popen(
                _COMMAND, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )

    def poll(self) -> bool:
        """Whether it is over: answered, failed or out of time."""
        process = self._process
        if process is None:
            return True
        if process.poll() is None:
            if time.monotonic() < self._end:
                return False
            process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.2)  # inside the driver it may not die; then the end of the run reaps it
        elif process.returncode == 0 and process.stdout:
            self.gpus = parse(process.stdout.read(1 << 20).decode("utf-8", "replace"))
        if process.stdout:
            process.stdout.close()
        self._process = None
        return True


def gpus() -> List[Gpu]:
    """The GPUs we may use: all, or those of an inherited CUDA_VISIBLE_DEVICES. Takes up to 5 s."""
    query = Query()
    while not query.poll():
        time.sleep(0.01)
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is None:
        return query.gpus
    wanted = [item.strip() for item in visible.split(",")]
    return [
        gpu
        for index, gpu in enumerate(query.gpus)
        if any(item == str(index) or (item.startswith("GPU-") and gpu.uuid.startswith(item)) for item in wanted)
    ]


def parse(text: str) -> List[Gpu]:
    """The answer of nvidia-smi; lines that are none are passed over."""
    found = []
    for line in text.splitlines():
        fields = [field.strip() for field in line.split(",")]
        if len(fields) != 6 or not fields[0].startswith("GPU-") or not _plain(fields[0]):
            continue
        util, used, total, power = (_number(field) for field in fields[2:])
        found.append(Gpu(fields[0], fields[1], util, _bytes(used), _bytes(total), power))
    return found


def _plain(uuid: str) -> bool:
    """The UUID becomes a file name and part of a variable."""
    return len(uuid) <= 100 and all(letter.isalnum() or letter == "-" for letter in uuid)


def _number(text: str) -> Optional[float]:
    try:
        return float(text)
    except ValueError:  # "[N/A]", "[Not Supported]"
        return None


def _bytes(mib: Optional[float]) -> Optional[int]:
    return None if mib is None else int(mib * (1 << 20))
