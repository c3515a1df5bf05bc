"""No setting of the person who runs the tests reaches them."""

from __future__ import annotations

import os

import pytest
from installations import surroundings


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every setting of ours, of dbt and of Dagster out of the environment."""
    for name in os.environ.keys() - surroundings().keys():
        monkeypatch.delenv(name)
