"""The published file holds the published tables and nothing else, and older drivers open it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from invented_people import resident_id

from dagster_project.publishing.duckdb_file import (
    _CHUNK_BYTES,
    PublishedFileError,
    _ids_in_bytes,
    refuse_personal_traces,
    verify_database,
    write_database,
)
from dagster_project.publishing.parquet import write_parquet
from ingestion.personal_numbers import is_personal

INVENTED_ID = resident_id(451, born="19900307")
PUBLICATION = pa.table({"version": ["000001"], "is_sample": [True]})


@pytest.fixture
def work(tmp_path: Path) -> Path:
    path = tmp_path / "work.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute("create schema marts; create schema kpis; create schema intermediate")
        connection.execute("create table marts.fct_trainings as select range as id from range(5)")
        connection.execute("comment on table marts.fct_trainings is 'One row per training.'")
        connection.execute("comment on column marts.fct_trainings.id is 'Ours.'")
        connection.execute("create table kpis.kpi_scorecard as select 'H-01' as indicator_id")
        connection.execute("create table intermediate.secret as select 'whisper' as word")
        connection.execute("create view marts.a_view as select * from intermediate.secret")
    return path


def test_only_tables_of_the_published_schemas_and_the_publication_go_in(
    work: Path, tmp_path: Path
) -> None:
    target = tmp_path / "warehouse.duckdb"
    rows = write_database(work, target, PUBLICATION)
    assert rows == {"kpis.kpi_scorecard": 1, "marts.fct_trainings": 5}
    with duckdb.connect(target, read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() order by all"
        ).fetchall()
    assert tables == [
        ("kpis", "kpi_scorecard"),
        ("main", "publication"),
        ("marts", "fct_trainings"),
    ]
    assert b"whisper" not in target.read_bytes()
    assert not target.with_name("warehouse.duckdb.wal").exists()


def test_descriptions_travel_with_the_tables(work: Path, tmp_path: Path) -> None:
    target = tmp_path / "warehouse.duckdb"
    write_database(work, target, PUBLICATION)
    with duckdb.connect(target, read_only=True) as connection:
        assert connection.execute(
            "select comment from duckdb_tables() where table_name = 'fct_trainings'"
        ).fetchone() == ("One row per training.",)


def test_the_file_has_a_storage_version_that_older_drivers_open(work: Path, tmp_path: Path) -> None:
    target = tmp_path / "warehouse.duckdb"
    write_database(work, target, PUBLICATION)
    # Storage version number: bytes 12 to 20 of the header; DuckDB 1.4 reads up to 67.
    assert int.from_bytes(target.read_bytes()[12:20], "little") <= 67


def test_a_file_that_differs_from_the_work_file_is_refused(work: Path, tmp_path: Path) -> None:
    target = tmp_path / "warehouse.duckdb"
    write_database(work, target, PUBLICATION)
    with duckdb.connect(work) as connection:
        connection.execute("delete from marts.fct_trainings where id = 0")
    with pytest.raises(PublishedFileError, match=r"marts\.fct_trainings"):
        verify_database(work, target)


@pytest.mark.parametrize(
    "text",
    [
        INVENTED_ID,
        f"学员{INVENTED_ID}的证书",
        f"{INVENTED_ID}; 0851-0000000",
        "样例学校（联系人13800000000）",
        "138-0000-0000",
        "6217990000000000014",
        "转账6217 9900 0000 0000 014",
    ],
)
def test_a_persons_number_in_any_text_value_is_refused_without_being_told(
    work: Path, tmp_path: Path, text: str
) -> None:
    with duckdb.connect(work) as connection:
        connection.execute("create table marts.notes as select ? as note", [text])
    target = tmp_path / "warehouse.duckdb"
    write_database(work, target, PUBLICATION)
    with pytest.raises(PublishedFileError, match=r"marts\.notes, column note") as refusal:
        refuse_personal_traces(target)
    assert not is_personal(str(refusal.value))


def test_a_resident_id_in_the_plain_bytes_is_refused(work: Path, tmp_path: Path) -> None:
    target = tmp_path / "warehouse.duckdb"
    write_database(work, target, PUBLICATION)
    with duckdb.connect(target) as connection:
        connection.execute(f"comment on table main.publication is '{INVENTED_ID}'")
    with pytest.raises(PublishedFileError, match="bytes"):
        refuse_personal_traces(target)


@pytest.mark.parametrize("before", range(8))
def test_a_resident_id_in_the_plain_bytes_is_found_wherever_it_begins(
    tmp_path: Path, before: int
) -> None:
    path = tmp_path / "bytes"
    path.write_bytes(b"\x00" * before + INVENTED_ID.encode() + b"\xff" * 50)
    assert list(_ids_in_bytes(path)) == [INVENTED_ID]
    path.write_bytes(b"\x00" * (_CHUNK_BYTES - 10 + before) + INVENTED_ID.encode())
    assert list(_ids_in_bytes(path)) == [INVENTED_ID]
    path.write_bytes(b"\x00" * before + b"1" + INVENTED_ID.encode() + b"\xff" * 50)
    assert list(_ids_in_bytes(path)) == []


def test_a_persons_number_among_many_equal_texts_is_refused(work: Path, tmp_path: Path) -> None:
    with duckdb.connect(work) as connection:
        connection.execute(
            "create table marts.notes as select 'the same remark' as note from range(100)"
        )
        connection.execute("insert into marts.notes values (?)", [f"学员{INVENTED_ID}"])
    target = tmp_path / "warehouse.duckdb"
    write_database(work, target, PUBLICATION)
    with pytest.raises(PublishedFileError, match=r"marts\.notes, column note: 1 values"):
        refuse_personal_traces(target)


def test_numbers_of_records_and_credit_codes_are_nobodys(work: Path, tmp_path: Path) -> None:
    with duckdb.connect(work) as connection:
        connection.execute(
            "create table marts.numbers as select unnest(?) as number",
            [
                [
                    "Y0000529999199003074512",
                    "91529999MA6DK0000X",
                    "5203022024010200017",
                    "520302202401020017",
                    "6217990000000000018",
                    "PX13800000000",
                    "1752003012400123",
                ]
            ],
        )
    target = tmp_path / "warehouse.duckdb"
    write_database(work, target, PUBLICATION)
    refuse_personal_traces(target)


def test_every_published_table_is_written_as_parquet(work: Path, tmp_path: Path) -> None:
    target = tmp_path / "warehouse.duckdb"
    write_database(work, target, PUBLICATION)
    written = write_parquet(target, tmp_path / "parquet")
    assert sorted(path.relative_to(tmp_path / "parquet").as_posix() for path in written) == [
        "kpis/kpi_scorecard.parquet",
        "main/publication.parquet",
        "marts/fct_trainings.parquet",
    ]
    assert duckdb.read_parquet(str(written[-1])).fetchall() == [(i,) for i in range(5)]
