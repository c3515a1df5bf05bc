"""What the warehouse is built from, and where: dates, fingerprint, work file, dbt's surroundings.

A build is known by its fingerprint, a hash of everything that can change a number: what has
landed, the contracts, the dbt project with its seeds, and the two dates. dbt builds in a work file
that no reader opens, made afresh each time so that nothing of an earlier run can be in it.
Artefacts and logs of dbt stay under the installation's home. This module knows neither Dagster nor
what is published.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import duckdb
from pydantic import BaseModel, ConfigDict

from dagster_project.progress import Stage
from dagster_project.redaction import clear_artefacts, without_data
from dagster_project.rules import broken_rules
from ingestion.contract import load_contracts
from ingestion.export import export_sources
from ingestion.landing import Manifest
from ingestion.settings import REPOSITORY, Settings, keep_private

if TYPE_CHECKING:
    from dbt_common.events.base_types import EventMsg

DBT_PROJECT: Final = REPOSITORY / "dbt_project"
SEEDS: Final = REPOSITORY / "seeds"
#: Periods and days are those of the city.
CITY_TIME: Final = ZoneInfo("Asia/Shanghai")
#: Half-way through the last year of the plan: pace and forecast mean something.
SAMPLE_AS_OF: Final = date(2025, 6, 30)

_LATEST: Final = "latest"
_PROJECT_SUFFIXES: Final = frozenset({".sql", ".yml", ".csv", ".md"})
_FINISHED_MARK: Final = "build.json"
#: What dbt says is told to whoever listens, and stands in its log.
_SILENTLY: Final = ("--log-level", "none", "--no-use-colors")


class UnfinishedBuildError(Exception):
    """There is no finished build to publish; the message says what to do."""


class DbtError(Exception):
    """dbt gave up; the message names the log, not the data."""


@dataclass(frozen=True)
class DbtEvent:
    """One thing that dbt says while it runs, without the data that it quotes."""

    level: str
    text: str
    #: Of the node that it is about, if it is about one.
    node: str = ""
    #: How many nodes are finished when this one is, and of how many; 0 when it says no such thing.
    done: int = 0
    total: int = 0

    @classmethod
    def of(cls, message: EventMsg) -> DbtEvent:
        # Declared with less than they have.
        info: Any = message.info
        data: Any = message.data
        is_end = info.name.endswith("Result")
        return cls(
            level=info.level,
            text=without_data(info.msg),
            node=data.node_info.node_name if hasattr(data, "node_info") else "",
            done=getattr(data, "index", 0) if is_end else 0,
            total=getattr(data, "total", 0) if is_end else 0,
        )


def moving(stage: Stage) -> Callable[[DbtEvent], None]:
    """Moves the stage with every node that ends."""

    def hear(event: DbtEvent) -> None:
        if event.total:
            stage.report(event.done, event.total, note=event.node)

    return hear


class Build(BaseModel):
    """One state of input, rules and dates."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fingerprint: str
    #: What had happened by this day counts.
    as_of: date
    #: Deliveries up to this day count; none means all.
    as_known: date | None
    is_sample: bool

    @property
    def dbt_vars(self) -> str:
        """dbt's ``--vars``, always in the same words, so that the parse cache holds."""
        as_known = self.as_known.isoformat() if self.as_known else _LATEST
        return json.dumps({"as_of": self.as_of.isoformat(), "as_known": as_known})


@dataclass(frozen=True)
class Workplace:
    """Where one build happens: its database, and dbt's artefacts and log."""

    database: Path
    target: Path

    @property
    def manifest(self) -> Path:
        return self.target / "manifest.json"

    @property
    def run_results(self) -> Path:
        return self.target / "run_results.json"

    @property
    def environment(self) -> dict[str, str]:
        """What dbt and its profile read."""
        return {
            "SKILLS_WORK_FILE": str(self.database),
            "DBT_TARGET_PATH": str(self.target),
            "DBT_LOG_PATH": str(self.target),
            # At dbt's usual level, debug, the log takes more writing than the tables.
            "DBT_LOG_LEVEL_FILE": "info",
            "DBT_PROFILES_DIR": str(DBT_PROJECT),
            "DBT_PROJECT_DIR": str(DBT_PROJECT),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "DO_NOT_TRACK": "1",
        }


