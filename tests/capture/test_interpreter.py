"""A kernel's interpreter says what is installed in it; whatever it does, an answer or a refusal comes in time."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import venv
from pathlib import Path

import pytest

from jupyter_mlx.capture import interpreter
from jupyter_mlx.capture.interpreter import ask
from jupyter_mlx.capture.kernels import Kernel
from jupyter_mlx.errors import InputError, NotFoundError

from .notebooks import put


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """The Python of an empty virtual environment."""
    venv.create(tmp_path / "bare", with_pip=False, symlinks=True)
    return tmp_path / "bare" / "bin" / "python"


def install(python: Path, name: str, version: str, **files: str) -> Path:
    """A distribution's metadata, as an installer leaves it."""
    (site,) = python.parent.parent.glob("lib/python3*/site-packages")
    folder = site / f"{name}-{version}.dist-info"
    put(folder, "METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{files.pop('more', '')}\n")
    for file, content in files.items():
        put(folder, file if file.isupper() else f"{file}.json", content)
    return folder


def of(*command: str | os.PathLike[str], **env: str) -> Kernel:
    return Kernel("test", "python", [os.fspath(part) for part in command], env)


def test_this_interpreter_says_what_it_has() -> None:
    facts = ask(of(sys.executable))
    names = {dist["name"].lower() for dist in facts.dists}
    assert {"ipykernel", "pytest"} <= names
    assert facts.python == sys.version.split()[0]
    assert facts.executable == sys.executable
    assert facts.markers["sys_platform"] == sys.platform


def test_metadata_of_every_kind(bare: Path) -> None:
    install(bare, "plain", "1.0", more="Requires-Dist: six>=1\nRequires-Dist: x; extra == 'y'", INSTALLER="uv\n")
    install(bare, "local", "2.0", REQUESTED="", direct_url='{"url": "file:///src", "dir_info": {"editable": true}}')
    install(bare, "lab", "3.0", more="Requires-Dist: jupyterlab>=4", RECORD="../share/jupyter/labextensions/lab/x,,")
    install(bare, "uses", "4.0", more="Requires-Dist: jupyterlab>=4", RECORD="uses/__init__.py,,")
    install(bare, "damaged", "5.0", direct_url="{")
    install(bare, "nameless", "6.0").joinpath("METADATA").write_text("Version: 1\n")
    facts = ask(of(bare))
    dists = {dist["name"]: dist for dist in facts.dists}
    assert set(dists) == {"plain", "local", "lab", "uses"}
    assert dists["plain"]["requires"] == ["six>=1", "x; extra == 'y'"]
    assert (dists["plain"]["installer"], dists["plain"]["requested"]) == ("uv", False)
    assert dists["local"]["direct_url"]["dir_info"] == {"editable": True}
    assert dists["local"]["requested"]
    assert (dists["lab"]["extension"], dists["uses"]["extension"]) == (True, False)
    assert sorted(os.path.basename(path) for path in facts.broken) == [
        "damaged-5.0.dist-info",
        "nameless-6.0.dist-info",
    ]


def test_a_source_on_the_path_is_told_from_an_install(bare: Path, tmp_path: Path) -> None:
    put(tmp_path, "src/own.egg-info/PKG-INFO", "Name: own\nVersion: 1.0\n")
    (site,) = bare.parent.parent.glob("lib/python3*/site-packages")
    put(site, "easy-install.pth", f"{tmp_path}/src\n")
    install(bare, "other", "1.0")
    sources = {dist["name"]: dist["source"] for dist in ask(of(bare)).dists}
    assert sources == {"own": f"{tmp_path}/src", "other": None}


def test_the_users_own_packages_count_where_the_kernel_sees_them(tmp_path: Path, bare: Path) -> None:
    base = Path(sys.base_prefix, "bin", f"python{sys.version_info[0]}.{sys.version_info[1]}")
    site = f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
    put(tmp_path, f"user/{site}/mine-1.0.dist-info/METADATA", "Name: mine\nVersion: 1.0\n")
    env = {"PYTHONUSERBASE": str(tmp_path / "user")}
    shown = subprocess.run([base, "-c", "import site; print(site.getusersitepackages())"], env=env, capture_output=True)
    assert shown.stdout.decode().strip() == str(tmp_path / "user" / site)
    assert "mine" not in {dist["name"] for dist in ask(of(bare, HOME=str(tmp_path))).dists}
    home = tmp_path / "home" / ".local" / site
    put(home, "mine-1.0.dist-info/METADATA", "Name: mine\nVersion: 1.0\n")
    assert "mine" in {dist["name"] for dist in ask(of(base, HOME=str(tmp_path / "home"))).dists}


