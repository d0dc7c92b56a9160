"""Ctrl-C at every stage: what was sent goes on, the person is told, a second one asks to stop; never a traceback."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from .bed import Bed, until

ENV = ("--env", f"existing:{sys.executable}")
TICKS = "import time\nfor n in range(6000): print('tick', n, flush=True); time.sleep(0.1)"


class Typed:
    """A command at work: what it printed so far, and Ctrl-C for it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.text = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.text += line

    def sees(self, text: str) -> None:
        until(lambda: text in self.text or self.process.poll() is not None, text)
        assert text in self.text

    def ctrl_c(self) -> None:
        os.killpg(self.process.pid, signal.SIGINT)

    def left(self) -> str:
        """What it printed, once it ended as a program left by Ctrl-C does."""
        code = self.process.wait(30)
        self._reader.join(10)
        assert "Traceback" not in self.text
        assert code == 130, self.text
        return self.text


def test_once_leaves_and_twice_stops(bed: Bed) -> None:
    followed = Typed(bed.start("run", bed.notebook(TICKS), "--on", bed.name, *ENV))
    followed.sees("tick 3")
    followed.ctrl_c()
    assert "Detached from #1; it goes on on" in followed.left()
    assert "jupyter mlx attach 1" in followed.text
    assert bed.show("1")["state"] == "running"

    reading = Typed(bed.start("logs", "1", "-f"))
    reading.sees("tick 3")
    reading.ctrl_c()
    assert "stop" not in reading.left()
    assert bed.show("1")["state"] == "running"

    again = Typed(bed.start("attach", "1"))
    again.sees("tick 3")
    again.ctrl_c()
    again.sees("Ctrl-C again")
    again.ctrl_c()
    assert "#1: stop delivered" in again.left()
    until(lambda: bed.show("1")["state"] == "cancelled", "the stop")


@pytest.fixture
def mute(ssh_bed: Bed) -> Iterator[Bed]:
    """A machine that takes connections and says nothing: a submit to it stays under way."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ssh_bed.json("machines", "edit", ssh_bed.name, "--port", listener.getsockname()[1])
        yield ssh_bed


@pytest.mark.parametrize("verb", ["run", "rerun"])
def test_while_it_is_sent(mute: Bed, verb: str) -> None:
    bed = mute
    if verb == "rerun":
        first = bed.json("run", bed.notebook("1"), *ENV, "--detach")
        bed.json("stop", first["id"], "--wait") if bed.show(first["id"])["state"] == "running" else None
    argv = ("run", bed.notebook("1"), "--on", bed.name, *ENV) if verb == "run" else ("rerun", "1", "--on", bed.name)
    number = 1 + (verb == "rerun")
    sending = Typed(bed.start(*argv, "--detach", "--json"))
    until(lambda: len(bed.cli("runs", "--offline", "--json").stdout.splitlines()) == number, "the run to be stored")
    sending.ctrl_c()
    assert f"Detached from #{number}; it is sent without you to box" in sending.left()
    run = json.loads(next(line for line in sending.text.splitlines() if line.startswith("{")))
    assert (run["number"], run["state"]) == (number, "queued")

    sending = Typed(bed.start(*argv))
    number += 1
    until(lambda: len(bed.cli("runs", "--offline", "--json").stdout.splitlines()) == number, "the run to be stored")
    sending.ctrl_c()
    sending.sees("Ctrl-C again")
    sending.ctrl_c()
    assert f"#{number}: stopped before it was sent" in sending.left()
    assert bed.json("show", number, "--offline")["state"] == "cancelled"
    bed.json("stop", number - 1)  # the keeper has nothing left to do


def test_while_nothing_was_stored_yet(bed: Bed) -> None:
    notebook = bed.notebook("1")
    for after_s in (0.05, 0.1, 0.2, 0.3):
        process = bed.start("run", notebook, *ENV, "--dry-run")
        threading.Event().wait(after_s)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        text = process.communicate(timeout=30)[0]
        # Before Python has read the first of our lines the interrupt is Python's own.
        assert process.returncode in (0, 130, -signal.SIGINT)
        assert "jupyter_mlx/cli/arguments" not in text
    assert bed.cli("runs", "--json").stdout == ""
