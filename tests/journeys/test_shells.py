"""Login shells and machines as they are out there: they work, or are refused with the cause and a remedy."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .bed import Bed
from .conftest import BedFactory

as_root = pytest.mark.skipif(os.getuid() != 0, reason="needs root to make accounts and mounts")
ENV = ("--env", f"existing:{sys.executable}")


def works(bed: Bed) -> None:
    """A run goes through from the terminal."""
    done = bed.cli("run", bed.notebook("print(6 * 7)"), "--on", bed.name, *ENV)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "42" in done.stdout


def refused(bed: Bed, *words: str) -> None:
    """A run is refused within the deadline, as a machine's fault, with the cause and what to do."""
    done = bed.cli("run", bed.notebook("1"), "--on", bed.name, *ENV, "--detach", timeout=40)
    assert done.returncode in (3, 4), (done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    assert "→" in done.stderr
    for word in words:
        assert word in done.stderr


def bashrc(bed: Bed, text: str) -> None:
    """Be a machine whose bash reads this at every login."""
    assert bed.server is not None
    home = Path(bed.server.home)
    (home / ".bashrc").write_text(text)


@pytest.mark.parametrize("kind", ["ssh", "openssh"])
def test_a_shell_that_prints_a_lot(make_bed: BedFactory, kind: str) -> None:
    bed = make_bed(kind)
    bashrc(bed, "head -c 100000 /dev/urandom; yes 'welcome to this machine' | head -n 2000; echo oops >&2\n")
    works(bed)


def test_a_shell_that_is_slow(ssh_bed: Bed) -> None:
    bashrc(ssh_bed, "sleep 5\n")
    works(ssh_bed)


def test_a_shell_that_exits(ssh_bed: Bed) -> None:
    bashrc(ssh_bed, "echo not today; exit 1\n")
    refused(ssh_bed, "exit status 1", "not today", ".bashrc")


@as_root
@pytest.mark.parametrize("shell", ["fish", "csh", "tcsh", "dash"])
def test_other_login_shells(ssh_bed: Bed, shell: str, tmp_path: Path) -> None:
    path = shutil.which(shell)
    if path is None:
        pytest.skip(f"{shell} is not installed here")
    assert ssh_bed.server is not None
    user = ssh_bed.server.add_user(path)
    ssh_bed.json("machines", "edit", ssh_bed.name, "--user", user, "--root", f"/tmp/mlx-{user}")
    try:
        done = ssh_bed.cli("doctor", ssh_bed.name)
        assert done.returncode == 0, done.stdout + done.stderr
    finally:
        shutil.rmtree(f"/tmp/mlx-{user}", ignore_errors=True)


@as_root
def test_no_shell_at_all(ssh_bed: Bed) -> None:
    assert ssh_bed.server is not None
    user = ssh_bed.server.add_user("/bin/false")
    ssh_bed.json("machines", "edit", ssh_bed.name, "--user", user)
    refused(ssh_bed, "ended before our command ran")


def test_a_forced_command(make_bed: BedFactory) -> None:
    refused(make_bed("ssh", ForceCommand="echo only backups here"), "only backups here", "forced command")


def test_one_session_at_a_time(make_bed: BedFactory) -> None:
    bed = make_bed("ssh", MaxSessions="1")
    ids = [bed.submit(bed.notebook("print(6 * 7)")) for _ in range(3)]
    assert [bed.ended(run_id)["state"] for run_id in ids] == ["succeeded"] * 3


def test_python_3_8_on_the_machine(ssh_bed: Bed) -> None:
    system = shutil.which("python3.8", path="/usr/bin:/usr/local/bin")
    homes = [Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser(), Path("/root/.pyenv")]
    found = [path for home in homes for path in home.glob("versions/3.8.*/bin/python3.8")]
    found += [Path(system)] if system else []
    if not found:
        pytest.skip("there is no Python 3.8 here")
    ssh_bed.json("machines", "edit", ssh_bed.name, "--python", found[0])
    works(ssh_bed)


@as_root
def test_a_home_that_cannot_be_written(ssh_bed: Bed, tmp_path: Path) -> None:
    place = tmp_path / "read only"
    place.mkdir()
    if subprocess.call(["mount", "-t", "tmpfs", "-o", "ro", "none", str(place)]):
        pytest.skip("nothing can be mounted here")
    try:
        ssh_bed.json("machines", "edit", ssh_bed.name, "--root", place / "mlx")
        refused(ssh_bed, "Read-only file system", "--root")
    finally:
        subprocess.call(["umount", str(place)])
