"""Bodies, ids and arguments nobody of good will sends."""

from __future__ import annotations

import json

import pytest

from jupyter_mlx.models import new_run_id

MiB = 1 << 20


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 400),
        ("{", 400),
        ("null", 400),
        ("[]", 400),
        ("NaN", 400),
        (b"\xff\xfe", 400),
        ('{"name": ' + "[" * 100_000, 400),
        ('{"name": {"a":' * 200 + "1" + "}" * 400, 400),
        ('{"name": "a", "port": ' + "1" * 5000 + "}", 400),
        ('{"name": "a", "host": "' + "x" * (2 * MiB) + '"}', 413),
        ('{"name": "a", "name": "b"}', 422),
    ],
)
async def test_bodies_that_are_no_object_of_json(api, body, status) -> None:
    code, report = await api("POST", "machines", body)
    assert code == status, report
    assert report.keys() == {"code", "message", "field", "hint"}


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
async def test_only_json_is_taken(api, kind) -> None:
    body = '{"name": "a"}'
    assert (await api("POST", "machines", body, headers={"Content-Type": kind}))[0] == 415


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "a", "wheels": 4}, "wheels"),
        ({"name": "a", "port": True}, "port"),
        ({"name": "a", "port": "22"}, "port"),
        ({"name": "a", "port": 22.0}, "port"),
        ({"name": "a", "price": 1e999}, "price"),
        ({"name": 1}, "name"),
        ({}, "name"),
        ({"name": ""}, "name"),
    ],
)
async def test_a_wrong_field_is_named(api, body, field) -> None:
    code, report = await api("POST", "machines", json.dumps(body).replace("Infinity", "1e999"))
    assert (code, report["field"]) == (422, field)


async def test_a_text_that_is_too_long_is_a_limit(api) -> None:
    code, report = await api("POST", "machines", {"name": "a" * 65})
    assert (code, report["field"]) == (413, "name")


@pytest.mark.parametrize(
    "name",
    [
        "..%2f..",
        "%2e%2e%2f",
        "%252e%252e",
        "..\\",
        "%00",
        "x" * 5000,
        "last",
        "1",
        "%ff",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV".lower(),
    ],
)
async def test_ids_that_are_none_are_not_found(api, name) -> None:
    usual = await api("GET", f"runs/{new_run_id()}")
    assert usual[0] == 404
    for more in ("", "/metrics", "/outputs", "/outputs/x"):
        found = await api("GET", f"runs/{name}{more}")
        assert found == usual or found[0] == 400, found
    assert (await api("DELETE", f"runs/{name}"))[0] in (400, 404)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=-1", "limit"),
        ("limit=1000000000000", "limit"),
        ("limit=x", "limit"),
        ("limit=1_0", "limit"),
        ("before=garbage", "before"),
        ("sort=unknown", "sort"),
        ("state=happy", "state"),
        ("since=nan", "since"),
    ],
)
async def test_arguments_that_make_no_sense_are_named(api, query, field) -> None:
    code, report = await api("GET", f"runs?{query}")
    assert (code, report["field"]) == (422, field)


async def test_arguments_of_the_browser_are_passed_over(api) -> None:
    assert (await api("GET", "runs?1700000000000="))[0] == 200


async def test_a_body_where_none_belongs_is_refused(api) -> None:
    assert (await api("GET", "runs", "{}"))[0] == 400


async def test_a_store_that_is_damaged_is_told(api, service) -> None:
    path = service.workbench.store.database.path
    path.unlink()
    path.write_bytes(b"no database")
    code, report = await api("PATCH", f"runs/{new_run_id()}", {"title": "x"})
    assert code in (404, 409)
    assert report["message"]
