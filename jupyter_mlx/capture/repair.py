"""What the notebook format asks for and notebooks in the wild lack, put right in our copy of one. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping

from ..models import Json

_CELL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
_ALWAYS = {"id", "cell_type", "metadata", "source"}
_CELL_KEYS = {
    "code": _ALWAYS | {"outputs", "execution_count"},
    "markdown": _ALWAYS | {"attachments"},
    "raw": _ALWAYS | {"attachments"},
}
_NOTEBOOK_METADATA: dict[str, type] = {"language_info": dict, "title": str, "authors": list}
_CELL_METADATA: dict[str, type] = {"jupyter": dict, "format": str, "name": str, "collapsed": bool}


def fit_schema(content: Json) -> Json:
    """A notebook whose cells were judged, without what the format forbids: the copy that runs is valid."""
    metadata = _typed(content["metadata"], _NOTEBOOK_METADATA)
    metadata.pop("orig_nbformat", None)
    spec = metadata.get("kernelspec")
    if isinstance(spec, dict):
        name = spec.get("name") or "python3"
        title = spec.get("display_name")
        metadata["kernelspec"] = {**spec, "name": name, "display_name": title if isinstance(title, str) else name}
    else:
        metadata.pop("kernelspec", None)
    language = metadata.get("language_info")
    if language is not None:
        _fit_language(metadata, language)
    return {
        "cells": [_fit_cell(cell) for cell in content["cells"]],
        "metadata": metadata,
        "nbformat": content["nbformat"],
        "nbformat_minor": content["nbformat_minor"],
    }


def _fit_language(metadata: Json, language: Json) -> None:
    if not isinstance(language.get("name"), str):
        del metadata["language_info"]
        return
    mode = language.get("codemirror_mode")
    texts = {"file_extension": str, "mimetype": str, "pygments_lexer": str}
    metadata["language_info"] = _typed(language, texts)
    if not isinstance(mode, (str, dict)):
        metadata["language_info"].pop("codemirror_mode", None)


def _fit_cell(cell: Json) -> Json:
    kind = cell["cell_type"]
    cell = {key: value for key, value in cell.items() if key in _CELL_KEYS[kind]}
    metadata = _typed(cell["metadata"], _CELL_METADATA)
    if not metadata.get("name", "").strip():
        metadata.pop("name", None)
    if metadata.get("scrolled") != "auto" and not isinstance(metadata.get("scrolled"), bool):
        metadata.pop("scrolled", None)
    if "tags" in metadata:
        tags = metadata["tags"] if isinstance(metadata["tags"], list) else []
        fitting = [tag for tag in tags if isinstance(tag, str) and tag and "," not in tag]
        metadata["tags"] = list(dict.fromkeys(fitting))
    if "attachments" in cell:
        attached = cell["attachments"] if isinstance(cell["attachments"], dict) else {}
        cell["attachments"] = {name: bundle for name, bundle in attached.items() if _is_bundle(bundle)}
    return {**cell, "metadata": metadata}


def _is_bundle(bundle: object) -> bool:
    """Whether a value is data by mime type, each a text or lines."""
    if not isinstance(bundle, dict):
        return False
    parts = [part for data in bundle.values() for part in (data if isinstance(data, list) else [data])]
    return all(isinstance(part, str) for part in parts)


def _typed(values: Json, types: Mapping[str, type]) -> Json:
    """The values without those of the wrong type."""
    return {key: value for key, value in values.items() if isinstance(value, types.get(key, object))}


def give_ids(cells: list[Json], name: str, expected: bool) -> list[str]:
    """Make ids present, valid and unique; the same notebook gets the same ids each time. What was wrong, in words."""
    given = [cell.get("id") for cell in cells]
    valid = {item for item in given if isinstance(item, str) and _CELL_ID.match(item)}
    seen: set[str] = set()
    repaired: list[str] = []
    for index, (cell, old) in enumerate(zip(cells, given, strict=True)):
        known = isinstance(old, str) and old in seen
        if known or not isinstance(old, str) or old not in valid:
            cell["id"] = _made_id(cell, index, valid)
            valid.add(cell["id"])
            if expected or old is not None:
                why = "no id" if old is None else "the id of another cell" if known else "an id that is not valid"
                repaired.append(f"cell {index + 1} had {why}")
        seen.add(cell["id"])
    if not repaired:
        return []
    more = f" and {len(repaired) - 3:,} more" if len(repaired) > 3 else ""
    return [f"{name}: {', '.join(repaired[:3])}{more}; repaired in the copy that runs"]


def _made_id(cell: Json, index: int, taken: set[str]) -> str:
    salt = 0
    while True:
        text = json.dumps([index, cell["cell_type"], cell["source"], salt]).encode("ascii")
        made = hashlib.sha256(text).hexdigest()[:8]
        if made not in taken:
            return made
        salt += 1
