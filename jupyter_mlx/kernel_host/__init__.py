"""The kernel host: reads a run's inbox, drives the run's kernel, writes the run's journal.

It travels with `runner/` and runs in a Python that has jupyter_client, one process per run, started and watched by
the supervisor. What it holds dies with it: all it knows is in the journal, and its verdict in ``host.json``.
"""


def main(folder: str) -> int:
    """Host the kernel of the run in a folder until its inbox is closed; the process's exit status."""
    from .host import host

    return host(folder)
