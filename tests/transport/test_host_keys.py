"""Known, unknown, changed, revoked: the verdict on a host's key, and what is written where."""

from __future__ import annotations

import base64
import os
import stat
from pathlib import Path

import pytest

from jupyter_mlx.errors import HostKeyError
from jupyter_mlx.transport.destination import Destination
from jupyter_mlx.transport.host_keys import HostKeys, own_known_hosts
from jupyter_mlx.transport.known_hosts import fingerprint
from jupyter_mlx.transport.pipe import Unattended
from tests.support.fixtures import Laptop
from tests.support.prompts import Person
from tests.support.sshd import make_key


class Keys:
    """Some public keys, made once."""

    def __init__(self, folder: Path) -> None:
        self.lines: dict[str, str] = {}
        self.blobs: dict[str, bytes] = {}
        for name, kind in (("ed", "ed25519"), ("ed2", "ed25519"), ("ec", "ecdsa")):
            key_type, coded = Path(f"{make_key(folder / name, kind)}.pub").read_text().split()[:2]
            self.lines[name] = f"{key_type} {coded}"
            self.blobs[name] = base64.b64decode(coded)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def user_file(tmp_path: Path) -> Path:
    return tmp_path / "user_known_hosts"


def to(user_file: Path, host: str = "box", port: int = 22, alias: str | None = None) -> Destination:
    return Destination(host, host, port, "me", known_hosts=[user_file], host_key_alias=alias)


def judge(tmp_path: Path, person: object = None) -> HostKeys:
    return HostKeys(person or Person(trust=False), tmp_path / "own" / "known_hosts")  # type: ignore[arg-type]


def test_a_known_key_passes_unasked(tmp_path: Path, user_file: Path, keys: Keys) -> None:
    user_file.write_text(f"other {keys.lines['ed2']}\nbox {keys.lines['ed']}\n")
    judge(tmp_path).check(to(user_file), keys.blobs["ed"])


def test_one_of_several_keys_of_a_host_passes(tmp_path: Path, user_file: Path, keys: Keys) -> None:
    user_file.write_text(f"box {keys.lines['ed2']}\nbox {keys.lines['ec']}\nbox {keys.lines['ed']}\n")
    judge(tmp_path).check(to(user_file), keys.blobs["ed"])


def test_an_unknown_key_is_asked_for_once_and_kept_in_our_file(tmp_path: Path, user_file: Path, keys: Keys) -> None:
    user_file.write_text(f"elsewhere {keys.lines['ed']}\n")
    before = user_file.read_bytes()
    person = Person(trust=True)
    host_keys = judge(tmp_path, person)
    host_keys.check(to(user_file, port=2222), keys.blobs["ed"])
    host_keys.check(to(user_file, port=2222), keys.blobs["ed"])
    judge(tmp_path).check(to(user_file, port=2222), keys.blobs["ed"])  # another process later
    assert [(one.host, one.key_type) for one in person.questions] == [("[box]:2222", "ssh-ed25519")]
    assert person.questions[0].fingerprint == fingerprint(keys.blobs["ed"])
    assert user_file.read_bytes() == before
    assert host_keys.own.read_text() == f"[box]:2222 {keys.lines['ed']}\n"
    assert stat.S_IMODE(host_keys.own.stat().st_mode) == 0o600


def test_our_file_is_appended_to_never_rewritten(tmp_path: Path, user_file: Path, keys: Keys) -> None:
    host_keys = judge(tmp_path, Person(trust=True))
    host_keys.own.parent.mkdir()
    host_keys.own.write_bytes(b"# mine \xff\nbroken line")
    host_keys.check(to(user_file), keys.blobs["ed"])
    assert host_keys.own.read_bytes() == b"# mine \xff\nbroken line\nbox " + keys.lines["ed"].encode() + b"\n"


def test_unattended_refuses_and_says_how_to_agree(tmp_path: Path, user_file: Path, keys: Keys) -> None:
    print_ = fingerprint(keys.blobs["ed"])
    with pytest.raises(HostKeyError, match="box is not known") as caught:
        judge(tmp_path, Unattended()).check(to(user_file), keys.blobs["ed"])
    assert print_ in caught.value.message
    assert f"--accept-host-key {print_}" in (caught.value.hint or "")
    with pytest.raises(HostKeyError):
        judge(tmp_path, Unattended(fingerprint(keys.blobs["ed2"]))).check(to(user_file), keys.blobs["ed"])
    judge(tmp_path, Unattended(print_)).check(to(user_file), keys.blobs["ed"])
    judge(tmp_path, Unattended()).check(to(user_file), keys.blobs["ed"])


def test_a_changed_key_stops_without_asking(tmp_path: Path, user_file: Path, keys: Keys) -> None:
    user_file.write_text(f"# first\nbox {keys.lines['ed']}\n")
    person = Person(trust=True)
    with pytest.raises(HostKeyError, match="has changed") as caught:
        judge(tmp_path, person).check(to(user_file), keys.blobs["ed2"])
    said = caught.value.message
    assert fingerprint(keys.blobs["ed"]) in said
    assert fingerprint(keys.blobs["ed2"]) in said
    assert f"{user_file}:2" in said
    assert f"ssh-keygen -R 'box' -f '{user_file}'" in (caught.value.hint or "")
    assert person.questions == []


