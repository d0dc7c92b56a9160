"""GPUs as nvidia-smi tells them, including an nvidia-smi in trouble."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_mlx.runner import gpus

from .fakes import first_on_path, nvidia_smi


def test_cards_with_what_they_tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nvidia_smi(tmp_path)
    first_on_path(monkeypatch, tmp_path)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    first, second = gpus.gpus()
    assert first == ("GPU-aaaa-1", "NVIDIA A100", 35.0, 1024 << 20, 40960 << 20, 101.5)
    assert second.util is None and second.power is None and second.memory_used == 9000 << 20
    assert set(first.as_dict()) == {"uuid", "util", "memory_used", "memory_total", "power"}


@pytest.mark.parametrize(
    ("visible", "uuids"),
    [
        ("1", ["GPU-bbbb-2"]),
        ("GPU-aaaa", ["GPU-aaaa-1"]),
        ("1,0", ["GPU-aaaa-1", "GPU-bbbb-2"]),
        ("", []),
        ("-1", []),
        ("7", []),
    ],
)
def test_an_inherited_choice_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, visible: str, uuids: list[str]
) -> None:
    nvidia_smi(tmp_path)
    first_on_path(monkeypatch, tmp_path)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert [gpu.uuid for gpu in gpus.gpus()] == uuids


def test_a_machine_without_nvidia_smi_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert gpus.gpus() == []


def test_a_driver_that_fails_or_hangs_is_no_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first_on_path(monkeypatch, tmp_path)
    nvidia_smi(tmp_path, before="exit 9")
    assert gpus.gpus() == []
    nvidia_smi(tmp_path, before="exec sleep 60")
    monkeypatch.setattr(gpus, "LIMIT_S", 0.3)
    assert gpus.gpus() == []


def test_waiting_is_never_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first_on_path(monkeypatch, tmp_path)
    nvidia_smi(tmp_path, before="read line < " + str(tmp_path / "go"))
    import os

    os.mkfifo(tmp_path / "go")
    query = gpus.Query()
    assert not query.poll()
    (tmp_path / "go").write_text("now\n")
    from .bed import eventually

    eventually(query.poll)
    assert len(query.gpus) == 2
    assert query.poll()


@pytest.mark.parametrize(
    "text",
    ["", "No devices were found\n", "GPU-a,b\n", "../../etc, X, 1, 2, 3, 4\n", "GPU-../x, X, 1, 2, 3, 4\n", "\x00\n"],
)
def test_what_is_no_card_is_passed_over(text: str) -> None:
    assert gpus.parse(text) == []
