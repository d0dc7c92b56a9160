"""Kernels are found as Jupyter finds them; the command up to their Python is what we need of them."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlx.capture.kernels import Kernel, find_kernel, with_language
from jupyter_mlx.capture.notebook import read_notebook
from jupyter_mlx.errors import InputError, NotFoundError

from .notebooks import code, notebook, put


@pytest.fixture
def kernels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of installed kernels."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path / "jupyter" / "kernels"


def spec(kernels: Path, name: str, *argv: str, **more: Any) -> None:
    put(kernels, f"{name}/kernel.json", json.dumps({"argv": list(argv), "language": "python"} | more))


def test_python_in_a_kernel_is_the_python_of_jupyter(kernels: Path) -> None:
    spec(kernels, "mine", "python3", "-m", "ipykernel_launcher", "-f", "{connection_file}", env={"A": "1"})
    assert find_kernel("mine") == Kernel("mine", "python", [sys.executable], {"A": "1"})


@pytest.mark.parametrize(
    ("argv", "command"),
    [
        (["/opt/x/bin/python3.11", "-m", "k"], ["/opt/x/bin/python3.11"]),
        (["conda", "run", "-n", "x", "python", "-m", "k"], ["conda", "run", "-n", "x", "python"]),
        (["{resource_dir}/start", "{prefix}/bin/pypy3", "-m", "k"], ["DIR/start", f"{sys.prefix}/bin/pypy3"]),
        (["R", "--slave", "-e", "IRkernel::main()"], []),
        (["/bin/xpython", "-f"], []),
    ],
)
def test_the_command_goes_up_to_the_interpreter(kernels: Path, argv: list[str], command: list[str]) -> None:
    spec(kernels, "mine", *argv)
    assert find_kernel("mine").command == [part.replace("DIR", str(kernels / "mine")) for part in command]


def test_the_kernel_of_this_environment_is_found_too(kernels: Path) -> None:
    assert find_kernel("python3").command == [sys.executable]


def test_names_are_found_in_any_case_as_jupyter_does(kernels: Path) -> None:
    spec(kernels, "Mine", sys.executable)
    assert find_kernel("mine").command == [sys.executable]


def test_an_unknown_kernel_says_which_there_are(kernels: Path) -> None:
    spec(kernels, "torch", sys.executable)
    with pytest.raises(NotFoundError, match="kernel trch is not installed on this computer") as caught:
        find_kernel("trch")
    assert "Did you mean torch?" in str(caught.value.hint)
    assert "existing:NAME" in str(caught.value.hint)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"argv": []}', '{"argv": "python"}', '{"argv": [1]}', "\udcff"])
def test_a_damaged_kernel_is_bad_input(kernels: Path, content: str) -> None:
    put(kernels, "mine/kernel.json", os.fsencode(content))
    with pytest.raises(InputError, match="kernel"):
        find_kernel("mine")


def test_the_language_is_the_kernels_where_the_notebook_names_none(kernels: Path) -> None:
    spec(kernels, "ir", "R", "--slave", language="R")
    given = read_notebook(Path("nb.ipynb"), {**notebook(code("1")), "metadata": {"kernelspec": {"name": "ir"}}})
    found = with_language(given)
    assert (given.language, found.language) == ("python", "r")
    assert found.content["metadata"]["kernelspec"] == {"name": "ir", "display_name": "ir", "language": "r"}


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"kernelspec": {"name": "gone"}},
        {"kernelspec": {"name": "ir", "language": "julia"}},
        {"kernelspec": {"name": "ir"}, "language_info": {"name": "julia"}},
        {"kernelspec": "ir"},
    ],
)
def test_else_the_notebook_has_the_word(kernels: Path, metadata: Any) -> None:
    spec(kernels, "ir", "R", "--slave", language="R")
    given = read_notebook(Path("nb.ipynb"), {**notebook(code("1")), "metadata": metadata})
    assert with_language(given) is given
