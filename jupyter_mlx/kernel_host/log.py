"""What user code calls inside a run: log, param, tag, artifact. Standard library only.

One file, two lives: `jupyter_mlx` offers these names, and each run gets this file as a stand-in package
``jupyter_mlx`` for environments where the real one is not installed. Inside a run every call appends one JSON line
to the file named by ``JUPYTER_MLX_EVENTS``: one write with O_APPEND, so threads, forks and subprocesses never mix
their lines and nothing is held that a fork could break. Outside a run a JSON line goes to stdout.
"""

import json
import math
import operator
import os
import shutil
import sys
import time
import warnings
from typing import Any, Dict, Mapping, Optional

__all__ = ["artifact", "log", "param", "tag"]

EVENTS = "JUPYTER_MLX_EVENTS"
OUTPUTS = "JUPYTER_MLX_OUTPUTS"
MAX_KEYS = 1000
MAX_KEY = 250  # characters
MAX_TEXT = 64 << 10  # characters of a parameter's or a tag's value
MAX_STEP = (1 << 63) - 1
CUT = " … (cut)"


def log(values=None, *, step=None, **more):
    # type: (Optional[Mapping[str, Any]], Any, Any) -> None
    """Log metrics of one moment: ``log(loss=0.3, step=10)`` or ``log({"train/loss": 0.3}, step=10)``.

    Values are numbers, or anything with one number inside (a tensor, a numpy scalar); the step is a whole number
    from 0. Raises TypeError or ValueError naming the key; then nothing is logged.
    """
    if values is not None and not isinstance(values, Mapping):
        raise TypeError("log() takes a mapping or keywords, not %s" % type(values).__name__)
    given = dict(values or {}, **more)
    if not given:
        raise TypeError("log() needs at least one metric, as in log(loss=0.3)")
    if len(given) > MAX_KEYS:
        raise ValueError("log() takes at most %d metrics at once, got %d" % (MAX_KEYS, len(given)))
    numbers = {_key(key, "metric"): _number(key, value) for key, value in given.items()}
    at = None if step is None else _step(step)
    if EVENTS in os.environ:
        event = {"type": "metric", "values": {key: _finite(value) for key, value in numbers.items()}}
        _append(event if at is None else dict(event, step=at))
    else:
        print(json.dumps(numbers if at is None else dict(numbers, step=at)), flush=True)  # noqa: T201


def param(name, value):
    # type: (str, Any) -> None
    """Note a parameter of this run, as in ``param("optimizer", "adam")``. Raises TypeError or ValueError."""
    _note("param", _key(name, "parameter"), _plain(value))


def tag(name, value=""):
    # type: (str, Any) -> None
    """Note a tag of this run, as in ``tag("reviewed", "yes")``. Raises TypeError or ValueError."""
    _note("tag", _key(name, "tag"), _cut(str(value)))


def artifact(path):
    # type: (Any) -> str
    """Keep a file with this run; its path among the run's outputs.

    A file outside the outputs folder is copied into it. Raises FileNotFoundError, IsADirectoryError, OSError.
    """
    source = os.path.abspath(os.fspath(path))  # type: str
    if os.path.isdir(source):
        raise IsADirectoryError("%s is a folder: pack it, or write to $%s" % (source, OUTPUTS))
    if not os.path.isfile(source):
        raise FileNotFoundError("there is no file %s" % source)
    folder = os.environ.get(OUTPUTS)  # type: Optional[str]
    if folder is None:
        return source
    folder = os.path.realpath(folder)
    name = os.path.relpath(os.path.realpath(source), folder)
    if name.split(os.sep)[0] == os.pardir:
        name = os.path.basename(source)
        shutil.copy2(source, os.path.join(folder, name))
    if EVENTS in os.environ:
        _append({"type": "artifact", "path": name.replace(os.sep, "/")})
    return os.path.join(folder, name)


