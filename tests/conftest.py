"""What tests of several folders share."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

pytest_plugins = ["campaign", "installations", "servers"]


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    """What a test's run makes private stays so, and the next test starts with the usual rights."""
    before = os.umask(0o022)
    yield
    os.umask(before)
