"""The server half as Jupyter starts and stops it."""

from __future__ import annotations

import asyncio
from typing import Any

from jupyter_server.extension.application import ExtensionApp

from ..errors import MlxError
from .announcing import SCHEMA, teller
from .base import SETTING
from .routes import routes
from .service import Service


class MlxExtension(ExtensionApp):
    """Routes, and what they work with."""

    name = "jupyter_mlx"

    def initialize_settings(self) -> None:
        """Make what the routes share; nothing is opened before the loop runs."""
        assert self.serverapp is not None
        self.service = Service(self.serverapp.contents_manager)
        self.settings[SETTING] = self.service

    def initialize_handlers(self) -> None:
        """All routes of the table."""
        self.handlers.extend(routes("/"))

    async def _start_jupyter_server_extension(self, serverapp: Any) -> None:
        """Adopt what is open; a store that cannot be used is told by each request."""
        serverapp.event_logger.register_event_schema(SCHEMA)
        self.service.announcer.tell = teller(serverapp.event_logger, asyncio.get_running_loop())
        try:
            await self.service.quickly(self.service.start)
        except MlxError as error:
            self.log.error("jupyter_mlx: %s", error.message)

    async def stop_extension(self) -> None:
        """End links and threads; runs go on."""
        await self.service.close()
