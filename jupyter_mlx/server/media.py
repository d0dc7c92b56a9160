"""One output of a cell that was too large for an event, as text that no browser opens or runs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..errors import NotFoundError
from .base import MlxHandler
from .contract import operation
from .runs import known

_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_PIECE = 1 << 20


class MediaHandler(MlxHandler):
    """``jupyter-mlx/runs/{run}/media/{media}``."""

    auth_resource = "jupyter_mlx:runs"

    @operation(
        "A mime value that stands in an event as `$media`, by its sha256",
        answer=bytes,
        media="application/octet-stream",
    )
    async def get(self, run: str, media: str) -> None:
        """From this computer where it came before, else from the machine."""
        bench = self.service.workbench
        if not _SHA256.match(media):
            raise NotFoundError("there is no such output", field="media")

        def read() -> Iterator[bytes]:
            data = bench.dispatcher.media(known(bench.store, run).id, media)
            return (data[at : at + _PIECE] for at in range(0, len(data), _PIECE))

        self.set_header("Cache-Control", "private, max-age=86400, immutable")
        await self.stream(read, "application/octet-stream")

    @property
    def content_security_policy(self) -> str:
        """Whatever a browser makes of it, it runs nothing and reaches nothing."""
        return "sandbox; default-src 'none'; frame-ancestors 'none'"
