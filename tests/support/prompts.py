"""A person who answers what they were told to, and remembers what they were asked."""

from __future__ import annotations

from jupyter_mlx.transport.pipe import HostKeyQuestion


class Person:
    """Answers host keys with ``trust``, secrets in turn, keyboard-interactive fields by their label."""

    def __init__(self, *, trust: bool = True, secrets: list[str | None] | None = None) -> None:
        self.trust = trust
        self.secrets = list(secrets or [])
        self.asked: list[str] = []
        self.questions: list[HostKeyQuestion] = []

    def host_key(self, question: HostKeyQuestion) -> bool:
        self.questions.append(question)
        return self.trust

    def secret(self, label: str) -> str | None:
        self.asked.append(label)
        return self.secrets.pop(0) if self.secrets else None

    def answers(self, title: str, instructions: str, fields: list[tuple[str, bool]]) -> list[str] | None:
        given = [self.secret(label) for label, _ in fields]
        if any(one is None for one in given):
            return None
        return [one for one in given if one is not None]
