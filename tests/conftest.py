"""Fixtures every test can use."""

from __future__ import annotations

import pytest

from tests.support.fixtures import laptop, relay, sshd

__all__ = ["laptop", "relay", "sshd"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--pictures DIR``: where the tests in a browser leave their screenshots."""
    parser.addoption("--pictures", default=None, help="folder for the screenshots of the tests in a browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that take minutes come first, or one worker is still at them when the others are done."""
    items.sort(key=lambda item: "killed_at_random" not in item.name)
