"""One WebSocket a tab: what changes is told as it happens, at the pace the tab takes it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import ws_authenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from jupyter_server.utils import ensure_async
from tornado import web
from tornado.websocket import WebSocketClosedError, WebSocketHandler

import jupyter_mlx

from ..errors import InputError, MlxError
from ..models import to_json
from ..runner.names import RUN_ID
from .base import SETTING, no_run
from .decode import NotJsonError, decode, parse
from .feed import Bell
from .messages import Claim, Pace, Ping, Release, Subscribe, Unsubscribe
from .watching import Watching

if TYPE_CHECKING:
    from .service import Service

FRAME_S = 0.1  # at most ten frames a second
HIDDEN_S = 10.0  # a tab that nobody sees
STALL_S = 30.0  # a frame that is not taken for so long ends the connection
MAX_MESSAGE = 64 << 10
RATE = (100, 10.0)  # messages in seconds
_MESSAGES = {
    "subscribe": Subscribe,
    "unsubscribe": Unsubscribe,
    "pace": Pace,
    "ping": Ping,
    "claim": Claim,
    "release": Release,
}


class StreamHandler(WebSocketMixin, WebSocketHandler, JupyterHandler):
    """``GET jupyter-mlx/stream``. Frames both ways are in `messages`."""

    auth_resource = "jupyter_mlx:runs"
    max_message_size = MAX_MESSAGE

    @ws_authenticated
    async def get(self, *args: Any, **kwargs: Any) -> None:
        """Upgrade for who may read; others are refused before."""
        allowed = await ensure_async(self.authorizer.is_authorized(self, self.current_user, "read", self.auth_resource))
        if not allowed:
            raise web.HTTPError(403)
        self._task: asyncio.Task[None] | None = None
        self._watching: Watching | None = None
        self._messages: asyncio.Queue[str] = asyncio.Queue(RATE[0])
        self._recent: deque[float] = deque(maxlen=RATE[0])
        self._said = asyncio.Event()
        self._leases: dict[str, bool] = {}  # news of leases that were not told yet
        self._pace = FRAME_S
        await super().get(*args, **kwargs)

    @property
    def service(self) -> Service:
        """What the routes work with."""
        service: Service = self.settings[SETTING]
        return service

    def open(self, *args: Any, **kwargs: Any) -> None:
        """Begin to tell."""
        super().open(*args, **kwargs)
        self._bell = Bell()
        self._task = asyncio.get_running_loop().create_task(self._serve())

    def on_message(self, message: str | bytes) -> None:
        """Take a message; what no client of ours would send ends the connection."""
        now = time.monotonic()
        full = len(self._recent) == RATE[0] and now - self._recent[0] < RATE[1]
        self._recent.append(now)
        if not isinstance(message, str):
            self.close(1003, "text only")
        elif full or self._messages.full():
            self.close(1008, "too many messages")
        else:
            self._messages.put_nowait(message)
            self._said.set()
            self._bell.ring()

    def on_close(self) -> None:
        """Nobody listens any more."""
        self.service.leases.leave(self)
        if self._task is not None:
            self._task.cancel()

    def told(self, document: str, *, held: bool) -> None:
        """A lease was given or taken: the tab hears of it at once, hidden or not."""
        self._leases[document] = held
        self._said.set()
        self._bell.ring()

    async def _serve(self) -> None:
        self.service.feed.listen(self._bell)
        try:
            store = self.service.workbench.store
            self._watching = await self.service.quickly(
                lambda: Watching(store, self.service.questions, self.service.root)
            )
            await self._send([{"type": "hello", "version": jupyter_mlx.__version__}])
            self._bell.ring()
            while self.close_code is None:
                await self._bell.wait()
                await self._turn(self._watching)
        except MlxError as error:
            self.close(1011, error.code)
        except (WebSocketClosedError, asyncio.TimeoutError):
            self.close(1013, "resync")  # it reads too slowly: it comes back with the offsets it has
        finally:
            self.service.feed.leave(self._bell)

    async def _turn(self, watching: Watching) -> None:
        """Answer what came and tell what is new, in one frame; then rest."""
        items = []
        while not self._messages.empty():
            reply = await self._take(watching, self._messages.get_nowait())
            if reply is None:
                return
            items += reply
        told, self._leases = self._leases, {}
        items += [{"type": "lease", "document": name, "held": held} for name, held in told.items()]
        news, more = await self.service.quickly(watching.news)
        items += news
        if items:
            await self._send(items)
            await self._rest()
        if more:
            self._bell.ring()

    async def _rest(self) -> None:
        """Until the next frame is due; of a hidden tab that is later, unless it says something."""
        await asyncio.sleep(FRAME_S)
        if self._pace > FRAME_S:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._said.wait(), self._pace - FRAME_S)
        self._said.clear()

    async def _take(self, watching: Watching, text: str) -> list[dict[str, Any]] | None:
        """Items that answer a message; None where it ended the connection."""
        try:
            value = parse(text.encode("utf-8", "surrogatepass"))
            kind = value.get("type") if isinstance(value, dict) else None
            wanted = _MESSAGES.get(kind) if isinstance(kind, str) else None
            if wanted is None:
                self.close(1008, "unknown message")
                return None
            message = decode(wanted, value)
            return await self._obey(watching, message)
        except NotJsonError:
            self.close(1008, "no JSON")
            return None
        except InputError as error:
            return [{"type": "error", "run": value.get("run") if RUN_ID.match(str(value.get("run"))) else None,
                     "error": error.as_dict()}]  # fmt: skip

    async def _obey(self, watching: Watching, message: Any) -> list[dict[str, Any]]:
        if isinstance(message, Pace):
            self._pace = HIDDEN_S if message.hidden else FRAME_S
            return []
        if isinstance(message, Ping):
            return [{"type": "pong"}]
        if isinstance(message, (Claim, Release)):
            return self._lease(message)
        if not RUN_ID.match(message.run):
            raise no_run()
        if isinstance(message, Unsubscribe):
            watching.leave(message.run)
            return []
        fits = await self.service.quickly(lambda: watching.follow(message.run, message.since))
        if not fits:
            raise InputError("too many runs are followed at once", field="run", hint="unsubscribe from others")
        return []

    def _lease(self, message: Claim | Release) -> list[dict[str, Any]]:
        leases = self.service.leases
        if isinstance(message, Release):
            leases.release(message.document, self)
        elif self.close_code is None and not leases.claim(message.document, self, message.tab, take=message.take):
            raise InputError("too many documents are claimed at once", field="document", hint="release others")
        return []

    async def _send(self, items: list[dict[str, Any]]) -> None:
        """One frame; comes back when the tab has taken it."""
        data = await self.service.quickly(lambda: json.dumps({"items": to_json(items)}, allow_nan=False))

        async def written() -> None:
            await self.write_message(data)

        await asyncio.wait_for(written(), STALL_S)
