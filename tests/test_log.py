"""jupyter_mlx.log and friends: what they accept, what they write, from threads, forks and children alike."""

from __future__ import annotations

import decimal
import fractions
import json
import math
import os
import subprocess
import sys
import threading
import types
from pathlib import Path

import pytest

import jupyter_mlx
from jupyter_mlx.kernel_host import log as source


@pytest.fixture
def events(tmp_path, monkeypatch) -> Path:
    path = tmp_path / "events"
    (tmp_path / "outputs").mkdir()
    monkeypatch.setenv("JUPYTER_MLX_EVENTS", str(path))
    monkeypatch.setenv("JUPYTER_MLX_OUTPUTS", str(tmp_path / "outputs"))
    return path


@pytest.fixture
def outside(monkeypatch) -> None:
    monkeypatch.delenv("JUPYTER_MLX_EVENTS", raising=False)
    monkeypatch.delenv("JUPYTER_MLX_OUTPUTS", raising=False)


def written(path: Path) -> list[dict[str, object]]:
    if not path.exists():
        return []
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines:
        assert isinstance(line.pop("t"), float)
    return lines


class Tensor:
    """What torch and jax offer: the one number inside, or an error."""

    def __init__(self, *values: float) -> None:
        self.values = values

    def item(self) -> float:
        if len(self.values) != 1:
            raise RuntimeError(f"a Tensor with {len(self.values)} elements cannot be converted to Scalar")
        return self.values[0]


def test_metrics_and_their_step(events) -> None:
    jupyter_mlx.log(loss=0.5, accuracy=1, step=3)
    jupyter_mlx.log({"train/loss": 0.25, "größe": 2}, step=4)
    jupyter_mlx.log({"a": 1}, b=2)
    assert written(events) == [
        {"type": "metric", "values": {"loss": 0.5, "accuracy": 1}, "step": 3},
        {"type": "metric", "values": {"train/loss": 0.25, "größe": 2}, "step": 4},
        {"type": "metric", "values": {"a": 1, "b": 2}},
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, 1),
        (3, 3),
        (0.5, 0.5),
        (math.nan, "NaN"),
        (math.inf, "Infinity"),
        (-math.inf, "-Infinity"),
        (decimal.Decimal("0.5"), 0.5),
        (fractions.Fraction(1, 4), 0.25),
        (Tensor(1.5), 1.5),
        (2**60, float(2**60)),
    ],
)
def test_numbers_of_all_kinds(value, expected, events) -> None:
    jupyter_mlx.log(x=value)
    (event,) = written(events)
    assert event["values"] == {"x": expected}
    assert type(event["values"]["x"]) in (type(expected), float)


def test_numbers_of_numpy(events) -> None:
    np = pytest.importorskip("numpy")
    jupyter_mlx.log(a=np.float32(0.5), b=np.int64(7), c=np.bool_(True), d=np.array([[2.5]]), e=np.float64("nan"))
    jupyter_mlx.log(a=1, step=np.int64(4))
    assert [(event["values"], event.get("step")) for event in written(events)] == [
        ({"a": 0.5, "b": 7, "c": 1, "d": 2.5, "e": "NaN"}, None),
        ({"a": 1}, 4),
    ]
    for value in (np.complex64(1), np.array([1, 2]), np.array([]), np.str_("1")):
        with pytest.raises(TypeError, match="metric 'bad'"):
            jupyter_mlx.log(bad=value)


@pytest.mark.parametrize("value", [10**400, -(10**400)])
def test_what_is_too_large_becomes_infinite_with_a_warning(value, events) -> None:
    with pytest.warns(RuntimeWarning, match="metric 'x' is too large"):
        jupyter_mlx.log(x=value)
    assert written(events)[0]["values"] == {"x": "Infinity" if value > 0 else "-Infinity"}


@pytest.mark.parametrize("value", [None, "0.5", b"1", 1j, [1], {"a": 1}, object(), Tensor(1, 2), Tensor()])
def test_what_is_no_number_is_refused_by_name_and_nothing_is_logged(value, events) -> None:
    with pytest.raises(TypeError, match="metric 'bad'"):
        jupyter_mlx.log(good=1, bad=value)
    assert written(events) == []


@pytest.mark.parametrize("key", ["", "a" * 251, "a\nb", "a\0b", "a\x1b[0m", "\ud800"])
def test_impossible_names_are_refused(key, events) -> None:
    for call in (lambda: jupyter_mlx.log({key: 1}), lambda: jupyter_mlx.param(key, 1), lambda: jupyter_mlx.tag(key)):
        with pytest.raises(ValueError, match="the name of a"):
            call()
    assert written(events) == []


