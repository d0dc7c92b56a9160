"""The probe: a whole card of this machine, and each red line provoked."""

from __future__ import annotations

import http.server
import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_mlx.runner import existing, probe_machine, probe_software, probe_storage
from jupyter_mlx.runner import probe as card
from jupyter_mlx.runner import pythons as interpreters
from jupyter_mlx.runner import uv as installer
from jupyter_mlx.runner.cgroups import Memory
from jupyter_mlx.runner.check import Check, size
from jupyter_mlx.runner.layout import Root

from .fakes import first_on_path, nvidia_smi, program
from .runs import PYTHON38, REPOSITORY


@pytest.fixture
def root(tmp_path: Path) -> Root:
    return Root(str(tmp_path / "root"))


@pytest.mark.parametrize("python", [sys.executable, PYTHON38])
def test_the_whole_card_of_this_machine(tmp_path: Path, python: str) -> None:
    if not os.path.exists(python):
        pytest.skip("no Python 3.8 here")
    code = f"import sys; sys.path.insert(0, {str(REPOSITORY)!r}); from jupyter_mlx.runner.__main__ import main; main()"
    command = [python, "-I", "-S", "-c", code, "probe", "--root", str(tmp_path / "root")]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    facts = json.loads(done.stdout)
    checks = {check["id"]: check for check in facts["checks"]}
    assert len(checks) == len(facts["checks"]) == len(card.steps())
    assert set(checks["root"]) == {"id", "ok", "value", "problem", "remedy", "required"}
    for check in checks.values():
        assert check["ok"] is not False or (check["problem"] and check["remedy"])
        assert isinstance(check["value"], str)
    assert checks["root"]["ok"] is not False
    assert facts["machine"] == os.uname().machine
    assert facts["boot_id"] and abs(facts["time"] - time.time()) < 60
    assert facts["disk_free"] > 0 and facts["memory_total"] > 0 and facts["cpu_count"] >= 1
    assert any(found["version"].startswith("3.") for found in facts["pythons"])
    assert os.listdir(tmp_path / "root") == []  # nothing of ours stays


def test_a_step_that_hangs_or_fails_does_not_hide_the_others(root: Root, monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()

    def hang(_: Root) -> Check:
        release.wait(30)
        return Check("hangs", True, "late")

    def fail(_: Root) -> Check:
        raise RuntimeError("odd")

    fine = Check("fine", True, "yes", facts={"fact": 5})
    steps = [card.Step("hangs", 0.2, hang), card.Step("fails", 1, fail), card.Step("fine", 1, lambda _: fine)]
    monkeypatch.setattr(card, "steps", lambda: steps)
    facts = card.probe(root.folder)
    hangs, fails, good = facts["checks"]
    assert hangs["ok"] is False and hangs["problem"] == "no answer within 0.2 s"
    assert fails["ok"] is None and "RuntimeError: odd" in fails["value"]
    assert good["ok"] is True and facts["fact"] == 5
    release.set()


def test_a_root_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    found = probe_storage.root(Root(str(tmp_path / "file" / "root")))
    assert found.ok is False and found.required
    assert "cannot be written: Not a directory" in str(found.problem)
    assert "--root" in str(found.remedy)


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Path]:
    """A folder to mount small file systems on."""
    folder = tmp_path / "disk"
    folder.mkdir()
    yield folder
    subprocess.run(["umount", "-l", folder], capture_output=True)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ("size=4m", "less than 2 GB free"),
        ("size=4g,noexec", "programs cannot be run from there (noexec)"),
        ("size=4g,nr_inodes=300", "more files fit"),
        ("size=4m,ro", "cannot be written: Read-only file system"),
    ],
)
def test_disks_that_will_not_do(mounted: Path, options: str, problem: str) -> None:
    if subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", mounted], capture_output=True).returncode:
        pytest.skip("only root can mount a small file system")
    found = probe_storage.root(Root(str(mounted / "root")))
    assert found.ok is False
    assert problem in str(found.problem)
    assert found.remedy


def test_the_file_system_is_named_and_a_network_one_warned_of(
    mounted: Path, monkeypatch: pytest.MonkeyPatch, root: Root
) -> None:
    if subprocess.run(["mount", "-t", "tmpfs", "tmpfs", mounted], capture_output=True).returncode == 0:
        assert probe_storage.file_system(str(mounted)) == ("tmpfs", str(mounted))
    monkeypatch.setattr(probe_storage, "file_system", lambda _: ("nfs4", "/home"))
    found = probe_storage.root(root)
    assert found.ok is None and "network file system" in str(found.problem)


