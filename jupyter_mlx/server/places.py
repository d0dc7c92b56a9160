"""Paths as Jupyter's contents have them, as files of this computer."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ..errors import InputError, NotFoundError
from ..runner.names import UnsafeNameError, safe_path


def local_path(contents: Any, path: str, field: str) -> Path:
    """The file or folder of a path below the server's root; it need not exist.

    Raises `NotFoundError` for what the contents manager would not show either, `InputError` where its contents are
    no files.
    """
    root = getattr(contents, "root_dir", None)
    if not isinstance(root, str) or not hasattr(contents, "_get_os_path"):
        raise InputError(
            "this Jupyter server keeps its notebooks elsewhere than in files",
            field=field,
            hint="use `jupyter mlx run` where the notebook is a file",
        )
    try:
        parts = safe_path(path.strip("/")).split("/")
    except UnsafeNameError:
        raise NotFoundError(f"there is no such {field}", field=field) from None
    if any(part.startswith(".") for part in parts) and not contents.allow_hidden:
        raise NotFoundError(f"there is no such {field}", field=field)
    return Path(os.path.realpath(os.path.expanduser(root))).joinpath(*parts)
