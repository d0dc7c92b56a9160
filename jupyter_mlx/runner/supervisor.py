"""One run from its acceptance to its verdict. Detached, alone, of one thread; everything long happens in children.

Whatever happens, the last thing is exit.json. Only the death of this process leaves a run without it, and then the
next agent that looks says the verdict (verdict.py).
"""

import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from typing import Any, Callable, Dict, List, Optional

from .aside import Aside
from .clock import boottime
from .durable import fsync_dir, read_json, try_lock, write_json
from .ending import Memories, RunEnded, Verdict, as_record, enrich, host_died, of_error, read_host
from .env_lock import hold
from .finish import Finish
from .hosting import lay_out, python_kernel, start_host
from .inbox import Cancels
from .layout import Root, RunPaths
from .limits import Limits
from .processes import boot_id, identity, kill_all
from .refusal import Refusal
from .reporter import Reporter, lay_ballast, print_trace, write_exit
from .sampler import Sampler
from .slots import Held, Ticket, slots_of
from .stopping import Stop, kernel_identity

_PR_SET_CHILD_SUBREAPER = 36
_TICK_S = 0.05
_LIMITS_S = 0.5
_CANCELLED = Verdict("cancelled", "cancelled", "cancelled on request")
_TOLD = Verdict("lost", "supervisor_died", "the machine ended the supervisor with SIGTERM (shutdown or logout)")


