"""Host certificates signed by an authority that known_hosts names (OpenSSH's PROTOCOL.certkeys)."""

from __future__ import annotations

import struct
import time
from dataclasses import dataclass

from .patterns import matches

SUFFIX = "-cert-v01@openssh.com"
_HOST = 2
_FOREVER = (1 << 64) - 1
# How many strings (numbers travel as strings) the public key itself takes inside its certificate.
_KEY_PARTS = {"ssh-ed25519": 1, "ssh-rsa": 2, "rsa-sha2-256": 2, "rsa-sha2-512": 2}


@dataclass(frozen=True)
class Certificate:
    """The fields of a certificate that decide whether to believe it; ``signed`` is what the signature covers."""

    kind: int
    key_id: str
    principals: list[str]
    valid_after: int
    valid_before: int
    critical: bytes
    authority: bytes
    signed: bytes
    signature: bytes


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, count: int) -> bytes:
        if count > len(self.data) - self.at:
            raise ValueError("the certificate is cut short")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def string(self) -> bytes:
        (length,) = struct.unpack(">I", self.take(4))
        return self.take(length)

    def strings(self) -> list[bytes]:
        inner, found = _Reader(self.string()), []
        while inner.at < len(inner.data):
            found.append(inner.string())
        return found


def plain_key(blob: bytes) -> bytes:
    """The public key inside a certificate, as a key blob of its own. Raises ValueError."""
    reader = _Reader(blob)
    plain = _plain_type(reader.string())
    reader.string()  # the nonce
    start = reader.at
    for _ in range(_key_parts(plain)):
        reader.string()
    return struct.pack(">I", len(plain)) + plain.encode("ascii") + blob[start : reader.at]


def _plain_type(named: bytes) -> str:
    key_type = named.decode("ascii", "replace")
    if not key_type.endswith(SUFFIX):
        raise ValueError("not a certificate")
    return key_type[: -len(SUFFIX)]


def _key_parts(plain: str) -> int:
    parts = 2 if plain.startswith("ecdsa-sha2-") else _KEY_PARTS.get(plain, 0)
    if not parts:
        raise ValueError(f"a certificate for an unknown kind of key, {plain[:40]!a}")
    return parts


def parse_certificate(blob: bytes) -> Certificate:
    """The certificate in a host key blob. Raises ValueError."""
    reader = _Reader(blob)
    for _ in range(1 + _key_parts(_plain_type(reader.string()))):  # the nonce, then the key
        reader.string()
    reader.number(8)  # serial
    kind = reader.number(4)
    key_id = reader.string().decode("utf-8", "replace")
    principals = [name.decode("utf-8", "replace") for name in reader.strings()]
    after, before = reader.number(8), reader.number(8)
    critical = reader.string()
    reader.string()  # extensions
    reader.string()  # reserved
    authority = reader.string()
    signed = blob[: reader.at]
    signature = reader.string()
    inside = _Reader(signature)
    inside.string()  # its algorithm
    inside.string()
    if reader.at != len(blob) or inside.at != len(signature):
        raise ValueError("bytes follow the certificate")
    return Certificate(kind, key_id, principals, after, before, critical, authority, signed, signature)


def refusal(certificate: Certificate, name: str, now: float | None = None) -> str | None:
    """Why a certificate must not be believed for host ``name``; None where all is well. Who signed it is not asked."""
    now = time.time() if now is None else now
    if certificate.kind != _HOST:
        return "it is a certificate for users, not for hosts"
    if certificate.critical:
        return "it has critical options that are unknown here"
    if not certificate.principals:
        return "it names no host"
    if not any(matches(name.lower(), principal.lower()) for principal in certificate.principals):
        return f"it is for {', '.join(certificate.principals)[:200]}, not for {name}"
    if now < certificate.valid_after:
        return "it is not valid yet (is a clock wrong?)"
    if certificate.valid_before != _FOREVER and now >= certificate.valid_before:
        return "it has expired"
    if not _signature_holds(certificate):
        return "its signature is wrong"
    return None


def _signature_holds(certificate: Certificate) -> bool:
    import paramiko

    key_type = certificate.authority[4 : 4 + int.from_bytes(certificate.authority[:4], "big")].decode(
        "ascii", "replace"
    )
    if key_type.endswith(SUFFIX):
        return False  # an authority must be a plain key: no chains
    try:
        key = paramiko.PKey.from_type_string(key_type, certificate.authority)
        return bool(key.verify_ssh_sig(certificate.signed, paramiko.Message(certificate.signature)))
    except Exception:  # noqa: BLE001 - whatever a hostile key makes the parser raise, it is no proof
        return False