def test_the_folder_it_is_started_from_does_not_matter(
    bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "here/json.py", "raise SystemExit('shadowed')")
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "here"))
    assert ask(of(bare)).dists == []


def test_noise_around_the_answer_does_not_matter(tmp_path: Path) -> None:
    script = put(
        tmp_path, "python", f'#!/bin/sh\necho hello; echo "jupyter_mlx facts: no"\n{sys.executable} "$@"; echo bye\n'
    )
    script.chmod(0o755)
    assert ask(of(script)).python == sys.version.split()[0]


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("exit 3", "did not say what is installed: it only ended"),
        ("echo one >&2; printf 'last \\033[2J' >&2", r"did not say what is installed: 'last \\x1b\[2J'"),
        ("echo 'jupyter_mlx facts: {'", "answered something else than asked"),
        ("echo 'jupyter_mlx facts: []'", "answered something else than asked"),
        ('echo \'jupyter_mlx facts: {"python": "2.7.18"}\'', r"is Python 2\.7\.18; 3\.8 is the oldest"),
    ],
)
def test_an_interpreter_that_is_none_is_refused(tmp_path: Path, script: str, words: str) -> None:
    program = put(tmp_path, "python", f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    with pytest.raises(InputError, match=words):
        ask(of(program))


def test_one_that_hangs_is_ended_with_all_it_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpreter, "DEADLINE", 0.5)
    program = put(tmp_path, "python", f"#!/bin/sh\nsleep 600 &\necho $! > {tmp_path}/pid\nwait\n")
    program.chmod(0o755)
    with pytest.raises(InputError, match="did not answer within"):
        ask(of(program))
    stat = Path("/proc", (tmp_path / "pid").read_text().strip(), "stat")
    until = time.monotonic() + 10
    while _alive(stat):
        assert time.monotonic() < until, "what the interpreter started still runs"
        time.sleep(0.01)


def _alive(stat: Path) -> bool:
    try:
        return stat.read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_one_that_floods_is_ended(tmp_path: Path) -> None:
    program = put(tmp_path, "python", "#!/bin/sh\nexec yes\n")
    program.chmod(0o755)
    with pytest.raises(InputError, match="more than"):
        ask(of(program))


@pytest.mark.parametrize("command", ["/no/such/python", "no-such-python-anywhere"])
def test_a_moved_interpreter_is_not_found(command: str) -> None:
    with pytest.raises(NotFoundError, match="which does not exist"):
        ask(of(command))


def test_a_program_that_cannot_be_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be started"):
        ask(of(put(tmp_path, "python", "no program")))


def test_it_is_asked_once_until_something_is_installed(
    bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    original = interpreter._asked
    monkeypatch.setattr(interpreter, "_asked", lambda *args: asked.append(1) or original(*args))
    install(bare, "one", "1.0")
    first = ask(of(bare), tmp_path / "cache")
    assert ask(of(bare), tmp_path / "cache") == first
    assert len(asked) == 1
    install(bare, "two", "2.0")
    assert {dist["name"] for dist in ask(of(bare), tmp_path / "cache").dists} == {"one", "two"}
    (config,) = (tmp_path / "bare").glob("pyvenv.cfg")
    config.write_text(config.read_text().replace("= false", "= true"))
    ask(of(bare), tmp_path / "cache")
    assert len(asked) == 3


@pytest.mark.parametrize("damage", [b"", b"{}", b"[]", b'{"program": null, "folders": [], "facts": {}}', b"\xff"])
def test_a_damaged_cache_only_costs_time(bare: Path, tmp_path: Path, damage: bytes) -> None:
    install(bare, "one", "1.0")
    first = ask(of(bare), tmp_path / "cache")
    (file,) = (tmp_path / "cache").iterdir()
    file.write_bytes(damage)
    assert ask(of(bare), tmp_path / "cache") == first
