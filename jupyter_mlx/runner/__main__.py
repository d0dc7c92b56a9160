"""The verbs of the code that travels: agent, supervise, host, probe. Each imports only what it needs."""

import json
import os
import sys
from typing import List, Optional

USAGE = "usage: agent --root ROOT | supervise [--detach] RUN_FOLDER | host RUN_FOLDER | probe [--root ROOT]"


def main(arguments: Optional[List[str]] = None) -> int:
    """Run one verb; its exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    verb, rest = (given[0], given[1:]) if given else ("", [])
    if verb == "agent":
        from .agent import main as agent

        return agent(rest)
    if verb == "supervise" and rest:
        return _supervise(rest)
    if verb == "host" and len(rest) == 1:
        from ..kernel_host import main as host

        return int(host(rest[0]))
    if verb == "probe":
        from .probe import probe

        root = rest[1] if len(rest) == 2 and rest[0] == "--root" else "~/.jupyter_mlx"
        sys.stdout.write(json.dumps(probe(os.path.expanduser(root)), indent=2) + "\n")
        return 0
    sys.stderr.write(USAGE + "\n")
    return 2


def _supervise(rest: List[str]) -> int:
    if rest[0] == "--detach":
        from .launch import detach

        detach()
    from .supervisor import main as supervise

    return int(supervise(rest[-1]))


if __name__ == "__main__":
    sys.exit(main())
