"""What the assets are given: settings with every agency reachable, dbt, and a place to report to.

Opening the settings resource holds the home for the whole run, so that two refreshes never meet,
however they were started; the run executes in one process for that reason. The command line holds
the home itself, before Dagster comes up, and hands over its own settings.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from dagster_project.agencies import HomeError, RefreshRunningError, connected, held_home
from dagster_project.progress import LogProgress, Progress
from ingestion.settings import Settings

_logger = logging.getLogger("skills")


@dg.resource(
    required_resource_keys={"progress"},
    description="Settings of this installation, held by this run, with every agency reachable.",
)
def settings_resource(context: dg.InitResourceContext) -> Iterator[Settings]:
    """Raises dagster.Failure when another refresh runs, or the home is not fit for this one."""
    settings = Settings()
    try:
        with (
            held_home(settings, now=datetime.now(UTC)),
            connected(settings, context.resources.progress) as reachable,
        ):
            yield reachable
    except (RefreshRunningError, HomeError) as refusal:
        raise dg.Failure(str(refusal), allow_retries=False) from None


def resources() -> dict[str, object]:
    """Resources by the name that assets ask for."""
    progress: Progress = LogProgress(_logger)
    return {
        "settings": settings_resource,
        "progress": progress,
    }
