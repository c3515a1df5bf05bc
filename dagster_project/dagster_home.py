"""Dagster's own state under the home: its settings, and runs that a power cut left behind.

Nothing is sent anywhere: telemetry is off. What steps print is not captured, since Dagster would
keep it; the run log and dbt's log hold what is worth keeping. This module does not import Dagster
until an instance is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ingestion.settings import Settings

if TYPE_CHECKING:
    from dagster import DagsterInstance

REFRESH_JOB: Final = "refresh_warehouse"
#: Tag of runs that the command line started; they hold the home for as long as they live.
LAUNCHED_BY: Final = "skills/launched_by"
COMMAND_LINE: Final = "command line"

KEEP_RUNS: Final = 60

_INSTANCE_YAML: Final = """\
# Written by `skills`; change it as you like, it is written only once.
telemetry:
  enabled: false
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
python_logs:
  python_log_level: INFO
# A run that a power cut ended is given up, so that the next one starts.
run_monitoring:
  enabled: true
  max_runtime_seconds: 7200
concurrency:
  runs:
    max_concurrent_runs: 1
retention:
  schedule:
    purge_after_days: 90
  sensor:
    purge_after_days: {skipped: 7, failure: 30, success: 90}
"""


def prepare_dagster_home(settings: Settings) -> str:
    """The folder that DAGSTER_HOME names, with its settings."""
    folder = settings.dagster_home
    folder.mkdir(parents=True, exist_ok=True)
    configuration = folder / "dagster.yaml"
    if not configuration.exists():
        configuration.write_text(_INSTANCE_YAML, encoding="utf-8")
    return str(folder)


def give_up_orphans(instance: DagsterInstance) -> int:
    """Mark runs as failed that the command line started and did not survive; their number.

    To be called while holding the home: whatever else the command line started is dead then.
    """
    from dagster import DagsterRunStatus, RunsFilter

    orphans = instance.get_runs(
        RunsFilter(
            job_name=REFRESH_JOB,
            tags={LAUNCHED_BY: COMMAND_LINE},
            statuses=[
                DagsterRunStatus.NOT_STARTED,
                DagsterRunStatus.STARTING,
                DagsterRunStatus.STARTED,
                DagsterRunStatus.CANCELING,
            ],
        )
    )
    for run in orphans:
        instance.report_run_failed(run, "The process that ran this is gone.")
    return len(orphans)


def forget_old_runs(instance: DagsterInstance) -> None:
    """Remove what Dagster keeps of refreshes but for the last; the manifest remembers the rest."""
    from dagster import RunsFilter

    for run in instance.get_runs(RunsFilter(job_name=REFRESH_JOB))[KEEP_RUNS:]:
        if run.is_finished:
            instance.delete_run(run.run_id)
