"""Specs and contents for the figures, made by the product's own capture."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from jupyter_mlx.capture.spec import Captured, capture_run
from jupyter_mlx.models import Json, Machine, new_run_id
from jupyter_mlx.runner.blobs import BlobStore


def notebook(path: Path, *sources: str) -> Path:
    """A notebook of code cells."""
    cells = [
        {"cell_type": "code", "id": f"c{n}", "metadata": {}, "execution_count": None, "outputs": [], "source": source}
        for n, source in enumerate(sources)
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}, "cells": cells})
    )
    return path


def captured(path: Path, machine: Machine, blobs: BlobStore) -> Captured:
    """A notebook captured with this Python as its environment on the machine."""
    return capture_run(
        path, machine=machine, blobs=blobs, project=path.parent, environment=f"existing:{sys.executable}"
    )


def spec_of(capture: Captured) -> Json:
    """A spec ready to be submitted, with an id of its own."""
    import time

    return {**capture.spec, "id": new_run_id(), "number": 1, "created": time.time()}
