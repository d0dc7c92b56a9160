"""Programs that stand in for hardware this machine may not have."""

from __future__ import annotations

from pathlib import Path

import pytest

TWO_GPUS = """GPU-aaaa-1, NVIDIA A100, 35, 1024, 40960, 101.5
GPU-bbbb-2, NVIDIA A100, [N/A], 9000, 40960, [Not Supported]
"""


def program(folder: Path, name: str, text: str) -> Path:
    """A shell script in a folder for PATH."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    return path


def first_on_path(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Have a folder searched before all others."""
    import os

    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def nvidia_smi(folder: Path, answer: str = TWO_GPUS, *, before: str = "") -> Path:
    """An nvidia-smi that knows these cards."""
    return program(folder, "nvidia-smi", f"{before}\ncat <<'END'\n{answer}END\n")
