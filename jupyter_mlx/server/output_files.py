"""One file a run left behind, as a download that no browser opens or runs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tornado import web

from ..errors import NotFoundError
from ..models import OutputFile
from .asked import FileQuery
from .base import MlxHandler
from .contract import operation
from .runs import known

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})\Z", re.ASCII)


class OutputHandler(MlxHandler):
    """``jupyter-mlx/runs/{run}/outputs/{path}``."""

    auth_resource = "jupyter_mlx:runs"

    @operation(
        "A file a run left behind, whole or one range of it",
        answer=bytes,
        query=FileQuery,
        media="application/octet-stream",
    )
    async def get(self, run: str, path: str) -> None:
        """Only files the run has listed; anything else is not there."""
        bench, area = self.service.workbench, self.query.area
        file = await self.service.quickly(lambda: _listed(known(bench.store, run).outputs, area, path))
        first, length = self._range(file.size)
        self.set_header("Content-Length", str(length))
        self.set_header("Accept-Ranges", "bytes")
        self.set_attachment_header(path.rpartition("/")[2])
        if file.sha256:
            self.set_header("ETag", f'"{file.sha256}"')

        def read() -> Iterator[bytes]:
            if length:
                yield from bench.dispatcher.read(run, area, path, first, length)

        await self.stream(read, "application/octet-stream")

    @property
    def content_security_policy(self) -> str:
        """Whatever a browser makes of it, it runs nothing and reaches nothing."""
        return "sandbox; default-src 'none'; frame-ancestors 'none'"

    def _range(self, size: int) -> tuple[int, int]:
        """(first byte, length) that is asked for; 206 where it is a part, 416 where there is no such part."""
        match = _RANGE.match(self.request.headers.get("Range", ""))
        if match is None or not (match[1] or match[2]):
            return 0, size  # none, several or another unit: the whole file is a good answer to all of them
        if match[1]:
            first, last = int(match[1]), min(int(match[2]) if match[2] else size - 1, size - 1)
        else:
            first, last = max(0, size - int(match[2])), size - 1
        if first > last:
            self.set_header("Content-Range", f"bytes */{size}")
            raise web.HTTPError(416)
        self.set_status(206)
        self.set_header("Content-Range", f"bytes {first}-{last}/{size}")
        return first, last - first + 1


def _listed(files: list[OutputFile], area: str, path: str) -> OutputFile:
    for file in files:
        if file.path == path and file.area == area:
            return file
    raise NotFoundError("the run left no such file", field="path")
