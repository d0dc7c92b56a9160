"""Every route with its handler, in one table; the guards, the documents and the types are made from it."""

from __future__ import annotations

import re
from typing import Any

from jupyter_server.utils import url_path_join

from .base import MlxHandler
from .cleaning import MachineCleanHandler
from .machines import MachineHandler, MachinesHandler, MachineTestHandler
from .media import MediaHandler
from .output_files import OutputHandler
from .projects import ProjectHandler, ProjectsHandler
from .prompts import PromptHandler, PromptsHandler
from .run_data import EventsHandler, LogsHandler, MetricsHandler, NotebookHandler, OutputsHandler, SourceHandler
from .runs import FetchHandler, PreflightHandler, RerunHandler, RunHandler, RunsHandler, StopHandler
from .status import OpenapiHandler, StatusHandler
from .stream import StreamHandler

ROOT = "jupyter-mlx"
STREAM = "stream"

TABLE: list[tuple[str, type[MlxHandler]]] = [
    ("status", StatusHandler),
    ("openapi.json", OpenapiHandler),
    ("machines", MachinesHandler),
    ("machines/{machine}", MachineHandler),
    ("machines/{machine}/test", MachineTestHandler),
    ("machines/{machine}/clean", MachineCleanHandler),
    ("projects", ProjectsHandler),
    ("projects/{project}", ProjectHandler),
    ("preflight", PreflightHandler),
    ("runs", RunsHandler),
    ("runs/{run}", RunHandler),
    ("runs/{run}/stop", StopHandler),
    ("runs/{run}/rerun", RerunHandler),
    ("runs/{run}/fetch", FetchHandler),
    ("runs/{run}/metrics", MetricsHandler),
    ("runs/{run}/logs", LogsHandler),
    ("runs/{run}/events", EventsHandler),
    ("runs/{run}/notebook", NotebookHandler),
    ("runs/{run}/source", SourceHandler),
    ("runs/{run}/media/{media}", MediaHandler),
    ("runs/{run}/outputs", OutputsHandler),
    ("runs/{run}/outputs/{path}", OutputHandler),
    ("prompts", PromptsHandler),
    ("prompts/{prompt}", PromptHandler),
]


def routes(base_url: str) -> list[tuple[str, Any]]:
    """The table and the WebSocket as the server wants them, below its base URL."""
    found: list[tuple[str, Any]] = [(_pattern(base_url, path), handler) for path, handler in TABLE]
    return [*found, (_pattern(base_url, STREAM), StreamHandler)]


def _pattern(base_url: str, path: str) -> str:
    """A path as tornado's pattern: ``{path}`` takes slashes too, every other name does not."""
    whole = re.escape(url_path_join(base_url, ROOT, path).replace("{", "\0").replace("}", "\1"))
    named = re.sub("\0path\1", "(.+)", whole.replace("\\\0", "\0").replace("\\\1", "\1"))
    return re.sub("\0[a-z]+\1", "([^/]+)", named)
