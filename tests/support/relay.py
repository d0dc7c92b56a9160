"""A TCP relay that behaves like a bad network: delay, rate, cut after byte k, silent freeze, RST, refusal.

It runs its own asyncio loop in a thread; every method may be called from any thread. For throughput figures run it as
a process of its own: ``python -m tests.support.relay HOST PORT --delay-ms 25`` prints the port it listens on.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from typing import Any

_CHUNK = 64 << 10
_IN_FLIGHT = 32 << 20


class Relay:
    """Forwards connections to one address; the faults hold for all present and future connections until changed."""

    host = "127.0.0.1"

    def __init__(self, port: int, host: str = "127.0.0.1", *, delay_ms: float = 0, rate: float | None = None) -> None:
        """Relay to ``host:port``. ``delay_ms`` is one way (RTT is twice that), ``rate`` is bytes per second a way."""
        self.target = (host, port)
        self.delay = delay_ms / 1000
        self.rate = rate
        self.connections = 0  # accepted so far
        self.forwarded = {"up": 0, "down": 0}  # bytes handed on, all connections
        self._limits: dict[str, tuple[int, str]] = {}
        self._open: set[_Connection] = set()
        self._loop = asyncio.new_event_loop()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._server: asyncio.Server | None = None
        self.port = 0
        self._thread = threading.Thread(target=self._loop.run_forever, name="relay", daemon=True)
        self._thread.start()
        self._call(self._listen())

    # -- faults -------------------------------------------------------------------------------------------------

    def freeze(self) -> None:
        """Let nothing through in either direction, silently; connections stay up, new ones are accepted and mute."""
        self._soon(self._flowing.clear)

    def heal(self) -> None:
        """Undo `freeze`, `refuse` and every pending cut; what was held back goes on, as TCP would repeat it."""
        self._limits.clear()
        self._soon(self._flowing.set)
        self._call(self._listen())

    def reset(self) -> int:
        """End all connections with RST at both ends; how many there were."""
        victims = list(self._open)

        def abort_all() -> None:
            for connection in victims:
                connection.abort()

        self._soon(abort_all)
        return len(victims)

    def open_connections(self) -> int:
        """How many connections are forwarded right now."""
        return len(self._open)

    def refuse(self) -> None:
        """Stop listening: new connections are refused, present ones stay."""
        self._call(self._unlisten())

    def cut_after(self, count: int, direction: str = "up", how: str = "reset") -> None:
        """After ``count`` more bytes ``up`` (to the server) or ``down``, exactly, ``reset`` or ``freeze``."""
        self._limits[direction] = (self.forwarded[direction] + count, how)

    def close(self) -> None:
        """End it with all connections."""
        if self._loop.is_running():
            self._call(self._shutdown())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
            self._loop.close()

    # -- inside: all below runs in the loop ---------------------------------------------------------------------

    def _call(self, coroutine: Any) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(20)

    def _soon(self, what: Callable[[], Any]) -> None:
        async def run() -> None:
            what()

        self._call(run())

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, self.host, self.port, limit=_CHUNK)
            self.port = self._server.sockets[0].getsockname()[1]

    async def _unlisten(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _shutdown(self) -> None:
        await self._unlisten()
        for connection in list(self._open):
            connection.abort()
        pending = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        connection = _Connection(self, writer)
        self._open.add(connection)
        try:
            await self._flowing.wait()
            far_reader, far_writer = await asyncio.open_connection(*self.target, limit=_CHUNK)
            connection.writers.append(far_writer)
            for one in connection.writers:
                one.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await asyncio.gather(connection.pump("up", reader, far_writer), connection.pump("down", far_reader, writer))
        except (OSError, asyncio.CancelledError):  # cancelled only at the very end, and nobody waits for this task
            connection.abort()
        finally:
            self._open.discard(connection)
            for one in connection.writers:
                one.close()


class _Connection:
    """One relayed connection: two pumps, each with a queue of (due time, bytes)."""

    def __init__(self, relay: Relay, writer: asyncio.StreamWriter) -> None:
        self._relay = relay
        self.writers = [writer]
        self._aborted = False

    async def pump(self, direction: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read, stamp, and hand on when due; an end of stream travels with the same delay."""
        queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        room = asyncio.Semaphore(_IN_FLIGHT // _CHUNK)
        sender = asyncio.ensure_future(self._send(direction, queue, room, writer))
        free_at = 0.0
        loop = asyncio.get_running_loop()
        try:
            while True:
                data = await reader.read(_CHUNK)
                await room.acquire()
                now = loop.time()
                free_at = max(free_at, now) + (len(data) / self._relay.rate if self._relay.rate else 0)
                queue.put_nowait((free_at + self._relay.delay, data))
                if not data:
                    break
            await sender
        finally:
            sender.cancel()

    async def _send(
        self,
        direction: str,
        queue: asyncio.Queue[tuple[float, bytes]],
        room: asyncio.Semaphore,
        writer: asyncio.StreamWriter,
    ) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due, data = await queue.get()
            room.release()
            if due > loop.time():
                await asyncio.sleep(due - loop.time())
            await self._relay._flowing.wait()
            if not data:
                with contextlib.suppress(OSError):
                    writer.write_eof()
                return
            await self._forward(direction, data, writer)

    async def _forward(self, direction: str, data: bytes, writer: asyncio.StreamWriter) -> None:
        relay = self._relay
        while data:
            limit, how = relay._limits.get(direction, (None, ""))
            allowed = len(data) if limit is None else max(0, min(len(data), limit - relay.forwarded[direction]))
            if allowed:
                writer.write(data[:allowed])
                relay.forwarded[direction] += allowed
                data = data[allowed:]
                await writer.drain()
            if limit is not None and relay.forwarded[direction] >= limit:
                relay._limits.pop(direction, None)
                if how == "reset":
                    for connection in list(relay._open):
                        connection.abort()
                    return
                relay._flowing.clear()
                await relay._flowing.wait()

    def abort(self) -> None:
        """RST at both ends."""
        if self._aborted:
            return
        self._aborted = True
        for writer in self.writers:
            with contextlib.suppress(OSError):
                raw = writer.get_extra_info("socket")
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()


def main() -> None:
    """Run one relay until stdin ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("--delay-ms", type=float, default=0)
    parser.add_argument("--rate", type=float)
    options = parser.parse_args()
    relay = Relay(options.port, options.host, delay_ms=options.delay_ms, rate=options.rate)
    print(relay.port, flush=True)
    with contextlib.suppress(KeyboardInterrupt, EOFError):
        input()
    relay.close()


if __name__ == "__main__":
    main()
