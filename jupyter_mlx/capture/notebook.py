"""A notebook as it was given, judged before anything happens with it.

Notebooks are read as JSON: importing nbformat costs more than reading, and only notebooks older than format 4 need it.
The file is never written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..models import Json
from .notebook_file import parse, read_bytes
from .repair import fit_schema, give_ids
from .wording import shown

_KERNEL_NAME = re.compile(r"[A-Za-z0-9._-]{1,200}\Z")
_CELL_TYPES = ("code", "markdown", "raw")
# What an earlier execution left in a cell's metadata.
_LEFT_BEHIND = frozenset({"execution", "ExecuteTime", "papermill", "trusted"})


@dataclass(frozen=True)
class Notebook:
    """A notebook of format 4 without stored outputs: every cell has an id, metadata and its source as one text.

    ``content`` is a copy of ours; ``warnings`` say what was repaired in it.
    """

    path: Path
    content: Json
    size: int = 0  # bytes of the file, outputs included; 0 where the content came from an editor
    warnings: list[str] = field(default_factory=list)

    @property
    def cells(self) -> list[Json]:
        """All cells in order."""
        cells: list[Json] = self.content["cells"]
        return cells

    @property
    def kernel(self) -> str:
        """Name of the kernelspec; Jupyter's default where the notebook names none."""
        return str(_dict(self.content["metadata"].get("kernelspec")).get("name") or "python3")

    @property
    def language(self) -> str:
        """The kernel's language in lower case."""
        metadata = self.content["metadata"]
        named = _dict(metadata.get("kernelspec")).get("language") or _dict(metadata.get("language_info")).get("name")
        return str(named or "python").lower()

    def code(self) -> Iterator[tuple[int, str]]:
        """(index, source) of every code cell."""
        return ((i, cell["source"]) for i, cell in enumerate(self.cells) if cell["cell_type"] == "code")


def read_notebook(path: Path, content: Any = None) -> Notebook:
    """The notebook in a file, or ``content``: the same as an editor has it open, unsaved edits included.

    Raises NotFoundError, InputError (what it is instead of a notebook, or where it is damaged), LimitError.
    """
    if content is not None:
        return _judged(json.loads(json.dumps(_without_outputs(content))), path, 0)
    data = read_bytes(path)
    notebook = _judged(_without_outputs(parse(data, path)), path, len(data))
    if data.startswith(b"\xef\xbb\xbf"):
        notebook.warnings.insert(0, f"{shown(path)} starts with a byte order mark; it was read without it")
    return notebook


def dump(content: Json) -> bytes:
    """A notebook as the bytes of a file, laid out as Jupyter does, sources by lines; lone surrogates stay, escaped."""
    content = {**content, "cells": [{**cell, "source": cell["source"].splitlines(True)} for cell in content["cells"]]}
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return (json.dumps(content, indent=1, sort_keys=True) + "\n").encode("ascii")


def _without_outputs(content: Any) -> Any:
    """A copy without what executions left: outputs, counts, times, trust, the state of widgets. Takes any value."""
    if not isinstance(content, dict):
        return content
    content = dict(content)
    if isinstance(content.get("metadata"), dict):
        content["metadata"] = {k: v for k, v in content["metadata"].items() if k not in ("widgets", "signature")}
    if isinstance(content.get("cells"), list):
        content["cells"] = [_cell_without_outputs(cell) for cell in content["cells"]]
    return content


def _cell_without_outputs(cell: Any) -> Any:
    if not isinstance(cell, dict):
        return cell
    cell = dict(cell)
    if isinstance(cell.get("metadata"), dict):
        cell["metadata"] = {k: v for k, v in cell["metadata"].items() if k not in _LEFT_BEHIND}
    if cell.get("cell_type") == "code":
        cell["outputs"], cell["execution_count"] = [], None
    return cell


