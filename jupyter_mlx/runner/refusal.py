"""What a request gets instead of an answer: a code of the error tree, a message, a field, a hint."""

import contextlib
import errno
import os
from typing import Any, Dict, Optional

from .names import UnsafeNameError

_FULL = (errno.ENOSPC, errno.EDQUOT)


class Refusal(Exception):
    """The request cannot be done; ``code`` is one of jupyter_mlx.errors."""

    def __init__(self, code: str, message: str, hint: Optional[str] = None, field: Optional[str] = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.field = field

    def as_dict(self) -> Dict[str, Any]:
        """The refusal as it stands in a reply."""
        return {"code": self.code, "message": self.message, "field": self.field, "hint": self.hint}


def refusal_for(error: BaseException, folder: str, needed: int = 0) -> Refusal:
    """Any exception as a refusal; ``folder`` stands on the disk that is full, for ``needed`` bytes, where one is."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, UnsafeNameError):
        return Refusal("input", str(error))
    if isinstance(error, OSError) and error.errno in _FULL:
        return no_space(error, folder, needed)
    if isinstance(error, OSError):
        where = " (%s)" % error.filename if isinstance(error.filename, str) else ""
        return Refusal("machine", "%s%s" % (error.strerror or type(error).__name__, where))
    return Refusal("machine", "the agent failed: %s: %s" % (type(error).__name__, str(error)[:500]))


def no_space(error: OSError, folder: str, needed: int = 0) -> Refusal:
    """A full disk, with what did not fit, where that is known, and what is left."""
    where = error.filename if isinstance(error.filename, str) else folder
    why = "the quota is used up" if error.errno == errno.EDQUOT else "no space left"
    left = ": %d bytes did not fit" % needed if needed else ""
    with contextlib.suppress(OSError):
        disk = os.statvfs(folder)
        left += ", %d MiB and %d inodes free" % (disk.f_bavail * disk.f_frsize >> 20, disk.f_favail)
    return Refusal("no_space", "%s on the machine at %s%s" % (why, where, left), "free some: jupyter mlx gc MACHINE")
