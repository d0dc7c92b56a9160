"""Where a connection goes and how: the settings of ssh_config that we use, ready to be used."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .address import checked_host, checked_port, checked_user, known_hosts_name
from .ssh_config import Values
from .ssh_tokens import expand_path, home, local_user, tokens_for

_DEFAULT_KEYS = ("id_rsa", "id_ecdsa", "id_ed25519")
# What `ssh -G` prints where nothing is named: that is not a choice of the user's.
_DEFAULT_NAMES = frozenset(
    f"~/.ssh/{name}"
    for name in ("id_rsa", "id_ecdsa", "id_ecdsa_sk", "id_ed25519", "id_ed25519_sk", "id_xmss", "id_dsa", "id_mldsa44")
)
_SYSTEM_KNOWN_HOSTS = ("/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2")


@dataclass(frozen=True)
class Destination:
    """One host to log in to, with everything its configuration says that we use."""

    alias: str  # as it was asked for
    host: str
    port: int
    user: str
    identity_files: list[str] = field(default_factory=list)
    named_identities: bool = False  # False: the files are only the defaults
    certificate_files: list[str] = field(default_factory=list)
    identities_only: bool = False
    identity_agent: str | None = None  # path of the agent's socket, None where none is to be used
    proxy_jump: str | None = None
    proxy_command: str | None = None
    known_hosts: list[Path] = field(default_factory=list)  # the user's, then the system's
    host_key_alias: str | None = None
    address_family: str = "any"
    values: Values = field(default_factory=dict)  # all that was said, for rare questions

    @property
    def key_name(self) -> str:
        """The name its host key is filed under."""
        return self.host_key_alias or known_hosts_name(self.host.lower(), self.port)

    @property
    def label(self) -> str:
        """``user@host`` or ``user@host:port``, for people."""
        return f"{self.user}@{self.host}" + ("" if self.port == 22 else f":{self.port}")

    def is_set(self, keyword: str, *off: str) -> bool:
        """Whether a keyword has a value other than ``none``, ``no`` and those in ``off``."""
        value = " ".join(self.values.get(keyword, [])).strip().lower()
        return value not in ("", "none", "no", "false", *off)


def _one(values: Values, keyword: str, default: str = "") -> str:
    found = values.get(keyword, [])
    return found[0] if found and found[0].lower() != "none" else default


def destination_from(name: str, values: Values) -> Destination:
    """What the configuration's values mean for ``ssh name``. Raises InputError."""
    user = checked_user(_one(values, "user", local_user()))
    port = checked_port(_one(values, "port", "22"))
    host = checked_host(_one(values, "hostname", name), "HostName").lower()
    alias = _one(values, "hostkeyalias") or None
    tokens = tokens_for(name, host, port, user, alias)
    named = values.get("identityfile", [])
    files = [expand_path(one, tokens, "IdentityFile") for one in named if one.lower() != "none"]
    defaults = [str(Path(home()) / ".ssh" / one) for one in _DEFAULT_KEYS]
    certificates = [expand_path(one, tokens, "CertificateFile") for one in values.get("certificatefile", [])]
    return Destination(
        alias=name,
        host=host,
        port=port,
        user=user,
        identity_files=files if named else defaults,
        named_identities=not _DEFAULT_NAMES.issuperset(named),
        certificate_files=[one for one in certificates if one != "none"],
        identities_only=_one(values, "identitiesonly").lower() in ("yes", "true"),
        identity_agent=_agent(values, tokens),
        proxy_jump=_one(values, "proxyjump") or None,
        proxy_command=_one(values, "proxycommand") or None,
        known_hosts=_known_hosts(values, tokens),
        host_key_alias=alias,
        address_family=_one(values, "addressfamily", "any").lower(),
        values=values,
    )


def _agent(values: Values, tokens: Mapping[str, str]) -> str | None:
    said = values.get("identityagent", ["SSH_AUTH_SOCK"])[0]
    if said.lower() == "none":
        return None
    if said == "SSH_AUTH_SOCK":
        return os.environ.get("SSH_AUTH_SOCK") or None
    if said.startswith("$"):
        return os.environ.get(said.strip("${}")) or None
    return expand_path(said, tokens, "IdentityAgent")


def _known_hosts(values: Values, tokens: Mapping[str, str]) -> list[Path]:
    """The user's files, then the system's. ``ssh -G`` has expanded the user's already, and joined them by blanks."""
    ssh = Path(home()) / ".ssh"
    theirs = values.get("userknownhostsfile", [])
    if len(theirs) == 1:
        theirs = _split_paths(theirs[0])
    own_defaults = os.path.join(os.path.expanduser(f"~{local_user()}"), ".ssh", "known_hosts")
    if not theirs or theirs[0] == own_defaults or theirs[0] == "~/.ssh/known_hosts":
        user_files = [ssh / "known_hosts", ssh / "known_hosts2"]
    else:
        user_files = [Path(expand_path(one, tokens, "UserKnownHostsFile")) for one in theirs if one.lower() != "none"]
    system = values.get("globalknownhostsfile", list(_SYSTEM_KNOWN_HOSTS))
    if len(system) == 1:
        system = _split_paths(system[0])
    return [*user_files, *(Path(one) for one in system if one.lower() != "none")]


def _split_paths(joined: str) -> list[str]:
    """Paths that were printed with blanks between them, though they may hold blanks: a new one begins with / or ~."""
    found: list[str] = []
    for word in joined.split(" "):
        if found and not word.startswith(("/", "~")) and word.lower() != "none":
            found[-1] += " " + word
        else:
            found.append(word)
    return found