def test_an_agreed_fingerprint_does_not_override_a_change(tmp_path: Path, user_file: Path, keys: Keys) -> None:
    user_file.write_text(f"box {keys.lines['ed']}\n")
    with pytest.raises(HostKeyError, match="has changed"):
        judge(tmp_path, Unattended(fingerprint(keys.blobs["ed2"]))).check(to(user_file), keys.blobs["ed2"])


def test_a_revoked_key_stops_even_where_it_is_known(tmp_path: Path, user_file: Path, keys: Keys) -> None:
    user_file.write_text(f"box {keys.lines['ed']}\n@revoked * {keys.lines['ed']}\n")
    person = Person(trust=True)
    with pytest.raises(HostKeyError, match=r"revoked .*user_known_hosts:2"):
        judge(tmp_path, person).check(to(user_file), keys.blobs["ed"])
    assert person.questions == []


def test_another_key_type_is_a_question_with_a_note(tmp_path: Path, user_file: Path, keys: Keys) -> None:
    user_file.write_text(f"box {keys.lines['ec']}\n")
    person = Person(trust=False)
    with pytest.raises(HostKeyError, match="no longer offers"):
        judge(tmp_path, person).check(to(user_file), keys.blobs["ed"])
    assert f"{user_file}:1" in person.questions[0].note


def test_a_key_known_without_its_port_counts_as_with_ssh(tmp_path: Path, user_file: Path, keys: Keys) -> None:
    user_file.write_text(f"box {keys.lines['ed']}\n")
    judge(tmp_path).check(to(user_file, port=2222), keys.blobs["ed"])
    with pytest.raises(HostKeyError, match="not known"):
        judge(tmp_path).check(to(user_file, port=2222), keys.blobs["ed2"])


def test_an_alias_is_the_only_name(tmp_path: Path, user_file: Path, keys: Keys) -> None:
    user_file.write_text(f"filed {keys.lines['ed']}\n")
    judge(tmp_path).check(to(user_file, port=2222, alias="filed"), keys.blobs["ed"])
    user_file.write_text(f"box {keys.lines['ed']}\n")
    with pytest.raises(HostKeyError, match="filed is not known"):
        judge(tmp_path).check(to(user_file, alias="filed"), keys.blobs["ed"])


def test_known_types_are_asked_for_first(tmp_path: Path, user_file: Path, keys: Keys) -> None:
    offered = ("ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512", "rsa-sha2-256")
    user_file.write_text(f"box {keys.lines['ec']}\n")
    assert judge(tmp_path).order(to(user_file), offered) == (
        "ecdsa-sha2-nistp256",
        "ssh-ed25519",
        "rsa-sha2-512",
        "rsa-sha2-256",
    )
    assert judge(tmp_path).order(to(user_file, "new"), offered) == offered
    user_file.write_text(f"@cert-authority box {keys.lines['ed']}\n")
    assert judge(tmp_path).order(to(user_file), offered)[0] == "ssh-ed25519-cert-v01@openssh.com"


@pytest.mark.parametrize("hindrance", ["link", "folder", "file in the way"])
def test_where_our_file_cannot_be_kept_trust_lasts_for_the_session(
    tmp_path: Path, user_file: Path, keys: Keys, hindrance: str
) -> None:
    own = tmp_path / "own" / "known_hosts"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("precious\n")
    if hindrance == "file in the way":
        own.parent.write_text("")
    elif hindrance == "folder":
        own.mkdir(parents=True)
    else:
        own.parent.mkdir()
        own.symlink_to(elsewhere)
    person = Person(trust=True)
    host_keys = HostKeys(person, own)
    host_keys.check(to(user_file), keys.blobs["ed"])
    host_keys.check(to(user_file), keys.blobs["ed"])
    assert len(person.questions) == 1
    assert any("this session only" in notice for notice in host_keys.notices)
    assert elsewhere.read_text() == "precious\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_read_only_file_is_left_alone(tmp_path: Path, user_file: Path, keys: Keys) -> None:
    host_keys = judge(tmp_path, Person(trust=True))
    host_keys.own.parent.mkdir()
    host_keys.own.write_text("")
    host_keys.own.chmod(0o400)
    host_keys.check(to(user_file), keys.blobs["ed"])
    assert host_keys.own.read_text() == ""


def test_our_file_lies_beside_the_machine_list(laptop: Laptop) -> None:
    assert own_known_hosts() == laptop.home / "config" / "jupyter_mlx" / "known_hosts"


def test_bad_lines_are_told_once(tmp_path: Path, user_file: Path, keys: Keys) -> None:
    user_file.write_text(f"junk\nbox {keys.lines['ed']}\n")
    host_keys = judge(tmp_path)
    host_keys.check(to(user_file), keys.blobs["ed"])
    host_keys.check(to(user_file), keys.blobs["ed"])
    assert len(host_keys.notices) == 1
