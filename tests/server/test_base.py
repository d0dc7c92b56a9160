"""The base class of all routes: guards that cannot be forgotten, errors in one shape."""

from __future__ import annotations

import json

import pytest
from jupyter_server.serverapp import _has_tornado_web_authenticated
from tornado.httpclient import HTTPClientError

from jupyter_mlx.errors import ConflictError, NotFoundError
from jupyter_mlx.server.base import VERBS, MlxHandler


class Forgetful(MlxHandler):
    """A handler whose author thought of no guard."""

    def get(self) -> None:
        raise NotFoundError("no run #99", field="run", hint="jupyter mlx runs")

    async def post(self) -> None:
        raise ConflictError("somebody was first")

    def put(self) -> None:
        raise ZeroDivisionError("secret detail")


@pytest.fixture
def forgetful(jp_serverapp) -> None:
    jp_serverapp.web_app.add_handlers(".*$", [(jp_serverapp.base_url + "forgetful", Forgetful)])


def test_every_verb_of_a_subclass_is_guarded() -> None:
    guarded = [verb for verb in VERBS if _has_tornado_web_authenticated(getattr(Forgetful, verb))]
    assert guarded == ["get", "post", "put"]


async def failure(jp_fetch, method: str, **kwargs: object) -> tuple[int, dict[str, object]]:
    with pytest.raises(HTTPClientError) as caught:
        await jp_fetch("forgetful", method=method, **kwargs)
    return caught.value.code, json.loads(caught.value.response.body)


async def test_an_error_of_ours_has_its_status_and_four_fields(jp_fetch, forgetful) -> None:
    code, body = await failure(jp_fetch, "GET")
    assert code == 404
    assert body == {"code": "not_found", "message": "no run #99", "field": "run", "hint": "jupyter mlx runs"}
    code, body = await failure(jp_fetch, "POST", body="{}")
    assert (code, body["code"]) == (409, "conflict")


async def test_any_other_error_tells_nothing_of_itself(jp_fetch, forgetful) -> None:
    code, body = await failure(jp_fetch, "PUT", body="{}")
    assert code == 500
    assert "secret" not in json.dumps(body)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
async def test_a_stranger_does_not_reach_the_code(jp_fetch, forgetful, method: str) -> None:
    body = None if method == "GET" else "{}"
    code, report = await failure(jp_fetch, method, body=body, headers={"Authorization": "token wrong"})
    assert code == 403
    assert "first" not in json.dumps(report)
