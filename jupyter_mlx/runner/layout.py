"""The only place that knows the names of files below a machine's root (docs/formats.md, "On the machine")."""

import os
from typing import List

from .names import safe_digest, safe_run_id


class RunPaths:
    """The files of one run."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.id = os.path.basename(folder)
        self.spec = os.path.join(folder, "spec.json")
        self.inbox = os.path.join(folder, "inbox")
        self.journal = os.path.join(folder, "journal")
        self.work = os.path.join(folder, "work")
        self.outputs = os.path.join(folder, "outputs")
        self.media = os.path.join(folder, "media")  # large outputs of cells, named by sha256
        self.events = os.path.join(folder, "events")  # JSON lines from jupyter_mlx.log inside the kernel's processes
        self.stdout = os.path.join(folder, "stdout")  # of the kernel's process itself, not of its cells
        self.stderr = os.path.join(folder, "stderr")
        self.exit = os.path.join(folder, "exit.json")
        self.started = os.path.join(folder, "started")  # made once, by the one supervisor that may start the run
        self.supervisor = os.path.join(folder, "supervisor.json")  # boot id, pid, start time
        self.alive = os.path.join(folder, "alive.lock")  # flock held by the living supervisor
        self.host = os.path.join(folder, "host.json")  # the kernel host's verdict, for the supervisor
        self.kernel = os.path.join(folder, "kernel.json")  # boot id, pid, start time of the kernel
        self.config = os.path.join(folder, "config")  # $VH_CONFIG_DIR: parameters.json
        self.inputs = os.path.join(folder, "inputs")  # $VH_INPUTS_DIR
        self.ballast = os.path.join(folder, "ballast")  # freed on a full disk, so that exit.json fits
        self.trouble = os.path.join(folder, "trouble")  # what the supervisor said before it could journal


class Root:
    """The folder on a machine that holds everything of ours; ``$HOME/.jupyter_mlx`` unless configured."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.runner = os.path.join(folder, "runner")
        self.blobs = os.path.join(folder, "blobs")
        self.tools = os.path.join(folder, "tools")
        self.envs = os.path.join(folder, "envs")
        self.slots = os.path.join(folder, "slots")
        self.runs = os.path.join(folder, "runs")
        self.cache = os.path.join(folder, "cache")  # uv's, on the same file system as envs for hard links
        self.trash = os.path.join(folder, "trash")

    def prepare(self) -> None:
        """Make the folders, private. Raises OSError; refuses a root that belongs to somebody else."""
        os.makedirs(self.folder, 0o700, exist_ok=True)
        info = os.lstat(self.folder)
        if info.st_uid != os.getuid():
            raise PermissionError("%s belongs to another user" % self.folder)
        if info.st_mode & 0o077:
            os.chmod(self.folder, 0o700)
        for folder in (self.runner, self.blobs, self.tools, self.envs, self.slots, self.runs, self.cache, self.trash):
            os.makedirs(folder, 0o700, exist_ok=True)

    def run(self, run_id: str) -> RunPaths:
        """The paths of a run, there or not. Raises UnsafeNameError."""
        return RunPaths(os.path.join(self.runs, safe_run_id(run_id)))

    def env(self, digest: str) -> str:
        """The folder of an environment. Raises UnsafeNameError."""
        return os.path.join(self.envs, safe_digest(digest))

    def run_ids(self) -> List[str]:
        """The ids of all runs here, oldest first."""
        try:
            names = os.listdir(self.runs)
        except FileNotFoundError:
            return []
        return sorted(name for name in names if len(name) == 26 and not name.startswith("."))
