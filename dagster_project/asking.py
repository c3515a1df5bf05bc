"""Answers to "as of" and "as known" on other days than the published ones.

The same models are built privately in a database of their own, for the two dates that were asked,
and kept under their fingerprint until newer answers push them out. Nothing of it is published, and
no test vouches for it beyond those of the published build.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Final

from filelock import FileLock

from dagster_project.building import planned_build, start_work_file
from dagster_project.dbt_runs import dbt_build, moving, workplace
from dagster_project.progress import Progress
from dagster_project.publishing.versions import Version
from ingestion.settings import Settings, keep_private

KEEP_ANSWERS: Final = 6
_SCORECARD_ALONE: Final = (
    *("--select", "+kpi_scorecard,source:*+"),
    *("--exclude-resource-type", "test", "unit_test"),
)


def scorecard_database(
    settings: Settings,
    current: Version,
    *,
    as_of: date | None,
    as_known: date | None,
    now: datetime,
    progress: Progress,
) -> Path:
    """A database whose ``kpis`` answer for these dates: the published one where it does.

    Raises DbtError.
    """
    judged_on = as_of or date.fromisoformat(current.facts.as_of)
    if as_known is None and judged_on.isoformat() == current.facts.as_of:
        return current.database
    keep_private()
    build = planned_build(settings, now, as_of=judged_on, as_known=as_known)
    folder = settings.work / "asked"
    answer = folder / f"{build.fingerprint}.duckdb"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        if not answer.exists():
            place = replace(
                workplace(settings),
                database=folder / ".building.duckdb",
                target=settings.work / "asked_target",
            )
            title = f"专题计算 Building for {judged_on}, as known {as_known or 'now'}"
            with progress.stage(title) as stage:
                start_work_file(settings, place, build)
                dbt_build(settings, place, _SCORECARD_ALONE, moving(stage))
            place.database.replace(answer)
        answer.touch()
        _forget(folder)
    return answer


def _forget(folder: Path) -> None:
    """Keep the answers that were asked for last."""
    answers = sorted(folder.glob("[0-9a-f]*.duckdb"), key=lambda path: path.stat().st_mtime)
    for old in answers[:-KEEP_ANSWERS]:
        old.unlink()
    shutil.rmtree(folder / "tmp", ignore_errors=True)
