from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from jupyter_mlx.runner.layout import Root
from jupyter_mlx.runner.reading import open_file
from jupyter_mlx.runner.refusal import Refusal

from .bed import NOTEBOOK, Peer, made_run, written

MEDIA = "c" * 64
ENV = "e" * 64


@pytest.fixture
def root(tmp_path):
    return Root(str(tmp_path / "root"))


@pytest.fixture
def run(root):
    paths = made_run(root)
    for folder in (paths.outputs, paths.outputs + "/plots", paths.work, paths.media):
        os.mkdir(folder)
    Path(paths.outputs, "model.bin").write_bytes(b"0123456789")
    Path(paths.outputs, "plots", "a b'\";\n.png").write_bytes(b"png")
    Path(paths.work, "run.ipynb").write_bytes(b"{}")
    Path(paths.media, MEDIA).write_bytes(b"media")
    Path(paths.stdout).write_bytes(b"out")
    Path(paths.stderr).write_bytes(b"err")
    os.makedirs(root.env(ENV))
    Path(root.env(ENV), "build.log").write_bytes(b"built")
    return paths


def content(root, paths, area, path=""):
    fd, size = open_file(root, paths, area, path)
    with os.fdopen(fd, "rb") as source:
        data = source.read()
    assert len(data) == size
    return data


def test_every_area(root, run):
    assert content(root, run, "outputs", "model.bin") == b"0123456789"
    assert content(root, run, "outputs", "plots/a b'\";\n.png") == b"png"
    assert content(root, run, "work", "run.ipynb") == b"{}"
    assert content(root, run, "media", MEDIA) == b"media"
    assert content(root, run, "stdout") == b"out" and content(root, run, "stderr") == b"err"
    whole = written(run, {"type": "environment", "digest": ENV})
    assert content(root, run, "journal") == whole
    assert content(root, run, "build") == b"built"
    assert json.loads(content(root, run, "notebook")) == NOTEBOOK


@pytest.mark.parametrize("spec", ["{", "[]", '{"notebook_blob": "../x"}', '{"notebook_blob": 5}'])
def test_a_spec_that_names_no_notebook(root, run, spec):
    Path(run.spec).write_text(spec)
    with pytest.raises(Refusal, match="names no notebook"):
        open_file(root, run, "notebook", "")


def test_once_the_run_said_what_it_left_only_that_is_given(root, run):
    files = [{"path": "model.bin", "area": "outputs", "size": 10}]
    more = [{"path": "run.ipynb", "area": "work", "size": 2}]
    written(run, {"type": "outputs", "files": files}, {"type": "outputs", "files": more}, {"type": "exit"})
    assert content(root, run, "outputs", "model.bin") and content(root, run, "work", "run.ipynb")
    for area, path in (("outputs", "plots/a b'\";\n.png"), ("work", "model.bin"), ("outputs", "run.ipynb")):
        with pytest.raises(Refusal) as caught:
            open_file(root, run, area, path)
        assert caught.value.code == "not_found"


@pytest.mark.parametrize(
    ("area", "path"),
    [
        ("outputs", "../spec.json"),
        ("outputs", "/etc/passwd"),
        ("outputs", ""),
        ("outputs", "plots/../model.bin"),
        ("outputs", "model.bin\0"),
        ("media", "../spec.json"),
        ("media", "x"),
        ("journal", "x"),
        ("stdout", "../../x"),
        ("spec.json", ""),
        ("", ""),
        ("inbox", ""),
    ],
)
def test_names_that_are_refused(root, run, area, path):
    with pytest.raises(Refusal) as caught:
        open_file(root, run, area, path)
    assert caught.value.code == "input" and caught.value.field in ("path", "area")


def test_no_link_is_followed_anywhere_on_the_way(root, run, tmp_path):
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key").write_bytes(b"secret")
    os.symlink(tmp_path / "secret" / "key", os.path.join(run.outputs, "file"))
    os.symlink(tmp_path / "secret", os.path.join(run.outputs, "folder"))
    os.symlink("model.bin", os.path.join(run.outputs, "harmless"))
    for path in ("file", "folder/key", "harmless"):
        with pytest.raises(Refusal):
            open_file(root, run, "outputs", path)
    os.rename(run.outputs, run.outputs + "2")
    os.symlink(tmp_path / "secret", run.outputs)
    with pytest.raises(Refusal):
        open_file(root, run, "outputs", "key")


def test_only_plain_files(root, run):
    os.mkfifo(os.path.join(run.outputs, "fifo"))
    os.mknod(os.path.join(run.outputs, "s"), stat.S_IFSOCK | 0o600)
    for path in ("fifo", "s", "plots", "absent", "model.bin/x"):
        with pytest.raises(Refusal) as caught:
            open_file(root, run, "outputs", path)
        assert caught.value.code == "not_found"


def test_no_environment_no_log(root, run):
    with pytest.raises(Refusal, match="built no environment"):
        open_file(root, run, "build", "")


def test_ranges_over_the_wire(root, run):
    large = os.urandom(700_000)
    Path(run.outputs, "large").write_bytes(large)
    agent = Peer(Path(root.folder))
    try:

        def get(**fields):
            frames = agent.frames("read", run=run.id, area="outputs", path="large", **fields)
            assert frames[-1].header["size"] == len(large)
            at = fields.get("offset", 0)
            for frame in frames[:-1]:
                assert frame.header["offset"] == at
                at += len(frame.body)
            return b"".join(frame.body for frame in frames)

        assert get() == large
        assert get(offset=0, length=10) == large[:10]
        assert get(offset=300_001, length=300_000) == large[300_001:600_001]
        assert get(offset=699_999, length=100) == large[-1:]
        assert get(offset=700_000) == get(length=0) == b""
        assert agent.frames("read", run=run.id, area="outputs", path="large", offset=1 << 50)[-1].header["end"]
        assert agent.request("read", run=run.id, area="outputs", path="..")["error"]["field"] == "path"
        assert agent.request("read", run=run.id, area="outputs", path="large", offset=-1)["error"]["field"] == "offset"
    finally:
        agent.close()
