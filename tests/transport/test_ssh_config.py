"""Reading ssh_config: by example, by the worst files, and against ``ssh -G``."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlx.errors import InputError
from jupyter_mlx.transport import ssh_config
from jupyter_mlx.transport.destination import Destination, destination_from
from jupyter_mlx.transport.resolve import _run_exec, resolve
from jupyter_mlx.transport.ssh_config import SshConfig
from jupyter_mlx.transport.ssh_config_lines import read_lines, split_arguments, split_keyword
from tests.support.fixtures import Laptop


def config(laptop: Laptop, text: str | bytes, **more: str) -> SshConfig:
    """A configuration with further files beside it."""
    laptop.ssh_config.write_bytes(text if isinstance(text, bytes) else text.encode())
    laptop.ssh_config.chmod(0o600)
    for name, content in more.items():
        (laptop.home / ".ssh" / name.replace("_", ".")).write_text(content)
    return SshConfig(system=None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a b  c", ["a", "b", "c"]),
        ('"a b" c', ["a b", "c"]),
        ("'a b'c", ["a bc"]),
        (r"a\ b \"q\" \\", ["a b", '"q"', "\\"]),
        (r"C:\dir", [r"C:\dir"]),
        ("a # rest", ["a"]),
        ("a#b", ["a#b"]),
        ("", []),
        ('""', [""]),
    ],
)
def test_arguments_are_split_as_openssh_does(text: str, words: list[str]) -> None:
    assert split_arguments(text) == words


def test_an_open_quote_is_an_error() -> None:
    with pytest.raises(ValueError, match="quote"):
        split_arguments('"a b')


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("HostName example.org", ("hostname", "example.org")),
        ("HostName=example.org", ("hostname", "example.org")),
        ("  HostName \t= example.org \r", ("hostname", "example.org")),
        ("ProxyCommand nc = %h", ("proxycommand", "nc = %h")),
        ("Port", ("port", "")),
    ],
)
def test_keyword_and_rest(text: str, parts: tuple[str, str]) -> None:
    assert split_keyword(text) == parts


@given(st.text(max_size=200))
def test_any_text_splits_or_says_why(text: str) -> None:
    split_keyword(text)
    try:
        words = split_arguments(text)
    except ValueError:
        return
    assert all(isinstance(word, str) for word in words)


# -- listing ----------------------------------------------------------------------------------------------------------


def test_aliases_are_the_names_without_wildcards(laptop: Laptop) -> None:
    found = config(
        laptop,
        "Host a b *.example.org !c d?\n  HostName x\nHost a e\nInclude sub.conf no-such/*.conf\nHost *\n  User u\n",
        sub_conf="Host f\n  Include deeper.conf\n",
        deeper_conf="Host g\n",
    )
    assert found.aliases() == ["a", "b", "e", "f", "g"]
    assert found.notices == []


def test_aliases_of_both_line_ends_and_forms(laptop: Laptop) -> None:
    assert config(laptop, b'Host=one\r\n\tPort 22\r\n# Host no\r\nhOsT "two" three\r\n').aliases() == [
        "one",
        "two",
        "three",
    ]


def test_listing_never_executes(laptop: Laptop, tmp_path: Path) -> None:
    canary = tmp_path / "ran"
    found = config(
        laptop,
        f'Match exec "touch {canary}"\n  User x\nHost a\n  ProxyCommand touch {canary}\n'
        f"  LocalCommand touch {canary}\n  PermitLocalCommand yes\n  KnownHostsCommand touch {canary}\n"
        f'Match host a exec "touch {canary}"\n',
    )
    assert found.aliases() == ["a"]
    assert ssh_config.aliases()[:1] == ["a"]
    assert not canary.exists()


def test_lookup_without_a_runner_never_executes(laptop: Laptop, tmp_path: Path) -> None:
    canary = tmp_path / "ran"
    found = config(laptop, f'Match exec "touch {canary}"\n  User x\nMatch all\n  User y\n')
    assert found.lookup("h")["user"] == ["y"]
    assert not canary.exists()


def test_a_missing_file_has_no_aliases(laptop: Laptop) -> None:
    assert SshConfig(system=None).aliases() == []


def test_only_the_users_own_file_is_read(laptop: Laptop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tmp_path / "project" / ".ssh"
    project.mkdir(parents=True)
    (project / "config").write_text("Host trap\n")
    monkeypatch.chdir(project.parent)
    assert "trap" not in ssh_config.aliases()


def test_junk_is_named_with_its_line_and_skipped(laptop: Laptop) -> None:
    found = config(laptop, b'Host a\n\x00\xff\xfe\x01 \x02\nHost "open\nHost b\n\xf0\x9f\x9a\x80 x\nPort\n')
    assert found.aliases() == ["a", "b"]
    assert [notice.split(":")[1] for notice in found.notices] == ["2", "3", "5", "6"]


@settings(max_examples=60)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_without_a_crash(data: bytes) -> None:
    import tempfile

    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        with contextlib.suppress(InputError):  # Match with an unknown criterion, Include too deep
            SshConfig(user=Path(file.name), system=None).lookup("host")


def test_a_huge_file_is_refused_by_name(laptop: Laptop) -> None:
    found = config(laptop, b"# x\n" * (2 << 20))
    with pytest.raises(InputError, match="larger than 4 MiB"):
        found.aliases()


def test_an_include_of_itself_ends(laptop: Laptop) -> None:
    with pytest.raises(InputError, match="nested deeper"):
        config(laptop, "Host a\nInclude config\n").aliases()


def test_an_unreadable_file_is_named(laptop: Laptop) -> None:
    laptop.ssh_config.mkdir()
    with pytest.raises(InputError, match=r"\.ssh/config"):
        list(read_lines(laptop.ssh_config, []))


# -- lookup by example ------------------------------------------------------------------------------------------------


def test_first_value_wins_and_identities_collect(laptop: Laptop) -> None:
    found = config(
        laptop,
        "Host a\n  Port 1\n  IdentityFile k1\nHost *\n  Port 2\n  User u\n  IdentityFile k2\n  IdentityFile k1\n",
    ).lookup("a")
    assert found["port"] == ["1"]
    assert found["user"] == ["u"]
    assert found["identityfile"] == ["k1", "k2"]


def test_an_include_inside_a_host_that_does_not_match_is_dead(laptop: Laptop) -> None:
    found = config(laptop, "Host other\n  Include sub.conf\nHost *\n  Port 3\n", sub_conf="Host *\n  User ghost\n")
    assert found.lookup("a") == {"port": ["3"], "hostname": ["a"]}


def test_match_exec_runs_only_while_still_open(laptop: Laptop) -> None:
    ran: list[str] = []

    def run(command: str) -> bool:
        ran.append(command)
        return True

    text = 'Match host other exec "one"\n  User no\nMatch host a exec "two %h %p %r %n %%"\n  User yes\n'
    found = config(laptop, text).lookup("a", user=None, port=77, run=run)
    assert found["user"] == ["yes"]
    assert [command.split()[:3] for command in ran] == [["two", "a", "77"]]


def test_an_unknown_criterion_is_named(laptop: Laptop) -> None:
    with pytest.raises(InputError, match=r"config:1: unknown criterion 'weather'"):
        config(laptop, "Match weather sunny\n").lookup("a")


# -- against ssh -G ---------------------------------------------------------------------------------------------------

CASES: list[tuple[str, str, dict[str, str]]] = [
    ("plain", "Host box\n  HostName 10.0.0.5\n  User me\n  Port 2222\n  IdentityFile ~/.ssh/k\n", {}),
    ("equals", "Host=box\nHostName=Example.ORG\nUser = me\nPort=23\n", {}),
    ("crlf", "Host box\r\n  HostName h.example\r\n  User me\r\n", {}),
    ("tabs and case", "hOsT\tbox\n\tHOSTNAME\th\n\tport\t9\n", {}),
    ("quotes", 'Host "box"\n  User "me"\n  IdentityFile "/tmp/with blank/k"\n', {}),
    ("comment behind", "Host box # mine\n  Port 99 # odd\n", {}),
    ("negation", "Host * !box\n  User no\nHost *\n  User yes\n", {}),
    ("negation alone", "Host !other\n  User no\nHost b?x\n  User yes\n", {}),
    ("several patterns", "Host x y b*\n  User me\nHost *.org\n  User no\n", {}),
    ("case of Host counts", "Host BOX\n  User no\nHost box\n  User yes\n", {}),
    ("first wins", "Host *\n  User one\nHost box\n  User two\n  Port 5\n", {}),
    ("global part", "User one\nIdentityFile /k0\nHost box\n  User two\n  IdentityFile /k1\n  IdentityFile /k0\n", {}),
    ("percent h", "Host box\n  HostName %h.example.org\n", {}),
    ("include", "Include sub.conf\nHost box\n  Port 5\n", {"sub_conf": "Host box\n  User me\n"}),
    ("include glob", "Include *.inc\nHost box\n", {"b_inc": "User late\n", "a_inc": "Host box\n  User early\n"}),
    ("include in host", "Host box\n  Include sub.conf\n  Port 7\n", {"sub_conf": "User inner\nHost no\n  Port 6\n"}),
    ("dead include", "Host no\n  Include sub.conf\nHost box\n  Port 7\n", {"sub_conf": "Host *\n  User ghost\n"}),
    ("include twice", "Include sub.conf sub.conf\n", {"sub_conf": "Host box\n  Port 4\n  IdentityFile /k\n"}),
    ("include home", "Include ~/.ssh/none.conf\nHost box\n  Port 8\n", {}),
    ("match host", "Host box\n  HostName real\nMatch host real\n  User me\nMatch host box\n  User no\n", {}),
    ("match originalhost", "Host box\n  HostName real\nMatch originalhost box\n  User me\n", {}),
    ("match host list", "Match host other,b*,!bad\n  User me\n", {}),
    ("match case", "Match host BOX\n  User me\n", {}),
    ("match user", "Host box\n  User me\nMatch user me\n  Port 44\nMatch user you\n  Port 45\n", {}),
    ("match negated", "Match !host other\n  Port 44\nMatch !host box\n  User no\n", {}),
    ("match all", "Match all\n  User me\n", {}),
    ("match two", "Match originalhost box user nobody\n  User no\nMatch all\n  Port 3\n", {}),
    ("match localuser", "Match localuser nobody-here\n  User no\nMatch !localuser nobody-here\n  User yes\n", {}),
    ("match exec", 'Match exec "test %n = box"\n  User yes\nMatch exec "false"\n  Port 1\n', {}),
    ("match exec negated", 'Match !exec "false"\n  User yes\n', {}),
    ("match final", "Host box\n  HostName real\nMatch final\n  User fin\nMatch final host real\n  Port 5\n", {}),
    ("final sees Host again", "Host box\n  HostName real\nHost real\n  User second\nMatch final all\n  Port 6\n", {}),
    ("match canonical", "Match canonical all\n  User no\nHost *\n  Port 3\n", {}),
    ("jump", "Host box\n  ProxyJump me@a:2222,b\n", {}),
    ("jump none", "Host box\n  ProxyJump none\nHost *\n  ProxyJump a\n", {}),
    ("jump then command", "Host box\n  ProxyJump a\n  ProxyCommand nc %h %p\n", {}),
    ("command then jump", "Host box\n  ProxyCommand nc %h %p\n  ProxyJump a\n", {}),
    ("command none", "Host box\n  ProxyCommand none\nHost *\n  ProxyCommand nc\n", {}),
    ("command raw", "Host box\n  ProxyCommand=nc -X \"5 6\" '%h' %p # no comment\n", {}),
    ("alias", "Host box\n  HostKeyAlias filed\n", {}),
    ("known hosts", 'Host box\n  UserKnownHostsFile /a/%h "/b c/kh"\n', {}),
    ("identities only", "Host box\n  IdentitiesOnly yes\n  IdentityFile /k/%u-%h-%p-%r-%n\n", {}),
    ("certificate", "Host box\n  IdentityFile /k\n  CertificateFile /c1\n  CertificateFile /c2\n", {}),
    ("agent none", "Host box\n  IdentityAgent none\n", {}),
    ("family", "Host box\n  AddressFamily inet6\n", {}),
    ("upper host name", "Host box\n  HostName MiXed.Example\n", {}),
    ("ipv6", "Host box\n  HostName fe80::1%%eth0\n", {}),
]


@pytest.mark.skipif(shutil.which("ssh") is None, reason="no ssh to compare with")
@pytest.mark.parametrize(("text", "more"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_same_as_ssh_itself(laptop: Laptop, text: str, more: dict[str, str]) -> None:
    # ssh takes the home from the password database, so an Include of the user's file gets absolute paths here
    text = text.replace("Include ", f"Include {laptop.home}/.ssh/").replace(f"{laptop.home}/.ssh/~", "~")
    text = text.replace("sub.conf sub.conf", f"sub.conf {laptop.home}/.ssh/sub.conf")
    found = config(laptop, text, **more)
    by_ssh = resolve("box")
    ours = destination_from("box", found.lookup("box", run=_run_exec))
    assert comparable(ours) == comparable(by_ssh)


def comparable(found: Destination) -> dict[str, object]:
    """What both can know; default identity files differ with the version of ssh."""
    fields = {name: value for name, value in found.__dict__.items() if name != "values"}
    if not found.named_identities:
        fields.pop("identity_files")
    return fields


@pytest.mark.skipif(shutil.which("ssh") is None, reason="no ssh to compare with")
def test_what_the_caller_gives_comes_first(laptop: Laptop) -> None:
    found = config(laptop, "Host box\n  User file\n  Port 5\n  HostName h\nMatch user me\n  IdentityFile /k\n")
    by_ssh = resolve("box", "me", 7)
    assert (by_ssh.user, by_ssh.port, by_ssh.host, by_ssh.identity_files) == ("me", 7, "h", ["/k"])
    assert comparable(destination_from("box", found.lookup("box", user="me", port=7))) == comparable(by_ssh)


def test_ssh_is_the_oracle_of_the_installed_version() -> None:
    if shutil.which("ssh") is None:
        pytest.skip("no ssh here")
    done = subprocess.run(["ssh", "-V"], capture_output=True, text=True, check=True)
    assert "OpenSSH" in done.stderr
