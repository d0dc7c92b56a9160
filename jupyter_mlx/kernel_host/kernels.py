"""Which program is the kernel, and in which environment variables it starts."""

import os
import pkgutil
import re
import sys
from typing import Any, Dict, List, Mapping, NamedTuple

from ..runner.durable import write_atomic
from ..runner.layout import RunPaths

PYTHON = "JMLX_KERNEL_PYTHON"  # the run environment's Python, told by the supervisor
NAME = "JMLX_KERNEL_NAME"  # a kernelspec to use in its place
_PLAIN_PYTHON = re.compile(r"python(\d+(\.\d+)?)?\Z")


class UnknownKernelError(LookupError):
    """No kernel has that name; the message lists those that there are."""


class Kernel(NamedTuple):
    """How to start a kernel."""

    argv: List[str]
    env: Dict[str, str]
    ipykernel: bool
    interrupt_by_message: bool


def choose(environ: Mapping[str, str], connection_file: str) -> Kernel:
    """The kernel the supervisor asked for. Raises `UnknownKernelError`."""
    name = environ.get(NAME)
    python = environ.get(PYTHON) or sys.executable
    if not name:
        argv = [python, "-m", "ipykernel_launcher", "-f", connection_file]
        return Kernel([*argv, "--HistoryManager.hist_file=:memory:"], {}, True, False)
    spec = _find(name, python)
    names = {"connection_file": connection_file, "resource_dir": spec.resource_dir, "prefix": sys.prefix}
    argv = [re.sub(r"\{(\w+)\}", lambda found: names.get(found.group(1), found.group()), part) for part in spec.argv]
    if argv and _PLAIN_PYTHON.match(argv[0]):
        argv[0] = python
    ipykernel = any("ipykernel" in part for part in argv)
    if ipykernel:
        argv.append("--HistoryManager.hist_file=:memory:")
    env = {str(key): os.path.expandvars(str(value)) for key, value in (spec.env or {}).items()}
    return Kernel(argv, env, ipykernel, spec.interrupt_mode == "message")


def _find(name: str, python: str) -> Any:
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    manager = KernelSpecManager()
    beside = os.path.join(os.path.dirname(os.path.dirname(python)), "share", "jupyter", "kernels")
    manager.kernel_dirs = [beside, *manager.kernel_dirs]
    try:
        return manager.get_kernel_spec(name)
    except NoSuchKernel:
        there = ", ".join(sorted(manager.find_kernel_specs())[:40]) or "none"
        raise UnknownKernelError("there is no kernel %r here; there are: %s" % (name, there)) from None


def environment(kernel: Kernel, environ: Mapping[str, str], paths: RunPaths) -> Dict[str, str]:
    """The environment variables of the kernel; `jupyter_mlx` is importable in it and its children. Raises OSError."""
    env = dict(environ)
    env.update(kernel.env)
    env.setdefault("JUPYTER_MLX_EVENTS", paths.events)
    env["JPY_PARENT_PID"] = str(os.getpid())  # ipykernel looks whether we still live
    library = os.path.join(paths.folder, "lib")
    if os.pathsep not in library:
        provide_log(library)
        env["PYTHONPATH"] = os.pathsep.join(filter(None, [env.get("PYTHONPATH"), library]))
    return env


def provide_log(folder: str) -> None:
    """Write the stand-in package ``jupyter_mlx`` that gives way to an installed one. Raises OSError."""
    source = pkgutil.get_data(__package__ or "", "log.py") or b""
    package = os.path.join(folder, "jupyter_mlx")
    os.makedirs(package, 0o700, exist_ok=True)
    write_atomic(os.path.join(package, "__init__.py"), source, durable=False)
