"""The link is cut in every way there is: the run goes on, and afterwards nothing is missing and nothing doubled."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fixtures import RelayFactory
from tests.support.relay import Relay

from .bed import Bed, until
from .conftest import BedFactory

LINES = 400
TALK = f"""
import sys, time
for n in range({LINES}):
    print('line', n, flush=True)
    time.sleep(0.02)
"""


@pytest.fixture(params=["ssh", "openssh"])
def cuttable(request: pytest.FixtureRequest, make_bed: BedFactory, relay: RelayFactory) -> tuple[Bed, Relay]:
    """A bed behind a relay that can be cut, over both ways of SSH."""
    from tests.support.sshd import free_port

    placeholder = free_port()
    bed = make_bed(request.param, port=placeholder)
    assert bed.server is not None
    road = relay(bed.server.port)
    bed.json("machines", "edit", bed.name, "--port", road.port)
    known = Path(bed.env["HOME"]) / ".ssh" / "known_hosts"
    with known.open("a") as out:
        out.write(bed.server.known_hosts_line(bed.server._kinds[0], f"[{bed.server.host}]:{road.port}") + "\n")
    return bed, road


def exact(bed: Bed, run_id: str) -> None:
    """The run ended well; every line is there once; the mirror is the journal."""
    ended = bed.ended(run_id)
    assert ended["state"] == "succeeded", ended["reason"]
    assert bed.cli("logs", run_id).stdout.splitlines() == [f"line {n}" for n in range(LINES)]
    assert bed.mirror(run_id) == bed.journal(run_id)


@contextlib.contextmanager
def following(bed: Bed, run_id: str) -> Iterator[list[str]]:
    """The command line attached, its lines gathered; the machine's output has begun to arrive."""
    process = bed.start("attach", run_id)
    lines: list[str] = []
    assert process.stdout is not None
    stdout = process.stdout
    reader = threading.Thread(target=lambda: lines.extend(iter(stdout.readline, "")), daemon=True)
    reader.start()
    until(lambda: any("line 5" in line for line in lines), "the first lines")
    yield lines
    assert process.wait(90) == 0, lines
    reader.join(10)
    assert [line for line in lines if line.startswith("line ")] == [f"line {n}\n" for n in range(LINES)]


def test_resets_in_mid_stream(cuttable: tuple[Bed, Relay]) -> None:
    bed, road = cuttable
    run_id = bed.submit(bed.notebook(TALK))
    with following(bed, run_id) as lines:
        for mark in (40, 120, 200):
            until(lambda mark=mark: any(f"line {mark}" in line for line in lines), f"line {mark}")
            assert road.reset() >= 1
    exact(bed, run_id)


def test_a_silent_cut_is_noticed_shown_and_never_a_verdict(cuttable: tuple[Bed, Relay]) -> None:
    bed, road = cuttable
    run_id = bed.submit(bed.notebook(TALK))
    with following(bed, run_id) as lines:
        road.freeze()
        until(lambda: any("unreachable since" in line for line in lines), "the notice", 20)
        shown = bed.json("show", run_id, "--offline")
        assert shown["unreachable_since"]
        assert shown["state"] == "running"
        machines = [json.loads(line) for line in bed.cli("machines", "--json").stdout.splitlines()]
        assert {m["name"]: bool(m["unreachable_since"]) for m in machines}[bed.name]
        road.heal()
        until(lambda: any("is back" in line for line in lines), "the return")
    exact(bed, run_id)
    assert bed.show(run_id)["unreachable_since"] is None


def test_sessions_and_agents_killed(cuttable: tuple[Bed, Relay]) -> None:
    bed, _ = cuttable
    assert bed.server is not None
    run_id = bed.submit(bed.notebook(TALK))
    with following(bed, run_id) as lines:
        assert bed.server.kill_sessions() >= 1
        until(lambda: any("line 150" in line for line in lines), "line 150")
        agents = [pid for pid in bed_agents(bed) if pid != os.getpid()]
        assert agents
        for pid in agents:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    exact(bed, run_id)


def bed_agents(bed: Bed) -> list[int]:
    """Processes that became an agent for this bed's root: children of sshd that hold the starter's command line."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                if (
                    b"exec(s)" in (folder / "cmdline").read_bytes()
                    and os.path.realpath(folder / "exe").find("python") >= 0
                ):
                    found.append(int(folder.name))
    return found


def test_the_client_killed_and_another_takes_over(bed: Bed) -> None:
    run_id = bed.submit(bed.notebook(TALK))
    for _ in range(3):
        process = bed.start("attach", run_id)
        assert process.stdout is not None
        until(lambda out=process.stdout: "line" in out.readline(), "a line")
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    exact(bed, run_id)


def test_two_terminals_follow_at_once_and_survive_each_other(bed: Bed) -> None:
    run_id = bed.submit(bed.notebook(TALK))
    leader = bed.start("attach", run_id)
    assert leader.stdout is not None
    until(lambda: "line" in (leader.stdout.readline() if leader.stdout else ""), "a line")
    with following(bed, run_id):
        os.killpg(leader.pid, signal.SIGKILL)
    exact(bed, run_id)
