"""What an environment holds, asked of its own Python and remembered until the environment changes."""

import contextlib
import hashlib
import json
import os
import subprocess
from typing import Any, Dict, List, Optional

from .durable import read_json, write_json
from .refusal import Refusal

LIMIT_S = 60.0
_MAX_ANSWER = 8 << 20
# Runs in the environment's Python, of any version from 3.6 on. Where jupyter_client lies matters: the kernel host
# runs isolated, without the user's site-packages and PYTHONPATH.
_CODE = r"""
import json, os, site, sys
packages, places = {}, {}
try:
    from importlib.metadata import distributions
    found = [(d.metadata["Name"], d.version, str(d.locate_file(""))) for d in distributions()]
except ImportError:
    from pkg_resources import working_set
    found = [(d.project_name, d.version, d.location) for d in working_set]
for name, version, place in found:
    if name and version and name not in packages:
        packages[name] = version
        places[name.lower().replace("-", "_")] = os.path.realpath(place)
hidden = [site.getusersitepackages()] if hasattr(site, "getusersitepackages") else []
hidden = {os.path.realpath(p) for p in hidden + os.environ.get("PYTHONPATH", "").split(os.pathsep) if p}
print(json.dumps({
    "python": "%d.%d.%d" % sys.version_info[:3],
    "executable": sys.executable,
    "prefix": sys.prefix,
    "packages": packages,
    "isolated": [name for name in ("jupyter_client", "pyzmq") if places.get(name, "") not in hidden | {""}],
    "path": [p for p in sys.path if p and os.path.isdir(p)],
}))
"""


class Facts:
    """The answer of one Python."""

    def __init__(self, answer: Dict[str, Any]) -> None:
        self.python = str(answer["python"])
        self.prefix = str(answer["prefix"])
        self.packages: Dict[str, str] = {str(name): str(version) for name, version in answer["packages"].items()}
        self._isolated = set(answer["isolated"])
        self.path: List[str] = [str(item) for item in answer["path"]]

    def version(self, package: str) -> Optional[str]:
        """The version of a package; None where it is not there."""
        wanted = _normal(package)
        return next((version for name, version in self.packages.items() if _normal(name) == wanted), None)

    @property
    def can_drive(self) -> bool:
        """Whether the kernel host can run in it."""
        client = self.version("jupyter_client") or "0"
        old = tuple(int(part) for part in self.python.split(".")[:2]) < (3, 8)
        return {"jupyter_client", "pyzmq"} <= self._isolated and int(client.split(".")[0]) >= 7 and not old


def _normal(name: str) -> str:
    return name.lower().replace("-", "_").replace(".", "_")


def ask(python: str) -> Dict[str, Any]:
    """What a Python says about itself. Raises `Refusal` where it does not work."""
    try:
        done = subprocess.run(
            [python, "-c", _CODE],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=LIMIT_S,
            cwd="/",
            check=False,
        )
    except OSError as error:
        raise Refusal("input", "%s cannot be run: %s" % (python, error.strerror), field="environment.target") from None
    except subprocess.SubprocessError:
        raise Refusal("machine", "%s did not answer within %d s" % (python, LIMIT_S)) from None
    try:
        answer = json.loads(done.stdout[-_MAX_ANSWER:].decode("utf-8").splitlines()[-1])
        Facts(answer)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        why = said[-1][:300] if said else "status %d" % done.returncode
        raise Refusal("input", "%s is no working Python: %s" % (python, why), field="environment.target") from None
    return dict(answer)


def facts(python: str, memory: str) -> Facts:
    """What an environment holds; ``memory`` is a folder for answers, good until a package comes or goes."""
    name = hashlib.sha256(os.fsencode(python)).hexdigest()
    path = os.path.join(memory, "python-" + name + ".json")
    with contextlib.suppress(ValueError, OSError, LookupError, TypeError, AttributeError):
        known = read_json(path)
        found = Facts(known["answer"])
        if known["stamps"] == _stamps(python, found.path):
            return found
    answer = ask(python)
    found = Facts(answer)
    with contextlib.suppress(OSError):  # only slower the next time
        os.makedirs(memory, 0o700, exist_ok=True)
        write_json(path, {"answer": answer, "stamps": _stamps(python, found.path)}, durable=False)
    return found


def _stamps(python: str, folders: List[str]) -> Dict[str, int]:
    """Times that change when a package is installed or removed."""
    stamps = {}
    for path in [python, os.path.join(os.path.dirname(os.path.dirname(python)), "pyvenv.cfg"), *folders]:
        with contextlib.suppress(OSError):
            stamps[path] = os.stat(path).st_mtime_ns
    return stamps
