"""Programs that faults are injected into: a landing, a publication, the making of a secret.

Each runs in a fork of the process that imported this module. Landing hands its work to threads,
whose calls strace counts for each by itself and which take turns as they please: a program here has
one thread, so that every call has its place, unless it says otherwise.
"""

from __future__ import annotations

import csv
import io
import os
import resource
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import duckdb
from pydantic import SecretStr

from dagster_project.building import Build
from dagster_project.publishing.publication import publish as publish_build
from ingestion import deliver
from ingestion.connectors import drop_folder
from ingestion.contract import load_contracts
from ingestion.identity import check_digit
from ingestion.settings import Settings
from ingestion.vault import load_secret

LEDGERS: Final = load_contracts()["county/training_ledgers"]
KEY_MATERIAL: Final = "a secret for tests, of invented people"
NOW: Final = datetime(2024, 9, 10, 2, tzinfo=UTC)
BUILD: Final = Build(
    fingerprint="0123456789abcdef", as_of=date(2025, 6, 30), as_known=None, is_sample=True
)
_HEADER: Final = ("姓名", "身份证号码", "培训机构", "培训工种", "培训时间", "考核结果", "手机号码")
_RUN: Final = "00000000-0000-0000-0000-000000000000"

Answer = TypeVar("Answer")


# --- landing ----------------------------------------------------------------------------------


def settings_of(folder: Path) -> Settings:
    """The installation in a folder: its home, and what agencies have dropped."""
    return Settings(
        home=folder / "home",
        drop=str(folder / "drop"),
        secret=SecretStr(KEY_MATERIAL),
        connections={},
    )


def drop_ledger(
    folder: Path, name: str, trainees: Sequence[int], *, broken: Sequence[int] = ()
) -> Path:
    """A county's ledger with a total, a blank row and invented people of region 529999."""
    lines: list[Sequence[str]] = [_HEADER]
    for one in trainees:
        seventeen = f"52999919800101{one:03d}"
        person = seventeen + check_digit(seventeen)
        result = "?" if one in broken else "合格"
        days = "2024.01.06-01.20"
        lines.append(
            (f"样例{one:03d}", person, "样例学校", "焊工", days, result, f"1390000{one:04d}")
        )
    lines += [("",) * len(_HEADER), ("合计", f"{len(trainees)}人", *("",) * (len(_HEADER) - 2))]
    text = io.StringIO()
    csv.writer(text).writerows(lines)
    path = folder / "drop" / LEDGERS.agency / LEDGERS.feed / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.getvalue().encode("utf-8-sig"))
    moment = datetime(2024, 7, 1, tzinfo=UTC) + timedelta(minutes=len(trainees))
    os.utime(path, (moment.timestamp(),) * 2)
    return path


def land(folder: str) -> None:
    """Take in what was dropped, in one thread and one transaction per delivery."""
    deliver.GROUP = 1
    deliver.ThreadPoolExecutor = _InThisThread
    drop_folder.within = _without_limit
    land_in_threads(folder)


def land_in_threads(folder: str) -> None:
    """Take in what was dropped, as a run does."""
    deliver.deliver_feed(LEDGERS, settings_of(Path(folder)), now=NOW)


def land_with_small_files(folder: str, size: str) -> None:
    """The same where no file may grow beyond so many bytes."""
    with _small_files(int(size)):
        land_in_threads(folder)


def land_openly(folder: str) -> None:
    """The same, started by somebody whose files anybody may read and write."""
    os.umask(0)
    land_in_threads(folder)


@contextmanager
def _small_files(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


class _InThisThread(Executor):
    """Does at once what it is given."""

    def __init__(self, workers: int) -> None:
        del workers

    def __enter__(self) -> Self:
        return self

    def submit(self, work: Callable[..., Answer], /, *args: Any, **kwargs: Any) -> Future[Answer]:
        done: Future[Answer] = Future()
        try:
            done.set_result(work(*args, **kwargs))
        except Exception as error:
            done.set_exception(error)
        return done


def _without_limit(_: float, work: Callable[[], Answer], __: object) -> Answer:
    return work()


# --- the secret -------------------------------------------------------------------------------


def make_secret(folder: str) -> None:
    """The secret of an installation of the sample, made when there is none."""
    load_secret(Settings(home=Path(folder), connections={}), may_create=True)


# --- publishing -------------------------------------------------------------------------------


def build_work_file(path: Path, generation: int) -> None:
    """A finished build whose every table says its generation."""
    path.unlink(missing_ok=True)
    with duckdb.connect(path) as connection:
        connection.execute(
            f"""
            create schema marts;
            create schema kpis;
            create schema landing;
            create table marts.fct_trainings as
            select range as training_no, {generation} as generation from range(1000);
            create table marts.dim_areas as
            select range as area_no, {generation} as generation from range(16);
            create table marts.publication as
            select '{_RUN}' as build_id, {generation} as generation;
            create table kpis.kpi_scorecard as
            select 'H-01' as indicator_id, {generation} as generation;
            comment on table marts.fct_trainings is 'One row per training.';
            create table landing.batches as
            select
                'hrss/enrolments' as feed,
                timestamp '2025-06-30 01:00:00' as delivered_at,
                timestamp '2025-06-30 02:00:00' as landed_at;
            create table landing.deliveries as
            select 'hrss/enrolments' as feed, 1 as sequence, 'landed' as outcome;
            """
        )


def publish(folder: str, day: str = "1") -> None:
    """Publish the work file of a folder, with one thread of DuckDB's."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    publish_build(
        Path(folder) / "work.duckdb",
        Path(folder) / "published",
        BUILD,
        manifest=_manifest(),
        run_results={
            "metadata": {"invocation_id": _RUN},
            "args": {"which": "build"},
            "results": [{"unique_id": key, "status": "pass"} for key in _TESTS],
        },
        contracts=load_contracts().values(),
        now=datetime(2025, 7, int(day), 1, tzinfo=UTC),
    )


def publish_with_small_files(folder: str, day: str, size: str) -> None:
    """The same where no file may grow beyond so many bytes."""
    with _small_files(int(size)):
        publish(folder, day)


def publish_openly(folder: str, day: str) -> None:
    """The same, started by somebody whose files anybody may read and write."""
    os.umask(0)
    publish(folder, day)


_KEYS: Final = {
    ("marts", "fct_trainings"): "training_no",
    ("marts", "dim_areas"): "area_no",
    ("marts", "publication"): "build_id",
    ("kpis", "kpi_scorecard"): "indicator_id",
}
_TESTS: Final = {
    f"test.skills.holds_{table}": {
        "resource_type": "test",
        "name": f"holds_{table}",
        "attached_node": f"model.skills.{table}",
        "depends_on": {"nodes": [f"model.skills.{table}"]},
        "config": {},
        "test_metadata": {"name": "holds", "kwargs": {"grain": [column]}},
    }
    for (_, table), column in _KEYS.items()
}


def _manifest() -> dict[str, Any]:
    return {"metadata": {"invocation_id": _RUN}, "nodes": {**dict(_models()), **_TESTS}}


def _models() -> Iterator[tuple[str, dict[str, Any]]]:
    for schema, table in _KEYS:
        yield (
            f"model.skills.{table}",
            {"resource_type": "model", "schema": schema, "alias": table, "columns": {}},
        )
