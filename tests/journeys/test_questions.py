"""Questions at a real terminal: an unknown host, a passphrase; what was answered, and what was refused."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import signal
import time
from pathlib import Path

import pytest

from tests.support.sshd import fingerprint, make_key

from .bed import CLI, PATIENCE_S, Bed
from .conftest import BedFactory

ASKED_FOR_PASSPHRASE = 3
ASKED = "Trust it from now on? [yes/no] "


class Terminal:
    """The command line at a terminal of its own, which is also its controlling one."""

    def __init__(self, bed: Bed, *args: object) -> None:
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.chdir(bed.project)
            os.execvpe(CLI[0], [*CLI, *map(str, args)], bed.env)
        self.text = ""

    def sees(self, text: str) -> None:
        """Read on until the text was shown."""
        end = time.monotonic() + PATIENCE_S
        while text not in self.text:
            assert time.monotonic() < end, f"{text!r} was never shown: {self.text}"
            assert self._read(), f"ended before {text!r}: {self.text}"

    def types(self, text: str) -> None:
        os.write(self._fd, text.encode())

    def ended(self) -> int:
        """Read to the end; the exit code."""
        while self._read():
            pass
        os.close(self._fd)
        assert "Traceback" not in self.text
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def _read(self) -> bool:
        if not select.select([self._fd], [], [], PATIENCE_S)[0]:
            os.kill(self.pid, signal.SIGKILL)
            raise AssertionError(f"nothing more came: {self.text}")
        data = b""
        with contextlib.suppress(OSError):  # EIO: the other end is gone
            data = os.read(self._fd, 65536)
        self.text += data.decode("utf-8", "replace")
        return bool(data)


@pytest.fixture(params=["ssh", "openssh"])
def stranger(request: pytest.FixtureRequest, make_bed: BedFactory) -> Bed:
    """A machine whose host key this laptop has never seen."""
    bed = make_bed(request.param)
    known(bed).write_text("# mine\n")
    return bed


def known(bed: Bed) -> Path:
    return Path(bed.env["HOME"]) / ".ssh" / "known_hosts"


def host_key(bed: Bed) -> str:
    assert bed.server is not None
    line = bed.server.known_hosts_line(bed.server._kinds[0], "x").split()
    path = bed.project / "host.pub"
    path.write_text(" ".join(line[1:3]) + "\n")
    return fingerprint(path)


def test_an_unknown_host_is_shown_and_asked_about(stranger: Bed) -> None:
    bed = stranger
    there = Terminal(bed, "doctor", bed.name)
    there.sees(ASKED)
    assert host_key(bed) in there.text
    there.types("y\n")  # a whole word, not a reflex
    there.sees(ASKED + "y\r\n" + ASKED)
    there.types("no\n")
    assert there.ended() == 4

    there = Terminal(bed, "doctor", bed.name)
    there.sees(ASKED)
    there.types("\x03")
    assert there.ended() in (4, 130)
    assert bed.cli("doctor", bed.name).returncode == 4

    there = Terminal(bed, "doctor", bed.name)
    there.sees(ASKED)
    there.types("yes\n")
    assert there.ended() == 0
    assert bed.cli("doctor", bed.name).returncode == 0
    assert known(bed).read_text() == "# mine\n"


def test_without_a_terminal_only_the_right_fingerprint_helps(stranger: Bed) -> None:
    bed = stranger
    for wrong in ((), ("--accept-host-key", "SHA256:" + "A" * 43), ("--accept-host-key", "yes")):
        refused = bed.cli("doctor", bed.name, *wrong)
        assert refused.returncode == 4
        assert host_key(bed) in refused.stderr
    assert bed.cli("doctor", bed.name, "--accept-host-key", host_key(bed)).returncode == 0
    assert bed.cli("doctor", bed.name).returncode == 0
    assert known(bed).read_text() == "# mine\n"


def test_a_passphrase(ssh_bed: Bed) -> None:
    bed = ssh_bed
    assert bed.server is not None
    key = make_key(bed.project / "locked", passphrase="open sesame")
    with bed.server.authorized_keys.open("a") as out:
        out.write(key.with_suffix(".pub").read_text())
    bed.json("machines", "edit", bed.name, "--identity-file", key)

    alone = bed.cli("doctor", bed.name)
    assert alone.returncode == 4
    assert "passphrase" in alone.stderr
    there = Terminal(bed, "doctor", bed.name)
    for _ in range(ASKED_FOR_PASSPHRASE):
        there.sees("locked: ")
        there.text = ""
        there.types("a wrong one\n")
    assert there.ended() == 4
    assert "a wrong one" not in there.text

    there = Terminal(bed, "doctor", bed.name)
    there.sees("locked: ")
    there.types("open sesame\n")
    assert there.ended() == 0
    assert "open sesame" not in there.text
