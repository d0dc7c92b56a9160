"""Keys of a running ssh-agent, which are shown and which are not; and that no agent ever reaches a machine."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_mlx.errors import AccessError
from jupyter_mlx.models import Machine
from jupyter_mlx.transport import Transport, Unattended, make_transport
from tests.contracts.transport import read_all
from tests.support.fixtures import Laptop, SshdFactory
from tests.support.prompts import Person
from tests.support.sshd import make_key

pytestmark = pytest.mark.skipif(shutil.which("ssh-agent") is None, reason="no ssh-agent here")


class Agent:
    """A real ssh-agent on a socket of the test's."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "agent.sock"
        self._process = subprocess.Popen(["ssh-agent", "-D", "-a", str(self.path)], stdout=subprocess.DEVNULL)
        for _ in range(200):
            if self.path.exists():
                return
            threading.Event().wait(0.02)
        raise RuntimeError("ssh-agent did not start")

    def add(self, key: Path) -> None:
        env = {**os.environ, "SSH_AUTH_SOCK": str(self.path)}
        subprocess.run(["ssh-add", "-q", str(key)], check=True, env=env, capture_output=True)

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


@pytest.fixture
def agent(tmp_path_factory: pytest.TempPathFactory, laptop: Laptop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Agent]:
    made = Agent(tmp_path_factory.mktemp("a"))
    monkeypatch.setenv("SSH_AUTH_SOCK", str(made.path))
    yield made
    made.close()


def says(transport: Transport, command: str) -> bytes:
    pipe = transport.open(command)
    data = read_all(pipe)
    pipe.close()
    transport.close()
    return data


def box(prompts: object = None, kind: str = "ssh") -> Transport:
    return make_transport(Machine(name="box", transport=kind), prompts or Unattended())  # type: ignore[arg-type]


@pytest.mark.parametrize("key_type", ["ed25519", "rsa", "ecdsa"])
def test_a_key_of_the_agent(sshd: SshdFactory, laptop: Laptop, agent: Agent, key_type: str) -> None:
    server = sshd()
    key = make_key(laptop.home / "only-in-agent", key_type)
    server.authorized_keys.write_text(Path(f"{key}.pub").read_text())
    agent.add(key)
    key.unlink()
    laptop.add_host(server, IdentitiesOnly="no", IdentityFile="none")
    assert says(box(), "echo in") == b"in\n"


def test_identities_only_keeps_other_keys_of_the_agent_unseen(sshd: SshdFactory, laptop: Laptop, agent: Agent) -> None:
    server = sshd()
    key = make_key(laptop.home / "stranger")
    agent.add(key)
    server.authorized_keys.write_text(Path(f"{key}.pub").read_text())
    laptop.add_host(server)  # IdentitiesOnly yes, with the server's own key
    with pytest.raises(AccessError):
        box().open("true")
    assert server.log().count("Failed publickey") == 1


def test_a_public_half_points_into_the_agent(sshd: SshdFactory, laptop: Laptop, agent: Agent) -> None:
    server = sshd()
    key = make_key(laptop.home / "card")
    agent.add(key)
    key.unlink()
    server.authorized_keys.write_text(Path(f"{key}.pub").read_text())
    laptop.add_host(server, IdentityFile=f"{key}.pub")
    assert says(box(), "echo in") == b"in\n"


def test_a_locked_key_in_the_agent_asks_nobody(sshd: SshdFactory, laptop: Laptop, agent: Agent) -> None:
    server = sshd()
    key = make_key(laptop.home / "locked")
    agent.add(key)
    subprocess.run(["ssh-keygen", "-q", "-p", "-N", "secret", "-f", str(key)], check=True, capture_output=True)
    server.authorized_keys.write_text(Path(f"{key}.pub").read_text())
    laptop.add_host(server, IdentityFile=str(key))
    person = Person()
    assert says(box(person), "echo in") == b"in\n"
    assert person.asked == []


