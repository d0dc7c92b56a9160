"""Starting supervisors so that nothing of the agent clings to them, and starting those that somebody else forgot."""

import os
import signal
import sys
import threading
import time
from typing import Dict, List

from .layout import Root, RunPaths
from .unpacked import best_home

PATIENCE_S = 2.0  # a younger acceptance is being started by the agent that accepted it
_AGAIN_S = 10.0
_DEFAULTS = [signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGPIPE, signal.SIGCHLD]
_CODE = "import sys; sys.path.insert(0, %r); from jupyter_mlx.runner.__main__ import main; sys.exit(main())"

_launched: Dict[str, float] = {}
_lock = threading.Lock()


def runner_command(*arguments: str) -> List[str]:
    """The command line that runs a verb of this very code, from the zip or from a checkout."""
    home = best_home()
    if os.path.isfile(home) or os.path.isfile(os.path.join(home, "__main__.py")):
        return [sys.executable, "-I", "-S", home, *arguments]
    return [sys.executable, "-I", "-S", "-c", _CODE % home, *arguments]


def start_supervisor(paths: RunPaths) -> None:
    """Start the run's supervisor, detached; a second one ends by itself. At most one per run in 10 s from here."""
    now = time.monotonic()
    with _lock:
        if now - _launched.get(paths.folder, -_AGAIN_S) < _AGAIN_S:
            return
        _launched[paths.folder] = now
    command = runner_command("supervise", "--detach", paths.folder)
    try:
        pid = _spawn(command, paths.trouble)
    except OSError:
        pid = _spawn(command, os.devnull)  # a full disk has no room for the file either
    threading.Thread(target=os.waitpid, args=(pid, 0), daemon=True).start()


def _spawn(command: List[str], said: str) -> int:
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, said, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    try:
        return os.posix_spawn(
            command[0], command, os.environ, file_actions=actions, setsid=True, setsigmask=[], setsigdef=_DEFAULTS
        )
    except NotImplementedError:  # an old libc: `detach` makes the session a moment later
        return os.posix_spawn(command[0], command, os.environ, file_actions=actions, setsigmask=[], setsigdef=_DEFAULTS)


def detach() -> None:
    """Leave session, parent and inherited files behind. Only before any thread exists."""
    os.umask(0o077)
    if os.getpid() != os.getsid(0):
        os.setsid()
    if os.fork():
        os._exit(0)
    try:
        highest = max(int(name) for name in os.listdir("/proc/self/fd"))
    except (OSError, ValueError):
        highest = 1024
    os.closerange(3, highest + 1)


def waits_for_start(paths: RunPaths) -> bool:
    """Whether the run was accepted, long enough ago, and nobody started it."""
    if os.path.lexists(paths.started) or os.path.lexists(paths.exit):
        return False
    try:
        return time.time() - os.stat(paths.spec).st_mtime > PATIENCE_S
    except OSError:
        return False


def start_forgotten(root: Root) -> int:
    """Start every accepted run that nobody started; how many."""
    waiting = [paths for paths in map(root.run, root.run_ids()) if waits_for_start(paths)]
    for paths in waiting:
        start_supervisor(paths)
    return len(waiting)
