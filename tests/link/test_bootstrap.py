"""From a fresh pipe to an agent, over shells that behave and shells that do not."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_mlx.errors import MachineError, NoSpaceError, UnreachableError
from jupyter_mlx.link.bootstrap import COMMAND
from jupyter_mlx.link.connect import connect
from jupyter_mlx.link.runner_zip import runner_zip
from jupyter_mlx.models import Machine
from jupyter_mlx.transport.pipe import Pipe
from jupyter_mlx.transport.process import ProcessPipe


class Shell:
    """A transport whose login shell does something before our command, or has its own environment."""

    def __init__(self, before: str = "", path: "str | None" = None, argv: "list[str] | None" = None) -> None:
        self.before, self.path, self.argv = before, path, argv

    def open(self, command: str) -> Pipe:
        argv = self.argv or ["/bin/sh", "-c"]
        if self.path is not None:
            argv = ["/usr/bin/env", f"PATH={self.path}", *argv]
        return ProcessPipe([*argv, self.before + command], name="box", cwd="/")

    def close(self) -> None:
        return None


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine("box", root=str(tmp_path / "a root"))


def answers(machine: Machine, transport: Shell, **options: bool) -> None:
    made = connect(machine, transport, **options)
    try:
        assert made.facts["root"] == machine.root
        assert made.ping() < 15
    finally:
        made.close()


def test_the_command_is_one_line_of_text_no_shell_reads_two_ways() -> None:
    assert COMMAND.count("'") == 2
    assert set(COMMAND) & set("\n\\`!*?[]{}~^%") == set()


def test_first_contact_installs_the_runner_by_its_digest(machine: Machine) -> None:
    answers(machine, Shell(), runner_there=False)
    folder = Path(str(machine.root)) / "runner"
    installed = folder / f"{runner_zip().digest}.pyz"
    assert installed.read_bytes() == runner_zip().data
    assert stat.S_IMODE(os.stat(str(machine.root)).st_mode) == 0o700


def test_a_wrong_belief_that_the_runner_is_there_costs_a_round_trip_only(machine: Machine) -> None:
    answers(machine, Shell(), runner_there=True)
    answers(machine, Shell(), runner_there=True)


def test_a_damaged_runner_is_replaced(machine: Machine) -> None:
    answers(machine, Shell())
    installed = Path(str(machine.root)) / "runner" / f"{runner_zip().digest}.pyz"
    installed.write_bytes(installed.read_bytes()[:-10] + b"0123456789")
    answers(machine, Shell(), runner_there=True)
    assert installed.read_bytes() == runner_zip().data


def test_noise_before_our_command_is_discarded(machine: Machine) -> None:
    answers(machine, Shell("head -c 100000 /dev/zero | tr '\\0' 'x'; echo; echo jupyter_mlx: ready null; "))
    answers(machine, Shell("head -c 100000 /dev/urandom; "))


def test_more_noise_than_anybody_needs_is_refused_by_name(machine: Machine) -> None:
    with pytest.raises(MachineError, match="more than 1 MiB"):
        answers(machine, Shell("yes; "))


def test_a_shell_that_exits_first_is_named_with_its_status_and_words(machine: Machine) -> None:
    with pytest.raises(MachineError, match=r"ended before our command ran \(exit status 3\).*no entry") as caught:
        answers(machine, Shell("echo no entry; exit 3; "))
    assert ".bashrc" in str(caught.value.hint)


def test_false_as_a_shell(machine: Machine) -> None:
    with pytest.raises(MachineError, match="exit status 1"):
        answers(machine, Shell(argv=["/bin/false"]))


def test_a_shell_that_never_answers_is_given_up(machine: Machine) -> None:
    with pytest.raises(MachineError, match="no answer from the login shell"):
        connect(machine, Shell("sleep 60; "), timeout=1)


@pytest.mark.skipif(os.getuid() != 0, reason="needs root to hide the system's Python")
def test_no_python(machine: Machine, tmp_path: Path) -> None:
    hide = (
        f"mount -t tmpfs none {tmp_path} && cd {tmp_path} && mkdir up work && mknod up/python3 c 0 0 && "
        "mount -t overlay -o lowerdir=/usr/bin,upperdir=up,workdir=work none /usr/bin && export PATH=/bin && "
    )
    if os.path.exists("/usr/local/bin/python3") or subprocess.call(["unshare", "-m", "sh", "-c", hide + "true"]):
        pytest.skip("this machine lets nobody hide its Python")
    with pytest.raises(MachineError, match="no python3 on the PATH") as caught:
        answers(machine, Shell(hide, argv=["/usr/bin/unshare", "-m", "/bin/sh", "-c"]))
    assert "--python" in str(caught.value.hint)


def test_a_python_named_for_the_machine_comes_first(machine: Machine, tmp_path: Path) -> None:
    named = tmp_path / "my python"
    named.symlink_to(sys.executable)
    made = connect(Machine("box", root=machine.root, python=str(named)), Shell(path="/nowhere"))
    assert made.facts["python"] == "{}.{}.{}".format(*sys.version_info[:3])
    made.close()


def _old_python() -> "str | None":
    for minor in (6, 7, 5, 4):
        system = shutil.which(f"python3.{minor}", path="/usr/bin:/usr/local/bin:/opt/python/bin")
        found = [*map(str, Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/python3")), *([system] if system else [])]
        if found:
            return found[0]
    return None


@pytest.mark.skipif(_old_python() is None, reason="no Python older than 3.8 here")
def test_an_old_python_hands_over_to_a_newer_one(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python3").symlink_to(str(_old_python()))
    newer = tmp_path / "bin" / f"python3.{sys.version_info[1]}"
    newer.symlink_to(sys.executable)
    answers(machine, Shell(path=str(tmp_path / "bin")), runner_there=False)


@pytest.mark.skipif(_old_python() is None, reason="no Python older than 3.8 here")
def test_an_old_python_alone_is_refused_by_version(machine: Machine) -> None:
    old = Machine("box", root=machine.root, python=_old_python())
    # /usr/bin/python3.N is looked for too; a folder for a home that has none of it cannot be made without root.
    if list(Path("/usr/bin").glob("python3.*")) or list(Path("/usr/local/bin").glob("python3.*")):
        answers(old, Shell(path="/nowhere"))
        return
    with pytest.raises(MachineError, match="too old") as caught:
        connect(old, Shell(path="/nowhere"))
    assert "--python" in str(caught.value.hint)


@pytest.mark.skipif(os.getuid() != 0, reason="needs root to mount a small file system")
@pytest.mark.parametrize("options", ["size=16k", "ro"])
def test_a_full_or_read_only_root_is_named(tmp_path: Path, options: str) -> None:
    place = tmp_path / "small"
    place.mkdir()
    if os.system(f"mount -t tmpfs -o {options} none {place}") != 0:
        pytest.skip("this machine does not let us mount")
    try:
        expected = NoSpaceError if "size" in options else MachineError
        with pytest.raises(expected, match="cannot write below") as caught:
            connect(Machine("box", root=str(place / "mlx")), Shell(), runner_there=False)
        assert "--root" in str(caught.value.hint)
    finally:
        os.system(f"umount {place}")


def test_closing_wakes_whoever_waits(machine: Machine) -> None:
    made = connect(machine, Shell())
    made.close()
    assert not made.alive
    with pytest.raises(UnreachableError):
        made.ping()


def test_hostile_roots_stay_data(tmp_path: Path) -> None:
    root = tmp_path / "a'\"; touch canary $(touch canary2) `x`\n-rf"
    answers(Machine("box", root=str(root)), Shell())
    assert {path.name for path in tmp_path.iterdir()} == {root.name}
