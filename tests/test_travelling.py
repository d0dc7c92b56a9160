"""What travels runs on every Python we promise for machines, with nothing installed there."""

from __future__ import annotations

import ast
import glob
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tree import PACKAGE, files

OLDEST = (3, 8)
PACKAGES = ["runner", "kernel_host"]
SOURCES = [path for name in PACKAGES for path in files(".py", under=PACKAGE / name)]


def pythons() -> dict[str, str]:
    """Interpreters on this computer by "3.x", from PATH, pyenv and uv; the running one is always there."""
    found = {}
    pyenv = os.environ.get("PYENV_ROOT", os.path.expanduser("~/.pyenv"))
    for minor in range(OLDEST[1], 20):
        candidates = sorted(glob.glob(f"{pyenv}/versions/3.{minor}.*/bin/python3.{minor}"))
        candidates += sorted(glob.glob(os.path.expanduser(f"~/.local/share/uv/python/cpython-3.{minor}.*/bin/python3")))
        candidates += [path for path in [shutil.which(f"python3.{minor}")] if path and "/shims/" not in path]
        if candidates:
            found[f"3.{minor}"] = candidates[0]
    found.setdefault(f"3.{sys.version_info.minor}", sys.executable)
    return found


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as the zip has it: an empty package with the two that travel, and nothing else of ours."""
    folder = tmp_path_factory.mktemp("machine")
    (folder / "jupyter_mlx").mkdir()
    (folder / "jupyter_mlx" / "__init__.py").touch()
    for name in PACKAGES:
        skip = shutil.ignore_patterns("__pycache__")
        shutil.copytree(PACKAGE / name, folder / "jupyter_mlx" / name, ignore=skip)
    return folder


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_syntax_of_the_oldest_python(path: Path) -> None:
    ast.parse(path.read_text("utf-8"), str(path), feature_version=OLDEST)


@pytest.mark.parametrize(("version", "python"), pythons().items(), ids=pythons())
def test_everything_compiles_and_the_runner_imports_alone(version: str, python: str, machine: Path) -> None:
    """-S leaves site-packages out, -I our own environment: the standard library is all there is."""
    names = [
        "jupyter_mlx." + ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        for path in SOURCES
        if path.is_relative_to(PACKAGE / "runner") and path.name != "__main__.py"
    ]
    code = (
        "import sys, importlib\n"
        "folder, names = sys.argv[1], sys.argv[2:]\n"
        "sys.path.insert(0, folder)\n"
        "[importlib.import_module(name.replace('.__init__', '')) for name in names]\n"
        "import os\n"
        "for top, _, found in os.walk(folder):\n"
        "    for name in found:\n"
        "        if name.endswith('.py'):\n"
        "            with open(os.path.join(top, name), encoding='utf-8') as f:\n"
        "                compile(f.read(), name, 'exec')\n"
        "print(sys.version_info[1], len(names))\n"
    )
    argv = [python, "-I", "-S", "-B", "-W", "error", "-c", code, str(machine), *names]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    assert done.stdout.split() == [version.split(".")[1], str(len(names))]


def test_a_library_would_be_seen(machine: Path) -> None:
    """The same flags keep even pip's own folder out, so that the test above can fail."""
    done = subprocess.run([sys.executable, "-I", "-S", "-c", "import zmq"], capture_output=True, text=True, timeout=60)
    assert "ModuleNotFoundError" in done.stderr
