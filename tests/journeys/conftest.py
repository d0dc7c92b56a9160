"""The beds of the journeys: every story runs over `local`, paramiko and OpenSSH unless it says otherwise."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.fixtures import Laptop, SshdFactory

from .bed import Bed

BedFactory = Callable[..., Bed]
KINDS = ("local", "ssh", "openssh")


@pytest.fixture
def make_bed(laptop: Laptop, sshd: SshdFactory, tmp_path: Path) -> Iterator[BedFactory]:
    """``make_bed("ssh", port=…, root=…, **sshd options)``: a bed over a transport; closed at the end of the test."""
    beds: list[Bed] = []

    def make(kind: str, *, port: int | None = None, root: Path | None = None, **options: str) -> Bed:
        project = tmp_path / "project"
        project.mkdir(exist_ok=True)
        env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
        env.pop("JUPYTER_MLX_KEEPER", None)  # what stays behind is part of these stories
        env["PYTHONPATH"] = str(Path(__file__).resolve().parents[2])
        if kind == "local":
            here = Path(env["JUPYTER_DATA_DIR"]) / "jupyter_mlx" / "local"
            beds.append(Bed("local", project, here, env))
            return beds[-1]
        server = sshd(**options)
        place = root or tmp_path / "machine root"
        beds.append(Bed("box", project, place, env, server))
        beds[-1].json("machines", "add", "box", *_address(server, port), "--root", place, "--transport", kind)
        with laptop.known_hosts.open("a") as out:
            out.write(server.known_hosts_line(server._kinds[0], f"[{server.host}]:{port or server.port}") + "\n")
        return beds[-1]

    yield make
    for bed in beds:
        bed.close()


def _address(server: object, port: int | None) -> list[str]:
    machine = server.machine()  # type: ignore[attr-defined]
    fields = {"--host": machine.host, "--user": machine.user, "--port": port or machine.port}
    fields["--identity-file"] = machine.identity_file
    return [str(part) for name, value in fields.items() if value for part in (name, value)]


@pytest.fixture(params=KINDS)
def bed(request: pytest.FixtureRequest, make_bed: BedFactory) -> Bed:
    """A bed over each transport in turn."""
    return make_bed(request.param)


@pytest.fixture
def ssh_bed(make_bed: BedFactory) -> Bed:
    """A bed over paramiko."""
    return make_bed("ssh")
