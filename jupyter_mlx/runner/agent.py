"""The agent: answers one client over a pipe for as long as the pipe lives. It owns nothing; all state is in files.

One thread reads. It takes blobs, acknowledgements, pings and inbox messages itself, in their order; every other request
gets a thread of its own, so that none waits for another.
"""

import os
import signal
import sys
import threading
import time
import zlib
from typing import Any, BinaryIO, Dict, List, Optional

from . import PROTOCOL
from .blobs import BlobStore
from .boot import boot_id
from .fields import Fields
from .frames import Frame, FrameError, read_frame
from .layout import Root
from .ops import OPS, Request, existing_run, inbox
from .refusal import Refusal, refusal_for
from .unpacked import import_all, runner_digest
from .wire import SILENCE_S, PeerGone, Wire, private_stdout, watch_over

MAX_REQUESTS = 64  # at work at once; the next waits unread
MAX_FOLLOWS = 256
MAX_CHUNK = 4 << 20  # bytes of a blob in one frame, unpacked


class Agent:
    """One conversation."""

    def __init__(self, root: Root, wire: Wire) -> None:
        self._root = root
        self._wire = wire
        self._blobs = BlobStore(root.blobs)
        self._room = threading.Semaphore(MAX_REQUESTS)
        self._follows: Dict[int, Any] = {}
        self._lost: Dict[str, Refusal] = {}  # blobs that arrived and could not be stored

    def serve(self) -> int:
        """Answer until the client leaves; the exit status."""
        try:
            self._wire.send(hello(self._root))
            import_all()
            self._in_thread(self._look_around)
            while True:
                frame = read_frame(self._wire.receive)
                if frame is None:
                    return 0
                self._take(frame)
        except PeerGone:
            return 0
        except FrameError as error:
            sys.stderr.write("the client sent no frame: %s\n" % error)
            return 1

    def _look_around(self) -> None:
        from . import follow, runs, submit  # what the first requests will need
        from .launch import start_forgotten
        from .unpacked import home, unpack

        start_forgotten(self._root)
        unpack(home())

    def _in_thread(self, work: Any, *arguments: Any) -> None:
        def guarded() -> None:
            try:
                work(*arguments)
            except PeerGone:
                os._exit(0)
            except Exception as error:  # noqa: BLE001 - nobody else would hear of it
                sys.stderr.write("%s: %s\n" % (type(error).__name__, error))

        threading.Thread(target=guarded, daemon=True).start()

    def _take(self, frame: Frame) -> None:
        header = frame.header
        op = header.get("op")
        if op == "blob":
            self._blob(Fields(header), frame.body)
        elif op in ("ack", "unfollow"):
            self._steer(str(op), header)
        elif op == "ping":
            self._answer(header, lambda send: send({"time": time.time()}))
        elif op == "inbox":
            self._answer(header, lambda send: inbox(self._request(header, send)))
        elif op == "follow":
            self._in_thread(self._answer, header, lambda send: self._follow(header, send))
        else:
            self._room.acquire()
            self._in_thread(self._work, str(op), header)

    def _work(self, op: str, header: Dict[str, Any]) -> None:
        try:
            self._answer(header, lambda send: self._op(op, header, send))
        finally:
            self._room.release()

    def _op(self, op: str, header: Dict[str, Any], send: Any) -> None:
        deed = OPS.get(op)
        if deed is None:
            raise Refusal("input", "this agent knows no operation %.40r" % op, field="op")
        if op in ("submit", "have"):
            send = self._unless_lost(send)
        deed(self._request(header, send))

    def _request(self, header: Dict[str, Any], send: Any) -> Request:
        return Request(self._root, self._blobs, Fields(header), send)

    def _answer(self, header: Dict[str, Any], work: Any) -> None:
        """Do the work of one request; whatever goes wrong with it becomes the reply."""
        number = header.get("n")
        if type(number) is not int:
            number = None

        def send(fields: Dict[str, Any], body: bytes = b"") -> None:
            self._wire.send({**fields, "n": number}, body)

        try:
            work(send)
        except PeerGone:
            raise
        except Exception as error:  # noqa: BLE001 - the client has to hear of any failure, and the next request be served
            send({"error": refusal_for(error, self._root.folder).as_dict()})

    def _blob(self, fields: Fields, body: bytes) -> None:
        """Take a piece of a blob. There is no reply: what could not be stored is told when it is asked for."""
        blob_id, size = "", 0
        try:
            blob_id = fields.digest("id")
            size, offset = fields.number("size"), fields.number("offset", 0)
            if fields.flag("z"):
                body = _unpacked(body)
            if self._blobs.receive(blob_id, size, offset, body):
                self._lost.pop(blob_id, None)
        except (Refusal, OSError) as error:
            if len(self._lost) < MAX_FOLLOWS:
                self._lost[blob_id] = refusal_for(error, self._root.blobs, size)

    def _unless_lost(self, send: Any) -> Any:
        """A `send` that names the cause where blobs are missing because they could not be stored."""

        def checked(fields: Dict[str, Any], body: bytes = b"") -> None:
            for blob_id in fields.get("missing", []):
                cause = self._lost.pop(blob_id, None) or self._lost.pop("", None)
                if cause:
                    raise cause
            send(fields, body)

        return checked

    def _follow(self, header: Dict[str, Any], send: Any) -> None:
        from .follow import Follow

        number = header.get("n")
        if type(number) is not int or number in self._follows:
            raise Refusal("input", "a follow needs a number of its own", field="n")
        if len(self._follows) >= MAX_FOLLOWS:
            raise Refusal("limit", "more than %d runs followed over one connection" % MAX_FOLLOWS)
        request = self._request(header, send)
        follow = Follow(existing_run(request), request.fields.number("offset", 0), send)
        self._follows[number] = follow
        try:
            follow.run()
        finally:
            del self._follows[number]

    def _steer(self, op: str, header: Dict[str, Any]) -> None:
        number, offset = header.get("follow"), header.get("offset")
        follow = self._follows.get(number) if type(number) is int else None
        if follow and op == "unfollow":
            follow.stop()
        elif follow and type(offset) is int:
            follow.ack(offset)


