"""A notebook with the outputs of its run in place. Pure."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

from .cells import LIMIT, Cells, FoldedCell
from .outputs import Media, resolve

Json = dict[str, Any]

_WIDGET_MIME = "application/vnd.jupyter.widget-state+json"


def compose(
    notebook: Json,
    events: Iterable[Json],
    media: Media,
    limit: int | None = LIMIT,
    run: Json | None = None,
) -> Json:
    """The notebook with the outputs of its run in place; the given one is not touched.

    ``media`` reads a large value by its sha256 and may raise OSError or LookupError; ``limit`` is in bytes per cell,
    None for no limit; ``run`` becomes ``metadata.jupyter_mlx``.
    """
    cells = Cells(limit)
    for event in events:
        cells.apply(event)
    made = copy.deepcopy(notebook)
    listed = made.setdefault("cells", [])
    for cell in listed:
        if cell.get("cell_type") == "code":
            cell["outputs"], cell["execution_count"] = [], None
    for index in cells:
        folded = cells[index]
        if index < len(listed) and listed[index].get("cell_type") == "code":
            _fill(listed[index], folded, media)
        elif index >= len(listed) and folded.source is not None:
            listed.append(_added(made, folded, media))
    _describe(made.setdefault("metadata", {}), cells, media, run)
    return made


def _fill(cell: Json, folded: FoldedCell, media: Media) -> None:
    cell["outputs"] = folded.outputs.resolved(media)
    cell["execution_count"] = folded.execution_count
    if folded.timing:
        cell.setdefault("metadata", {})["execution"] = dict(folded.timing)


def _added(notebook: Json, folded: FoldedCell, media: Media) -> Json:
    """A cell that came into the run from outside its notebook."""
    cell: Json = {"cell_type": "code", "metadata": {}, "source": folded.source}
    if (notebook.get("nbformat"), notebook.get("nbformat_minor", 0)) >= (4, 5):
        cell["id"] = f"mlx-{len(notebook['cells'])}"
    _fill(cell, folded, media)
    return cell


def _describe(metadata: Json, cells: Cells, media: Media, run: Json | None) -> None:
    language = {key: value for key, value in (cells.language_info or {}).items() if _fits_language(key, value)}
    if "name" in language:
        metadata["language_info"] = language
    state = resolve(cells.widgets, media) if cells.widgets else None
    if isinstance(state, dict):
        metadata["widgets"] = {_WIDGET_MIME: state}
    if run is not None:
        metadata["jupyter_mlx"] = run


def _fits_language(key: object, value: object) -> bool:
    return isinstance(value, str) or (key == "codemirror_mode" and isinstance(value, dict))
