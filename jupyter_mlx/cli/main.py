"""The entry point of ``jupyter mlx``: parse, do, translate errors into exit codes once."""

from __future__ import annotations

import os
import sys

from ..errors import MlxError
from .terminal import Screen, printable

DETACHED = 130  # as a shell reports a program ended by Ctrl-C


def report(screen: Screen, error: MlxError, as_json: bool) -> int:
    """Tell an error on stderr; its exit code."""
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
    from .arguments import build

    screen = Screen()
    parser = build()
    args = parser.parse_args(sys.argv[1:] if argv is None else argv)
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
    except KeyboardInterrupt:
        return DETACHED
    except BrokenPipeError:
        # The reader of our pipe is gone (`| head`): end quietly, and keep the interpreter from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())
