"""dbt in this process: its project, its surroundings, what it says and what it leaves behind.

The project is parsed once for each state of its files, and what no delivery can change is built and
tested once for each: its seeds with what is made of them alone, and its unit tests. Artefacts and
logs stay under the installation's home, cleared of data. This module knows neither Dagster nor what
is published.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import duckdb
from filelock import FileLock

from dagster_project.engine import BUILDING, memory_limit
from dagster_project.news import models_with_news
from dagster_project.progress import Stage
from dagster_project.redaction import clear_artefacts, without_data
from ingestion.settings import REPOSITORY, Settings, keep_private

if TYPE_CHECKING:
    from dbt_common.events.base_types import EventMsg

DBT_PROJECT: Final = REPOSITORY / "dbt_project"
SEEDS: Final = REPOSITORY / "seeds"

_PROJECT_SUFFIXES: Final = frozenset({".sql", ".yml", ".csv", ".md"})
#: What turns the project into tables.
_ENGINES: Final = ("dbt-core", "dbt-duckdb", "duckdb")
#: All that stands on what was delivered, in dbt's words; the rest is the foundation.
_DELIVERED: Final = "source:*+"
_FOUNDATION: Final = "foundation"
_WITHOUT_UNIT_TESTS: Final = ("--exclude-resource-type", "unit_test")
#: What dbt says is told to whoever listens, and stands in its log.
_SILENTLY: Final = ("--log-level", "none", "--no-use-colors")


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


@dataclass(frozen=True)
class Workplace:
    """Where one build happens: its database, and dbt's artefacts and log."""

    database: Path
    target: Path
    #: Of the engine, in DuckDB's words; none means the usual one.
    memory_limit: str | None = None

    @property
    def database_log(self) -> Path:
        """What a process left beside the database that ended before it was folded in."""
        return self.database.with_name(f"{self.database.name}.wal")

    @property
    def manifest(self) -> Path:
        return self.target / "manifest.json"

    @property
    def run_results(self) -> Path:
        return self.target / "run_results.json"

    @property
    def finished_results(self) -> Path:
        """What was said of all that stands in the database, when it was last finished."""
        return self.target / "finished_results.json"

    @property
    def log(self) -> Path:
        return self.target / "dbt.log"

    @property
    def environment(self) -> dict[str, str]:
        """What dbt and its profile read."""
        return {
            "SKILLS_WORK_FILE": str(self.database),
            "SKILLS_MEMORY_LIMIT": self.memory_limit or memory_limit(BUILDING),
            "DBT_TARGET_PATH": str(self.target),
            "DBT_LOG_PATH": str(self.target),
            # dbt's own log words every debug event before it looks at the level, which takes longer
            # than the tables: `run_dbt` writes the log.
            "DBT_LOG_LEVEL_FILE": "none",
            "DBT_PROFILES_DIR": str(DBT_PROJECT),
            "DBT_PROJECT_DIR": str(DBT_PROJECT),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "DO_NOT_TRACK": "1",
        }


def workplace(settings: Settings) -> Workplace:
    """Where the build that gets published happens."""
    return Workplace(settings.work_database, settings.work / "target", settings.memory_limit)


