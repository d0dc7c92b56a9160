"""Fixtures for everybody: a real sshd, a bad network, an isolated laptop."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from .relay import Relay
from .sshd import SSHD, Sshd

SshdFactory = Callable[..., Sshd]
RelayFactory = Callable[..., Relay]


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[SshdFactory]:
    """Call it to start a server: ``sshd(MaxSessions="1", host_keys=("rsa",))``; all of them end with the test."""
    if not os.path.exists(SSHD) or not shutil.which("ssh-keygen"):
        pytest.skip("no OpenSSH server here (apt install openssh-server)")
    servers: list[Sshd] = []

    def start(*, host_keys: tuple[str, ...] = ("ed25519",), own_home: bool = True, **options: str) -> Sshd:
        folder = tmp_path / f"sshd{len(servers)}"
        folder.mkdir()
        servers.append(Sshd(folder, options=options, host_keys=host_keys, own_home=own_home))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def relay() -> Iterator[RelayFactory]:
    """Call it with a port to get a `Relay` in front of it: ``relay(server.port, delay_ms=25)``."""
    relays: list[Relay] = []

    def start(port: int, host: str = "127.0.0.1", *, delay_ms: float = 0, rate: float | None = None) -> Relay:
        relays.append(Relay(port, host, delay_ms=delay_ms, rate=rate))
        return relays[-1]

    yield start
    for one in relays:
        one.close()


@dataclass
class Laptop:
    """A home folder of its own, with ssh_config, known_hosts and Jupyter's folders, seen through the environment."""

    home: Path

    @property
    def ssh_config(self) -> Path:
        """The user's ssh_config."""
        return self.home / ".ssh" / "config"

    @property
    def known_hosts(self) -> Path:
        """The user's known_hosts."""
        return self.home / ".ssh" / "known_hosts"

    def add_host(self, server: Sshd, alias: str = "box", port: int | None = None, **extra: str) -> str:
        """Make a server known under an alias, as a user would have done, its key trusted; returns the alias."""
        with self.ssh_config.open("a") as out:
            out.write(server.ssh_config(alias, port, **{"UserKnownHostsFile": str(self.known_hosts), **extra}))
        with self.known_hosts.open("a") as out:
            out.write(server.known_hosts_line(server._kinds[0], f"[{server.host}]:{port or server.port}"))
        return alias


@pytest.fixture
def laptop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Laptop:
    """HOME, JUPYTER_DATA_DIR and JUPYTER_CONFIG_DIR in a fresh folder; no ssh agent."""
    home = tmp_path / "laptop"
    (home / ".ssh").mkdir(parents=True, mode=0o700)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(home / "data"))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(home / "config"))
    monkeypatch.setenv("JUPYTER_MLX_KEEPER", "off")  # no process outlives a test that does not ask for one
    for name in ("SSH_AUTH_SOCK", "SSH_ASKPASS", "DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    return Laptop(home)
