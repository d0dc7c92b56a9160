"""Runs over REST: a real one on this computer, from preflight to outputs."""

from __future__ import annotations

import asyncio
import json

import pytest

from jupyter_mlx.models import new_run_id
from jupyter_mlx.server.routes import ROOT

CELLS = (
    "print('hello')\nimport jupyter_mlx\njupyter_mlx.log(loss=0.5, step=1)",
    "import os, pathlib\npathlib.Path(os.environ['JUPYTER_MLX_OUTPUTS'], 'made.html').write_text('0123456789')",
)


async def ended(api, run_id: str) -> dict:
    for _ in range(600):
        status, run = await api("GET", f"runs/{run_id}")
        assert status == 200
        if run["exit"] is not None:
            return run
        await asyncio.sleep(0.1)
    raise AssertionError(run)


async def test_a_run_from_preflight_to_its_outputs(api, new_run, jp_fetch, jp_root_dir) -> None:
    body = new_run(*CELLS, title="first", tags=["a"])
    status, told = await api("POST", "preflight", body)
    assert status == 200, told
    assert (told["cells"], told["files_total"], told["project_found"]) == (2, 1, "given")
    assert [file["path"] for file in told["files"]] == ["nb.ipynb"]
    assert (await api("GET", "runs"))[1] == {"runs": [], "next": None}

    status, run = await api("POST", "runs", body)
    assert status == 201, run
    run = await ended(api, run["id"])
    assert run["state"] == "succeeded", run["reason"]
    assert run["metrics"] == {"loss": 0.5}

    base = f"runs/{run['id']}"
    assert (await api("GET", f"{base}/metrics"))[1]["series"]["loss"]["step"] == [1]
    log = (await api("GET", f"{base}/logs"))[1]
    assert ("stdout", "hello\n") in [(one["source"], one["text"]) for one in log["lines"]]
    assert log["over"]
    executed = (await api("GET", f"{base}/notebook"))[1]
    assert executed["notebook"]["cells"][0]["outputs"][0]["text"] in ("hello\n", ["hello\n"])
    assert [one["path"] for one in (await api("GET", f"{base}/outputs"))[1]] == ["made.html"]

    answer = await jp_fetch(ROOT, *base.split("/"), "outputs", "made.html", headers={"Range": "bytes=2-4"})
    assert (answer.code, answer.body) == (206, b"234")
    assert answer.headers["Content-Range"] == "bytes 2-4/10"
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Security-Policy"].startswith("sandbox;")
    whole = await jp_fetch(ROOT, *base.split("/"), "outputs", "made.html")
    assert (whole.code, whole.body) == (200, b"0123456789")
    assert (await api("GET", f"{base}/outputs/made.html", headers={"Range": "bytes=10-"}))[0] == 416
    assert (await api("GET", f"{base}/outputs/..%2f..%2fspec.json"))[0] == 404

    status, fetched = await api("POST", f"{base}/fetch", {"folder": "got"})
    assert (status, fetched["files"]) == (200, ["outputs/made.html"])
    assert (jp_root_dir / "got" / "outputs" / "made.html").read_text() == "0123456789"

    assert (await api("POST", f"{base}/stop", {}))[0] == 409
    status, changed = await api("PATCH", base, {"notes": "good", "tags": ["b"]})
    assert (status, changed["notes"], changed["tags"], changed["title"]) == (200, "good", ["b"], "first")

    status, again = await api("POST", f"{base}/rerun", {})
    assert (status, again["rerun_of"]) == (201, run["id"])
    page = (await api("GET", "runs?limit=1"))[1]
    assert [one["id"] for one in page["runs"]] == [again["id"]]
    assert page["next"] == again["id"]
    rest = (await api("GET", f"runs?limit=1&before={page['next']}"))[1]
    assert ([one["id"] for one in rest["runs"]], rest["next"]) == ([run["id"]], None)
    assert (await api("DELETE", f"runs/{again['id']}"))[0] == 409
    await ended(api, again["id"])

    projects = (await api("GET", "projects"))[1]
    assert [(one["name"], one["runs"], one["last_number"]) for one in projects] == [("work", 2, 2)]
    detail = (await api("GET", f"projects/{projects[0]['id']}"))[1]
    assert detail["defaults"]["environment"] == body["environment"]
    assert len((await api("GET", f"runs?project={projects[0]['id']}&state=succeeded"))[1]["runs"]) == 2

    assert (await api("DELETE", base))[0] == 204
    gone = await api("GET", base)
    assert gone == await api("GET", f"runs/{new_run_id()}") == await api("GET", "runs/last")


