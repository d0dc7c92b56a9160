"""The laptop's memory: runs, metrics, machines, mirrored journals. The only SQL of the product.

Everything here is a projection of the machines' run folders and can be rebuilt from them.
"""

from .journals import Finding, LogLine
from .listing import Order, cursor, run_of
from .mirror import Mirror
from .store import Store

__all__ = ["Finding", "LogLine", "Mirror", "Order", "Store", "cursor", "run_of"]
