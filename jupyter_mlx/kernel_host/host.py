"""The kernel host's process: a run's folder in, a verdict out, whatever happens in between."""

import os
import signal
import traceback
from typing import Dict, List

from ..runner.ending import no_space
from ..runner.journal import Journal
from ..runner.layout import RunPaths
from ..runner.reporter import FULL
from .job import Job
from .kernels import UnknownKernelError, choose, environment
from .launch import KernelProcess
from .media import Media
from .place import Place
from .recorder import Recorder
from .verdict import RunEnded, Verdict, write


def host(folder: str) -> int:
    """Host the run in a folder; 0 once ``host.json`` says how it ended."""
    # A handler, not SIG_IGN: what is ignored here would be ignored in the kernel too.
    signal.signal(signal.SIGINT, lambda *_: None)
    try:
        verdict = _host(Job(folder))
    except RunEnded as ended:
        verdict = ended.verdict
    except OSError as error:
        verdict = _of_disk(error, os.path.abspath(folder))
    except Exception as error:  # noqa: BLE001 (whatever it was, the run gets a verdict and we a trace)
        traceback.print_exc()
        verdict = Verdict("failed", "internal", "the kernel host failed: %s: %s" % (type(error).__name__, error))
    write(RunPaths(os.path.abspath(folder)), verdict)
    return 0


def _of_disk(error: OSError, folder: str) -> Verdict:
    if error.errno in FULL:
        return no_space(error, folder)
    return Verdict("failed", "internal", "the kernel host failed: %s" % error)


def _host(job: Job) -> Verdict:
    place = Place()
    recorder = Recorder(Journal(job.paths.journal), Media(job.paths.media))
    try:
        recorder.event("progress", phase="kernel", message="starting the kernel")
        recorder.flush()
        kernel = choose(os.environ, place.file)
        process = _start(job, kernel.argv, environment(kernel, os.environ, job.paths))
        process.record(job.paths)
        from .conversation import Conversation  # imports jupyter_client, while the kernel starts

        return Conversation(job, kernel, process, place, recorder).hold()
    except UnknownKernelError as error:
        return Verdict("failed", "kernel_start", str(error))
    finally:
        recorder.close()
        place.remove()


def _start(job: Job, argv: List[str], env: Dict[str, str]) -> KernelProcess:
    try:
        return KernelProcess(argv, env, job.cwd, job.paths)
    except OSError as error:
        if error.errno in FULL:
            raise
        raise RunEnded(Verdict("failed", "kernel_start", "the kernel cannot be started: %s" % error)) from error
