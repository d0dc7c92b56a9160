"""What known_hosts files say about a host; reading only (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT")."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .patterns import matches_any

LIMIT = 16 << 20
_MARKERS = {"@revoked": "revoked", "@cert-authority": "authority"}


@dataclass(frozen=True)
class HostLine:
    """One usable line. ``marker`` is empty, ``revoked`` or ``authority``."""

    path: Path
    number: int
    marker: str
    hosts: str
    key_type: str
    key: bytes

    def names(self, host: str) -> bool:
        """Whether the line speaks about ``host``, as known_hosts writes it."""
        if self.hosts.startswith("|1|"):
            return _hashed_matches(self.hosts, host)
        return matches_any(host.lower(), self.hosts.lower().split(","))

    @property
    def place(self) -> str:
        """``file:line``."""
        return f"{self.path}:{self.number}"


def fingerprint(key: bytes) -> str:
    """``SHA256:…`` as OpenSSH shows it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode("ascii").rstrip("=")


def key_type_of(key: bytes) -> str:
    """The type a public key blob names itself. Raises ValueError."""
    if len(key) < 4:
        raise ValueError("the key is cut short")
    (length,) = struct.unpack(">I", key[:4])
    if not 0 < length <= 64 or len(key) < 4 + length:
        raise ValueError("the key does not begin with its type")
    return key[4 : 4 + length].decode("ascii")


def read_known_hosts(path: Path, notices: list[str]) -> Iterator[HostLine]:
    """The usable lines of a file; others are named in ``notices`` and skipped. A missing file has none."""
    try:
        with path.open("rb") as source:
            data = source.read(LIMIT + 1)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        notices.append(f"{path}: {error.strerror or error}; the file is ignored")
        return
    if len(data) > LIMIT:
        notices.append(f"{path}: only the first {LIMIT >> 20} MiB are read")
    for number, raw in enumerate(data[:LIMIT].split(b"\n"), 1):
        text = raw.decode("utf-8", "surrogateescape").strip()
        if not text or text.startswith("#"):
            continue
        try:
            yield parse_line(text, path, number)
        except ValueError as error:
            notices.append(f"{path}:{number}: {error}; the line is ignored")


def parse_line(text: str, path: Path, number: int) -> HostLine:
    """One line that is neither blank nor a comment. Raises ValueError."""
    words = text.split()
    marker = ""
    if words[0].startswith("@"):
        if words[0] not in _MARKERS:
            raise ValueError(f"unknown marker {words[0][:40]!a}")
        marker = _MARKERS[words.pop(0)]
    if len(words) < 3:
        raise ValueError("not a host, a key type and a key")
    hosts, key_type, coded = words[:3]
    try:
        key = base64.b64decode(coded.encode("ascii"), validate=True)
        inside = key_type_of(key)
    except (UnicodeError, binascii.Error) as error:
        raise ValueError(f"the key is not base64: {error}") from None
    if inside != key_type:
        raise ValueError(f"the key says it is {inside!a}, the line says {key_type[:40]!a}")
    return HostLine(path, number, marker, hosts, key_type, key)


def lines_about(paths: Iterable[Path], host: str, notices: list[str]) -> list[HostLine]:
    """All lines of all files that speak about a host, in order."""
    return [line for path in paths for line in read_known_hosts(path, notices) if line.names(host)]


def _hashed_matches(hashed: str, host: str) -> bool:
    parts = hashed.split("|")
    if len(parts) != 4:
        return False
    try:
        salt, digest = (base64.b64decode(part, validate=True) for part in parts[2:])
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(hmac.new(salt, host.lower().encode("utf-8", "surrogateescape"), "sha1").digest(), digest)
