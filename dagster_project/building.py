"""What the warehouse is built from, and whether it was built to the end.

A build is known by its fingerprint, a hash of everything that can change a number: what has
landed, the contracts, the dbt project with its seeds, and the two dates. dbt builds in a work file
that no reader opens. Under the same terms a build goes on from the finished one before: it makes
again what stands on sources that say something else, and of large feeds only what they say anew;
once a week, and after anything that did not end well, the whole file is made afresh. This module
knows neither Dagster nor what is published.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import duckdb
from pydantic import BaseModel, ConfigDict, ValidationError

from dagster_project.dbt_runs import (
    DbtEvent,
    Workplace,
    lay_foundation,
    project_hash,
    read_artefact,
)
from dagster_project.rules import broken_rules
from ingestion.contract import load_contracts
from ingestion.export import export_sources
from ingestion.landing import Manifest, Outcome
from ingestion.periods import local_day
from ingestion.settings import Settings

#: Half-way through the last year of the plan: pace and forecast mean something.
SAMPLE_AS_OF: Final = date(2025, 6, 30)

#: A file that goes on from run to run is made afresh, and looked at as a whole, so often.
WHOLE_EVERY: Final = timedelta(days=7)

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
    #: Hash of what is built by: contracts, project and engines, whatever has landed.
    terms: str = ""


class _Finished(Build):
    """A build that stands in the work file."""

    #: When the file was last made afresh.
    whole_at: datetime
    #: What the sources said; see `ingestion.export`.
    sources: dict[str, str]


@dataclass(frozen=True)
class Begun:
    """A work file into which the sources have been brought."""

    #: What each says, as a hash.
    sources: Mapping[str, str]
    #: Those that say something else than in the build that this one goes on from; None where the
    #: file is made afresh.
    changed: frozenset[str] | None


def planned_build(
    settings: Settings, now: datetime, *, as_of: date | None = None, as_known: date | None = None
) -> Build:
    """The build that the installation's present state asks for."""
    judged_on = as_of or (SAMPLE_AS_OF if settings.is_sample else local_day(now))
    terms = {
        "contracts": [contract.fingerprint() for contract in load_contracts().values()],
        "project": project_hash(),
        "is_sample": settings.is_sample,
    }
    ingredients = {
        **terms,
        # Looking in vain changes nothing.
        "landed": last_sequence(settings, "landed", "refused"),
        "as_of": judged_on.isoformat(),
        "as_known": as_known.isoformat() if as_known else None,
    }
    return Build(
        fingerprint=_hash_of(ingredients),
        as_of=judged_on,
        as_known=as_known,
        is_sample=settings.is_sample,
        terms=_hash_of(terms),
    )


def _hash_of(ingredients: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(ingredients, sort_keys=True).encode()).hexdigest()[:16]


def whole_since(settings: Settings, place: Workplace, build: Build, now: datetime) -> datetime:
    """When the work file was last made afresh, if this build may go on from it; else ``now``."""
    finished = _finished(place)
    if (
        finished is None
        or finished.terms != build.terms
        or finished.as_known is not None
        or build.as_known is not None
        or not now - WHOLE_EVERY < finished.whole_at <= now
        or place.database_log.exists()
        or not place.finished_results.exists()
    ):
        return now
    with Manifest(settings.manifest) as manifest:
        landed = {
            (batch.batch_id, batch.landed_at.astimezone(UTC).replace(tzinfo=None))
            for batch in manifest.batches()
        }
    return finished.whole_at if _built_batches(place) <= landed else now


def start_work_file(
    settings: Settings,
    place: Workplace,
    build: Build,
    *,
    goes_on: bool = False,
    on_event: Callable[[DbtEvent], None] | None = None,
) -> Begun:
    """Bring the sources of the build into the work file, and forget older results.

    The file is a fresh one, with the project's foundation in it, unless the build ``goes_on`` from
    what stands there. Raises DbtError, and LandingDamagedError.
    """
    place.target.mkdir(parents=True, exist_ok=True)
    finished = _finished(place) if goes_on else None
    forget_finished(place)
    place.run_results.unlink(missing_ok=True)
    built = {batch_id for batch_id, _ in _built_batches(place)} if finished else set()
    if not finished:
        lay_foundation(settings, place, on_event)
    with duckdb.connect(place.database) as connection:
        sources = export_sources(
            settings,
            connection,
            as_of=build.as_of,
            as_known=build.as_known,
            former_as_of=finished.as_of if finished else None,
            built=built,
            standing=finished.sources if finished else {},
        )
    if not finished:
        return Begun(sources, None)
    changed = {name for name, said in sources.items() if said != finished.sources.get(name)}
    return Begun(sources, frozenset(changed))


def forget_finished(place: Workplace) -> None:
    """From now on the work file counts as half built, also after a power cut."""
    (place.target / _FINISHED_MARK).unlink(missing_ok=True)
    _sync(place.target)


def finish(place: Workplace, build: Build, begun: Begun, whole_at: datetime) -> None:
    """Mark the work file as built and tested to the end; it was last made afresh at that time."""
    shutil.copyfile(place.run_results, place.finished_results)
    _sync(place.finished_results)
    finished = _Finished(**dict(build), whole_at=whole_at, sources=dict(begun.sources))
    fresh = place.target / f".{_FINISHED_MARK}.new"
    fresh.write_text(finished.model_dump_json() + "\n", encoding="utf-8")
    _sync(fresh)
    fresh.replace(place.target / _FINISHED_MARK)


def finished_build(place: Workplace) -> Build:
    """The build whose tables stand in the work file. Raises UnfinishedBuildError."""
    finished = _finished(place)
    if finished is None:
        raise UnfinishedBuildError("no finished build is there to publish; run `skills refresh`")
    return finished


def _finished(place: Workplace) -> _Finished | None:
    mark = place.target / _FINISHED_MARK
    if not mark.exists() or not place.database.exists():
        return None
    try:
        return _Finished.model_validate_json(mark.read_bytes())
    except ValidationError:  # of another release
        return None


def _built_batches(place: Workplace) -> set[tuple[str, datetime]]:
    """What the tables in the work file were made of, and when it landed, in UTC.

    In a landing zone that was put back or begun anew other batches may have the same names.
    """
    with duckdb.connect(place.database, read_only=True) as connection:
        rows = connection.execute("select batch_id, landed_at from landing.batches").fetchall()
    return set(rows)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def failed_nodes(place: Workplace) -> list[str]:
    """What dbt could not build or found wrong, in words; none when it did not come that far."""
    if not place.run_results.exists():
        return []
    return broken_rules(
        read_artefact(place.manifest), read_artefact(place.run_results), place.database
    )


def last_sequence(settings: Settings, *outcomes: Outcome) -> int:
    """Number of the last handled delivery, of those that ended so or of all; 0 before any."""
    if not settings.manifest.exists():
        return 0
    with Manifest(settings.manifest) as manifest:
        return manifest.last_sequence(*outcomes)
