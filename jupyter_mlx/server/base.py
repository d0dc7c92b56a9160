"""What every route is: logged in, allowed, of a bounded size, and answering errors in one shape."""

from __future__ import annotations

import functools
import http.client
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import iostream, web

from ..errors import MlxError, NotFoundError
from ..models import to_json
from .contract import SMALL, Operation
from .decode import NotJsonError, decode, decode_query, parse

if TYPE_CHECKING:
    from .service import Service

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]
T = TypeVar("T")

VERBS = ("get", "head", "post", "put", "patch", "delete")
SETTING = "jupyter_mlx_service"
_OF_THE_SERVER = ("token", "_xsrf", "no_track_activity")  # arguments that are Jupyter's, not ours
_CODES = {400: "bad_request", 403: "forbidden", 404: "not_found", 405: "method", 413: "limit", 415: "media_type"}


@web.stream_request_body
class MlxHandler(APIHandler):
    """Base of all routes: its subclasses cannot forget the login, the permission or the size of a body."""

    auth_resource = "jupyter_mlx"
    query: Any
    body: Any
    given: frozenset[str]  # names of the fields that stood in the body

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Guard each verb the subclass defines; reading asks for ``read``, everything else for ``write``."""
        super().__init_subclass__(**kwargs)
        for verb in VERBS:
            if verb in vars(cls):
                method = vars(cls)[verb]
                promise: Operation | None = getattr(method, "operation", None)
                action = (promise and promise.action) or ("read" if verb in ("get", "head") else "write")
                guard: Decorator = authorized(action, cls.auth_resource)
                setattr(cls, verb, web.authenticated(guard(_decoding(method, promise) if promise else method)))

    def initialize(self) -> None:
        """Nothing has arrived yet."""
        self._arrived: list[bytes] = []
        self._size = 0

    @property
    def service(self) -> Service:
        """What the routes work with."""
        service: Service = self.settings[SETTING]
        return service

    @property
    def promise(self) -> Operation | None:
        """What the verb of this request promises."""
        return getattr(getattr(self, (self.request.method or "").lower(), None), "operation", None)

    async def prepare(self) -> None:  # type: ignore[override]
        """Refuse strangers and bodies that announce themselves too large before they are read."""
        await super().prepare()
        if self.current_user is None and self.request.method != "OPTIONS":
            raise web.HTTPError(403)
        announced = self.request.headers.get("Content-Length", "0")
        if announced.isdigit() and int(announced) > self._limit():
            self._too_large()

    def _limit(self) -> int:
        return self.promise.body_limit if self.promise else SMALL

    def _too_large(self) -> None:
        raise web.HTTPError(413, f"the body is over the limit of {self._limit()} bytes")

    def data_received(self, chunk: bytes) -> None:
        """A piece of the body; one that is too large is counted, not kept."""
        self._size += len(chunk)
        if self._size <= self._limit():
            self._arrived.append(chunk)

    def content(self) -> bytes:
        """The whole body. Raises 413, and 415 where it does not say that it is JSON."""
        if self._size > self._limit():
            self._too_large()
        kind = self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise web.HTTPError(415, "send JSON: Content-Type application/json")
        return b"".join(self._arrived)

    def arguments(self) -> dict[str, list[bytes]]:
        """The arguments of the URL that are ours; a bare number is how browsers pass their caches by."""
        given = self.request.query_arguments
        return {name: raw for name, raw in given.items() if name not in _OF_THE_SERVER and not name.isdigit()}

    async def reply(self, work: Callable[[], Any], *, status: int = 200, slow: bool = False) -> None:
        """Do the work in a thread, the writing of its JSON included; ``slow`` is for what may ask a machine."""
        run = self.service.slowly if slow else self.service.quickly
        data = await run(lambda: json.dumps(to_json(work()), allow_nan=False).encode("ascii"))
        self.set_status(status)
        self.finish(data)

    async def done(self, work: Callable[[], object], *, slow: bool = False) -> None:
        """Do the work in a thread and answer that it is done."""
        await (self.service.slowly if slow else self.service.quickly)(work)
        self.set_status(204)
        self.finish()

    async def stream(self, work: Callable[[], Iterator[bytes]], media: str) -> None:
        """Send pieces as they are made, in a thread; the next is made when the last was taken.

        Where making fails after the first piece the connection is cut, so that nobody takes a part for the whole.
        """
        pieces = await self.service.slowly(work)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Content-Type", media)
        piece = await self.service.slowly(lambda: next(pieces, None))
        try:
            while piece is not None:
                self.write(piece)
                await self.flush()
                piece = await self.service.slowly(lambda: next(pieces, None))
        except iostream.StreamClosedError:
            return  # nobody reads any more
        except MlxError as error:
            self.log.warning("a download was cut: %s", error.message)
            if self.request.connection is not None:
                self.request.connection.stream.close()  # type: ignore[attr-defined]
            return
        self.finish(set_content_type=media)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Every error as its status and ``{code, message, field, hint}``; a mistake of ours says nothing of itself."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(error, MlxError):
            self.set_status(error.status)
            report = error.as_dict()
        else:
            said = error.log_message if isinstance(error, web.HTTPError) and status_code < 500 else None
            message = (said or "").replace("%%", "%") or http.client.responses.get(status_code, "error")
            code = _CODES.get(status_code, "error")
            report = {"code": code, "message": message, "field": None, "hint": None}
        if self._size > self._limit() or status_code == 413:
            self.set_header("Connection", "close")  # the rest of the body is not worth reading
        self.finish(json.dumps(report))


def no_run() -> NotFoundError:
    """The one answer about runs that are not there, for whatever reason."""
    return NotFoundError("there is no such run", field="run")


def _decoding(method: Callable[..., Any], promise: Operation) -> Callable[..., Any]:
    """The method with ``query`` and ``body`` judged before it runs."""

    @functools.wraps(method)
    async def call(self: MlxHandler, *args: str) -> None:
        self.query = decode_query(promise.query, self.arguments())
        if promise.body is not None:
            raw = self.content()
            self.body, self.given = await self.service.quickly(lambda: _body(promise.body, raw))
        elif self._size:
            raise web.HTTPError(400, "this takes no body")
        done = method(self, *args)
        if isinstance(done, Awaitable):
            await done

    return call


def _body(wanted: Any, raw: bytes) -> tuple[Any, frozenset[str]]:
    try:
        value = parse(raw)
    except NotJsonError as error:
        raise web.HTTPError(400, f"the body is no JSON: {error}") from None
    if not isinstance(value, dict):
        raise web.HTTPError(400, "the body must be a JSON object")
    return decode(wanted, value), frozenset(value)
