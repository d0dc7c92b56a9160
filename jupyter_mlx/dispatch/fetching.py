"""What a run left, brought here: the executed notebook and its files, byte for byte."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from ..errors import ConflictError, MachineError, MlxError, NoSpaceError, NotFoundError, UnreachableError
from ..link.link import Link
from ..models import Json, OutputFile, Run
from ..runner.blobs import BlobMissing, BlobStore
from ..runner.names import UnsafeNameError, safe_name
from ..store import Store
from .contacts import Contacts
from .delivery import UNSENT
from .placing import Place, Wanted

MAX_MEDIA = 256 << 20  # bytes of one large output kept in the notebook
MAX_NOTEBOOK = 64 << 20  # bytes of the notebook that was sent


@dataclass
class Fetched:
    """What came back, paths below the folder; ``skipped`` and ``missing_media`` say what did not and why."""

    folder: str
    notebook: str | None = None
    files: list[str] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)  # (path, why)
    missing_media: list[tuple[str, str]] = field(default_factory=list)  # (sha256, why): outputs of cells left out

    @property
    def complete(self) -> bool:
        """Whether everything the run left is here."""
        return not self.skipped and not self.missing_media


class Fetching:
    """Writes a run's results into a folder of the person's choice."""

    def __init__(self, store: Store, blobs: BlobStore, contacts: Contacts) -> None:
        self._store = store
        self._blobs = blobs
        self._contacts = contacts

    def fetch(self, run_id: str, folder: Path, *, force: bool = False) -> Fetched:
        """Write the executed notebook, ``outputs/`` and changed project files (``work/``) below a folder.

        Uses what is mirrored; what only the machine has and cannot be reached is listed with the reason. Raises
        `ConflictError` before anything is written where a different file stands in the way, `NoSpaceError`.
        """
        run = self._store.run(run_id)
        if run.state in UNSENT:
            raise ConflictError(f"run #{run.number} is {run.state.value}: there is nothing to fetch yet", field="run")
        source = _Source(self._contacts, run)
        result = Fetched(str(folder))
        with Place(folder, f".fetching-{run.id}", force) as place:
            notebook = self._notebook(run, source, result)
            wanted = [_wanted(item) for item in run.outputs]
            present = {item.path for item in [*(n for n, _ in notebook), *wanted] if place.has(item)}
            for item, data in notebook:
                if item.path not in present:
                    place.put(item, lambda offset, data=data: iter([data[offset:]]))  # type: ignore[misc]
                result.notebook = item.path
            for item, output in zip(wanted, run.outputs, strict=True):
                why = None if item.path in present else self._file(place, item, output, source)
                if why is None:
                    result.files.append(item.path)
                else:
                    result.skipped.append((item.path, why))
        if run.state.final and result.complete:
            self._store.mark_fetched(run_id)
        return result

    @staticmethod
    def _file(place: Place, item: Wanted, output: OutputFile, source: _Source) -> str | None:
        """Why a file did not come; None where it did."""
        try:
            if item.size:
                source.link()  # asked before anything is made for it
            place.put(item, lambda offset: source.read(output.area, output.path, offset))
        except NoSpaceError:
            raise
        except MlxError as error:
            return error.message
        return None

    def executed(self, run_id: str) -> tuple[Json, list[tuple[str, str]]]:
        """The notebook that ran with the outputs that are mirrored, and (sha256, why) of large ones that are missing.

        Raises `ConflictError` where the notebook as it was sent is no longer on this computer.
        """
        run = self._store.run(run_id)
        result = Fetched("")
        try:
            notebook = self._composed(run, _Source(self._contacts, run), result)
        except (BlobMissing, UnsafeNameError, ValueError) as error:
            raise ConflictError(f"the notebook as it was sent is not on this computer: {error}", field="run") from error
        return notebook, result.missing_media

    def sent(self, run_id: str) -> Json:
        """The notebook as it was sent. Raises `ConflictError` where it is no longer to be had."""
        run = self._store.run(run_id)
        try:
            found = json.loads(self._sent(run, _Source(self._contacts, run)))
        except (BlobMissing, UnsafeNameError, ValueError) as error:
            raise ConflictError(f"the notebook as it was sent is not on this computer: {error}", field="run") from error
        return found if isinstance(found, dict) else {}

    def media(self, run_id: str, digest: str) -> bytes:
        """A large output of a run by its sha256, kept here from then on. Raises `NotFoundError` with the reason."""
        run = self._store.run(run_id)
        result = Fetched("")
        try:
            return _Media(self._blobs, _Source(self._contacts, run), result).get(digest)
        except KeyError:
            why = result.missing_media[0][1] if result.missing_media else "it is not there"
            raise NotFoundError(f"that output cannot be had: {why}", field="media") from None

    def read(self, run_id: str, area: str, path: str, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The bytes of a file a run left. Raises `UnreachableError` and what its machine refuses."""
        run = self._store.run(run_id)
        return _Source(self._contacts, run).read(area, path, offset, length)

    def _notebook(self, run: Run, source: _Source, result: Fetched) -> list[tuple[Wanted, bytes]]:
        """The executed notebook as one file to place; none where its content is no longer here."""
        name = PurePosixPath(run.notebook).name
        try:
            safe_name(name)
            notebook = self._composed(run, source, result)
        except (BlobMissing, UnsafeNameError, ValueError) as error:
            result.skipped.append((name, f"the notebook as it was sent is not on this computer: {error}"))
            return []
        data = json.dumps(notebook, ensure_ascii=False, indent=1).encode("utf-8", "surrogatepass") + b"\n"
        return [(Wanted(name, len(data), hashlib.sha256(data).hexdigest()), data)]

    def _composed(self, run: Run, source: _Source, result: Fetched) -> Json:
        """The executed notebook. Raises BlobMissing, UnsafeNameError, ValueError where what was sent is not here."""
        from .. import executed

        sent: Any = json.loads(self._sent(run, source))
        media = _Media(self._blobs, source, result)
        events = (record.event for record in self._store.events(run.id))
        told = {"id": run.id, "number": run.number, "machine": run.machine, "state": run.state.value}
        return executed.compose(sent, events, media.get, run=told)

    def _sent(self, run: Run, source: _Source) -> bytes:
        """The notebook as it was sent: from here, or from the machine where it was lost here. Raises BlobMissing."""
        digest = str(self._store.spec(run.id).get("notebook_blob"))
        try:
            with self._blobs.open(digest) as file:
                return file.read(MAX_NOTEBOOK)
        except BlobMissing as missing:
            try:
                data = source.content(digest, "notebook", "")
            except MlxError:
                raise missing from None
        self._blobs.put(data)
        return data


