"""Questions a transport asks, put to whoever has the page open; answered over REST, each within its time."""

from __future__ import annotations

import contextlib
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from ..errors import InputError, NotFoundError
from ..transport.pipe import HostKeyQuestion
from .asked import Answer
from .views import Prompt, PromptField

PATIENCE_S = 120.0
MAX_OPEN = 20


@dataclass
class _Waiting:
    prompt: Prompt
    until: float
    answered: threading.Event = field(default_factory=threading.Event)
    answer: Answer | None = None  # never printed, dropped once it is handed over


class Questions:
    """The `Prompts` of the server. Nobody is asked while no request of a person is under way."""

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self._patience = patience_s
        self._lock = threading.Lock()
        self._waiting: dict[str, _Waiting] = {}
        self._attended = 0
        self._closed = False
        self.changed: Callable[[], None] = lambda: None

    @contextlib.contextmanager
    def attended(self) -> Iterator[None]:
        """Somebody who asked for this is there to answer."""
        with self._lock:
            self._attended += 1
        try:
            yield
        finally:
            with self._lock:
                self._attended -= 1

    def open(self) -> list[Prompt]:
        """What waits for an answer, oldest first."""
        now = time.monotonic()
        with self._lock:
            return [replace(one.prompt, seconds=max(0.0, one.until - now)) for one in self._waiting.values()]

    def answer(self, prompt_id: str, answer: Answer) -> None:
        """Answer one. Raises `NotFoundError` where it is not open, `InputError` for the wrong number of values."""
        with self._lock:
            waiting = self._waiting.get(prompt_id)
            if waiting is None:
                raise NotFoundError("this question is no longer open", field="prompt", hint="start again")
            wanted = len(waiting.prompt.fields)
            if answer.values is not None and len(answer.values) != wanted:
                raise InputError(f"{wanted} values are asked for", field="values")
            del self._waiting[prompt_id]
            waiting.answer = answer
        waiting.answered.set()
        self.changed()

    def close(self) -> None:
        """Nobody answers any more: whoever waits goes on without."""
        with self._lock:
            self._closed = True
            waiting = list(self._waiting.values())
            self._waiting.clear()
        for one in waiting:
            one.answered.set()

    def host_key(self, question: HostKeyQuestion) -> bool:
        """Whether to trust an unknown host key from now on."""
        prompt = Prompt(
            "", "host_key", f"The host {question.host[:300]} is not known yet", question.note[:2000],
            question.host[:300], question.key_type[:100], question.fingerprint[:200],
        )  # fmt: skip
        answer = self._ask(prompt)
        return answer is not None and answer.accept

    def secret(self, label: str) -> str | None:
        """A passphrase or password for ``label``."""
        answer = self._ask(Prompt("", "secret", label[:500], fields=[PromptField(label[:500], echo=False)]))
        return answer.values[0] if answer is not None and answer.values else None

    def answers(self, title: str, instructions: str, fields: list[tuple[str, bool]]) -> list[str] | None:
        """Answers to keyboard-interactive fields of (label, echo)."""
        if not fields:
            return []
        asked = [PromptField(label[:500], echo) for label, echo in fields[:20]]
        answer = self._ask(Prompt("", "answers", title[:500], instructions[:2000], fields=asked))
        return answer.values if answer is not None else None

    def _ask(self, prompt: Prompt) -> Answer | None:
        prompt = replace(prompt, id=secrets.token_hex(16))
        waiting = _Waiting(prompt, time.monotonic() + self._patience)
        with self._lock:
            if self._closed or not self._attended or len(self._waiting) >= MAX_OPEN:
                return None
            self._waiting[prompt.id] = waiting
        self.changed()
        try:
            waiting.answered.wait(self._patience)
            return waiting.answer
        finally:
            waiting.answer = None
            with self._lock:
                late = self._waiting.pop(prompt.id, None)
            if late is not None:
                self.changed()
