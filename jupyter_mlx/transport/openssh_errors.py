"""What ``ssh`` says when it fails, as our errors: one table, first match counts."""

from __future__ import annotations

import re
from typing import NamedTuple

from ..errors import AccessError, HostKeyError, InputError, MachineError, MlxError, UnreachableError
from .destination import Destination


class _Rule(NamedTuple):
    """``message`` and ``hint`` may name the groups of ``pattern`` and what `_words` gives."""

    pattern: str
    error: type[MlxError]
    field: str
    message: str
    hint: str


_RULES = [
    _Rule(
        "HOST IDENTIFICATION HAS CHANGED",
        HostKeyError,
        "host_key",
        "the host key of {key_name} has changed{known_from}; now it shows {shown}. Somebody may be in between; "
        "nothing was sent.",
        "ask the administrator whether the machine was made anew; if so: ssh-keygen -R '{key_name}'{in_file}",
    ),
    _Rule(
        "REVOKED HOST KEY|is marked as revoked",
        HostKeyError,
        "host_key",
        "the host key of {key_name} is revoked in known_hosts",
        "do not connect: ask the machine's administrator",
    ),
    _Rule(
        "Host key verification failed|host key is known for",
        HostKeyError,
        "host_key",
        "the host key of {key_name} or of a host before it could not be verified: {last}",
        "known_hosts has no key of a type the host still offers; ask its administrator for the right one",
    ),
    _Rule(
        "Too many authentication failures",
        AccessError,
        "user",
        "{label} refused the login: too many keys were shown",
        "name the right one: IdentityFile and IdentitiesOnly yes in ssh_config",
    ),
    _Rule(
        r"Permission denied \((?P<methods>[^)]*)\)",
        AccessError,
        "user",
        "{label} refused the login; it accepts: {methods}{warnings}",
        "try by hand: ssh {alias}; install a key once: ssh-copy-id {alias}",
    ),
    _Rule(
        r"Could not resolve hostname (?P<name>[^:\s]+)",
        UnreachableError,
        "host",
        "the name {name} cannot be resolved",
        "check the spelling (host, HostName in ssh_config), the VPN and the network",
    ),
    _Rule(
        r"connect to host (?P<name>\S+) port (?P<number>\d+): (?P<why>[^\r\n]+)",
        UnreachableError,
        "host",
        "cannot connect to {name} port {number}: {why}",
        "is the machine on and sshd running, is the port right, does a firewall or VPN stand between?",
    ),
    _Rule(
        "Unable to negotiate|no matching .* found",
        MachineError,
        "host",
        "{label}: {last}",
        "the two SSH programs have no algorithm in common; see KexAlgorithms and HostKeyAlgorithms in ssh_config",
    ),
    _Rule(
        "Bad configuration option|terminating, [0-9]+ bad|Bad owner or permissions",
        InputError,
        "ssh_config",
        "ssh cannot use its configuration: {last}",
        "correct the file it names",
    ),
    _Rule(
        "administratively prohibited",
        MachineError,
        "ProxyJump",
        "a jump host on the way to {label} does not forward connections",
        "its sshd has AllowTcpForwarding no: ask its administrator",
    ),
    _Rule(
        "open failed: connect failed|stdio forwarding failed",
        UnreachableError,
        "host",
        "a jump host cannot reach the next host on the way to {label}: {last}",
        "is the machine on, and are host and port right as seen from the jump host?",
    ),
    _Rule(
        "open failed|Session open refused",
        MachineError,
        "host",
        "{label} lets nobody start a command: {last}",
        "its sshd may have MaxSessions 0, or the account no shell",
    ),
    _Rule(
        "banner|kex_exchange_identification|Connection (?:closed|reset) by|Invalid SSH identification",
        UnreachableError,
        "port",
        "{host} port {port} gave no SSH connection: {last}",
        "is this an SSH port, and is its sshd overloaded (MaxStartups)?",
    ),
]


_EMPTY = re.compile(r"\(exit status|Connection closed by UNKNOWN|Connection to UNKNOWN")


def explained(said: str, target: Destination) -> MlxError:
    """The error behind ``ssh``'s last words; a link that broke where none is recognised."""
    words = _words(said, target)
    for rule in _RULES:
        found = re.search(rule.pattern, said)
        if found:
            words.update({name: (value or "").strip() for name, value in found.groupdict().items()})
            return rule.error(rule.message.format_map(words)[:1500], field=rule.field, hint=rule.hint.format_map(words))
    last = words["last"] or "no word why"
    return UnreachableError(f"ssh to {target.label} ended: {last}", hint=f"try by hand: ssh {target.alias}")


def _words(said: str, target: Destination) -> dict[str, str]:
    shown = re.search(r"SHA256:[A-Za-z0-9+/]{43}", said)
    place = re.search(r"Offending .*key in ([^\r\n]+):(\d+)", said)
    lines = [line.strip() for line in said.splitlines() if line.strip() and not _EMPTY.match(line.strip())]
    unused = [line for line in lines if re.search(r"Load key|bad permissions|no such identity", line)]
    return {
        "alias": target.alias,
        "host": target.host,
        "port": str(target.port),
        "label": target.label,
        "key_name": target.key_name,
        "shown": shown[0] if shown else "another one",
        "known_from": f" (known from {place[1]}:{place[2]})" if place else "",
        "in_file": f" -f '{place[1]}'" if place else "",
        "last": "; ".join(lines[-4:])[:500],
        "warnings": ("; " + "; ".join(dict.fromkeys(unused)))[:500] if unused else "",
    }
