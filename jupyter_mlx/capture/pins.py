"""An interpreter's distributions as requirement lines that install the same ones elsewhere, and what they cannot."""

from __future__ import annotations

import os
from urllib.parse import unquote, urlsplit, urlunsplit

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from ..models import Json
from .interpreter import Facts
from .pruning import Graph, wanted
from .wording import shown

_LINUX = {"os_name": "posix", "sys_platform": "linux", "platform_system": "Linux"}


def pins(facts: Facts, project: str) -> tuple[list[str], dict[str, str], list[str]]:
    """(requirement lines, versions, notes) of what a notebook may need; ``project`` is the folder that travels."""
    graph = Graph(facts.dists, facts.markers)
    kept = wanted(graph)
    notes: list[str] = []
    if facts.markers.get("sys_platform") != "linux":
        asked = kept - graph.needed_by(kept)
        foreign = sorted(kept - Graph(facts.dists, {**facts.markers, **_LINUX}).reach(asked))
        kept -= set(foreign)
        if foreign:
            notes.append(f"only for this computer's system, not sent: {', '.join(foreign)}")
    lines: list[str] = []
    packages: dict[str, str] = {}
    for raw in facts.dists:
        name = canonicalize_name(raw["name"])
        if name not in kept:
            continue
        kept.discard(name)  # the first of a name counts
        packages[name] = raw["version"]
        line, note = _line(name, raw, project)
        lines += [line] if line else []
        notes += [note] if note else []
    if facts.broken:
        notes.append(f"damaged metadata, not sent: {', '.join(shown(os.path.basename(p)) for p in facts.broken[:5])}")
    return sorted(lines), dict(sorted(packages.items())), sorted(notes)


def _line(name: str, dist: Json, project: str) -> tuple[str | None, str | None]:
    """(requirement, note) for one distribution; no requirement where nothing elsewhere can give it."""
    direct = dist["direct_url"] if dist["installer"] != "conda" and isinstance(dist["direct_url"], dict) else {}
    url = str(direct.get("url") or "")
    if dist["source"] and not direct:
        return None, _local_note(name, dist["source"], project)
    if url.startswith("file:") or "dir_info" in direct:
        return None, _local_note(name, unquote(urlsplit(url).path), project)
    if url:
        return _from_url(name, url, direct)
    try:
        version = Version(dist["version"])
    except InvalidVersion:
        return None, f"{name} {shown(dist['version'])} has a version no index knows; it is not installed there"
    if version.local:
        return f"{name}=={version.public}", f"{name} {version} is installed as {version.public}, what the index has"
    return f"{name}=={version}", None


def _local_note(name: str, folder: str, project: str) -> str:
    where = shown(folder)
    if os.path.commonpath([os.path.realpath(folder), project]) == project:
        return f"{name} is installed from {where}: its source travels with the project but is not installed there"
    return f"{name} is installed from {where}, outside of the project: it will be missing there"


def _from_url(name: str, url: str, direct: Json) -> tuple[str | None, str | None]:
    parts = urlsplit(url)
    if parts.password or (parts.username and parts.username != "git"):
        bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        return None, f"{name} comes from {shown(bare)} with a password, which does not travel: it will be missing there"
    below = f"#subdirectory={direct['subdirectory']}" if direct.get("subdirectory") else ""
    vcs = direct.get("vcs_info")
    if isinstance(vcs, dict):
        if parts.scheme not in ("https", "http"):
            return None, f"{name} comes from {shown(url)}, which needs a key of yours: it will be missing there"
        return f"{name} @ {vcs.get('vcs')}+{url}@{vcs.get('commit_id')}{below}", None
    archive = direct.get("archive_info")
    hashed = archive.get("hash") if isinstance(archive, dict) else None
    if hashed and not below and "#" not in url:
        below = "#" + str(hashed)
    return f"{name} @ {url}{below}", None
