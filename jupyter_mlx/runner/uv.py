"""uv, the installer: the machine's own where it is new enough, else the static binary that came with the run."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from typing import Dict, List, Optional, Tuple

from .blobs import BlobMissing, BlobStore
from .layout import Root
from .names import safe_digest
from .refusal import Refusal

OLDEST = (0, 4)
LIMIT_S = 10.0
_VERSION = re.compile(rb"uv (\d+)\.(\d+)\.(\d+)")


def find_uv(root: Root, shipped: Optional[str]) -> Optional[str]:
    """The path of a uv that works; None where there is none. ``shipped``: the blob of a static binary, if one came."""
    for path in _own():
        version = version_of(path)
        if version and version[:2] >= OLDEST:
            return path
    return _unpack(root, shipped) if shipped else None


def _own() -> List[str]:
    """The machine's own: PATH of an SSH session is short, so also the usual folders and that of this Python."""
    found = [shutil.which("uv") or ""]
    found.append(os.path.join(os.path.dirname(sys.executable or ""), "uv"))
    found += [os.path.expanduser(path) for path in ("~/.local/bin/uv", "~/.cargo/bin/uv", "/usr/local/bin/uv")]
    return [path for path in dict.fromkeys(found) if path and os.access(path, os.X_OK)]


def version_of(path: str) -> Optional[Tuple[int, int, int]]:
    """The version a uv says it has; None where it cannot be run here."""
    try:
        done = subprocess.run(
            [path, "--version"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=LIMIT_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = _VERSION.match(done.stdout)
    return (int(found.group(1)), int(found.group(2)), int(found.group(3))) if found else None


def _unpack(root: Root, blob_id: str) -> str:
    """The shipped binary as a program in tools/. Raises `Refusal`, OSError (ENOSPC included)."""
    folder = os.path.join(root.tools, safe_digest(blob_id))
    path = os.path.join(folder, "uv")
    if not os.path.exists(path):
        os.makedirs(folder, 0o700, exist_ok=True)
        fd, temp = tempfile.mkstemp(prefix=".new-", dir=folder)
        try:
            with os.fdopen(fd, "wb") as out, BlobStore(root.blobs).open(blob_id) as source:
                shutil.copyfileobj(source, out, 1 << 20)
                out.flush()
                os.fsync(out.fileno())
            os.chmod(temp, 0o700)
            os.rename(temp, path)
        except BlobMissing:
            os.unlink(temp)
            raise Refusal("machine", "the installer uv did not arrive on the machine", "submit the run again") from None
        except BaseException:  # a half copy must not stay, whatever ended it
            os.unlink(temp)
            raise
    if version_of(path) is None:
        raise Refusal(
            "machine",
            "the shipped uv cannot be run from %s" % folder,
            "is the folder on a file system mounted noexec? Use another one: machines add NAME --root FOLDER",
        )
    return path


def variables(root: Root) -> Dict[str, str]:
    """The environment uv runs in: no prompts, no downloads of Pythons, its cache beside envs for hard links."""
    from .indexes import uv_variables

    env = {name: value for name, value in os.environ.items() if name not in _LEFT_OUT}
    env.update(uv_variables(os.environ))
    env.update(
        UV_CACHE_DIR=root.cache,
        UV_LINK_MODE="hardlink",  # uv copies by itself where links are not possible
        UV_NO_PROGRESS="1",
        UV_PYTHON_DOWNLOADS="never",
        NO_COLOR="1",
        PIP_DISABLE_PIP_VERSION_CHECK="1",
        PIP_NO_INPUT="1",
    )
    return env


_LEFT_OUT = frozenset({"VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONHOME", "PYTHONPATH", "UV_PROJECT", "UV_WORKING_DIR"})
