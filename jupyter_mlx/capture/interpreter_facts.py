"""Runs inside a kernel's own interpreter (3.8 or newer, standard library only) and prints what is installed there.

One line: a marker, then JSON. Nothing of ours is imported, nothing of theirs beyond what ``site`` brings.
"""

import json
import os
import platform
import sys
from typing import Any, Dict, List, Optional

MARKER = "jupyter_mlx facts: "
_SERVER = ("jupyter-server", "jupyter_server", "jupyterlab", "notebook", "nbclassic")
_EXTENSION = ("labextensions/", "jupyter_server_config.d/", "jupyter_notebook_config.d/")


def markers() -> Dict[str, str]:
    """What environment markers are judged by (PEP 508)."""
    info = sys.implementation.version
    version = ".".join(map(str, info[:3]))
    if info.releaselevel != "final":
        version += info.releaselevel[0] + str(info.serial)
    return {
        "implementation_name": sys.implementation.name,
        "implementation_version": version,
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_full_version": platform.python_version(),
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "sys_platform": sys.platform,
    }


def user_site() -> List[str]:
    """The user's own site-packages where a kernel sees them: -I hides them, a virtual environment too."""
    if sys.prefix != getattr(sys, "base_prefix", sys.prefix):
        try:
            with open(os.path.join(sys.prefix, "pyvenv.cfg")) as config:
                lines = [line.replace(" ", "").lower().strip() for line in config]
        except OSError:
            lines = []
        if "include-system-site-packages=true" not in lines:
            return []
    import site

    folder = site.getusersitepackages()
    return [] if folder in sys.path else [folder]


def distribution(dist: Any) -> Optional[Dict[str, Any]]:
    """One installed distribution; None where its metadata is damaged."""
    meta = dist.metadata
    name, version = meta["Name"], meta["Version"]
    if not name or not version:
        return None
    requires = [str(line) for line in meta.get_all("Requires-Dist") or []]
    if (
        not requires
        and meta.get_all("Provides-Extra") is None
        and str(getattr(dist, "_path", "")).endswith(".egg-info")
    ):
        requires = list(dist.requires or [])
    direct = dist.read_text("direct_url.json")
    home = str(getattr(dist, "_path", "")).rpartition(os.sep)[0]
    facts = {
        "name": str(name),
        "version": str(version),
        "requires": requires,
        "requested": dist.read_text("REQUESTED") is not None,
        "direct_url": json.loads(direct) if direct else None,
        "source": None if os.path.basename(home) in ("site-packages", "dist-packages") else home,
        "installer": (dist.read_text("INSTALLER") or "").strip(),
    }
    if any(line.lower().startswith(_SERVER) for line in requires):
        record = dist.read_text("RECORD") or ""
        facts["extension"] = any(word in record for word in _EXTENSION)
    return facts


def main() -> None:
    """Collect and print."""
    folders = sys.path + user_site()
    dists = []  # type: List[Dict[str, Any]]
    broken = []  # type: List[str]
    if sys.version_info >= (3, 8):  # an older one can still say which it is
        import importlib.metadata

        for dist in importlib.metadata.distributions(path=folders):
            try:
                facts = distribution(dist)
            except Exception:  # noqa: BLE001  metadata is other people's files: any damage, one distribution less
                facts = None
            if facts is None:
                broken.append(str(getattr(dist, "_path", "?")))
            else:
                dists.append(facts)
    facts = {
        "python": platform.python_version(),
        "executable": sys.executable,
        "prefix": sys.prefix,
        "markers": markers(),
        "folders": [*folders, os.path.join(sys.prefix, "pyvenv.cfg")],
        "dists": dists,
        "broken": broken,
    }
    sys.stdout.write("\n" + MARKER + json.dumps(facts) + "\n")


if __name__ == "__main__":
    main()
