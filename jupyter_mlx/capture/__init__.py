"""What a run is given, as values: notebook, parameters, files and software, put together as a spec."""

from __future__ import annotations

from .spec import Captured, capture_run

__all__ = ["Captured", "capture_run"]
