"""The executed notebook: a notebook and the events of its run in, a valid nbformat 4 notebook out. Pure.

`Cells` folds events into outputs as a front end does, `compose` puts them into the notebook. The events come from a
machine and may hold anything: what is no output is left out, and the result is always valid.
"""

from .cells import LIMIT, Cells, FoldedCell
from .compose import compose

__all__ = ["LIMIT", "Cells", "FoldedCell", "compose"]
