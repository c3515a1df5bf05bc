"""How long work says where it is: a small interface, and its plain form for logs.

Steps of a refresh report to a `Progress`; whether that draws bars in a terminal or writes log
lines is decided where the run is started. Texts name feeds, files and counts, never a value.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol


class Stage(Protocol):
    """One piece of long work, under way."""

    def report(self, done: int | None = None, total: int | None = None, note: str = "") -> None:
        """So much is done of so much; ``note`` says what is at hand."""

    def conclude(self, summary: str) -> None:
        """What the stage came to."""


class Progress(Protocol):
    """Where stages are opened."""

    def stage(self, title: str) -> AbstractContextManager[Stage]:
        """A stage that ends with the block, well or not."""


@dataclass
class LogStage:
    """A stage that only its start and end are told of."""

    summary: str = "done"

    def report(self, done: int | None = None, total: int | None = None, note: str = "") -> None:
        """Nothing: a log is no place for every file."""

    def conclude(self, summary: str) -> None:
        """Kept for the end."""
        self.summary = summary


class LogProgress:
    """Progress as log lines, for runs that nobody watches."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger

    @contextmanager
    def stage(self, title: str) -> Iterator[Stage]:
        self._logger.info("%s …", title)
        stage = LogStage()
        yield stage
        self._logger.info("%s: %s", title, stage.summary)
