"""Is the server half there, which one, and what does it offer?"""

from __future__ import annotations

import json

import jupyter_mlx

from .base import MlxHandler
from .contract import operation
from .views import Status


class StatusHandler(MlxHandler):
    """``jupyter-mlx/status``."""

    @operation("The version of the package that runs in the server", answer=Status)
    def get(self) -> None:
        """The version of the package that runs in the server."""
        self.finish(json.dumps({"version": jupyter_mlx.__version__}))


class OpenapiHandler(MlxHandler):
    """``jupyter-mlx/openapi.json``."""

    @operation("This description", answer=dict)
    async def get(self) -> None:
        """The routes as an OpenAPI document."""
        from .openapi import document
        from .routes import TABLE

        await self.reply(lambda: document(TABLE))
