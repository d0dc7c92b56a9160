"""The sockets to a kernel: messages in and out, over files in a private folder, never over a port."""

import os
from typing import Any, Dict, List, Optional

import zmq
from jupyter_client.session import Session

from .place import PORTS

Message = Dict[str, Any]

_RECEIVE_AHEAD = 64  # iopub messages held here; more wait in the kernel, which does not drop them (pacing.py)
_REPLAYS = 1024  # signatures remembered; the default would hold some MB


class Channels:
    """A client's ends of shell, control, iopub and stdin."""

    def __init__(self, info: Dict[str, Any], foreign: bool) -> None:
        self.session = Session(key=info["key"].encode("ascii"), digest_history_size=_REPLAYS)
        self._context = zmq.Context()
        self._prefix = info["ip"]
        identity = os.urandom(16).hex().encode("ascii")
        self.shell = self._connect(zmq.DEALER, "shell_port", identity)
        self.stdin = self._connect(zmq.DEALER, "stdin_port", identity)
        self.control = self._connect(zmq.DEALER, "control_port", identity)
        # A kernel that cannot be told to wait drops what we do not take: then we take all there is.
        self.iopub = self._connect(zmq.SUB, "iopub_port", ahead=0 if foreign else _RECEIVE_AHEAD)
        self._leaving = self.iopub.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        self._poller = zmq.Poller()
        for socket in (self.shell, self.stdin, self.control, self.iopub):
            self._poller.register(socket, zmq.POLLIN)

    def _connect(self, kind: int, port: str, identity: bytes = b"", ahead: Optional[int] = None) -> "zmq.Socket[bytes]":
        socket = self._context.socket(kind)
        socket.linger = 0
        socket.setsockopt(zmq.RECONNECT_IVL, 10)  # ms: the kernel binds its sockets one after the other
        if identity:
            socket.setsockopt(zmq.IDENTITY, identity)
        if ahead is not None:
            socket.setsockopt(zmq.RCVHWM, ahead)
        if kind == zmq.SUB:
            socket.setsockopt(zmq.SUBSCRIBE, b"")
        socket.connect("ipc://%s-%d" % (self._prefix, PORTS[port]))
        return socket

    def wait(self, seconds: float) -> "List[zmq.Socket[bytes]]":
        """The sockets on which a message waits, after at most some seconds."""
        return [socket for socket, _ in self._poller.poll(int(seconds * 1000))]

    def send(self, socket: "zmq.Socket[bytes]", kind: str, content: Dict[str, Any], parent: Any = None) -> str:
        """Send a request; its id."""
        message = self.session.msg(kind, content=content, parent=parent)
        self.session.send(socket, message)
        return str(message["header"]["msg_id"])

    def receive(self, socket: "zmq.Socket[bytes]") -> Optional[Message]:
        """The next message of a socket, None where none waits or where it is not for us (a bad signature)."""
        try:
            message = self.session.recv(socket, mode=zmq.NOBLOCK)[1]
        except (ValueError, TypeError, KeyError):  # whatever else speaks on the socket is not the kernel
            return {"msg_type": "", "header": {}, "parent_header": {}, "content": {}, "metadata": {}}
        return message

    def drain(self, socket: "zmq.Socket[bytes]") -> List[Message]:
        """All messages that wait on a quiet socket."""
        return list(iter(lambda: self.receive(socket), None))

    @property
    def left(self) -> bool:
        """Whether the kernel once closed its output socket: its user's code is over then."""
        return bool(self._leaving.poll(0))

    def close(self) -> None:
        """Close all sockets; what was not sent is dropped."""
        self.iopub.disable_monitor()
        self._context.destroy(linger=0)
