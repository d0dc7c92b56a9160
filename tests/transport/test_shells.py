"""Login shells of every kind: what a transport starts comes through; what they print is the caller's to skip."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_mlx.models import Machine
from jupyter_mlx.transport import Unattended, make_transport
from tests.contracts.transport import read_all
from tests.support.fixtures import Laptop, SshdFactory
from tests.support.sshd import IS_ROOT


@pytest.fixture(params=["ssh", "openssh"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.skipif(not IS_ROOT, reason="only root can make accounts")
@pytest.mark.parametrize("shell", ["/usr/bin/fish", "/bin/csh", "/bin/sh", "/bin/bash"])
def test_the_shell_runs_the_command(sshd: SshdFactory, laptop: Laptop, kind: str, shell: str) -> None:
    if not Path(shell).exists():
        pytest.skip(f"{shell} is not installed")
    server = sshd()
    laptop.add_host(server, User=server.add_user(shell))
    transport = make_transport(Machine(name="box", transport=kind), Unattended())
    pipe = transport.open("exec /bin/sh -c 'echo \"$HOME\"; cat; exit 3'")
    pipe.send(b"data")
    assert pipe.receive(1000).decode().strip().startswith(str(server.folder / "users"))
    pipe.close()
    transport.close()


@pytest.mark.skipif(not IS_ROOT, reason="only root can make accounts")
@pytest.mark.parametrize("shell", ["/bin/false", "/usr/sbin/nologin"])
def test_an_account_without_a_shell_ends_with_a_status(
    sshd: SshdFactory, laptop: Laptop, kind: str, shell: str
) -> None:
    server = sshd()
    laptop.add_host(server, User=server.add_user(shell))
    transport = make_transport(Machine(name="box", transport=kind), Unattended())
    pipe = transport.open("echo in")
    assert b"in\n" not in read_all(pipe).splitlines(keepends=True)
    pipe.diagnosis()
    assert pipe.exit_status() == 1
    transport.close()


def test_a_shell_that_talks_first_is_passed_on_whole(sshd: SshdFactory, laptop: Laptop, kind: str) -> None:
    server = sshd()
    laptop.add_host(server)
    (server.home / ".bashrc").write_text("head -c 1000000 /dev/zero | tr '\\0' n; echo; echo noise >&2\n")
    transport = make_transport(Machine(name="box", transport=kind), Unattended())
    pipe = transport.open("echo $0; exit 3")
    data = read_all(pipe)
    pipe.diagnosis()
    assert pipe.exit_status() == 3
    if b"bash" not in data[-20:]:
        pytest.skip("the account's shell is not bash")
    assert data.startswith(b"n" * 1_000_000 + b"\n")
    assert "noise" in pipe.diagnosis()
    transport.close()


def test_a_shell_that_leaves_at_once_tells_its_status(sshd: SshdFactory, laptop: Laptop, kind: str) -> None:
    server = sshd()
    laptop.add_host(server)
    (server.home / ".bashrc").write_text("echo go away >&2; exit 44\n")
    transport = make_transport(Machine(name="box", transport=kind), Unattended())
    pipe = transport.open("echo in")
    if read_all(pipe) == b"in\n":
        pytest.skip("the account's shell is not bash")
    assert "go away" in pipe.diagnosis()
    assert pipe.exit_status() == 44
    transport.close()
