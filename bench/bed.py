"""A laptop and a machine for the figures: a real sshd, a relay for the round trip, plain ssh."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jupyter_mlx.link.connect import connect
from jupyter_mlx.link.link import Link
from jupyter_mlx.models import Machine
from jupyter_mlx.transport import make_transport
from jupyter_mlx.transport.pipe import Unattended
from tests.support.sshd import Sshd

_REPOSITORY = Path(__file__).resolve().parent.parent


@dataclass
class Bed:
    """One machine at one round trip."""

    folder: Path
    server: Sshd
    port: int
    rtt_ms: float
    root: Path

    def machine(self, transport: str = "ssh") -> Machine:
        """The machine as ours."""
        made = self.server.machine("box", transport, self.port)
        return Machine(**{**made.__dict__, "root": str(self.root)})

    def link(self, transport: str = "ssh") -> Link:
        """A new link."""
        machine = self.machine(transport)
        return connect(machine, make_transport(machine, Unattended()))

    def ssh(self, *command: str, master: bool) -> list[str]:
        """The argv of a user's ``ssh host command``."""
        control = ["-o", f"ControlPath={self.folder}/cm-%C", "-o", "ControlMaster=auto", "-o", "ControlPersist=60"]
        return ["ssh", "-F", str(self.config), *(control if master else []), "box", *command]

    @property
    def config(self) -> Path:
        """An ssh_config of this bed."""
        path = self.folder / f"config-{self.port}"
        if not path.exists():
            known = self.folder / f"known-{self.port}"
            known.write_text(self.server.known_hosts_line(name=f"[{self.server.host}]:{self.port}") + "\n")
            path.write_text(self.server.ssh_config("box", self.port, UserKnownHostsFile=str(known)))
        return path


@contextlib.contextmanager
def beds(round_trips_ms: list[float]) -> Iterator[list[Bed]]:
    """One bed a round trip, all to the same server; the environment is a laptop of its own."""
    folder = Path(tempfile.mkdtemp(prefix="mlx-bench-"))
    home = folder / "home"
    (home / ".ssh").mkdir(parents=True, mode=0o700)
    os.environ.update(HOME=str(home), JUPYTER_DATA_DIR=str(home / "data"), JUPYTER_CONFIG_DIR=str(home / "config"))
    os.environ.pop("SSH_AUTH_SOCK", None)
    (folder / "sshd").mkdir()
    server = Sshd(folder / "sshd", options={"Subsystem": "sftp internal-sftp"})
    relays: list[subprocess.Popen[str]] = []
    made = []
    try:
        for rtt in round_trips_ms:
            port = server.port
            if rtt:
                argv = [sys.executable, "-m", "tests.support.relay", "127.0.0.1", str(server.port)]
                relay = subprocess.Popen(
                    [*argv, "--delay-ms", str(rtt / 2)],
                    cwd=_REPOSITORY,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
                relays.append(relay)
                assert relay.stdout
                port = int(relay.stdout.readline())
            with (home / ".ssh" / "known_hosts").open("a") as out:
                out.write(server.known_hosts_line(name=f"[{server.host}]:{port}") + "\n")
            made.append(Bed(folder, server, port, rtt, folder / "root"))
        yield made
    finally:
        for relay in relays:
            relay.kill()
            relay.wait()
            if relay.stdin and relay.stdout:
                relay.stdin.close()
                relay.stdout.close()
        server.close()
        shutil.rmtree(folder, ignore_errors=True)
