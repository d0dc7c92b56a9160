"""``ssh`` asks for passwords and passphrases through a program; ours hands the question to `Prompts`.

The program is a shell script in a folder of mode 0700 that talks over a unix socket beside it: no answer ever stands in
an argument, the environment or a file.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import socket
import sys
import tempfile
import threading
from types import TracebackType

from .pipe import Prompts

_LIMIT = 4096
_CLIENT = (
    "import socket,sys\n"
    "s=socket.socket(socket.AF_UNIX);s.connect(sys.argv[1])\n"
    "s.sendall(sys.argv[2].encode('utf-8','replace')[:4096]);s.shutdown(1)\n"
    "d=b''.join(iter(lambda:s.recv(4096),b''))\n"
    "sys.exit(1) if not d.startswith(b'+') else sys.stdout.buffer.write(d[1:]+b'\\n')\n"
)


class Askpass:
    """A context in which `environment` makes ``ssh`` ask us."""

    def __init__(self, prompts: Prompts) -> None:
        self._prompts = prompts
        self._folder = tempfile.mkdtemp(prefix="jmlx-")  # 0700; short, a socket's path has 104 bytes
        self._path = os.path.join(self._folder, "s")
        self._script = os.path.join(self._folder, "askpass")
        with open(self._script, "w", encoding="utf-8") as out:
            words = [sys.executable, "-I", "-S", "-c", _CLIENT, self._path]
            out.write("#!/bin/sh\nexec " + " ".join(shlex.quote(word) for word in words) + ' "$1"\n')
        os.chmod(self._script, 0o700)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(self._path)
        self._socket.listen(4)
        self._thread = threading.Thread(target=self._serve, name="askpass", daemon=True)

    def environment(self) -> dict[str, str]:
        """The environment for ``ssh``; old versions ask only where there is a DISPLAY."""
        return {
            **os.environ,
            "SSH_ASKPASS": self._script,
            "SSH_ASKPASS_REQUIRE": "force",
            "DISPLAY": os.environ.get("DISPLAY") or ":0",
        }

    def __enter__(self) -> Askpass:  # noqa: PYI034 - Self is of Python 3.11
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes accept
        self._socket.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            with client, contextlib.suppress(OSError):
                self._converse(client)

    def _converse(self, client: socket.socket) -> None:
        question = b""
        while chunk := client.recv(_LIMIT):
            question = (question + chunk)[:_LIMIT]
        answer = self._answer(question.decode("utf-8", "replace"))
        client.sendall(b"-" if answer is None else b"+" + answer.encode("utf-8"))

    def _answer(self, question: str) -> str | None:
        """A secret; a yes-or-no question about a host key is never answered here: that was settled before."""
        if re.search(r"yes/no|authenticity of host", question):
            return None
        return self._prompts.secret(question.strip().rstrip(":")[:400])
