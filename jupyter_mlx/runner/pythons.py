"""The Pythons of this machine: on PATH, of pyenv, conda and uv, in the usual folders. Nothing is downloaded."""

import glob
import os
import re
import subprocess
import sys
from typing import Dict, Iterator, List, NamedTuple, Optional, Tuple

from .refusal import Refusal

LIMIT_S = 10.0
OLDEST = (3, 9)  # for environments that name no version; today's ipykernel wants no older one
_VERSION = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")
_NAME = re.compile(r"python3(\.\d+)?\Z")
_PLACES = (
    "~/.pyenv/versions/*/bin/python3",
    "~/.local/share/uv/python/cpython-*/bin/python3",
    "~/.local/bin/python3.*",
    "/usr/local/bin/python3*",
    "/usr/bin/python3*",
    "/opt/python*/bin/python3",
    "/opt/python/*/bin/python3",
    "~/*conda*/bin/python3",
    "~/*mamba*/bin/python3",
    "/opt/*conda*/bin/python3",
    "/opt/*mamba*/bin/python3",
)
_CODE = "import sys; print('.'.join(map(str, sys.version_info[:3])), sys.implementation.name)"


class Python(NamedTuple):
    """An interpreter and its version, like (3, 11, 7)."""

    path: str
    version: Tuple[int, int, int]

    @property
    def text(self) -> str:
        """The version as people write it."""
        return "%d.%d.%d" % self.version


def candidates() -> Iterator[str]:
    """Paths of interpreters that may be there, each real file once."""
    seen = set()
    for path in _paths():
        real = os.path.realpath(path)
        if real not in seen and os.access(path, os.X_OK) and "/shims/" not in path and not _in_venv(path):
            seen.add(real)
            yield path


def _paths() -> Iterator[str]:
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        try:
            names = sorted(name for name in os.listdir(folder or ".") if _NAME.match(name)) if folder else []
        except OSError:
            names = []
        for name in names:
            yield os.path.join(folder, name)
    base = getattr(sys, "_base_executable", None) or sys.executable
    if base:
        yield base
    for place in _PLACES:
        for path in sorted(glob.glob(os.path.expanduser(place))):
            if _NAME.match(os.path.basename(path)):
                yield path


def _in_venv(path: str) -> bool:
    return os.path.exists(os.path.join(os.path.dirname(os.path.dirname(path)), "pyvenv.cfg"))


def version_of(path: str) -> Optional[Tuple[int, int, int]]:
    """The version of an interpreter; None where it is no working CPython 3."""
    try:
        done = subprocess.run(
            [path, "-I", "-S", "-c", _CODE],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=LIMIT_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    fields = done.stdout.decode("ascii", "replace").split()
    found = _VERSION.match(fields[0]) if len(fields) == 2 and fields[1] == "cpython" else None
    return (int(found.group(1)), int(found.group(2)), int(found.group(3) or 0)) if found else None


def installed() -> List[Python]:
    """Every Python here, each version once, the newest first."""
    found: Dict[Tuple[int, int, int], str] = {}
    for path in candidates():
        version = version_of(path)
        if version is not None:
            found.setdefault(version, path)
    return [Python(path, version) for version, path in sorted(found.items(), reverse=True)]


def choose(asked: Optional[str]) -> Python:
    """The Python for a request like ``3.11.7``: that one, else the newest of the same minor version.

    Without a request: the first on PATH that is not too old, else the newest. Raises `Refusal`.
    """
    if not asked:
        return _any()
    wanted = _VERSION.match(asked.strip())
    if not wanted:
        raise Refusal("input", "%r is not a version of Python" % asked[:40], field="environment.python")
    minor = (int(wanted.group(1)), int(wanted.group(2)))
    exact = (*minor, int(wanted.group(3))) if wanted.group(3) else None
    here = installed()
    same = [python for python in here if python.version[:2] == minor]
    for python in same:
        if python.version == exact:
            return python
    if same:
        return same[0]
    names = ", ".join("%s (%s)" % (python.text, python.path) for python in here[:8]) or "none at all"
    raise Refusal(
        "machine",
        "the environment wants Python %s, this machine has %s" % (asked, names),
        "install Python %d.%d there, or use an environment that is there: --env existing:NAME-or-path" % minor,
    )


def _any() -> Python:
    for path in candidates():
        version = version_of(path)
        if version is not None and version >= OLDEST:
            return Python(path, version)
    raise Refusal(
        "machine",
        "this machine has no Python %d.%d or newer for an environment" % OLDEST,
        "install one there, or use an environment that is there: --env existing:NAME-or-path",
    )
