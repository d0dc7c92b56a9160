"""What a hostile machine tells passes through as data: JSON that nobody takes for a page, files that nobody opens."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

from jupyter_mlx.models import Run
from jupyter_mlx.server.routes import ROOT
from jupyter_mlx.untrusted import line
from tests.store.bed import a_run, a_spec, cells, exit_event, journal
from tests.support.payloads import PAYLOADS

from .test_runs import ended
from .test_stream import Tab


def told_by_a_hostile_machine() -> list[dict[str, Any]]:
    """A journal with every payload in every place a machine can write to."""
    events: list[dict[str, Any]] = [{"type": "state", "state": "running", "reason": PAYLOADS[0]}]
    for n, text in enumerate(PAYLOADS):
        error = {"output_type": "error", "ename": text, "evalue": text, "traceback": [text]}
        shown = {"output_type": "display_data", "data": {"text/html": text, "image/svg+xml": text}, "metadata": {}}
        events += [
            {"type": "progress", "phase": text, "message": text},
            {"type": "log", "source": text, "text": text},
            {"type": "cell", "cell": n, "id": text, "state": "running"},
            {"type": "stream", "cell": n, "name": text, "text": text},
            {"type": "output", "cell": n, "output": shown},
            {"type": "output", "cell": n, "output": error},
            {"type": "metric", "values": {f"{n}{text}": text}},
            {"type": "param", "name": f"{n}{text}", "value": text},
            {"type": "tag", "name": f"{n}{text}", "value": text},
        ]
    files = [{"path": text.replace("/", "_"), "size": 1, "sha256": None, "area": "outputs"} for text in PAYLOADS]
    return [*events, {"type": "outputs", "files": files, "skipped": []}, exit_event("failed", reason=PAYLOADS[0])]


@pytest.fixture
def hostile(service) -> Run:
    names = {"project": f"/p/{PAYLOADS[1]}", "notebook": f"{PAYLOADS[2]}.ipynb", "title": PAYLOADS[3]}
    run = a_run(**names, notes=PAYLOADS[4], experiment=PAYLOADS[5], cells=cells(1), machine="local")
    store = service.workbench.store
    run = store.create(a_spec(run), run)
    mirror = store.mirror(run.id)
    assert mirror.try_lead()
    mirror.append(0, journal(*told_by_a_hostile_machine()))
    mirror.release()
    return store.run(run.id)


def assert_no_page(headers: Any) -> None:
    """No browser makes a page of it, whatever it is asked to do."""
    assert headers["Content-Type"].split(";")[0] in ("application/json", "application/octet-stream")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_there_are_sixty_and_no_two_the_same() -> None:
    assert len(set(PAYLOADS)) == len(PAYLOADS) == 60


async def test_rest_answers_with_plain_data(jp_fetch, hostile) -> None:
    base = f"runs/{hostile.id}"
    asked = ["runs", base, f"{base}/metrics", f"{base}/logs", f"{base}/events", f"{base}/outputs", "projects"]
    found = {}
    for path in asked:
        answer = await jp_fetch(ROOT, *path.split("/"))
        assert_no_page(answer.headers)
        assert answer.body.isascii()
        found[path] = json.loads(answer.body)
    run = found[base]
    assert [run["title"], run["notes"], run["experiment"], run["reason"]] == [PAYLOADS[n] for n in (3, 4, 5)] + [
        line(PAYLOADS[0])
    ]
    assert [event["event"] for event in found[f"{base}/events"]["events"]] == [
        {"t": event["event"]["t"], **told}
        for event, told in zip(found[f"{base}/events"]["events"], told_by_a_hostile_machine(), strict=True)
    ]
    assert set(found[f"{base}/metrics"]["series"]) == {line(f"{n}{text}") for n, text in enumerate(PAYLOADS)}
    assert [file["path"] for file in found[f"{base}/outputs"]] == [text.replace("/", "_") for text in PAYLOADS]


async def test_the_socket_tells_plain_data(jp_ws_fetch, service, hostile) -> None:
    tab = Tab(await jp_ws_fetch(ROOT, "stream"))
    await tab.until("hello")
    await tab.say(type="subscribe", run=hostile.id)
    await tab.until("events", over=True)
    assert [event["event"]["type"] for event in tab.events()] == [e["type"] for e in told_by_a_hostile_machine()]
    assert tab.events()[5]["event"]["output"]["data"]["text/html"] == PAYLOADS[0]
    tab.socket.close()


@pytest.mark.parametrize("payload", PAYLOADS[::7])
async def test_an_error_repeats_it_as_data_only(jp_fetch, service, payload) -> None:
    body = json.dumps({"name": "a", payload: payload})
    with pytest.raises(HTTPClientError) as caught:
        await jp_fetch(ROOT, "machines", method="POST", body=body, headers={"Content-Type": "application/json"})
    assert caught.value.code == 422
    assert_no_page(caught.value.response.headers)
    json.loads(caught.value.response.body)


async def test_files_with_such_names_and_contents_are_downloads(api, jp_fetch, new_run) -> None:
    names = [text.replace("/", "_")[:120] + ".html" for text in PAYLOADS[:15]] + ["x.svg", "index.html", "a.js"]
    code = f"import os, pathlib\nfor n in {names!r}: pathlib.Path(os.environ['JUPYTER_MLX_OUTPUTS'], n).write_text(n)"
    run = await ended(api, (await api("POST", "runs", new_run(code)))[1]["id"])
    assert {file["path"] for file in run["outputs"]} == set(names), run["reason"]
    for name in names:
        answer = await jp_fetch(ROOT, "runs", run["id"], "outputs", name)
        assert answer.body.decode() == name
        assert_no_page(answer.headers)
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["Content-Security-Policy"].startswith("sandbox;")
