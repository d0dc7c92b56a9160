"""What the host needs of a notebook: the code cells, and which of them may fail."""

import json
from dataclasses import dataclass
from typing import Any, Dict, FrozenSet, Mapping, Optional

from ..runner.blobs import BlobStore

SKIP_TAG = "skip-execution"  # as nbclient reads these two
RAISES_TAG = "raises-exception"


@dataclass(frozen=True)
class SourceCell:
    """One code cell to run. ``index`` counts all cells of the notebook from 0."""

    index: int
    id: str
    source: str
    tags: FrozenSet[str]

    @property
    def empty(self) -> bool:
        """Whether running it is running nothing."""
        return not self.source.strip() or SKIP_TAG in self.tags

    @property
    def may_fail(self) -> bool:
        """Whether an error in it is expected."""
        return RAISES_TAG in self.tags


def read_cells(blobs: BlobStore, spec: Mapping[str, Any]) -> Dict[int, SourceCell]:
    """The code cells of a run's notebook by index. Raises ValueError where the blob is missing or no notebook."""
    try:
        with blobs.open(str(spec.get("notebook_blob"))) as source:
            notebook = json.load(source)
    except (KeyError, OSError, RecursionError) as error:
        raise ValueError("the notebook cannot be read: %s" % error) from error
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise ValueError("the notebook has no list of cells (nbformat 4 is expected)")
    ids = {cell["index"]: str(cell["id"]) for cell in spec.get("cells") or []}
    found = {}
    for index, cell in enumerate(cells):
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            cell_id = ids.get(index) or str(cell.get("id") or index)
            found[index] = SourceCell(index, cell_id, _text(cell.get("source")), _tags(cell))
    return found


def _text(source: Any) -> str:
    return "".join(map(str, source)) if isinstance(source, list) else str(source or "")


def _tags(cell: Mapping[str, Any]) -> FrozenSet[str]:
    metadata = cell.get("metadata")  # type: Optional[Any]
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    return frozenset(str(tag) for tag in tags) if isinstance(tags, list) else frozenset()
