"""Which of the installed distributions a notebook may need: all but those that only serve the Jupyter server. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from ..models import Json

# They serve the server or install software; a notebook that imports them has something else requiring them.
_SERVER = frozenset(
    {"jupyter", "jupyterlab", "notebook", "nbclassic", "jupyter-server", "jupyterhub", "jupyter-console", "qtconsole"}
    | {"jupyterlab-server", "jupyter-server-terminals", "jupyter-lsp", "notebook-shim", "voila", "jupyter-builder"}
    | {"jupyter-collaboration", "jupyter-collaboration-ui", "jupyter-docprovider", "jupyter-server-ydoc"}
    | {"jupyter-mlx", "pip", "setuptools", "wheel", "uv", "virtualenv", "conda", "mamba"}
)
Need = tuple[str, frozenset[str]]  # canonical name, extras
_KERNEL = frozenset({"ipykernel", "ipywidgets"})


class Graph:
    """Installed distributions by canonical name, and what each needs, judged by environment markers.

    The first distribution of a name counts, as in an import. Requirements are parsed when asked for: most stand
    behind extras that nobody wants.
    """

    def __init__(self, dists: Iterable[Json], markers: Mapping[str, str]) -> None:
        self.dists: dict[str, Json] = {}
        for facts in dists:
            self.dists.setdefault(canonicalize_name(str(facts["name"])), facts)
        self._markers = dict(markers)
        self._known: dict[tuple[str, str], list[Need]] = {}

    def needs(self, name: str, extra: str = "") -> list[Need]:
        """What a distribution needs, or one of its extras alone. Unreadable requirements are passed over."""
        known = self._known.get((name, extra))
        if known is None:
            known = self._known[name, extra] = list(self._needs(name, extra))
        return known

    def _needs(self, name: str, extra: str) -> Iterator[Need]:
        for line in self.dists[name]["requires"]:
            optional = "extra" in line.partition(";")[2]
            if optional != bool(extra):
                continue
            try:
                requirement = Requirement(line)
            except InvalidRequirement:
                continue
            if requirement.marker is None or requirement.marker.evaluate({**self._markers, "extra": extra}):
                yield canonicalize_name(requirement.name), frozenset(map(canonicalize_name, requirement.extras))

    def reach(self, names: Iterable[str]) -> set[str]:
        """The names with everything installed that they need, extras that are asked for included."""
        found = set(names) & set(self.dists)
        return found | self.needed_by(found)

    def needed_by(self, names: Iterable[str]) -> set[str]:
        """Everything installed that the names need, directly or not."""
        waiting: list[Need] = [(name, frozenset()) for name in names]
        seen: set[Need] = set()
        needed: set[str] = set()
        while waiting:
            item = waiting.pop()
            if item in seen or item[0] not in self.dists:
                continue
            seen.add(item)
            for extra in ("", *item[1]):
                found = [need for need in self.needs(item[0], extra) if need[0] in self.dists]
                needed.update(name for name, _ in found)
                waiting += found
        return needed


def wanted(graph: Graph) -> set[str]:
    """The names that stay: what was asked for or stands for itself, and all that needs.

    What only the server's side needs goes. A server package that a kept one requires stays, so the result is closed:
    an installer given these pins has nothing to choose.
    """
    every = set(graph.dists)
    served = {name for name in every if name in _SERVER or graph.dists[name].get("extension")}
    needed = graph.needed_by(every)
    kept = graph.reach(name for name in every - served if graph.dists[name]["requested"] or name not in needed)
    kept |= graph.reach(_KERNEL)
    return graph.reach(every - (graph.reach(served) - kept))
