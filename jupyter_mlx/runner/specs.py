"""What a submitted spec must look like (docs/formats.md, "Spec"). Unknown fields pass: a newer client may send them."""

from typing import Any, Callable, Dict, List, Tuple

from .names import UnsafeNameError, safe_digest, safe_path, safe_run_id
from .refusal import Refusal

FORMAT = 1
MAX_TEXT = 4096
MAX_CELLS = 200000
MAX_BLOBS = 20000

Rule = Callable[[Any], Any]


def check_spec(spec: Dict[str, Any]) -> None:
    """Refuse a spec that cannot be run as it stands. Raises `Refusal` that names the field."""
    found = spec.get("format")
    if found != FORMAT:
        raise Refusal("input", "spec format %.40r is not %d, the one known here" % (found, FORMAT), field="format")
    for name, required, rule in _RULES:
        value: Any = spec
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if value is None and not required:
            continue
        try:
            rule(value)
        except (UnsafeNameError, _Unfit) as error:
            raise Refusal("input", "the spec's %s: %s" % (name, error), field=name) from None


def needed_blobs(spec: Dict[str, Any]) -> List[str]:
    """The blobs a checked spec needs besides its bundle."""
    tools = spec.get("tools") or {}
    return [spec["notebook_blob"]] + [tool for tool in tools.values() if tool] + list(spec.get("blobs") or [])


class _Unfit(ValueError):
    pass


def _text(value: Any) -> None:
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise _Unfit("must be a text of at most %d characters, not %.60r" % (MAX_TEXT, value))


def _texts(value: Any) -> None:
    for item in _list(value, MAX_BLOBS):
        _text(item)


def _list(value: Any, limit: int) -> List[Any]:
    if not isinstance(value, list) or len(value) > limit:
        raise _Unfit("must be a list of at most %d items" % limit)
    return value


def _object(value: Any) -> Dict[str, Any]:
    if not isinstance(value, dict):
        raise _Unfit("must be an object, not %.60r" % (value,))
    return value


def _path(value: Any) -> None:
    _text(value)
    safe_path(value)


def _folder(value: Any) -> None:
    if value != "":
        _path(value)


def _whole(value: Any) -> None:
    if type(value) is not int or not 0 <= value < 1 << 60:
        raise _Unfit("must be a whole number, not %.60r" % (value,))


def _number(value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e15:
        raise _Unfit("must be a number from 0 on, not %.60r" % (value,))


def _flag(value: Any) -> None:
    if not isinstance(value, bool):
        raise _Unfit("must be true or false, not %.60r" % (value,))


def _cells(value: Any) -> None:
    last = -1
    for item in _list(value, MAX_CELLS):
        cell = _object(item)
        _whole(cell.get("index"))
        _text(cell.get("id"))
        _flag(cell.get("skip", False))
        if cell["index"] <= last:
            raise _Unfit("cell %d stands behind cell %d" % (cell["index"], last))
        last = cell["index"]


def _digests(value: Any) -> None:
    for item in _list(value, MAX_BLOBS):
        safe_digest(item)


def _tools(value: Any) -> None:
    for item in _object(value).values():
        if item is not None:
            safe_digest(item)


def _kind(value: Any) -> None:
    if value not in ("kernel", "requirements", "existing"):
        raise _Unfit("must be kernel, requirements or existing, not %.60r" % (value,))


_RULES: List[Tuple[str, bool, Rule]] = [
    ("id", True, safe_run_id),
    ("notebook", True, _path),
    ("notebook_blob", True, safe_digest),
    ("bundle", True, _object),
    ("bundle.digest", True, safe_digest),
    ("bundle.files", False, _whole),
    ("bundle.bytes", False, _whole),
    ("cells", True, _cells),
    ("cwd", False, _folder),
    ("environment", True, _object),
    ("environment.kind", True, _kind),
    ("environment.digest", False, safe_digest),
    ("environment.python", False, _text),
    ("environment.target", False, _text),
    ("environment.packages", False, _object),
    ("environment.requirements", False, _texts),
    ("kernel", False, _object),
    ("kernel.name", False, _text),
    ("kernel.language", False, _text),
    ("limits", False, _object),
    ("limits.time_s", False, _number),
    ("limits.no_output_s", False, _number),
    ("limits.allow_errors", False, _flag),
    ("number", False, _whole),
    ("project", False, _text),
    ("project_name", False, _text),
    ("title", False, _text),
    ("experiment", False, _text),
    ("tags", False, _texts),
    ("params", False, _object),
    ("slots", False, _whole),
    ("tools", False, _tools),
    ("blobs", False, _digests),
    ("rerun_of", False, _text),
]
