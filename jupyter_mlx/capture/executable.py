"""The notebook that runs: parameters injected as a cell of their own, stored outputs gone."""

from __future__ import annotations

import ast
import hashlib
from dataclasses import dataclass, field
from typing import Any

from ..errors import InputError
from ..models import Json
from .assignments import assignments, syntax_tree
from .kernels import PYTHON
from .literals import literal
from .notebook import Notebook, dump
from .parameters import Declared, tagged

TAG = "injected-parameters"  # papermill's tag: tools that know it fold or skip the cell


@dataclass(frozen=True)
class Executable:
    """The notebook to run. ``origins``: for each of its cells, the index in the notebook given, None if injected."""

    content: Json
    cells: list[Json]  # {index, id} of each code cell, and {skip: true} where it is not to be executed
    origins: list[int | None]
    warnings: list[str] = field(default_factory=list)

    def dump(self) -> bytes:
        """The bytes that travel as the run's notebook."""
        return dump(self.content)


def executable(
    notebook: Notebook, params: dict[str, Any], known: Declared, first_cell: int | None = None
) -> Executable:
    """The notebook with ``params`` in a cell right after the one tagged ``parameters``, or at the top without one.

    A cell injected earlier is replaced; with no parameters given the notebook runs as it stands.
    Code cells before ``first_cell``, an index in the notebook given, are skipped, but for those of the parameters.
    Raises InputError for parameters to a notebook that is not Python, and for a first cell with no code from it on.
    """
    if first_cell is not None and not any(index >= first_cell for index, _ in notebook.code()):
        raise InputError(
            f"there is no code cell from cell {first_cell} on",
            field="first_cell",
            hint=f"The notebook has cells 0 to {len(notebook.cells) - 1}.",
        )
    numbered: list[tuple[int | None, Json]] = list(enumerate(notebook.cells))
    warnings: list[str] = []
    if params:
        if notebook.language not in PYTHON:
            raise InputError(
                f"the notebook's language is {notebook.language}; parameters can be given to Python notebooks only",
                field="params",
                hint="Set the values in the notebook.",
            )
        old = tagged(notebook, TAG)
        at = old[0] if old else 0
        if known.cell is not None:
            at = known.cell + 1
        at -= sum(1 for index in old if index < at)
        numbered = [(index, cell) for index, cell in numbered if index not in old]
        numbered.insert(at, (None, _injected(params, {cell["id"] for cell in notebook.cells})))
        if known.cell is None:
            warnings = _assigned_later(notebook, params, skip=set(old))
    content = {**notebook.content, "cells": [cell for _, cell in numbered]}
    skipped = _before(notebook, first_cell or 0, known)
    cells = [
        {"index": at, "id": cell["id"], **({"skip": True} if index in skipped else {})}
        for at, (index, cell) in enumerate(numbered)
        if cell["cell_type"] == "code"
    ]
    return Executable(content, cells, [index for index, _ in numbered], warnings)


def _before(notebook: Notebook, first_cell: int, known: Declared) -> set[int]:
    """Code cells that stand before the first one to run; without its parameters a run would be another."""
    kept = {known.cell, *tagged(notebook, TAG)}
    return {index for index, _ in notebook.code() if index < first_cell and index not in kept}


def _injected(params: dict[str, Any], taken: set[str]) -> Json:
    made = TAG
    while made in taken:
        made = f"{TAG}-{hashlib.sha256(made.encode()).hexdigest()[:8]}"
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": made,
        "metadata": {"tags": [TAG]},
        "outputs": [],
        "source": "# Parameters\n" + "\n".join(f"{name} = {literal(value)}" for name, value in params.items()),
    }


def _assigned_later(notebook: Notebook, params: dict[str, Any], skip: set[int]) -> list[str]:
    """A warning for each parameter that the notebook itself overwrites: without a tagged cell they come first."""
    warnings = []
    left = set(params)
    for index, source in notebook.code():
        tree = None if index in skip or not left else syntax_tree(source)[0]
        for name in sorted({name for name, _, _ in assignments(tree)} & left) if isinstance(tree, ast.Module) else ():
            left.discard(name)
            warnings.append(
                f"cell {index + 1} assigns {name} after the parameters are set, so {name} has no effect from there on: "
                "tag the cell `parameters` and the value given comes after it"
            )
    return warnings
