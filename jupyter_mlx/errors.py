"""Every error a user can meet, as one tree.

::

    MlxError                 code            HTTP  exit
    ├── InputError           input            422     2   what was given cannot be used
    │   └── NotFoundError    not_found        404     2   no such run, machine, file, parameter
    ├── MachineError         machine          502     3   the machine cannot do it, or cannot be reached
    │   ├── UnreachableError unreachable      503     3   no contact: says nothing about its runs
    │   └── NoSpaceError     no_space         507     3   a disk is full, here or there
    ├── AccessError          access           403     4   login refused
    │   └── HostKeyError     host_key         403     4   unknown, changed or revoked host key
    ├── RunFailedError       run_failed       409     5   the run ended as failed, cancelled or lost
    ├── ConflictError        conflict         409     6   another process or state stands in the way
    └── LimitError           limit            413     7   a fixed limit was reached

Each error says what happened (``message``), where (``field``) and what to do (``hint``). The faces translate
once: the command line to the exit code, REST to the status and ``{code, message, field, hint}``.
"""

from __future__ import annotations

from typing import ClassVar


class MlxError(Exception):
    """Base of the tree; never raised itself."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, field: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.hint = hint

    def as_dict(self) -> dict[str, str | None]:
        """The error as the faces show it."""
        return {"code": self.code, "message": self.message, "field": self.field, "hint": self.hint}


class InputError(MlxError):
    """What was given cannot be used."""

    code = "input"
    status = 422
    exit_code = 2


class NotFoundError(InputError):
    """No such run, machine, file or parameter."""

    code = "not_found"
    status = 404


class MachineError(MlxError):
    """The machine cannot do what was asked."""

    code = "machine"
    status = 502
    exit_code = 3


class UnreachableError(MachineError):
    """No contact with the machine. This says nothing about the runs on it."""

    code = "unreachable"
    status = 503


class NoSpaceError(MachineError):
    """A disk is full; the message names the path and the bytes."""

    code = "no_space"
    status = 507


class AccessError(MlxError):
    """The machine refused the login."""

    code = "access"
    status = 403
    exit_code = 4


class HostKeyError(AccessError):
    """The host key is unknown and nobody could be asked, or it changed, or it is revoked."""

    code = "host_key"


class RunFailedError(MlxError):
    """The run ended as failed, cancelled or lost."""

    code = "run_failed"
    status = 409
    exit_code = 5


class ConflictError(MlxError):
    """Another process, or the state of the run, stands in the way."""

    code = "conflict"
    status = 409
    exit_code = 6


class LimitError(MlxError):
    """A fixed limit was reached; the message says which and by how much."""

    code = "limit"
    status = 413
    exit_code = 7


def error_types() -> dict[str, type[MlxError]]:
    """Every error class by its ``code``; one without a code of its own counts as its parent."""

    def walk(cls: type[MlxError]) -> list[type[MlxError]]:
        return [cls, *(sub for child in cls.__subclasses__() for sub in walk(child))]

    return {cls.code: cls for cls in walk(MlxError) if "code" in vars(cls)}


def error_from(report: dict[str, object]) -> MlxError:
    """The error a machine reported as ``{code, message, field, hint}``; unknown codes become `MachineError`."""
    cls = error_types().get(str(report.get("code")), MachineError)
    if cls is MlxError:
        cls = MachineError
    field, hint = report.get("field"), report.get("hint")
    return cls(
        str(report.get("message", "unknown error"))[:4000],
        field=str(field)[:400] if field else None,
        hint=str(hint)[:2000] if hint else None,
    )
