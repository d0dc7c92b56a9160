"""One build: the words, progress and reasons of installers that are scripts; test_environments has real ones."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlx.runner import building
from jupyter_mlx.runner.building import Builder, BuildLog, reason_lines, with_kernel
from jupyter_mlx.runner.layout import Root
from jupyter_mlx.runner.pythons import Python
from jupyter_mlx.runner.refusal import Refusal

from .fakes import program

Events = list[tuple[str, dict[str, Any]]]


class Bed:
    """A builder whose uv is a script."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = Root(str(folder / "root"))
        self.root.prepare()
        self.folder = Path(self.root.envs, "key")
        self.folder.mkdir()
        self.events: Events = []
        self.script = folder / "uv"
        monkeypatch.setattr(building, "find_uv", lambda *_: str(self.script) if self.script.exists() else None)
        monkeypatch.setattr(building, "choose", lambda asked: Python(str(folder / "python"), (3, 11, 2)))

    def uv(self, text: str) -> None:
        program(self.script.parent, "uv", text)

    def build(self, *requirements: str, asked: str | None = "3.11.2") -> None:
        fd = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT)
        try:
            emit: Callable[..., None] = lambda kind, **fields: self.events.append((kind, fields))
            Builder(self.root, str(self.folder), emit, fd, {"JMLX_RUN": "x"}).build(asked, requirements, None)
        finally:
            os.close(fd)

    def logged(self) -> str:
        return "".join(fields["text"] for kind, fields in self.events if kind == "log")

    def log_file(self) -> str:
        return (self.folder / "build.log").read_text()


@pytest.fixture
def bed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bed:
    return Bed(tmp_path, monkeypatch)


def test_the_log_grows_in_the_file_and_in_the_journal(bed: Bed) -> None:
    bed.uv('echo "running $*"; echo "Resolved 5 packages in 3ms"; echo env $JMLX_RUN $UV_CACHE_DIR; echo é >&2\n')
    bed.build("six", "numpy==1.0")
    assert (bed.folder / "requirements.txt").read_text() == "six\nnumpy==1.0\n"
    assert bed.logged() == bed.log_file()
    assert f"env x {bed.root.cache}\n" in bed.log_file()
    assert "running venv --no-project --python" in bed.log_file()
    assert f"running pip install --python {bed.folder}/venv/bin/python -r" in bed.log_file()
    said = [fields["message"] for kind, fields in bed.events if kind == "progress"]
    assert said[0] == "building the environment: 2 packages asked for, Python 3.11.2"
    assert "Resolved 5 packages in 3ms" in said


def test_another_patch_version_is_noted(bed: Bed) -> None:
    bed.uv("exit 0\n")
    bed.build(asked="3.11.7")
    assert "Python 3.11.7 is not here: taking 3.11.2" in bed.log_file()


def test_a_failure_carries_the_resolvers_words_in_five_lines(bed: Bed) -> None:
    lines = "\n".join(f"echo '  line {n}'" for n in range(9))
    bed.uv(f"[ $1 = venv ] && exit 0\necho Using Python; echo 'error: No solution found'\n{lines}\nexit 1\n")
    with pytest.raises(Refusal) as caught:
        bed.build("nope")
    expected = "the environment could not be built: error: No solution found\nline 0\nline 1\nline 2\nline 3"
    assert caught.value.message == expected
    assert caught.value.hint == f"the whole log: {bed.folder}/build.log"
    assert "line 8" in bed.log_file()


def test_a_silent_failure_has_a_reason_too(bed: Bed) -> None:
    bed.uv("exit 7\n")
    with pytest.raises(Refusal, match="uv venv"):
        bed.build()


@pytest.mark.parametrize(
    "words",
    ["error: failed to write: No space left on device (os error 28)", "ERROR: [Errno 28] No space left on device"],
)
def test_a_full_disk_is_an_os_error(bed: Bed, words: str) -> None:
    bed.uv(f"echo '{words}'; exit 2\n")
    with pytest.raises(OSError, match="No space") as caught:
        bed.build()
    assert caught.value.errno == errno.ENOSPC


def test_without_uv_and_without_venv_it_says_what_to_install(bed: Bed) -> None:
    program(bed.script.parent, "python", "echo 'No module named venv'; exit 1\n")
    with pytest.raises(Refusal, match="there is no uv on the machine") as caught:
        bed.build()
    assert "python3-venv" in str(caught.value.hint)


def test_a_chatty_build_does_not_fill_the_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "_MAX_LOGGED", 100000)
    sizes: list[int] = []
    log = BuildLog(str(tmp_path / "log"), lambda kind, **fields: sizes.append(len(fields["text"])))
    for _ in range(5000):
        log.line("x" * 99)
    log.line("y" * 5000000)
    log.close()
    assert (tmp_path / "log").stat().st_size == 5000 * 100 + 5000001
    assert sum(sizes) < 200000
    assert max(sizes) < 1 << 17
    assert sum(map(len, log.last)) < 1 << 20


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], []),
        (["a", "", "b"], ["a", "b"]),
        (["x"] * 9, ["x"] * 5),
        (["Resolved", "  \u00d7 No solution", "  because"], ["\u00d7 No solution", "because"]),
        (["ERROR: pip says no", "more"], ["ERROR: pip says no", "more"]),
    ],
)
def test_reasons(lines: list[str], expected: list[str]) -> None:
    assert reason_lines(lines) == expected


@pytest.mark.parametrize(
    ("lines", "added"),
    [
        ([], True),
        (["numpy==1", "# ipykernel", ""], True),
        (["ipykernel==7.1"], False),
        (["IPyKernel >= 6 ; python_version > '3'"], False),
        (["ipykernel-extra"], True),
        (["six==1.17 --hash=sha256:00"], False),
        (["--require-hashes"], False),
    ],
)
def test_a_kernel_is_always_asked_for(lines: list[str], added: bool) -> None:
    found = with_kernel(lines)
    assert ("ipykernel" in found and "ipykernel" not in lines) == added
    assert not any(line.startswith("#") or not line for line in found)


def test_links_into_the_cache_lose_their_write_bits(tmp_path: Path) -> None:
    cached, own = tmp_path / "cached", tmp_path / "venv" / "own"
    own.parent.mkdir()
    cached.write_text("x")
    own.write_text("y")
    os.link(cached, own.parent / "linked")
    os.symlink(sys.executable, own.parent / "python")
    building._protect_links(str(own.parent))
    assert not stat.S_IMODE(cached.stat().st_mode) & 0o222
    assert stat.S_IMODE(own.stat().st_mode) & 0o200
