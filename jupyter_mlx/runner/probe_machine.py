"""The machine itself: processor, memory, GPUs, limits, and what happens to a user's processes at logout."""

import glob
import os
import resource
import time
from typing import List, Optional

from . import gpus as nvidia
from .boot import boot_id
from .cgroups import memory as memory_now
from .check import Check, size
from .environments import libc
from .layout import Root

_KNOWN = ("x86_64", "aarch64", "arm64")
_FEW_FILES = 256
_LITTLE_MEMORY = 1 << 29
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def system(_: Root) -> Check:
    """Operating system, architecture and C library."""
    found = os.uname()
    value = "%s %s, %s, %s" % (found.sysname, found.release, found.machine, libc())
    facts = {"system": found.sysname, "machine": found.machine, "libc": libc(), "hostname": found.nodename}
    if found.sysname != "Linux":
        remedy = "use a Linux machine; `local` works for trying things out"
        return Check("system", False, value, "runs are supervised through Linux's /proc", remedy, facts=facts)
    if found.machine not in _KNOWN:
        problem = "few packages have ready-made wheels for %s" % found.machine
        return Check("system", None, value, problem, "--env existing:NAME", facts=facts)
    return Check("system", True, value, facts=facts)


def memory(_: Root) -> Check:
    """Memory in use and in all, as a run may have it."""
    found = memory_now()
    value = "%s of %s in use%s" % (
        size(found.used),
        size(found.total),
        ", limited by a cgroup" if found.limited else "",
    )
    facts = {"memory_used": found.used, "memory_total": found.total}
    if found.total and found.total - found.used < _LITTLE_MEMORY:
        remedy = "end what runs there, or choose another machine"
        return Check("memory", False, value, "less than 0.5 GB is left", remedy, facts=facts)
    return Check("memory", True, value, facts=facts)


def processors(_: Root) -> Check:
    """Processors we may use, and how busy they are."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    load = os.getloadavg()[0]
    busy = load > 2 * usable
    facts = {"cpu_count": usable, "load": load}
    value = "%d, load %.1f" % (usable, load)
    return Check("processors", None if busy else True, value, "others are using them" if busy else None, facts=facts)


def gpus(_: Root) -> Check:
    """NVIDIA GPUs, by UUID."""
    if not on_path("nvidia-smi"):
        return Check("gpus", None, "none (no nvidia-smi)", facts={"gpus": []})
    began = time.monotonic()
    found = nvidia.gpus()
    facts = {"gpus": [dict(gpu.as_dict(), name=gpu.name) for gpu in found]}
    if not found:
        slow = time.monotonic() - began >= nvidia.LIMIT_S
        problem = "nvidia-smi did not answer in 5 s" if slow else "nvidia-smi is there and names no GPU"
        remedy = "the driver needs its administrator: run nvidia-smi there"
        return Check("gpus", False, "none usable", problem, remedy, facts=facts)
    names = ", ".join("%s %s" % (gpu.name, size(gpu.memory_total)) for gpu in found)
    return Check("gpus", True, "%d: %s" % (len(found), names), facts=facts)


def limits(_: Root) -> Check:
    """What a process may have."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    count = resource.getrlimit(resource.RLIMIT_NPROC)[0]
    space = resource.getrlimit(resource.RLIMIT_AS)[0]
    value = "open files %s, processes %s, address space %s" % (_limit(files), _limit(count), _limit(space))
    if files != resource.RLIM_INFINITY and files < _FEW_FILES:
        return Check("limits", False, value, "too few open files for a kernel", "raise `ulimit -n` to 1024 there")
    if space != resource.RLIM_INFINITY and space < 4 << 30:
        remedy = "raise `ulimit -v` there: a kernel maps far more than it uses"
        return Check("limits", False, value, "the address space is limited to %s" % size(space), remedy)
    return Check("limits", True, value)


def _limit(number: int) -> str:
    return "unlimited" if number == resource.RLIM_INFINITY else str(number)


def logout(_: Root) -> Check:
    """Whether the system ends a user's processes when the last session closes."""
    if not os.path.isdir("/run/systemd/system"):
        return Check("logout", True, "processes outlive the session (no systemd)")
    lingers = os.path.exists("/var/lib/systemd/linger/" + _user())
    kills = _logind("KillUserProcesses", "no") in ("yes", "true", "1", "on")
    if lingers or not kills:
        removes = not lingers and os.getuid() >= 1000 and _logind("RemoveIPC", "yes") in ("yes", "true", "1", "on")
        problem = "shared memory in /dev/shm is removed at logout: PyTorch's DataLoader may fail" if removes else None
        remedy = "loginctl enable-linger (there)" if removes else None
        return Check("logout", None if removes else True, "processes outlive the session", problem, remedy)
    problem = "systemd ends your processes at logout (KillUserProcesses=yes)"
    return Check("logout", False, "runs would end with the session", problem, "loginctl enable-linger (there)")


def _user() -> str:
    import pwd

    return pwd.getpwuid(os.getuid()).pw_name


def _logind(name: str, default: str) -> str:
    """A setting of logind; later files win."""
    found = default
    folders = ("/usr/lib/systemd", "/run/systemd", "/etc/systemd")
    paths = ["/etc/systemd/logind.conf"]
    paths += [path for folder in folders for path in sorted(glob.glob(folder + "/logind.conf.d/*.conf"))]
    for path in paths:
        try:
            with open(path, encoding="utf-8", errors="replace") as source:
                lines = source.read(1 << 16).splitlines()
        except OSError:
            continue
        for line in lines:
            key, equals, value = line.strip().partition("=")
            if equals and key.strip() == name:
                found = value.strip().lower()
    return found


def proxy(_: Root) -> Check:
    """Which proxy variables a session has; their values may hold passwords and stay there."""
    names: List[str] = sorted(name for name in os.environ if name.lower() in _PROXIES)
    return Check("proxy", None, ", ".join(names) or "none set", facts={"proxies": names})


def boot(_: Root) -> Check:
    """Since when the machine is up, and its clock."""
    up: Optional[float] = None
    try:
        with open("/proc/uptime", encoding="ascii") as source:
            up = float(source.read().split()[0])
    except (OSError, ValueError):
        pass
    value = "up %.1f days" % (up / 86400) if up is not None else "unknown"
    return Check("boot", True, value, facts={"boot_id": boot_id(), "time": time.time(), "uptime_s": up})


def on_path(program: str) -> Optional[str]:
    """The program's path, as a session finds it; None where it does not."""
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        path = os.path.join(folder, program)
        if folder and os.access(path, os.X_OK) and os.path.isfile(path):
            return path
    return None
