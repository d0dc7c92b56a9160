"""Private key files: what each kind of wrong one is told."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlx.transport.key_files import WrongPassphraseError, inspect, load
from tests.support.sshd import make_key


@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
@pytest.mark.parametrize("form", ["", "PEM", "PKCS8"])
@pytest.mark.parametrize("passphrase", ["", "secret päss"])
def test_every_kind_and_form_loads(tmp_path: Path, kind: str, form: str, passphrase: str) -> None:
    if kind == "ed25519" and form:
        pytest.skip("ssh-keygen writes those in its own format only")
    path = make_key(tmp_path / "k", kind, passphrase, form=form)
    found = inspect(str(path))
    public = base64.b64decode(Path(f"{path}.pub").read_text().split()[1])
    assert (found.problem, found.encrypted, found.public) == (None, bool(passphrase), public)
    assert load(found, passphrase or None).asbytes() == public
    if passphrase:
        for wrong in (None, "wrong", ""):
            with pytest.raises(WrongPassphraseError):
                load(found, wrong)


def test_missing(tmp_path: Path) -> None:
    found = inspect(str(tmp_path / "none"))
    assert found.missing
    assert str(tmp_path / "none") in (found.problem or "")


def test_a_folder(tmp_path: Path) -> None:
    assert "cannot be read" in (inspect(str(tmp_path)).problem or "")


def test_readable_by_others(tmp_path: Path) -> None:
    path = make_key(tmp_path / "k")
    path.chmod(0o644)
    found = inspect(str(path))
    assert "0644" in (found.problem or "")
    assert found.remedy == f"chmod 600 {path}"


def test_the_public_half(tmp_path: Path) -> None:
    path = make_key(tmp_path / "k")
    found = inspect(f"{path}.pub")
    assert "public half" in (found.problem or "")
    assert str(path) in (found.remedy or "")
    assert found.public == base64.b64decode(Path(f"{path}.pub").read_text().split()[1])


WRONG = [
    ("PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n", "PuTTY", "puttygen"),
    ("-----BEGIN DSA PRIVATE KEY-----\nAAAA\n-----END DSA PRIVATE KEY-----\n", "DSA", "ssh-keygen"),
    ("hello\n", "not a private key", "ssh-keygen"),
    ("", "not a private key", "ssh-keygen"),
    ("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n", "damaged", "restore"),
    ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "not a private key", "ssh-keygen"),
]


@pytest.mark.parametrize(("text", "problem", "remedy"), WRONG)
def test_wrong_files(tmp_path: Path, text: str, problem: str, remedy: str) -> None:
    path = tmp_path / "k"
    path.write_text(text)
    path.chmod(0o600)
    found = inspect(str(path))
    assert problem in (found.problem or "")
    assert remedy in (found.remedy or "")


def test_a_fido_key_is_known_by_its_public_half(tmp_path: Path) -> None:
    def string(data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + data

    public = string(b"sk-ssh-ed25519@openssh.com") + string(bytes(32)) + string(b"ssh:")
    raw = b"openssh-key-v1\0" + string(b"none") + string(b"none") + string(b"") + (1).to_bytes(4, "big")
    coded = base64.b64encode(raw + string(public) + string(bytes(64))).decode()
    path = tmp_path / "k"
    path.write_text(f"-----BEGIN OPENSSH PRIVATE KEY-----\n{coded}\n-----END OPENSSH PRIVATE KEY-----\n")
    path.chmod(0o600)
    assert "FIDO" in (inspect(str(path)).problem or "")


def test_a_damaged_key_says_so_when_loaded(tmp_path: Path) -> None:
    path = make_key(tmp_path / "k")
    text = path.read_text().splitlines()
    text[-3] = text[-3][::-1]
    path.write_text("\n".join(text))
    found = inspect(str(path))
    if found.problem is None:
        with pytest.raises(ValueError, match="cannot be used"):
            load(found, None)


@given(st.binary(max_size=300), st.sampled_from([b"", b"-----BEGIN OPENSSH PRIVATE KEY-----\n", b"ssh-rsa "]))
def test_any_bytes_are_judged(data: bytes, start: bytes) -> None:
    import tempfile

    with tempfile.NamedTemporaryFile() as file:
        file.write(start + data)
        file.flush()
        found = inspect(file.name)
        if found.problem is None:
            with pytest.raises((ValueError, WrongPassphraseError)):
                load(found, None)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_key_of_somebody_else_may_have_any_mode(tmp_path: Path) -> None:
    path = make_key(tmp_path / "k")
    path.chmod(0o644)
    os.chown(path, 65534, 65534)
    assert inspect(str(path)).problem is None
