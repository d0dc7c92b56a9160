from __future__ import annotations

import os
import stat

import pytest

from jupyter_mlx.runner.layout import Root
from jupyter_mlx.runner.names import UnsafeNameError

RUN = "01JD9Z8GN4V8QK2M6T0XW3YABC"


def test_the_folders_are_made_private_and_made_private_again(tmp_path):
    root = Root(str(tmp_path / "deep" / "root"))
    root.prepare()
    for folder in (root.folder, root.runner, root.blobs, root.envs, root.slots, root.runs, root.cache, root.trash):
        assert stat.S_IMODE(os.stat(folder).st_mode) & 0o077 == 0
    os.chmod(root.folder, 0o755)
    root.prepare()
    assert stat.S_IMODE(os.stat(root.folder).st_mode) == 0o700


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away")
def test_a_root_of_somebody_else_is_refused(tmp_path):
    os.chown(tmp_path, 65534, -1)
    with pytest.raises(PermissionError, match="another user"):
        Root(str(tmp_path)).prepare()


def test_every_file_of_a_run_is_inside_its_folder(tmp_path):
    paths = Root(str(tmp_path)).run(RUN)
    assert paths.id == RUN
    for name, value in vars(paths).items():
        if name not in ("id", "folder"):
            assert os.path.dirname(value) == paths.folder, name


def test_names_that_could_leave_are_refused(tmp_path):
    root = Root(str(tmp_path))
    for bad in ("..", "../../etc", "", RUN.lower()):
        with pytest.raises(UnsafeNameError):
            root.run(bad)
        with pytest.raises(UnsafeNameError):
            root.env(bad)


def test_runs_are_listed_oldest_first_without_drafts(tmp_path):
    root = Root(str(tmp_path))
    assert root.run_ids() == []
    root.prepare()
    later = "01JD9Z8GN5" + RUN[10:]
    for name in (later, RUN, ".new-" + RUN, "lost+found"):
        os.mkdir(os.path.join(root.runs, name))
    assert root.run_ids() == [RUN, later]