def test_a_certificate_beside_a_key_of_the_agent(sshd: SshdFactory, laptop: Laptop, agent: Agent) -> None:
    authority = make_key(laptop.home / "ca")
    server = sshd(TrustedUserCAKeys=f"{authority}.pub")
    server.authorized_keys.write_text("")
    key = make_key(laptop.home / "certified")
    agent.add(key)
    argv = ["ssh-keygen", "-q", "-s", str(authority), "-I", "me", "-n", server.user, f"{key}.pub"]
    subprocess.run(argv, check=True, capture_output=True)
    laptop.add_host(server, IdentityFile=str(key))
    assert says(box(), "echo in") == b"in\n"


@pytest.mark.parametrize("key_type", ["ed25519", "rsa", "ecdsa"])
def test_an_agent_that_holds_a_certificate(sshd: SshdFactory, laptop: Laptop, agent: Agent, key_type: str) -> None:
    authority = make_key(laptop.home / "ca")
    server = sshd(TrustedUserCAKeys=f"{authority}.pub")
    server.authorized_keys.write_text("")
    key = make_key(laptop.home / "certified", key_type)
    argv = ["ssh-keygen", "-q", "-s", str(authority), "-I", "me", "-n", server.user, f"{key}.pub"]
    subprocess.run(argv, check=True, capture_output=True)
    agent.add(key)  # ssh-add takes the certificate along
    key.unlink()
    laptop.add_host(server, IdentitiesOnly="no", IdentityFile="none")
    assert says(box(), "echo in") == b"in\n"


@pytest.mark.parametrize("fault", ["stopped", "gone", "junk"])
def test_an_agent_that_does_not_answer_does_not_hold_up_a_key_file(
    sshd: SshdFactory, laptop: Laptop, agent: Agent, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jupyter_mlx.transport import ssh_agent

    monkeypatch.setattr(ssh_agent, "LIST_S", 0.5)
    if fault == "stopped":
        agent.signal(signal.SIGSTOP)
    elif fault == "gone":
        monkeypatch.setenv("SSH_AUTH_SOCK", str(laptop.home / "no.sock"))
    else:
        monkeypatch.setenv("SSH_AUTH_SOCK", babbling(laptop.home / "junk.sock"))
    server = sshd()
    laptop.add_host(server)
    assert says(box(), "echo in") == b"in\n"
    server.authorized_keys.write_text("")
    with pytest.raises(AccessError, match=r"ssh-agent at .* does not answer"):
        box().open("true")
    agent.signal(signal.SIGCONT)


def babbling(path: Path) -> str:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()

    def serve() -> None:
        for _ in range(2):
            client, _ = listener.accept()
            client.sendall(b"\xff" * 64)
            client.close()
        listener.close()

    threading.Thread(target=serve, daemon=True).start()
    return str(path)


@pytest.mark.parametrize("kind", ["ssh", "openssh"])
def test_nothing_is_ever_forwarded(sshd: SshdFactory, laptop: Laptop, agent: Agent, kind: str) -> None:
    server = sshd(X11Forwarding="yes", AllowAgentForwarding="yes")
    forwarded = socket.create_server(("127.0.0.1", 0))
    port = forwarded.getsockname()[1]
    forwarded.close()
    laptop.add_host(
        server,
        ForwardAgent="yes",
        ForwardX11="yes",
        ForwardX11Trusted="yes",
        LocalForward=f"{port} 127.0.0.1:1",
        LocalCommand=f"touch {laptop.home}/canary",
        PermitLocalCommand="yes",
        RemoteCommand="echo other",
        RequestTTY="force",
        ControlMaster="auto",
        ControlPath=f"{laptop.home}/master",
        ControlPersist="yes",
    )
    transport = box(kind=kind)
    pipe = transport.open("env; cat")
    pipe.send(b"MARK\n")
    seen = b""
    while b"MARK" not in seen:
        seen += pipe.receive(65536)
    assert b"SSH_AUTH_SOCK" not in seen
    assert b"DISPLAY" not in seen
    assert b"SSH_TTY" not in seen
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 5)
    assert not (laptop.home / "canary").exists()
    assert not (laptop.home / "master").exists()
    transport.close()
