"""Where host and kernel meet: a private folder for sockets, with a path short enough for a socket."""

import contextlib
import json
import os
import secrets
import shutil
import tempfile
import time
from typing import Any, Dict, List

from ..runner.durable import try_lock

PORTS = {"shell_port": 1, "iopub_port": 2, "stdin_port": 3, "hb_port": 4, "control_port": 5}
_MAX_SOCKET_PATH = 107  # sun_path of a Unix socket, without its NUL
_PREFIX = "jmlx-"
_LOCK = "lock"
_YOUNG_S = 60.0  # a folder this new may not be locked yet
_MOST = 100  # folders removed at one go


def connection(socket_prefix: str, key: str) -> Dict[str, Any]:
    """The content of a connection file (jupyter_client, "Connection files")."""
    info = {"transport": "ipc", "ip": socket_prefix, "key": key, "signature_scheme": "hmac-sha256"}  # type: Dict[str, Any]
    return dict(info, **PORTS)


class Place:
    """A private folder for sockets and the connection file, with a path short enough for a socket."""

    def __init__(self) -> None:
        for base in _bases():
            try:
                self.folder = tempfile.mkdtemp(prefix=_PREFIX, dir=base)
            except OSError:
                continue
            if len(self.folder) + len("/k-5") <= _MAX_SOCKET_PATH:
                break
            os.rmdir(self.folder)
        else:
            raise OSError("no folder for the kernel's sockets: /tmp cannot be written")
        self.file = os.path.join(self.folder, "kernel.json")
        self.info = connection(os.path.join(self.folder, "k"), secrets.token_hex(32))
        fd = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(fd, "w") as out:
            json.dump(self.info, out)
        self._lock = try_lock(os.path.join(self.folder, _LOCK))  # says that we live

    def remove(self) -> None:
        """Leave nothing behind, and nothing of those who could not do so themselves."""
        shutil.rmtree(self.folder, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
        sweep(os.path.dirname(self.folder))


def _bases() -> List[str]:
    return ["/tmp", tempfile.gettempdir(), "/var/tmp", os.path.expanduser("~")]


def sweep(base: str) -> None:
    """Remove the folders of hosts of ours that were killed: nobody holds their lock any more."""
    with contextlib.suppress(OSError), os.scandir(base) as entries:
        left = [entry for entry in entries if entry.name.startswith(_PREFIX) and _ours_and_old(entry)]
        for entry in left[:_MOST]:
            with contextlib.suppress(OSError):
                lock = try_lock(os.path.join(entry.path, _LOCK))
                if lock is not None:
                    shutil.rmtree(entry.path, ignore_errors=True)
                    os.close(lock)


def _ours_and_old(entry: "os.DirEntry[str]") -> bool:
    with contextlib.suppress(OSError):
        info = entry.stat(follow_symlinks=False)
        old = time.time() - info.st_mtime > _YOUNG_S
        return entry.is_dir(follow_symlinks=False) and info.st_uid == os.getuid() and old
    return False