def test_a_tmp_that_is_full_is_named(root: Root, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/nowhere/at/all")
    found = probe_storage.temporary(root)
    assert found.ok is False and found.required


def test_scratch_on_another_disk(root: Root, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRATCH", "/dev/shm")
    found = probe_storage.scratch(root)
    assert "/dev/shm" in found.value
    assert (found.facts or {})["scratch"][0] == "/dev/shm"


def test_no_python_to_build_with(root: Root, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpreters, "installed", lambda: [interpreters.Python("/usr/bin/python3", (3, 8, 1))])
    found = probe_software.pythons(root)
    assert found.ok is False and found.value == "3.8.1" and found.remedy
    monkeypatch.setattr(interpreters, "installed", list)
    assert probe_software.pythons(root).value == "none"


def test_uv_here_or_not(root: Root, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(program(tmp_path, "uv", "echo uv 0.9.9\n"))
    monkeypatch.setattr(installer, "_own", lambda: [path])
    assert probe_software.uv(root).facts == {"uv": {"path": path, "version": "0.9.9"}}
    monkeypatch.setattr(installer, "_own", list)
    found = probe_software.uv(root)
    assert found.ok is None and found.facts == {"uv": None}


class Index(http.server.BaseHTTPRequestHandler):
    """An index that wants a password, which is an answer."""

    def do_HEAD(self) -> None:
        self.send_response(401)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_an_index_that_answers_anything_is_reachable(root: Root, monkeypatch: pytest.MonkeyPatch) -> None:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Index)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        url = f"http://me:secret@127.0.0.1:{server.server_port}/simple"
        monkeypatch.setenv("UV_DEFAULT_INDEX", url)
        monkeypatch.setenv("no_proxy", "*")
        found = probe_software.index(root)
        assert found.ok is True
        assert "secret" not in json.dumps([found.value, found.facts])
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    found = probe_software.index(root)
    assert found.ok is False
    assert "does not answer" in str(found.problem) and "pip.conf" in str(found.remedy)


@pytest.mark.parametrize(("url", "ok"), [("file:///", True), ("file:///no/such", False), ("ftp://x/", False)])
def test_other_kinds_of_index(root: Root, monkeypatch: pytest.MonkeyPatch, url: str, ok: bool) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", url)
    assert probe_software.index(root).ok is ok


def test_no_index_is_a_choice(root: Root, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "/wheels")
    assert probe_software.index(root)[:3] == ("index", None, "none: packages come from /wheels")


def test_gpus_with_names_without_and_in_trouble(root: Root, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(probe_machine, "on_path", lambda _: None)
    assert probe_machine.gpus(root).ok is None
    monkeypatch.undo()
    first_on_path(monkeypatch, tmp_path)
    nvidia_smi(tmp_path)
    found = probe_machine.gpus(root)
    assert found.ok is True and found.value == "2: NVIDIA A100 42.9 GB, NVIDIA A100 42.9 GB"
    nvidia_smi(tmp_path, before="exit 9")
    found = probe_machine.gpus(root)
    assert found.ok is False and "nvidia-smi" in str(found.remedy)


def test_little_memory_and_few_files(root: Root, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe_machine, "memory_now", lambda: Memory(8 * 10**9, 8 * 10**9 + 1, True))
    found = probe_machine.memory(root)
    assert found.ok is False and found.value == "8.0 GB of 8.0 GB in use, limited by a cgroup"
    limits = {resource.RLIMIT_NOFILE: (100, 100)}
    monkeypatch.setattr(resource, "getrlimit", lambda which: limits.get(which, (resource.RLIM_INFINITY,) * 2))
    assert "open files" in str(probe_machine.limits(root).problem)
    limits = {resource.RLIMIT_AS: (1 << 30, 1 << 30)}
    assert "address space" in str(probe_machine.limits(root).problem)


@pytest.mark.parametrize(
    ("settings", "lingers", "ok"),
    [
        ({"KillUserProcesses": "yes"}, False, False),
        ({"KillUserProcesses": "yes"}, True, True),
        ({"KillUserProcesses": "no", "RemoveIPC": "no"}, False, True),
        ({}, False, None),
    ],
)
def test_what_logging_out_does(
    root: Root, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], lingers: bool, ok: bool | None
) -> None:
    monkeypatch.setattr(os.path, "isdir", lambda path: True)
    monkeypatch.setattr(os.path, "exists", lambda path: lingers)
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    monkeypatch.setattr(probe_machine, "_user", lambda: "me")
    monkeypatch.setattr(probe_machine, "_logind", settings.get)
    found = probe_machine.logout(root)
    assert found.ok is ok
    assert (found.remedy is None) == (ok is True)


def test_proxies_are_named_without_their_passwords(root: Root, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://me:secret@proxy")
    found = probe_machine.proxy(root)
    assert "HTTPS_PROXY" in found.value and "secret" not in repr(found)


def test_clusters_containers_conda_and_environments(
    root: Root, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert probe_software.slurm(root).value == "none"
    assert probe_software.conda(root).value == "not on PATH"
    assert probe_software.containers(root).value == "none"
    for name in ("sbatch", "podman", "micromamba"):
        program(tmp_path, name, "exit 0\n")
    assert "Slurm" in str(probe_software.slurm(root).problem)
    assert probe_software.conda(root).value == "micromamba"
    assert probe_software.containers(root).value == "podman"
    monkeypatch.setattr(existing, "environments", lambda: {f"env{n:02}": "/x" for n in range(15)})
    assert probe_software.environments(root).value.endswith("env11 and 3 more")


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (25e9, "25.0 GB"), (3e12, "3.0 TB"), (None, "unknown")],
)
def test_sizes_in_words(count: float | None, words: str) -> None:
    assert size(count) == words
