"""The ``%`` tokens, ``~`` and ``${NAME}`` of ssh_config values (ssh_config(5), "TOKENS")."""

from __future__ import annotations

import hashlib
import os
import pwd
import re
import socket
from collections.abc import Mapping

from ..errors import InputError


def home() -> str:
    """The user's home: ``$HOME``, else what the password database says."""
    return os.environ.get("HOME") or pwd.getpwuid(os.getuid()).pw_dir


def local_user() -> str:
    """The user's name on this computer."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def tokens_for(original: str, hostname: str, port: int, user: str, alias: str | None = None) -> dict[str, str]:
    """What each token letter stands for once a destination is known."""
    local = socket.gethostname()
    digest = hashlib.sha1(f"{local}{hostname}{port}{user}".encode(), usedforsecurity=False).hexdigest()
    return {
        "%": "%",
        "C": digest,
        "d": home(),
        "h": hostname,
        "i": str(os.getuid()),
        "j": "",
        "k": alias or original,
        "L": local.split(".")[0],
        "l": local,
        "n": original,
        "p": str(port),
        "r": user,
        "u": local_user(),
    }


def expand(value: str, tokens: Mapping[str, str], what: str) -> str:
    """Replace the tokens. Raises InputError for a letter that means nothing there."""

    def replace(found: re.Match[str]) -> str:
        letter = found.group(1)
        if letter not in tokens:
            raise InputError(f"{what}: %{letter} in {value!r} cannot be used there", field=what)
        return tokens[letter]

    return re.sub(r"%(.?)", replace, value, flags=re.DOTALL)


def expand_path(value: str, tokens: Mapping[str, str], what: str) -> str:
    """A path with ``~``, ``~user``, ``${NAME}`` and tokens replaced. Raises InputError."""
    if value == "~" or value.startswith("~/"):
        value = home().replace("%", "%%") + value[1:]
    elif value.startswith("~"):
        name, slash, rest = value[1:].partition("/")
        try:
            value = pwd.getpwnam(name).pw_dir.replace("%", "%%") + slash + rest
        except KeyError:
            raise InputError(f"{what}: there is no user {name!r} here, as in {value!r}", field=what) from None

    def variable(found: re.Match[str]) -> str:
        content = os.environ.get(found.group(1))
        if content is None:
            raise InputError(f"{what}: the environment has no {found.group(1)}, as in {value!r}", field=what)
        return content.replace("%", "%%")

    return expand(re.sub(r"\$\{([^}]*)\}", variable, value), tokens, what)
