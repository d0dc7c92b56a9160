"""What software the machine has: Pythons, uv, a package index, conda, containers, Slurm."""

import os
import time
from typing import Optional
from urllib.parse import urlsplit, urlunsplit

from . import existing
from . import pythons as interpreters
from . import uv as installer
from .check import Check
from .indexes import pip_settings
from .layout import Root
from .probe_machine import on_path

_PYPI = "https://pypi.org/simple"
_INDEX_S = 3.0


def pythons(_: Root) -> Check:
    """Interpreters that environments can be built from."""
    found = interpreters.installed()
    facts = {"pythons": [{"path": python.path, "version": python.text} for python in found]}
    value = ", ".join(python.text for python in found[:6]) or "none"
    if not any(python.version >= interpreters.OLDEST for python in found):
        remedy = "install one (apt, conda, or uv python install), or use --env existing:NAME"
        problem = "no Python %d.%d or newer to build environments with" % interpreters.OLDEST
        return Check("python", False, value, problem, remedy, facts=facts)
    return Check("python", True, value, facts=facts)


def uv(root: Root) -> Check:
    """The installer."""
    path = installer.find_uv(root, None)
    version = installer.version_of(path) if path else None
    if not path or not version:
        return Check("uv", None, "none: it comes with the run", facts={"uv": None})
    text = "%d.%d.%d" % version
    return Check("uv", True, "%s at %s" % (text, path), facts={"uv": {"path": path, "version": text}})


def index(_: Root) -> Check:
    """Whether packages can be fetched."""
    environ = os.environ
    settings = pip_settings(environ)
    url = environ.get("UV_DEFAULT_INDEX") or environ.get("UV_INDEX_URL") or settings.get("index-url") or _PYPI
    shown = without_password(url)
    facts = {"index": shown}
    if settings.get("no-index") or environ.get("UV_NO_INDEX"):
        return Check("index", None, "none: packages come from %s" % settings.get("find-links", "nowhere"), facts=facts)
    began = time.monotonic()
    why = unreachable(url, settings.get("cert"), settings.get("proxy"))
    if why is None:
        return Check("index", True, "%s answers in %d ms" % (shown, (time.monotonic() - began) * 1000), facts=facts)
    remedy = "set index-url (and proxy, cert) in ~/.config/pip/pip.conf there, or use --env existing:NAME"
    return Check("index", False, shown, "the package index does not answer: %s" % why, remedy, facts=facts)


def unreachable(url: str, cert: Optional[str], proxy: Optional[str]) -> Optional[str]:
    """Why an index gives no answer at all; None where it gives one, be it a refusal."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return None if os.path.isdir(parts.path) else "no such folder"
    if parts.scheme not in ("http", "https"):
        return "not an http address"
    import ssl
    import urllib.error
    import urllib.request

    context = ssl.create_default_context(cafile=cert if cert and os.path.isfile(cert) else None)
    handlers = [urllib.request.HTTPSHandler(context=context)]
    proxies = urllib.request.ProxyHandler({"http": proxy, "https": proxy} if proxy else None)
    request = urllib.request.Request(urlunsplit(parts._replace(netloc=_host(url))), method="HEAD")  # noqa: S310 (see scheme)
    try:
        urllib.request.build_opener(proxies, *handlers).open(request, timeout=_INDEX_S).close()
    except urllib.error.HTTPError:
        return None
    except (OSError, ValueError) as error:
        return str(getattr(error, "reason", error))[:200]
    return None


def without_password(url: str) -> str:
    """A URL that can be shown."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=_host(url)))


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]


def environments(_: Root) -> Check:
    """Environments for ``existing:NAME``."""
    found = existing.environments()
    names = sorted(found)
    more = " and %d more" % (len(names) - 12) if len(names) > 12 else ""
    return Check("environments", None, ", ".join(names[:12]) + more or "none found", facts={"environments": found})


def conda(_: Root) -> Check:
    """Conda and its kin."""
    found = {name: on_path(name) for name in ("conda", "mamba", "micromamba", "pixi")}
    there = {name: path for name, path in found.items() if path}
    return Check("conda", None, ", ".join(sorted(there)) or "not on PATH", facts={"conda": there})


def containers(_: Root) -> Check:
    """Container engines."""
    there = {name: path for name in ("docker", "podman", "apptainer") for path in [on_path(name)] if path}
    return Check("containers", None, ", ".join(sorted(there)) or "none", facts={"containers": there})


def slurm(_: Root) -> Check:
    """Whether this is a cluster's machine."""
    path = on_path("sbatch")
    if not path:
        return Check("slurm", None, "none", facts={"slurm": None})
    problem = "this is a Slurm cluster: runs started here run on this very node"
    remedy = "keep to small runs on a login node, or ssh into an allocated one"
    return Check("slurm", None, "sbatch is here", problem, remedy, facts={"slurm": path})