def test_odd_names_are_kept_as_they_are(events) -> None:
    names = ["a/b", "..", "__proto__", "constructor", "é", "e\u0301", "😀", "a b", "-rf", "x" * 250]
    for name in names:
        jupyter_mlx.log({name: 1})
    assert [next(iter(event["values"])) for event in written(events)] == names


def test_names_are_text(events) -> None:
    with pytest.raises(TypeError, match="name of a metric is text, not int: 3"):
        jupyter_mlx.log({3: 1})


@pytest.mark.parametrize("step", [-1, 2**63, 1.5, math.nan, math.inf, "3", [], True, 1j, object()])
def test_impossible_steps_are_refused(step, events) -> None:
    with pytest.raises(TypeError, match="step is a whole number"):
        jupyter_mlx.log(x=1, step=step)
    assert written(events) == []


def test_steps_may_repeat_and_go_back(events) -> None:
    for step in (5, 5, 0, 2**63 - 1, 3.0):
        jupyter_mlx.log(x=1, step=step)
    assert [event["step"] for event in written(events)] == [5, 5, 0, 2**63 - 1, 3]


@pytest.mark.parametrize("call", [jupyter_mlx.log, lambda: jupyter_mlx.log({}), lambda: jupyter_mlx.log(3)])
def test_log_says_what_it_takes(call, events) -> None:
    with pytest.raises(TypeError, match=r"log\(\)"):
        call()


def test_too_many_metrics_at_once_are_refused(events) -> None:
    with pytest.raises(ValueError, match="at most 1000"):
        jupyter_mlx.log({f"k{n}": n for n in range(1001)})
    assert written(events) == []


def test_parameters_and_tags(events) -> None:
    jupyter_mlx.param("optimizer", "adam")
    jupyter_mlx.param("layers", [64, 32])
    jupyter_mlx.param("path", Path("/data"))
    jupyter_mlx.param("lr", math.nan)
    jupyter_mlx.param("nested", {"a": {"b": None}})
    jupyter_mlx.tag("reviewed", "yes")
    jupyter_mlx.tag("plain")
    assert [(event["type"], event["name"], event["value"]) for event in written(events)] == [
        ("param", "optimizer", "adam"),
        ("param", "layers", [64, 32]),
        ("param", "path", "/data"),
        ("param", "lr", "NaN"),
        ("param", "nested", {"a": {"b": None}}),
        ("tag", "reviewed", "yes"),
        ("tag", "plain", ""),
    ]


@pytest.mark.parametrize("value", ["x" * 1_000_000, ["x" * 1_000_000], {"a": "x" * 1_000_000}])
def test_a_value_without_end_is_cut_with_a_mark(value, events) -> None:
    jupyter_mlx.param("big", value)
    (event,) = written(events)
    assert len(event["value"]) < 70_000
    assert event["value"].endswith("(cut)")


def test_a_parameter_that_holds_itself_is_noted_as_text(events) -> None:
    ring: list[object] = []
    ring.append(ring)
    jupyter_mlx.param("ring", ring)
    assert written(events)[0]["value"] == "[[...]]"


def test_a_file_of_the_outputs_is_announced(events, tmp_path) -> None:
    (tmp_path / "outputs" / "sub").mkdir()
    made = tmp_path / "outputs" / "sub" / "model é.bin"
    made.write_bytes(b"x")
    assert jupyter_mlx.artifact(made) == str(made)
    assert written(events) == [{"type": "artifact", "path": "sub/model é.bin"}]


