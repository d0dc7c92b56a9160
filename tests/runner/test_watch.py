from __future__ import annotations

import os
import threading
import time

import pytest

from jupyter_mlx.runner import watch
from jupyter_mlx.runner.watch import Watch, wait


@pytest.fixture(params=["inotify", "polling"])
def way(request, monkeypatch):
    if request.param == "polling":
        monkeypatch.setattr(watch, "_inotify", lambda paths: None)
    return request.param


def test_a_line_and_a_new_name_wake(tmp_path, way):
    journal = tmp_path / "journal"
    journal.touch()
    one = Watch([str(tmp_path), str(journal)])
    assert (one._fd is None) == (way == "polling")
    try:
        assert not one.wait(0.05)
        with journal.open("a") as out:
            out.write("line\n")
        assert one.wait(10), "what came before the wait counts"
        assert not one.wait(0.05), "once"
        os.rename(journal, tmp_path / "exit.json")
        assert one.wait(10)
    finally:
        one.close()
        one.close()


def test_a_change_during_the_wait_wakes(tmp_path, way):
    journal = tmp_path / "journal"
    journal.touch()
    timer = threading.Timer(0.1, lambda: journal.write_text("x"))
    timer.start()
    assert wait([str(journal)], 30)
    timer.join()


def test_a_path_that_is_not_there_is_polled(tmp_path):
    one = Watch([str(tmp_path / "later")])
    assert not one.wait(0)
    (tmp_path / "later").touch()
    assert one.wait(10)
    one.close()


def test_no_inotify_instance_left_is_no_failure(tmp_path, monkeypatch):
    class Libc:
        def inotify_init1(self, flags):
            return -1

    monkeypatch.setattr(watch.ctypes, "CDLL", lambda *_, **__: Libc())
    one = Watch([str(tmp_path)])
    assert one._fd is None
    (tmp_path / "x").touch()
    assert one.wait(10)
    one.close()


def test_nothing_is_missed_among_many_lines(tmp_path, way):
    journal = tmp_path / "journal"
    journal.touch()
    one = Watch([str(journal)])

    def write():
        with journal.open("a", buffering=1) as out:
            for n in range(300):
                out.write(f"{n}\n")
                if n % 50 == 0:
                    time.sleep(0.01)

    writer = threading.Thread(target=write)
    writer.start()
    seen = 0
    with journal.open() as source:
        while seen < 300:
            seen += len(source.readlines())
            if seen < 300:
                assert one.wait(20)
    writer.join()
    one.close()
