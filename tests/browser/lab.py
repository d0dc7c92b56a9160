"""A person at a JupyterLab: a real server as a process of its own, in a home of its own, and pages on it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.journeys.bed import write_notebook
from tests.support.sshd import free_port

CHECKOUT = Path(__file__).resolve().parents[2]
TOKEN = "browser-tests"
ENVIRONMENT = f"existing:{sys.executable}"  # what runs use, so that no test waits for an environment to be built
_SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": False},
    "docmanager-extension/plugin": {"autosave": False},
    "completer-extension/manager": {"autoCompletion": False},
}


@dataclass
class Lab:
    """One Jupyter server; `start` it, `kill` it and start it again: its folders stay."""

    home: Path
    base_url: str = "/"
    app: str = "lab"  # or "notebook"
    options: list[str] = field(default_factory=list)
    collaborates: bool = False  # jupyter-collaboration, where it is installed
    process: subprocess.Popen[bytes] | None = None
    port: int = field(default_factory=free_port)

    @property
    def root(self) -> Path:
        """The folder the file browser shows."""
        return self.home / "work"

    @property
    def url(self) -> str:
        """Where the server answers, without a slash at the end."""
        base = urllib.parse.quote(self.base_url, safe="/%").rstrip("/")
        return f"http://127.0.0.1:{self.port}{base}"

    def settings(self, plugin: str, **values: Any) -> None:
        """The user's settings of a plugin, as the settings editor writes them; before `start`, or the page reloads."""
        plugin = plugin if ":" in plugin or plugin.startswith("jupyter-mlx") else f"@jupyterlab/{plugin}"
        path = self.home / "config" / "lab" / "user-settings" / f"{plugin}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))

    def notebook(self, *cells: dict[str, Any] | str, name: str = "nb.ipynb", **target: Any) -> Path:
        """A notebook below the root whose target is ``target``; runs use the Python of the tests."""
        path = write_notebook(self.root / name, *cells)
        content = json.loads(path.read_text())
        content["metadata"]["jupyter_mlx"] = {"environment": ENVIRONMENT, **target}
        path.write_text(json.dumps(content))
        return path

    @property
    def env(self) -> dict[str, str]:
        """The environment of the server, and of a command line beside it."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
        return {
            **kept,
            "HOME": str(self.home),
            "PYTHONPATH": str(CHECKOUT),
            "JUPYTER_PATH": str(self.home / "share"),
            "JUPYTER_CONFIG_DIR": str(self.home / "config"),
            "JUPYTER_DATA_DIR": str(self.home / "data"),
            "JUPYTER_RUNTIME_DIR": str(self.home / "runtime"),
            "IPYTHONDIR": str(self.home / "ipython"),
            "JUPYTER_MLX_KEEPER": "off",
        }

    def prepare(self) -> None:
        """Make the folders, the settings, and the extension of this checkout known."""
        self.root.mkdir(parents=True, exist_ok=True)
        extensions = self.home / "share" / "labextensions"
        extensions.mkdir(parents=True, exist_ok=True)
        built = CHECKOUT / "jupyter_mlx" / "labextension"
        assert (built / "package.json").exists(), "build the lab extension first: make lab, or jlpm build"
        (extensions / "jupyter-mlx").symlink_to(built)
        for plugin, values in _SETTINGS.items():
            self.settings(plugin, **values)
        (self.home / "data").mkdir(exist_ok=True)
        disabled = self.home / "config" / "labconfig" / "page_config.json"
        disabled.parent.mkdir(parents=True, exist_ok=True)
        off = {f"@jupyter/{name}-extension": not self.collaborates for name in ("collaboration", "docprovider")}
        disabled.write_text(json.dumps({"disabledExtensions": off}))

    def start(self, probe: str = "jupyter-mlx/status") -> Lab:
        """Start the server and wait until it answers."""
        command = [sys.executable, "-m", "jupyter" + self.app if self.app == "lab" else "notebook", "--no-browser"]
        options = [
            "--allow-root",
            f"--port={self.port}",
            "--ServerApp.port_retries=0",
            f"--ServerApp.base_url={self.base_url}",
            f"--IdentityProvider.token={TOKEN}",
            f"--ServerApp.root_dir={self.root}",
            "--ServerApp.jpserver_extensions=jupyter_mlx=True",
            f"--ServerApp.jpserver_extensions=jupyter_server_ydoc={self.collaborates}",
            f"--ServerApp.jpserver_extensions=jupyter_server_fileid={self.collaborates}",
            f"--ServerApp.allow_unauthenticated_access={self.collaborates}",  # its routes are not marked
            *self.options,
        ]
        with (self.home / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                command + options,
                cwd=self.root,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        end = time.monotonic() + 60
        while time.monotonic() < end and self.process.poll() is None:
            try:
                self.call("GET", probe)
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
            else:
                return self
        raise AssertionError("the server does not answer:\n" + self.log()[-4000:])

    def log(self) -> str:
        """What the server printed."""
        return (self.home / "server.log").read_text(errors="replace")

    def call(self, verb: str, path: str, body: object = None) -> Any:
        """One request to the server, as a program makes it."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"token {TOKEN}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/{path}", data, headers, method=verb)
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read().decode()
        return json.loads(text) if text else None

    def runs(self) -> list[dict[str, Any]]:
        """The runs the server knows, newest first."""
        found: list[dict[str, Any]] = self.call("GET", "jupyter-mlx/runs")["runs"]
        return found

    def kill(self) -> None:
        """As a crash would: no goodbye; its kernels go with it."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def close(self) -> None:
        """Stop every run that still goes, then the server."""
        if self.process is not None and self.process.poll() is None:
            try:
                for run in self.runs():
                    if run["state"] not in ("succeeded", "failed", "cancelled", "lost"):
                        self.call("POST", f"jupyter-mlx/runs/{run['id']}/stop", {})
                        self._wait_for_end(run["id"])
            except (urllib.error.URLError, ConnectionError):
                pass
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(10)
        self.kill()

    def _wait_for_end(self, run_id: str) -> None:
        end = time.monotonic() + 20
        while time.monotonic() < end:
            if self.call("GET", f"jupyter-mlx/runs/{run_id}")["state"] in ("succeeded", "failed", "cancelled", "lost"):
                return
            time.sleep(0.2)


def chromium() -> str | None:
    """The browser of this computer."""
    return next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )
