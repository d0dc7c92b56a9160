"""What only the openssh transport has: when it is chosen, its askpass, its table of errors, host authorities."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_mlx.errors import AccessError, HostKeyError, InputError, MachineError, MlxError, UnreachableError
from jupyter_mlx.models import Machine
from jupyter_mlx.transport import Unattended, make_transport
from jupyter_mlx.transport.askpass import Askpass
from jupyter_mlx.transport.destination import Destination
from jupyter_mlx.transport.needs_openssh import why_openssh
from jupyter_mlx.transport.openssh_errors import explained
from jupyter_mlx.transport.resolve import resolve
from tests.contracts.transport import read_all
from tests.support.fixtures import Laptop, SshdFactory
from tests.support.prompts import Person
from tests.support.sshd import Sshd, make_key

BOX = Destination("box", "host.example", 2222, "me")

SAID: list[tuple[str, type[MlxError], str]] = [
    ("@@@\n@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nSHA256:" + "A" * 43 + ".\n"
     "Offending ED25519 key in /h/known_hosts:7\nHost key verification failed.\n", HostKeyError, "/h/known_hosts:7"),
    ("@ WARNING: REVOKED HOST KEY DETECTED! @\nHost key verification failed.\n", HostKeyError, "revoked"),
    ("No ED25519 host key is known for x and you have requested strict checking.\n", HostKeyError, "verified"),
    ("me@h: Permission denied (publickey,password).\r\n", AccessError, "publickey,password"),
    ('Load key "/k": bad permissions\nme@h: Permission denied (publickey).\n', AccessError, "bad permissions"),
    ("Received disconnect from 1.2.3.4 port 22:2: Too many authentication failures\n", AccessError, "too many keys"),
    ("ssh: Could not resolve hostname nope: Name or service not known\n", UnreachableError, "nope"),
    ("ssh: connect to host h port 22: Connection refused\r\n", UnreachableError, "Connection refused"),
    ("Unable to negotiate with 1.2.3.4 port 22: no matching host key type found.\n", MachineError, "no matching"),
    ("/h/config: line 3: Bad configuration option: bogus\n", InputError, "line 3"),
    ("kex_exchange_identification: Connection closed by remote host\n", UnreachableError, "no SSH connection"),
    ("Connection closed by 1.2.3.4 port 22\n", UnreachableError, "no SSH connection"),
    ("channel 0: open failed: administratively prohibited: open failed\n", MachineError, "does not forward"),
    ("channel 0: open failed: connect failed: Connection refused\n", UnreachableError, "cannot reach"),
    ("", UnreachableError, "no word why"),
    ("something {odd} %s\n", UnreachableError, "something {odd} %s"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "error", "part"), SAID)
def test_what_ssh_says_becomes_our_error(said: str, error: type[MlxError], part: str) -> None:
    found = explained(said, BOX)
    assert type(found) is error
    assert part in found.message
    assert found.hint


def test_long_words_are_cut() -> None:
    assert len(explained("x" * 100_000, BOX).message) < 1600


# -- askpass ------------------------------------------------------------------------------------------------------


def ask(env: dict[str, str], question: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([env["SSH_ASKPASS"], question], env=env, capture_output=True, timeout=30)


def test_askpass_carries_question_and_answer() -> None:
    person = Person(secrets=["pä ss'\"$(x)\\"])
    with Askpass(person) as askpass:
        env = askpass.environment()
        folder = Path(env["SSH_ASKPASS"]).parent
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        done = ask(env, "me@host's password: ")
        assert done.stdout.decode() == "pä ss'\"$(x)\\\n"
        assert ask(env, "again: ").returncode == 1
        assert "pä" not in Path(env["SSH_ASKPASS"]).read_text()
    assert person.asked == ["me@host's password", "again"]
    assert not folder.exists()


def test_askpass_never_answers_for_a_host_key() -> None:
    person = Person(secrets=["yes"])
    with Askpass(person) as askpass:
        question = "The authenticity of host 'h' can't be established.\nAre you sure (yes/no/[fingerprint])? "
        assert ask(askpass.environment(), question).returncode == 1
    assert person.asked == []


# -- when it is chosen --------------------------------------------------------------------------------------------


def reason(laptop: Laptop, text: str) -> str | None:
    laptop.ssh_config.write_text("Host box\n" + text)
    return why_openssh([resolve("box")])


def test_reasons_for_openssh(laptop: Laptop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    key = make_key(laptop.home / ".ssh" / "mine")
    assert reason(laptop, f"  IdentityFile {key}\n") is None
    assert "PKCS11Provider" in (reason(laptop, "  PKCS11Provider /usr/lib/card.so\n") or "")
    assert reason(laptop, "  PKCS11Provider none\n") is None
    assert "KnownHostsCommand" in (reason(laptop, "  KnownHostsCommand /bin/true %H\n") or "")
    fido = laptop.home / ".ssh" / "id_sk"
    fido.write_text("sk-ssh-ed25519@openssh.com AAAA\n")
    ticket = tmp_path / "ticket"
    monkeypatch.setenv("KRB5CCNAME", f"FILE:{ticket}")
    assert reason(laptop, "  GSSAPIAuthentication yes\n  IdentityFile none\n") is None
    ticket.write_text("")
    assert "Kerberos" in (reason(laptop, "  GSSAPIAuthentication yes\n  IdentityFile none\n") or "")
    assert reason(laptop, f"  GSSAPIAuthentication yes\n  IdentityFile {key}\n") is None


def test_the_ssh_transport_hands_over_and_says_so(sshd: SshdFactory, laptop: Laptop) -> None:
    server = sshd()
    laptop.add_host(server, PKCS11Provider="/no/such/card.so")
    transport = make_transport(Machine(name="box"), Unattended())
    pipe = transport.open("echo in")
    assert read_all(pipe) == b"in\n"
    assert any("PKCS11Provider" in note for note in transport.notes)  # type: ignore[attr-defined]
    transport.close()


def test_no_common_algorithm_hands_over_too(sshd: SshdFactory, laptop: Laptop) -> None:
    server = sshd(Ciphers="chacha20-poly1305@openssh.com")
    laptop.add_host(server)
    transport = make_transport(Machine(name="box"), Unattended())
    pipe = transport.open("echo in")
    assert read_all(pipe) == b"in\n"
    assert any("no algorithm in common" in note for note in transport.notes)  # type: ignore[attr-defined]
    transport.close()


def test_without_a_binary_each_says_what_to_do(
    sshd: SshdFactory, laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = sshd(Ciphers="chacha20-poly1305@openssh.com")
    laptop.add_host(server)
    with monkeypatch.context() as without:
        without.setenv("PATH", "/nowhere")
        with pytest.raises(MachineError, match="no ssh program"):
            make_transport(Machine(name="box", transport="openssh"), Unattended()).open("true")
        with pytest.raises(MachineError, match="no algorithm in common") as caught:
            make_transport(Machine(name="box"), Unattended()).open("true")
        assert "openssh" in (caught.value.hint or "")


def test_paramiko_alone_reads_the_configuration_itself(
    sshd: SshdFactory, laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    jump, server = sshd(), sshd()
    laptop.add_host(jump, "jump")
    laptop.add_host(server, ProxyJump="jump")
    monkeypatch.setenv("PATH", "/nowhere")
    transport = make_transport(Machine(name="box"), Unattended())
    assert read_all(transport.open("echo in")) == b"in\n"
    transport.close()


# -- host authorities ---------------------------------------------------------------------------------------------


def certified(sshd: SshdFactory, laptop: Laptop, principals: str = "127.0.0.1") -> tuple[Sshd, str]:
    """A server whose host key an authority signed, and the authority's public key as known_hosts writes it."""
    authority = make_key(laptop.home / "authority")
    certificate = laptop.home / "host-cert.pub"
    server = sshd(HostCertificate=str(certificate))
    public = server.host_key()
    argv = ["ssh-keygen", "-q", "-h", "-s", str(authority), "-I", "host", "-n", principals, str(public)]
    subprocess.run(argv, check=True, capture_output=True)
    certificate.write_bytes(public.with_name(public.name.replace(".pub", "-cert.pub")).read_bytes())
    server.restart()
    return server, " ".join(Path(f"{authority}.pub").read_text().split()[:2])


