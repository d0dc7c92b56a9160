"""Output without end: all of it on disk, none of the processes that carry it grows."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

MIB = 1024  # KiB, as /proc counts


def peak(pid: int) -> int:
    """The most memory a process ever held, KiB; 0 once it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)


def flood(run, timeout: float = 100) -> tuple[int, int]:
    """Run to the end; the peaks of host and kernel in KiB."""
    process = run.start()
    kernel = run.kernel_pid()
    highest = [0, 0]
    end = time.monotonic() + timeout
    while process.poll() is None and time.monotonic() < end:
        highest = [max(highest[0], peak(process.pid)), max(highest[1], peak(kernel))]
        time.sleep(0.05)
    assert run.finish(1)["state"] == "succeeded"
    return highest[0], highest[1]


def test_an_idle_host_is_small(hosted) -> None:
    run = hosted(*(f"print({n})" for n in range(20)))
    host, _ = flood(run)
    assert host < 45 * MIB
    assert [run.text(n) for n in range(20)] == [f"{n}\n" for n in range(20)]


def test_a_line_of_50_mb_without_newline(hosted) -> None:
    run = hosted("print('x' * 50_000_000, end='')")
    host, _ = flood(run)
    assert run.text(0) == "x" * 50_000_000
    assert host < 100 * MIB
    assert max(len(event["text"]) for event in run.events("stream")) <= 64 << 10


def test_text_of_wide_characters_is_cut_between_them(hosted) -> None:
    text = "é😀\n" * 500_000
    run = hosted("print('é😀\\n' * 500_000, end='')")
    host, _ = flood(run)
    assert run.text(0) == text
    assert host < 100 * MIB
    assert max(len(event["text"].encode()) for event in run.events("stream")) <= 64 << 10


def test_50_mb_of_lines_from_the_cell(hosted) -> None:
    run = hosted("for _ in range(500_000): print('y' * 99)")
    host, kernel = flood(run)
    assert run.text(0) == ("y" * 99 + "\n") * 500_000
    assert host < 100 * MIB
    assert kernel < 200 * MIB


def test_50_mb_from_a_child_process(hosted) -> None:
    run = hosted("import subprocess\nsubprocess.run('yes | head -c 50000000', shell=True)")
    host, kernel = flood(run)
    assert run.text(0) == "y\n" * 25_000_000
    assert host < 100 * MIB
    assert kernel < 400 * MIB


def test_many_small_messages_are_all_there(hosted) -> None:
    """More than a kernel's queue holds, faster than they can be written: where others drop, this waits."""
    run = hosted(
        "for n in range(5000): print(n, flush=True)",
        "from IPython.display import display\nfor n in range(3000): display(n)",
    )
    host, _ = flood(run)
    assert run.text(0) == "".join(f"{n}\n" for n in range(5000))
    shown = [event["output"]["data"]["text/plain"] for event in run.events("output")]
    assert shown == [str(n) for n in range(3000)]
    assert host < 60 * MIB


def test_threads_that_print_at_once_lose_nothing(hosted) -> None:
    source = (
        "import threading\n"
        "def work(who):\n"
        "    for n in range(5000): print(f'{who}:{n}\\n', end='')\n"
        "threads = [threading.Thread(target=work, args=(who,)) for who in range(6)]\n"
        "[t.start() for t in threads]; _ = [t.join() for t in threads]"
    )
    run = hosted(source)
    flood(run)
    lines = run.text(0).split()
    for who in range(6):
        assert [line for line in lines if line.startswith(f"{who}:")] == [f"{who}:{n}" for n in range(5000)]


def test_bytes_that_are_no_text(hosted) -> None:
    run = hosted("import os\nos.write(1, bytes(range(256)) * 100 + b'\\xff\\xfe\\n')", "print('\\x00\\ud800\\x1b[31m')")
    flood(run)
    assert run.text(0).endswith("\ufffd\ufffd\n")
    assert run.text(0).count("A") == 100
    assert run.events("cell")[-1]["state"] == "succeeded"


def test_a_traceback_without_end_keeps_head_and_tail(hosted) -> None:
    run = hosted("raise ValueError('v' * 10_000_000)")
    process = run.start()
    process.wait(100)
    assert run.verdict()["ename"] == "ValueError"
    output = run.events("output")[0]["output"]
    assert output["evalue"].startswith("vvv")
    assert "characters left out" in output["evalue"]
    assert sum(map(len, output["traceback"])) < 300_000


@pytest.mark.skipif(os.cpu_count() == 1, reason="measures nothing on one core")
def test_metrics_of_a_flood_are_all_counted(hosted) -> None:
    run = hosted("for n in range(20_000): print('{\"n\": %d}' % n)\nprint('text {' * 100_000)")
    flood(run)
    assert [event["values"]["n"] for event in run.events("metric")] == list(range(20_000))