def workplace(settings: Settings) -> Workplace:
    """Where the build that gets published happens."""
    return Workplace(settings.work_database, settings.work / "target")


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
        "as_known": as_known.isoformat() if as_known else _LATEST,
        "is_sample": settings.is_sample,
    }
    text = json.dumps(ingredients, sort_keys=True)
    return Build(
        fingerprint=hashlib.sha256(text.encode()).hexdigest()[:16],
        as_of=judged_on,
        as_known=as_known,
        is_sample=settings.is_sample,
    )


def project_hash() -> str:
    """Hash of everything that dbt reads from the repository, seeds included."""
    digest = hashlib.sha256()
    for folder in (DBT_PROJECT, SEEDS):
        for path in sorted(folder.rglob("*")):
            if path.suffix in _PROJECT_SUFFIXES and path.is_file():
                digest.update(f"{path.relative_to(REPOSITORY).as_posix()}\0".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def prepare_manifest(settings: Settings) -> Path:
    """dbt's manifest of the project as it stands: parsed once, then found by content."""
    keep_private()
    folder = settings.work / "manifests"
    path = folder / f"{project_hash()[:16]}.json"
    if path.exists():
        return path
    place = workplace(settings)
    build = planned_build(settings, datetime.now(CITY_TIME))
    run_dbt(["parse", "--vars", build.dbt_vars], place)
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f".{path.name}.{os.getpid()}"
    shutil.copyfile(place.manifest, fresh)
    for older in folder.glob("*.json"):
        older.unlink(missing_ok=True)
    fresh.replace(path)
    return path


def start_work_file(settings: Settings, place: Workplace) -> None:
    """Replace the database by a fresh one with the landed sources, and forget older results."""
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
        export_sources(settings, connection)


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


def read_artefact(path: Path) -> Mapping[str, Any]:
    """One of dbt's JSON artefacts."""
    content: Mapping[str, Any] = json.loads(path.read_bytes())
    return content


def failed_nodes(place: Workplace) -> list[str]:
    """What dbt could not build or found wrong, in words; none when it did not come that far."""
    if not place.run_results.exists():
        return []
    return broken_rules(
        read_artefact(place.manifest), read_artefact(place.run_results), place.database
    )


def run_dbt(
    arguments: Sequence[str],
    place: Workplace,
    on_event: Callable[[DbtEvent], None] | None = None,
) -> None:
    """Run dbt in this process; ``on_event`` hears what it would print. Raises DbtError.

    It takes the environment along and prints nothing itself. Connections are closed at the end, so
    that the work file is free, and its artefacts are cleared of data.
    """
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    place.target.mkdir(parents=True, exist_ok=True)
    errors: list[str] = []

    def hear(message: EventMsg) -> None:
        if message.info.level == "debug":
            return
        event = DbtEvent.of(message)
        if event.level == "error":
            errors.append(event.text)
        if on_event:
            on_event(event)

    with environment(place):
        try:
            outcome = dbtRunner(callbacks=[hear]).invoke([*_SILENTLY, *arguments])
        finally:
            DuckDBConnectionManager.close_all_connections()
    clear_artefacts(place.target)
    if not outcome.success:
        if outcome.exception is not None:
            errors.append(without_data(str(outcome.exception)))
        raise DbtError("\n".join([f"dbt {arguments[0]} failed:", *errors]))


@contextmanager
def environment(place: Workplace) -> Iterator[None]:
    """This process's environment as dbt's profile expects it, for the length of the block."""
    before = dict(os.environ)
    os.environ.update(place.environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


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
