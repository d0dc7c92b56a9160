"""The file that `jupyter_mlx.log` and its like append to, followed as it grows and judged line by line."""

import json
from typing import Any, Dict, List, Optional

from ..runner.metadata import MAX_KEY, MAX_KEYS, scalar
from ..runner.names import UnsafeNameError, safe_path
from .recorder import Recorder

MAX_LINE = 1 << 20
MAX_VALUE = 128 << 10  # bytes of a parameter's or a tag's value
_BLOCK = 1 << 20
_COMPLAINTS = 20  # lines that cannot be used and are still told of


class LoggedEvents:
    """Reads complete lines of the file into the journal."""

    def __init__(self, path: str, recorder: Recorder) -> None:
        self._source = open(path, "ab+")  # noqa: SIM115 (read for as long as the run lives; made where it is not there)
        self._source.seek(0)
        self._recorder = recorder
        self._rest = b""
        self._complained = 0

    def poll(self, cell: Optional[int], last: bool = False) -> None:
        """Note what was logged since; ``last`` takes an unfinished line too."""
        while True:
            data = self._source.read(_BLOCK)
            if not data:
                break
            lines = (self._rest + data).split(b"\n")
            self._rest = lines.pop()
            if len(self._rest) > MAX_LINE:
                self._rest = self._rest[: MAX_LINE + 1]  # too long already: all that counts is where it ends
            for line in lines:
                self._note(line, cell)
        if last and self._rest:
            self._note(self._rest, cell)
            self._rest = b""

    def _note(self, line: bytes, cell: Optional[int]) -> None:
        if not line.strip():
            return
        try:
            if len(line) > MAX_LINE:
                raise ValueError("it is longer than %d bytes" % MAX_LINE)
            event = json.loads(line.decode("utf-8"))
            fields = checked(event)
        except (ValueError, RecursionError) as error:
            self._complained += 1
            if self._complained <= _COMPLAINTS:
                self._recorder.event("log", source="jupyter_mlx.log", text="a logged line was left out: %.200s" % error)
            return
        self._recorder.event(event["type"], cell=cell if event["type"] == "metric" else None, **fields)

    def close(self) -> None:
        """Let go of the file."""
        self._source.close()


def checked(event: Any) -> Dict[str, Any]:
    """The fields of a logged event, of known type and size; user code may write anything. Raises ValueError."""
    kind = event.get("type") if isinstance(event, dict) else None
    if kind == "metric":
        step = event.get("step")
        if step is not None and (isinstance(step, bool) or not isinstance(step, (int, float))):
            raise ValueError("a step is a number, not %.40r" % (step,))
        return {"values": _values(event.get("values")), "step": step}
    if kind in ("param", "tag"):
        value = event.get("value")
        if len(json.dumps(value)) > MAX_VALUE:
            raise ValueError("the value of %.60r is larger than %d bytes" % (event.get("name"), MAX_VALUE))
        return {"name": _name(event.get("name")), "value": value}
    if kind == "artifact":
        try:
            return {"path": safe_path(str(event.get("path")))}
        except UnsafeNameError as error:
            raise ValueError(str(error)) from error
    raise ValueError("its type is %.40r" % (kind,))


def _values(values: Any) -> Dict[str, Any]:
    if not isinstance(values, dict) or not 0 < len(values) <= MAX_KEYS:
        raise ValueError("values are 1 to %d numbers by name" % MAX_KEYS)
    found = {_name(key): scalar(value) for key, value in values.items()}
    empty = [key for key, value in found.items() if value is None]  # type: List[str]
    if empty:
        raise ValueError("metric %.60r has no value" % empty[0])
    return found


def _name(name: Any) -> str:
    if not isinstance(name, str) or not 0 < len(name) <= MAX_KEY:
        raise ValueError("a name is a text of 1 to %d characters, not %.60r" % (MAX_KEY, name))
    return name
