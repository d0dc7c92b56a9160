"""The notebook's parameters: what its ``parameters`` cell declares and what a user gives; nothing is executed."""

from __future__ import annotations

import keyword
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ..errors import InputError, LimitError
from ..models import Parameter
from .assignments import annotated_type, assignments, syntax_tree
from .kernels import PYTHON
from .literals import MAX_TEXT, NOTHING, as_number, evaluated, guess, literal, structure
from .notebook import Notebook
from .wording import did_you_mean, shown, sized

TAG = "parameters"
_KINDS = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "list": "a list as in [1, 2]",
    "dict": 'a dict as in {"a": 1}',
}
MAX_ALL = 1 << 18  # characters of all values together, as source


@dataclass(frozen=True)
class Declared:
    """What the ``parameters`` cell says. ``cell`` is its index, None where the notebook has none."""

    cell: int | None = None
    parameters: dict[str, Parameter] = field(default_factory=dict)
    computed: frozenset[str] = frozenset()  # assigned there, but not from a literal: any value is taken
    annotated: frozenset[str] = frozenset()  # the type was written down, not read off the default
    unreadable: str | None = None  # why the cell could not be parsed; then any name is taken

    @property
    def names(self) -> set[str]:
        """Every name that can be given."""
        return set(self.parameters) | self.computed

    @property
    def defaults(self) -> dict[str, Any]:
        """The defaults that are literals."""
        return {p.name: p.default for p in self.parameters.values()}


def tagged(notebook: Notebook, tag: str) -> list[int]:
    """Indices of the code cells with a tag."""
    found = []
    for index, _ in notebook.code():
        tags = notebook.cells[index]["metadata"].get("tags")
        if isinstance(tags, list) and tag in tags:
            found.append(index)
    return found


def declared(notebook: Notebook) -> Declared:
    """Names, defaults and types of the first cell tagged ``parameters``, read from its syntax tree."""
    cells = tagged(notebook, TAG)
    if not cells:
        return Declared()
    if notebook.language not in PYTHON:
        return Declared(cells[0], unreadable=f"parameters can be given to Python notebooks, not to {notebook.language}")
    tree, why = syntax_tree(notebook.cells[cells[0]]["source"])
    if tree is None:
        return Declared(cells[0], unreadable=f"the parameters cell could not be read: {why}")
    parameters: dict[str, Parameter] = {}
    computed: set[str] = set()
    annotated: set[str] = set()
    for name, value, annotation in assignments(tree):
        default = NOTHING if value is None else evaluated(value)
        parameters.pop(name, None)
        computed.discard(name)
        written = annotated_type(annotation)
        if written:
            annotated.add(name)
        if default is NOTHING:
            computed.add(name)
        else:
            parameters[name] = Parameter(name, default, written or _type(default))
    return Declared(cells[0], parameters, frozenset(computed), frozenset(annotated))


def _type(value: Any) -> str:
    if value is None:
        return "none"
    return {bool: "bool", int: "int", float: "float", str: "str", dict: "dict"}.get(type(value), "list")


def parse_assignments(given: Iterable[str], known: Declared) -> dict[str, Any]:
    """``NAME=VALUE`` texts as typed values. Raises InputError naming the parameter, LimitError."""
    values: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        name = unicodedata.normalize("NFKC", name.strip())  # as Python reads identifiers
        if not equals:
            raise InputError(f"parameter {shown(text[:80])} has no value", field="params", hint="Write NAME=VALUE.")
        if not name.isidentifier() or keyword.iskeyword(name):
            raise InputError(
                f"{shown(name[:80])} cannot be the name of a parameter",
                field="params",
                hint="A name has letters, digits and _, and is no word of the language.",
            )
        if name in values:
            raise InputError(f"parameter {name} is given twice", field=f"params.{name}")
        if known.cell is not None and not known.unreadable and name not in known.names:
            raise InputError(
                f"the notebook's parameters cell has no {name}",
                field=f"params.{name}",
                hint=did_you_mean(name, known.names) or "The cell is empty: give it a line for the parameter.",
            )
        values[name] = _typed(name, value, known)
    if sum(len(literal(value)) for value in values.values()) > MAX_ALL:
        raise LimitError(
            f"the parameters have more than {sized(MAX_ALL)}", field="params", hint="Put large values in a file."
        )
    return values


def _typed(name: str, text: str, known: Declared) -> Any:
    if len(text) > MAX_TEXT:
        raise LimitError(
            f"parameter {name} has more than {sized(MAX_TEXT)}", field=f"params.{name}", hint="Put it in a file."
        )
    parameter = known.parameters.get(name)
    if parameter is None or parameter.type == "none":
        return guess(text)
    value = _as_type(parameter, text)
    if value is not NOTHING:
        return value
    kind = _KINDS[parameter.type]
    hint = None
    if parameter.type == "int" and name not in known.annotated and as_number(text) is not NOTHING:
        hint = f"Write `{name}: float = {parameter.default}` in the parameters cell to allow fractions."
    raise InputError(
        f"parameter {name} must be {kind} like its default {shown(literal(parameter.default)[:80])}: "
        f"{shown(text[:80])} is not",
        field=f"params.{name}",
        hint=hint,
    )


def _as_type(parameter: Parameter, text: str) -> Any:
    """The text as the parameter's type; `NOTHING` where it is none."""
    bare = text.strip()
    if bare in ("None", "null") and (parameter.type != "str" or parameter.default is None):
        return None
    if parameter.type == "str":
        return text
    if parameter.type == "bool":
        return {"true": True, "1": True, "false": False, "0": False}.get(bare.lower(), NOTHING)
    if parameter.type in ("int", "float"):
        number = as_number(bare)
        if number is NOTHING:
            return NOTHING
        if parameter.type == "float":
            return float(number) if not isinstance(number, int) or abs(number) < 1 << 1023 else NOTHING
        return int(number) if isinstance(number, int) or number.is_integer() else NOTHING
    value = structure(bare)
    if parameter.type == "dict":
        return value if isinstance(value, dict) else NOTHING
    if not isinstance(value, (list, tuple)):
        return NOTHING
    return tuple(value) if isinstance(parameter.default, tuple) else list(value)
