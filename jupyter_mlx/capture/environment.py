"""Which software a run asks for: that of the notebook's own kernel, of a requirements file, or what a machine has."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from ..errors import InputError, NotFoundError
from ..models import EnvironmentRequest, Machine
from .interpreter import ask
from .kernels import PYTHON, find_kernel
from .notebook import Notebook
from .project import Project
from .requirements_file import read_requirements
from .wording import shown

CHOICES = "kernel, a requirements file (requirements.txt), or existing:NAME-or-python-path"
_OTHER_FILES = (".yml", ".yaml", ".toml", ".lock", ".cfg", ".py")


def request_environment(
    request: str | None, notebook: Notebook, project: Project, machine: Machine, cache: Path | None = None
) -> EnvironmentRequest:
    """The software asked for by ``--env``; ``cache`` is a folder that keeps what interpreters said.

    Raises InputError naming the choices, NotFoundError, LimitError.
    """
    if request in (None, "kernel"):
        return _digested(_of_kernel(notebook, project, machine, cache, asked=request is not None))
    if request.startswith("existing"):
        return _digested(_existing(request, machine))
    file = _file(request, project)
    lines = read_requirements(file, project.root)
    python, notes = _python(notebook, cache)
    if not any(line.lower().replace("_", "-").startswith("ipykernel") for line in lines):
        if any("--hash=" in line for line in lines) or "--require-hashes" in lines:
            notes.append(f"{shown(request)} has no ipykernel, and its hashes leave no room to add it")
        else:
            lines.append("ipykernel")
            notes.append(f"ipykernel was added: {shown(request)} has no kernel to run the notebook")
    return _digested(EnvironmentRequest("requirements", python=python, requirements=lines, notes=notes))


def _digested(request: EnvironmentRequest) -> EnvironmentRequest:
    """The request with the hash of what decides which software it is: not its notes, not how it was found out."""
    decisive = [request.kind, request.python, request.requirements, request.target]
    text = json.dumps(decisive, separators=(",", ":"))
    return dataclasses.replace(request, digest=hashlib.sha256(text.encode("ascii")).hexdigest())


def _of_kernel(
    notebook: Notebook, project: Project, machine: Machine, cache: Path | None, asked: bool
) -> EnvironmentRequest:
    local = machine.transport == "local"
    if notebook.language not in PYTHON:
        return _other_language(notebook, local, asked)
    try:
        kernel = find_kernel(notebook.kernel)
    except NotFoundError as error:
        if asked or local:
            raise
        note = f"{error.message}; the machine's environment of that name is used"
        return EnvironmentRequest("existing", target=notebook.kernel, notes=[note])
    if not kernel.command:
        raise InputError(
            f"the kernel {shown(kernel.name)} does not start a Python that could say what is installed",
            field="environment",
            hint=f"Choose another kernel, or give --env: {CHOICES}.",
        )
    facts = ask(kernel, cache)
    notes = [f"the kernel sets variables that do not travel: {_names(kernel.env)}"] if kernel.env else []
    if local:
        return EnvironmentRequest("existing", facts.python, facts.packages, target=facts.executable, notes=notes)
    from .pins import pins  # late: parsing requirements is slow to import

    requirements, packages, lost = pins(facts, str(project.root))
    return EnvironmentRequest("kernel", facts.python, packages, requirements, notes=notes + lost)


def _names(names: Iterable[str]) -> str:
    return ", ".join(map(shown, sorted(names)))


def _other_language(notebook: Notebook, local: bool, asked: bool) -> EnvironmentRequest:
    """A kernel that is no Python is the machine's own; the environment only holds what speaks to it."""
    what = f"the kernel {shown(notebook.kernel)} ({shown(notebook.language)})"
    if asked:
        raise InputError(
            f"the software of {what} cannot be captured: it is no Python",
            field="environment",
            hint="Without --env the machine's own kernel of that name is used.",
        )
    note = f"{what} is the machine's own: its packages are not captured"
    if local:
        return EnvironmentRequest("existing", target=sys.executable, notes=[note])
    return EnvironmentRequest("kernel", requirements=["ipykernel"], notes=[note])


def _existing(request: str, machine: Machine) -> EnvironmentRequest:
    target = request.removeprefix("existing").removeprefix(":").strip()
    if not request.startswith("existing:") or not target or not target.isprintable() or len(target) > 4000:
        raise InputError(
            f"{shown(request[:80])} names no environment of the machine",
            field="environment",
            hint="Write existing:NAME (a kernel's or environment's name there) or existing:/path/to/python.",
        )
    if "/" in target and not target.startswith(("/", "~")):
        if machine.transport != "local":
            raise InputError(
                f"existing:{shown(target)} is a relative path, and it is not clear relative to what",
                field="environment",
                hint="Give the whole path on the machine, or one from its home folder: existing:~/…",
            )
        target = os.path.abspath(target)
    return EnvironmentRequest("existing", target=target)


def _file(request: str, project: Project) -> Path:
    candidates = [Path(os.path.abspath(request)), project.root / request]
    for candidate in candidates:
        if "\0" not in request and os.path.isfile(candidate):
            if candidate.suffix in (".txt", ".in"):
                return candidate
            raise InputError(
                f"{shown(request)} is not a requirements file",
                field="environment",
                hint=f"The environment is {CHOICES}. uv export or pip freeze writes a requirements file.",
            )
    if request.endswith((".txt", ".in")):
        places = " and ".join(dict.fromkeys(shown(path) for path in candidates))
        raise NotFoundError(f"no requirements file: looked for {places}", field="environment")
    raise InputError(
        f"there is no environment {shown(request[:80]) or chr(39) * 2}", field="environment", hint=f"It is {CHOICES}."
    )


def _python(notebook: Notebook, cache: Path | None) -> tuple[str | None, list[str]]:
    """The version of the kernel's Python, for a requirements file to be installed with the same."""
    try:
        kernel = find_kernel(notebook.kernel)
        return (ask(kernel, cache).python, []) if kernel.command else (None, [])
    except InputError as error:
        return None, [f"{error.message}; the machine chooses the Python"]
