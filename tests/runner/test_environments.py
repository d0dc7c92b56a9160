"""Environments, built by the real uv (and once by pip): once for all who ask, never half, and kept while in use."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlx.runner import building, environments, existing
from jupyter_mlx.runner.env_lock import hold, is_complete
from jupyter_mlx.runner.environments import Environments, Request, libc
from jupyter_mlx.runner.layout import Root
from jupyter_mlx.runner.refusal import Refusal

from .bed import eventually
from .runs import REPOSITORY, Supervised
from .test_uv import real_uv

BUILD = f"""import json, sys; sys.path.insert(0, {str(REPOSITORY)!r})
from jupyter_mlx.runner.environments import Environments, Request
from jupyter_mlx.runner.layout import Root
said = []
made = Environments(Root(sys.argv[1]), "x", lambda kind, **fields: said.append(fields.get("message")))
cached = made.build(Request(None, sys.argv[2:], None))
print(json.dumps([cached, said]))"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Root:
    """A root whose cache serves several tests."""
    real_uv()
    root = Root(str(tmp_path_factory.mktemp("root")))
    root.prepare()
    return root


def builder(root: Root, *requirements: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-I", "-S", "-c", BUILD, root.folder, *requirements]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def answer(process: subprocess.Popen[bytes]) -> Any:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err.decode()
    return json.loads(out)


def quiet(root: Root) -> Environments:
    return Environments(root, "x", lambda *_, **__: None)


def test_eight_who_ask_at_once_get_one_build(shared: Root) -> None:
    answers = [answer(process) for process in [builder(shared, "six==1.17.0") for _ in range(8)]]
    assert sorted(cached for cached, _ in answers) == [False] + [True] * 7
    assert sum("building" in str(message) for _, said in answers for message in said) == 1
    key = Request(None, ["six==1.17.0"], None).key
    python = quiet(shared).python(key)
    done = subprocess.run([python, "-c", "import six; print(six.__version__)"], capture_output=True, check=True)
    assert done.stdout == b"1.17.0\n"
    began = time.monotonic()
    assert quiet(shared).build(Request(None, ["six==1.17.0"], None))
    assert time.monotonic() - began < 1


def test_who_waited_for_a_build_does_not_wait_for_the_builders_run(shared: Root) -> None:
    assert answer(builder(shared, "six==1.17.0"))[0] in (True, False)
    key = Request(None, ["six==1.17.0"], None).key
    mark = Path(shared.env(key), ".complete")
    mark.unlink()
    fd = os.open(os.path.join(shared.env(key), ".lock"), os.O_RDWR)
    fcntl.flock(fd, fcntl.LOCK_EX)
    waiting = builder(shared, "six==1.17.0")
    eventually(partial(waits_for_lock, waiting.pid))
    mark.touch()
    fcntl.flock(fd, fcntl.LOCK_SH)  # as a run holds it to its end
    try:
        assert answer(waiting) == [True, ["another run builds the same environment: waiting for it"]]
    finally:
        os.close(fd)


def waits_for_lock(pid: int) -> bool:
    """Whether a process is blocked by a lock of another."""
    return any("->" in line and line.split()[5] == str(pid) for line in Path("/proc/locks").read_text().splitlines())


def test_a_builder_killed_at_any_moment_leaves_nothing_that_counts(shared: Root) -> None:
    key = Request(None, ["six==1.16.0"], None).key
    folder = shared.env(key)
    for moment in ("build.log", "requirements.txt", "venv", "venv/bin/python"):
        process = builder(shared, "six==1.16.0")
        eventually(partial(os.path.lexists, os.path.join(folder, moment)))
        process.kill()
        process.communicate()
        if is_complete(folder):  # it was faster than we
            shutil.rmtree(folder)
            continue
        assert hold(shared, [key]) is None
    Path(folder, "leftover").touch()
    assert answer(builder(shared, "six==1.16.0"))[0] is False
    assert is_complete(folder)
    assert not os.path.exists(os.path.join(folder, "leftover"))


def test_what_cannot_be_resolved_is_refused_in_the_resolvers_words(shared: Root) -> None:
    with pytest.raises(Refusal, match=r"(?s)six==99\.9") as caught:
        quiet(shared).build(Request(None, ["six==99.9"], None))
    assert caught.value.message.count("\n") < 5
    assert str(caught.value.hint).startswith("the whole log: ")
    with open(str(caught.value.hint)[len("the whole log: ") :]) as log:
        assert "six==99.9" in log.read()


def test_pip_does_where_there_is_no_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "find_uv", lambda *_: None)
    root = Root(str(tmp_path))
    root.prepare()
    request = Request(None, ["six==1.17.0"], None)
    assert not quiet(root).build(request)
    assert quiet(root)._facts(request.key).version("six") == "1.17.0"


def test_equal_requests_share_and_others_do_not() -> None:
    base = Request("3.11.7", ["a==1", "b==2"], None)
    assert base.key == Request("3.11.7", ["b==2", "a==1"], "0" * 64).key
    others = [
        Request("3.11.8", ["a==1", "b==2"], None),
        Request("3.11.7", ["a==1"], None),
        Request(None, ["a==1"], None),
    ]
    assert len({base.key, *(other.key for other in others)}) == 4


