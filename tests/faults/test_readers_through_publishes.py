"""Readers in processes of their own while one version after another is published.

Every publication is a real one, of a small work file; the clock moves on by three hours each time,
so that old versions are also removed under the readers.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import duckdb
import pytest
import watching
from artefacts import RUN, manifest_of, results_of
from campaign import repeated

from dagster_project.building import Build
from dagster_project.publishing.publication import publish
from dagster_project.publishing.versions import published_versions
from ingestion.contract import load_contracts

PUBLICATIONS: Final = 100
#: The largest part of the suite's machine that a reader may wait for another.
MOST_SECONDS: Final = 60
START: Final = datetime(2025, 7, 1, tzinfo=UTC)
#: So many that a table can't be read at one blow.
ROWS: Final = 20_000
PACE: Final = timedelta(hours=3)
MANIFEST: Final = manifest_of((*watching.TABLES, "marts.publication"))


def built(work: Path, number: int) -> None:
    """A fresh work file in which every row carries the number of the publication to come."""
    work.unlink(missing_ok=True)
    with duckdb.connect(work) as connection:
        connection.execute("create schema marts; create schema kpis; create schema landing")
        for table in watching.TABLES:
            rows = connection.table_function("range", [ROWS])
            rows.select(f"range as id, {number} as publication_no").create(table)
        connection.execute(
            """
            create table landing.batches
            as select '' as feed, now()::timestamp as delivered_at, now()::timestamp as landed_at
            limit 0;
            create table landing.deliveries
            as select '' as feed, 0 as sequence, '' as outcome limit 0;
            """
        )
        connection.execute("create table marts.publication as select ? as build_id", [RUN])


def published(folder: Path, number: int) -> None:
    """Build and publish one version, some hours after the one before."""
    work = folder / "work.duckdb"
    built(work, number)
    build = Build(fingerprint=f"{number}", as_of=date(2025, 6, 30), as_known=None, is_sample=True)
    publish(
        work,
        folder / "published",
        build,
        manifest=MANIFEST,
        run_results=results_of(MANIFEST),
        contracts=load_contracts().values(),
        now=START + number * PACE,
    )


@dataclass(frozen=True)
class Watcher:
    """A reader at work."""

    process: subprocess.Popen[str]

    def told(self) -> dict[str, Any]:
        """Have it stop; what it saw."""
        answer, _ = self.process.communicate(timeout=MOST_SECONDS)
        said: dict[str, Any] = json.loads(answer)
        return said


@contextmanager
def watcher(manner: str, folder: Path) -> Iterator[Watcher]:
    """A reader that has opened what is published, and is at it."""
    with subprocess.Popen(
        [sys.executable, watching.__file__, manner, str(folder / "published")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield Watcher(process)
        finally:
            process.kill()


@pytest.mark.slow
@pytest.mark.promise("publishes under three readers without an error or a mixed version", 100)
def test_three_readers_see_whole_versions_and_one_keeps_the_first(
    tmp_path: Path, record_property: Any
) -> None:
    count = repeated(12, PUBLICATIONS)
    record_property("cases", count)
    published(tmp_path, 0)
    with ExitStack() as stack:
        readers = {
            name: stack.enter_context(watcher(manner, tmp_path))
            for name, manner in {
                "first": "database",
                "second": "database",
                "of Parquet": "parquet",
                "of the first version": "kept",
            }.items()
        }
        for number in range(1, count + 1):
            published(tmp_path, number)
        told = {name: reader.told() for name, reader in readers.items()}
    assert {name: (seen["mixed"], seen["errors"]) for name, seen in told.items()} == dict.fromkeys(
        told, (0, [])
    )
    kept = told.pop("of the first version")
    assert kept["seen"] == [0]
    for name, seen in told.items():
        assert seen["reads"] > count, name
        assert set(seen["seen"]) <= set(range(count + 1)), name
        assert len(seen["seen"]) > count / 4, name
        assert seen["seen"][-1] == count, name


def test_versions_stay_for_a_day_after_they_were_replaced_and_then_go(tmp_path: Path) -> None:
    """However many versions a day brings; the disk holds those of a day and the last few."""
    count = 12
    for number in range(count + 1):
        published(tmp_path, number)
    versions = published_versions(tmp_path / "published")
    # Version n was replaced when n + 1 was published.
    oldest = count - 1 - timedelta(days=1) // PACE
    assert [int(version.facts.fingerprint) for version in versions] == [*range(oldest, count + 1)]
