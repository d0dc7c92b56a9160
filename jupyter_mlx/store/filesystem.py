"""Whether a folder is on a network file system, where SQLite's shared memory does not work."""

from __future__ import annotations

import os
from pathlib import Path

# Names as the kernel lists them. FUSE file systems call themselves fuse.<program> and mostly stand for a network.
_NETWORK = frozenset(
    ("9p", "afs", "beegfs", "ceph", "cifs", "glusterfs", "gpfs", "lustre", "nfs", "nfs4", "orangefs", "pvfs2")
) | {"smb3", "smbfs", "vboxsf", "virtiofs"}
MOUNTS = Path("/proc/self/mountinfo")


def kind_of(folder: Path, mounts: Path = MOUNTS) -> str | None:
    """The type of the file system a folder is on, or None where the system does not say (other than Linux)."""
    try:
        lines = mounts.read_bytes().splitlines()
    except OSError:
        return None
    path = os.path.realpath(folder)
    best, found = -1, None
    for entry in lines:
        before, _, after = entry.partition(b" - ")
        fields, kind = before.split(b" "), after.split(b" ")[0]
        if len(fields) < 5 or not kind:
            continue
        point = os.fsdecode(fields[4].decode("unicode_escape").encode("latin-1"))  # blanks are written as \\040
        inside = path == point or path.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= best:  # the later mount hides the earlier one
            best, found = len(point), os.fsdecode(kind)
    return found


def is_network(folder: Path, mounts: Path = MOUNTS) -> bool:
    """Whether several machines may write the folder at once."""
    kind = kind_of(folder, mounts) or ""
    return kind in _NETWORK or kind.startswith("fuse.")
