"""What tests of several folders share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

import pytest

pytest_plugins = ["campaign", "installations", "servers"]

#: Fixtures that the first worker which needs one makes, while others wait.
_OF_THE_HOME: Final = frozenset({"project", "rebuilt", "refreshed"})


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "slow: half a minute or more; begins first, so that no worker waits at the end"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow tests first: those that make the home, then those that don't wait for it."""
    waiting = {_group(item) for item in items if _needs_home(item)}
    makers = next((_group(item) for item in items if _is_slow(item) and _needs_home(item)), None)

    def rank(item: pytest.Item) -> tuple[bool, ...]:
        return not _is_slow(item), _group(item) != makers, _group(item) in waiting

    items.sort(key=rank)


def _is_slow(item: pytest.Item) -> bool:
    return item.get_closest_marker("slow") is not None


def _needs_home(item: pytest.Item) -> bool:
    """Whether it begins with the home that is refreshed once, for all workers."""
    return not _OF_THE_HOME.isdisjoint(getattr(item, "fixturenames", ()))


def _group(item: pytest.Item) -> str:
    """What one worker runs together, by pytest-xdist."""
    marker = item.get_closest_marker("xdist_group")
    return str(marker.args[0]) if marker else item.nodeid


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    """What a test's run makes private stays so, and the next test starts with the usual rights."""
    before = os.umask(0o022)
    yield
    os.umask(before)