def project_hash() -> str:
    """Hash of all that dbt reads from the repository, seeds included, and of what runs it."""
    digest = hashlib.sha256()
    for engine in _ENGINES:
        digest.update(f"{engine} {version(engine)}\0".encode())
    for folder in (DBT_PROJECT, SEEDS):
        for path in sorted(folder.rglob("*")):
            if path.suffix in _PROJECT_SUFFIXES and path.is_file():
                digest.update(f"{path.relative_to(REPOSITORY).as_posix()}\0".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def prepare_manifest(settings: Settings) -> Path:
    """dbt's manifest of the project as it stands: parsed once, then found by content."""
    keep_private()
    path = _remembered(settings, "manifest.json")
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    # Two commands may begin at once, and both would parse in the same place.
    with FileLock(path.parent / ".parsing"):
        if not path.exists():
            place = workplace(settings)
            run_dbt(["parse"], place)
            _remember(path, place.manifest.read_bytes())
    return path


def lay_foundation(
    settings: Settings, place: Workplace, on_event: Callable[[DbtEvent], None] | None = None
) -> None:
    """Make the work file afresh, with all that no delivery can change: seeds, and what they make.

    Built and tested once for each state of the project, copied from then on. Raises DbtError.
    """
    place.target.mkdir(parents=True, exist_ok=True)
    place.database.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(prepare_manifest(settings), place.manifest)
    for former in (place.database, place.database_log):
        former.unlink(missing_ok=True)
    database, said = (_remembered(settings, _FOUNDATION + end) for end in (".duckdb", ".json"))
    if not (database.exists() and said.exists()):
        _build_foundation(said, place, on_event)
        with duckdb.connect(place.database) as connection:
            connection.execute("checkpoint")
        _remember(database, place.database.read_bytes())
    else:
        shutil.copyfile(database, place.database)


def _build_foundation(
    said: Path, place: Workplace, on_event: Callable[[DbtEvent], None] | None
) -> None:
    """Build and test it in the work file, and keep what dbt said of it."""
    run_dbt(["build", "--exclude", _DELIVERED], place, on_event)
    _remember(said, _as_json(read_artefact(place.run_results)["results"]))


def dbt_build(
    settings: Settings,
    place: Workplace,
    selection: Sequence[str] = (),
    on_event: Callable[[DbtEvent], None] | None = None,
    *,
    changed: Container[str] | None = None,
) -> frozenset[str]:
    """Build and test in the work file: everything, or what ``selection`` asks for in dbt's words.

    Leaves the manifest of the project beside the results of all that stands in the file, and
    returns what was done in this run, by dbt's names. Everything is all that stands on what was
    delivered, above the foundation that the file was begun with: what was said of that stands, and
    what unit tests say, which see no data, stands for as long as the project is the same. Where
    the file was finished before, and only ``changed`` sources say something else since, it is what
    stands on those. Raises DbtError; the results then are of this run alone.
    """
    shutil.copyfile(prepare_manifest(settings), place.manifest)
    if selection:
        run_dbt(["build", *selection], place, on_event)
        return _done(place)
    if changed is not None:
        names = models_with_news(read_artefact(place.manifest), changed)
        run_dbt(["build", *_WITHOUT_UNIT_TESTS, "--select", *names], place, on_event)
        done, latest = _done(place), read_artefact(place.run_results)
        anew = {result["unique_id"]: result for result in latest["results"]}
        stood = dict(read_artefact(place.finished_results))
        stood["metadata"] = latest["metadata"]
        stood["results"] = [anew.get(one["unique_id"], one) for one in stood["results"]]
        _write(place.run_results, _as_json(stood))
        return done
    said = _remembered(settings, f"{_FOUNDATION}.json")
    if not said.exists():  # The work file stands, and what was kept beside it does not.
        _build_foundation(said, place, on_event)
    unit_tests = _remembered(settings, "unit_tests.json")
    is_answered = unit_tests.exists()
    spared = _WITHOUT_UNIT_TESTS if is_answered else ()
    run_dbt(["build", "--select", _DELIVERED, *spared], place, on_event)
    done, results = _done(place), dict(read_artefact(place.run_results))
    if not is_answered:
        asked = [one for one in results["results"] if one["unique_id"].startswith("unit_test.")]
        _remember(unit_tests, _as_json(asked))
    foundation = json.loads(said.read_bytes())
    earlier = json.loads(unit_tests.read_bytes()) if is_answered else []
    # In the order of the graph.
    results["results"] = [*foundation, *results["results"], *earlier]
    _write(place.run_results, _as_json(results))
    return done


def _done(place: Workplace) -> frozenset[str]:
    """What dbt's last run built and tested."""
    return frozenset(one["unique_id"] for one in read_artefact(place.run_results)["results"])


def _as_json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode()


def _remembered(settings: Settings, what: str) -> Path:
    """Where that is kept of the project as it stands."""
    return settings.work / "project" / f"{project_hash()[:16]}.{what}"


def _remember(path: Path, content: bytes) -> None:
    """Keep it, and forget what belongs to other states of the project."""
    path.parent.mkdir(parents=True, exist_ok=True)
    state = path.name.partition(".")[0]
    for other in path.parent.glob("[!.]*"):
        if not other.name.startswith(state):
            other.unlink(missing_ok=True)
    _write(path, content)


def _write(path: Path, content: bytes) -> None:
    """All of it or nothing, also after a power cut."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with fresh.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def read_artefact(path: Path) -> Mapping[str, Any]:
    """One of dbt's JSON artefacts."""
    content: Mapping[str, Any] = json.loads(path.read_bytes())
    return content


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
    from dbt.artifacts.schemas.run import RunExecutionResult
    from dbt.cli.main import dbtRunner

    place.target.mkdir(parents=True, exist_ok=True)
    errors: list[str] = []
    # dbt speaks from several threads, and a text stream that two of them write to at once may
    # write what stands in memory beside its buffer.
    one_at_a_time = Lock()

    def hear(message: EventMsg) -> None:
        if message.info.level == "debug":
            return
        event = DbtEvent.of(message)
        with one_at_a_time:
            log.write(f"{datetime.now(UTC):%H:%M:%S} [{event.level}] {event.text}\n")
            if event.level == "error":
                errors.append(event.text)
            if on_event:
                on_event(event)

    # A build would write the whole manifest once more, which takes longer than its models.
    quick = ["--no-write-json"] if arguments[0] == "build" else []
    with environment(place), place.log.open("w", encoding="utf-8") as log:
        try:
            outcome = dbtRunner(callbacks=[hear]).invoke([*_SILENTLY, *quick, *arguments])
        finally:
            DuckDBConnectionManager.close_all_connections()
    if isinstance(outcome.result, RunExecutionResult):
        outcome.result.write(str(place.run_results))
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
