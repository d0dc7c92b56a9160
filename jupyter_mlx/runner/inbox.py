"""What a run's inbox tells its supervisor: stop. The rest is for the kernel host."""

from typing import Any, Dict, List

from .journal import Decoder, Record

_PIECE = 1 << 20


class Cancels:
    """Reads an inbox as it grows."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._decoder = Decoder()
        self._offset = 0

    def poll(self) -> List[Dict[str, Any]]:
        """The ``cancel`` messages that came since the last time. Raises OSError."""
        found: List[Dict[str, Any]] = []
        with open(self._path, "rb") as source:
            source.seek(self._offset)
            for piece in iter(lambda: source.read(_PIECE), b""):
                self._offset += len(piece)
                events = [item.event for item in self._decoder.feed(piece) if isinstance(item, Record)]
                found += [event for event in events if event.get("type") == "cancel"]
        return found
