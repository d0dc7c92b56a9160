"""Which folder a notebook belongs to: it travels, and relative paths hold inside it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError, NotFoundError
from .wording import shown

MARKER = "mlx.yaml"


@dataclass(frozen=True)
class Project:
    """A folder with a name. ``notebook`` is the run's notebook in it, a relative POSIX path."""

    root: Path
    notebook: str
    found: str  # how: given, mlx.yaml, git, notebook

    @property
    def id(self) -> str:
        """The absolute path of the root: what runs are numbered by."""
        return str(self.root)

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.root.name or "/"

    @property
    def cwd(self) -> str:
        """The notebook's folder inside the project, "" for the root."""
        return os.path.dirname(self.notebook)


def find_project(notebook: Path, given: Path | None = None) -> Project:
    """The project of a notebook: the folder given, else the nearest above with mlx.yaml, with .git, else its own.

    ``/`` and the home folder are projects only when given. Raises InputError, NotFoundError.
    """
    full = os.path.join(os.path.realpath(os.path.dirname(os.path.abspath(notebook))), os.path.basename(notebook))
    folder = os.path.dirname(full)
    if given is not None:
        root, found = _given(given), "given"
    else:
        root, found = _found(folder)
    real = os.path.realpath(full)
    for path in (full, real):
        if os.path.commonpath([root, path]) != root:
            what = "the notebook" if path == full else "what the notebook links to"
            raise InputError(
                f"{what}, {shown(path)}, is outside of the project {shown(root)}",
                field="notebook" if given is None else "project",
                hint="Give the folder that holds both with --project, or put a copy into the project.",
            )
    return Project(Path(root), os.path.relpath(full, root), found)


def _given(folder: Path) -> str:
    root = os.path.realpath(folder)
    if not os.path.isdir(root):
        what = "is not a folder" if os.path.exists(root) else "does not exist"
        raise NotFoundError(f"the project {shown(folder)} {what}", field="project")
    return root


def _found(folder: str) -> tuple[str, str]:
    broad = {"/", os.path.realpath(os.path.expanduser("~"))}
    above = [folder]
    while above[-1] != os.path.dirname(above[-1]):
        above.append(os.path.dirname(above[-1]))
    for name, word in ((MARKER, MARKER), (".git", "git")):
        for candidate in above:
            if candidate not in broad and os.path.exists(os.path.join(candidate, name)):
                return candidate, word
    if folder in broad:
        what = "your home folder" if folder != "/" else "/"
        raise InputError(
            f"the notebook lies directly in {shown(folder)}: the project would be {what}, and all of it would be sent",
            field="project",
            hint="Move the notebook into a folder of its own, or name the folder with --project.",
        )
    return folder, "notebook"
