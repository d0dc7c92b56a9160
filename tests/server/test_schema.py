"""Types as JSON Schema."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import jsonschema
import pytest

from jupyter_mlx.models import MachineStatus, Run, RunState, to_json
from jupyter_mlx.server.contract import Bounds
from jupyter_mlx.server.schema import Schemas


@dataclass(frozen=True)
class Tree:
    """A thing in itself."""

    name: str
    children: list[Tree]
    note: str | None = None


@pytest.mark.parametrize(
    ("wanted", "schema"),
    [
        (str, {"type": "string"}),
        (float | None, {"type": ["number", "null"]}),
        (list[int], {"type": "array", "items": {"type": "integer"}}),
        (dict[str, Any], {"type": "object", "additionalProperties": True}),
        (dict[str, bool], {"type": "object", "additionalProperties": {"type": "boolean"}}),
        (Literal["a", "b"], {"type": "string", "enum": ["a", "b"]}),
        (Annotated[str, Bounds(1, 9)], {"type": "string", "minLength": 1, "maxLength": 9}),
        (Annotated[float, Bounds(0, 0.5)], {"type": "number", "minimum": 0, "maximum": 0.5}),
        (Annotated[list[str], Bounds(high=2)], {"type": "array", "items": {"type": "string"}, "maxItems": 2}),
        (Any, {}),
    ],
)
def test_types_that_stand_where_they_are(wanted, schema) -> None:
    assert Schemas().of(wanted) == schema


def test_a_type_within_itself_is_a_reference() -> None:
    schemas = Schemas()
    assert schemas.of(Tree) == {"$ref": "#/components/schemas/Tree"}
    assert schemas.named["Tree"]["properties"]["children"]["items"] == {"$ref": "#/components/schemas/Tree"}


def test_what_has_a_default_may_be_left_out_of_what_is_asked_only() -> None:
    answered, asked = Schemas(), Schemas()
    answered.of(Tree)
    asked.of(Tree, asked=True)
    assert answered.named["Tree"]["required"] == ["name", "children", "note"]
    assert asked.named["Tree"]["required"] == ["name", "children"]
    assert asked.named["Tree"]["additionalProperties"] is False


def test_models_are_printed_as_their_schema_says() -> None:
    schemas = Schemas()
    for value in (
        Run("01ARZ3NDEKTSV4RRFFQ69G5FAV", 1, "/p", "n.ipynb", "local", state=RunState.LOST, started=1.0, price=2.0),
        MachineStatus("box", last_contact=1.0),
    ):
        schema = {**schemas.of(type(value)), "components": {"schemas": schemas.named}}
        jsonschema.validate(to_json(value), schema)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**to_json(value), **dict.fromkeys(("started", "last_contact"), 1.0)}, schema)
