"""What each operation of the protocol does (docs/formats.md, "Frames"). Modules that are seldom needed come in late."""

import json
import os
import time
from typing import Any, Callable, Dict, NamedTuple

from .fields import Fields
from .layout import Root, RunPaths
from .refusal import Refusal

Send = Callable[..., None]  # send(fields, body=b""): a frame with the request's number
PIECE = 1 << 18
MAX_HAVE = 1 << 19  # bytes of ids in a reply, which is one frame


class Request(NamedTuple):
    """One request: what it may use and where its frames go."""

    root: Root
    blobs: Any  # BlobStore
    fields: Fields
    send: Send


def have(request: Request) -> None:
    """Which of the given blobs are missing, and how much of those arrived."""
    missing = [blob for blob in dict.fromkeys(request.fields.digests("ids")) if not request.blobs.has(blob)]
    sizes = {blob: request.blobs.partial(blob) for blob in missing}
    request.send({"missing": missing, "partial": {blob: size for blob, size in sizes.items() if size}})


def submit(request: Request) -> None:
    """Accept a run, or say what is missing."""
    from .submit import submit as accept

    reply = accept(request.root, request.blobs, request.fields.object("spec"))
    missing = reply.get("missing")
    if missing and len(missing) > MAX_HAVE // 67:
        reply["missing"] = missing[: MAX_HAVE // 67]  # the rest comes up at the next submit
    request.send(reply)


def runs(request: Request) -> None:
    """Every run here, one a frame."""
    from .launch import start_forgotten
    from .runs import describe

    since = request.fields.text("since", "")
    start_forgotten(request.root)
    for run_id in request.root.run_ids():
        if run_id > since:
            request.send({"run": describe(request.root.run(run_id), settling=True)})
    request.send({"end": True})


def status(request: Request) -> None:
    """One run; a dead one gets its verdict first."""
    from .launch import start_supervisor, waits_for_start
    from .runs import describe

    paths = existing_run(request)
    if waits_for_start(paths):
        start_supervisor(paths)
    request.send({"run": describe(paths, settling=True)})


def spec(request: Request) -> None:
    """The bytes of a run's spec.json."""
    paths = existing_run(request)
    with open(paths.spec, "rb") as source:
        _pour(request.send, source.fileno(), 0, os.fstat(source.fileno()).st_size)


def read(request: Request) -> None:
    """A range of a file of a run."""
    from .reading import open_file

    fields = request.fields
    paths = existing_run(request)
    fd, size = open_file(request.root, paths, fields.text("area"), fields.text("path", ""))
    try:
        start = min(fields.number("offset", 0), size)
        _pour(request.send, fd, start, min(size, start + fields.number("length", size)), size)
    finally:
        os.close(fd)


def inbox(request: Request) -> None:
    """Put a message into a run's inbox."""
    from .journal import MAX_PAYLOAD, Journal, dumps
    from .verdict import read_exit

    message = request.fields.object("message")
    if not isinstance(message.get("type"), str):
        raise Refusal("input", "a message has a type", field="message")
    message.setdefault("t", time.time())
    if len(dumps(message)) > MAX_PAYLOAD:
        raise Refusal("limit", "a message of more than %d bytes" % MAX_PAYLOAD, field="message")
    paths = existing_run(request)
    if read_exit(paths):
        raise Refusal("conflict", "run %s is over" % paths.id, field="run")
    box = Journal(paths.inbox)
    try:
        request.send({"seq": box.append(message, durable=True)})
    finally:
        box.close()


def probe(request: Request) -> None:
    """The facts of this machine; where asked for, each check as soon as it is known."""
    from .probe import probe as look

    def tell(check: Dict[str, Any]) -> None:
        if each:
            request.send({"check": check})

    each = request.fields.flag("each")
    request.send({"facts": look(request.root.folder, tell), "end": True})


def gc(request: Request) -> None:
    """Clear what no kept run needs."""
    from .gc import Collection

    fields = request.fields
    dry_run = fields.flag("dry_run")
    collection = Collection(request.root, fields.run_ids("keep"), fields.real("keep_days", 30.0), dry_run)
    freed = collection.collect()
    items, size = [], 0
    for item in collection.items:
        size += len(json.dumps(item)) + 2
        if size > MAX_HAVE:
            break  # `freed` counts them all
        items.append(item)
    request.send({"freed": freed, "items": items})


def remove(request: Request) -> None:
    """Delete a finished run."""
    from .gc import remove as delete

    request.send({"freed": delete(request.root, existing_run(request))})


def existing_run(request: Request) -> RunPaths:
    """The paths of the run a request names. Raises `Refusal` where there is none."""
    paths = request.root.run(request.fields.run_id())
    if not os.path.isfile(paths.spec):
        raise Refusal("not_found", "there is no run %s on this machine" % paths.id, field="run")
    return paths


def _pour(send: Send, fd: int, start: int, stop: int, size: int = -1) -> None:
    """Send the bytes of a range, then the end with the size of the whole."""
    at = start
    while at < stop:
        data = os.pread(fd, min(PIECE, stop - at), at)
        if not data:
            break
        send({"offset": at}, data)
        at += len(data)
    send({"end": True, "size": stop if size < 0 else size})


OPS: Dict[str, Callable[[Request], None]] = {
    "have": have,
    "submit": submit,
    "runs": runs,
    "status": status,
    "spec": spec,
    "read": read,
    "inbox": inbox,
    "probe": probe,
    "gc": gc,
    "remove": remove,
}