def test_the_key_is_the_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Request(None, ["a"], None).key
    monkeypatch.setattr(environments, "libc", lambda: "musl")
    assert Request(None, ["a"], None).key != before
    assert libc()


def test_an_existing_environment_without_a_kernel_is_told_how_to_get_one(shared: Root, tmp_path: Path) -> None:
    subprocess.run([real_uv(), "venv", "-q", "-p", sys.executable, tmp_path / "env"], check=True)
    with pytest.raises(Refusal) as caught:
        quiet(shared).prepare({"kind": "existing", "target": str(tmp_path / "env")}, None)
    assert "has no ipykernel" in caught.value.message
    assert caught.value.hint == f"install it there: {tmp_path}/env/bin/python -m pip install ipykernel"


def test_an_existing_environment_is_used_as_it_is(shared: Root) -> None:
    said: list[dict[str, Any]] = []
    made = Environments(shared, "x", lambda _event, **fields: said.append(fields))
    found = made.prepare({"kind": "existing", "target": sys.executable}, None)
    assert found == {"python": sys.executable, "prefix": sys.prefix, "keys": [], "driver": sys.executable}
    assert said[0]["kind"] == "existing" and said[0]["cached"] and len(said[0]["digest"]) == 64
    assert said[0]["packages"]["ipykernel"]


def test_an_environment_that_cannot_drive_gets_a_driver(
    shared: Root, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    subprocess.run([real_uv(), "venv", "-q", "-p", sys.executable, tmp_path / "env"], check=True)
    built: list[Request] = []
    monkeypatch.setattr(Environments, "build", lambda self, request: built.append(request) or True)
    asked = {"kind": "existing", "target": str(tmp_path / "env")}
    found = quiet(shared).prepare(asked, None, ipykernel=False)
    assert found["driver"] == sys.executable  # the agent's own can
    monkeypatch.setattr(sys, "executable", "")
    found = quiet(shared).prepare(asked, None, ipykernel=False)
    assert built and "jupyter_client>=8" in built[0].requirements
    assert found["keys"] == [built[0].key] and found["driver"] == quiet(shared).python(built[0].key)
    assert existing.resolve(asked["target"]) == found["python"]


def test_a_run_in_an_environment_built_for_it(shared: Root) -> None:
    version = ".".join(map(str, sys.version_info[:3]))
    environment = {"kind": "requirements", "python": version, "requirements": ["six==1.17.0"], "packages": {}}
    cell = "import os, shutil, six, sys\n"
    cell += "print(six.__version__, sys.prefix, os.environ['VIRTUAL_ENV'], shutil.which('python'))"
    run = Supervised(Path(shared.folder), cell, environment=environment).start()
    record = run.wait(180)
    assert record["state"] == "succeeded", record["reason"]
    event = run.events("environment")[0]
    assert not event["cached"] and event["python"] == version and event["packages"]["six"] == "1.17.0"
    venv = os.path.join(shared.env(event["digest"]), "venv")
    assert run.text().split() == ["1.17.0", venv, venv, os.path.join(venv, "bin", "python")]
    assert any("six" in log["text"] for log in run.events("log") if log["source"] == "environment")
    assert run.events("progress")[1]["phase"] == "environment"

    again = Supervised(Path(shared.folder), cell, environment=environment).start()
    assert again.wait()["state"] == "succeeded"
    assert again.events("environment")[0]["cached"]
    assert again.events("log") == []


def test_a_cancel_ends_a_build(shared: Root, tmp_path: Path) -> None:
    slow = tmp_path / "bin"
    slow.mkdir()
    (slow / "uv").write_text("#!/bin/sh\n[ $1 = --version ] && { echo uv 9.9.9; exit; }\ntrap '' TERM INT\nsleep 60\n")
    (slow / "uv").chmod(0o755)
    environment = {"kind": "requirements", "python": None, "requirements": ["six==1.15.0"], "packages": {}}
    run = Supervised(Path(shared.folder), "1", environment=environment)
    run.start(PATH=f"{slow}:{os.environ['PATH']}")
    run.sees("progress", phase="environment")
    key = Request(None, ["six==1.15.0", "ipykernel"], None).key
    eventually(lambda: "uv venv" in Path(shared.env(key), "build.log").read_text())
    run.tell(type="cancel", intent="x")
    record = run.wait(30)
    assert (record["state"], record["cause"]) == ("cancelled", "cancelled")
    assert not is_complete(shared.env(key))
    fd = os.open(os.path.join(shared.env(key), ".lock"), os.O_RDWR)
    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)  # nobody holds it any more
    os.close(fd)


def test_a_build_that_fails_is_the_runs_verdict(shared: Root) -> None:
    environment = {"kind": "requirements", "python": None, "requirements": ["six==99.9"], "packages": {}}
    record = Supervised(Path(shared.folder), "1", environment=environment).start().wait()
    assert (record["state"], record["cause"]) == ("failed", "environment")
    assert "six==99.9" in record["reason"]
    assert "the whole log: " in record["reason"]
