"""Host certificates as ssh-keygen signs them, and every reason not to believe one."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlx.errors import HostKeyError
from jupyter_mlx.transport.destination import Destination
from jupyter_mlx.transport.host_certificates import parse_certificate, plain_key, refusal
from jupyter_mlx.transport.host_keys import HostKeys
from jupyter_mlx.transport.pipe import Unattended
from tests.support.sshd import make_key


def blob_of(path: Path) -> bytes:
    return base64.b64decode(path.read_text().split()[1])


def sign(folder: Path, *options: str, kind: str = "ed25519", ca_kind: str = "ed25519") -> tuple[bytes, bytes, bytes]:
    """A certificate, the key in it, and its authority's key."""
    ca, key = make_key(folder / "ca", ca_kind), make_key(folder / "key", kind)
    argv = ["ssh-keygen", "-q", "-s", str(ca), "-I", "id", *options, f"{key}.pub"]
    subprocess.run(argv, check=True, capture_output=True)
    return blob_of(folder / "key-cert.pub"), blob_of(folder / "key.pub"), blob_of(folder / "ca.pub")


@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
@pytest.mark.parametrize("ca_kind", ["ed25519", "rsa", "ecdsa"])
def test_a_good_certificate_of_every_kind(tmp_path: Path, kind: str, ca_kind: str) -> None:
    blob, key, authority = sign(tmp_path, "-h", "-n", "box,*.org", kind=kind, ca_kind=ca_kind)
    certificate = parse_certificate(blob)
    assert certificate.authority == authority
    assert certificate.principals == ["box", "*.org"]
    assert plain_key(blob) == key
    assert refusal(certificate, "box") is None
    assert refusal(certificate, "Host.ORG") is None


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["-n", "box"], "for users"),
        (["-h", "-n", "other"], "it is for other"),
        (["-h"], "names no host"),
        (["-h", "-n", "box", "-V", "20200101:20210101"], "expired"),
        (["-h", "-n", "box", "-V", "20990101:20991231"], "not valid yet"),
        (["-h", "-n", "box", "-O", "critical:strange=1"], "critical options"),
    ],
)
def test_reasons_to_refuse(tmp_path: Path, options: list[str], why: str) -> None:
    blob, _, _ = sign(tmp_path, *options)
    assert why in (refusal(parse_certificate(blob), "box") or "")


def test_any_flipped_bit_is_found(tmp_path: Path) -> None:
    blob, _, _ = sign(tmp_path, "-h", "-n", "box")
    assert refusal(parse_certificate(blob), "box") is None
    for position in range(0, len(blob) * 8, 37):
        bad = bytearray(blob)
        bad[position // 8] ^= 1 << (position % 8)
        try:
            certificate = parse_certificate(bytes(bad))
        except ValueError:
            continue
        assert refusal(certificate, "box") is not None, position


@given(st.binary(max_size=400))
def test_junk_is_refused_as_a_value_error(data: bytes) -> None:
    for read in (parse_certificate, plain_key):
        with pytest.raises(ValueError, match=r"."):
            read(b"\0\0\0\x20ssh-ed25519-cert-v01@openssh.com"[: 4 + 32] + data[:8])


def test_the_judge_needs_the_authority_of_the_file(tmp_path: Path) -> None:
    blob, key, authority = sign(tmp_path, "-h", "-n", "box")
    user = tmp_path / "known_hosts"
    to = Destination("box", "box", 2222, "me", known_hosts=[user])
    host_keys = HostKeys(Unattended(), tmp_path / "own")
    line = base64.b64encode(authority).decode()
    user.write_text(f"@cert-authority [box]:2222 ssh-ed25519 {line}\n")
    host_keys.check(to, key, blob)
    user.write_text(f"@cert-authority other ssh-ed25519 {line}\n")
    with pytest.raises(HostKeyError, match="authority"):
        host_keys.check(to, key, blob)
    user.write_text(f"@cert-authority [box]:2222 ssh-ed25519 {line}\n@revoked [box]:2222 ssh-ed25519 {line}\n")
    with pytest.raises(HostKeyError, match="revoked"):
        host_keys.check(to, key, blob)
