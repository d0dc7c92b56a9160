"""The test bed itself: does the server serve, does the relay do what it says."""

from __future__ import annotations

import socket
import subprocess
import time
from pathlib import Path

import pytest

from tests.support.fixtures import Laptop, RelayFactory, SshdFactory
from tests.support.sshd import IS_ROOT, Sshd


def ssh(server: Sshd, command: str, *options: str, port: int | None = None) -> subprocess.CompletedProcess[str]:
    argv = ["ssh", "-F", "none", "-i", str(server.user_key), "-p", str(port or server.port)]
    argv += [
        f"-oUserKnownHostsFile={server.known_hosts}",
        "-oBatchMode=yes",
        f"-oHostKeyAlias=[127.0.0.1]:{server.port}",
    ]
    return subprocess.run(
        [*argv, *options, f"{server.user}@{server.host}", command],
        capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def test_runs_commands_in_its_own_home(sshd: SshdFactory) -> None:
    server = sshd()
    done = ssh(server, "echo $HOME; pwd")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[0] == str(server.home)
    assert "Accepted publickey" in server.log()


def test_bashrc_of_that_home_is_read(sshd: SshdFactory) -> None:
    server = sshd()
    (server.home / ".bashrc").write_text("echo noise\n")
    if "bash" not in ssh(server, "echo $0").stdout:
        pytest.skip("the account's shell is not bash")
    assert ssh(server, "echo real").stdout == "noise\nreal\n"


def test_swapped_key_is_refused(sshd: SshdFactory) -> None:
    server = sshd()
    old = server.fingerprint()
    server.swap_host_keys()
    server.restart()
    assert server.fingerprint() != old
    assert "HAS CHANGED" in ssh(server, "true").stderr


def test_kill_sessions_ends_them(sshd: SshdFactory) -> None:
    server = sshd()
    argv = ["ssh", "-F", "none", "-i", str(server.user_key), "-p", str(server.port), f"{server.user}@{server.host}"]
    argv += [f"-oUserKnownHostsFile={server.known_hosts}", "echo up; sleep 60"]
    client = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert client.stdout and client.stdout.readline() == b"up\n"
    assert server.kill_sessions() >= 1
    assert client.wait(20) == 255
    client.stdout.close()
    assert ssh(server, "true").returncode == 0


@pytest.mark.skipif(not IS_ROOT, reason="only root can add accounts")
@pytest.mark.parametrize("shell", ["/usr/bin/fish", "/bin/csh", "/bin/sh"])
def test_accounts_with_other_shells(sshd: SshdFactory, shell: str) -> None:
    if not Path(shell).exists():
        pytest.skip(f"{shell} is not installed")
    server = sshd()
    name = server.add_user(shell)
    done = ssh(server, "echo $HOME", "-l", name)
    assert done.stdout.strip() == str(server.folder / "users" / name), done.stderr + server.log()


class Echo:
    """A TCP server that sends back what it gets, one thread a connection."""

    def __init__(self) -> None:
        import threading

        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        import threading

        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            try:
                while data := client.recv(65536):
                    client.sendall(data)
            except OSError:
                pass


@pytest.fixture
def echo() -> Echo:
    return Echo()


def exactly(sock: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count and (chunk := sock.recv(count - len(data))):
        data += chunk
    return data


def test_relay_delays_each_way(echo: Echo, relay: RelayFactory) -> None:
    bad = relay(echo.port, delay_ms=60)
    with socket.create_connection((bad.host, bad.port), 20) as client:
        start = time.monotonic()
        client.sendall(b"x" * 1000)
        assert exactly(client, 1000) == b"x" * 1000
        assert time.monotonic() - start >= 0.12  # a lower bound holds on any machine


def test_relay_cuts_at_the_exact_byte(echo: Echo, relay: RelayFactory) -> None:
    bad = relay(echo.port)
    bad.cut_after(1234, "up")
    with socket.create_connection((bad.host, bad.port), 20) as client:
        client.sendall(b"y" * 5000)
        with pytest.raises(ConnectionResetError):
            exactly(client, 5000)
    assert bad.forwarded["up"] == 1234
    with socket.create_connection((bad.host, bad.port), 20) as client:
        client.sendall(b"again")
        assert exactly(client, 5) == b"again"


def test_relay_freezes_silently_and_heals_without_loss(echo: Echo, relay: RelayFactory) -> None:
    bad = relay(echo.port)
    with socket.create_connection((bad.host, bad.port), 20) as client:
        client.sendall(b"before")
        assert exactly(client, 6) == b"before"
        bad.freeze()
        client.sendall(b"during")
        client.settimeout(0.3)
        with pytest.raises(TimeoutError):
            client.recv(1)
        bad.heal()
        client.settimeout(20)
        assert exactly(client, 6) == b"during"


def test_relay_resets_refuses_and_heals(echo: Echo, relay: RelayFactory) -> None:
    bad = relay(echo.port)
    with socket.create_connection((bad.host, bad.port), 20) as client:
        client.sendall(b"1")
        exactly(client, 1)
        assert bad.reset() == 1
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    bad.refuse()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((bad.host, bad.port), 20)
    bad.heal()
    with socket.create_connection((bad.host, bad.port), 20) as client:
        client.sendall(b"2")
        assert exactly(client, 1) == b"2"


def test_laptop_is_isolated(laptop: Laptop, sshd: SshdFactory) -> None:
    server = sshd()
    assert laptop.add_host(server, "box") == "box"
    done = subprocess.run(["ssh", "-F", str(laptop.ssh_config), "box", "echo hi"], capture_output=True, text=True)
    assert done.stdout == "hi\n", done.stderr
