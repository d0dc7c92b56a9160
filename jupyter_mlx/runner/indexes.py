"""Where this machine gets its packages from: pip's own configuration, handed to uv.

An SSH session has none of the variables of the user's shell, but the machine's files still say which index, which
certificates and which proxy to use.
"""

import os
from typing import Dict, List, Mapping

_SECTIONS = ("global", "install", "download")
_LISTS = ("extra-index-url", "find-links", "trusted-host")
_NAMES = ("index-url", "no-index", "cert", "proxy", *_LISTS)
_CERTIFICATES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Alpine
    "/etc/pki/tls/certs/ca-bundle.crt",  # Red Hat
    "/etc/ssl/ca-bundle.pem",  # SUSE
    "/etc/ssl/cert.pem",
)


def pip_settings(environ: Mapping[str, str]) -> Dict[str, str]:
    """What pip is told about indexes by their names; later sources win, as in pip. Lists are separated by blanks."""
    found: Dict[str, str] = {}
    for path in _files(environ):
        found.update(_read(path))
    for name in _NAMES:
        value = environ.get("PIP_" + name.upper().replace("-", "_"))
        if value:
            found[name] = value
    return {name: " ".join(value.split()) for name, value in found.items()}


def uv_variables(environ: Mapping[str, str]) -> Dict[str, str]:
    """Variables that make uv use the same; what is set in the environment already is left alone."""
    pip = pip_settings(environ)
    wanted: Dict[str, str] = {"UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1"}  # the newer name and the older
    if "index-url" in pip:
        wanted["UV_DEFAULT_INDEX"] = wanted["UV_INDEX_URL"] = pip["index-url"]
    if "extra-index-url" in pip:
        wanted["UV_EXTRA_INDEX_URL"] = pip["extra-index-url"]
        wanted["UV_INDEX_STRATEGY"] = "unsafe-best-match"  # what pip does: the machine's owner chose these indexes
    if "find-links" in pip:
        places = [place for place in pip["find-links"].split() if "://" in place or os.path.exists(place)]
        if places:  # pip warns of a folder that is not there, uv would fail
            wanted["UV_FIND_LINKS"] = ",".join(places)
    if pip.get("no-index", "").lower() in ("1", "true", "yes", "on"):
        wanted["UV_NO_INDEX"] = "1"
    if "trusted-host" in pip:
        wanted["UV_INSECURE_HOST"] = pip["trusted-host"]
    if "proxy" in pip:
        wanted["HTTPS_PROXY"] = wanted["HTTP_PROXY"] = pip["proxy"]
    certificates = [pip["cert"]] if pip.get("cert") else [path for path in _CERTIFICATES if os.path.exists(path)]
    if certificates:
        wanted["SSL_CERT_FILE"] = certificates[0]
    taken = {name.upper() for name in environ}
    return {name: value for name, value in wanted.items() if name not in taken}


def _files(environ: Mapping[str, str]) -> List[str]:
    """The configuration files of pip, the strongest last."""
    if environ.get("PIP_CONFIG_FILE") == os.devnull:
        return []
    home = environ.get("HOME") or os.path.expanduser("~")
    config = environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
    shared = environ.get("XDG_CONFIG_DIRS") or "/etc/xdg"
    system = [os.path.join(folder, "pip", "pip.conf") for folder in shared.split(":")]
    user = [os.path.join(home, ".pip", "pip.conf"), os.path.join(config, "pip", "pip.conf")]
    named = [environ["PIP_CONFIG_FILE"]] if environ.get("PIP_CONFIG_FILE") else []
    return [*system, "/etc/pip.conf", *user, *named]


def _read(path: str) -> Dict[str, str]:
    import configparser

    parser = configparser.RawConfigParser()
    try:
        if not parser.read(path, encoding="utf-8"):
            return {}
    except (configparser.Error, ValueError, OSError):  # a broken file is pip's trouble, not a run's
        return {}
    found = {}
    for section in _SECTIONS:
        if parser.has_section(section):
            for key, value in parser.items(section):
                name = key.replace("_", "-").lower()
                if name in _NAMES and value:
                    found[name] = value
    return found
