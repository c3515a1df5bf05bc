"""What the warehouse is built from, and whether it was built to the end.

A build is known by its fingerprint, a hash of everything that can change a number: what has
landed, the contracts, the dbt project with its seeds, and the two dates. dbt builds in a work file
that no reader opens, made afresh each time so that nothing of an earlier run can be in it. This
module knows neither Dagster nor what is published.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

import duckdb
from pydantic import BaseModel, ConfigDict

from dagster_project.dbt_runs import Workplace, project_hash, read_artefact
from dagster_project.rules import broken_rules
from ingestion.contract import load_contracts
from ingestion.export import export_sources
from ingestion.landing import Manifest
from ingestion.settings import Settings

#: Periods and days are those of the city.
CITY_TIME: Final = ZoneInfo("Asia/Shanghai")
#: Half-way through the last year of the plan: pace and forecast mean something.
SAMPLE_AS_OF: Final = date(2025, 6, 30)

_FINISHED_MARK: Final = "build.json"


class UnfinishedBuildError(Exception):
    """There is no finished build to publish; the message says what to do."""


class Build(BaseModel):
    """One state of input, rules and dates."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fingerprint: str
    #: What had happened by this day counts.
    as_of: date
    #: Deliveries up to this day count; none means all.
    as_known: date | None
    is_sample: bool


def city_today(now: datetime) -> date:
    """The city's calendar day at that moment."""
    return now.astimezone(CITY_TIME).date()


def planned_build(
    settings: Settings, now: datetime, *, as_of: date | None = None, as_known: date | None = None
) -> Build:
    """The build that the installation's present state asks for."""
    judged_on = as_of or (SAMPLE_AS_OF if settings.is_sample else city_today(now))
    ingredients = {
        "landed": landed_sequence(settings),
        "contracts": [contract.fingerprint() for contract in load_contracts().values()],
        "project": project_hash(),
        "as_of": judged_on.isoformat(),
        "as_known": as_known.isoformat() if as_known else None,
        "is_sample": settings.is_sample,
    }
    text = json.dumps(ingredients, sort_keys=True)
    return Build(
        fingerprint=hashlib.sha256(text.encode()).hexdigest()[:16],
        as_of=judged_on,
        as_known=as_known,
        is_sample=settings.is_sample,
    )


def start_work_file(settings: Settings, place: Workplace, build: Build) -> None:
    """Replace the database by a fresh one with the sources of the build, forget older results."""
    place.target.mkdir(parents=True, exist_ok=True)
    place.database.parent.mkdir(parents=True, exist_ok=True)
    for leftover in (
        place.target / _FINISHED_MARK,
        place.run_results,
        place.database,
        place.database.with_name(f"{place.database.name}.wal"),
    ):
        leftover.unlink(missing_ok=True)
    with duckdb.connect(place.database) as connection:
        export_sources(settings, connection, as_of=build.as_of, as_known=build.as_known)


def finish(place: Workplace, build: Build) -> None:
    """Mark the work file as built and tested to the end."""
    fresh = place.target / f".{_FINISHED_MARK}.new"
    fresh.write_text(build.model_dump_json() + "\n", encoding="utf-8")
    fresh.replace(place.target / _FINISHED_MARK)


def finished_build(place: Workplace) -> Build:
    """The build whose tables stand in the work file. Raises UnfinishedBuildError."""
    mark = place.target / _FINISHED_MARK
    if not mark.exists() or not place.database.exists():
        raise UnfinishedBuildError("no finished build is there to publish; run `skills refresh`")
    return Build.model_validate_json(mark.read_bytes())


def failed_nodes(place: Workplace) -> list[str]:
    """What dbt could not build or found wrong, in words; none when it did not come that far."""
    if not place.run_results.exists():
        return []
    return broken_rules(
        read_artefact(place.manifest), read_artefact(place.run_results), place.database
    )


def landed_sequence(settings: Settings) -> int:
    """Rises whenever a delivery lands or is refused; looking in vain changes nothing."""
    if not settings.manifest.exists():
        return 0
    with Manifest(settings.manifest) as manifest:
        return max(
            (
                record.sequence
                for record in manifest.deliveries()
                if record.outcome in ("landed", "refused")
            ),
            default=0,
        )
