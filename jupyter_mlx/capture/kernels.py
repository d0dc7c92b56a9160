"""The kernels installed on this computer: which command starts the Python of one."""

from __future__ import annotations

import json
import os
import re
import sys
from dataclasses import dataclass, replace
from typing import Any

from ..errors import InputError, NotFoundError
from .notebook import Notebook
from .wording import did_you_mean, shown

_PYTHON = re.compile(r"(python|pypy)[0-9.]*[a-z]?\Z")
PYTHON = frozenset({"python", "ipython", "python3"})  # what notebooks call the language
_OURS = {"python", f"python{sys.version_info[0]}", f"python{sys.version_info[0]}.{sys.version_info[1]}"}


@dataclass(frozen=True)
class Kernel:
    """An installed kernel. ``command`` starts its Python, wrappers (`conda run …`) included; empty without one."""

    name: str
    language: str
    command: list[str]
    env: dict[str, str]


def find_kernel(name: str) -> Kernel:
    """The kernel of a name, as Jupyter on this computer finds it. Raises NotFoundError, InputError."""
    for folder in _folders():
        spec = _spec_file(os.path.join(folder, name, "kernel.json"))
        if spec is not None:
            return _kernel(name, spec, os.path.join(folder, name))
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    manager = KernelSpecManager()
    try:
        found = manager.get_kernel_spec(name)
    except NoSuchKernel:
        raise NotFoundError(
            f"the notebook's kernel {shown(name)} is not installed on this computer",
            field="metadata.kernelspec.name",
            hint=did_you_mean(name, manager.find_kernel_specs())
            + " --env existing:NAME takes an environment of the machine.",
        ) from None
    spec = {"argv": found.argv, "language": found.language, "env": found.env}
    return _kernel(name, spec, found.resource_dir)


def _folders() -> list[str]:
    from jupyter_core.paths import jupyter_path

    return jupyter_path("kernels")


def _spec_file(path: str) -> Any:
    try:
        with open(path, encoding="utf-8") as source:
            return json.load(source)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"the kernel's {shown(path)} cannot be read: {error}", field="environment") from None


def _kernel(name: str, spec: Any, folder: str) -> Kernel:
    argv = spec.get("argv") if isinstance(spec, dict) else None
    if not isinstance(argv, list) or not argv or not all(isinstance(item, str) for item in argv):
        raise InputError(f"the kernel {shown(name)} has no usable `argv` in {shown(folder)}", field="environment")
    argv = [item.replace("{prefix}", sys.prefix).replace("{resource_dir}", folder) for item in argv]
    if argv[0] in _OURS:
        argv[0] = sys.executable  # as Jupyter does: `python` is its own
    env = spec.get("env") if isinstance(spec.get("env"), dict) else {}
    language = str(spec.get("language") or "python").lower()
    return Kernel(name, language, _to_python(argv), {str(k): str(v) for k, v in env.items()})


def _to_python(argv: list[str]) -> list[str]:
    """A command up to its Python; empty where there is none."""
    for index, item in enumerate(argv):
        if _PYTHON.match(os.path.basename(item)):
            return argv[: index + 1]
    return []


def with_language(notebook: Notebook) -> Notebook:
    """The notebook with its kernel's language written in where it names none and the kernel is installed here."""
    metadata = notebook.content["metadata"]
    spec = metadata.get("kernelspec")
    if not isinstance(spec, dict) or spec.get("language") or metadata.get("language_info") or not spec.get("name"):
        return notebook
    try:
        language = find_kernel(notebook.kernel).language
    except InputError:
        return notebook
    named = {**metadata, "kernelspec": {**spec, "language": language}}
    return replace(notebook, content={**notebook.content, "metadata": named})
