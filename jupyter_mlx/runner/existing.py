"""Environments that are on the machine already: by path, or by the name conda, pyenv and others gave them."""

import glob
import os
from typing import Dict, Iterator, Optional, Tuple

from .durable import read_json
from .refusal import Refusal

_PLACES = (
    "~/.virtualenvs/*",
    "~/*conda*/envs/*",
    "~/*mamba*/envs/*",
    "~/.conda/envs/*",
    "~/.local/share/mamba/envs/*",
    "~/micromamba/envs/*",
    "/opt/*conda*/envs/*",
    "/opt/*mamba*/envs/*",
    "~/.pyenv/versions/*",
)
_BASES = ("~/*conda*", "~/*mamba*", "/opt/*conda*", "/opt/*mamba*")
_MAX_NAMES = 500


def environments() -> Dict[str, str]:
    """Name -> path of the Python of every environment in the usual places; the first of a name counts."""
    found: Dict[str, str] = {}
    for folder in _folders():
        python = python_in(folder)
        if python and len(found) < _MAX_NAMES:
            found.setdefault(os.path.basename(folder), python)
    for place in _BASES:
        for folder in sorted(glob.glob(os.path.expanduser(place))):
            python = python_in(folder)
            if python and os.path.isdir(os.path.join(folder, "conda-meta")):
                found.setdefault("base", python)
    for name, python in _registered():
        found.setdefault(name, python)
    return found


def _registered() -> Iterator[Tuple[str, str]]:
    """(name, Python) of kernels that somebody registered with `ipykernel install --user`."""
    for path in sorted(glob.glob(os.path.expanduser("~/.local/share/jupyter/kernels/*/kernel.json")))[:_MAX_NAMES]:
        try:
            argv = read_json(path, limit=1 << 20)["argv"]
            python, module = argv[0], argv[argv.index("-m") + 1]
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            continue
        if isinstance(python, str) and os.path.isabs(python) and str(module).startswith("ipykernel"):
            yield os.path.basename(os.path.dirname(path)), python


def _folders() -> "list[str]":
    folders = [folder for place in _PLACES for folder in sorted(glob.glob(os.path.expanduser(place)))]
    try:
        with open(os.path.expanduser("~/.conda/environments.txt"), encoding="utf-8", errors="replace") as source:
            folders += [line.strip() for line in source.read(1 << 20).splitlines() if line.strip().startswith("/")]
    except OSError:
        pass
    return folders


def python_in(folder: str) -> Optional[str]:
    """The Python of an environment's folder; None where it is no environment."""
    for name in ("python", "python3"):
        path = os.path.join(folder, "bin", name)
        if os.access(path, os.X_OK) and os.path.isfile(path):
            return path
    return None


def resolve(target: Optional[str]) -> str:
    """The Python that ``existing:TARGET`` means. Raises `Refusal` that names what is there."""
    if not target:
        raise Refusal("input", "existing: needs a name or a path", field="environment.target")
    path = os.path.expanduser(target)
    if "/" in target:
        python = python_in(path) if os.path.isdir(path) else path
        if python and os.path.isabs(python) and os.access(python, os.X_OK):
            return python
        if not os.path.isabs(path):
            raise Refusal("input", "%s is not an absolute path" % target, field="environment.target")
        what = "an environment's folder" if os.path.isdir(path) else "there or not executable"
        raise Refusal("input", "%s is not %s on this machine" % (target, what), field="environment.target")
    known = environments()
    if target in known:
        return known[target]
    names = ", ".join(sorted(known)[:20]) or "none"
    raise Refusal(
        "input",
        "this machine has no environment named %r" % target,
        "found here: %s; a path works too: --env existing:/path/to/env" % names,
        field="environment.target",
    )
