"""A run that was found on a machine, from its spec alone."""

from __future__ import annotations

from typing import Any

from ..errors import InputError
from ..models import BundleSummary, Cell, Json, Run, RunState
from ..observations import KEY_LENGTH, MAX_CELLS, MAX_PARAMS, MAX_TAGS
from ..runner.names import UnsafeNameError, safe_run_id
from ..untrusted import count, line, moment, number, plain

MAX_NUMBER = 2**31


def run_from(spec: Json, machine: str) -> Run:
    """The run a spec describes, as it was when its machine accepted it. Raises InputError where it has no run id."""
    try:
        run_id = safe_run_id(spec.get("id"))
    except UnsafeNameError as error:
        raise InputError(f"a run on {machine} has a spec that cannot be used: {error}") from error
    created = moment(spec.get("created")) or _moment_of(run_id)
    price = number(spec.get("price"))
    return Run(
        id=run_id,
        number=count(spec.get("number"), MAX_NUMBER) or 0,
        project=_path(spec.get("project")),
        notebook=_path(spec.get("notebook")),
        machine=machine,
        title=line(spec.get("title"), 500) or "",
        experiment=line(spec.get("experiment"), 500),
        tags=[tag for tag in map(line, _list(spec.get("tags"))[:MAX_TAGS]) if tag],
        state=RunState.PREPARING,
        created=created,
        accepted=created,
        params=_params(spec.get("params")),
        cells=_cells(spec.get("cells")),
        environment=_environment(spec.get("environment")),
        bundle=_bundle(spec.get("bundle")),
        rerun_of=line(spec.get("rerun_of"), 26),
        price=float(price) if price is not None and 0 <= price < 1e9 else None,
        currency=line(spec.get("currency"), 10) or "USD",
    )


def _moment_of(run_id: str) -> float:
    """The time inside a ULID."""
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    value = 0
    for letter in run_id[:10]:
        value = value * 32 + alphabet.index(letter)
    return moment(value / 1000) or 1.0


def _path(value: object) -> str:
    """A path as text; a name that is no UTF-8 keeps its bytes as lone surrogates, as `os.fsdecode` has them."""
    return value[:4000] if isinstance(value, str) else ""


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _params(value: object) -> Json:
    known = list(value.items())[:MAX_PARAMS] if isinstance(value, dict) else []
    return {line(name, KEY_LENGTH) or "": plain(item, 8000) for name, item in known}


def _cells(value: object) -> list[Cell]:
    cells: dict[int, Cell] = {}
    for item in _list(value)[:MAX_CELLS]:
        index = count(item.get("index"), 10**6) if isinstance(item, dict) else None
        if index is not None:
            state = "skipped" if item.get("skip") is True else "waiting"
            cells[index] = Cell(index, line(item.get("id"), 64) or "", state)
    return [cells[index] for index in sorted(cells)]


def _environment(value: object) -> Json:
    known = value if isinstance(value, dict) else {}
    kept = plain({key: known[key] for key in ("kind", "python", "packages", "digest") if key in known})
    return dict(kept)


def _bundle(value: object) -> BundleSummary | None:
    if not isinstance(value, dict):
        return None
    files, size = count(value.get("files")), count(value.get("bytes"))
    return BundleSummary(line(value.get("digest"), 80) or "", files or 0, size or 0)