def main(folder: str) -> int:
    """Supervise the run in a folder, unless somebody does or did; the exit status."""
    paths = RunPaths(os.path.abspath(folder))
    fd = try_lock(paths.alive)
    if fd is None or os.path.lexists(paths.exit):
        return 0
    try:
        os.close(os.open(paths.started, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return 0  # it was started before, and whoever did is dead: not ours to start twice
    fsync_dir(paths.folder)
    Supervisor(paths).run()
    return 0


class Supervisor:
    """The life of one run."""

    def __init__(self, paths: RunPaths) -> None:
        self.paths = paths
        self.root = Root(os.path.dirname(os.path.dirname(paths.folder)))
        self.began, self.began_wall = boottime(), time.time()
        self.host: Optional["subprocess.Popen[bytes]"] = None
        self.stop: Optional[Stop] = None
        self.made_ns: Optional[int] = None  # the file system's time when work/ was complete
        self._told = False
        self._fds: List[int] = []  # locks of the environment, held for as long as we live
        self._wake, self._wake_end = os.pipe()

    def run(self) -> None:
        """Do everything; never raises."""
        try:
            self._settle_in()
            verdict = self._work()
        except BaseException as error:  # noqa: BLE001 (the run must get a verdict, whatever it was)
            verdict = of_error(error, self.paths)
            if not isinstance(error, (RunEnded, OSError, Refusal)):
                print_trace()
        try:
            Finish(self, verdict).run()
        except BaseException as error:  # noqa: BLE001 (as above; what is left is exit.json itself)
            print_trace()
            record = dict(as_record(of_error(error, self.paths)), boot_id=boot_id(), ended=time.time())
            write_exit(self.paths, record)

    def _settle_in(self) -> None:
        """Get ready to be the parent of everything, and of everything that loses its parent."""
        if sys.platform.startswith("linux"):
            ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        for fd in (self._wake, self._wake_end):
            os.set_blocking(fd, False)
        signal.set_wakeup_fd(self._wake_end, warn_on_full_buffer=False)
        signal.signal(signal.SIGTERM, self._on_term)
        for number in (signal.SIGCHLD, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, lambda *_: None)  # a handler, not SIG_IGN, which children would inherit
        self.reporter = Reporter(self.paths)
        self.cancels = Cancels(self.paths.inbox)
        self.sampler = Sampler(self.paths.id, self.paths.folder)
        write_json(self.paths.supervisor, identity(os.getpid()))
        lay_ballast(self.paths)
        spec = read_json(self.paths.spec)
        if not isinstance(spec, dict):
            raise RunEnded(Verdict("failed", "input", "spec.json is missing or no object"))
        self.spec: Dict[str, Any] = spec
        self.reporter.event("state", state="preparing")

    def _on_term(self, *_: object) -> None:
        self._told = True

    def _work(self) -> Verdict:
        self._unpack()
        software = self._environment()
        held = self._slot()
        memories = Memories()
        self.reporter.event("slot", slot=held.slot.name, gpus=list(held.slot.gpus))
        self.sampler = Sampler(self.paths.id, self.paths.folder, held.slot.gpus)
        self._look_for_stop(None)
        self.reporter.event("state", durable=True, state="running")
        limits = Limits(self.paths, self.spec.get("limits") or {}, self.reporter.size())
        self.host = start_host(self.paths, self.spec, software, held.slot, held.fds)
        status = self._watch(self.host, limits)
        said = read_host(self.paths)
        peak = max(self.sampler.rss_peak, memories.largest())
        self.sampler.rss_peak = peak
        if self.stop and not (said and said.state == "succeeded"):
            return self._stopped(self.stop.verdict, said)
        if said and said.cause == "no_space":
            return said._replace(cell=self._running_cell())  # the host could not even say that its cell ended
        if said:
            return enrich(said, memories, peak)
        return host_died(status, self.paths, memories, peak, self._running_cell())

    def _stopped(self, verdict: Verdict, said: Optional[Verdict]) -> Verdict:
        """The stop's verdict with what the host still knew."""
        cell = said.cell if said and said.cell is not None else self._running_cell()
        return verdict._replace(cell=cell, signal=said.signal if said else None, code=said.code if said else None)

    def _running_cell(self) -> Optional[int]:
        from .tail import last_event

        event = last_event(self.paths.journal, ["cell"], limit=8 << 20) or {}
        cell = event.get("cell")
        return cell if isinstance(cell, int) and event.get("state") == "running" else None

    # --- preparing ---

    def _unpack(self) -> None:
        bundle = self.spec.get("bundle") or {}
        self.reporter.event("progress", phase="files", message="unpacking", total=bundle.get("files"))
        digest, work = str(bundle.get("digest")), self.paths.work
        cwd = os.path.join(work, str(self.spec.get("cwd") or ""))

        def unpack() -> int:
            from .blobs import BlobMissing, BlobStore  # only its child pays for hashlib
            from .trees import TreeError

            try:
                BlobStore(self.root.blobs).materialise(digest, work)
            except (BlobMissing, TreeError) as error:
                raise Refusal("input", "the files of the run are not whole: %s" % error) from None
            lay_out(self.paths, self.spec, cwd)
            mark = os.path.join(self.paths.folder, "outputs")
            os.utime(mark)  # now, by the clock of this file system
            return os.stat(mark).st_ctime_ns

        self.made_ns = int(self._aside(unpack))

    def _environment(self) -> Dict[str, Any]:
        asked = self.spec.get("environment") or {}
        uv = (self.spec.get("tools") or {}).get("uv")
        ipykernel = python_kernel(self.spec)

        def prepare() -> Dict[str, Any]:
            from .environments import Environments  # only its child pays for the import

            return Environments(self.root, self.paths.id, self.reporter.event).prepare(asked, uv, ipykernel)

        for _ in range(3):
            try:
                software = self._aside(prepare)
            except Refusal as refusal:
                reason = of_error(refusal, self.paths).reason
                raise RunEnded(Verdict("failed", "environment", reason)) from None
            held = hold(self.root, software["keys"])
            if held is not None:
                self._fds = held
                return dict(software)
        raise RunEnded(Verdict("failed", "environment", "the environment is cleared away again and again"))

    def _slot(self) -> Held:
        from .gpus import Gpu, gpus

        found = [Gpu(*fields) for fields in self._aside(lambda: [list(gpu) for gpu in gpus()])] if _has_gpus() else []
        ticket = Ticket(self.root.slots, slots_of(found, self.spec.get("slots")))
        said = -1
        try:
            while True:
                held = ticket.take()
                if held is not None:
                    return held
                if ticket.ahead != said:
                    said = ticket.ahead
                    self.reporter.event("progress", phase="slot", message=_waiting(said), done=0, total=said + 1)
                self.pause(seconds=0.2)
                self._look_for_stop(None)
        finally:
            ticket.leave()

    def _aside(self, work: Callable[[], Any]) -> Any:
        """The result of work in a child, unless a stop comes first."""
        aside = Aside(work)
        while not aside.poll():
            self.pause(aside.fd)
            self._look_for_stop(None)
        return aside.result()

    def _look_for_stop(self, host: Optional[int]) -> bool:
        """Begin or go on with a stop; True once the kill step has come. Raises `RunEnded` while nothing runs yet."""
        if self._told and (self.stop is None or self.stop.verdict is not _TOLD):
            self.stop = Stop(self.paths, self.reporter, _TOLD, gently=False)
        for message in self.cancels.poll():
            self.stop = self.stop or Stop(self.paths, self.reporter, _CANCELLED)
            if message.get("intent") == "now":
                self.stop.hurry()
        if self.stop is None or not self.stop.tick(host):
            return False
        if host is None:
            raise RunEnded(self.stop.verdict)
        return True

    def pause(self, fd: Optional[int] = None, seconds: float = _TICK_S) -> None:
        """Wait for a child's end, for news on an fd, or for the next tick."""
        try:
            ready = select.select([self._wake] if fd is None else [self._wake, fd], [], [], seconds)[0]
            if self._wake in ready:
                os.read(self._wake, 4096)
        except (InterruptedError, BlockingIOError):
            pass

    # --- running ---

    def _watch(self, host: "subprocess.Popen[bytes]", limits: Limits) -> int:
        """Watch the host to its end; its status. Raises `RunEnded` where it cannot be ended."""
        checked = 0.0
        kernel: Optional[int] = None
        while host.poll() is None:
            self.pause()
            self.reap()
            if kernel is None:
                kernel = (kernel_identity(self.paths) or {}).get("pid")
            fields = self.sampler.tick(kernel)
            if fields:
                self.reporter.minor("sample", **fields)
            if self.stop is None and boottime() - checked > _LIMITS_S:
                checked = boottime()
                beyond = limits.exceeded()
                if beyond:
                    self.stop = Stop(self.paths, self.reporter, Verdict("failed", beyond.cause, beyond.reason))
            if self._look_for_stop(host.pid):
                rest = kill_all(self.paths.id, below=os.getpid(), reap=self.reap)
                if host.pid in rest and self.stop:
                    raise RunEnded(self.stop.verdict)
        return int(host.returncode)

    def reap(self) -> None:
        """Collect dead children and adopted strays; the host's status is left to its own object."""
        while True:
            try:
                found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
                if found is None:
                    return
                if self.host is not None and found.si_pid == self.host.pid and self.host.returncode is None:
                    self.host.poll()
                else:
                    os.waitpid(found.si_pid, os.WNOHANG)
            except ChildProcessError:
                return


def _has_gpus() -> bool:
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return any(os.access(os.path.join(folder, "nvidia-smi"), os.X_OK) for folder in folders if folder)


def _waiting(ahead: int) -> str:
    if not ahead:
        return "waiting for a slot: next in line"
    return "waiting for a slot: %d %s ahead" % (ahead, "run" if ahead == 1 else "runs")
