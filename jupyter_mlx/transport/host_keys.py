"""Whether a host is who it should be: known, unknown (somebody is asked), changed or revoked (a hard stop).

The user's known_hosts is only read. What is trusted from now on goes to a file of our own, one line appended.
"""

from __future__ import annotations

import base64
import contextlib
import os
import threading
from pathlib import Path

from ..errors import HostKeyError
from ..runner.durable import locked, write_atomic
from .destination import Destination
from .host_certificates import SUFFIX, parse_certificate, refusal
from .known_hosts import HostLine, fingerprint, key_type_of, lines_about
from .pipe import HostKeyQuestion, Prompts

# Algorithms a key type may be negotiated as; the key blob of all RSA ones says ssh-rsa.
_ALGORITHMS = {"ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256")}


def own_known_hosts() -> Path:
    """Our own file, beside the machine list."""
    from jupyter_core.paths import jupyter_config_dir

    return Path(jupyter_config_dir()) / "jupyter_mlx" / "known_hosts"


class HostKeys:
    """The judge of host keys. ``notices`` collects what could not be read or kept."""

    def __init__(self, prompts: Prompts, own: Path | None = None) -> None:
        self.own = own or own_known_hosts()
        self.notices: list[str] = []
        self._prompts = prompts
        self._session: set[tuple[str, bytes]] = set()  # trusted, but our file cannot be written
        self._lock = threading.Lock()

    def lines(self, destination: Destination) -> list[HostLine]:
        """Everything known about a destination's host."""
        notices: list[str] = []
        found = lines_about([self.own, *destination.known_hosts], destination.key_name, notices)
        self.notices.extend(one for one in notices if one not in self.notices)
        return found

    def order(self, destination: Destination, offered: tuple[str, ...]) -> tuple[str, ...]:
        """Key algorithms to ask for: certificates where an authority is known, then known types, then the rest."""
        lines = self.lines(destination)
        known = [name for line in lines if not line.marker for name in _ALGORITHMS.get(line.key_type, (line.key_type,))]
        first = [name for name in offered if name in known]
        rest = [name for name in offered if name not in known]
        certificates = [name + SUFFIX for name in offered] if any(one.marker == "authority" for one in lines) else []
        return (*certificates, *first, *rest)

    def known(self, destination: Destination) -> bool:
        """Whether anything that can vouch for the host is there, without having seen its key."""
        if any(line.marker != "revoked" for line in self.lines(destination)):
            return True
        return any(name == destination.key_name for name, _ in self._session) or bool(self._portless(destination))

    def check(self, destination: Destination, key: bytes, certificate: bytes | None = None) -> None:
        """Pass, or raise `HostKeyError`. ``key`` is the plain public key, ``certificate`` the blob it came in."""
        lines = self.lines(destination)
        authority = None if certificate is None else self._judged(destination, certificate, lines)
        for line in lines:
            if line.marker == "revoked" and line.key in (key, authority):
                raise HostKeyError(
                    f"the key {fingerprint(line.key)} of {destination.key_name} is revoked ({line.place})",
                    field="host_key",
                    hint="do not connect: ask the machine's administrator",
                )
        if authority is not None or (destination.key_name, key) in self._session:
            return
        plain = [line for line in lines if not line.marker]
        if any(line.key == key for line in plain) or (not plain and key in self._portless(destination)):
            return
        key_type = key_type_of(key)
        changed = [line for line in plain if line.key_type == key_type]
        if changed:
            raise _changed(destination, changed[0], key)
        self._ask(destination, key, plain)

    def _portless(self, destination: Destination) -> list[bytes]:
        """Keys of the same host without a port: ``ssh`` accepts those on any port, so we do."""
        if destination.port == 22 or destination.host_key_alias:
            return []
        paths = [self.own, *destination.known_hosts]
        return [line.key for line in lines_about(paths, destination.host, []) if not line.marker]

    def _judged(self, destination: Destination, blob: bytes, lines: list[HostLine]) -> bytes:
        """The authority's key, once its certificate is believed."""
        name = destination.host_key_alias or destination.host
        try:
            certificate = parse_certificate(blob)
            why = refusal(certificate, name)
        except ValueError as error:
            raise _bad_certificate(name, str(error)) from None
        if why is None and not any(one.marker == "authority" and one.key == certificate.authority for one in lines):
            why = f"its authority {fingerprint(certificate.authority)} is not the one in known_hosts"
        if why is not None:
            raise _bad_certificate(name, why)
        return certificate.authority

    def _ask(self, destination: Destination, key: bytes, others: list[HostLine]) -> None:
        name, print_ = destination.key_name, fingerprint(key)
        note = "".join(
            f"Known so far is its {line.key_type} key ({line.place}), which it no longer offers. "
            for line in others[:1]
        )
        question = HostKeyQuestion(name, key_type_of(key), print_, note.strip())
        if self._prompts.host_key(question):
            self._keep(name, key)
            return
        raise HostKeyError(
            f"the host {name} is not known; its {question.key_type} key is {print_}. {note}".strip(),
            field="host_key",
            hint=f"compare it with what the administrator says, then: --accept-host-key {print_}",
        )

    def _keep(self, name: str, key: bytes) -> None:
        line = f"{name} {key_type_of(key)} {base64.b64encode(key).decode('ascii')}\n"
        with self._lock:
            try:
                self.own.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                if self.own.is_symlink():
                    raise OSError("it is a symbolic link")
                with locked(str(self.own) + ".lock"):
                    before = b""
                    with contextlib.suppress(FileNotFoundError):
                        before = self.own.read_bytes()
                    if before and not before.endswith(b"\n"):
                        before += b"\n"
                    if self.own.exists() and not os.access(self.own, os.W_OK):
                        raise OSError("it is read-only")
                    write_atomic(str(self.own), before + line.encode("ascii"))
            except OSError as error:
                self._session.add((name, key))
                why = error.strerror or str(error)
                self.notices.append(f"{self.own}: {why}; the key of {name} is trusted for this session only")


def _changed(destination: Destination, line: HostLine, key: bytes) -> HostKeyError:
    return HostKeyError(
        f"the {line.key_type} key of {destination.key_name} has changed: it was {fingerprint(line.key)} "
        f"({line.place}), now the host shows {fingerprint(key)}. Somebody may be in between; nothing was sent.",
        field="host_key",
        hint="ask the administrator whether the machine was made anew; if so: "
        f"ssh-keygen -R '{destination.key_name}' -f '{line.path}'",
    )


def _bad_certificate(name: str, why: str) -> HostKeyError:
    return HostKeyError(
        f"the certificate of {name} cannot be believed: {why}",
        field="host_key",
        hint="ask the machine's administrator, or whoever gave you the @cert-authority line",
    )
