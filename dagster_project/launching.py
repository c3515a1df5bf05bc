"""Runs that a power cut ended are given up, so that the next one starts by itself.

Dagster's own launcher can't tell whether a run that it started before a restart still lives, and
with one run at a time a dead one would keep all others waiting for ever. Here the lock on the home
tells: a refresh holds it for as long as it lives, and nobody can hold it dead. Dagster's monitoring
asks this launcher about every run that has started; those that never came so far have Dagster's
own time limit. Each answer is about the home, not about a process, so no process number is kept
that another process could have by now.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from dagster import DagsterRun, DefaultRunLauncher, Field
from dagster._core.launcher import CheckRunHealthResult, WorkerStatus
from dagster._serdes import ConfigurableClassData
from filelock import FileLock, Timeout

from dagster_project.dagster_home import PROCESS_IS_GONE
from ingestion.settings import Settings

#: A run takes the home within seconds after its start, and ends within seconds after it let go.
GRACE_SECONDS: Final = 60


class AttentiveRunLauncher(DefaultRunLauncher):
    """Dagster's launcher, which also knows whether a run that started still lives."""

    def __init__(
        self, grace_seconds: int = GRACE_SECONDS, inst_data: ConfigurableClassData | None = None
    ) -> None:
        super().__init__(inst_data)
        self._grace_seconds = grace_seconds
        self.clock: Callable[[], float] = time.monotonic
        #: Since when nobody was seen to hold the home, by run.
        self._unheld_since: dict[str, float] = {}

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        return {"grace_seconds": Field(int, default_value=GRACE_SECONDS, is_required=False)}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData, config_value: Mapping[str, Any]
    ) -> AttentiveRunLauncher:
        return cls(config_value["grace_seconds"], inst_data)

    @property
    def supports_check_run_worker_health(self) -> bool:
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """Gone is a started run when nobody held the home, look after look, for the grace."""
        if is_held(Settings()):
            self._unheld_since.pop(run.run_id, None)
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        now = self.clock()
        since = self._unheld_since.setdefault(run.run_id, now)
        if now - since < self._grace_seconds:
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(WorkerStatus.NOT_FOUND, PROCESS_IS_GONE)


def is_held(settings: Settings) -> bool:
    """Whether a living process holds the home; takes the lock for a moment to find out."""
    if not settings.lock.exists():
        return False
    try:
        with FileLock(settings.lock, blocking=False):
            return False
    except Timeout:
        return True
