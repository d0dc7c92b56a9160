"""Memory as this process may have it: the tightest cgroup above us (v1 or v2), or the whole machine."""

import os
from typing import Dict, List, NamedTuple, Optional, Tuple

CGROUPS = "/sys/fs/cgroup"
_HUGE = 1 << 60  # v1 prints a number near 2**63 for "no limit"


class Memory(NamedTuple):
    """Bytes in use and in all, within ``limit`` where a cgroup sets one."""

    used: int
    total: int
    limited: bool


def memory() -> Memory:
    """Memory now."""
    used, total = _machine()
    best = Memory(used, total, False)
    for folder, names in _groups():
        limit = _number(os.path.join(folder, names.limit))
        if limit is not None and limit < min(_HUGE, best.total or _HUGE):
            in_use = _number(os.path.join(folder, names.used)) or 0
            cache = _table(os.path.join(folder, "memory.stat")).get(names.cache, 0)
            best = Memory(max(0, in_use - cache), limit, True)
    return best


def oom_kills() -> int:
    """How many processes the kernel has ended for want of memory, in our cgroups and in the machine."""
    counts = [_table(os.path.join(folder, names.events)).get("oom_kill", 0) for folder, names in _groups()]
    counts.append(_table("/proc/vmstat").get("oom_kill", 0))
    return sum(counts)


class _Names(NamedTuple):
    limit: str
    used: str
    cache: str
    events: str


_V1 = _Names("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file", "memory.oom_control")
_V2 = _Names("memory.max", "memory.current", "inactive_file", "memory.events")


def _groups() -> List[Tuple[str, _Names]]:
    """Our memory cgroup and those above it."""
    found: List[Tuple[str, _Names]] = []
    for line in _lines("/proc/self/cgroup"):
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if "memory" in controllers.split(","):
            found += _upwards(os.path.join(CGROUPS, "memory"), path, _V1)
        elif number == "0" and not controllers:
            for base in (CGROUPS, os.path.join(CGROUPS, "unified")):
                if os.path.exists(os.path.join(base, "cgroup.controllers")):
                    found += _upwards(base, path, _V2)
    return found


def _upwards(base: str, path: str, names: _Names) -> List[Tuple[str, _Names]]:
    """Inside a container the path may be the host's: then only the base itself exists."""
    folders = [base]
    for part in path.strip("/").split("/"):
        folders.append(os.path.join(folders[-1], part))
    return [(folder, names) for folder in dict.fromkeys(folders) if os.path.isdir(folder)]


def _machine() -> Tuple[int, int]:
    values = _table("/proc/meminfo")
    total = values.get("MemTotal:", 0) * 1024
    free = values.get("MemAvailable:", values.get("MemFree:", 0)) * 1024
    return max(0, total - free), total


def _lines(path: str) -> List[str]:
    try:
        with open(path, encoding="ascii", errors="replace") as source:
            return source.read(1 << 20).splitlines()
    except OSError:
        return []


def _table(path: str) -> Dict[str, int]:
    """Lines of a name and a number."""
    values = {}
    for line in _lines(path):
        fields = line.split()
        if len(fields) >= 2 and fields[1].isdigit():
            values[fields[0]] = int(fields[1])
    return values


def _number(path: str) -> Optional[int]:
    lines = _lines(path)
    return int(lines[0]) if lines and lines[0].isdigit() else None
