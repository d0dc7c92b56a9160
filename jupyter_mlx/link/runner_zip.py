"""The code that travels, as one zip with the same bytes for the same sources."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

_PACKAGES = ("runner", "kernel_host")
_MAIN = b"import sys\nfrom jupyter_mlx.runner.__main__ import main\nsys.exit(main())\n"


class RunnerZip(NamedTuple):
    """The zip, its sha256, which names it on machines, and how it travels: through zlib as a whole."""

    digest: str
    data: bytes
    packed: bytes


@lru_cache(maxsize=1)
def runner_zip() -> RunnerZip:
    """The zip of ``runner`` and ``kernel_host`` as they are installed here.

    Stored, not deflated: two threads that import from a deflated zip at once fail now and then ("zlib not available").
    """
    package = Path(__file__).resolve().parent.parent
    files = {"__main__.py": _MAIN, "jupyter_mlx/__init__.py": b""}
    for name in _PACKAGES:
        for path in sorted((package / name).rglob("*.py")):
            files[f"jupyter_mlx/{path.relative_to(package).as_posix()}"] = path.read_bytes()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in sorted(files.items()):
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, data)
    data = buffer.getvalue()
    return RunnerZip(hashlib.sha256(data).hexdigest(), data, zlib.compress(data, 9))
