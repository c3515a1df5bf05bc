"""Is what the manifest names on disk, whole, and is nothing else taken for landed?"""

from __future__ import annotations

import hashlib
import shutil
import stat
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingestion.checks import REJECTED_SCHEMA, SECRETS_SCHEMA, Checked
from ingestion.contract import FeedContract, load_contracts
from ingestion.export import LANDING_TABLES, export_sources
from ingestion.history import AlreadyLanded, History, pull_since
from ingestion.landing import (
    BatchRecord,
    BatchWriter,
    ConservationError,
    DeliveryRecord,
    LandedFiles,
    Manifest,
    Zone,
    batch_id,
)
from ingestion.reasons import Breach, BreachCode, SkipReason
from ingestion.settings import Settings
from ingestion.verification import LandingDamagedError, assert_intact

CONTRACTS = load_contracts()
FIGURES = CONTRACTS["public/published_figures"]
LEDGERS = CONTRACTS["county/training_ledgers"]
NOW = datetime(2024, 7, 10, 1, 2, 3, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home [1]'s")


def rows(contract: FeedContract, count: int = 2) -> pa.Table:
    columns = {name: pa.array(["x"] * count) for name in contract.landed_names()}
    return pa.table(columns | {"_sheet": [""] * count, "_row_number": range(2, 2 + count)})


def _with(table: pa.Table, texts: dict[str, list[str]]) -> pa.Table:
    """The same rows with other texts in some columns."""
    for name, values in texts.items():
        at = table.column_names.index(name)
        table = table.set_column(at, name, pa.array(values))
    return table


def rejected(count: int = 1) -> pa.Table:
    pointers = [
        {"sheet": "", "row_number": 9 + i, "column_name": "value", "reason": "NUMBER_UNPARSED"}
        for i in range(count)
    ]
    return pa.Table.from_pylist(pointers, schema=REJECTED_SCHEMA)


def batch(number: int = 2, **changes: object) -> BatchRecord:
    record = BatchRecord(
        batch_id=batch_id(number, 0, f"{number:064x}"),
        sequence=number,
        delivery_id="d1",
        feed=FIGURES.name,
        scope="",
        unit_code=None,
        period_start=None,
        period_end=None,
        covers_rank=0,
        rows_delivered=4,
        rows_landed=2,
        rows_rejected=1,
        rows_skipped=1,
        skips={"TOTAL_ROW": 1},
        file_name=f"{batch_id(number, 0, f'{number:064x}')}.parquet",
        file_sha256="",
        rejected_sha256=None,
        canonical_hash=f"{number:064x}",
        contract_fingerprint="f",
        watermark=None,
        delivered_at=NOW,
        landed_at=NOW,
    )
    return replace(record, **changes)


def delivery(**changes: object) -> DeliveryRecord:
    record = DeliveryRecord(
        delivery_id="d1",
        sequence=1,
        feed=FIGURES.name,
        name="a.csv",
        sha256="0" * 64,
        size=10,
        delivered_at=NOW,
        handled_at=NOW,
        outcome="landed",
        contract_fingerprint="f",
        rows_delivered=4,
        rows_landed=2,
        rows_rejected=1,
        rows_skipped=1,
        notes=("sheet 'x' is hidden",),
    )
    return replace(record, **changes)


def put(zone: Zone, batch: str, landed: pa.Table, quarantined: pa.Table) -> LandedFiles:
    """Both files of a batch under their final names."""
    folder = zone.staging / f"{batch} at work"
    folder.mkdir()
    writer = BatchWriter(folder, batch, "updated_at")
    writer.add(landed, quarantined)
    files = zone.place(batch, writer.close())
    folder.rmdir()
    return files


def land(
    settings: Settings, contract: FeedContract = FIGURES, landed_at: datetime = NOW
) -> BatchRecord:
    zone = Zone(settings, contract)
    record = batch(feed=contract.name, landed_at=landed_at)
    files = put(zone, record.batch_id, rows(contract), rejected())
    zone.sync()
    record = replace(record, file_sha256=files.sha256, rejected_sha256=files.rejected_sha256)
    with Manifest(settings.manifest) as manifest:
        manifest.commit([delivery(feed=contract.name)], [record])
    return record


# --- files ------------------------------------------------------------------------------------


def test_a_landed_file_holds_text_its_batch_and_nobody_elses_eyes(settings: Settings) -> None:
    record = land(settings)
    path = settings.landing / record.feed / record.file_name
    table = pq.read_table(path)
    assert set(table.column("_batch_id").to_pylist()) == {record.batch_id}
    texts = [field.type for field in table.schema if field.name != "_row_number"]
    assert set(texts) == {pa.string()}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert hashlib.sha256(path.read_bytes()).hexdigest() == record.file_sha256


def test_without_rejected_rows_there_is_no_quarantine_file(settings: Settings) -> None:
    zone = Zone(settings, FIGURES)
    assert put(zone, "b1", rows(FIGURES), rejected(0)).rejected_sha256 is None
    assert [path.name for path in zone.folder.iterdir()] == ["b1.parquet"]


def test_leftovers_of_a_killed_run_are_removed_and_nothing_else(settings: Settings) -> None:
    record = land(settings)
    zone = Zone(settings, FIGURES)
    put(zone, "b00000099-killed", rows(FIGURES), rejected())
    (zone.staging / "000001").mkdir()
    (zone.staging / "000001" / "original").write_text("plain", encoding="utf-8")
    (zone.staging / "half.staged").write_text("half", encoding="utf-8")
    other = Zone(settings, LEDGERS)
    (other.staging / "at work.staged").write_text("another feed's", encoding="utf-8")
    zone.remove_leftovers([record])
    assert list(zone.staging.iterdir()) == []
    assert {path.name for path in zone.folder.iterdir()} == {
        record.file_name,
        f"{record.batch_id}.rejected.parquet",
    }
    assert (other.staging / "at work.staged").exists()


def test_a_changed_or_missing_file_stops_everything_built_on_it(settings: Settings) -> None:
    record = land(settings)
    path = settings.landing / record.feed / record.file_name
    assert_intact(settings, [record])
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(LandingDamagedError, match=rf"{record.batch_id}\.parquet has changed"):
        export_sources(settings, duckdb.connect())
    path.unlink()
    with pytest.raises(LandingDamagedError, match="is missing"):
        assert_intact(settings, [record])


# --- the manifest -----------------------------------------------------------------------------


def test_the_manifest_gives_back_what_was_committed(settings: Settings) -> None:
    span = {"period_start": date(2024, 1, 1), "period_end": date(2024, 6, 30)}
    with Manifest(settings.manifest) as manifest:
        manifest.commit([delivery()], [batch(**span)])
    with Manifest(settings.manifest) as manifest:
        assert manifest.deliveries() == [delivery()]
        assert manifest.batches(FIGURES.name) == [batch(**span)]
        assert manifest.batches("county/training_ledgers") == []
    assert stat.S_IMODE(settings.manifest.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("deliveries", "batches"),
    [
        ([delivery(rows_skipped=0)], [batch()]),
        ([delivery()], [batch(rows_landed=3)]),
        ([delivery()], []),
        ([delivery(rows_delivered=None, outcome="refused")], [batch()]),
        ([delivery(rows_landed=1, rows_skipped=2)], [batch()]),
    ],
)
def test_rows_that_do_not_add_up_are_never_committed(
    settings: Settings, deliveries: list[DeliveryRecord], batches: list[BatchRecord]
) -> None:
    with Manifest(settings.manifest) as manifest:
        with pytest.raises(ConservationError):
            manifest.commit(deliveries, batches)
        assert manifest.deliveries() == []


def test_a_group_is_committed_whole_or_not_at_all(settings: Settings) -> None:
    with Manifest(settings.manifest) as manifest:
        manifest.commit([delivery()], [batch()])
        again = delivery(delivery_id="d3", sequence=3)
        with pytest.raises(Exception, match="UNIQUE"):
            manifest.commit([again], [batch(delivery_id="d3")])
        assert manifest.deliveries() == [delivery()]


def test_two_runs_never_get_the_same_sequence(settings: Settings) -> None:
    with Manifest(settings.manifest) as one, Manifest(settings.manifest) as other:
        numbers = [*one.reserve(3), *other.reserve(2), *one.reserve(1)]
    assert numbers == sorted(set(numbers))


def test_batch_ids_are_one_for_each_number_and_place_and_sort_like_them() -> None:
    numbers = [(number, place) for number in (1, 9, 10, 99_999_999) for place in (0, 1, 10)]
    ids = [batch_id(*number, "ab" * 32) for number in numbers]
    assert ids == sorted(set(ids))


# --- history ----------------------------------------------------------------------------------


def test_the_furthest_month_is_the_truth_then_the_later() -> None:
    history = History([batch(1, covers_rank=5), batch(2, covers_rank=3), batch(3, covers_rank=5)])
    current = history.current("")
    assert current
    assert current.sequence == 3
    assert history.current("elsewhere") is None


def test_a_b_a_again_ends_with_a() -> None:
    a, b = batch(1, canonical_hash="a"), batch(2, canonical_hash="b")
    history = History([a])
    assert history.holds(LEDGERS, "", 0, "a")
    history.add(b)
    assert not history.holds(LEDGERS, "", 0, "a")
    assert history.holds(LEDGERS, "", 0, "b")


def test_a_late_march_is_compared_with_march() -> None:
    march = batch(1, covers_rank=3, rows_landed=10, rows_rejected=0, canonical_hash="m")
    may = batch(2, covers_rank=5, rows_landed=90, rows_rejected=10, canonical_hash="n")
    history = History([march, may])
    assert history.holds(LEDGERS, "", 3, "m")
    history.refuse_shrunk(LEDGERS, "", 3, 8, "a file")
    history.refuse_shrunk(LEDGERS, "", 6, 50, "a file")
    with pytest.raises(Breach) as caught:
        history.refuse_shrunk(LEDGERS, "", 6, 49, "a file")
    assert caught.value.code is BreachCode.DELIVERY_SHRUNK


def test_rows_that_add_up_are_never_added_twice() -> None:
    terms = LEDGERS.delivery.model_copy(update={"mode": "append"})
    contract = LEDGERS.model_copy(update={"delivery": terms})
    history = History([batch(1, canonical_hash="a"), batch(2, canonical_hash="b")])
    assert history.holds(contract, "", 0, "a")


def test_a_pull_looks_back_and_starts_over_under_new_terms() -> None:
    batches = [batch(1, watermark="2024-05-06 08:00:00"), batch(2, watermark="2024-05-06 00:05:00")]
    assert pull_since(batches, "f") == "2024-05-06 07:45:00"
    assert pull_since(batches, "other terms") is None
    assert pull_since([], "f") is None


def test_what_an_overlap_brings_again_is_known_by_its_key_and_change_time(
    settings: Settings,
) -> None:
    contract = CONTRACTS["hrss/training_classes"]
    zone = Zone(settings, contract)

    def changed(numbers: list[str], day: int) -> pa.Table:
        told = {"class_no": numbers, "updated_at": [f"2024-05-{day:02} 08:00:00"] * len(numbers)}
        return _with(rows(contract, len(numbers)), told)

    put(zone, "b1", changed(["A", "B"], 1), rejected(0))
    put(zone, "b2", changed(["A", "C"], 6), rejected(0))
    without_statistics = changed(["D"], 6)
    pq.write_table(without_statistics, zone.path("b3"), write_statistics=False)
    batches = [replace(batch(), batch_id=name) for name in ("b1", "b2", "b3")]
    known = AlreadyLanded(contract, zone, batches, "f", "2024-05-06 07:45:00")
    again = changed(["A", "B", "C", "D", "E"], 6)
    left = known.left_out(Checked(again, rejected(0), Counter(), SECRETS_SCHEMA.empty_table()))
    assert left.landed.column("class_no").to_pylist() == ["B", "E"]
    assert left.skipped == {SkipReason.ALREADY_LANDED: 3}


def test_only_what_readers_pass_over_groups_by_has_a_least_and_a_greatest(
    settings: Settings,
) -> None:
    contract = CONTRACTS["hrss/training_classes"]
    zone = Zone(settings, contract)
    put(zone, "b1", rows(contract), rejected(0))
    group = pq.read_metadata(zone.path("b1")).row_group(0)
    columns = [group.column(at) for at in range(group.num_columns)]
    told = {one.path_in_schema for one in columns if one.statistics and one.statistics.has_min_max}
    assert told == {"_batch_id", "updated_at"}


# --- the export -------------------------------------------------------------------------------


def test_an_empty_landing_zone_has_every_view_and_column(settings: Settings) -> None:
    connection = duckdb.connect()
    export_sources(settings, connection, as_of=date(2024, 7, 9), now=NOW)
    for contract in CONTRACTS.values():
        columns = connection.execute(f"describe {contract.agency}.{contract.feed}").fetchall()
        assert [name for name, *_ in columns] == [
            *contract.landed_names(),
            "_batch_id",
            "_sheet",
            "_row_number",
        ]
    for table, declared in LANDING_TABLES.items():
        columns = connection.execute(f"describe landing.{table}").fetchall()
        assert {name: kind.lower() for name, kind, *_ in columns} == {
            name: kind for name, (kind, _) in declared.items()
        }
    assert connection.execute("select * from landing.run").fetchall() == [
        (True, NOW.replace(tzinfo=None), date(2024, 7, 9), None, None)
    ]


def test_views_read_what_the_manifest_names_and_nothing_else(settings: Settings) -> None:
    record = land(settings)
    folder = settings.landing / FIGURES.name
    pq.write_table(rows(FIGURES), folder / "b99999999-stray.parquet")
    connection = duckdb.connect()
    export_sources(settings, connection, now=NOW)
    assert connection.execute(
        "select _batch_id, count(*), max(_row_number) from public.published_figures group by all"
    ).fetchall() == [(record.batch_id, 2, 3)]
    assert connection.execute(
        "select feed, batch_id, row_number, reason from landing.rejections"
    ).fetchall() == [(FIGURES.name, record.batch_id, 9, "NUMBER_UNPARSED")]
    assert connection.execute("select delivered_at, notes from landing.deliveries").fetchall() == [
        (NOW.replace(tzinfo=None), "[\"sheet 'x' is hidden\"]")
    ]


def test_a_batch_that_landed_anew_says_something_else_under_its_old_name(
    settings: Settings,
) -> None:
    record = land(settings)
    before = export_sources(settings, duckdb.connect(), now=NOW)
    assert export_sources(settings, duckdb.connect(), now=NOW) == before
    shutil.rmtree(settings.landing)
    assert land(settings, landed_at=NOW + timedelta(hours=1)).batch_id == record.batch_id
    after = export_sources(settings, duckdb.connect(), now=NOW)
    changed = {source for source, said in after.items() if said != before[source]}
    assert changed == {"landing.batches", FIGURES.name.replace("/", ".")}


def test_a_column_that_older_files_lack_is_empty_there(settings: Settings) -> None:
    zone = Zone(settings, FIGURES)
    record = batch(rows_rejected=0, rows_delivered=3)
    older = rows(FIGURES).drop_columns(["counting_scope"])
    files = put(zone, record.batch_id, older, rejected(0))
    with Manifest(settings.manifest) as manifest:
        manifest.commit(
            [delivery(rows_rejected=0, rows_delivered=3)],
            [replace(record, file_sha256=files.sha256)],
        )
    connection = duckdb.connect()
    export_sources(settings, connection)
    assert (
        connection.execute(
            "select subject, counting_scope from public.published_figures"
        ).fetchall()
        == [("x", None)] * 2
    )
