"""Run the notebook you have open on any machine you can SSH into, and keep every run."""

from __future__ import annotations

TYPE_CHECKING = False  # importing typing would cost more than the rest of this file
if TYPE_CHECKING:
    from .kernel_host.log import artifact as artifact
    from .kernel_host.log import log as log
    from .kernel_host.log import param as param
    from .kernel_host.log import tag as tag

_LOGGING = frozenset({"artifact", "log", "param", "tag"})  # what user code calls inside a run


def __getattr__(name: str) -> object:
    if name in _LOGGING:
        from .kernel_host import log

        globals().update({each: getattr(log, each) for each in _LOGGING})  # a fork in mid-import would hang the child
        return getattr(log, name)
    # Reading the installed metadata costs more than the rest of this file, so only who asks pays.
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("jupyter_mlx")
        except PackageNotFoundError:  # on the path without being installed
            return "0+uninstalled"
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _jupyter_server_extension_points() -> list[dict[str, object]]:
    """What the Jupyter server loads."""
    from .server.extension import MlxExtension

    return [{"module": "jupyter_mlx.server.extension", "app": MlxExtension}]


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """What ``jupyter labextension develop`` links."""
    return [{"src": "labextension", "dest": "jupyter-mlx"}]
