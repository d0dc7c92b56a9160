"""A whole Jupyter server as a process of its own, and requests to it as programs make them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from tests.support.sshd import free_port

TOKEN = "t"
BASE_URL = "/user/a%20b/"  # as a hub gives it to somebody with a space in the name
CHECKOUT = Path(__file__).resolve().parents[2]
T = TypeVar("T")


class Whole:
    """A server on a folder; it has answered once when this is made."""

    def __init__(self, root: Path, env: dict[str, str]) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}{BASE_URL}"
        options = [
            "--no-browser",
            "--allow-root",
            f"--port={self.port}",
            f"--IdentityProvider.token={TOKEN}",
            f"--ServerApp.root_dir={root}",
            f"--ServerApp.base_url={BASE_URL}",
            "--ServerApp.allow_unauthenticated_access=False",
            "--ServerApp.jpserver_extensions={'jupyter_mlx': True}",
        ]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jupyter_server", *options],
            env={**env, "PYTHONPATH": str(CHECKOUT)},
            cwd=root,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait(self.answers)
        except BaseException:
            self.kill()
            raise

    @property
    def stream(self) -> str:
        """Where the WebSocket is."""
        return self.address.replace("http:", "ws:") + "jupyter-mlx/stream"

    def call(self, path: str, body: object = None, verb: str | None = None) -> Any:
        """One request to our routes with the token; what it answers."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"token {TOKEN}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.address}jupyter-mlx/{path}", data, headers, method=verb)
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def answers(self) -> bool:
        """Whether somebody is there."""
        assert self.process.poll() is None, "the server ended"
        try:
            return bool(self.call("status"))
        except OSError:
            return False

    def kill(self) -> None:
        """As a crash would."""
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> int:
        """As its owner would; its exit status."""
        self.process.terminate()
        return self.process.wait(20)


def wait(condition: Callable[[], T]) -> T:
    """What the condition gives once it is true."""
    for _ in range(1200):
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("waited in vain")
