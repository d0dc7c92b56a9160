"""The document says all of the table, and nothing else."""

from __future__ import annotations

import json
import re

from openapi_spec_validator import OpenAPIV31SpecValidator

from jupyter_mlx.server import messages
from jupyter_mlx.server.openapi import document, operations
from jupyter_mlx.server.routes import TABLE, routes

FOUND = document(TABLE)


def test_it_is_a_valid_document_of_its_version() -> None:
    assert FOUND["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(FOUND).validate()


def references(value: object) -> set[str]:
    return set(re.findall(r'"#/components/([a-z]+/[A-Za-z_]+)"', json.dumps(value)))


def test_every_route_and_verb_is_there() -> None:
    told = {(path, verb) for path, verbs in FOUND["paths"].items() for verb in verbs if verb != "parameters"}
    assert told == {(f"/jupyter-mlx/{path}", verb) for path, handler in TABLE for verb in operations(handler)}
    assert len(routes("/")) == len(TABLE) + 1


def test_names_of_operations_are_told_apart() -> None:
    names = [said["operationId"] for verbs in FOUND["paths"].values() for v, said in verbs.items() if v != "parameters"]
    assert len(set(names)) == len(names)


def test_every_reference_leads_somewhere_and_every_type_is_used() -> None:
    components = FOUND["components"]
    known = {f"{part}/{name}" for part in ("schemas", "responses") for name in components[part]}
    assert references(FOUND) == known
    assert all(schema.get("description") for schema in components["schemas"].values())


def test_every_name_in_a_path_is_a_parameter() -> None:
    for path, verbs in FOUND["paths"].items():
        assert [one["name"] for one in verbs.get("parameters", [])] == re.findall(r"{([a-z]+)}", path)


def test_the_frames_of_the_socket_are_there() -> None:
    assert {one.__name__ for one in messages.SENT} <= set(FOUND["components"]["schemas"])
    assert "EventsItem" in FOUND["components"]["schemas"]


async def test_it_is_served(api) -> None:
    status, served = await api("GET", "openapi.json")
    assert (status, served) == (200, FOUND)
