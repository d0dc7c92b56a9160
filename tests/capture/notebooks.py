"""Notebooks and folders for the tests of capture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jupyter_mlx.capture.notebook import Notebook, read_notebook

Json = dict[str, Any]


def code(source: Any, *tags: str, cell_id: str | None = None, **extra: Any) -> Json:
    """A code cell as an editor saves it; the id counts up where none is given."""
    metadata = {"tags": list(tags)} if tags else {}
    cell = {"cell_type": "code", "execution_count": 3, "metadata": metadata, "outputs": [], "source": source, **extra}
    return cell if cell_id == "" else {**cell, "id": cell_id or f"c{abs(hash((str(source), tags))) % 10**8}"}


def text(source: str) -> Json:
    """A markdown cell."""
    return {"cell_type": "markdown", "id": f"m{abs(hash(source)) % 10**8}", "metadata": {}, "source": source}


def notebook(*cells: Json, kernel: str = "python3", language: str = "python", **extra: Any) -> Json:
    """A notebook of format 4.5."""
    spec = {"name": kernel, "display_name": "A kernel", "language": language}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": spec}, "cells": list(cells), **extra}


def save(path: Path, content: Any) -> Path:
    """Write JSON to a file, its folder made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


def read(*cells: Json, **extra: Any) -> Notebook:
    """Cells as capture sees them."""
    return read_notebook(Path("nb.ipynb"), notebook(*cells, **extra))


def tree(root: Path, **files: str) -> Path:
    """Files below a folder; ``__`` in a name stands for ``/``, ``_dot_`` for ``.``: for names that matter use `put`."""
    for name, content in files.items():
        put(root, name.replace("__", "/").replace("_dot_", "."), content)
    return root


def put(root: Path, path: str, content: str | bytes = "") -> Path:
    """One file below a folder."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file
