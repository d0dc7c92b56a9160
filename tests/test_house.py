"""The house: who may import whom, how large files are, what is described, what nobody may call."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.tree import PACKAGE, ROOT, files, imports, modules

# A module imports only from floors below its own; within a floor, only from those named before it.
FLOORS: dict[str, list[str]] = {
    "words": ["errors", "models", "runner", "kernel_host"],
    "thought": ["untrusted", "observations", "lifecycle", "executed", "capture"],
    "ports": ["transport", "link", "store"],
    "deeds": ["machines", "dispatch", "workbench", "keeper"],
    "faces": ["events", "cli", "server"],
}
ORDER = [name for floor in FLOORS.values() for name in floor]

# Some libraries have one place, so that they can be replaced there.
ONE_PLACE = {
    "sqlite3": {"store"},
    "paramiko": {"transport"},
    "tornado": {"server"},
    "jupyter_server": {"server"},
    "jupyterlab": set(),
    "zmq": {"kernel_host"},
}

# The one door between the two packages that travel: `runner host` starts the kernel host.
DOOR = ("jupyter_mlx.runner.__main__", "kernel_host")

MAX_LINES = 500
GENERATED = ROOT / "src" / "api" / "types.ts"  # as long as the server's document is
TRAVELS = ("runner", "kernel_host")

ALL = list(modules())
IDS = [name for name, _, _ in ALL]


def room(name: str) -> str | None:
    """Which entry of ORDER a dotted name of ours belongs to; None for the package itself and for strangers."""
    parts = name.split(".")
    return parts[1] if parts[0] == "jupyter_mlx" and len(parts) > 1 else None


def climbs(name: str, found: set[str]) -> set[str]:
    """Imports that go up, or sideways to a room named later."""
    own = room(name)
    if own is None:
        return set()
    at = ORDER.index(own)
    return {one for one in found if (other := room(one)) in ORDER and ORDER.index(other) > at and (name, other) != DOOR}


def test_every_module_has_a_floor() -> None:
    assert {room(name) for name in IDS} - {None} - set(ORDER) == set()


@pytest.mark.parametrize(("name", "path", "tree"), ALL, ids=IDS)
def test_imports_go_down(name, path, tree) -> None:
    assert climbs(name, imports(name, package=path.name == "__init__.py", tree=tree)) == set()


def test_a_climb_would_be_seen() -> None:
    tree = ast.parse("def late():\n    from ..cli import main\n    from .. import dispatch, errors\n")
    found = imports("jupyter_mlx.store.rows", package=False, tree=tree)
    assert climbs("jupyter_mlx.store.rows", found) == {
        "jupyter_mlx.cli",
        "jupyter_mlx.cli.main",
        "jupyter_mlx.dispatch",
    }


@pytest.mark.parametrize(("name", "path", "tree"), ALL, ids=IDS)
def test_libraries_stay_in_their_place(name, path, tree) -> None:
    used = {one.split(".")[0] for one in imports(name, package=path.name == "__init__.py", tree=tree)}
    strays = {library for library, places in ONE_PLACE.items() if library in used and room(name) not in places}
    assert strays == set() or name == "jupyter_mlx.server"


@pytest.mark.parametrize(("name", "path", "tree"), [one for one in ALL if room(one[0]) in TRAVELS])
def test_what_travels_imports_itself_and_little_else(name, path, tree) -> None:
    allowed = {"runner", "kernel_host"} if name == DOOR[0] or room(name) == "kernel_host" else {"runner"}
    libraries = set() if room(name) == "runner" else {"jupyter_client", "zmq"}
    for one in imports(name, package=path.name == "__init__.py", tree=tree):
        first = one.split(".")[0]
        if first == "jupyter_mlx":
            assert one == "jupyter_mlx" or room(one) in allowed, one
        else:
            assert first in sys.stdlib_module_names | libraries, one
    absolute = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and (n.module or "").startswith("jupyter_m")]
    assert absolute == [], "what travels imports its own relatively"


def test_importing_the_package_is_light() -> None:
    """A kernel imports it in the first cell; what it drags in is paid there."""
    heavy = {"jupyter_server", "tornado", "nbformat", "paramiko", "asyncio", "IPython", "importlib.metadata", "sqlite3"}
    code = f"import sys; import jupyter_mlx; print(*sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


WRITTEN = [path for path in files(".py", ".ts", ".tsx", ".css") if path != GENERATED]


@pytest.mark.parametrize("path", WRITTEN, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_are_short(path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= MAX_LINES


def undescribed(body: list[ast.stmt], prefix: str = "") -> Iterator[str]:
    """Public names in a module or class body without a docstring."""
    for node in body:
        if isinstance(node, (ast.If, ast.Try)):
            yield from undescribed(node.body, prefix)
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) or node.name.startswith("_"):
            continue
        marks = {ast.unparse(mark).split(".")[-1] for mark in node.decorator_list}
        if ast.get_docstring(node) is None and not marks & {"overload", "setter", "override"}:
            yield prefix + node.name
        if isinstance(node, ast.ClassDef):
            yield from undescribed(node.body, f"{prefix}{node.name}.")


@pytest.mark.parametrize(("name", "path", "tree"), ALL, ids=IDS)
def test_public_names_are_described(name, path, tree) -> None:
    assert ast.get_docstring(tree), "the module says what it is"
    if path.name != "first_program.py":  # travels as text, and every byte with it
        assert list(undescribed(tree.body)) == []


def test_a_missing_description_would_be_seen() -> None:
    tree = ast.parse('class A:\n    """Is."""\n    def b(self): ...\n    def _c(self): ...\ndef d(): ...\n')
    assert list(undescribed(tree.body)) == ["A.b", "d"]


ANYWHERE = {"extract", "extractall", "unpack_archive"}  # on whatever object
FORBIDDEN = {"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput", "eval", "exec"}
LOADERS = {"pickle", "cPickle", "marshal", "shelve", "dill", "joblib", "cloudpickle"}


def forbidden(tree: ast.AST) -> Iterator[str]:
    """Calls that would let a machine write where it likes, run what it likes, or speak to a shell."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            yield from (f"import {name}" for name in names if name.split(".")[0] in LOADERS)
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        if called in FORBIDDEN or called.split(".")[-1] in ANYWHERE:
            yield called
        for keyword in node.keywords:
            if keyword.arg == "shell" and not (
                isinstance(keyword.value, ast.Constant) and keyword.value.value is False
            ):
                yield "shell="


@pytest.mark.parametrize(("name", "path", "tree"), ALL, ids=IDS)
def test_nothing_forbidden_is_called(name, path, tree) -> None:
    allowed = {"exec"} if path.name == "first_program.py" else set()
    assert set(forbidden(tree)) - allowed == set()


@pytest.mark.parametrize(
    "code",
    [
        "tarfile.open(x).extractall(y)",
        "shutil.unpack_archive(x)",
        "import pickle",
        "from pickle import load",
        "run(x, shell=True)",
        "os.system(x)",
        "eval(x)",
    ],
)
def test_a_forbidden_call_would_be_seen(code) -> None:
    assert list(forbidden(ast.parse(code)))


def test_the_package_was_found() -> None:
    assert {"jupyter_mlx.errors", "jupyter_mlx.runner.journal", "jupyter_mlx.transport.pipe"} <= set(IDS)
    assert (PACKAGE / "py.typed").is_file()