async def test_content_that_is_open_runs_instead_of_the_file(api, new_run, jp_root_dir) -> None:
    body = new_run("raise SystemError('the file')")
    content = json.loads((jp_root_dir / "work" / "nb.ipynb").read_text())
    content["cells"][0]["source"] = "n = 1  # given\nprint('open', n)"
    content["cells"][0]["metadata"] = {"tags": ["parameters"]}
    body |= {"content": content}
    told = (await api("POST", "preflight", body))[1]
    assert told["parameters"] == [{"name": "n", "default": 1, "type": "int"}]
    run = (await api("POST", "runs", body | {"params": {"n": 7}}))[1]
    assert run["params"] == {"n": 7}
    assert (await ended(api, run["id"]))["state"] == "succeeded"
    wrong = await api("POST", "runs", body | {"params": {"n": "x"}})
    assert (wrong[0], wrong[1]["field"]) == (422, "params.n")


async def test_a_run_from_a_cell_on(api, new_run, jp_root_dir) -> None:
    body = new_run("n = 1", "raise SystemError('skipped')", "print('n is', n)", params={"n": 7}, first_cell=2)
    content = json.loads((jp_root_dir / body["notebook"]).read_text())
    content["cells"][0]["metadata"] = {"tags": ["parameters"]}
    body["content"] = content
    told = (await api("POST", "preflight", body))[1]
    assert (told["cells"], told["skipped"], told["origins"]) == (4, 1, [0, None, 1, 2])
    run = await ended(api, (await api("POST", "runs", body))[1]["id"])
    assert run["state"] == "succeeded", run["reason"]
    assert [cell["state"] for cell in run["cells"]] == ["succeeded", "succeeded", "skipped", "succeeded"]
    cells = (await api("GET", f"runs/{run['id']}/notebook"))[1]["notebook"]["cells"]
    assert [cell["execution_count"] for cell in cells] == [1, 2, None, 3]
    assert "".join(cells[3]["outputs"][0]["text"]) == "n is 7\n"
    assert not any("skip" in str(cell["metadata"]) for cell in cells)
    for wrong in (3, -1, True, "2"):
        status, refused = await api("POST", "preflight", body | {"first_cell": wrong})
        assert (status, refused["field"]) == (422, "first_cell")


async def test_the_same_request_twice_is_one_run(api, new_run) -> None:
    body = new_run("import time; time.sleep(60)", id=new_run_id(), params={"lr": "1e-3", "note": "on"})
    first, second = await asyncio.gather(api("POST", "runs", body), api("POST", "runs", body))
    assert {first[0], second[0]} == {200, 201}
    assert first[1]["id"] == second[1]["id"] == body["id"]
    for other in ({"title": "other"}, {"params": {"lr": "2e-3"}}, {"params": {"more": "1"}}):
        status, refused = await api("POST", "runs", body | other)
        assert (status, refused["code"], refused["field"]) == (409, "conflict", "id")
    base = f"runs/{body['id']}"
    assert (await api("DELETE", base))[0] == 409
    assert (await api("POST", f"{base}/rerun", {}))[0] == 409
    assert (await api("POST", f"{base}/stop", {}))[0] == 200
    assert (await ended(api, body["id"]))["state"] == "cancelled"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("../outside.ipynb", 404),
        ("work/../../outside.ipynb", 404),
        (".hidden/nb.ipynb", 404),
        ("nothing.ipynb", 404),
        ("a\0b.ipynb", 404),
    ],
)
async def test_paths_stay_below_the_root(api, jp_root_dir, path, status) -> None:
    (jp_root_dir.parent / "outside.ipynb").write_text("{}")
    assert (await api("POST", "preflight", {"notebook": path}))[0] == status


async def test_only_machines_of_a_list_are_contacted(api, new_run) -> None:
    status, refused = await api("POST", "runs", new_run("1", machine="10.0.0.1"))
    assert (status, refused["field"]) == (404, "machine")
    assert (await api("POST", "machines/10.0.0.1/test", {}))[0] == 404
