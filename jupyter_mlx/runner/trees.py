"""Tree objects: one folder of a bundle as canonical JSON (docs/formats.md, "Tree object"). Pure."""

import json
from typing import Any, Dict, List, NamedTuple, Optional

from .names import UnsafeNameError, safe_digest, safe_name, safe_path

MAX_TREE = 64 << 20  # bytes of one tree object
MAX_SIZE = 1 << 50
_KEYS = {
    "file": {"name", "kind", "id", "size"},
    "exec": {"name", "kind", "id", "size"},
    "dir": {"name", "kind", "id", "size"},
    "link": {"name", "kind", "target"},
}


class TreeError(ValueError):
    """The object is no tree, or one that could leave its folder; the message says why."""


class Entry(NamedTuple):
    """One name in a folder. ``size`` is that of the content, of a ``dir`` that of its tree object."""

    name: str
    kind: str  # file exec dir link
    id: Optional[str] = None
    size: int = 0
    target: Optional[str] = None  # of a link: relative, never above the tree

    def as_dict(self) -> Dict[str, Any]:
        """The entry as it stands in the object."""
        if self.kind == "link":
            return {"name": self.name, "kind": self.kind, "target": self.target}
        return {"name": self.name, "kind": self.kind, "id": self.id, "size": self.size}


def encode_tree(entries: List[Entry]) -> bytes:
    """Entries in any order as the one canonical object. Raises `TreeError`."""
    ordered = sorted(entries, key=lambda entry: entry.name)
    data = _dumps([entry.as_dict() for entry in ordered])
    _judge([entry.as_dict() for entry in ordered])
    return data


def decode_tree(data: bytes) -> List[Entry]:
    """The entries of an object, each proven harmless. Raises `TreeError`."""
    if len(data) > MAX_TREE:
        raise TreeError("a tree object of %d bytes is over the limit" % len(data))
    try:
        value = json.loads(data.decode("ascii"))
    except (ValueError, RecursionError):
        raise TreeError("a tree object is not JSON") from None
    if not isinstance(value, dict) or set(value) != {"entries"} or not isinstance(value["entries"], list):
        raise TreeError("a tree object holds one list of entries")
    entries = _judge(value["entries"])
    if _dumps(value["entries"]) != data:  # one folder has one id
        raise TreeError("a tree object is not written in the canonical way")
    return entries


def safe_target(target: str, depth: int) -> str:
    """A link's target, returned unchanged, where the link stands ``depth`` folders below the root.

    ``..`` stands only at the front: behind a name it would be resolved through whatever the name links to.
    Raises `TreeError`.
    """
    parts = target.split("/")
    ups = 0
    while ups < len(parts) and parts[ups] == "..":
        ups += 1
    if ups > depth:
        raise TreeError("the link to %r leaves the project" % target[:80])
    try:
        if ups < len(parts):
            safe_path("/".join(parts[ups:]))
    except UnsafeNameError as error:
        raise TreeError("the link to %r is not plain: %s" % (target[:80], error)) from None
    return target


def _dumps(entries: List[Dict[str, Any]]) -> bytes:
    return json.dumps({"entries": entries}, sort_keys=True, separators=(",", ":")).encode("ascii")


def _judge(entries: List[Any]) -> List[Entry]:
    judged = [_entry(entry) for entry in entries]
    for before, after in zip(judged, judged[1:]):
        if before.name >= after.name:
            raise TreeError("the names %r and %r are not sorted or not unique" % (before.name[:80], after.name[:80]))
    return judged


def _entry(entry: Any) -> Entry:
    kind = entry.get("kind") if isinstance(entry, dict) else None
    if not isinstance(kind, str) or set(entry) != _KEYS.get(kind):
        raise TreeError("%.80r is no entry of a tree" % (entry,))
    name = entry["name"]
    try:
        if not isinstance(name, str):
            raise UnsafeNameError("%.80r is not a name" % (name,))
        safe_name(name)
        if kind == "link":
            if not isinstance(entry["target"], str):
                raise TreeError("the link %r has no target" % name[:80])
            return Entry(name, kind, target=safe_target(entry["target"], 1 << 30))
        safe_digest(entry["id"])
    except UnsafeNameError as error:
        raise TreeError(str(error)) from None
    size = entry["size"]
    if type(size) is not int or not 0 <= size <= MAX_SIZE:
        raise TreeError("%r has the size %.40r" % (name[:80], size))
    return Entry(name, kind, entry["id"], size)
