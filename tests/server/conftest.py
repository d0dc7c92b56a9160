"""A Jupyter server with only our extension in it, in a home of its own."""

from __future__ import annotations

import json
import re
import sys
import urllib.parse
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pytest_jupyter.jupyter_server import *  # noqa: F403  (its fixtures, for this folder alone)
from tornado.httpclient import HTTPClientError

from jupyter_mlx.server import openapi
from jupyter_mlx.server.base import SETTING
from jupyter_mlx.server.routes import ROOT, TABLE
from jupyter_mlx.server.service import Service
from tests.journeys.bed import write_notebook

Api = Callable[..., Awaitable[tuple[int, Any]]]
ENVIRONMENT = f"existing:{sys.executable}"


@pytest.fixture
def jp_server_config() -> dict[str, object]:
    return {
        "ServerApp": {
            "jpserver_extensions": {"jupyter_mlx": True},
            "allow_unauthenticated_access": False,
        }
    }


@pytest.fixture
def jp_root_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The server's root with a notebook; no process is left behind, no ssh of the person who tests is read."""
    home = tmp_path / "home"
    root = home / "lab"
    root.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("JUPYTER_MLX_KEEPER", "off")
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    return root


@pytest.fixture
def service(jp_serverapp) -> Iterator[Service]:
    """What the routes work with; runs that still go are stopped at the end, and the server then closes it."""
    found: Service = jp_serverapp.web_app.settings[SETTING]
    found.start()  # a server does so when its loop runs; the fixture has a loop of its own
    yield found
    _stop_all(found)


def promised(verb: str, path: str, status: int, answer: Any) -> None:
    """Whatever was answered is of the shape the document promises."""
    document = openapi.document(TABLE)
    for known, verbs in document["paths"].items():
        pattern = re.sub(r"{path}", ".+", known)
        if not re.fullmatch(re.sub(r"{[a-z]+}", "[^/]+", pattern), f"/{ROOT}/{path}") or verb not in verbs:
            continue
        told = verbs[verb]["responses"].get(str(status)) or document["components"]["responses"]["Failed"]
        for content in told["content"].values():
            schema = {**content["schema"], "components": document["components"]}
            for one in answer if content is told["content"].get("application/x-ndjson") else [answer]:
                jsonschema.validate(one, schema)
        return
    assert status >= 400, f"{verb} {path} is promised nowhere"


def _stop_all(service: Service) -> None:
    for run in service.workbench.store.open_runs():
        if not run.state.final:
            service.workbench.dispatcher.stop(run.id)


@pytest.fixture
def api(jp_fetch, service) -> Api:
    """Call it with a verb, a path and a body: the status and what was answered, errors too."""

    async def call(verb: str, path: str, body: object = None, **more: Any) -> tuple[int, Any]:
        headers = {"Content-Type": "application/json", **more.pop("headers", {})}
        path, _, query = path.partition("?")
        params = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        raw = body if isinstance(body, (bytes, str)) or body is None else json.dumps(body)
        try:
            answer = await jp_fetch(
                ROOT,
                *path.split("/"),
                method=verb,
                body=raw,
                headers=headers,
                params=params,
                allow_nonstandard_methods=True,
                **more,
            )
        except HTTPClientError as error:
            if error.response is None:
                raise
            answer = error.response
        text = answer.body.decode()
        if answer.headers.get("Content-Type") == "application/x-ndjson":
            found: Any = [json.loads(line) for line in text.splitlines()]
        else:
            found = json.loads(text) if text else text
        if text:
            promised(verb.lower(), path, answer.code, found)
        return answer.code, found

    return call


@pytest.fixture
def new_run(jp_root_dir: Path) -> Callable[..., dict[str, Any]]:
    """Call it with cells: the body that runs them on this computer with the Python of the tests."""

    def body(*cells: str, **more: Any) -> dict[str, Any]:
        write_notebook(jp_root_dir / "work" / "nb.ipynb", *cells)
        return {"notebook": "work/nb.ipynb", "project": "work", "environment": ENVIRONMENT, **more}

    return body
