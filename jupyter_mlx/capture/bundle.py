"""The project's content as blobs and trees: what a run was given, exactly, named by one hash."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass, field
from typing import Any

from ..errors import ConflictError, InputError, NoSpaceError
from ..models import BundleSummary
from ..runner.blobs import BlobChanged, BlobStore
from ..runner.trees import Entry
from .files import Found, Selection
from .stat_cache import StatCache
from .wording import shown

_FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True)
class Packed:
    """A bundle in the blob store. ``ids`` has every blob of it, trees first, its top one at the head."""

    summary: BundleSummary
    ids: list[str]
    files: list[tuple[str, int]]  # path and size of each file
    warnings: list[str] = field(default_factory=list)


def pack(selection: Selection, notebook: bytes, blobs: BlobStore) -> Packed:
    """Hash and store what was selected, with ``notebook`` as the content of the run's notebook.

    A file that the last capture saw and that has not changed since is not read again.
    Raises ConflictError where a file never holds still, NoSpaceError, InputError where the store cannot be written.
    """
    try:
        return _Packer(selection, blobs).pack(notebook)
    except OSError as error:
        what = f"the project cannot be packed into {shown(blobs.folder)}: {error.strerror}"
        if error.errno in _FULL:
            raise NoSpaceError(what, hint="Free some space on this disk and try again.") from error
        raise InputError(what, hint="JUPYTER_DATA_DIR names a folder that can be written.") from error


class _Packer:
    def __init__(self, selection: Selection, blobs: BlobStore) -> None:
        self._selection = selection
        self._blobs = blobs
        self._cache = StatCache(blobs.folder, selection.root)
        self._vanished: list[str] = []

    def pack(self, notebook: bytes) -> Packed:
        top: dict[str, Any] = {}
        files: list[tuple[str, int]] = []
        ids: dict[str, None] = {}
        own = Entry(os.path.basename(self._selection.notebook), "file", self._blobs.put(notebook), len(notebook))
        self._place(top, self._selection.notebook, own)
        for found in self._selection.found:
            entry = self._entry(found)
            if entry is not None:
                self._place(top, found.path, entry)
        self._cache.save()
        trees: list[str] = []
        digest, _ = self._tree(top, "", trees, ids, files)
        summary = BundleSummary(digest, len(files), sum(size for _, size in files))
        ordered = [*reversed(trees), *ids]
        return Packed(summary, list(dict.fromkeys(ordered)), files, self._warnings())

    def _warnings(self) -> list[str]:
        names = self._vanished
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        return [f"left out, vanished or unreadable: {', '.join(map(shown, names[:3]))}{more}"] if names else []

    @staticmethod
    def _place(top: dict[str, Any], path: str, entry: Entry | dict[str, Any]) -> None:
        folder = top
        *above, name = path.split("/")
        for part in above:
            folder = folder.setdefault(part, {})
        if isinstance(entry, dict):
            folder.setdefault(name, entry)
        else:
            folder[name] = entry

    def _entry(self, found: Found) -> Entry | dict[str, Any] | None:
        name = found.path.rpartition("/")[2]
        if found.kind == "dir":
            return {}
        if found.kind == "link":
            return Entry(name, "link", target=found.target)
        known = self._cache.get(found)
        if known is not None and self._blobs.has(known, found.size):
            return Entry(name, found.kind, known, found.size)
        try:
            blob_id, size = self._stored(found)
        except OSError as error:
            if error.errno in _FULL:
                raise
            self._vanished.append(found.path)
            return None
        self._cache.put(found, blob_id, size)
        return Entry(name, found.kind, blob_id, size)

    def _stored(self, found: Found) -> tuple[str, int]:
        full = os.path.join(self._selection.root, found.path)
        try:
            return self._blobs.put_file(full)
        except BlobChanged:
            pass
        try:
            return self._blobs.put_file(full)
        except BlobChanged:
            raise ConflictError(
                f"{shown(found.path)} changed while being packed",
                field="project",
                hint="Wait for what writes it, or list the file in .mlxignore if the run does not need it.",
            ) from None

    def _tree(
        self, folder: dict[str, Any], prefix: str, trees: list[str], ids: dict[str, None], files: list[tuple[str, int]]
    ) -> tuple[str, int]:
        """Store a folder's tree object, those below it first; (id, size)."""
        entries = []
        for name, item in sorted(folder.items()):
            if isinstance(item, dict):
                tree_id, size = self._tree(item, f"{prefix}{name}/", trees, ids, files)
                entries.append(Entry(name, "dir", tree_id, size))
                continue
            entries.append(item)
            if item.id is not None:
                ids[item.id] = None
                files.append((prefix + name, item.size))
        tree_id, size = self._blobs.put_tree(entries)
        trees.append(tree_id)
        return tree_id, size
