"""What a run asks of its kernel: read from its folder before anything starts."""

import os
from typing import Any, Dict, Optional

from ..runner.blobs import BlobStore
from ..runner.durable import read_json
from ..runner.layout import Root, RunPaths
from ..runner.names import UnsafeNameError, safe_path
from .notebook import SourceCell, read_cells
from .verdict import RunEnded, Verdict


class Job:
    """A run's folder, its cells and its rules. Raises RunEnded where the folder does not hold a run."""

    def __init__(self, folder: str) -> None:
        self.paths = RunPaths(os.path.abspath(folder))
        try:
            spec = read_json(self.paths.spec)
            if not isinstance(spec, dict):
                raise ValueError("spec.json is missing or no object")
            blobs = BlobStore(Root(os.path.dirname(os.path.dirname(self.paths.folder))).blobs)
            self.cells = read_cells(blobs, spec)
            cwd = str(spec.get("cwd") or "")
            self.cwd = os.path.join(self.paths.work, safe_path(cwd)) if cwd else self.paths.work
            self.allow_errors = bool((spec.get("limits") or {}).get("allow_errors"))
        except (ValueError, KeyError, TypeError, AttributeError, UnsafeNameError) as error:
            raise RunEnded(Verdict("failed", "input", "the run cannot be read: %s" % error)) from error
        if not os.path.exists(self.paths.inbox):
            raise RunEnded(Verdict("failed", "input", "the run has no inbox"))
        self._next = 1 + max(self.cells, default=-1)  # the index of a cell that is not the notebook's

    def cell_of(self, command: Dict[str, Any]) -> Optional[SourceCell]:
        """The cell a command wants run: one of the notebook's, or source that came along."""
        source, index = command.get("source"), command.get("index")
        if isinstance(source, str):
            index, self._next = self._next, self._next + 1
            return SourceCell(index, str(command.get("id") or index), source, frozenset())
        return self.cells.get(index) if isinstance(index, int) else None
