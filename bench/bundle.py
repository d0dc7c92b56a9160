"""How large what the lab loads is: the files of the built lab extension, packed as a server sends them."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

BUILT = Path(__file__).resolve().parent.parent / "jupyter_mlx" / "labextension"
_MODULE = '"./{}":'
_CHUNK = re.compile(r"\.e\(\"?([\w-]+)\"?\)")


class Bundle:
    """The lab extension as it is built. Raises FileNotFoundError where it is not."""

    def __init__(self, folder: Path = BUILT) -> None:
        self.static = folder / "static"
        self.entry = folder / json.loads((folder / "package.json").read_text())["jupyterlab"]["_build"]["load"]
        self.files = sorted(self.static.glob("*.js"))

    @property
    def development(self) -> bool:
        """Whether it was built for development: larger, with names, and with maps beside."""
        return any(self.static.glob("*.js.map"))

    def chunks(self, module: str) -> list[Path]:
        """The files the lab fetches for ``extension`` or ``style``, beside the entry."""
        text = self.entry.read_text()
        start = text.index(_MODULE.format(module)) + 1
        end = text.find('"./', start + len(module) + 3)
        promised = text[start : end if end > 0 else start + 2000].partition("},")[0]
        return [file for name in dict.fromkeys(_CHUNK.findall(promised)) for file in self.static.glob(f"{name}.*.js")]

    @property
    def eager(self) -> list[Path]:
        """What runs when the lab starts; the style is beside it."""
        return [self.entry, *self.chunks("extension")]


def packed(*files: Path) -> float:
    """Kilobytes through gzip, each file by itself."""
    return sum(len(gzip.compress(file.read_bytes(), 9)) for file in files) / 1000
