"""What a machine lacks to build environments, brought along: a uv that runs there."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

from ..link.link import Link
from ..models import Json
from ..runner.blobs import BlobChanged, BlobStore
from ..runner.durable import read_json, write_json
from .contacts import Contacts

_DOWNLOAD_S = 180.0
_OLDEST_GLIBC = (2, 17)  # what uv's own wheel for Linux asks for
_NAMES = {"arm64": "aarch64", "amd64": "x86_64"}


class Tools:
    """Finds, once, the uv to send to a machine."""

    def __init__(self, blobs: BlobStore, contacts: Contacts, cache: Path) -> None:
        self._blobs = blobs
        self._contacts = contacts
        self._cache = cache

    @staticmethod
    def needed(spec: Json) -> bool:
        """Whether the run's environment may have to be built, and nobody chose the tool yet."""
        environment = spec.get("environment") or {}
        return environment.get("kind") in ("kernel", "requirements") and not (spec.get("tools") or {}).get("uv")

    def uv(self, machine: str, link: Link) -> str | None:
        """The blob of a uv for the machine; None where it has one of its own, or none could be had.

        What the machine is gets asked once and remembered.
        """
        known = self._contacts.facts(machine).get("probe")
        probe = known if isinstance(known, dict) else self._contacts.probe(machine, link)
        path = None if probe.get("uv") else self.binary(link.facts)
        if path is None:
            return None
        try:
            return self._blob(os.path.realpath(path))
        except (OSError, ValueError, BlobChanged):
            return None  # the machine says what it lacks when it comes to building

    def _blob(self, path: str) -> str:
        """The binary as a blob; hashed again only when it changed, for 40 MB are many milliseconds of each submit."""
        info = os.stat(path)
        version = [path, info.st_size, info.st_mtime_ns]
        note = self._cache / "uv.json"
        noted = read_json(str(note))
        if isinstance(noted, dict) and noted.get("version") == version and self._blobs.has(noted["blob"], info.st_size):
            return str(noted["blob"])
        blob, _ = self._blobs.put_file(path)
        self._cache.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_json(str(note), {"version": version, "blob": blob}, durable=False)
        return blob

    def binary(self, facts: Json) -> str | None:
        """The path of a uv that runs on a machine of that platform, architecture and libc; None where there is none."""
        if not str(facts.get("platform")).startswith("linux"):
            return None
        machine = _NAMES.get(str(facts.get("machine")), str(facts.get("machine")))
        if sys.platform == "linux" and machine == platform.machine() and _runs_glibc(facts.get("libc")):
            return own_uv()
        return self._static(machine) if machine in ("x86_64", "aarch64") else None

    def _static(self, machine: str) -> str | None:
        """A uv that needs nothing of its Linux, downloaded once a version."""
        target = self._cache / f"uv-{_version() or 'latest'}-{machine}"
        uv = own_uv()
        if not target.is_file() and uv is not None:
            try:
                self._cache.mkdir(parents=True, exist_ok=True, mode=0o700)
                _download(uv, f"{machine}-unknown-linux-musl", target)
            except (OSError, subprocess.SubprocessError):
                return None
        return str(target) if target.is_file() else None


def _download(uv: str, platform_name: str, target: Path) -> None:
    """Let uv install itself for another platform into a folder aside, from the indexes the person has configured."""
    version = _version()
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        command = [uv, "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:", "--link-mode", "copy"]
        command += ["--python", sys.executable, "--python-platform", platform_name, "--target", folder]
        command += [f"uv=={version}" if version else "uv"]
        nothing = subprocess.DEVNULL
        subprocess.run(command, check=True, capture_output=True, timeout=_DOWNLOAD_S, stdin=nothing, cwd=folder)
        os.rename(os.path.join(folder, "bin", "uv"), target)


def _version() -> str | None:
    try:
        return metadata.version("uv")
    except metadata.PackageNotFoundError:
        return None


def own_uv() -> str | None:
    """The uv of this computer: the package's, or the one on the PATH."""
    try:
        from uv import find_uv_bin

        return str(find_uv_bin())
    except (ImportError, FileNotFoundError):
        return shutil.which("uv")


def _runs_glibc(libc: object) -> bool:
    found = re.search(r"glibc\D*(\d+)\.(\d+)", str(libc))
    return found is not None and (int(found[1]), int(found[2])) >= _OLDEST_GLIBC
