"""Runs one asset of the home that the environment names, as ``skills refresh`` would; it fails.

Called by `test_canaries` in a process of its own, since the definitions belong to one home:
``failing_run.py <log> <schema> <name>``. With ``--defect`` the taking in of a delivery raises an
error that quotes everything that no error may quote.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

from canaries import CANARIES
from dagster import AssetKey, DagsterInstance

import dagster_project.landing as landing_assets
from dagster_project.dagster_home import REFRESH_JOB, prepare_dagster_home
from dagster_project.definitions import defs
from dagster_project.run_log import printed_into
from ingestion.settings import Settings


def defective(*_: object, **__: object) -> NoReturn:
    """What a library does when it meets a value that it can't use."""
    try:
        raise KeyError(*CANARIES.values())
    except KeyError as error:
        raise ValueError(f"cannot convert {list(CANARIES.values())}") from error


def main(log: str, *key: str, is_defective: bool) -> int:
    with printed_into(Path(log)):
        if is_defective:
            landing_assets.deliver_feed = defective
        result = defs.resolve_job_def(REFRESH_JOB).execute_in_process(
            instance=DagsterInstance.from_config(prepare_dagster_home(Settings())),
            asset_selection=[AssetKey(list(key))],
            run_config={"loggers": {"file": {"config": {"path": log}}}},
            raise_on_error=False,
        )
    for event in result.all_events:
        if event.is_step_failure:
            failure = event.step_failure_data
            sys.stdout.write(f"{event.step_key}: {failure.error} {failure.user_failure_data}\n")
    return 0 if result.success else 1


if __name__ == "__main__":
    arguments = [argument for argument in sys.argv[1:] if argument != "--defect"]
    sys.exit(main(*arguments, is_defective="--defect" in sys.argv))
