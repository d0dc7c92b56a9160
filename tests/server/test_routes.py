"""Every route of the table, times every verb, times everybody who may not."""

from __future__ import annotations

import json
import re

import pytest
from jupyter_server.auth.authorizer import Authorizer
from jupyter_server.utils import url_path_join
from tornado.httpclient import HTTPClientError
from tornado.httputil import HTTPHeaders

import jupyter_mlx
from jupyter_mlx.models import new_run_id
from jupyter_mlx.server.base import VERBS
from jupyter_mlx.server.openapi import operations
from jupyter_mlx.server.routes import ROOT, TABLE

CALLS = [(path, verb) for path, handler in TABLE for verb in operations(handler)]
ACTIONS = {(path, verb): promise.action for path, handler in TABLE for verb, promise in operations(handler).items()}


def filled(path: str) -> str:
    """A path of the table with something in place of its names."""
    return re.sub(r"{[a-z]+}", lambda name: new_run_id() if name[0] == "{run}" else "local", path)


class Reader(Authorizer):
    """Lets people read, and remembers what was asked."""

    asked: list[tuple[str, str]] = []  # noqa: RUF012  (cleared by the test)
    actions = ("read",)

    def is_authorized(self, handler: object, user: object, action: str, resource: str) -> bool:
        self.asked.append((action, resource))
        return action in self.actions


class Nobody(Reader):
    """Lets nobody do anything."""

    actions = ()


@pytest.fixture(params=[False, True], ids=["strict", "default"])
def jp_server_config(request: pytest.FixtureRequest) -> dict[str, object]:
    return {"ServerApp": {"jpserver_extensions": {"jupyter_mlx": True}, "allow_unauthenticated_access": request.param}}


def test_every_verb_of_every_route_promises_something() -> None:
    assert {(path, verb) for path, handler in TABLE for verb in VERBS if verb in vars(handler)} == set(CALLS)
    assert {"status", "runs", "runs/{run}/events"} <= {path for path, _ in CALLS}


def test_what_reads_does_not_ask_for_more_and_what_changes_does() -> None:
    for (_path, verb), action in ACTIONS.items():
        assert action in ((None,) if verb == "get" else (None, "execute"))
    assert ACTIONS["runs", "post"] == ACTIONS["runs/{run}/stop", "post"] == "execute"
    assert ACTIONS["runs/{run}", "delete"] is ACTIONS["machines/{machine}", "patch"] is None


async def test_status_says_the_version(jp_fetch, service) -> None:
    response = await jp_fetch(ROOT, "status")
    assert json.loads(response.body) == {"version": jupyter_mlx.__version__}
    assert response.headers["Content-Type"].startswith("application/json")


async def refused(client, url: str, verb: str, headers: object) -> tuple[int, str]:
    body = None if verb in ("get", "head") else ("{}" if verb != "delete" else None)
    with pytest.raises(HTTPClientError) as caught:
        await client.fetch(url, method=verb.upper(), body=body, headers=headers, allow_nonstandard_methods=True)
    assert caught.value.response is not None
    return caught.value.code, caught.value.response.body.decode()


@pytest.fixture
def url(jp_base_url, service):
    return lambda path: url_path_join(jp_base_url, ROOT, filled(path))


async def test_strangers_learn_nothing_by_any_verb(http_server_client, url) -> None:
    for path, _ in TABLE:
        for verb in VERBS:
            code, text = await refused(http_server_client, url(path), verb, {"Content-Type": "application/json"})
            assert code in (403, 405), (path, verb)
            told = json.loads(text) if text else {"field": None, "hint": None}
            assert told["field"] is told["hint"] is None, (path, verb)  # no code of ours has judged anything


async def test_strangers_reach_no_route(http_server_client, url, jp_auth_header) -> None:
    for path, verb in CALLS:
        for headers in ({}, {"Authorization": "token wrong"}, {**jp_auth_header, "Host": "evil.example"}):
            code, text = await refused(
                http_server_client, url(path), verb, {"Content-Type": "application/json", **headers}
            )
            assert code == 403, (path, verb, headers)
            assert json.loads(text).keys() == {"code", "message", "field", "hint"}
            assert "version" not in text


async def test_a_login_by_cookie_needs_the_token_against_forgery(http_server_client, url, jp_serverapp) -> None:
    cookies = await login(http_server_client, url("status"), jp_serverapp.identity_provider.token)
    json_type = {"Content-Type": "application/json", "Cookie": cookies}
    answer = await http_server_client.fetch(url("status"), headers={"Cookie": cookies, "Referer": url("status")})
    assert answer.code == 200
    right = {**json_type, "X-XSRFToken": cookie(cookies, "_xsrf")}
    with pytest.raises(HTTPClientError) as reached:  # with the right token the code is reached, and finds no machine
        await http_server_client.fetch(url("machines/nobody/test"), method="POST", body="{}", headers=right)
    assert (reached.value.code, json.loads(reached.value.response.body)["field"]) == (404, "machine")
    for path, verb in CALLS:
        if verb != "get":
            for wrong in ({}, {"X-XSRFToken": "wrong"}):
                code, _ = await refused(http_server_client, url(path), verb, {**json_type, **wrong})
                assert code == 403, (path, verb, wrong)
        evil = {**right, "Origin": "https://evil.example"}
        code, text = await refused(http_server_client, url(path), verb, evil)
        assert code in (403, 404), (path, verb)
        assert json.loads(text)["hint"] is json.loads(text)["field"] is None, (path, verb)  # it is Jupyter that refuses


async def login(client, address: str, token: str) -> str:
    """The cookies of a browser that had seen a page, and came with the token in its address."""
    seen = "_xsrf=2|aaaaaaaa|bb|1700000000"  # kept by servers that find it valid, replaced by others
    answer = await client.fetch(f"{address}?token={token}", headers={"Cookie": seen})
    headers: HTTPHeaders = answer.headers
    found = [one.partition(";")[0] for one in headers.get_list("Set-Cookie")]
    return "; ".join(found if any(one.startswith("_xsrf=") for one in found) else [seen, *found])


def cookie(cookies: str, name: str) -> str:
    return dict(one.split("=", 1) for one in cookies.split("; ")).get(name, "")


@pytest.mark.parametrize("who", [Reader, Nobody])
async def test_whoever_may_not_does_not(http_server_client, url, jp_serverapp, jp_auth_header, who) -> None:
    jp_serverapp.web_app.settings["authorizer"] = who(parent=jp_serverapp)
    for path, verb in CALLS:
        if who is Reader and verb == "get":
            continue
        Reader.asked.clear()
        headers = {"Content-Type": "application/json", **jp_auth_header}
        code, _ = await refused(http_server_client, url(path), verb, headers)
        assert code == 403, (path, verb)
        resource = dict(TABLE)[path].auth_resource
        assert Reader.asked == [(ACTIONS[path, verb] or ("read" if verb == "get" else "write"), resource)]
        assert resource in ("jupyter_mlx", *(f"jupyter_mlx:{name}" for name in ("runs", "machines", "projects")))


async def test_verbs_that_no_route_has(api) -> None:
    for path, handler in TABLE:
        for verb in {"head", "post", "put", "patch", "delete"} - set(operations(handler)):
            assert (await api(verb.upper(), filled(path)))[0] == 405, (path, verb)
        assert (await api("TRACE", filled(path)))[0] == 405