def _judged(content: Any, path: Path, size: int) -> Notebook:
    name = shown(path)
    warnings: list[str] = []
    if not isinstance(content, dict):
        raise InputError(f"{name} is not a notebook: its top level must be an object", field="notebook")
    major, minor = _version(content, name)
    if major < 4:
        content = _without_outputs(_upgraded(content, major, name))
        warnings.append(f"{name} has format {major}; a copy converted to format 4 runs, the file stays as it is")
        minor = 0
    for key, kind, word in (("cells", list, "a list"), ("metadata", dict, "an object")):
        if key not in content:
            raise InputError(f"{name} has no `{key}`", field=key, hint="It is no complete notebook; save it again.")
        if not isinstance(content[key], kind):
            raise InputError(f"{name}: `{key}` must be {word}", field=key)
    _judge_kernel(content["metadata"], name)
    for index, cell in enumerate(content["cells"]):
        _judge_cell(cell, index, name)
    warnings += give_ids(content["cells"], name, expected=minor >= 5)
    content["nbformat"], content["nbformat_minor"] = 4, max(minor, 5)
    if not any(cell["cell_type"] == "code" for cell in content["cells"]):
        raise InputError(f"{name} has no code cell: there is nothing to run", field="cells")
    return Notebook(path, fit_schema(content), size, warnings)


def _version(content: Json, name: str) -> tuple[int, int]:
    major, minor = content.get("nbformat"), content.get("nbformat_minor", 0)
    if major is None:
        raise InputError(f"{name} has no `nbformat`", field="nbformat", hint="Is it another kind of JSON file?")
    if type(major) is not int or type(minor) is not int or major < 1 or minor < 0:
        raise InputError(f"{name}: `nbformat` must be a whole number", field="nbformat")
    if major > 4:
        raise InputError(
            f"{name} has notebook format {major}, newer than supported (4)",
            field="nbformat",
            hint="Save it as format 4, or update jupyter_mlx.",
        )
    return major, minor


def _upgraded(content: Json, major: int, name: str) -> Json:
    import warnings

    import nbformat
    from nbformat import reader

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            upgraded = nbformat.convert(reader.reads(json.dumps(content)), 4)
        result: Json = json.loads(json.dumps(upgraded))
    except Exception as error:  # noqa: BLE001  converting a damaged notebook fails in any way
        raise InputError(f"{name}: format {major} cannot be converted: {str(error)[:200]}", field="nbformat") from None
    for cell in result.get("cells", []):
        cell.pop("id", None)  # drawn by lot; ours stay the same from run to run
    return result


def _judge_kernel(metadata: Json, name: str) -> None:
    kernel = _dict(metadata.get("kernelspec")).get("name")
    if kernel not in (None, "") and not (isinstance(kernel, str) and _KERNEL_NAME.match(kernel)):
        raise InputError(
            f"{name}: {str(kernel)[:80]!a} is no name of a kernel",
            field="metadata.kernelspec.name",
            hint="Choose the kernel again in the editor and save.",
        )


def _judge_cell(cell: Any, index: int, name: str) -> None:
    """Complete a cell in place. Raises InputError naming it, counted from 1 as people do."""
    where, place = f"{name}, cell {index + 1}", f"cells[{index}]"
    if not isinstance(cell, dict):
        raise InputError(f"{where}: a cell must be an object", field=place)
    if cell.get("cell_type") not in _CELL_TYPES:
        raise InputError(
            f"{where}: {str(cell.get('cell_type'))[:40]!a} is no cell type",
            field=f"{place}.cell_type",
            hint=f"It is one of {', '.join(_CELL_TYPES)}.",
        )
    source = cell.get("source")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        cell["source"] = "".join(source)
    elif not isinstance(source, str):
        raise InputError(f"{where}: `source` must be text", field=f"{place}.source")
    if not isinstance(cell.setdefault("metadata", {}), dict):
        raise InputError(f"{where}: `metadata` must be an object", field=f"{place}.metadata")


def _dict(value: Any) -> Json:
    return value if isinstance(value, dict) else {}
