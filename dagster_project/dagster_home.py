"""Dagster's own state under the home: its settings, and runs that a power cut left behind.

Nothing is sent anywhere: telemetry is off. What steps print is not captured, since Dagster would
keep it; the run log and dbt's log hold what is worth keeping. The settings are renewed for as long
as nobody else changes them. This module does not import Dagster until an instance is asked for.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Final

from ingestion.settings import Settings, keep_private

if TYPE_CHECKING:
    from dagster import DagsterInstance

REFRESH_JOB: Final = "refresh_warehouse"
#: Tag of runs that the command line started; they hold the home for as long as they live.
LAUNCHED_BY: Final = "skills/launched_by"
COMMAND_LINE: Final = "command line"
PROCESS_IS_GONE: Final = "The process that ran this is gone."

KEEP_RUNS: Final = 60

_INSTANCE_SETTINGS: Final = Template("""\
telemetry:
  enabled: false
storage:
  custom:
    module: dagster_project.event_log
    class: ConnectedStorage
    config:
      base_dir: $folder
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
python_logs:
  python_log_level: INFO
# A run that a power cut ended is given up within minutes, so that the next one starts.
run_launcher:
  module: dagster_project.launching
  class: AttentiveRunLauncher
run_monitoring:
  enabled: true
  poll_interval_seconds: 30
  start_timeout_seconds: 180
  cancel_timeout_seconds: 180
  max_runtime_seconds: 7200
concurrency:
  runs:
    max_concurrent_runs: 1
retention:
  schedule:
    purge_after_days: 90
  sensor:
    purge_after_days: {skipped: 7, failure: 30, success: 90}
""")


def prepare_dagster_home(settings: Settings) -> str:
    """The folder that DAGSTER_HOME names, with its settings."""
    keep_private()
    folder = settings.dagster_home
    folder.mkdir(parents=True, exist_ok=True)
    configuration = folder / "dagster.yaml"
    if not configuration.exists() or _is_ours(configuration.read_text(encoding="utf-8")):
        fresh = folder / f".{configuration.name}.{os.getpid()}"
        fresh.write_text(instance_yaml(folder), encoding="utf-8")
        fresh.replace(configuration)
    return str(folder)


def instance_yaml(folder: Path) -> str:
    """Dagster's settings in that folder, under a fingerprint that tells whether they changed."""
    settings = _INSTANCE_SETTINGS.substitute(folder=json.dumps(str(folder), ensure_ascii=False))
    return (
        "# Written by `skills`, which renews it unless somebody has changed it. Fingerprint:\n"
        f"# {_fingerprint(settings)}\n{settings}"
    )


def _is_ours(text: str) -> bool:
    """Whether these are settings that `skills` wrote, of whatever version, and nobody changed."""
    head, _, settings = text.partition("\n# ")[2].partition("\n")
    return head == _fingerprint(settings)


def _fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def give_up_orphans(instance: DagsterInstance) -> int:
    """Mark runs as failed that their process did not survive; their number.

    To be called while holding the home: whoever started a run before is dead then, or has let go
    of it. What a daemon has launched and not yet started may live; Dagster's monitoring sees to
    it, and to all others when nobody refreshes by hand: see `dagster_project.launching`.
    """
    from dagster import DagsterRunStatus, RunsFilter

    started = RunsFilter(
        job_name=REFRESH_JOB, statuses=[DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING]
    )
    begun_by_hand = RunsFilter(
        job_name=REFRESH_JOB,
        tags={LAUNCHED_BY: COMMAND_LINE},
        statuses=[DagsterRunStatus.NOT_STARTED, DagsterRunStatus.STARTING],
    )
    orphans = [*instance.get_runs(started), *instance.get_runs(begun_by_hand)]
    for run in orphans:
        instance.report_run_failed(run, PROCESS_IS_GONE)
    return len(orphans)


def forget_old_runs(instance: DagsterInstance) -> None:
    """Remove what Dagster keeps of refreshes but for the last; the manifest remembers the rest."""
    from dagster import RunsFilter

    for run in instance.get_runs(RunsFilter(job_name=REFRESH_JOB))[KEEP_RUNS:]:
        if run.is_finished:
            instance.delete_run(run.run_id)
