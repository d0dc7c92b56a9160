"""What can be said of a run from its files."""

import os
from typing import Any, Dict

from .journal import Decoder, Record
from .layout import RunPaths
from .verdict import is_alive, read_exit, settle

_HEAD = 4 << 20  # of a journal: `running` is said before the first cell


def describe(paths: RunPaths, settling: bool = False) -> Dict[str, Any]:
    """The run as `runs` and `status` print it; ``settling`` gives a dead run its verdict first."""
    verdict = settle(paths) if settling else read_exit(paths)
    return {
        "id": paths.id,
        "spec_bytes": _size(paths.spec),
        "state": verdict.get("state") if verdict else _state(paths),
        "exit": verdict,
        "journal_bytes": _size(paths.journal),
        "alive": False if verdict else is_alive(paths),
    }


def _state(paths: RunPaths) -> str:
    """The state of a run without a verdict."""
    state = "preparing"
    decoder = Decoder()
    try:
        with open(paths.journal, "rb") as source:
            for item in decoder.feed(source.read(_HEAD)):
                if isinstance(item, Record) and item.event.get("type") == "state":
                    state = str(item.event.get("state"))
                    if state == "running":
                        break
    except FileNotFoundError:
        pass
    return state


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
