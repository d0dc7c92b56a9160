"""A run captured: everything it is given, as the spec of docs/formats.md and the blobs it names."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..errors import InputError, LimitError
from ..models import EnvironmentRequest, Json, Machine, OutputFile
from ..runner.blobs import BlobStore
from ..runner.journal import dumps
from ..runner.specs import FORMAT
from .bundle import pack
from .environment import request_environment
from .executable import Executable, executable
from .files import MAX_BYTES, MAX_FILES, select
from .kernels import PYTHON, with_language
from .notebook import Notebook, dump, read_notebook
from .parameters import Declared, declared, parse_assignments
from .project import MARKER, Project, find_project
from .wording import counted, sized

MAX_SPEC = 1_000_000  # bytes: a spec travels in one frame
_MAX_TEXT = 1000  # characters of a title, a tag, an experiment


@dataclass(frozen=True)
class Captured:
    """What a run will be given. ``spec`` has no id, number and created yet; ``blob_ids`` is all it needs, trees first.

    ``origins`` has, for each cell that runs, its index in the notebook given, None for the injected one.
    """

    spec: Json
    blob_ids: list[str]
    warnings: list[str]
    files: list[OutputFile]
    project: Project
    parameters: Declared
    origins: list[int | None] = field(default_factory=list)


def capture_run(
    notebook: Path,
    *,
    machine: Machine,
    blobs: BlobStore,
    project: Path | None = None,
    params: list[str] | None = None,
    environment: str | None = None,
    title: str | None = None,
    tags: list[str] | None = None,
    experiment: str | None = None,
    time_limit_s: float | None = None,
    no_output_limit_s: float | None = None,
    allow_errors: bool = False,
    content: Any = None,
    first_cell: int | None = None,
    max_files: int = MAX_FILES,
    max_bytes: int = MAX_BYTES,
) -> Captured:
    """Capture a notebook, its project and its kernel's software into ``blobs``; no run exists yet.

    ``content`` is the notebook as an editor has it open, where that differs from the file; ``first_cell`` the index
    of the cell to start from in it.
    Raises InputError, NotFoundError, LimitError, ConflictError, NoSpaceError; nothing is changed but the blob store.
    """
    limits = _limits(time_limit_s, no_output_limit_s, allow_errors)
    asked = {**_labels(title, tags or [], experiment), "limits": limits, **_terms(machine)}
    given = with_language(read_notebook(notebook, content))
    home = find_project(notebook, project)
    known = declared(given)
    values = parse_assignments(params or [], known)
    runs = executable(given, values, known, first_cell)
    data = os.path.dirname(os.path.abspath(blobs.folder))
    software = request_environment(environment, given, home, machine, Path(data) / "interpreters")
    saved = dump(given.content)
    most = {"max_files": max_files, "max_bytes": max_bytes}
    selection = select(str(home.root), home.notebook, len(saved), never=[data], **most)
    packed = pack(selection, saved, blobs)
    notebook_blob = blobs.put(runs.dump())
    runs_as = {"params": {**known.defaults, **values}, "cells": runs.cells, "notebook_blob": notebook_blob}
    given_to = {"bundle": asdict(packed.summary), "environment": _software(software)}
    spec = {**_place(home, given), **runs_as, **given_to, **asked}
    _judge_size(spec)
    ids = list(dict.fromkeys([*packed.ids, notebook_blob]))
    warnings = _warnings(given, known, runs, home, software, [*selection.warnings, *packed.warnings])
    files = [OutputFile(path, size, None) for path, size in packed.files]
    return Captured(spec, ids, warnings, files, home, known, runs.origins)


def _place(home: Project, given: Notebook) -> Json:
    return {
        "format": FORMAT,
        "project": home.id,
        "project_name": home.name,
        "notebook": home.notebook,
        "cwd": home.cwd,
        "kernel": {"name": given.kernel, "language": given.language},
    }


def _terms(machine: Machine) -> Json:
    """What holds on the machine now, and what is filled in when the run is sent."""
    terms = {"slots": machine.slots, "price": machine.price, "currency": machine.currency}
    return {**terms, "rerun_of": None, "tools": {"uv": None}}


def _software(software: EnvironmentRequest) -> Json:
    return {key: value for key, value in asdict(software).items() if key != "notes"}


def _warnings(
    given: Notebook, known: Declared, runs: Executable, home: Project, software: EnvironmentRequest, packing: list[str]
) -> list[str]:
    """What people should know before the run starts, the notebook's own first."""
    warnings = [*given.warnings, *runs.warnings]
    if known.unreadable and given.language in PYTHON:
        warnings.append(f"{known.unreadable}; names and types of parameters were not checked")
    if home.found == MARKER and os.path.getsize(home.root / MARKER):
        warnings.append(f"{MARKER} marks the project's folder; what it says is not read yet")
    return [*warnings, *software.notes, *packing]


def _limits(time_s: float | None, no_output_s: float | None, allow_errors: bool) -> Json:
    return {
        "time_s": _seconds(time_s, "time_limit"),
        "no_output_s": _seconds(no_output_s, "no_output_limit"),
        "allow_errors": bool(allow_errors),
    }


def _seconds(value: float | None, name: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 1e9:
        raise InputError(f"{name} must be a number of seconds above 0, not {value!r:.40}", field=name)
    return float(value)


def _labels(title: str | None, tags: list[str], experiment: str | None) -> Json:
    for name, value in [("title", title), ("experiment", experiment), *(("tags", tag) for tag in tags)]:
        if value is not None and len(value) > _MAX_TEXT:
            raise LimitError(f"{name} has {len(value):,} characters; {_MAX_TEXT:,} are the limit", field=name)
    if any(not tag.strip() for tag in tags):
        raise InputError("a tag is empty", field="tags")
    return {"title": title or "", "experiment": experiment or None, "tags": list(dict.fromkeys(tags))}


def _judge_size(spec: Json) -> None:
    size = len(dumps(spec))
    if size <= MAX_SPEC:
        return
    parts = sorted(((len(json.dumps(value, default=str)), key) for key, value in spec.items()), reverse=True)
    what = {"cells": f"it has {counted(len(spec['cells']), 'code cell')}"}.get(
        parts[0][1], f"most of it is `{parts[0][1]}`"
    )
    raise LimitError(
        f"the run's description has {sized(size)}, over the limit of {sized(MAX_SPEC)}: {what}",
        field=parts[0][1],
        hint="Split the notebook, or put large values in a file.",
    )
