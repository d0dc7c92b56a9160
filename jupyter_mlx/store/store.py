"""The store as one object, and what to do when its file cannot be used."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ConflictError
from .database import PATIENCE_S, Database
from .journals import Journals
from .listing import Listing
from .machines import Machines
from .overview import Overview
from .runs import Runs
from .search import Search
from .trouble import REBUILD, damaged, named

if TYPE_CHECKING:
    from typing_extensions import Self

FILE = "mlx.sqlite"
FETCHED = "fetched"  # beside the mirror of a run


class Store(Runs, Listing, Search, Journals, Machines, Overview):
    """One folder with the database and the mirrors; any number of threads and processes use it at once."""

    def __init__(self, folder: str | os.PathLike[str], *, patience: float = PATIENCE_S) -> None:
        """Open or make the store. Raises ConflictError (damaged, newer, locked) and NoSpaceError; deletes nothing."""
        path = Path(folder)
        with named(path):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            (path / "mirrors").mkdir(mode=0o700, exist_ok=True)
            if not (path / FILE).exists() and any((path / "mirrors").iterdir()):
                raise damaged(path / FILE, "it is gone, though runs were mirrored here")
        super().__init__(path, Database(path / FILE, patience=patience))

    @classmethod
    def start_over(cls, folder: str | os.PathLike[str], *, patience: float = PATIENCE_S) -> tuple[Store, Path | None]:
        """Set a database that cannot be used aside and open an empty one; also where the old one went.

        The mirrors stay; each is completed or replaced when its machine is asked again.
        """
        path = Path(folder)
        aside: Path | None = None
        with named(path):
            stamp = time.strftime("%Y%m%d-%H%M%S") + f"-{os.getpid()}"
            for end in ("", "-wal", "-shm", "-journal"):
                if (path / (FILE + end)).exists():
                    target = path / f"{FILE}.damaged-{stamp}{end}"
                    (path / (FILE + end)).rename(target)
                    aside = aside or target
            (path / FILE).touch(mode=0o600)
        return cls(folder, patience=patience), aside

    @classmethod
    def mended(cls, folder: str | os.PathLike[str], *, patience: float = PATIENCE_S) -> tuple[Store, Path | None]:
        """Open the store; a database that is damaged or gone gives way to an empty one. Also where it was set aside."""
        try:
            store = cls(folder, patience=patience)
            if not store.database.problems():
                return store, None
            store.close()
        except ConflictError as error:
            if error.hint != REBUILD:
                raise
        return cls.start_over(folder, patience=patience)

    def check(self) -> list[str]:
        """What is wrong here, for `doctor`: damage in the file, mirrors that nobody knows or that are cut."""
        try:
            problems = self.database.problems()
            known = {run.id for run in self.runs()}
        except ConflictError as error:
            return [error.message]
        for folder in sorted((self.folder / "mirrors").iterdir()):
            if folder.name not in known:
                problems.append(f"{folder} belongs to no known run")
        for run_id in sorted(known):
            path, wanted = self.mirror_folder(run_id) / "journal", self.mirror(run_id).offset
            size = path.stat().st_size if path.exists() else 0
            if size < wanted:
                problems.append(f"{path} has {size} of {wanted} bytes")
        return problems

    def fetched(self, run_id: str) -> bool:
        """Whether everything a run left was brought here at some time."""
        return (self.mirror_folder(run_id) / FETCHED).exists()

    def mark_fetched(self, run_id: str) -> None:
        """Remember that everything a run left is here. Where that fails, the machine keeps it longer than it must."""
        with contextlib.suppress(OSError):
            (self.mirror_folder(run_id) / FETCHED).touch(mode=0o600)

    def close(self) -> None:
        """Close the database."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