def test_a_file_from_elsewhere_is_copied_to_the_outputs(events, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("..weird").write_bytes(b"content")
    kept = jupyter_mlx.artifact("..weird")
    assert Path(kept).read_bytes() == b"content"
    assert Path(kept).parent == tmp_path / "outputs"
    assert written(events) == [{"type": "artifact", "path": "..weird"}]


def test_what_is_no_file_is_refused(events, tmp_path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no file"):
        jupyter_mlx.artifact(tmp_path / "nothing")
    with pytest.raises(IsADirectoryError, match="is a folder"):
        jupyter_mlx.artifact(tmp_path)
    assert written(events) == []


def test_outside_a_run_a_line_goes_to_stdout(outside, capsys, tmp_path) -> None:
    jupyter_mlx.log(loss=0.5, step=2)
    jupyter_mlx.param("lr", 0.1)
    jupyter_mlx.tag("a", "b")
    (tmp_path / "f").touch()
    assert jupyter_mlx.artifact(tmp_path / "f") == str(tmp_path / "f")
    assert capsys.readouterr().out.splitlines() == ['{"loss": 0.5, "step": 2}', '{"lr": 0.1}', '{"a": "b"}']


def test_threads_and_forks_and_children_mix_no_lines(events) -> None:
    code = (
        "import jupyter_mlx, os, threading\n"
        "jupyter_mlx.log\n"
        "def work(who):\n"
        "    for n in range(200): jupyter_mlx.log({'n': n, 'x' * 200: 1}, step=who)\n"
        "threads = [threading.Thread(target=work, args=(who,)) for who in range(4)]\n"
        "[thread.start() for thread in threads]\n"
        "pids = [os.fork() for _ in range(1)]\n"
        "work(os.getpid())\n"
        "if 0 in pids: os._exit(0)\n"
        "[thread.join() for thread in threads]; [os.waitpid(pid, 0) for pid in pids]\n"
    )
    children = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(2)]
    assert [child.wait() for child in children] == [0, 0]
    lines = written(events)
    assert len(lines) == 2 * (4 + 2) * 200
    by_writer: dict[object, list[object]] = {}
    for line in lines:
        by_writer.setdefault(line["step"], []).append(line["values"]["n"])
    own = [order for who, order in by_writer.items() if who > 100]  # of one process alone: in its order
    assert own
    assert all(order == list(range(200)) for order in own)


def test_a_full_disk_raises_and_is_not_hidden(monkeypatch) -> None:
    monkeypatch.setenv("JUPYTER_MLX_EVENTS", "/dev/full")
    with pytest.raises(OSError, match="No space left"):
        jupyter_mlx.log(x=1)


def test_no_descriptor_is_kept(events) -> None:
    before = set(os.listdir("/proc/self/fd"))
    threads = [threading.Thread(target=jupyter_mlx.log, kwargs={"x": n}) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(written(events)) == 8
    assert set(os.listdir("/proc/self/fd")) <= before


def test_the_names_stay_functions_whatever_is_imported() -> None:
    code = (
        "import jupyter_mlx, jupyter_mlx.kernel_host.log, jupyter_mlx.kernel_host\n"
        "from jupyter_mlx import artifact, log, param, tag\n"
        "print(*(callable(f) for f in (artifact, log, param, tag, jupyter_mlx.log)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True"] * 5


def test_logging_needs_only_the_standard_library(tmp_path) -> None:
    """As in an environment that has nothing: the file alone, on an isolated Python."""
    (tmp_path / "jupyter_mlx").mkdir()
    (tmp_path / "jupyter_mlx" / "__init__.py").write_text(Path(source.__file__).read_text("utf-8"), "utf-8")
    code = f"import sys; sys.path.append({str(tmp_path)!r}); import jupyter_mlx; jupyter_mlx.log(x=1)"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == {"x": 1}


@pytest.mark.parametrize("how", ["path", "finder"])
def test_the_stand_in_gives_way_to_an_installed_package(tmp_path, how) -> None:
    stand_in, real = tmp_path / "lib", tmp_path / "site"
    for folder in (stand_in, real):
        (folder / "jupyter_mlx").mkdir(parents=True)
    (stand_in / "jupyter_mlx" / "__init__.py").write_text(Path(source.__file__).read_text("utf-8"), "utf-8")
    (real / "jupyter_mlx" / "__init__.py").write_text("who = 'real'\n")
    (real / "jupyter_mlx" / "sub.py").write_text("who = 'sub'\n")
    package = str(real / "jupyter_mlx")
    finder = (  # as editable installs do it
        "import importlib.util as u\n"
        "class Finder:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        places = [{package!r}]\n"
        "        if name == 'jupyter_mlx':\n"
        "            return u.spec_from_file_location(name, places[0] + '/__init__.py',\n"
        "                submodule_search_locations=places)\n"
        "sys.meta_path.append(Finder())\n"
    )
    rest = [str(stand_in), str(real)] if how == "path" else [str(stand_in)]
    code = f"import sys; sys.path[1:1] = {rest!r}\n" + (finder if how == "finder" else "")
    code += "import jupyter_mlx, jupyter_mlx.sub; print(jupyter_mlx.who, jupyter_mlx.sub.who, jupyter_mlx.__file__)"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["real", "sub", str(real / "jupyter_mlx" / "__init__.py")]


def test_the_module_is_documented_by_its_names() -> None:
    assert isinstance(source, types.ModuleType)
    assert all(getattr(source, name).__doc__ for name in source.__all__)
