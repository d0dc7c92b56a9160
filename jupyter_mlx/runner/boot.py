"""Which boot of the machine this is: a process id means nothing across a reboot."""

import os

BOOT_ID_FILE = "/proc/sys/kernel/random/boot_id"


def boot_id() -> str:
    """The id of this boot; empty where the system tells none. Tests reboot through ``$JMLX_BOOT_ID_FILE``."""
    try:
        with open(os.environ.get("JMLX_BOOT_ID_FILE") or BOOT_ID_FILE, encoding="ascii", errors="replace") as source:
            return source.read(200).strip()
    except OSError:
        return ""
