"""What tests of several folders share."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

pytest_plugins = ["campaign", "installations", "servers"]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "slow: half a minute or more; begins first, so that no worker waits at the end"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    """What a test's run makes private stays so, and the next test starts with the usual rights."""
    before = os.umask(0o022)
    yield
    os.umask(before)
