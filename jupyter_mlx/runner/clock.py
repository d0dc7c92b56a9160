"""Time that neither steps with the wall clock nor stands still while the machine sleeps."""

import time


def boottime() -> float:
    """Seconds since the boot, sleep included."""
    which = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if which is None else time.clock_gettime(which)
