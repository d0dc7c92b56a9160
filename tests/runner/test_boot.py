from __future__ import annotations

from pathlib import Path

from jupyter_mlx.runner.boot import BOOT_ID_FILE, boot_id


def test_this_boot_another_boot_and_none(tmp_path, monkeypatch):
    monkeypatch.delenv("JMLX_BOOT_ID_FILE", raising=False)
    assert boot_id() == Path(BOOT_ID_FILE).read_text().strip()
    (tmp_path / "boot").write_text("another\n")
    monkeypatch.setenv("JMLX_BOOT_ID_FILE", str(tmp_path / "boot"))
    assert boot_id() == "another"
    monkeypatch.setenv("JMLX_BOOT_ID_FILE", str(tmp_path / "absent"))
    assert boot_id() == ""
