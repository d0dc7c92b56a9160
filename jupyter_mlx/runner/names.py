"""Names that came from another machine, judged in one place."""

import re

MAX_NAME = 255  # bytes of one path component, as most file systems have it
MAX_PATH = 4000  # bytes of a whole relative path

RUN_ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}\Z")  # a ULID
SHA256 = re.compile(r"[0-9a-f]{64}\Z")


class UnsafeNameError(ValueError):
    """The name could leave its folder or cannot exist; the message says why."""


def safe_name(name):
    # type: (str) -> str
    """One path component that is safe below any folder, returned unchanged.

    Hostile looks are fine (quotes, newlines, a leading dash); what is refused could leave the folder
    or not be a name at all. Raises `UnsafeNameError`.
    """
    if name in ("", ".", ".."):
        raise UnsafeNameError("%r is not a file name" % name)
    if "/" in name or "\0" in name:
        raise UnsafeNameError("%r holds a separator or NUL" % name[:80])
    try:
        size = len(name.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:
        raise UnsafeNameError("%r is not text a file system can hold" % name[:80]) from None
    if size > MAX_NAME:
        raise UnsafeNameError("a name of %d bytes is longer than %d" % (size, MAX_NAME))
    return name


def safe_path(path):
    # type: (str) -> str
    """A relative POSIX path of safe names, returned unchanged. Raises `UnsafeNameError`."""
    if len(path) > MAX_PATH:
        raise UnsafeNameError("a path of %d characters is longer than %d" % (len(path), MAX_PATH))
    if path.startswith("/"):
        raise UnsafeNameError("%r is not relative" % path[:80])
    for part in path.split("/"):
        safe_name(part)
    return path


def safe_run_id(run_id):
    # type: (object) -> str
    """A run id, returned unchanged. Raises `UnsafeNameError`."""
    if not isinstance(run_id, str) or not RUN_ID.match(run_id):
        raise UnsafeNameError("%r is not a run id" % str(run_id)[:40])
    return run_id


def safe_digest(digest):
    # type: (object) -> str
    """A sha256 in hex, returned unchanged. Raises `UnsafeNameError`."""
    if not isinstance(digest, str) or not SHA256.match(digest):
        raise UnsafeNameError("%r is not a sha256" % str(digest)[:80])
    return digest
