"""What only the user's own ``ssh`` can do; a machine that needs it gets it."""

from __future__ import annotations

import os

from .destination import Destination
from .key_files import inspect


def why_openssh(route: list[Destination]) -> str | None:
    """The first reason why a route needs the system's ``ssh``; None where it does not."""
    for hop in route:
        why = _why(hop)
        if why:
            return f"{hop.alias} {why}"
    return None


def _why(hop: Destination) -> str | None:
    if hop.is_set("pkcs11provider"):
        return "keeps its key on a smart card (PKCS11Provider)"
    if hop.is_set("knownhostscommand"):
        return "gets its host key from a program (KnownHostsCommand)"
    found = [inspect(path) for path in hop.identity_files]
    usable = [one for one in found if one.problem is None]
    if not usable and any("FIDO" in (one.problem or "") for one in found):
        return "needs a FIDO key"
    if hop.is_set("gssapiauthentication") and not usable and not hop.identity_agent and has_ticket():
        return "is entered with a Kerberos ticket (GSSAPIAuthentication)"
    return None


def has_ticket() -> bool:
    """Whether a Kerberos ticket cache seems to be there. Debian's ssh_config turns GSSAPI on for everybody."""
    cache = os.environ.get("KRB5CCNAME", f"FILE:/tmp/krb5cc_{os.getuid()}")
    kind, colon, place = cache.partition(":")
    if not colon:
        kind, place = "FILE", cache
    return kind in ("KEYRING", "KCM", "API", "MSLSA") or os.path.exists(place)
