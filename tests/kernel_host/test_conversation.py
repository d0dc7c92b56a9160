"""Whole runs with real kernels: what is executed, what is said, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import nbformat
import pytest

from jupyter_mlx.executed import compose
from tests.support.hosting import code, of_type


def states(run) -> list[tuple[int, str]]:
    return [(event["cell"], event["state"]) for event in run.events("cell")]


def test_a_run_from_start_to_end(hosted) -> None:
    run = hosted("x = 1", {"cell_type": "markdown", "source": "# Text", "metadata": {}}, "print(x)", "x + 1")
    assert run.run() == {
        **dict.fromkeys(["cell", "code", "ename", "evalue", "signal"]),
        "state": "succeeded",
        "cause": "done",
        "reason": "",
    }
    assert states(run) == [(n, state) for n in (0, 2, 3) for state in ("running", "succeeded")]
    kinds = [event["type"] for event in run.events()]
    assert kinds[:3] == ["progress", "kernel", "cell"]
    (kernel,) = run.events("kernel")
    assert (kernel["implementation"], kernel["language_info"]["name"]) == ("ipython", "python")
    done = [event for event in run.events("cell") if event["state"] == "succeeded"]
    assert [(event["id"], event["execution_count"]) for event in done] == [("cell-0", 1), ("cell-2", 2), ("cell-3", 3)]
    assert all(event["duration_s"] > 0 and len(event["timing"]) == 4 for event in done)
    times = [event["t"] for event in run.events()]
    assert times == sorted(times)
    made = compose(run.notebook, run.events(), run.media)
    nbformat.validate(nbformat.from_dict(made))
    assert made["cells"][3]["outputs"][0]["data"] == {"text/plain": "2"}


def test_an_error_stops_the_run(hosted) -> None:
    run = hosted("1", "1 / 0", "print('never')", "2")
    verdict = run.run()
    assert (verdict["state"], verdict["cause"], verdict["cell"]) == ("failed", "cell_error", 1)
    assert (verdict["ename"], verdict["evalue"]) == ("ZeroDivisionError", "division by zero")
    assert verdict["reason"] == "cell 2 failed: ZeroDivisionError: division by zero"
    assert states(run)[2:] == [(1, "running"), (1, "failed"), (2, "skipped"), (3, "skipped")]
    output = run.events("output")[-1]["output"]
    assert (output["output_type"], output["ename"]) == ("error", "ZeroDivisionError")
    assert "1 / 0" in "".join(output["traceback"]) or "ZeroDivisionError" in "".join(output["traceback"])


@pytest.mark.parametrize("how", ["limits", "tag"])
def test_allowed_errors_do_not_stop_it(how, hosted) -> None:
    bad = code("1 / 0", "raises-exception") if how == "tag" else "1 / 0"
    run = hosted(bad, "print('on')", limits={"allow_errors": how == "limits"})
    assert run.run()["state"] == "succeeded"
    assert states(run) == [(0, "running"), (0, "failed"), (1, "running"), (1, "succeeded")]
    assert run.text(1) == "on\n"


def test_empty_and_tagged_cells_are_skipped(hosted) -> None:
    run = hosted("", " \n", code("1 / 0", "skip-execution"), "print(1)")
    assert run.run()["state"] == "succeeded"
    assert states(run)[:3] == [(0, "skipped"), (1, "skipped"), (2, "skipped")]
    assert run.events("cell")[-1]["execution_count"] == 1


def test_what_a_message_skips_can_be_run_by_another(hosted) -> None:
    run = hosted("print('no')", "print('yes')", close=False)
    run.send("execute", index=0, skip=True)
    run.send("execute", index=1)
    run.send("execute", index=0)
    run.send("close")
    assert run.run()["state"] == "succeeded"
    assert states(run) == [(0, "skipped"), (1, "running"), (1, "succeeded"), (0, "running"), (0, "succeeded")]


@pytest.mark.parametrize("ask", ["input('name: ')", "import getpass; getpass.getpass()"])
def test_asking_fails_fast_with_a_hint(ask, hosted) -> None:
    verdict = hosted(ask).run()
    assert (verdict["cause"], verdict["cell"]) == ("cell_error", 0)
    assert "the run has nobody to ask: use a parameter" in verdict["reason"]


def test_the_notebook_runs_in_its_folder(hosted) -> None:
    run = hosted("import os; print(os.getcwd()); print(open('beside.txt').read())", cwd="a b/ü")
    folder = Path(run.paths.work, "a b", "ü")
    folder.mkdir(parents=True)
    (folder / "beside.txt").write_text("here")
    assert run.run()["state"] == "succeeded"
    assert run.text(0).splitlines() == [str(folder), "here"]


def test_displays_updates_and_clearing_are_events(hosted) -> None:
    run = hosted(
        "from IPython.display import clear_output, display\nhandle = display('a', display_id='d')\nprint('x')",
        "handle.update('b')\nclear_output(wait=True)\nclear_output()",
        "_ = display('c', display_id='d')",
    )
    assert run.run()["state"] == "succeeded"
    first, second = run.events("output")
    assert (first["cell"], first["output"]["display_id"]) == (0, "d")
    assert second["cell"] == 2
    updates = run.events("update_display")
    assert [(event["display_id"], event["data"]["text/plain"]) for event in updates] == [("d", "'b'"), ("d", "'c'")]
    assert [(event["cell"], event["wait"]) for event in run.events("clear_output")] == [(1, True), (1, False)]
    made = compose(run.notebook, run.events(), run.media)
    assert made["cells"][0]["outputs"][0]["data"] == {"text/plain": "'c'"}


def test_large_values_go_to_files(hosted) -> None:
    big = "from IPython.display import display\ndisplay({'text/html': 'é' * 300_000, 'text/plain': 's'}, raw=True)"
    table = "display({'application/json': list(range(100_000)), 'image/png': 'x' * 400_000}, raw=True)"
    many = "display({'text/x%d' % n: 'y' * 200_000 for n in range(9)}, raw=True)"
    run = hosted(big, table, many)
    assert run.run()["state"] == "succeeded"
    html, json_value = (event["output"]["data"] for event in run.events("output")[:2])
    assert html["text/plain"] == "s"
    assert (html["text/html"]["encoding"], html["text/html"]["size"]) == ("text", 600_000)
    assert run.media(html["text/html"]["$media"]) == ("é" * 300_000).encode()
    assert json.loads(run.media(json_value["application/json"]["$media"])) == list(range(100_000))
    made = compose(run.notebook, run.events(), run.media)
    assert made["cells"][1]["outputs"][0]["data"]["application/json"] == list(range(100_000))
    assert all(value == "y" * 200_000 for value in made["cells"][2]["outputs"][0]["data"].values())


def test_widgets_are_kept_with_their_state(hosted) -> None:
    pytest.importorskip("ipywidgets")
    run = hosted(
        "import ipywidgets as w\nout = w.Output()\nout",
        "with out:\n    print('inside')\n    print('{\"m\": 1}')\nprint('outside')",
        "print(out.outputs)",
    )
    assert run.run()["state"] == "succeeded"
    assert run.text(1) == "outside\n"
    assert "inside" in run.text(2)  # the kernel knows what its widget shows
    assert [event["values"] for event in run.events("metric")] == [{"m": 1}]
    state = run.events("widgets")[-1]["state"]
    shown = [model["state"]["outputs"] for model in state["state"].values() if model["model_name"] == "OutputModel"]
    assert shown == [[{"output_type": "stream", "name": "stdout", "text": 'inside\n{"m": 1}\n'}]]


def test_printed_and_logged_metrics(hosted) -> None:
    run = hosted(
        'print(\'{"epoch": 1, "loss": 0.5}\')\nprint(\'no {"x": 1}\')\n'
        "import sys; print('{\"y\": 1}', file=sys.stderr)",
        "import jupyter_mlx\njupyter_mlx.log(loss=0.25, step=2)\njupyter_mlx.param('lr', 0.1)\n"
        "jupyter_mlx.tag('kind', 'test')\nopen(jupyter_mlx.__file__)",
        # What is written past Python reaches the kernel's output by a thread of the kernel, in its own time.
        "import os, time\nos.write(1, b'{\"z\": 3}\\n')\ntime.sleep(1)\nprint('{\"end\": 1}', end='')",
        "import subprocess\nsubprocess.run([sys.executable, '-c', 'import jupyter_mlx; jupyter_mlx.log(child=1)'])",
    )
    assert run.run()["state"] == "succeeded"
    found = [(event["values"], event.get("step"), event["cell"]) for event in run.events("metric")]
    assert found[0] == ({"epoch": 1, "loss": 0.5}, 1, 0)
    assert found[1] == ({"loss": 0.25}, 2, 1)
    assert sorted(found[2:4], key=str) == [({"end": 1}, None, 2), ({"z": 3}, None, 2)]
    assert found[4:] == [({"child": 1}, None, 3)]
    assert [(e["type"], e["name"], e["value"]) for e in run.events("param", "tag")] == [
        ("param", "lr", 0.1),
        ("tag", "kind", "test"),
    ]
    ends = {event["cell"]: n for n, event in enumerate(run.events()) if event.get("state") == "succeeded"}
    for n, event in enumerate(run.events()):
        if event["type"] == "metric":
            assert n < ends[event["cell"]]  # nothing of a cell comes after its end


def test_user_modules_are_not_shadowed(hosted) -> None:
    run = hosted(
        "import log, kernel_host, runner\nprint(log.who)\nimport sys\nprint([p for p in sys.path if 'runner' in p])"
    )
    for name in ("log", "kernel_host", "runner"):
        Path(run.paths.work, f"{name}.py").write_text("who = 'mine'")
    assert run.run()["state"] == "succeeded"
    assert run.text(0) == "mine\n[]\n"


def test_the_inbox_stays_open_until_it_is_closed(hosted) -> None:
    run = hosted("x = 1", "x", close=False)
    run.start()
    run.send("execute", index=0)
    run.until(lambda: (0, "succeeded") in states(run))
    run.send("execute", index=1)
    run.send("execute", id="sent", source="print(x + 41)")
    run.until(lambda: (2, "succeeded") in states(run))
    assert run.text(2) == "42\n"
    assert run.process.poll() is None
    sent = [event for event in run.events("cell") if event["cell"] == 2]
    assert (sent[0]["source"], sent[0]["id"]) == ("print(x + 41)", "sent")
    run.send("execute", index=99)  # no such cell
    run.send("cancel", intent="now")  # not the host's
    run.send("close")
    assert run.finish()["state"] == "succeeded"
    made = compose(run.notebook, run.events(), run.media)
    assert made["cells"][2]["outputs"][0]["text"] == "42\n"


def test_an_interrupt_stops_the_cell(hosted) -> None:
    run = hosted("import time\ntime.sleep(100)", "print('on')", limits={"allow_errors": True})
    run.start()
    run.until(lambda: (0, "running") in states(run))
    run.send("interrupt")
    assert run.finish()["state"] == "succeeded"
    assert of_type(run.events(), "output")[0]["output"]["ename"] == "KeyboardInterrupt"
    assert run.text(1) == "on\n"


@pytest.mark.parametrize(
    ("source", "number"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", signal.SIGKILL),
        ("import ctypes; ctypes.string_at(0)", signal.SIGSEGV),
    ],
)
def test_a_kernel_that_dies_in_a_cell(source, number, hosted) -> None:
    # The pause lets the text leave the kernel's own send queue, which dies with it.
    run = hosted("1", "import time; print('last', flush=True); time.sleep(0.5)\n" + source, "2")
    verdict = run.run()
    assert (verdict["state"], verdict["cause"], verdict["cell"]) == ("failed", "kernel_died", 1)
    assert verdict["signal"] == number
    assert verdict["reason"] == f"the kernel was killed by {signal.Signals(number).name} in cell 2"
    assert run.text(1) == "last\n"
    assert (1, "failed") in states(run)


def test_a_kernel_that_exits_in_a_cell(hosted) -> None:
    verdict = hosted("import os; os._exit(3)").run()
    assert (verdict["cause"], verdict["code"], verdict["cell"]) == ("kernel_died", 3, 0)
    assert verdict["reason"] == "the kernel exited with status 3 in cell 1"


def test_leaving_in_the_last_cell_is_no_failure(hosted) -> None:
    assert hosted("print(1)", "exit()").run()["state"] == "succeeded"


def test_a_kernel_killed_from_outside_is_noticed(hosted) -> None:
    run = hosted("import time; print('here', flush=True); time.sleep(100)")
    run.start()
    run.until(lambda: run.text(0))
    os.kill(run.kernel_pid(), signal.SIGKILL)
    verdict = run.finish(20)
    assert (verdict["cause"], verdict["signal"], verdict["cell"]) == ("kernel_died", signal.SIGKILL, 0)


def test_the_last_words_of_a_crash_are_kept(hosted) -> None:
    run = hosted("import os; os.write(2, b'x'); import faulthandler; faulthandler._sigabrt()")
    assert run.run()["signal"] == signal.SIGABRT
    assert any("Fatal Python error: Aborted" in event["text"] for event in run.events("log"))


def test_the_kernel_dies_with_the_host(hosted) -> None:
    run = hosted("import time; print('here', flush=True); time.sleep(100)")
    run.start()
    run.until(lambda: run.text(0))
    pid = run.kernel_pid()
    assert os.getpgid(pid) == pid
    assert int(Path(f"/proc/{pid}/oom_score_adj").read_text()) == 500
    run.process.kill()
    run.process.wait()
    run.until(lambda: not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text().split()[2])


def test_sigterm_ends_host_and_kernel(hosted) -> None:
    run = hosted("import time; print('here', flush=True); time.sleep(100)", "2")
    run.start()
    run.until(lambda: run.text(0))
    pid = run.kernel_pid()
    run.process.terminate()
    verdict = run.finish(20)
    assert (verdict["state"], verdict["cause"]) == ("cancelled", "cancelled")
    assert states(run)[-1] == (0, "cancelled")
    assert not Path(f"/proc/{pid}").exists()


def test_what_runs_at_exit_has_its_time_and_its_say(hosted) -> None:
    run = hosted(
        "import atexit, time, jupyter_mlx\n"
        "def end():\n    time.sleep(0.5)\n    jupyter_mlx.log(at_exit=1)\n    open('done', 'w').close()\n"
        "_ = atexit.register(end)"
    )
    assert run.run()["state"] == "succeeded"
    assert Path(run.paths.work, "done").exists()
    assert [event["values"] for event in run.events("metric")] == [{"at_exit": 1}]


def test_late_output_of_threads_stays_with_its_cell(hosted) -> None:
    late = "import threading, time\ndef f():\n    time.sleep(0.5)\n    print('late')\n"
    run = hosted(late + "t = threading.Thread(target=f)\nt.start()", "print('next')", "t.join()")
    assert run.run()["state"] == "succeeded"
    assert "late\n" in (run.text(0) + run.text(1) + run.text(2))  # older kernels give it to the cell that runs


def test_nothing_is_left_in_tmp_and_no_port_is_opened(hosted) -> None:
    run = hosted("import time; print('here', flush=True); time.sleep(100)")
    run.start()
    run.until(lambda: run.text(0))
    pid = run.kernel_pid()
    argv = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    place = Path(argv[argv.index("-f") + 1]).parent
    assert place.stat().st_mode & 0o777 == 0o700
    info = json.loads((place / "kernel.json").read_text())
    assert (info["transport"], len(info["key"])) == ("ipc", 64)
    assert not [line for line in Path(f"/proc/{run.process.pid}/net/tcp").read_text().splitlines() if owned(line, run)]
    run.process.terminate()
    run.finish(20)
    assert not place.exists()


def owned(line: str, run) -> bool:
    """Whether a listening TCP socket belongs to the host."""
    fields = line.split()
    if fields[3] != "0A":
        return False
    folder = Path(f"/proc/{run.process.pid}/fd")
    return any(os.readlink(fd) == f"socket:[{fields[9]}]" for fd in folder.iterdir() if fd.is_symlink())


class TestBadInput:
    def test_no_such_python(self, hosted) -> None:
        run = hosted("1")
        verdict = run.run(JMLX_KERNEL_PYTHON="/no/such/python")
        assert (verdict["state"], verdict["cause"]) == ("failed", "kernel_start")
        assert "/no/such/python" in verdict["reason"]

    def test_an_environment_without_a_kernel(self, hosted, tmp_path) -> None:
        python = tmp_path / "python"  # knows no site-packages
        python.write_text(f'#!/bin/sh\nshift\nexec {sys.executable} -S -m "$@"\n')
        python.chmod(0o755)
        verdict = hosted("1").run(JMLX_KERNEL_PYTHON=str(python))
        assert verdict["cause"] == "kernel_start"
        assert "No module named ipykernel_launcher" in verdict["reason"]
        assert verdict["code"] == 1

    def test_an_unknown_kernel_names_those_there_are(self, hosted) -> None:
        verdict = hosted("1").run(JMLX_KERNEL_NAME="julia-9.9")
        assert verdict["cause"] == "kernel_start"
        assert "there is no kernel 'julia-9.9' here; there are:" in verdict["reason"]
        assert "python3" in verdict["reason"]

    def test_a_kernel_by_its_name(self, hosted) -> None:
        run = hosted("print(1)")
        assert run.run(JMLX_KERNEL_NAME="python3")["state"] == "succeeded"
        assert run.text(0) == "1\n"

    def test_a_notebook_that_is_not_there(self, hosted) -> None:
        verdict = hosted("1", notebook_blob="0" * 64).run()
        assert (verdict["cause"], verdict["state"]) == ("input", "failed")
        assert "the notebook cannot be read" in verdict["reason"]

    @pytest.mark.parametrize("cwd", ["../..", "/etc", "a/../b", "no/such/folder"])
    def test_a_folder_that_is_none_of_the_run(self, cwd, hosted) -> None:
        verdict = hosted("1", cwd=cwd).run()
        assert verdict["cause"] in ("input", "kernel_start")
        assert verdict["reason"]

    @pytest.mark.parametrize("spec", ["", "[]", "{", '{"notebook_blob": 3}', "null"])
    def test_a_damaged_spec(self, spec, hosted) -> None:
        run = hosted("1")
        Path(run.paths.spec).write_text(spec)
        assert run.run()["cause"] == "input"

    def test_no_inbox(self, hosted) -> None:
        run = hosted("1")
        os.unlink(run.paths.inbox)
        assert run.run()["reason"] == "the run has no inbox"


def test_a_full_disk_ends_the_run_with_its_cause(hosted, tmp_path) -> None:
    """The journal's folder is a small file system of its own."""
    import subprocess

    run = hosted("for n in range(10**6): print('x' * 1000)")
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", run.paths.folder]
    content = {path.name: path.read_bytes() for path in Path(run.paths.folder).iterdir() if path.is_file()}
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        for name, data in content.items():
            Path(run.paths.folder, name).write_bytes(data)
        os.mkdir(run.paths.work)
        Path(run.paths.ballast).write_bytes(b"\0" * (1 << 20))
        verdict = run.run(100)
        assert (verdict["state"], verdict["cause"]) == ("failed", "no_space")
        assert run.text(0).startswith("x" * 1000)  # what was written before is there, undamaged
    finally:
        run.close()
        subprocess.run(["umount", "-l", run.paths.folder], check=True)
