"""The end of a run: no process left, everything it left behind noted, the verdict said, exit.json last."""

import time
from typing import TYPE_CHECKING, Any, Callable, Dict, Optional

from .aside import Aside
from .clock import boottime
from .ending import as_record, of_error
from .processes import boot_id
from .reporter import Reporter, free_ballast, print_trace, write_exit
from .stopping import end_strays

if TYPE_CHECKING:
    from .ending import Verdict
    from .supervisor import Supervisor


class Finish:
    """The last steps for one supervisor."""

    def __init__(self, supervisor: "Supervisor", verdict: "Verdict") -> None:
        self._supervisor = supervisor
        self._paths = supervisor.paths
        self._verdict = verdict
        self._reporter: Reporter = getattr(supervisor, "reporter", None) or Reporter(self._paths)

    def run(self) -> None:
        """Do it. Raises OSError where not even the verdict can be written."""
        supervisor = self._supervisor
        stopped = supervisor.stop is not None
        rest = end_strays(self._paths.id, supervisor.reap, at_once=stopped or supervisor.host is None)
        if rest:
            words = "; %d processes could not be ended: %s" % (len(rest), ", ".join(map(str, rest[:10])))
            self._verdict = self._verdict._replace(reason=self._verdict.reason + words)
        if supervisor.stop:
            supervisor.stop.done(rest)
        self._try(self._outputs)
        sampler = getattr(supervisor, "sampler", None)
        if sampler and supervisor.host is not None:
            self._try(lambda: self._reporter.vital("sample", **sampler.sample()))
        record = self._record(sampler.rss_peak if sampler else None)
        self._try(lambda: self._say(record))
        record["journal_bytes"] = self._reporter.size()
        write_exit(self._paths, record)

    def _try(self, step: Callable[[], Any]) -> None:
        """A step that must not stand in the way of the verdict; a full disk becomes the verdict."""
        try:
            step()
        except BaseException as error:  # noqa: BLE001 (exit.json must be written, whatever it was)
            found = of_error(error, self._paths)
            if found.cause != "no_space":
                print_trace()
            if self._verdict.state == "succeeded":
                self._verdict = found
            free_ballast(self._paths)

    def _outputs(self) -> None:
        supervisor = self._supervisor
        if supervisor.made_ns is None:
            return
        bundle, made_ns = str(supervisor.spec["bundle"]["digest"]), supervisor.made_ns

        def look() -> Any:
            from .blobs import BlobStore  # only its child pays for hashlib
            from .outputs import collect

            return collect(self._paths, BlobStore(supervisor.root.blobs), bundle, made_ns, self._reporter.vital)

        aside = Aside(look)
        while not aside.poll():
            supervisor.pause(aside.fd)
        aside.result()

    def _record(self, rss_peak: Optional[int]) -> Dict[str, Any]:
        began = self._supervisor.began
        record = as_record(self._verdict)
        record.update(
            started=round(self._supervisor.began_wall, 6),
            ended=round(time.time(), 6),
            duration_s=round(boottime() - began, 6),
            rss_peak=rss_peak or None,
            boot_id=boot_id(),
            journal_bytes=None,
        )
        return record

    def _say(self, record: Dict[str, Any]) -> None:
        self._reporter.vital("state", state=record["state"], reason=record["reason"])
        self._reporter.vital("exit", **record)
