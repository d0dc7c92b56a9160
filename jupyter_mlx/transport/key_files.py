"""Private keys on disk: what a file holds, said precisely, before and while it is loaded."""

from __future__ import annotations

import base64
import binascii
import io
import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .known_hosts import key_type_of

if TYPE_CHECKING:
    import paramiko

LIMIT = 64 << 10
_MAGIC = b"openssh-key-v1\0"


@dataclass(frozen=True)
class KeyFile:
    """A file given as a key. ``problem`` is one sentence where it cannot be used, with ``remedy``."""

    path: str
    data: bytes = b""
    public: bytes | None = None  # the public half, where the file or its .pub tells
    encrypted: bool = False
    problem: str | None = None
    remedy: str | None = None

    @property
    def missing(self) -> bool:
        """Whether there is no such file."""
        return self.problem is not None and self.problem.endswith("does not exist")


class WrongPassphraseError(Exception):
    """The passphrase does not open the key."""


def inspect(path: str) -> KeyFile:
    """What a file holds; never raises, never decrypts."""
    try:
        status = os.stat(path)
        with open(path, "rb") as source:
            data = source.read(LIMIT + 1)
    except FileNotFoundError:
        return KeyFile(path, problem=f"the key {path} does not exist")
    except OSError as error:
        return KeyFile(path, problem=f"the key {path} cannot be read: {error.strerror or error}")
    text = data.decode("utf-8", "replace")
    if text.startswith(("ssh-", "ecdsa-", "sk-")):
        return KeyFile(
            path,
            public=_public_of_line(text),
            problem=f"{path} is the public half of a key",
            remedy="name the private key" + (f": {path[:-4]}" if path.endswith(".pub") else ""),
        )
    if status.st_uid == os.getuid() and status.st_mode & 0o077:
        return KeyFile(
            path,
            problem=f"the key {path} can be read by others (mode {stat.S_IMODE(status.st_mode):04o})",
            remedy=f"chmod 600 {path}",
        )
    return _judged(path, data, text)


def _judged(path: str, data: bytes, text: str) -> KeyFile:
    if text.startswith("PuTTY-User-Key-File"):
        return KeyFile(
            path,
            problem=f"{path} is a key of PuTTY",
            remedy=f"convert it: puttygen {path} -O private-openssh -o {path}.openssh",
        )
    if "-----BEGIN OPENSSH PRIVATE KEY-----" in text:
        return _openssh(path, data, text)
    if "-----BEGIN DSA PRIVATE KEY-----" in text:
        return KeyFile(path, problem=f"{path} is a DSA key: too weak", remedy="make another: ssh-keygen -t ed25519")
    if "PRIVATE KEY-----" in text and "-----BEGIN" in text:
        encrypted = "Proc-Type: 4,ENCRYPTED" in text or "-----BEGIN ENCRYPTED PRIVATE KEY-----" in text
        return KeyFile(path, data, _public_beside(path), encrypted)
    return KeyFile(path, problem=f"{path} is not a private key", remedy="keys are made by: ssh-keygen -t ed25519")


def _openssh(path: str, data: bytes, text: str) -> KeyFile:
    """OpenSSH's own format shows cipher and public half in the clear (PROTOCOL.key)."""
    body = text.split("-----BEGIN OPENSSH PRIVATE KEY-----", 1)[1].split("-----END", 1)[0]
    try:
        raw = base64.b64decode("".join(body.split()))
        if not raw.startswith(_MAGIC):
            raise ValueError("no magic")
        rest, fields = raw[len(_MAGIC) :], []
        for position in range(4):
            if position == 3:
                rest = rest[4:]  # how many keys: one
            length = int.from_bytes(rest[:4], "big")
            fields.append(rest[4 : 4 + length])
            rest = rest[4 + length :]
        public = fields[3]
        kind = key_type_of(public)
    except (binascii.Error, ValueError):
        return KeyFile(path, problem=f"the key {path} is damaged", remedy="restore it from a copy, or make another")
    if kind.startswith("sk-"):
        return KeyFile(
            path, public=public, problem=f"{path} is a FIDO key", remedy="use the transport openssh for this machine"
        )
    if kind == "ssh-dss":
        return KeyFile(path, problem=f"{path} is a DSA key: too weak", remedy="make another: ssh-keygen -t ed25519")
    return KeyFile(path, data, public, fields[0] != b"none")


def _public_of_line(text: str) -> bytes | None:
    try:
        return base64.b64decode(text.split()[1], validate=True)
    except (IndexError, binascii.Error, ValueError):
        return None


def _public_beside(path: str) -> bytes | None:
    try:
        with open(path + ".pub", encoding="utf-8", errors="replace") as source:
            return _public_of_line(source.read(LIMIT))
    except OSError:
        return None


def load(found: KeyFile, passphrase: str | None) -> paramiko.PKey:
    """The key itself. Raises `WrongPassphraseError`, and ValueError where it is damaged or of an unknown kind."""
    import paramiko
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    secret = passphrase.encode("utf-8") if passphrase is not None and found.encrypted else None
    openssh = b"BEGIN OPENSSH" in found.data
    reader = serialization.load_ssh_private_key if openssh else serialization.load_pem_private_key
    try:
        key = reader(found.data, secret)
        form, none = serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
        text = key.private_bytes(serialization.Encoding.PEM, form, none).decode("ascii")
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        if found.encrypted:
            raise WrongPassphraseError from error
        raise ValueError(f"the key {found.path} cannot be used: {error}") from error
    kind = type(key).__name__
    cls = paramiko.RSAKey if "RSA" in kind else paramiko.Ed25519Key if "Ed25519" in kind else paramiko.ECDSAKey
    try:
        return cls.from_private_key(io.StringIO(text))
    except paramiko.SSHException as error:
        raise ValueError(f"the key {found.path} cannot be used: {error}") from error
