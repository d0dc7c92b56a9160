"""ProxyJump and ProxyCommand: several hops, each checked; circles named; programs only at connect, and ended."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jupyter_mlx.errors import AccessError, HostKeyError, InputError, MachineError, UnreachableError
from jupyter_mlx.models import Machine
from jupyter_mlx.transport import Prompts, Transport, Unattended, make_transport
from jupyter_mlx.transport.resolve import resolve
from jupyter_mlx.transport.route import parse_hop, route_to
from tests.contracts.transport import read_all
from tests.support.fixtures import Laptop, SshdFactory
from tests.support.prompts import Person

Opener = Callable[..., Transport]


@pytest.fixture(params=["ssh", "openssh"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def to_box(kind: str, laptop: Laptop) -> Iterator[Opener]:
    made: list[Transport] = []

    def make(prompts: Prompts | None = None) -> Transport:
        made.append(make_transport(Machine(name="box", transport=kind), prompts or Unattended()))
        return made[-1]

    yield make
    for one in made:
        one.close()


def says(transport: Transport, command: str) -> bytes:
    pipe = transport.open(command)
    try:
        return read_all(pipe)
    finally:
        pipe.close()


def test_two_hops(sshd: SshdFactory, laptop: Laptop, to_box: Opener) -> None:
    first, second, target = sshd(), sshd(), sshd()
    laptop.add_host(first, "one")
    laptop.add_host(second, "two")
    laptop.add_host(target, "box", ProxyJump="one,two")
    assert says(to_box(), "echo $HOME").decode().strip() == str(target.home)
    for server in (first, second):
        assert "Accepted publickey" in server.log()
    # sshd's listening test came from here as well; the login came from the hop before
    assert "Accepted publickey" in target.log()


def test_hops_that_jump_themselves(sshd: SshdFactory, laptop: Laptop, to_box: Opener) -> None:
    first, second, target = sshd(), sshd(), sshd()
    laptop.add_host(first, "one")
    laptop.add_host(second, "two", ProxyJump="one")
    laptop.add_host(target, "box", ProxyJump="two")
    assert says(to_box(), "echo in") == b"in\n"
    assert "Accepted publickey" in first.log()


def test_a_hop_by_address(sshd: SshdFactory, laptop: Laptop, to_box: Opener) -> None:
    jump, target = sshd(), sshd()
    laptop.add_host(target, "box", ProxyJump=f"{jump.user}@{jump.host}:{jump.port}")
    with laptop.ssh_config.open("a") as out:
        out.write(f"Host *\n  IdentityFile {jump.user_key}\n  UserKnownHostsFile {laptop.known_hosts}\n")
    with laptop.known_hosts.open("a") as out:
        out.write(jump.known_hosts_line())
    assert says(to_box(), "echo in") == b"in\n"


def test_an_unknown_jump_host_is_asked_about_by_its_own_name(sshd: SshdFactory, laptop: Laptop, to_box: Opener) -> None:
    jump, target = sshd(), sshd()
    laptop.add_host(jump, "jump")
    laptop.add_host(target, "box", ProxyJump="jump")
    laptop.known_hosts.write_text("")
    with pytest.raises(HostKeyError, match=f"{jump.port}"):
        to_box().open("true")
    person = Person(trust=True)
    assert says(to_box(person), "echo in") == b"in\n"
    assert [one.fingerprint for one in person.questions] == [jump.fingerprint(), target.fingerprint()]
    assert says(to_box(), "echo in") == b"in\n"
    assert laptop.known_hosts.read_text() == ""


def test_a_changed_jump_host_stops(sshd: SshdFactory, laptop: Laptop, to_box: Opener) -> None:
    jump, target = sshd(), sshd()
    laptop.add_host(jump, "jump")
    laptop.add_host(target, "box", ProxyJump="jump")
    jump.swap_host_keys()
    jump.restart()
    with pytest.raises(HostKeyError):
        to_box(Person(trust=True)).open("true")
    assert "Accepted" not in jump.log() + target.log()


def test_a_jump_host_that_refuses_the_login(sshd: SshdFactory, laptop: Laptop, to_box: Opener) -> None:
    jump, target = sshd(), sshd()
    laptop.add_host(jump, "jump")
    laptop.add_host(target, "box", ProxyJump="jump")
    jump.authorized_keys.write_text("")
    with pytest.raises(AccessError, match="refused the login"):
        to_box().open("true")


def test_a_jump_host_that_forwards_nothing(sshd: SshdFactory, laptop: Laptop, to_box: Opener) -> None:
    jump, target = sshd(AllowTcpForwarding="no"), sshd()
    laptop.add_host(jump, "jump")
    laptop.add_host(target, "box", ProxyJump="jump")
    with pytest.raises(MachineError, match="does not forward") as caught:
        to_box().open("true")
    assert "AllowTcpForwarding" in (caught.value.hint or "")


def test_a_target_that_the_jump_host_cannot_reach(sshd: SshdFactory, laptop: Laptop, to_box: Opener) -> None:
    jump, target = sshd(), sshd()
    laptop.add_host(jump, "jump")
    laptop.add_host(target, "box", ProxyJump="jump")
    target.kill()
    with pytest.raises(UnreachableError, match=r"jump host .*cannot reach"):
        to_box().open("true")


def test_the_jump_host_dies_while_a_pipe_is_open(sshd: SshdFactory, laptop: Laptop, to_box: Opener) -> None:
    jump, target = sshd(), sshd()
    laptop.add_host(jump, "jump")
    laptop.add_host(target, "box", ProxyJump="jump")
    transport = to_box()
    pipe = transport.open("cat")
    pipe.send(b"x")
    assert pipe.receive(1) == b"x"
    jump.kill_sessions()
    with pytest.raises(UnreachableError):
        pipe.receive(1)
    assert says(transport, "echo again") == b"again\n"


# -- circles ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Host box\n  ProxyJump a,b,a\n",
        "Host box\n  ProxyJump a\nHost a\n  ProxyJump box\n",
        "Host box\n  ProxyJump a\nHost a\n  ProxyJump b\nHost b\n  ProxyJump a\n",
        "Host *\n  ProxyJump a\n",
        "Host box\n  ProxyJump box\n",
    ],
)
def test_a_circle_is_named(laptop: Laptop, text: str, to_box: Opener) -> None:
    laptop.ssh_config.write_text(text)
    with pytest.raises(InputError, match=r"ProxyJump goes in a circle: .*→") as caught:
        to_box().open("true")
    assert "Host * !bastion" in (caught.value.hint or "")


def test_a_jump_for_all_but_itself_is_no_circle(laptop: Laptop) -> None:
    laptop.ssh_config.write_text("Host * !a\n  ProxyJump a\n")
    assert [hop.alias for hop in route_to(resolve("box"))] == ["a", "box"]


def test_only_the_first_of_a_list_follows_its_own_jump(laptop: Laptop) -> None:
    laptop.ssh_config.write_text("Host box\n  ProxyJump a,b\nHost a\n  ProxyJump c\nHost b\n  ProxyJump d\n")
    assert [hop.alias for hop in route_to(resolve("box"))] == ["c", "a", "b", "box"]


@pytest.mark.parametrize(
    ("text", "user", "host", "port"),
    [
        ("h", None, "h", 22),
        ("me@h:23", "me", "h", 23),
        ("ssh://me@h:23/", "me", "h", 23),
        ("[::1]:23", None, "::1", 23),
        ("me@corp.org@h", "me@corp.org", "h", 22),
        ("::1", None, "::1", 22),
    ],
)
def test_hops(laptop: Laptop, text: str, user: str | None, host: str, port: int) -> None:
    found = parse_hop(text)
    assert (found.host, found.port) == (host, port)
    assert user is None or found.user == user


@pytest.mark.parametrize("text", ["", "@", "a:b", "h:0", "h:99999", "-oX=y", "a b", "me@", "h:", "$(x)"])
def test_bad_hops(laptop: Laptop, text: str) -> None:
    with pytest.raises(InputError):
        parse_hop(text)


# -- ProxyCommand -------------------------------------------------------------------------------------------------

RELAY = (
    "import socket,sys,os,threading\ns=socket.create_connection((sys.argv[1],int(sys.argv[2])))\n"
    "def up():\n  while d:=os.read(0,65536): s.sendall(d)\n  s.shutdown(1)\n"
    "threading.Thread(target=up,daemon=True).start()\nwhile d:=s.recv(65536): os.write(1,d)\n"
)


@pytest.fixture
def proxy(tmp_path: Path) -> str:
    script = tmp_path / "a proxy.py"
    script.write_text(RELAY)
    return f"{shutil.which('python3')} '{script}'"


def test_a_proxy_command_carries_the_connection(
    sshd: SshdFactory, laptop: Laptop, to_box: Opener, proxy: str, tmp_path: Path
) -> None:
    target = sshd()
    mark = tmp_path / "mark"
    script = tmp_path / "marks"
    script.write_text(f"#!/bin/sh\necho $* > {mark}\nexec {proxy} $3 $4\n")
    script.chmod(0o755)
    laptop.add_host(target, "box", ProxyCommand=f"{script} %r %n %h %p")
    transport = to_box()
    assert not mark.exists()
    assert says(transport, "echo in") == b"in\n"
    assert mark.read_text().split() == [target.user, "box", "127.0.0.1", str(target.port)]


def test_a_proxy_command_ends_with_the_connection(
    sshd: SshdFactory, laptop: Laptop, to_box: Opener, proxy: str, tmp_path: Path
) -> None:
    target = sshd()
    pids = tmp_path / "pids"
    script = tmp_path / "lingers"
    script.write_text(f"#!/bin/sh\necho $$ > {pids}\nsleep 300 &\n{proxy} $1 $2\n")
    script.chmod(0o755)
    laptop.add_host(target, "box", ProxyCommand=f"{script} %h %p")
    transport = to_box()
    assert says(transport, "echo in") == b"in\n"
    transport.close()
    gone(int(pids.read_text()))


def gone(pid: int) -> None:
    deadline = time.monotonic() + 20
    while os.path.exists(f"/proc/{pid}") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not os.path.exists(f"/proc/{pid}")


def test_a_proxy_command_that_fails_is_quoted(
    laptop: Laptop, sshd: SshdFactory, to_box: Opener, tmp_path: Path
) -> None:
    script = tmp_path / "fails"  # a redirection in the line itself would end its stdout, and so it, before it speaks
    script.write_text("#!/bin/sh\necho no way through >&2\nexit 5\n")
    script.chmod(0o755)
    laptop.add_host(sshd(), "box", ProxyCommand=str(script))
    with pytest.raises(UnreachableError, match="no way through"):
        to_box().open("true")


def test_a_proxy_command_that_hangs_has_a_deadline_and_is_killed(
    laptop: Laptop, sshd: SshdFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jupyter_mlx.transport import handshake

    monkeypatch.setattr(handshake, "BANNER_S", 1.0)
    pid = tmp_path / "pid"
    laptop.add_host(sshd(), "box", ProxyCommand=f"sh -c 'trap \"\" TERM; echo $$ > {pid}; sleep 300'")
    with pytest.raises(UnreachableError, match="ProxyCommand"):
        make_transport(Machine(name="box"), Unattended()).open("true")
    gone(int(pid.read_text()))
