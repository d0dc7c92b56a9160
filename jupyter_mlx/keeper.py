"""The keeper's process: ``python -m jupyter_mlx.keeper --data FOLDER --config FOLDER`` (see `dispatch.keeper`)."""

from __future__ import annotations

import argparse
import contextlib
import logging.handlers
import os
import signal
import sys
import threading
from pathlib import Path

from .dispatch.keeper import Keeper, log
from .runner.durable import try_lock
from .workbench import Workbench

LOG_BYTES = 1 << 20


def keep(data: Path, config: Path, stop: threading.Event) -> int:
    """Be the keeper; 0 at once where another one is."""
    with contextlib.closing(Workbench(data=data, config=config)) as workbench:
        keeper = Keeper(workbench.dispatcher, data)
        # Looked at again without the lock: a command that saw it held left its work to us.
        while not stop.is_set() and keeper.waiting():
            fd = try_lock(str(data / "keeper.lock"))
            if fd is None:
                break
            try:
                keeper.run(stop)
            finally:
                os.close(fd)
    return 0


def main(argv: list[str] | None = None) -> int:
    """The entry point of the process."""
    parser = argparse.ArgumentParser(prog="jupyter_mlx.keeper")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--config", type=Path, required=True)
    args = parser.parse_args(argv)
    handler = logging.handlers.RotatingFileHandler(args.data / "keeper.log", maxBytes=LOG_BYTES, backupCount=1)
    handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    try:
        return keep(args.data, args.config, stop)
    except Exception:  # noqa: BLE001 - nobody sees stderr, the log is all there is
        log.exception("the keeper failed")
        return 1


if __name__ == "__main__":
    sys.exit(main())
