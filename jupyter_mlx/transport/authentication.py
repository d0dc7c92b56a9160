"""Logging in: keys, then questions to a person. A login that failed is never repeated by itself."""

from __future__ import annotations

from collections.abc import Callable

import paramiko

from ..errors import AccessError, MlxError, UnreachableError
from .destination import Destination
from .identities import MAX_KEYS, Identities
from .pipe import Prompts, Unattended
from .ssh_agent import KeyAgent
from .steps import passed

AUTH_S = 30.0
PERSON_S = 300.0
_QUESTIONS = 3


class Credentials:
    """What a person has told us so far, in memory only, shared by all connections of one transport."""

    def __init__(self, prompts: Prompts) -> None:
        self.prompts = prompts
        self.keys: dict[str, paramiko.PKey] = {}
        self.passwords: dict[str, str] = {}

    @property
    def attended(self) -> bool:
        """Whether there is somebody to ask."""
        return not isinstance(self.prompts, Unattended)


class _Declined(paramiko.SSHException):
    """The person gave no answer."""


class Login:
    """One login on one connection."""

    def __init__(self, transport: paramiko.Transport, destination: Destination, credentials: Credentials) -> None:
        self._transport, self._destination, self._credentials = transport, destination, credentials
        self._identities = Identities(destination, credentials.prompts, credentials.keys)
        self._tried: list[str] = []
        self._allowed: list[str] | None = None  # what the server offers, once it said so
        transport.auth_timeout = AUTH_S

    def run(self) -> None:
        """Raises `AccessError` where all was refused, `UnreachableError` where the link broke."""
        agent = KeyAgent(self._destination.identity_agent)
        try:
            if self._with_keys(agent) or self._with_questions():
                passed("login", f"{self._destination.label} by {self._tried[-1] if self._tried else 'no key'}")
                return
        finally:
            agent.close()
        raise self._refused()

    def _with_keys(self, agent: KeyAgent) -> bool:
        for candidate in self._identities.candidates(agent):
            if len(self._tried) >= MAX_KEYS:
                self._identities.problems.append(f"more than {MAX_KEYS} keys; the others were not shown")
                self._identities.remedies.append("name the right one: IdentityFile and IdentitiesOnly in ssh_config")
                break
            self._tried.append(candidate.label)
            key = candidate.key
            if self._attempt(lambda key=key: self._transport.auth_publickey(self._user, key), candidate.label):  # type: ignore[misc]
                return True
            if self._allowed is not None and "publickey" not in self._allowed:
                break
        if not self._tried and self._allowed is None:
            return self._attempt(lambda: self._transport.auth_none(self._user), "no key")
        return False

    def _with_questions(self) -> bool:
        if not self._credentials.attended:
            return False
        if self._offered("keyboard-interactive"):
            for _ in range(_QUESTIONS):
                if self._attempt(self._interactive, "keyboard-interactive"):
                    return True
                if not self._offered("keyboard-interactive") or "keyboard-interactive" not in self._tried:
                    break
        return self._offered("password") and self._with_password()

    def _with_password(self) -> bool:
        label = self._destination.label
        for _ in range(_QUESTIONS):
            password = self._credentials.passwords.pop(label, None) or self._credentials.prompts.secret(
                f"password of {label}"
            )
            if password is None:
                return False
            self._tried.append("password")
            secret = password
            if self._attempt(lambda secret=secret: self._password(secret), "password"):  # type: ignore[misc]
                self._credentials.passwords[label] = password
                return True
        return False

    @property
    def _user(self) -> str:
        return self._destination.user

    def _offered(self, method: str) -> bool:
        return self._allowed is None or method in self._allowed

    def _password(self, password: str) -> list[str]:
        return self._transport.auth_password(self._user, password, fallback=False)

    def _interactive(self) -> list[str]:
        self._transport.auth_timeout = PERSON_S

        def answer(title: str, instructions: str, fields: list[tuple[str, bool]]) -> list[str]:
            self._tried.append("keyboard-interactive")
            if not fields:
                return []
            given = self._credentials.prompts.answers(title, instructions, fields)
            if given is None:
                raise _Declined("nobody answered the machine's questions")
            return given

        try:
            return self._transport.auth_interactive(self._user, answer)
        finally:
            self._transport.auth_timeout = AUTH_S

    def _attempt(self, act: Callable[[], list[str]], what: str) -> bool:
        """One attempt: True once logged in; False notes what the server offers from here on."""
        try:
            left = act()
        except paramiko.BadAuthenticationType as error:
            self._allowed = list(error.allowed_types)
            return False
        except _Declined as error:
            raise AccessError(f"{self._destination.label}: {error}", hint="try again, and answer") from None
        except paramiko.AuthenticationException as error:
            if "timeout" in str(error).lower():
                raise self._broken(f"no answer to the login within {self._transport.auth_timeout:.0f} s") from error
            if "EOF" in str(error) or not self._transport.is_active():
                raise self._cut_off() from error
            return False
        except (paramiko.SSHException, ValueError) as error:
            if not self._transport.is_active():
                raise self._broken(str(error)) from error
            self._identities.problems.append(f"{what} cannot be used: {error}")
            return False
        except (EOFError, OSError) as error:
            raise self._broken(str(error) or "the connection ended") from error
        if left:
            self._allowed = left  # accepted, and more is asked for
            return False
        return True

    def _broken(self, why: str) -> MlxError:
        return UnreachableError(f"{self._destination.label}: the login broke off: {why}", hint="try again")

    def _cut_off(self) -> MlxError:
        """The server ended the connection instead of an answer: too many attempts, or the link."""
        if self._tried:
            error = self._refused()
            error.message += " (the machine ended the connection)"
            return error
        return self._broken("the machine ended the connection")

    def _refused(self) -> AccessError:
        tried = list(dict.fromkeys(self._tried))
        parts = [f"{self._destination.label} refused the login"]
        parts.append("tried: " + ", ".join(tried) if tried else "there was no key to show")
        if self._allowed:
            parts.append("it accepts: " + ", ".join(self._allowed))
        parts.extend(dict.fromkeys(self._identities.problems))
        return AccessError("; ".join(parts), field="user", hint=self._hint())

    def _hint(self) -> str:
        if self._identities.remedies:
            return "; ".join(dict.fromkeys(self._identities.remedies))
        port = "" if self._destination.port == 22 else f"-p {self._destination.port} "
        told = f"ssh-copy-id {port}{self._destination.user}@{self._destination.host}"
        wants_person = self._allowed and not {"password", "keyboard-interactive"}.isdisjoint(self._allowed)
        if wants_person and not self._credentials.attended:
            return f"it asks for a password, and nobody could be asked; install a key once: {told}"
        return f"install your key there: {told}; or name another with --identity-file; is the user right?"