@pytest.mark.parametrize("kind", ["ssh", "openssh"])
def test_a_host_vouched_for_by_an_authority(sshd: SshdFactory, laptop: Laptop, kind: str) -> None:
    server, authority = certified(sshd, laptop)
    laptop.add_host(server)
    laptop.known_hosts.write_text(f"@cert-authority [127.0.0.1]:* {authority}\n")
    transport = make_transport(Machine(name="box", transport=kind), Unattended())
    assert read_all(transport.open("echo in")) == b"in\n"
    transport.close()


@pytest.mark.parametrize("kind", ["ssh", "openssh"])
@pytest.mark.parametrize("fault", ["other name", "other authority"])
def test_a_certificate_that_proves_nothing(sshd: SshdFactory, laptop: Laptop, kind: str, fault: str) -> None:
    server, authority = certified(sshd, laptop, "elsewhere" if fault == "other name" else "127.0.0.1")
    laptop.add_host(server)
    if fault == "other authority":
        authority = " ".join(Path(f"{make_key(laptop.home / 'ca2')}.pub").read_text().split()[:2])
    laptop.known_hosts.write_text(f"@cert-authority [127.0.0.1]:* {authority}\n")
    with pytest.raises(HostKeyError):
        make_transport(Machine(name="box", transport=kind), Unattended()).open("true")
    assert "Accepted" not in server.log()


# -- cost ---------------------------------------------------------------------------------------------------------


def test_paramiko_is_imported_late() -> None:
    code = (
        "import sys; from jupyter_mlx.transport import make_transport, Unattended, Machine, ssh_config\n"
        "make_transport(Machine(name='x'), Unattended()); ssh_config.aliases()\n"
        "print([name for name in ('paramiko', 'cryptography') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ})
    assert done.stdout == "[]\n", done.stderr
