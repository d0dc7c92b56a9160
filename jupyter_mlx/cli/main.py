"""The entry point of ``jupyter mlx``: parse, do, translate errors into exit codes once."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import IO

    from ..errors import MlxError
    from .terminal import Screen

DETACHED = 130  # as a shell reports a program ended by Ctrl-C


def report(screen: Screen, error: MlxError, as_json: bool) -> int:
    """Tell an error on stderr; its exit code."""
    from .terminal import printable

    if as_json:
        import json

        screen.note(json.dumps(error.as_dict()))
        return error.exit_code
    where = f" ({error.field})" if error.field else ""
    screen.note(f"jupyter mlx: {printable(error.message)}{where}")
    if error.hint:
        screen.note(f"  → {printable(error.hint)}")
    return error.exit_code


def main(argv: list[str] | None = None) -> int:
    """Run the command line; the exit code."""
    try:
        _open_streams()
        return _run(sys.argv[1:] if argv is None else argv)
    except KeyboardInterrupt:  # also while our modules are imported, which is why nearly all are imported below
        return DETACHED
    except BrokenPipeError:
        # The reader of our pipe is gone (`| head`): end quietly.
        _silence(sys.stdout)
        return 0
    except OSError as error:  # what the verbs do raises errors of ours; what remains is the way to the terminal
        _silence(sys.stdout)
        with contextlib.suppress(OSError):
            print(f"jupyter mlx: cannot go on: {error}", file=sys.stderr)
        return 3


def _run(argv: list[str]) -> int:
    """Parse and do; errors of ours become their exit codes."""
    from ..errors import MlxError
    from .arguments import build
    from .terminal import Screen

    screen, parser = Screen(), build()
    args = parser.parse_args(argv)
    if args.version:
        from .. import __version__

        screen.line(str(__version__))
        return 0
    if args.verb is None:
        parser.print_help(sys.stderr)
        return 2
    try:
        code: int = args.does(screen, args)
        return code
    except MlxError as error:
        return report(screen, error, args.json)


def _open_streams() -> None:
    """A closed stream (``<&-``, a daemon's child) is None in Python; everything else may rely on a real one."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - as long as the process


def _silence(stream: IO[str]) -> None:
    """Let what is still buffered go nowhere, so that the interpreter does not complain about it at exit."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


if __name__ == "__main__":
    sys.exit(main())
