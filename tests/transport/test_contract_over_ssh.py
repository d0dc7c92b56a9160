"""The transport contract over a real sshd, by paramiko and by the ssh binary, also through jump hosts."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest

from jupyter_mlx.models import Machine
from jupyter_mlx.transport import Transport, Unattended, make_transport
from tests.contracts.transport import TransportContract
from tests.support.fixtures import Laptop, SshdFactory


@pytest.fixture
def kind() -> str:
    return "ssh"


class TestSsh(TransportContract):
    """The contract over paramiko."""

    @pytest.fixture
    def transport(self, sshd: SshdFactory, laptop: Laptop, kind: str) -> Iterator[Transport]:
        server = sshd()
        laptop.add_host(server, "box")
        made = make_transport(
            dataclasses.replace(server.machine(), host=None, name="box", transport=kind), Unattended()
        )
        yield made
        made.close()


class TestOpenssh(TestSsh):
    """The contract over the ssh binary."""

    @pytest.fixture
    def kind(self) -> str:
        return "openssh"


class TestSshThroughAJump(TransportContract):
    """The contract over paramiko inside paramiko."""

    @pytest.fixture
    def transport(self, sshd: SshdFactory, laptop: Laptop, kind: str) -> Iterator[Transport]:
        jump, server = sshd(), sshd()
        laptop.add_host(jump, "jump")
        laptop.add_host(server, "box", ProxyJump="jump")
        made = make_transport(Machine(name="box", transport=kind), Unattended())
        yield made
        made.close()