def _unpacked(body: bytes) -> bytes:
    try:
        unpacker = zlib.decompressobj()
        data = unpacker.decompress(body, MAX_CHUNK)
    except zlib.error as error:
        raise Refusal("input", "a blob's piece cannot be unpacked: %s" % error) from None
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise Refusal("limit", "a blob's piece is cut or larger than %d bytes" % MAX_CHUNK)
    return data


def hello(root: Root) -> Dict[str, Any]:
    """What the agent says first: who and where it is."""
    import pwd

    system = os.uname()
    try:
        user = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        user = str(os.getuid())
    return {
        "op": "hello",
        "protocol": PROTOCOL,
        "runner": runner_digest(),
        "root": root.folder,
        "boot_id": boot_id(),
        "time": time.time(),
        "python": "%d.%d.%d" % sys.version_info[:3],
        "platform": sys.platform,
        "machine": system.machine,
        "libc": _libc(),
        "pid": os.getpid(),
        "user": user,
        "hostname": system.nodename,
    }


def _libc() -> str:
    try:
        return os.confstr("CS_GNU_LIBC_VERSION") or "unknown"
    except (ValueError, OSError, AttributeError):
        return "unknown"


def main(arguments: List[str], stdin: Optional[BinaryIO] = None) -> int:
    """Be the agent: ``--root FOLDER [--silence SECONDS]``. ``stdin``: the stream, where some of it was read before."""
    options = dict(zip(arguments[::2], arguments[1::2]))
    root = Root(os.path.abspath(os.path.expanduser(options.get("--root", "~/.jupyter_mlx"))))
    for ignored in (signal.SIGHUP, signal.SIGPIPE, signal.SIGINT):  # the end of the pipe ends us, nothing sooner
        signal.signal(ignored, signal.SIG_IGN)
    os.umask(0o077)
    wire = Wire(stdin or sys.stdin.buffer, private_stdout())
    watch_over(wire, float(options.get("--silence", SILENCE_S)))
    try:
        root.prepare()
    except OSError as error:
        cause = refusal_for(error, os.path.dirname(root.folder))
        wire.send({"op": "hello", "protocol": PROTOCOL, "error": cause.as_dict()})
        return 3
    status = Agent(root, wire).serve()
    sys.stderr.flush()
    os._exit(status)  # threads of requests may still be at work; what they do is safe to leave at any point
