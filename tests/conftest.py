"""Fixtures every test can use."""

from __future__ import annotations

import pytest

from tests.support.fixtures import laptop, relay, sshd

__all__ = ["laptop", "relay", "sshd"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--pictures DIR``: where the tests in a browser leave their screenshots."""
    parser.addoption("--pictures", default=None, help="folder for the screenshots of the tests in a browser")
