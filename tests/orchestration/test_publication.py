"""Publishing from a finished build: what readers get, and what stops it before they see it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from artefacts import RUN, manifest_of, results_of

from dagster_project.building import Build
from dagster_project.publishing.audit import AuditError
from dagster_project.publishing.duckdb_file import PublishedFileError
from dagster_project.publishing.publication import Publication, publish
from dagster_project.publishing.versions import current_version
from ingestion.contract import load_contracts

NOW = datetime(2025, 7, 1, 1, tzinfo=UTC)
BUILD = Build(
    fingerprint="0123456789abcdef", as_of=date(2025, 6, 30), as_known=None, is_sample=True
)
MANIFEST = manifest_of(("kpis.kpi_scorecard", "marts.fct_trainings", "marts.publication"))
RESULTS = results_of(MANIFEST)


@pytest.fixture
def work(tmp_path: Path) -> Path:
    path = tmp_path / "work.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute(
            """
            create schema marts;
            create schema kpis;
            create schema landing;
            create table marts.fct_trainings as select range as id from range(10);
            create table kpis.kpi_scorecard as select 'H-01' as indicator_id;
            create table landing.batches as
            select
                'hrss/enrolments' as feed,
                timestamp '2025-06-30 01:00:00' as delivered_at,
                timestamp '2025-06-30 02:00:00' as landed_at;
            create table landing.deliveries as
            select * from (
                values ('hrss/enrolments', 1, 'landed'), ('hrss/talent_stock', 2, 'refused')
            ) as handled (feed, sequence, outcome);
            """
        )
        connection.execute("create table marts.publication as select ? as build_id", [RUN])
    return path


def run(
    work: Path, tmp_path: Path, *, days: int = 0, accept_fewer_rows: bool = False
) -> Publication:
    return publish(
        work,
        tmp_path / "published",
        BUILD,
        manifest=MANIFEST,
        run_results=RESULTS,
        contracts=load_contracts().values(),
        now=NOW + timedelta(days=days),
        accept_fewer_rows=accept_fewer_rows,
    )


def test_the_publication_says_what_it_is_and_how_fresh_each_feed_is(
    work: Path, tmp_path: Path
) -> None:
    version = run(work, tmp_path).version
    with duckdb.connect(tmp_path / "published" / "current.duckdb", read_only=True) as connection:
        rows = connection.execute(
            """
            select version, as_of, is_sample, notice, feed, last_delivered_at, last_outcome
            from publication
            where feed in ('hrss/enrolments', 'hrss/talent_stock', 'hrss/certificates')
            order by feed
            """
        ).fetchall()
        feeds = connection.execute("select count(*) from publication").fetchone()
    assert {row[:4] for row in rows} == {
        (version.name, date(2025, 6, 30), True, "样例数据 / sample data")
    }
    assert [row[4:] for row in rows] == [
        ("hrss/certificates", None, "none"),
        ("hrss/enrolments", NOW.replace(day=30, month=6, tzinfo=None), "landed"),
        ("hrss/talent_stock", None, "refused"),
    ]
    assert feeds == (len(load_contracts()),)


def test_parquet_is_found_through_the_pointer_and_says_the_same(work: Path, tmp_path: Path) -> None:
    run(work, tmp_path)
    published = tmp_path / "published"
    name = (published / "CURRENT").read_text(encoding="utf-8").strip()
    folder = published / "versions" / name / "parquet"
    found = duckdb.read_parquet(str(folder / "marts" / "fct_trainings.parquet"))
    assert found.count("*").fetchall() == [(10,)]


def test_a_build_that_lost_half_leaves_the_last_version_in_place(
    work: Path, tmp_path: Path
) -> None:
    first = run(work, tmp_path).version
    with duckdb.connect(work) as connection:
        connection.execute("delete from marts.fct_trainings where id > 3")
    with pytest.raises(AuditError, match=r"marts\.fct_trainings has 4 rows"):
        run(work, tmp_path, days=1)
    current = current_version(tmp_path / "published")
    assert current
    assert current.name == first.name
    assert not list((tmp_path / "published").rglob(".staging"))
    assert run(work, tmp_path, days=1, accept_fewer_rows=True).version.name > first.name


def test_a_build_with_a_resident_id_in_it_is_not_published(work: Path, tmp_path: Path) -> None:
    with duckdb.connect(work) as connection:
        connection.execute(
            "alter table marts.fct_trainings add column note string default '529999199003074512'"
        )
    with pytest.raises(PublishedFileError):
        run(work, tmp_path)
    assert current_version(tmp_path / "published") is None


def test_a_reader_keeps_its_version_while_the_next_is_published(work: Path, tmp_path: Path) -> None:
    run(work, tmp_path)
    with duckdb.connect(tmp_path / "published" / "current.duckdb", read_only=True) as reader:
        with duckdb.connect(work) as connection:
            connection.execute("insert into marts.fct_trainings select 10")
        run(work, tmp_path, days=1)
        assert reader.execute("select count(*) from marts.fct_trainings").fetchone() == (10,)
    with duckdb.connect(tmp_path / "published" / "current.duckdb", read_only=True) as reader:
        assert reader.execute("select count(*) from marts.fct_trainings").fetchone() == (11,)
