"""The key a host shows, fetched without trusting it and without showing it anything of ours.

``ssh`` itself does it, into a known_hosts of its own that is thrown away: so ProxyCommand and jumps work as they will
for the real connection, which ssh-keyscan could not do.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from ..errors import UnreachableError
from .destination import Destination
from .known_hosts import read_known_hosts
from .openssh_errors import explained

PROBE_S = 28.0


def fetch_host_key(ssh: list[str], hop: Destination) -> bytes:
    """The key blob. ``ssh`` is the binary with the options of the way there. Raises `UnreachableError` and its kin."""
    with tempfile.TemporaryDirectory(prefix="jupyter_mlx-") as folder:
        target = Path(folder) / "known_hosts"
        options = [
            f"UserKnownHostsFile={target}",
            "GlobalKnownHostsFile=/dev/null",
            "StrictHostKeyChecking=accept-new",
            "HashKnownHosts=no",
            "UpdateHostKeys=no",
            "PreferredAuthentications=none",
            "PubkeyAuthentication=no",
            "BatchMode=yes",
            "ConnectTimeout=15",
            "ControlMaster=no",
            "ControlPath=none",
            "ClearAllForwardings=yes",
            "ForwardAgent=no",
            "PermitLocalCommand=no",
            "RemoteCommand=none",
            "KnownHostsCommand=none",
        ]
        argv = [
            *ssh,
            "-T",
            "-l",
            hop.user,
            "-p",
            str(hop.port),
            *(f"-o{one}" for one in options),
            "--",
            hop.alias,
            "true",
        ]
        try:
            done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=PROBE_S, check=False)
        except subprocess.TimeoutExpired:
            raise UnreachableError(
                f"{hop.label} showed no host key within {PROBE_S:.0f} s", field="host", hint=f"try: ssh {hop.alias}"
            ) from None
        lines = list(read_known_hosts(target, []))
        if not lines:
            raise explained(done.stderr.decode("utf-8", "replace"), hop)
        return lines[0].key
