"""What goes wrong on the way in, over paramiko and over the ssh binary: each has its own error, and a remedy."""

from __future__ import annotations

import dataclasses
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jupyter_mlx.errors import AccessError, HostKeyError, InputError, MachineError, MlxError, UnreachableError
from jupyter_mlx.models import Machine
from jupyter_mlx.transport import Prompts, Transport, Unattended, make_transport
from tests.contracts.transport import read_all
from tests.support.fixtures import Laptop, RelayFactory, SshdFactory
from tests.support.prompts import Person
from tests.support.sshd import IS_ROOT, Sshd, make_key

Opener = Callable[..., Transport]


@pytest.fixture(params=["ssh", "openssh"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def to(kind: str, laptop: Laptop) -> Iterator[Opener]:
    """A transport to a machine, closed at the end."""
    made: list[Transport] = []

    def make(machine: Machine, prompts: Prompts | None = None) -> Transport:
        made.append(make_transport(dataclasses.replace(machine, transport=kind), prompts or Unattended()))
        return made[-1]

    yield make
    for one in made:
        one.close()


BOX = Machine(name="box")


def refused(transport: Transport, error: type[MlxError], match: str) -> MlxError:
    """The error of a first command."""
    with pytest.raises(error, match=match) as caught:
        transport.open("echo in")
    assert caught.value.hint
    assert len(caught.value.message) < 2000
    return caught.value


def works(transport: Transport) -> None:
    """A first command runs."""
    pipe = transport.open("echo in")
    assert read_all(pipe) == b"in\n"
    pipe.close()


# -- host keys ----------------------------------------------------------------------------------------------------


def test_unknown_host(sshd: SshdFactory, laptop: Laptop, to: Opener) -> None:
    server = sshd()
    error = refused(to(server.machine()), HostKeyError, "is not known")
    assert server.fingerprint() in error.message
    assert f"--accept-host-key {server.fingerprint()}" in (error.hint or "")
    refused(to(server.machine(), Person(trust=False)), HostKeyError, "is not known")
    assert "Accepted" not in server.log()

    person = Person(trust=True)
    works(to(server.machine(), person))
    assert [(one.host, one.fingerprint) for one in person.questions] == [
        (f"[127.0.0.1]:{server.port}", server.fingerprint())
    ]
    works(to(server.machine()))
    own = laptop.home / "config" / "jupyter_mlx" / "known_hosts"
    assert own.read_text() == server.known_hosts_line()
    assert not laptop.known_hosts.exists()


def test_agreed_fingerprint(sshd: SshdFactory, to: Opener) -> None:
    server = sshd()
    works(to(server.machine(), Unattended(server.fingerprint())))
    works(to(server.machine()))


def test_changed_host(sshd: SshdFactory, laptop: Laptop, to: Opener) -> None:
    server = sshd()
    laptop.add_host(server)
    transport = to(BOX, Person(trust=True))
    works(transport)
    before = laptop.known_hosts.read_bytes()
    server.swap_host_keys()
    server.restart()
    error = refused(transport, HostKeyError, "has changed")
    assert server.fingerprint() in error.message
    assert f"{laptop.known_hosts}:1" in error.message
    assert f"ssh-keygen -R '[127.0.0.1]:{server.port}' -f '{laptop.known_hosts}'" in (error.hint or "")
    assert laptop.known_hosts.read_bytes() == before
    refused(to(BOX, Unattended(server.fingerprint())), HostKeyError, "has changed")


def test_revoked_host(sshd: SshdFactory, laptop: Laptop, to: Opener) -> None:
    server = sshd()
    laptop.add_host(server)
    with laptop.known_hosts.open("a") as out:
        out.write("@revoked " + server.known_hosts_line())
    refused(to(BOX, Person(trust=True)), HostKeyError, "revoked")


def test_hashed_patterned_and_odd_known_hosts(sshd: SshdFactory, laptop: Laptop, to: Opener) -> None:
    server = sshd()
    laptop.add_host(server)
    line = server.known_hosts_line(name="[127.0.0.?]:*,!other")
    laptop.known_hosts.write_bytes(b"\xff junk\n@cert-authority broken\nbox ssh-rsa AAAA\n" + line.encode())
    before = laptop.known_hosts.read_bytes()
    works(to(BOX))
    assert laptop.known_hosts.read_bytes() == before


def test_the_known_type_is_negotiated(sshd: SshdFactory, laptop: Laptop, to: Opener) -> None:
    server = sshd(host_keys=("ed25519", "rsa", "ecdsa"))
    laptop.add_host(server)
    laptop.known_hosts.write_text(server.known_hosts_line("rsa"))
    works(to(BOX))


def test_host_key_alias(sshd: SshdFactory, laptop: Laptop, to: Opener) -> None:
    server = sshd()
    laptop.add_host(server, HostKeyAlias="filed")
    laptop.known_hosts.write_text(server.known_hosts_line(name="filed"))
    works(to(BOX))


def test_strict_checking_cannot_be_turned_off(sshd: SshdFactory, laptop: Laptop, to: Opener) -> None:
    server = sshd()
    laptop.add_host(server, StrictHostKeyChecking="no", UserKnownHostsFile="/dev/null")
    refused(to(BOX), HostKeyError, "is not known")


# -- logins -------------------------------------------------------------------------------------------------------


def test_refused_key(sshd: SshdFactory, laptop: Laptop, to: Opener) -> None:
    server = sshd()
    laptop.add_host(server)
    server.authorized_keys.write_text("")
    error = refused(to(BOX), AccessError, "refused the login")
    assert f"{server.user}@127.0.0.1:{server.port}" in error.message
    assert server.log().count("Connection from") <= 3  # the probe of the start, one login, no second one by itself


def test_at_most_five_keys_are_shown(sshd: SshdFactory, laptop: Laptop, to: Opener, kind: str) -> None:
    if kind == "openssh":
        pytest.skip("ssh shows what it likes")
    server = sshd()
    for number in range(8):
        make_key(laptop.home / ".ssh" / f"k{number}")
    names = "\n  IdentityFile ".join(f"{laptop.home}/.ssh/k{number}" for number in range(8))
    laptop.add_host(server, IdentityFile=names)
    error = refused(to(BOX), AccessError, "more than 5 keys")
    assert "IdentitiesOnly" in (error.hint or "")
    assert server.log().count("Failed publickey") == 5


def test_a_key_of_the_list_that_does_not_exist(sshd: SshdFactory, to: Opener) -> None:
    machine = dataclasses.replace(sshd().machine(), identity_file="/no/such/key")
    refused(to(machine), InputError, "/no/such/key of machine box does not exist")


@pytest.mark.parametrize("problem", ["open to others", "public half", "putty", "junk", "missing"])
def test_a_key_that_cannot_be_used_is_named(
    sshd: SshdFactory, laptop: Laptop, to: Opener, problem: str, kind: str
) -> None:
    server = sshd()
    key = make_key(laptop.home / ".ssh" / "mine")
    match = {"open to others": "0644", "public half": "public half", "putty": "PuTTY", "junk": "not a private key"}
    if problem == "open to others":
        key.chmod(0o644)
    elif problem == "public half":
        key = Path(f"{key}.pub")
        (laptop.home / ".ssh" / "mine").unlink()
    elif problem == "missing":
        key.unlink()
    else:
        key.write_text("PuTTY-User-Key-File-3: ssh-rsa\n" if problem == "putty" else "junk\n")
    laptop.add_host(server, IdentityFile=str(key))
    if kind == "ssh":
        error = refused(to(BOX), AccessError, match.get(problem, "does not exist"))
        assert str(key) in error.message
    else:
        refused(to(BOX), AccessError, "refused the login")


def test_passphrase(sshd: SshdFactory, laptop: Laptop, to: Opener, kind: str) -> None:
    server = sshd()
    key = make_key(laptop.home / ".ssh" / "locked", passphrase="wörd :@/% x")
    server.authorized_keys.write_text(Path(f"{key}.pub").read_text())
    laptop.add_host(server, IdentityFile=str(key))
    error = refused(to(BOX), AccessError, "refused the login")
    if kind == "ssh":
        assert "passphrase" in error.message
        assert f"ssh-add {key}" in (error.hint or "")
    person = Person(secrets=["wrong", "wörd :@/% x"])
    transport = to(BOX, person)
    works(transport)
    assert len(person.asked) == 2
    assert all(str(key) in question for question in person.asked)
    if kind == "ssh":
        transport.close()
        works(transport)  # the opened key is remembered, in memory
        assert len(person.asked) == 2
    assert "wörd" not in server.log()


@pytest.mark.skipif(not IS_ROOT, reason="only root can make accounts")
@pytest.mark.parametrize("method", ["password", "keyboard-interactive"])
def test_password(sshd: SshdFactory, laptop: Laptop, to: Opener, method: str) -> None:
    secret = "pä:@/% ss"
    if method == "password":
        server = sshd(PasswordAuthentication="yes")
    else:
        server = sshd(UsePAM="yes", KbdInteractiveAuthentication="yes", PubkeyAuthentication="no")
    user = server.add_user(password=secret)
    laptop.add_host(server, User=user, IdentityFile="none")
    error = refused(to(BOX), AccessError, "refused the login")
    assert method in error.message
    person = Person(secrets=["wrong", secret])
    works(to(BOX, person))
    assert len(person.asked) == 2
    declined = Person(secrets=[])
    with pytest.raises(AccessError):
        to(BOX, declined).open("true")
    assert len(declined.asked) <= 3
    assert secret not in server.log()


@pytest.mark.skipif(not IS_ROOT, reason="only root can make accounts")
def test_key_and_then_a_question(sshd: SshdFactory, laptop: Laptop, to: Opener) -> None:
    server = sshd(
        UsePAM="yes", KbdInteractiveAuthentication="yes", AuthenticationMethods="publickey,keyboard-interactive"
    )
    user = server.add_user(password="second")
    laptop.add_host(server, User=user)
    refused(to(BOX), AccessError, "keyboard-interactive")
    person = Person(secrets=["second"])
    works(to(BOX, person))
    assert len(person.asked) == 1


def test_user_certificate(sshd: SshdFactory, laptop: Laptop, to: Opener) -> None:
    import subprocess

    authority = make_key(laptop.home / "ca")
    server = sshd(TrustedUserCAKeys=f"{authority}.pub")
    server.authorized_keys.write_text("")
    key = make_key(laptop.home / ".ssh" / "certified")
    argv = ["ssh-keygen", "-q", "-s", str(authority), "-I", "me", "-n", server.user, f"{key}.pub"]
    subprocess.run(argv, check=True, capture_output=True)
    laptop.add_host(server, IdentityFile=str(key))
    works(to(BOX))
    moved = laptop.home / "elsewhere-cert.pub"
    Path(f"{key}-cert.pub").rename(moved)
    refused(to(BOX), AccessError, "refused the login")
    with laptop.ssh_config.open("a") as out:
        out.write(f"  CertificateFile {moved}\n")
    works(to(BOX))


# -- the host itself ----------------------------------------------------------------------------------------------


def test_nobody_listens(sshd: SshdFactory, laptop: Laptop, to: Opener) -> None:
    server = sshd()
    laptop.add_host(server)
    server.kill()
    error = refused(to(BOX), UnreachableError, "refused")
    assert str(server.port) in error.message


def test_unknown_name(laptop: Laptop, to: Opener) -> None:
    laptop.known_hosts.write_text("")
    refused(to(Machine(name="no-such-host.invalid")), UnreachableError, r"invalid|no answer")


class Talker:
    """A TCP server that says one thing and then waits, or closes."""

    def __init__(self, words: bytes, *, close: bool = False, times: int = 1) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listener.getsockname()[1])
        self._words, self._close, self._times = words, close, times
        self.sent = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        kept = []
        while True:
            try:
                client, _ = self.listener.accept()
                kept.append(client)
                for _ in range(self._times):
                    client.sendall(self._words)
                    self.sent += len(self._words)
                if self._close:
                    client.close()
            except OSError:
                if self.listener.fileno() < 0:
                    return


@pytest.mark.parametrize(
    ("words", "close", "match"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", True, "is not an SSH server: it said 'HTTP/1.1 400 Bad Request'"),
        (b"220 mail ESMTP\r\n", True, "is not an SSH server"),
        (b"", True, "ended the connection before saying anything"),
        (b"Exceeded MaxStartups\r\n", True, "takes no more logins"),
        (b"SSH-2.0-x\r\n", True, "handshake broke off"),
        (b"SSH-2.0-x\r\n\xff\xff\xff\xff junk", False, "handshake broke off"),
        (b"\x00\xff\x1b]0;title\x07\n", True, r"is not an SSH server"),
    ],
)
def test_something_else_listens(laptop: Laptop, words: bytes, close: bool, match: str) -> None:
    talker = Talker(words, close=close)
    transport = make_transport(Machine(name="x", host="127.0.0.1", port=talker.port), Unattended())
    error = refused(transport, UnreachableError, match)
    assert "\x1b" not in error.message
    talker.listener.close()


def test_an_endless_banner_is_cut_off(laptop: Laptop) -> None:
    talker = Talker(b"y" * (1 << 20), times=1000)
    transport = make_transport(Machine(name="x", host="127.0.0.1", port=talker.port), Unattended())
    refused(transport, UnreachableError, "is not an SSH server")
    assert talker.sent < 100 << 20
    talker.listener.close()


def test_a_silent_port_has_a_deadline(laptop: Laptop, monkeypatch: pytest.MonkeyPatch) -> None:
    from jupyter_mlx.transport import handshake

    monkeypatch.setattr(handshake, "BANNER_S", 1.0)
    talker = Talker(b"")
    transport = make_transport(Machine(name="x", host="127.0.0.1", port=talker.port), Unattended())
    refused(transport, UnreachableError, "sent no SSH banner")
    talker.listener.close()


def test_a_stopped_sshd_has_a_deadline(sshd: SshdFactory, laptop: Laptop, monkeypatch: pytest.MonkeyPatch) -> None:
    from jupyter_mlx.transport import handshake

    monkeypatch.setattr(handshake, "BANNER_S", 1.0)
    server = sshd()
    laptop.add_host(server)
    server.pause()
    refused(make_transport(BOX, Unattended()), UnreachableError, "sent no SSH banner")
    server.resume()
    works(make_transport(BOX, Unattended()))


def test_a_handshake_cut_at_any_byte(sshd: SshdFactory, laptop: Laptop, relay: RelayFactory) -> None:
    server = sshd()
    bad = relay(server.port)
    laptop.add_host(server, port=bad.port)
    first = make_transport(BOX, Unattended())
    works(first)
    first.close()
    whole = dict(bad.forwarded)  # a little more than the handshake: the command and its output are in it
    for direction in ("up", "down"):
        for share in (0.0, 0.01, 0.02, 0.1, 0.2, 0.35):
            while bad.open_connections():  # the last bytes of the one before would use the limit up
                time.sleep(0.01)
            bad.cut_after(int(whole[direction] * share), direction)
            transport = make_transport(BOX, Unattended())
            with pytest.raises((UnreachableError, AccessError)):
                transport.open("true")
            transport.close()
            bad.heal()
    works(make_transport(BOX, Unattended()))


def test_max_sessions_1(sshd: SshdFactory, laptop: Laptop, to: Opener) -> None:
    server = sshd(MaxSessions="1")
    laptop.add_host(server)
    transport = to(BOX)
    pipes = [transport.open("cat") for _ in range(3)]
    for number, pipe in enumerate(pipes):
        pipe.send(b"%d" % number)
        assert pipe.receive(1) == b"%d" % number
    for pipe in pipes:
        pipe.close()
    works(transport)


def test_max_sessions_0(sshd: SshdFactory, laptop: Laptop) -> None:
    server = sshd(MaxSessions="0")
    laptop.add_host(server)
    refused(make_transport(BOX, Unattended()), MachineError, "lets nobody start a command")


def test_max_startups(sshd: SshdFactory, laptop: Laptop, to: Opener) -> None:
    server = sshd(MaxStartups="1")
    laptop.add_host(server)
    for _ in range(200):  # the server counts the connection that tested its start until it noticed its end
        holder = socket.create_connection((server.host, server.port))
        if holder.recv(4) == b"SSH-":
            break
        holder.close()
    with holder:
        refused(to(BOX), UnreachableError, r"MaxStartups|ended the connection|gave no SSH")
    for _ in range(50):
        try:
            works(to(BOX))
            return
        except UnreachableError:
            continue
    pytest.fail("never let in again")


def test_forced_command_and_forbidden_shell(sshd: SshdFactory, laptop: Laptop, to: Opener) -> None:
    server = sshd(ForceCommand="echo only this; exit 9")
    laptop.add_host(server)
    pipe = to(BOX).open("echo in")
    assert read_all(pipe) == b"only this\n"
    pipe.diagnosis()
    assert pipe.exit_status() == 9
    pipe.close()


# -- the configuration --------------------------------------------------------------------------------------------


def test_a_bad_line_of_ssh_config_is_named(laptop: Laptop, to: Opener) -> None:
    laptop.ssh_config.write_text("Host box\n  HostName 127.0.0.1\n  Bogus yes\n")
    error = refused(to(BOX), InputError, "line 3")
    assert str(laptop.ssh_config) in error.message


@pytest.mark.parametrize("host", ["-oProxyCommand=touch canary", "$(touch canary)", "a;touch canary"])
def test_hostile_names_go_nowhere(
    laptop: Laptop, to: Opener, host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for machine in (Machine(name="x", host=host), Machine(name=host), Machine(name="x", host="h", user=host)):
        with pytest.raises(InputError):
            to(machine).open("true")
    laptop.ssh_config.write_text(f"Host box\n  HostName {host.split(maxsplit=1)[0]}\n  ProxyCommand echo %h\n")
    with pytest.raises(MlxError):
        to(BOX).open("true")
    assert not (tmp_path / "canary").exists()


def test_an_unknown_transport() -> None:
    with pytest.raises(InputError, match="no transport 'carrier pigeon'"):
        make_transport(Machine(name="x", transport="carrier pigeon"), Unattended())


def sessions_end(server: Sshd) -> None:
    for _ in range(200):
        if not server.session_pids():
            return
        threading.Event().wait(0.05)
    pytest.fail("a session stayed")


def test_nothing_stays_behind(sshd: SshdFactory, laptop: Laptop, to: Opener) -> None:
    server = sshd()
    laptop.add_host(server)
    works(to(BOX))
    threads, descriptors = threading.active_count(), len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        transport = to(BOX)
        pipe = transport.open("cat")
        pipe.send(b"x")
        transport.close()
        with pytest.raises(HostKeyError):
            to(Machine(name="box2", host="localhost", port=server.port)).open("true")
    for _ in range(100):
        if threading.active_count() <= threads + 1 and len(os.listdir("/proc/self/fd")) <= descriptors + 1:
            break
        threading.Event().wait(0.05)
    else:
        pytest.fail(f"{threading.enumerate()} {os.listdir('/proc/self/fd')}")
