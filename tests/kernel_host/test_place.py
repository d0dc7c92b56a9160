"""The folder of sockets: private, short, gone afterwards, also after those who were killed."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from jupyter_mlx.kernel_host import place as module
from jupyter_mlx.kernel_host.place import Place, sweep


@pytest.fixture
def base(tmp_path, monkeypatch) -> Path:
    monkeypatch.setattr(module, "_bases", lambda: ["/no/such/folder", str(tmp_path / ("long" * 30)), "/tmp"])
    (tmp_path / ("long" * 30)).mkdir()
    return tmp_path / ("long" * 30)


def test_a_place_is_private_and_short(base) -> None:
    place = Place()
    try:
        folder = Path(place.folder)
        assert folder.stat().st_mode & 0o777 == 0o700
        assert Path(place.file).stat().st_mode & 0o777 == 0o600
        info = json.loads(Path(place.file).read_text())
        assert info == place.info
        assert (info["transport"], info["signature_scheme"], len(info["key"])) == ("ipc", "hmac-sha256", 64)
        assert len(f"{info['ip']}-{info['control_port']}") <= 107
        assert os.listdir(base) == []  # too long for a socket
    finally:
        place.remove()
    assert not folder.exists()


def test_nowhere_to_be_is_said(monkeypatch) -> None:
    monkeypatch.setattr(module, "_bases", lambda: ["/no/such/folder", "/proc"])
    with pytest.raises(OSError, match="no folder for the kernel's sockets"):
        Place()


def test_only_what_is_old_and_held_by_nobody_is_swept(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(module, "_bases", lambda: [str(tmp_path)])
    monkeypatch.setattr(module, "_MAX_SOCKET_PATH", 500)
    living, young = Place(), tmp_path / "jmlx-young"
    dead, other, link = tmp_path / "jmlx-dead", tmp_path / "other", tmp_path / "jmlx-link"
    for folder in (young, dead, other):
        folder.mkdir()
        (folder / "lock").touch()
    link.symlink_to(other)
    old = time.time() - 1000
    for folder in (Path(living.folder), dead, other):
        os.utime(folder, (old, old))
    os.utime(link, (old, old), follow_symlinks=False)
    sweep(str(tmp_path))
    assert {path.name for path in tmp_path.iterdir()} == {Path(living.folder).name, "jmlx-young", "other", "jmlx-link"}
    living.remove()
    assert {path.name for path in tmp_path.iterdir()} == {"jmlx-young", "other", "jmlx-link"}
    sweep("/no/such/folder")
