"""Which keys to show a host, in which order, at most five: servers end a connection after six attempts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import paramiko
from paramiko.agent import AgentKey

from .destination import Destination
from .host_certificates import plain_key
from .key_files import KeyFile, WrongPassphraseError, inspect, load
from .known_hosts import fingerprint
from .pipe import Prompts
from .ssh_agent import KeyAgent

MAX_KEYS = 5
_PASSPHRASES = 3


@dataclass(frozen=True)
class Candidate:
    """A key to show, and what to call it."""

    key: paramiko.PKey
    label: str


class Identities:
    """The keys for one destination. ``problems`` grows while `candidates` runs: why keys were not shown."""

    def __init__(self, destination: Destination, prompts: Prompts, opened: dict[str, paramiko.PKey]) -> None:
        """``opened`` remembers decrypted keys by path, in memory, for the next connection."""
        self._destination, self._prompts, self._opened = destination, prompts, opened
        self.problems: list[str] = []
        self.remedies: list[str] = []

    def candidates(self, agent: KeyAgent) -> Iterator[Candidate]:
        """The keys one after another; asks for a passphrase only when all others have been refused."""
        held = {bytes(key.blob): key for key in agent.listed()}
        if agent.problem:
            self.problems.append(agent.problem)
        locked: list[KeyFile] = []
        shown: set[bytes] = set()
        for path in self._destination.identity_files:
            found = inspect(path)
            if found.public is not None and found.public in held:
                shown.add(found.public)
                yield from self._from_agent(agent, held[found.public], path)
            elif found.problem:
                self._note(found)
            elif found.encrypted and path not in self._opened:
                locked.append(found)
            else:
                yield from self._from_file(found)
        if not self._destination.identities_only:
            for blob, key in held.items():
                if blob not in shown:
                    yield Candidate(key, f"{key.get_name()} {fingerprint(blob)} of the agent")
        for found in locked:
            yield from self._from_locked(found)

    def _note(self, found: KeyFile) -> None:
        if found.missing and not self._destination.named_identities:
            return  # a default that is not there is no problem
        assert found.problem
        self.problems.append(found.problem)
        if found.remedy:
            self.remedies.append(found.remedy)

    def _from_agent(self, agent: KeyAgent, key: AgentKey, path: str) -> Iterator[Candidate]:
        for certificate in self._certificates(path.removesuffix(".pub"), bytes(key.blob)):
            certified = agent.copy_of(key)
            certified.load_certificate(certificate)
            yield Candidate(certified, f"{certificate} with the agent's key")
        yield Candidate(key, f"{path} of the agent")

    def _from_file(self, found: KeyFile) -> Iterator[Candidate]:
        key = self._opened.get(found.path)
        try:
            key = key or load(found, None)
        except ValueError as error:
            self.problems.append(str(error))
            return
        for certificate in self._certificates(found.path, key.asbytes()):
            certified = self._opened.get(found.path) if found.encrypted else load(found, None)
            assert certified is not None
            certified.load_certificate(certificate)
            yield Candidate(certified, certificate)
            certified.public_blob = None
        yield Candidate(key, f"{found.path} {fingerprint(key.asbytes())}")

    def _from_locked(self, found: KeyFile) -> Iterator[Candidate]:
        for _ in range(_PASSPHRASES):
            passphrase = self._prompts.secret(f"passphrase of {found.path}")
            if passphrase is None:
                self.problems.append(f"the key {found.path} is locked by a passphrase and nobody could be asked for it")
                self.remedies.append(f"ssh-add {found.path}")
                return
            try:
                self._opened[found.path] = load(found, passphrase)
            except WrongPassphraseError:
                continue
            yield from self._from_file(found)
            return
        self.problems.append(f"the passphrase of {found.path} was wrong {_PASSPHRASES} times")

    def _certificates(self, path: str, public: bytes) -> Iterator[str]:
        """Certificate files that belong to a key: the one beside it, and those that ssh_config names."""
        for name in (f"{path}-cert.pub", *self._destination.certificate_files):
            if not os.path.exists(name):
                continue
            try:
                blob = paramiko.pkey.PublicBlob.from_file(name).key_blob
                if plain_key(blob) == public:
                    yield name
            except Exception as error:  # noqa: BLE001 - the parser raises what it likes on a damaged file
                self.problems.append(f"the certificate {Path(name)} cannot be used: {error}")
