"""The figures of the README, one function each; every one against what a user would type instead."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

from jupyter_mlx.link.upload import Upload
from jupyter_mlx.runner.blobs import BlobStore
from jupyter_mlx.runner.journal import Decoder, Journal, Record

from .bed import Bed
from .requests import captured, notebook, spec_of
from .side_by_side import Figure, in_turn, shell, timed

MB = 1_000_000
BULK = 200 * MB


def warm_submit(bed: Bed, runs: int) -> Figure:
    """A small run accepted over an open link."""
    blobs = BlobStore(str(bed.folder / "blobs"))
    capture = captured(notebook(bed.folder / "small" / "n.ipynb", "1"), bed.machine(), blobs)
    link = bed.link()
    believed: set[str] = set()
    believed |= link.submit(spec_of(capture), blobs, capture.blob_ids, believed).sent
    figure = Figure("warm submit → durable acceptance", bed.rtt_ms, against="ssh host true, ControlMaster", aim="≤ 0.7")

    def ours() -> float:
        spec = spec_of(capture)
        took = timed(lambda: link.submit(spec, blobs, capture.blob_ids, believed))
        with contextlib.suppress(Exception):  # the run itself is of no interest, and must not pile up
            link.send_inbox(spec["id"], {"type": "cancel", "intent": "bench"})
        time.sleep(0.3)
        return took

    in_turn(figure, ours, lambda: shell(*bed.ssh("true", master=True)), runs)
    link.close()
    return figure


def cold_agent(bed: Bed, runs: int) -> Figure:
    """From nothing to an agent that answers, the runner already there."""
    bed.link().close()
    figure = Figure("cold machine → agent ready", bed.rtt_ms, against="ssh host true, cold", aim="≤ 1.0")

    def ours() -> float:
        began = time.perf_counter()
        link = bed.link()
        took = time.perf_counter() - began
        link.close()
        return took

    return in_turn(figure, ours, lambda: shell(*bed.ssh("true", master=False)), runs)


def one_of_a_thousand(bed: Bed, runs: int) -> Figure:
    """One file of 1,000 changed: captured, sent, accepted and its supervisor started."""
    folder = bed.folder / "thousand"
    for n in range(1000):
        path = folder / f"d{n % 20}" / f"m{n}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# module {n}\n" + "value = 1\n" * 800)
        os.utime(path, (1, 1))
    nb = notebook(folder / "n.ipynb", "1")
    blobs = BlobStore(str(bed.folder / "blobs"))
    link = bed.link()
    believed: set[str] = set()
    counter = iter(range(10**6))

    def change() -> None:
        (folder / "d3" / "m3.py").write_text(f"# changed {next(counter)} {bed.rtt_ms}\n")

    def ours() -> float:
        change()
        began = time.perf_counter()
        capture = captured(nb, bed.machine(), blobs)
        spec = spec_of(capture)
        believed.update(link.submit(spec, blobs, capture.blob_ids, believed).sent)
        took = time.perf_counter() - began
        with contextlib.suppress(Exception):  # as above
            link.send_inbox(spec["id"], {"type": "cancel", "intent": "bench"})
        time.sleep(0.3)
        return took

    target = bed.folder / "synced"
    rsh = " ".join(bed.ssh(master=True)[:-1])

    def theirs() -> float:
        change()
        began = time.perf_counter()
        shell("rsync", "-az", "-e", rsh, f"{folder}/", f"box:{target}/")
        shell(*bed.ssh("true", master=True))
        return time.perf_counter() - began

    figure = Figure("1 of 1,000 files changed → run started", bed.rtt_ms, aim="≤ 0.4")
    figure.against = "rsync -az + ssh host true, ControlMaster"
    in_turn(figure, ours, theirs, runs)
    link.close()
    return figure


def bulk_up(bed: Bed, runs: int) -> Figure:
    """200 MB that do not compress, up."""
    blobs = BlobStore(str(bed.folder / "blobs"))
    source = bed.folder / "bulk"
    link = bed.link()

    def ours() -> float:
        source.write_bytes(os.urandom(BULK))
        blob, _ = blobs.put_file(str(source))
        began = time.perf_counter()
        upload = Upload(link._send)
        upload.blobs(blobs, [blob], {})
        upload.flush()
        missing = link.request("have", ids=[blob], timeout=120)["missing"]
        took = time.perf_counter() - began
        assert not missing
        os.unlink(blobs.path(blob))
        return took

    def theirs() -> None:
        shell("scp", "-F", str(bed.config), str(source), f"box:{bed.folder}/copied")

    figure = Figure("200 MB up", bed.rtt_ms, against="scp", aim="throughput ≥ 0.8: ≤ 1.25")
    in_turn(figure, ours, theirs, runs)
    link.close()
    return figure


def bulk_down(bed: Bed, runs: int) -> Figure:
    """200 MB that do not compress, down, as an output of a run."""
    blobs = BlobStore(str(bed.folder / "blobs"))
    write = f"import os\nopen(os.environ['JUPYTER_MLX_OUTPUTS'] + '/big', 'wb').write(os.urandom({BULK}))"
    capture = captured(notebook(bed.folder / "big" / "n.ipynb", write), bed.machine(), blobs)
    link = bed.link()
    spec = spec_of(capture)
    link.submit(spec, blobs, capture.blob_ids, set())
    while not link.status(spec["id"]).get("exit"):
        time.sleep(0.2)
    big = bed.root / "runs" / spec["id"] / "outputs" / "big"

    def ours() -> None:
        with open(bed.folder / "got", "wb") as out:
            out.writelines(link.read(spec["id"], "outputs", "big"))

    def theirs() -> None:
        shell("scp", "-F", str(bed.config), f"box:{big}", str(bed.folder / "got"))

    figure = Figure("200 MB down", bed.rtt_ms, against="scp", aim="throughput ≥ 0.8: ≤ 1.25")
    in_turn(figure, ours, theirs, runs)
    link.close()
    return figure


def trivial_notebook(bed: Bed, runs: int) -> Figure:
    """The whole command line, from enter to the last output shown, against the same on the machine itself."""
    nb = notebook(bed.folder / "trivial" / "n.ipynb", "print(6 * 7)")
    machine = bed.machine()
    cli = [sys.executable, "-m", "jupyter_mlx.cli.main"]
    with contextlib.suppress(subprocess.CalledProcessError):
        shell(*cli, "machines", "remove", f"box{bed.port}")
    shell(
        *[*cli, "machines", "add", f"box{bed.port}", "--host", str(machine.host), "--port", str(bed.port)],
        *["--user", str(machine.user), "--identity-file", str(machine.identity_file), "--root", str(bed.root)],
    )
    run = [*cli, "run", str(nb), "--on", f"box{bed.port}", "--env", f"existing:{sys.executable}"]
    execute = shutil.which("jupyter", path=str(Path(sys.executable).parent)) or "jupyter"
    figure = Figure("trivial notebook, run → last output shown", bed.rtt_ms, aim="≤ 1.1")
    figure.against = "jupyter execute on the machine"
    return in_turn(figure, lambda: shell(*run), lambda: shell(execute, "execute", str(nb)), runs)


def cells_in_a_row(bed: Bed, runs: int) -> Figure:
    """100 trivial cells, per cell, in the kernel host against nbclient in one process."""
    sources = [f"x = {n}; print(x)" for n in range(100)]
    nb = notebook(bed.folder / "hundred" / "n.ipynb", *sources)
    blobs = BlobStore(str(bed.folder / "blobs"))
    capture = captured(nb, bed.machine(), blobs)
    link = bed.link()

    def ours() -> float:
        spec = spec_of(capture)
        link.submit(spec, blobs, capture.blob_ids, set())
        while not link.status(spec["id"]).get("exit"):
            time.sleep(0.1)
        events = Decoder().feed((bed.root / "runs" / spec["id"] / "journal").read_bytes())
        times = [i.event["t"] for i in events if isinstance(i, Record) and i.event["type"] == "cell"]
        return (times[-1] - times[0]) / 100

    script = (
        "import json, sys, time, nbformat\nfrom nbclient import NotebookClient\n"
        f"client = NotebookClient(nbformat.read({str(nb)!r}, 4))\nmarks = []\n"
        "client.on_cell_start = client.on_cell_executed = lambda **_: marks.append(time.time())\n"
        "client.execute()\nprint((marks[-1] - marks[0]) / 100)"
    )

    def theirs() -> float:
        return float(subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout)

    figure = Figure("100 trivial cells, per cell", bed.rtt_ms, against="nbclient in process", aim="≤ 1.1")
    in_turn(figure, ours, theirs, runs)
    link.close()
    return figure


def log_line(bed: Bed, lines: int) -> Figure:
    """A line written on the machine until it is here: p95 of many, against ``tail -F``."""
    blobs = BlobStore(str(bed.folder / "blobs"))
    nb = notebook(bed.folder / "sleep" / "n.ipynb", "import time; time.sleep(600)")
    capture = captured(nb, bed.machine(), blobs)
    link = bed.link()
    spec = spec_of(capture)
    link.submit(spec, blobs, capture.blob_ids, set())
    path = bed.root / "runs" / spec["id"] / "journal"
    while b'"state":"running"' not in (path.read_bytes() if path.exists() else b""):
        time.sleep(0.1)
    figure = Figure("log line written → in the client, p95", bed.rtt_ms, against="ssh host tail -F", aim="≤ 1.2")
    ours, theirs = _our_lines(link, spec["id"], path, lines), _their_lines(bed, lines)
    figure.ours, figure.theirs = [_p95(ours)], [_p95(theirs)]
    link.send_inbox(spec["id"], {"type": "cancel", "intent": "bench"})
    link.close()
    return figure


def _our_lines(link: object, run_id: str, path: Path, lines: int) -> list[float]:
    took: list[float] = []
    stop, decoder = threading.Event(), Decoder()

    def sink(_: int, data: bytes) -> None:
        now = time.time()
        events = [item.event for item in decoder.feed(data) if isinstance(item, Record)]
        took.extend(now - float(event["t"]) for event in events if event.get("source") == "bench")

    follower = threading.Thread(target=lambda: link.follow(run_id, 0, sink, stop))  # type: ignore[attr-defined]
    follower.start()
    journal = Journal(str(path))
    time.sleep(1)
    for _ in range(lines):
        journal.append({"type": "log", "source": "bench", "text": "x" * 60, "t": time.time()})
        time.sleep(0.03)
    time.sleep(1)
    stop.set()
    follower.join()
    journal.close()
    assert len(took) == lines
    return took


def _their_lines(bed: Bed, lines: int) -> list[float]:
    path = bed.folder / "tailed"
    path.write_text("")
    tail = subprocess.Popen(bed.ssh("tail", "-n0", "-F", str(path), master=True), stdout=subprocess.PIPE, text=True)
    took: list[float] = []

    def read() -> None:
        assert tail.stdout
        took.extend(time.time() - float(line.split()[0]) for line in tail.stdout)

    reader = threading.Thread(target=read)
    reader.start()
    time.sleep(1)
    with open(path, "a", buffering=1) as out:
        for _ in range(lines):
            out.write(f"{time.time()!r} {'x' * 60}\n")
            time.sleep(0.03)
    time.sleep(1)
    tail.kill()
    tail.wait()
    reader.join()
    assert len(took) == lines
    return took


def _p95(values: list[float]) -> float:
    return sorted(values)[int(0.95 * (len(values) - 1))]


def memory(bed: Bed) -> list[Figure]:
    """Resident memory: supervisor and kernel host of a run; what one more idle link costs the client."""
    blobs = BlobStore(str(bed.folder / "blobs"))
    capture = captured(notebook(bed.folder / "idle" / "n.ipynb", "import time; time.sleep(600)"), bed.machine(), blobs)
    link = bed.link()
    spec = spec_of(capture)
    link.submit(spec, blobs, capture.blob_ids, set())
    folder = bed.root / "runs" / spec["id"]
    while not (folder / "kernel.json").exists():
        time.sleep(0.1)
    time.sleep(5)
    supervisor = json.loads((folder / "supervisor.json").read_text())["pid"]
    kernel = json.loads((folder / "kernel.json").read_text())["pid"]
    host = int(Path(f"/proc/{kernel}/stat").read_text().rpartition(")")[2].split()[1])
    both = Figure("memory of supervisor + kernel host", bed.rtt_ms, unit="MB", aim="≤ 60 MB")
    both.ours = [(_rss(supervisor) + _rss(host)) / 1e6]
    before = _rss(os.getpid())
    idle = [bed.link() for _ in range(20)]
    time.sleep(2)
    each = Figure("client memory per idle machine", bed.rtt_ms, unit="MB", aim="≤ 1 MB")
    each.ours = [(_rss(os.getpid()) - before) / 20 / 1e6]
    for one in idle:
        one.close()
    link.send_inbox(spec["id"], {"type": "cancel", "intent": "bench"})
    link.close()
    return [both, each]


def _rss(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0
