"""Paths as Jupyter's contents have them, as files of this computer."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ..errors import InputError, NotFoundError
from ..runner.names import UnsafeNameError, safe_path


def root_folder(contents: Any) -> str | None:
    """The folder that the contents begin at; None where they are no files."""
    root = getattr(contents, "root_dir", None)
    return os.path.realpath(os.path.expanduser(root)) if isinstance(root, str) and root else None


def contents_path(root: str | None, project: str, notebook: str) -> str | None:
    """The path of a project's notebook as Jupyter's contents have it; None where it lies outside of the root."""
    if root is None:
        return None
    path = os.path.normpath(os.path.join(project, notebook))
    inside = path.startswith(os.path.join(root, ""))
    return os.path.relpath(path, root).replace(os.sep, "/") if inside else None


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
