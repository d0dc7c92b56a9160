"""Which uv goes to which machine."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlx.dispatch import tools as module
from jupyter_mlx.dispatch.tools import Tools, own_uv
from jupyter_mlx.runner.blobs import BlobStore

HERE = {"platform": "linux", "machine": platform.machine(), "libc": "glibc 2.36"}
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="our own uv fits Linux only from Linux")


class Remembered:
    """What is known of one machine."""

    def __init__(self) -> None:
        self.known: dict[str, Any] = {}

    def facts(self, machine: str) -> dict[str, Any]:
        return dict(self.known)

    def probe(self, machine: str, link: Asked) -> dict[str, Any]:
        self.known["probe"] = link.probe()
        return dict(self.known["probe"])


class Asked:
    """A machine that answers a probe and counts how often."""

    def __init__(self, uv: object, **facts: str) -> None:
        self.facts = {**HERE, **facts}
        self.uv = uv
        self.probes = 0

    def probe(self) -> dict[str, Any]:
        self.probes += 1
        return {"uv": self.uv}


def tools(folder: Path) -> Tools:
    return Tools(BlobStore(str(folder / "blobs")), Remembered(), folder / "tools")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("spec", "needed"),
    [
        ({"environment": {"kind": "kernel"}}, True),
        ({"environment": {"kind": "requirements"}, "tools": {"uv": None}}, True),
        ({"environment": {"kind": "existing"}}, False),
        ({"environment": {"kind": "kernel"}, "tools": {"uv": "a" * 64}}, False),
        ({}, False),
    ],
)
def test_only_an_environment_that_may_be_built_needs_tools(spec: dict[str, Any], needed: bool) -> None:
    assert Tools.needed(spec) is needed


@linux_only
def test_a_machine_like_this_one_gets_our_uv(tmp_path: Path) -> None:
    machine = Asked(uv=None)
    finder = tools(tmp_path)
    blob = finder.uv("box", machine)  # type: ignore[arg-type]
    assert blob is not None
    assert finder._blobs.size(blob) == Path(own_uv() or "").stat().st_size


@linux_only
def test_a_machine_is_asked_once(tmp_path: Path) -> None:
    machine = Asked(uv=None)
    finder = tools(tmp_path)
    first = finder.uv("box", machine)  # type: ignore[arg-type]
    assert finder.uv("box", machine) == first  # type: ignore[arg-type]
    assert machine.probes == 1


@linux_only
def test_our_uv_is_hashed_once_and_again_when_it_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    binary = tmp_path / "uv"
    binary.write_bytes(b"one")
    monkeypatch.setattr(module, "own_uv", lambda: str(binary))
    hashed: list[str] = []
    finder, machine = tools(tmp_path), Asked(uv=None)
    put = finder._blobs.put_file
    monkeypatch.setattr(finder._blobs, "put_file", lambda path: hashed.append(path) or put(path))
    first = finder.uv("box", machine)  # type: ignore[arg-type]
    assert finder.uv("box", machine) == first  # type: ignore[arg-type]
    assert len(hashed) == 1
    binary.write_bytes(b"three")
    assert finder.uv("box", machine) != first  # type: ignore[arg-type]
    finder._blobs.discard(finder._blobs.put(b"three"))
    assert finder.uv("box", machine) != first  # type: ignore[arg-type]
    assert len(hashed) == 3


def test_a_machine_with_uv_gets_none(tmp_path: Path) -> None:
    assert tools(tmp_path).uv("box", Asked(uv="/usr/bin/uv")) is None  # type: ignore[arg-type]


@pytest.mark.parametrize("facts", [{"platform": "darwin"}, {"platform": None}, {"machine": "riscv64"}, {}])
def test_no_uv_is_no_error(tmp_path: Path, facts: dict[str, Any]) -> None:
    base = HERE if facts else {}
    assert tools(tmp_path).binary({**base, **facts}) is None


def test_a_machine_with_another_libc_gets_a_static_uv(tmp_path: Path) -> None:
    """Also an old glibc: what our own uv needs is not there."""
    path = tools(tmp_path).binary({**HERE, "machine": "x86_64", "libc": "unknown"})
    if path is None:
        pytest.skip("no package index can be reached from here")
    assert tools(tmp_path).binary({**HERE, "machine": "amd64", "libc": "glibc 2.12"}) == path
    assert sorted(entry.name for entry in (tmp_path / "tools").iterdir()) == [Path(path).name]
    assert b"ld-linux" not in Path(path).read_bytes()[:4096]
    if platform.machine() == "x86_64" and sys.platform == "linux":
        said = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
        assert said.startswith("uv ")
