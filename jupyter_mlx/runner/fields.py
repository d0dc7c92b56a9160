"""The fields of a request, each taken with its type or refused by name."""

from typing import Any, Dict, List, Optional

from .names import UnsafeNameError, safe_digest, safe_run_id
from .refusal import Refusal

MAX_IDS = 20000  # more do not fit into a frame
MAX_OFFSET = 1 << 60


class Fields:
    """Typed access to one request's header. Everything raises `Refusal`."""

    def __init__(self, header: Dict[str, Any]) -> None:
        self._header = header

    def number(self, name: str, default: Optional[int] = None) -> int:
        """A whole number from 0 on."""
        value = self._header.get(name)
        if value is None and default is not None:
            return default
        if type(value) is not int or not 0 <= value <= MAX_OFFSET:
            raise Refusal("input", "%s must be a whole number, not %.40r" % (name, value), field=name)
        return value

    def real(self, name: str, default: float) -> float:
        """A finite number from 0 on."""
        value = self._header.get(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e9:
            raise Refusal("input", "%s must be a number from 0 on, not %.40r" % (name, value), field=name)
        return float(value)

    def text(self, name: str, default: Optional[str] = None) -> str:
        """A text."""
        value = self._header.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            raise Refusal("input", "%s must be a text, not %.40r" % (name, value), field=name)
        return value

    def flag(self, name: str) -> bool:
        """A truth value, false where it is not given."""
        value = self._header.get(name, False)
        if value not in (0, 1):  # the client may write 0 and 1
            raise Refusal("input", "%s must be true or false, not %.40r" % (name, value), field=name)
        return bool(value)

    def object(self, name: str) -> Dict[str, Any]:
        """A JSON object."""
        value = self._header.get(name)
        if not isinstance(value, dict):
            raise Refusal("input", "%s must be an object, not %.40r" % (name, value), field=name)
        return value

    def run_id(self, name: str = "run") -> str:
        """The id of a run."""
        return _named(name, safe_run_id, self._header.get(name))

    def digest(self, name: str) -> str:
        """One sha256."""
        return _named(name, safe_digest, self._header.get(name))

    def digests(self, name: str) -> List[str]:
        """A list of sha256 ids."""
        return [_named(name, safe_digest, item) for item in self._list(name)]

    def run_ids(self, name: str) -> List[str]:
        """A list of run ids."""
        return [_named(name, safe_run_id, item) for item in self._list(name)]

    def _list(self, name: str) -> List[Any]:
        value = self._header.get(name, [])
        if not isinstance(value, list) or len(value) > MAX_IDS:
            raise Refusal("input", "%s must be a list of at most %d ids" % (name, MAX_IDS), field=name)
        return value


def _named(name: str, rule: Any, value: Any) -> str:
    try:
        return str(rule(value))
    except UnsafeNameError as error:
        raise Refusal("input", "%s: %s" % (name, error), field=name) from None
