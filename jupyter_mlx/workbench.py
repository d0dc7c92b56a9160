"""The composition root: from Jupyter's data and config folders to all that can be done, each part made when used."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import InputError
from .models import Json, Machine
from .transport.pipe import Prompts, Unattended

if TYPE_CHECKING:
    from .dispatch.contacts import Contact
    from .dispatch.dispatcher import Dispatcher
    from .machines.machines import Machines
    from .runner.blobs import BlobStore
    from .store import Store

FOLDER = "jupyter_mlx"


class Workbench:
    """One per process. ``data`` and ``config`` are our folders; by default those of Jupyter's own environment.

    A short-lived process uses it as a context manager: what it could not deliver is then left to a keeper.
    """

    def __init__(self, data: Path | None = None, config: Path | None = None, prompts: Prompts | None = None) -> None:
        self._data = data
        self._config = config
        self.prompts: Prompts = prompts or Unattended()

    @cached_property
    def data(self) -> Path:
        """Where state lives, private. Raises `InputError` where it cannot be made."""
        return _private(self._data or _jupyter("jupyter_data_dir"), "JUPYTER_DATA_DIR")

    @cached_property
    def config(self) -> Path:
        """Where the machine list and our known_hosts live; made when something is written."""
        return self._config or _jupyter("jupyter_config_dir")

    @cached_property
    def store(self) -> Store:
        """The history."""
        from .store import Store

        return Store(self.data)

    def mend(self) -> Path | None:
        """Open the history, an empty one where it is damaged or gone; where the damaged file was set aside."""
        from .store import Store

        self.__dict__["store"], aside = Store.mended(self.data)
        return aside

    @cached_property
    def blobs(self) -> BlobStore:
        """The content of runs, as it was captured."""
        from .runner.blobs import BlobStore

        return BlobStore(str(self.data / "blobs"))

    @cached_property
    def machines(self) -> Machines:
        """The machines by name."""
        from .machines.book import MachineBook
        from .machines.machines import Machines
        from .transport.ssh_config import SshConfig

        book = MachineBook(self.config / "machines.json")
        return Machines(book, self.data / "local", lambda: SshConfig().aliases(), self._open_runs)

    @cached_property
    def dispatcher(self) -> Dispatcher:
        """What can be done with runs."""
        from .dispatch.dispatcher import Dispatcher

        return Dispatcher(self.store, self.blobs, self.machines.find, self._dial, self.data, self.config)

    def _dial(self, machine: Machine, known: Json) -> Contact:
        """A new connection. Raises what a transport and the first program raise."""
        from .dispatch.contacts import Contact
        from .link.connect import connect
        from .link.runner_zip import runner_zip
        from .transport import make_transport

        transport = make_transport(machine, self.prompts, known_hosts=self.config / "known_hosts")
        try:
            there = str(known.get("runner", "")).startswith(runner_zip().digest)
            link = connect(machine, transport, runner_there=there)
        except BaseException:  # whatever it was, nobody else will close it
            transport.close()
            raise

        def close() -> None:
            link.close()
            transport.close()

        return Contact(link, close)

    def _open_runs(self, machine: str) -> int:
        return len(self.store.open_runs(machine))

    def close(self) -> None:
        """End every link and close the store; runs go on."""
        for part in ("dispatcher", "store"):
            if part in self.__dict__:
                getattr(self, part).close()
                del self.__dict__[part]

    def __enter__(self) -> Workbench:  # noqa: PYI034  # typing.Self is newer than our oldest Python
        return self

    def __exit__(self, *_: object) -> None:
        try:
            if "dispatcher" in self.__dict__:
                self.dispatcher.leave()
        finally:
            self.close()


def _jupyter(name: str) -> Path:
    from jupyter_core import paths

    return Path(getattr(paths, name)()) / FOLDER


def _private(folder: Path, variable: str) -> Path:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.stat().st_mode & 0o077:
            folder.chmod(0o700)
    except OSError as error:
        raise InputError(
            f"cannot use {folder}: {error.strerror}", field="data", hint=f"set {variable} to a folder you can write"
        ) from error
    return folder
