"""What the command line accepts; each verb names the function that does it."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from typing import TypeAlias

from ..errors import InputError
from . import doctor, history, machines, run, stop

Verb = Callable[..., int]

_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s?)?\Z")


def seconds(text: str) -> float:
    """A time span as seconds: ``90``, ``45s``, ``30m``, ``1h 30m``, ``2d``. Raises `InputError`."""
    match = _DURATION.match(text.replace(" ", "").lower())
    parts = [float(part) if part else 0.0 for part in match.groups()] if match and text.strip() else []
    span = sum(part * unit for part, unit in zip(parts, (86400, 3600, 60, 1), strict=False))
    if span <= 0:
        raise InputError(f"{text!r} is no time span", hint="write it as 90, 45s, 30m, 1h30m or 2d")
    return span


def _span(text: str) -> float:
    try:
        return seconds(text)
    except InputError as error:
        raise argparse.ArgumentTypeError(f"{error.message}; {error.hint}") from None


def _index(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        raise argparse.ArgumentTypeError(f"{text!r} is no index of a cell; the first cell is 0")
    return int(text)


def build() -> argparse.ArgumentParser:
    """The whole parser."""
    parser = argparse.ArgumentParser(
        prog="jupyter mlx",
        description="Run a notebook on any machine you can SSH into, see it live, lose nothing, keep every run.",
        epilog="Exit codes: 0 ok, 2 input, 3 machine, 4 login or host identity, 5 run failed or lost, 6 conflict, "
        "7 limit, 130 detached by Ctrl-C. `jupyter mlx VERB --help` tells more.",
    )
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    _run_verbs(verbs)
    _history_verbs(verbs)
    _machine_verbs(verbs)
    return parser


_Verbs: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - it has no public name


def _verb(verbs: _Verbs, name: str, does: Verb, summary: str) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=summary, description=summary)
    parser.set_defaults(does=does)
    parser.add_argument("--json", action="store_true", help="print the models as JSON, one object or one a line")
    return parser


def _asks(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--accept-host-key", metavar="SHA256:…", help="trust an unknown host key with exactly this fingerprint"
    )


def _reference(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", help="a run: its number (12), its id or the start of it, or `last`")
    parser.add_argument("--project", metavar="DIR", help="the project the number belongs to (default: this folder's)")


def _run_verbs(verbs: _Verbs) -> None:
    parser = _verb(verbs, "run", run.run, "run a notebook on a machine and follow it live")
    parser.add_argument("notebook", help="the notebook to run")
    parser.add_argument("--on", metavar="MACHINE", default=None, help="where (default: local)")
    parser.add_argument(
        "-p", "--param", action="append", default=[], metavar="NAME=VALUE", help="set a parameter; may be repeated"
    )
    parser.add_argument("--project", metavar="DIR", help="the folder that travels (default: found from the notebook)")
    parser.add_argument("--experiment", metavar="NAME", help="the group of runs this one belongs to")
    parser.add_argument("--title", help="a name for people (default: the notebook's)")
    parser.add_argument("--tag", action="append", default=[], help="a tag; may be repeated")
    parser.add_argument("--time-limit", type=_span, metavar="SPAN", help="stop after this long: 90, 30m, 2h")
    parser.add_argument("--no-output-limit", type=_span, metavar="SPAN", help="stop after this long without output")
    parser.add_argument("--allow-errors", action="store_true", help="go on after a cell that failed")
    parser.add_argument(
        "--from-cell", type=_index, metavar="INDEX", help="skip code before this cell (from 0), but for the parameters"
    )
    parser.add_argument(
        "--env", metavar="ENV", help="kernel (default), a requirements file, or existing:NAME-or-python on the machine"
    )
    parser.add_argument("--detach", action="store_true", help="return once the machine has durably accepted")
    parser.add_argument("--dry-run", action="store_true", help="say what would travel and stop")
    _asks(parser)

    parser = _verb(verbs, "attach", run.attach, "follow a run from its first event on")
    _reference(parser)
    _asks(parser)

    parser = _verb(verbs, "rerun", run.rerun, "run the same content again, here or on another machine")
    _reference(parser)
    parser.add_argument("--on", metavar="MACHINE", help="another machine (default: the same)")
    parser.add_argument("--detach", action="store_true", help="return once the machine has durably accepted")
    _asks(parser)

    parser = _verb(verbs, "stop", stop.stop, "stop a run and everything it started")
    _reference(parser)
    parser.add_argument("--wait", action="store_true", help="return when it has stopped")
    _asks(parser)


def _history_verbs(verbs: _Verbs) -> None:
    parser = _verb(verbs, "runs", history.runs, "list runs, newest first")
    parser.add_argument("--project", metavar="DIR", help="only this project's")
    parser.add_argument("--on", metavar="MACHINE", help="only this machine's")
    parser.add_argument("--state", help="only runs in this state")
    parser.add_argument(
        "--limit", type=int, default=None, metavar="N", help="at most so many (default: 30, all as JSON)"
    )
    parser.add_argument("--offline", action="store_true", help="ask no machine, show what is known here")

    for name, does, summary in (
        ("show", history.show, "show one run"),
        ("logs", history.logs, "print the text a run put out"),
        ("metrics", history.metrics, "print the metrics of a run"),
    ):
        parser = _verb(verbs, name, does, summary)
        _reference(parser)
        parser.add_argument("--offline", action="store_true", help="ask no machine, show what is known here")
        if name == "logs":
            parser.add_argument("-f", "--follow", action="store_true", help="go on until the run ends")
            parser.add_argument("--cell", type=int, metavar="INDEX", help="only this cell's")
            parser.add_argument("--stderr", action="store_true", help="only stderr")
            parser.add_argument("--raw", action="store_true", help="bytes as they came, escapes included")
        if name == "metrics":
            parser.add_argument("--csv", action="store_true", help="as CSV: key,step,value,time,seq")

    parser = _verb(verbs, "fetch", history.fetch, "write the executed notebook and the outputs of a run")
    _reference(parser)
    parser.add_argument("folder", nargs="?", help="where (default: a folder named after the run)")
    parser.add_argument("--force", action="store_true", help="overwrite files that differ")
    _asks(parser)


def _machine_verbs(verbs: _Verbs) -> None:
    parser = _verb(verbs, "machines", machines.listing, "list the machines, or add, edit, remove one")
    more = parser.add_subparsers(dest="action", metavar="ACTION")
    for name, does, summary in (
        ("add", machines.add, "add a machine to your list"),
        ("edit", machines.edit, "change a machine of your list"),
    ):
        action = _verb(more, name, does, summary)
        action.add_argument("name")
        action.add_argument("--host", help="host name or address, or an alias of ~/.ssh/config")
        action.add_argument("--user")
        action.add_argument("--port", type=int)
        action.add_argument("--identity-file", metavar="FILE")
        action.add_argument("--root", help="folder on the machine for everything of ours (default: ~/.jupyter_mlx)")
        action.add_argument("--python", metavar="PATH", help="the Python there that runs our agent")
        action.add_argument("--price", type=float, metavar="PER_HOUR", help="what an hour costs")
        action.add_argument("--currency")
        action.add_argument("--slots", type=int, help="runs at a time (default: one per GPU, or one)")
        action.add_argument(
            "--transport", choices=["ssh", "openssh", "local"], help="ssh (default) or your own ssh binary"
        )
    action = _verb(more, "remove", machines.remove, "remove a machine from your list")
    action.add_argument("name")

    parser = _verb(verbs, "doctor", doctor.doctor, "test a machine and show what it has; each red line has its remedy")
    parser.add_argument("machine", nargs="?", help="which (default: local)")
    parser.add_argument(
        "--rebuild", action="store_true", help="restore the history from the run folders on the machines"
    )
    _asks(parser)

    parser = _verb(verbs, "gc", machines.gc, "free space on a machine; never touches what only it has")
    parser.add_argument("machine")
    parser.add_argument("--dry-run", action="store_true", help="list what would go")
    parser.add_argument(
        "--keep-days", type=float, default=14.0, metavar="N", help="keep the files of runs younger than this"
    )
    parser.add_argument("--unfetched", action="store_true", help="also runs whose outputs were never fetched")
    _asks(parser)
