"""Questions that wait for the person, and their answers."""

from __future__ import annotations

from .asked import Answer
from .base import MlxHandler
from .contract import operation
from .views import Prompt


class PromptsHandler(MlxHandler):
    """``jupyter-mlx/prompts``."""

    auth_resource = "jupyter_mlx:machines"

    @operation("Questions that wait for an answer", answer=list[Prompt])
    async def get(self) -> None:
        """The open ones, oldest first."""
        await self.reply(self.service.questions.open)


class PromptHandler(MlxHandler):
    """``jupyter-mlx/prompts/{prompt}``."""

    auth_resource = "jupyter_mlx:machines"

    @operation("Answer a question, once", status=204, action="execute", body=Answer)
    async def post(self, prompt: str) -> None:
        """The answer goes to the transport that waits, and nowhere else."""
        await self.done(lambda: self.service.questions.answer(prompt, self.body))
