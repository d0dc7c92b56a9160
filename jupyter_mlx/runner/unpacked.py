"""The runner's zip as a folder beside it: Python keeps compiled code next to files, not next to what is in a zip.

Saves some 50 ms of each agent, supervisor and kernel host after the first. Nothing depends on it.
"""

import os
from typing import Optional

from .durable import fsync_dir, temporary_folder
from .names import SHA256, safe_path

_SUFFIX = ".pyz"


def home() -> str:
    """Where this very code was imported from: a zip, its unpacked folder, or a checkout."""
    return os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def runner_digest() -> str:
    """The sha256 of the running zip; ``checkout`` where it runs from elsewhere."""
    name = os.path.basename(home())
    digest = name[: -len(_SUFFIX)] if name.endswith(_SUFFIX) else name
    return digest if SHA256.match(digest) else "checkout"


def best_home() -> str:
    """The unpacked folder where there is one, else `home`."""
    return unpacked(home()) or home()


def unpacked(archive: str) -> Optional[str]:
    """The folder beside a zip, if it was made."""
    folder = archive[: -len(_SUFFIX)]
    return folder if archive.endswith(_SUFFIX) and os.path.isdir(folder) else None


def import_all() -> None:
    """Import every module of the running zip, before there are threads, where that is needed.

    Python 3.8 and 3.9 show other threads a module of a zip while it is still half made.
    """
    if not os.path.isfile(home()):
        return
    import importlib
    import zipfile
    import zipimport

    if hasattr(zipimport.zipimporter, "exec_module"):  # since 3.10, and with it the import system's own locks
        return

    folder = "/".join(__name__.split(".")[:-1]) + "/"
    with zipfile.ZipFile(home()) as source:
        names = [name[len(folder) : -len(".py")] for name in source.namelist() if name.startswith(folder)]
    for name in names:
        if not name.startswith("__"):
            importlib.import_module("." + name, __package__)


def unpack(archive: str) -> Optional[str]:
    """Make the folder beside a zip that came with its hash proven; it appears complete or not at all."""
    if not os.path.isfile(archive) or unpacked(archive) or not archive.endswith(_SUFFIX):
        return unpacked(archive)
    import shutil
    import zipfile

    temp = temporary_folder(os.path.dirname(archive), ".new-")
    try:
        with zipfile.ZipFile(archive) as source:
            for name in source.namelist():
                path = os.path.join(temp, safe_path(name))
                os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
                with open(path, "wb") as out:
                    out.write(source.read(name))
                    out.flush()
                    os.fsync(out.fileno())
        os.rename(temp, archive[: -len(_SUFFIX)])
        fsync_dir(os.path.dirname(archive))
    except OSError:  # somebody else was first, or the disk is full: the zip does as well
        shutil.rmtree(temp, ignore_errors=True)
    return unpacked(archive)