class _Source:
    """The machine, dialled when first needed; once out of reach it stays so for this fetch."""

    def __init__(self, contacts: Contacts, run: Run) -> None:
        self._contacts = contacts
        self._run = run
        self._trouble: MlxError | None = None

    def link(self) -> Link:
        if self._trouble is not None:
            raise self._trouble
        try:
            return self._contacts.link(self._run.machine)
        except MlxError as error:
            self._trouble = error
            raise

    def read(self, area: str, path: str, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        link = self.link()
        try:
            yield from link.read(self._run.id, area, path, offset, length)
        except UnreachableError as error:
            self._contacts.lost(self._run.machine, error)
            raise

    def content(self, digest: str, area: str, path: str) -> bytes:
        """A file's content, proven. Raises `MlxError`."""
        data = _gathered(self.read(area, path))
        if hashlib.sha256(data).hexdigest() != digest:
            raise MachineError("its content is not what its name says")
        return data


class _Media:
    """Large outputs by digest: from this computer where they came before, else from the machine."""

    def __init__(self, blobs: BlobStore, source: _Source, result: Fetched) -> None:
        self._blobs = blobs
        self._source = source
        self._result = result

    def get(self, digest: str) -> bytes:
        """The bytes. Raises KeyError where they cannot be had; the result says why."""
        try:
            with self._blobs.open(digest) as file:
                return file.read()
        except (BlobMissing, UnsafeNameError):
            pass
        try:
            data = self._source.content(digest, "media", digest)
        except (MlxError, UnsafeNameError) as error:
            if (digest, str(error)) not in self._result.missing_media:
                self._result.missing_media.append((digest, str(error)))
            raise KeyError(digest) from error
        self._blobs.put(data)
        return data


def _gathered(pieces: Iterable[bytes]) -> bytes:
    held, size = [], 0
    for piece in pieces:
        size += len(piece)
        if size > MAX_MEDIA:
            raise MachineError(f"it has more than {MAX_MEDIA >> 20} MiB")
        held.append(piece)
    return b"".join(held)


def _wanted(item: OutputFile) -> Wanted:
    return Wanted(f"{'work' if item.area == 'work' else 'outputs'}/{item.path}", item.size, item.sha256)
