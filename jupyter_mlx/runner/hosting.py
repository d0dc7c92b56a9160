"""Starting the kernel host: its Python, its environment variables, and its tie to the supervisor's life."""

import os
import signal
import subprocess
from typing import Any, Callable, Dict, List, Sequence

from .aside import die_with_parent
from .durable import write_json
from .layout import RunPaths
from .processes import MARK
from .slots import Slot
from .unpacked import best_home

_CODE = "import sys; sys.path.insert(0, %r); from jupyter_mlx.runner.__main__ import main; sys.exit(main())"
# Of the session or the server that happened to start us, not of the run.
_LEFT_OUT = frozenset(
    {
        *("PYTHONUNBUFFERED", "PYTHONHOME", "VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV", "OLDPWD", "PWD"),
        *("SSH_CLIENT", "SSH_CONNECTION", "SSH_TTY", "SSH_AUTH_SOCK", "SSH_ORIGINAL_COMMAND"),
        *("JPY_PARENT_PID", "JPY_SESSION_NAME", "JUPYTER_TOKEN", "JPY_API_TOKEN", "JUPYTERHUB_API_TOKEN"),
        *("JMLX_KERNEL_NAME", "JMLX_KERNEL_PYTHON", "MPLBACKEND"),
    }
)
_SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGPIPE, signal.SIGCHLD)


def start_host(
    paths: RunPaths, spec: Dict[str, Any], software: Dict[str, Any], slot: Slot, fds: Sequence[int]
) -> "subprocess.Popen[bytes]":
    """Start it in a session of its own; it ends when we do. ``fds`` stay open in it. Only from the main thread."""
    home = best_home()
    python = str(software["driver"])
    program = [home] if os.path.isfile(home) else ["-c", _CODE % home]
    out = os.open(paths.stdout, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    err = os.open(paths.stderr, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        return subprocess.Popen(
            [python, "-I", *program, "host", paths.folder],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            cwd=paths.folder,
            env=variables(paths, spec, software, slot),
            pass_fds=list(fds),
            start_new_session=True,
            preexec_fn=_prepare(os.getpid()),  # noqa: PLW1509 (this process has one thread)
        )
    finally:
        os.close(out)
        os.close(err)


def _prepare(parent: int) -> Callable[[], None]:
    def prepare() -> None:
        die_with_parent(parent)
        for number in _SIGNALS:  # what is ignored here would be ignored in the kernel too
            signal.signal(number, signal.SIG_DFL)

    return prepare


def variables(paths: RunPaths, spec: Dict[str, Any], software: Dict[str, Any], slot: Slot) -> Dict[str, str]:
    """The environment of the host, its kernel and all they start."""
    env = {name: value for name, value in os.environ.items() if name not in _LEFT_OUT}
    env.update(
        {
            MARK: paths.id,
            "JUPYTER_MLX_RUN_ID": paths.id,
            "JUPYTER_MLX_OUTPUTS": paths.outputs,
            "JUPYTER_MLX_EVENTS": paths.events,
            "JMLX_KERNEL_PYTHON": str(software["python"]),
            "IPYNB_FILE": os.path.join(paths.work, str(spec.get("notebook") or "")),
            "VH_JOB_ID": paths.id,
            "VH_OUTPUTS_DIR": paths.outputs,
            "VH_REPOSITORY_DIR": paths.work,
            "VH_CONFIG_DIR": paths.config,
            "VH_INPUTS_DIR": paths.inputs,
        }
    )
    kernel = spec.get("kernel") or {}
    if not python_kernel(spec) and kernel.get("name"):
        env["JMLX_KERNEL_NAME"] = str(kernel["name"])
    if slot.gpus:
        env["CUDA_VISIBLE_DEVICES"] = ",".join(slot.gpus)
        env["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"
    _activate(env, str(software["python"]), str(software["prefix"]))
    return env


def python_kernel(spec: Dict[str, Any]) -> bool:
    """Whether the notebook's kernel is a Python one; then it is ipykernel in the run's environment."""
    return str((spec.get("kernel") or {}).get("language") or "python").lower() in ("python", "ipython", "python3")


def _activate(env: Dict[str, str], python: str, prefix: str) -> None:
    """Make programs of the environment found first, as its activation would."""
    folder = os.path.dirname(python)
    path = env.get("PATH") or os.defpath
    if folder not in path.split(os.pathsep):
        env["PATH"] = folder + os.pathsep + path
    if os.path.exists(os.path.join(prefix, "pyvenv.cfg")):
        env["VIRTUAL_ENV"] = prefix
        env["PATH"] = folder + os.pathsep + path  # in front, even where it was behind
    elif os.path.isdir(os.path.join(prefix, "conda-meta")):
        env["CONDA_PREFIX"] = prefix
        env["PATH"] = folder + os.pathsep + path


def lay_out(paths: RunPaths, spec: Dict[str, Any], cwd: str) -> List[str]:
    """Make what the run finds beside its files: outputs/, its link in the notebook's folder, Valohai's folders.

    The names that were made in ``cwd``. Raises OSError.
    """
    for folder in (paths.outputs, paths.config, paths.inputs):
        os.makedirs(folder, 0o700, exist_ok=True)
    write_json(os.path.join(paths.config, "parameters.json"), spec.get("params") or {}, durable=False)
    os.makedirs(cwd, exist_ok=True)
    link = os.path.join(cwd, "outputs")
    if os.path.lexists(link):
        return []
    os.symlink(paths.outputs, link)
    return [link]
