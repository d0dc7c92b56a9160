"""The journey over a real sshd and a bad network, by both SSH transports."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_mlx.errors import AccessError, HostKeyError
from jupyter_mlx.models import Machine, RunState
from tests.support.fixtures import Laptop, RelayFactory, SshdFactory
from tests.support.relay import Relay
from tests.support.sshd import Sshd

from .bed import Bed, Heard, eventually

SLOW = "import time\nfor i in range(40):\n    print(i, flush=True)\n    time.sleep(0.1)"
ALL = "".join(f"{i}\n" for i in range(40))


class Far(Bed):
    """A bed with machine ``box`` behind a relay."""

    def __init__(self, laptop: Laptop, server: Sshd, relay: Relay, transport: str) -> None:
        super().__init__(laptop.home / "bed")
        self.server = server
        self.relay = relay
        with laptop.known_hosts.open("a") as out:
            out.write(server.known_hosts_line(name=f"[{server.host}]:{relay.port}"))
        self.workbench.machines.add(
            "box",
            host=server.host,
            port=relay.port,
            user=server.user,
            identity_file=str(server.user_key),
            transport=transport,
        )

    @property
    def box(self) -> Machine:
        return self.workbench.machines.find("box")

    def there(self, run_id: str) -> Path:
        return self.server.home / ".jupyter_mlx" / "runs" / run_id


@pytest.fixture(params=["ssh", "openssh"])
def far(request: pytest.FixtureRequest, laptop: Laptop, sshd: SshdFactory, relay: RelayFactory) -> Iterator[Far]:
    server = sshd()
    made = Far(laptop, server, relay(server.port), request.param)
    yield made
    made.close()


def test_cuts_and_refusals_lose_nothing(far: Far) -> None:
    heard = Heard()
    run = far.submit(SLOW, machine=far.box)
    assert run.state is RunState.PREPARING
    thread = threading.Thread(target=far.follow, args=(run.id, heard))
    thread.start()
    eventually(lambda: len(heard.events("stream")) >= 3)
    far.relay.reset()
    eventually(lambda: len(heard.events("stream")) >= 15)
    far.relay.refuse()
    far.relay.reset()
    eventually(lambda: far.workbench.store.machine_status("box").unreachable_since)
    assert far.run(run.id).state is RunState.RUNNING
    far.relay.heal()
    thread.join()
    assert far.run(run.id).state is RunState.SUCCEEDED
    assert heard.text == ALL
    assert heard.seqs == list(range(1, len(heard.seqs) + 1))
    assert far.mirror(run) == (far.there(run.id) / "journal").read_bytes()


def test_queued_until_the_machine_is_back(far: Far) -> None:
    far.relay.refuse()
    run = far.submit("print('late')", machine=far.box)
    assert run.state is RunState.QUEUED
    assert run.reason
    far.relay.heal()
    assert far.ended(run.id).state is RunState.SUCCEEDED
    assert [path.name for path in far.there(run.id).parent.iterdir()] == [run.id]


def test_a_swapped_host_key_stops_everything(far: Far) -> None:
    run = far.submit("import time; time.sleep(300)", machine=far.box)
    thread_error: list[Exception] = []

    def follow() -> None:
        try:
            far.follow(run.id)
        except HostKeyError as error:
            thread_error.append(error)

    thread = threading.Thread(target=follow)
    thread.start()
    eventually(lambda: far.run(run.id).started)
    far.server.swap_host_keys()
    far.server.restart()
    far.relay.reset()
    thread.join()
    assert isinstance(thread_error[0], HostKeyError)
    assert not far.run(run.id).state.final
    assert isinstance(far.dispatcher.sync(30)["box"], HostKeyError)
    with pytest.raises(HostKeyError):
        far.dispatcher.stop(run.id)
    assert far.run(run.id).cancel_requested is not None
    os.kill(json.loads((far.there(run.id) / "supervisor.json").read_text())["pid"], signal.SIGTERM)


def test_a_refused_login_is_told_and_not_repeated(far: Far) -> None:
    far.server.authorized_keys.write_text("")
    with pytest.raises(AccessError):
        far.submit("1", machine=far.box)
    (run,) = far.workbench.store.runs()
    assert run.state is RunState.FAILED
    assert far.relay.connections == 1


@pytest.mark.parametrize("count", [0, 2_000, 20_000, 100_000, 200_000, 400_000])
def test_cut_anywhere_on_the_way_there_is_one_run(
    laptop: Laptop, sshd: SshdFactory, relay: RelayFactory, count: int
) -> None:
    server = sshd()
    far = Far(laptop, server, relay(server.port), "ssh")
    far.relay.cut_after(count)
    captured = far.capture("print('once')", machine=far.box)
    run = far.dispatcher.submit(captured, far.box)
    far.relay.heal()
    assert far.ended(run.id).state is RunState.SUCCEEDED
    assert [path.name for path in far.there(run.id).parent.iterdir()] == [run.id]
    far.close()
