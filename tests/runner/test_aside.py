"""Work in a child: results, errors and deaths come back; the parent never waits for what it did not ask."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time

import pytest

from jupyter_mlx.runner.aside import Aside, AsideError
from jupyter_mlx.runner.refusal import Refusal

from .bed import eventually
from .runs import REPOSITORY


def test_a_result_of_any_size_comes_back() -> None:
    large = {"text": "ä" * 300000, "list": list(range(1000))}
    assert Aside(lambda: large).result() == large


def test_poll_says_when_it_is_over() -> None:
    aside = Aside(lambda: time.sleep(0.3) or 5)
    assert not aside.poll()
    eventually(lambda: aside.poll(0.05))
    assert aside.result() == 5


def test_memory_of_the_work_is_not_ours() -> None:
    seen: list[int] = []
    Aside(lambda: seen.append(1)).result()
    assert seen == []


def refuse() -> None:
    raise Refusal("input", "no", "do this", field="x")


def fill() -> None:
    raise OSError(errno.ENOSPC, "No space left on device", "/some/file")


def break_down() -> None:
    raise ZeroDivisionError("oh")


def leave() -> None:
    raise SystemExit(3)


def test_a_refusal_comes_back_whole() -> None:
    with pytest.raises(Refusal) as caught:
        Aside(refuse).result()
    assert caught.value.as_dict() == {"code": "input", "message": "no", "hint": "do this", "field": "x"}


def test_an_os_error_keeps_its_number_and_path() -> None:
    with pytest.raises(OSError, match="/some/file") as caught:
        Aside(fill).result()
    assert caught.value.errno == errno.ENOSPC


@pytest.mark.parametrize(("work", "said"), [(break_down, "ZeroDivisionError: oh"), (leave, "SystemExit: 3")])
def test_whatever_goes_wrong_is_said(work: object, said: str) -> None:
    with pytest.raises(AsideError, match=said):
        Aside(work).result()  # type: ignore[arg-type]


def test_what_is_no_json_is_an_error_too() -> None:
    with pytest.raises(AsideError, match="status 1"):
        Aside(object).result()


def test_a_killed_child_is_noticed() -> None:
    aside = Aside(lambda: time.sleep(60))
    os.kill(aside.pid, signal.SIGKILL)
    with pytest.raises(AsideError, match="SIGKILL"):
        aside.result()


def test_the_child_dies_with_its_parent() -> None:
    code = f"""import sys, time; sys.path.insert(0, {str(REPOSITORY)!r})
from jupyter_mlx.runner.aside import Aside
aside = Aside(lambda: time.sleep(60)); print(aside.pid, flush=True); time.sleep(60)"""
    parent = subprocess.Popen([sys.executable, "-I", "-S", "-c", code], stdout=subprocess.PIPE)
    assert parent.stdout
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()

    def gone() -> bool:
        try:
            with open(f"/proc/{pid}/stat") as source:
                return source.read().rpartition(")")[2].split()[0] == "Z"
        except FileNotFoundError:
            return True

    eventually(gone)
