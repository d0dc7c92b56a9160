"""A request to run a notebook, as a capture; and what a capture would send."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any

from ..capture import Captured, capture_run
from ..capture.literals import guess
from ..errors import ConflictError, InputError, NotFoundError
from ..models import Machine, Run
from ..runner.names import RUN_ID
from .asked import NewRun
from .places import local_path
from .projects import project_id
from .views import Preflight, SoftwareView

if TYPE_CHECKING:
    from .service import Service

_SHOWN_FILES = 500  # of the largest


def captured(service: Service, wanted: NewRun) -> tuple[Captured, Machine]:
    """What a request asks for, captured. Raises what `capture_run` does."""
    machine = service.workbench.machines.find(wanted.machine)
    notebook = local_path(service.contents, wanted.notebook, "notebook")
    found = capture_run(
        notebook,
        machine=machine,
        blobs=service.workbench.blobs,
        project=local_path(service.contents, wanted.project, "project") if wanted.project else None,
        params=[f"{name}={_text(value)}" for name, value in wanted.params.items()],
        environment=wanted.environment,
        title=wanted.title,
        tags=list(wanted.tags),
        experiment=wanted.experiment,
        time_limit_s=wanted.time_limit_s,
        no_output_limit_s=wanted.no_output_limit_s,
        allow_errors=wanted.allow_errors,
        content=wanted.content,
        first_cell=wanted.first_cell,
    )
    return found, machine


def _text(value: Any) -> str:
    return value if isinstance(value, str) else repr(value)


def preflight(service: Service, wanted: NewRun) -> Preflight:
    """What would travel; nothing leaves this computer."""
    found, machine = captured(service, wanted)
    spec = found.spec
    bundle = spec["bundle"]
    return Preflight(
        project=found.project.id,
        project_id=project_id(found.project.id),
        project_found=found.project.found,
        notebook=spec["notebook"],
        machine=machine.name,
        files=sorted(found.files, key=lambda file: -file.size)[:_SHOWN_FILES],
        files_total=bundle["files"],
        bytes=bundle["bytes"],
        cells=len(spec["cells"]),
        skipped=sum(1 for cell in spec["cells"] if cell.get("skip")),
        origins=found.origins,
        parameters=list(found.parameters.parameters.values()),
        computed=sorted(found.parameters.computed),
        software=_software(service, found, machine),
        expected_s=service.workbench.store.expected_s(found.project.id, spec["notebook"], machine.name),
        warnings=found.warnings,
    )


def _software(service: Service, found: Captured, machine: Machine) -> SoftwareView:
    asked = found.spec["environment"]
    digest = asked.get("digest")
    had = bool(digest) and service.workbench.store.used_environment(found.project.id, machine.name, digest)
    packages = len(asked.get("packages") or {})
    return SoftwareView(asked["kind"], asked.get("python"), packages, asked.get("target"), digest, had or None)


def started(service: Service, wanted: NewRun) -> tuple[Run, bool]:
    """The run a request starts, and whether it is new: the same id twice is the same run.

    Raises `ConflictError` where the id stands for another run, and what capture and submit do.
    """
    if wanted.id is not None:
        if not RUN_ID.match(wanted.id):
            raise InputError("id is no run id", field="id", hint="26 letters and digits of a ULID")
        with contextlib.suppress(NotFoundError):
            return _same(service.workbench.store.run(wanted.id), wanted), False
    found, machine = captured(service, wanted)
    return service.workbench.dispatcher.submit(found, machine, wanted.id), True


def _means(given: Any, kept: Any) -> bool:
    """Whether what a request gives, perhaps as a text, is the value that a run was given."""
    return bool(given == kept or (isinstance(given, str) and guess(given) == kept))


def _same(run: Run, wanted: NewRun) -> Run:
    name = os.path.basename(wanted.notebook)
    before = (run.machine, os.path.basename(run.notebook), run.title, run.tags)
    asked = (wanted.machine, name, wanted.title or "", list(dict.fromkeys(wanted.tags)))
    fits = all(name in run.params and _means(value, run.params[name]) for name, value in wanted.params.items())
    if before != asked or not fits:
        raise ConflictError("this id stands for another run already", field="id", hint="use a new id for a new run")
    return run
