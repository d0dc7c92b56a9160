"""What a run uses of its machine, from /proc: processor, memory, disk, network, GPUs."""

import os
from typing import Any, Dict, List, Optional, Sequence, Tuple

from . import gpus
from .cgroups import memory
from .clock import boottime
from .processes import Process, members

_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")
_OFTEN_S, _SELDOM_S, _FIRST_S = 2.0, 10.0, 60.0


class Sampler:
    """Samples of everything below this process and of what bears the run's mark.

    Call `tick` often: it looks at the memory of one process each time and gives a whole sample when one is due.
    """

    def __init__(self, run_id: str, folder: str, gpu_uuids: Sequence[str] = ()) -> None:
        self._run_id = run_id
        self._folder = folder
        self._uuids = frozenset(gpu_uuids)
        self._query: Optional[gpus.Query] = None
        self._gpus: List[Dict[str, Any]] = []
        self._start = self._last = self._due = boottime()
        self._due += _OFTEN_S
        self._cpu: Dict[Tuple[int, int], float] = {}
        self._net = network()
        self._rest = 0  # memory of all processes but the watched one, at the last sample
        self.rss_peak = 0

    def tick(self, watched: Optional[int] = None) -> Optional[Dict[str, Any]]:
        """The fields of a ``sample`` event where one is due. ``watched``: the pid most likely to grow fast."""
        if watched is not None:
            self.rss_peak = max(self.rss_peak, self._rest + rss(watched))
        if self._query is not None and self._query.poll():
            found = [gpu.as_dict() for gpu in self._query.gpus if gpu.uuid in self._uuids]
            self._gpus = found or self._gpus
            self._query = None
        now = boottime()
        if now < self._due:
            return None
        self._due = now + (_OFTEN_S if now - self._start < _FIRST_S else _SELDOM_S)
        if self._uuids and self._query is None:
            self._query = gpus.Query()  # its answer goes with the next sample: nobody waits for a driver
        return self.sample(watched)

    def sample(self, watched: Optional[int] = None) -> Dict[str, Any]:
        """The fields of a ``sample`` event, now."""
        processes = members(self._run_id, os.getpid())
        sizes = {process.pid: rss(process.pid) for process in processes}
        size = sum(sizes.values())
        self._rest = size - sizes.get(watched, 0) if watched is not None else size
        self.rss_peak = max(self.rss_peak, size)
        usage = memory()
        received, sent = network()
        fields: Dict[str, Any] = {
            "cpu": self._cpu_share(processes),
            "rss": size,
            "rss_peak": self.rss_peak,
            "memory_used": usage.used,
            "memory_total": usage.total,
            "disk_free": disk_free(self._folder),
            "net_rx": max(0, received - self._net[0]),
            "net_tx": max(0, sent - self._net[1]),
        }
        if self._gpus:
            fields["gpus"] = self._gpus
        return fields

    def _cpu_share(self, processes: Sequence[Process]) -> float:
        """Share of one core since the last sample; what a process used that came and went in between is not seen."""
        now, before = boottime(), self._cpu
        self._cpu = {(process.pid, process.start): cpu_seconds(process.pid) for process in processes}
        spent = sum(max(0.0, seconds - before.get(key, 0.0)) for key, seconds in self._cpu.items())
        passed, self._last = now - self._last, now
        return round(spent / passed, 3) if passed > 0 else 0.0


def rss(pid: int) -> int:
    """Resident bytes of a process; 0 where there is none."""
    try:
        with open("/proc/%d/statm" % pid, "rb") as source:
            return int(source.read().split()[1]) * _PAGE
    except (OSError, ValueError, IndexError):
        return 0


def cpu_seconds(pid: int) -> float:
    """Processor time of a process so far; 0 where there is none."""
    try:
        with open("/proc/%d/stat" % pid, "rb") as source:
            fields = source.read().rpartition(b")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS
    except (OSError, ValueError, IndexError):
        return 0.0


def network() -> Tuple[int, int]:
    """Bytes received and sent by the machine since its boot, loopback aside."""
    received = sent = 0
    try:
        with open("/proc/net/dev", encoding="ascii", errors="replace") as source:
            for line in source.readlines()[2:]:
                name, _, rest = line.partition(":")
                fields = rest.split()
                if name.strip() != "lo" and len(fields) >= 9:
                    received += int(fields[0])
                    sent += int(fields[8])
    except (OSError, ValueError):
        pass
    return received, sent


def disk_free(folder: str) -> Optional[int]:
    """Bytes a user may still write below a folder; None where the file system does not tell."""
    try:
        found = os.statvfs(folder)
    except OSError:
        return None
    return found.f_bavail * found.f_frsize
