"""Questions a transport asks, at a terminal. Secrets are never echoed and stay in memory."""

from __future__ import annotations

import sys

from ..transport.pipe import HostKeyQuestion, Prompts, Unattended
from .terminal import one_line


class TerminalPrompts:
    """Asks on the controlling terminal; a fingerprint agreed before (``--accept-host-key``) is not asked about."""

    def __init__(self, accept_host_key: str | None = None) -> None:
        self._accept = accept_host_key

    def host_key(self, question: HostKeyQuestion) -> bool:
        """Show the fingerprint and wait for a whole word."""
        if self._accept is not None:
            return self._accept == question.fingerprint
        print(
            f"The host {one_line(question.host)} is not known yet.\n"
            f"Its {one_line(question.key_type)} key has the fingerprint {question.fingerprint}\n"
            + (f"{one_line(question.note, 500)}\n" if question.note else "")
            + "Compare it with what the machine's administrator told you.",
            file=sys.stderr,
        )
        while True:
            answer = _ask("Trust it from now on? [yes/no] ")
            if answer is None or answer.strip().lower() in ("no", "n", ""):
                return False
            if answer.strip().lower() == "yes":
                return True

    def secret(self, label: str) -> str | None:
        """A password or passphrase, unechoed."""
        import getpass

        try:
            return getpass.getpass(f"{one_line(label)}: ")
        except (EOFError, KeyboardInterrupt):
            return None

    def answers(self, title: str, instructions: str, fields: list[tuple[str, bool]]) -> list[str] | None:
        """Each field in turn, unechoed where the server says so."""
        for text in (title, instructions):
            if text.strip():
                print(one_line(text, 500), file=sys.stderr)
        found: list[str] = []
        for label, echo in fields:
            answer = _ask(f"{one_line(label)} ") if echo else self.secret(label)
            if answer is None:
                return None
            found.append(answer)
        return found


def _ask(question: str) -> str | None:
    print(question, end="", file=sys.stderr, flush=True)
    try:
        line = sys.stdin.readline()
    except KeyboardInterrupt:
        return None
    return line.rstrip("\n") if line else None


def prompts_for(accept_host_key: str | None) -> Prompts:
    """Questions where somebody sits at a terminal, refusals where not."""
    if sys.stdin.isatty() and sys.stderr.isatty():
        return TerminalPrompts(accept_host_key)
    return Unattended(accept_host_key)
