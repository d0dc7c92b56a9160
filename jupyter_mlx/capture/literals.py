"""Values as Python literals: text a user typed in, source that evaluates to the same value out; nothing is executed."""

from __future__ import annotations

import ast
import json
import math
import re
from typing import Any

MAX_TEXT = 1 << 18  # characters of one value; larger ones belong into a file
_INT = re.compile(r"[+-]?(0|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"[+-]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)([eE][+-]?[0-9]+)?\Z")
_WORDS: dict[str, Any] = {
    "true": True,
    "True": True,
    "false": False,
    "False": False,
    "null": None,
    "None": None,
    "NaN": math.nan,
    "Infinity": math.inf,
    "-Infinity": -math.inf,
}
NOTHING = object()  # "no literal", where None is a value


def literal(value: Any) -> str:
    """Python source that evaluates to the value, for what JSON can hold and tuples. Raises TypeError for the rest."""
    if value is None or isinstance(value, (bool, str)):
        return repr(value)
    if isinstance(value, int):
        return repr(int(value))
    if isinstance(value, float):
        return repr(float(value)) if math.isfinite(value) else f'float("{value}")'
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, tuple):
        return f"({''.join(literal(item) + ', ' for item in value).rstrip()})"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{literal(k)}: {literal(v)}' for k, v in value.items())}}}"
    raise TypeError(f"a {type(value).__name__} has no literal")


def guess(text: str) -> Any:
    """The value a text stands for: a number, truth value, None, quoted string, list or dict; else the text itself."""
    bare = text.strip()
    if bare in _WORDS:
        return _WORDS[bare]
    number = as_number(bare) if bare.lower() not in ("nan", "inf", "-inf", "+inf") else NOTHING
    if number is not NOTHING:
        return number
    if bare[:1] in ("[", "{", '"', "'"):
        value = structure(bare)
        if isinstance(value, (str, list, dict)):
            return value
    return text


def as_number(text: str) -> Any:
    """An int or a float, NaN and the infinities included; `NOTHING` where the text is no number."""
    text = text.strip()
    if _INT.match(text):
        return int(text) if len(text) <= 4000 else NOTHING  # Python refuses to convert more digits
    if _FLOAT.match(text) and not re.match(r"[+-]?0[0-9]+\Z", text):  # 007 is a name, not 7
        return float(text)
    if text.lower().lstrip("+-") in ("nan", "inf", "infinity"):
        return float(text)
    return NOTHING


def structure(text: str) -> Any:
    """A list, dict, tuple or quoted string as JSON or as a Python literal; `NOTHING` where it is neither."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    return evaluated(text)


def evaluated(source: str | ast.expr) -> Any:
    """The value of a Python literal that `literal` can write back; `NOTHING` for anything else."""
    try:
        value = ast.literal_eval(source)
        literal(value)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return NOTHING
    return value