def _note(kind, name, value):
    # type: (str, str, Any) -> None
    if EVENTS in os.environ:
        _append({"type": kind, "name": name, "value": value})
    else:
        print(json.dumps({name: value}), flush=True)  # noqa: T201


def _key(key, what):
    # type: (Any, str) -> str
    if not isinstance(key, str):
        raise TypeError("the name of a %s is text, not %s: %r" % (what, type(key).__name__, key))
    if not key or len(key) > MAX_KEY:
        raise ValueError("the name of a %s has 1 to %d characters, %r… has %d" % (what, MAX_KEY, key[:40], len(key)))
    if not key.isprintable():
        raise ValueError("the name of a %s has no line breaks or control characters: %r" % (what, key))
    return key


def _number(key, value):
    # type: (Any, Any) -> Any
    """A finite int or float, or a float that is not finite. Raises TypeError naming the key."""
    if not isinstance(value, (bool, int, float)) and callable(getattr(value, "item", None)):
        try:
            value = value.item()  # numpy, torch, jax: the one number inside, copied from wherever it lives
        except (ValueError, RuntimeError, TypeError) as error:
            raise TypeError("metric %r is not one number: %s" % (key, error)) from None
    if isinstance(value, (str, bytes, complex)) or not hasattr(type(value), "__float__"):
        raise TypeError("metric %r is not a number but %s: %.80r" % (key, type(value).__name__, value))
    if isinstance(value, int) and -(1 << 53) <= value <= 1 << 53:
        return int(value)
    try:
        return float(value)
    except OverflowError:
        warnings.warn("metric %r is too large for a number and becomes infinite" % key, RuntimeWarning, stacklevel=4)
        return math.inf if value > 0 else -math.inf
    except (TypeError, ValueError) as error:
        raise TypeError("metric %r is not a number: %s" % (key, error)) from None


def _step(step):
    # type: (Any) -> int
    if callable(getattr(step, "item", None)):
        step = step.item()
    if isinstance(step, float) and step.is_integer():
        step = int(step)
    try:
        whole = operator.index(step)
    except TypeError:
        raise TypeError("step is a whole number, not %.80r" % (step,)) from None
    if isinstance(step, bool) or not 0 <= whole <= MAX_STEP:
        raise TypeError("step is a whole number from 0 to 2**63-1, not %.80r" % (step,))
    return whole


def _plain(value):
    # type: (Any) -> Any
    """A parameter's value as JSON of bounded size; what JSON does not know becomes text."""
    if isinstance(value, float):
        return _finite(value)
    if isinstance(value, str):
        return _cut(value)
    try:
        text = json.dumps(value, default=str, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return _cut(str(value))
    return json.loads(text) if len(text) <= MAX_TEXT else _cut(text)


def _cut(text):
    # type: (str) -> str
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + CUT


def _finite(value):
    # type: (Any) -> Any
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    return value


def _append(event):
    # type: (Dict[str, Any]) -> None
    line = json.dumps(dict(event, t=time.time())).encode("ascii") + b"\n"
    # Opened each time: a kept descriptor could be closed and its number reused by the user's code.
    fd = os.open(os.environ[EVENTS], os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        os.write(fd, line)
    finally:
        os.close(fd)


def _give_way():
    # type: () -> None
    """As the stand-in package: where the real jupyter_mlx is installed, become it."""
    from importlib.util import module_from_spec

    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    elsewhere = [folder for folder in sys.path if os.path.abspath(folder or os.curdir) != here]
    for finder in sys.meta_path:
        find = getattr(finder, "find_spec", None)
        spec = find("jupyter_mlx", elsewhere) if find else None
        if spec is not None and spec.loader is not None and spec.origin != __file__:
            real = module_from_spec(spec)
            sys.modules["jupyter_mlx"] = real
            spec.loader.exec_module(real)
            return


if __name__ == "jupyter_mlx":
    _give_way()
