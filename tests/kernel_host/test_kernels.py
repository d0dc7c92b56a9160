"""Which program is the kernel, and what it finds in its environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from jupyter_mlx.kernel_host.kernels import UnknownKernelError, choose, environment
from jupyter_mlx.runner.layout import RunPaths


@pytest.fixture
def paths(tmp_path) -> RunPaths:
    (tmp_path / "run").mkdir()
    return RunPaths(str(tmp_path / "run"))


@pytest.fixture
def spec_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share"))

    def make(name: str, **spec):
        folder = tmp_path / "share" / "kernels" / name
        folder.mkdir(parents=True)
        (folder / "kernel.json").write_text(json.dumps({"display_name": name, "language": "x", **spec}))
        return str(folder)

    return make


def test_a_python_runs_ipykernel() -> None:
    kernel = choose({"JMLX_KERNEL_PYTHON": "/env/bin/python"}, "/place/kernel.json")
    assert kernel.argv[:5] == ["/env/bin/python", "-m", "ipykernel_launcher", "-f", "/place/kernel.json"]
    assert kernel.ipykernel
    assert not kernel.interrupt_by_message
    assert choose({}, "f").argv[0] == sys.executable


def test_a_kernelspec_by_name(spec_folder) -> None:
    argv = ["/usr/bin/R", "--args", "{connection_file}", "{resource_dir}/x", "{unknown}", "a{connection_file}b"]
    folder = spec_folder("ir", argv=argv, env={"R_HOME": "/r"}, interrupt_mode="message")
    kernel = choose({"JMLX_KERNEL_NAME": "ir"}, "/p/k.json")
    assert kernel.argv == ["/usr/bin/R", "--args", "/p/k.json", folder + "/x", "{unknown}", "a/p/k.jsonb"]
    assert kernel.env == {"R_HOME": "/r"}
    assert (kernel.ipykernel, kernel.interrupt_by_message) == (False, True)


def test_a_kernelspec_that_says_python_means_the_runs(spec_folder) -> None:
    for name, first in (("a", "python"), ("b", "python3"), ("c", "python3.11")):
        spec_folder(name, argv=[first, "-m", "ipykernel_launcher", "-f", "{connection_file}"])
        kernel = choose({"JMLX_KERNEL_NAME": name, "JMLX_KERNEL_PYTHON": "/env/bin/python"}, "f")
        assert kernel.argv[0] == "/env/bin/python"
        assert kernel.ipykernel


def test_an_unknown_name_lists_what_there_is(spec_folder) -> None:
    spec_folder("julia-1.9", argv=["julia"])
    with pytest.raises(UnknownKernelError, match=r"no kernel 'julia-9' here; there are: .*julia-1\.9"):
        choose({"JMLX_KERNEL_NAME": "julia-9"}, "f")


def test_the_environment_of_the_kernel(paths) -> None:
    kernel = choose({}, "f")._replace(env={"A": "spec", "B": "spec"})
    env = environment(kernel, {"A": "host", "C": "host", "PYTHONPATH": "/mine"}, paths)
    assert (env["A"], env["B"], env["C"]) == ("spec", "spec", "host")
    assert env["PYTHONPATH"] == f"/mine{os.pathsep}{paths.folder}/lib"
    assert env["JUPYTER_MLX_EVENTS"] == paths.events
    assert env["JPY_PARENT_PID"] == str(os.getpid())
    assert environment(kernel, {"JUPYTER_MLX_EVENTS": "/else"}, paths)["JUPYTER_MLX_EVENTS"] == "/else"


def test_jupyter_mlx_is_there_for_a_python_without_it(paths) -> None:
    env = environment(choose({}, "f"), {"PATH": os.environ["PATH"]}, paths)
    code = "import jupyter_mlx, sys; jupyter_mlx.log(a=1); print(jupyter_mlx.__file__, 'runner' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], env=env, cwd=paths.folder, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [f"{paths.folder}/lib/jupyter_mlx/__init__.py", "False"]
    with open(paths.events) as source:
        assert json.loads(source.read())["values"] == {"a": 1}


def test_a_folder_that_cannot_stand_in_a_path_is_left_out(tmp_path) -> None:
    (tmp_path / "a:b").mkdir()
    assert "PYTHONPATH" not in environment(choose({}, "f"), {}, RunPaths(str(tmp_path / "a:b")))
