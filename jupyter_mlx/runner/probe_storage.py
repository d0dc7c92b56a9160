"""Where runs, environments and sockets go: can we write there, run programs from there, and is there room?"""

import errno
import os
import subprocess
import tempfile
from typing import Any, Dict, Optional, Tuple

from .check import Check, size
from .layout import Root

_ROOM = 2 << 30
_INODES = 20000
_REMOTE = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "lustre", "gpfs", "beegfs", "afs", "ceph", "9p")
_ELSEWHERE = "use another folder: jupyter mlx machines add NAME --root /a/local/folder"
_SCRATCH = ("/scratch", "/scratch/local", "/local", "/localscratch", "/data", "/mnt/data", "/fast")


def root(where: Root) -> Check:
    """The folder of everything: made, written to, executed from."""
    folder = where.folder
    facts: Dict[str, Any] = {"root": folder}
    try:
        os.makedirs(folder, 0o700, exist_ok=True)
        runs = _can_run_from(folder)
    except OSError as error:
        problem = "%s cannot be written: %s" % (folder, error.strerror)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return Check("root", False, folder, problem, "free some space there, or " + _ELSEWHERE, True, facts)
        return Check("root", False, folder, problem, _ELSEWHERE, True, facts)
    kind, _ = file_system(folder)
    free, inodes = room(folder)
    facts.update(file_system=kind, disk_free=free, inodes_free=inodes, noexec=not runs)
    value = "%s on %s, %s free" % (folder, kind or "an unknown file system", size(free))
    if not runs:
        return Check("root", False, value, "programs cannot be run from there (noexec)", _ELSEWHERE, facts=facts)
    if free is not None and free < _ROOM:
        return Check("root", False, value, "less than 2 GB free", "jupyter mlx gc NAME, or " + _ELSEWHERE, facts=facts)
    if inodes is not None and inodes < _INODES:
        return Check("root", False, value, "only %d more files fit" % inodes, _ELSEWHERE, facts=facts)
    if kind in _REMOTE:
        problem = "a network file system: environments build slowly, and locks depend on its server"
        return Check("root", None, value, problem, _ELSEWHERE, facts=facts)
    return Check("root", True, value, facts=facts)


def _can_run_from(folder: str) -> bool:
    """Whether a script there can be executed. Raises OSError where it cannot even be written."""
    fd, path = tempfile.mkstemp(prefix=".probe-", dir=folder)
    try:
        with os.fdopen(fd, "w") as out:
            out.write("#!/bin/sh\nexit 0\n")
        os.chmod(path, 0o700)
        try:
            return subprocess.run([path], timeout=5, check=False, stdin=subprocess.DEVNULL).returncode == 0
        except PermissionError:
            return False
    finally:
        os.unlink(path)


def temporary(_: Root) -> Check:
    """The folder where the kernel's sockets live."""
    folder = tempfile.gettempdir()
    free, _inodes = room(folder)
    value = "%s, %s free" % (folder, size(free))
    try:
        fd, path = tempfile.mkstemp(prefix="jmlx-probe-", dir=folder)
        os.close(fd)
        os.unlink(path)
    except OSError as error:
        problem = "%s cannot be written: %s" % (folder, error.strerror)
        return Check("temporary", False, value, problem, "free or mend /tmp there", required=True)
    shared, _inodes = room("/dev/shm")
    if shared is not None:
        value += "; /dev/shm %s free" % size(shared)
    return Check("temporary", True, value)


def scratch(where: Root) -> Check:
    """Larger places on local disks that this user may write to."""
    places = dict.fromkeys([os.environ.get("SCRATCH", ""), os.environ.get("TMPDIR", ""), *_SCRATCH])
    usable = [folder for folder in places if folder and os.path.isdir(folder) and os.access(folder, os.W_OK)]
    elsewhere = [folder for folder in usable if not _same_disk(folder, where.folder)]
    found = sorted(((room(folder)[0] or 0, folder) for folder in elsewhere), reverse=True)
    value = (
        ", ".join("%s %s free" % (folder, size(free)) for free, folder in found[:3]) or "none besides the root's disk"
    )
    return Check("scratch", None, value, facts={"scratch": [folder for _, folder in found[:10]]})


def _same_disk(one: str, other: str) -> bool:
    while not os.path.exists(other):
        other = os.path.dirname(other)
    return os.stat(one).st_dev == os.stat(other).st_dev


def room(folder: str) -> Tuple[Optional[int], Optional[int]]:
    """(bytes, inodes) a user may still use; None where the file system does not count."""
    try:
        found = os.statvfs(folder)
    except OSError:
        return None, None
    return found.f_bavail * found.f_frsize, found.f_favail if found.f_files else None


def file_system(folder: str) -> Tuple[Optional[str], Optional[str]]:
    """(type, mount point) of the file system a folder is on."""
    device = os.stat(folder).st_dev
    wanted = "%d:%d" % (os.major(device), os.minor(device))
    real = os.path.realpath(folder)
    best: Tuple[Optional[str], Optional[str]] = (None, None)
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as source:
            for line in source:
                fields = line.split()
                point = fields[4].encode("ascii", "surrogateescape").decode("unicode_escape")
                inside = real == point or real.startswith(point.rstrip("/") + "/")
                if inside and (fields[2] == wanted or best[0] is None) and len(point) >= len(best[1] or ""):
                    best = (fields[fields.index("-") + 1], point)
    except (OSError, ValueError, IndexError):
        pass
    return best
