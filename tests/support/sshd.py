"""A real OpenSSH server on 127.0.0.1, one per test, with its own keys and its own home folder.

It runs as the current user. The home of its sessions is a fresh folder (`SetEnv HOME`), so a test can put a noisy
`.bashrc` there and nothing of the person who runs the tests is touched. As root it can also make real accounts, for
login shells and passwords (`Sshd.add_user`).
"""

from __future__ import annotations

import contextlib
import getpass
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from jupyter_mlx.models import Machine

SSHD = shutil.which("sshd") or "/usr/sbin/sshd"
IS_ROOT = os.geteuid() == 0


def free_port() -> int:
    """A TCP port nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_key(path: Path, kind: str = "ed25519", passphrase: str = "", comment: str = "test", form: str = "") -> Path:
    """A new key pair at ``path`` and ``path.pub``; ``form`` may be PEM."""
    path.unlink(missing_ok=True)
    extra = (["-b", "2048"] if kind == "rsa" else []) + (["-m", form] if form else [])
    argv = ["ssh-keygen", "-q", "-t", kind, *extra, "-N", passphrase, "-C", comment, "-f", str(path)]
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL)
    return path


def fingerprint(public_key: Path) -> str:
    """``SHA256:…`` as ssh-keygen prints it."""
    out = subprocess.run(["ssh-keygen", "-lf", str(public_key)], check=True, capture_output=True, text=True).stdout
    return out.split()[1]


class Sshd:
    """One server. Attributes a client needs: host, port, user, user_key, known_hosts; its log is `log()`."""

    host = "127.0.0.1"

    def __init__(
        self,
        folder: Path,
        *,
        options: dict[str, str] | None = None,
        host_keys: tuple[str, ...] = ("ed25519",),
        own_home: bool = True,
    ) -> None:
        """Start it. ``options`` are lines of sshd_config (they win); ``own_home=False`` keeps the account's home."""
        self.folder = folder
        self.options = dict(options or {})
        self.user = getpass.getuser() if not IS_ROOT else pwd.getpwuid(0).pw_name
        self.home = folder / "home"
        self.home.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)
        self._own_home = own_home
        self._kinds = host_keys
        self._users: list[str] = []
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        self.user_key = make_key(folder / "user_key")
        self.authorized_keys = folder / "authorized_keys"
        shutil.copy(folder / "user_key.pub", self.authorized_keys)
        self.authorized_keys.chmod(0o644)
        self.known_hosts = folder / "known_hosts"
        self.swap_host_keys()
        self.start()

    # -- what it is ---------------------------------------------------------------------------------------------

    def host_key(self, kind: str = "ed25519") -> Path:
        """The public host key file of a kind."""
        return self.folder / f"host_{kind}.pub"

    def fingerprint(self, kind: str = "ed25519") -> str:
        """``SHA256:…`` of a host key."""
        return fingerprint(self.host_key(kind))

    def known_hosts_line(self, kind: str = "ed25519", name: str | None = None) -> str:
        """The line a client's known_hosts needs."""
        key_type, key = self.host_key(kind).read_text().split()[:2]
        return f"{name or f'[{self.host}]:{self.port}'} {key_type} {key}\n"

    def machine(self, name: str = "box", transport: str = "ssh", port: int | None = None, user: str = "") -> Machine:
        """The machine as an entry of our own list would describe it."""
        return Machine(
            name=name,
            host=self.host,
            user=user or self.user,
            port=port or self.port,
            identity_file=str(self.user_key),
            transport=transport,
        )

    def ssh_config(self, alias: str = "box", port: int | None = None, **extra: str) -> str:
        """A ``Host`` block for this server; ``extra`` are more keywords."""
        lines = {
            "HostName": self.host,
            "Port": str(port or self.port),
            "User": self.user,
            "IdentityFile": str(self.user_key),
            "IdentitiesOnly": "yes",
            "UserKnownHostsFile": str(self.known_hosts),
            **extra,
        }
        return f"Host {alias}\n" + "".join(f"  {key} {value}\n" for key, value in lines.items())

    def log(self) -> str:
        """Everything the server logged so far."""
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    # -- what can happen to it ----------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the listener on its port and wait until it answers; a no-op while it runs."""
        if self._process is not None and self._process.poll() is None:
            return
        if IS_ROOT:
            os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
        config = self.folder / "sshd_config"
        config.write_text(self._config())
        argv = [SSHD, "-D", "-f", str(config), "-E", str(self.folder / "log")]
        self._process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, start_new_session=True)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise RuntimeError(f"sshd did not start:\n{self.log()[-2000:]}")
            with contextlib.suppress(OSError), socket.create_connection((self.host, self.port), 5) as probe:
                if probe.recv(8).startswith(b"SSH-"):
                    return
            time.sleep(0.01)
        raise RuntimeError(f"sshd does not answer:\n{self.log()[-2000:]}")

    def restart(self, **options: str) -> None:
        """Stop the listener and all sessions, change options, start again on the same port."""
        self.kill()
        self.options.update(options)
        self.start()

    def stop_listening(self) -> None:
        """End the listener; sessions stay. New connections are refused."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def kill(self) -> None:
        """``kill -9`` of the listener and of every session's sshd; what the sessions started is left alone."""
        victims = self.session_pids()
        self.stop_listening()
        for pid in victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def kill_sessions(self) -> int:
        """``kill -9`` of every session's sshd; how many there were. The listener stays."""
        victims = self.session_pids()
        for pid in victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return len(victims)

    def pause(self) -> None:
        """Stop (``SIGSTOP``) listener and sessions: connections are accepted by the kernel, nothing answers."""
        self._signal_all(signal.SIGSTOP)

    def resume(self) -> None:
        """Undo `pause`."""
        self._signal_all(signal.SIGCONT)

    def swap_host_keys(self) -> None:
        """New host keys; a running server needs `restart` to use them. ``known_hosts`` keeps the first ones."""
        for kind in self._kinds:
            make_key(self.folder / f"host_{kind}", kind)
        if not self.known_hosts.exists():
            self.known_hosts.write_text("".join(self.known_hosts_line(kind) for kind in self._kinds))

    def add_user(self, shell: str = "/bin/sh", password: str | None = None) -> str:
        """A real account with its own home under ``users/`` (root only); the same key may log in."""
        if not IS_ROOT:
            raise PermissionError("only root can add accounts")
        name = "jmlx" + secrets.token_hex(4)
        home = self.folder / "users" / name
        home.parent.mkdir(exist_ok=True)
        coded = "*"
        if password is not None:
            argv = ["openssl", "passwd", "-6", "-stdin"]
            coded = subprocess.run(argv, input=password, check=True, capture_output=True, text=True).stdout.strip()
        argv = ["useradd", "-m", "-d", str(home), "-s", shell, "-p", coded, name]
        subprocess.run(argv, check=True, capture_output=True)
        self._users.append(name)
        for parent in home.parents:  # pytest's folders are 0700, the account has to get through
            if parent == Path("/tmp") or parent == parent.parent:
                break
            parent.chmod(parent.stat().st_mode | 0o011)
        return name

    @contextlib.contextmanager
    def packets_dropped(self) -> Iterator[None]:
        """Drop every packet to and from the port, silently (root and iptables only)."""
        rules = [["INPUT", "-p", "tcp", side, str(self.port), "-j", "DROP"] for side in ("--dport", "--sport")]
        try:
            for rule in rules:
                subprocess.run(["iptables", "-I", *rule], check=True, capture_output=True)
            yield
        finally:
            for rule in rules:
                subprocess.run(["iptables", "-D", *rule], check=False, capture_output=True)

    def session_pids(self) -> list[int]:
        """Process ids of the sshd processes that serve connections."""
        if self._process is None:
            return []
        return [pid for pid in _descendants(self._process.pid) if _command_name(pid).startswith("sshd")]

    def close(self) -> None:
        """End everything, accounts included."""
        self.resume()
        started = [] if self._process is None else _descendants(self._process.pid)
        self.kill()
        for pid in started:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for name in self._users:
            subprocess.run(["userdel", "-f", name], check=False, capture_output=True)

    # -- inside -------------------------------------------------------------------------------------------------

    def _signal_all(self, number: signal.Signals) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        for pid in [self._process.pid, *self.session_pids()]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def _config(self) -> str:
        defaults = {
            "ListenAddress": self.host,
            "Port": str(self.port),
            "PidFile": "none",
            "AuthorizedKeysFile": str(self.authorized_keys),
            "StrictModes": "no",
            "UsePAM": "no",
            "PasswordAuthentication": "no",
            "KbdInteractiveAuthentication": "no",
            "PermitRootLogin": "yes",
            "UseDNS": "no",
            "PrintMotd": "no",
            "MaxStartups": "100:30:200",
            "LogLevel": "VERBOSE",
            "LoginGraceTime": "60",
        }
        chosen = {**defaults, **self.options}
        keys = [f"HostKey {self.folder / f'host_{kind}'}" for kind in self._kinds]
        home = [f"Match User {self.user}", f"SetEnv HOME={self.home}"] if self._own_home else []
        return "\n".join([*(f"{key} {value}" for key, value in chosen.items()), *keys, *home]) + "\n"


def _parents() -> dict[int, int]:
    found: dict[int, int] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                stat = Path(f"/proc/{entry}/stat").read_text(errors="replace")
                found[int(entry)] = int(stat[stat.rindex(")") + 1 :].split()[1])
    return found


def _descendants(root: int) -> list[int]:
    parents = _parents()
    found, frontier = [], {root}
    while frontier:
        frontier = {pid for pid, parent in parents.items() if parent in frontier}
        found.extend(sorted(frontier))
    return found


def _command_name(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return ""
