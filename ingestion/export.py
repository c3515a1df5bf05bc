"""The landing zone as a database sees it: a relation per feed, of files that the manifest names.

Makes in an open DuckDB connection what ``ingestion.dbt_sources`` declares to dbt: a schema per
agency with a relation per feed, and a schema ``landing`` with the record of deliveries, batches and
rejections. A large feed is a view over its files; a small one, which may lie in hundreds of files
and is asked for again and again, is read once into a table. For an engine that reads the landed
files by itself it writes that record as Parquet; the record names the files. It refuses a landing
zone of which a file is missing or changed, and it never lists a folder: a file that the manifest
does not name is not read.
"""

from __future__ import annotations

import glob
import hashlib
import json
from collections import defaultdict
from collections.abc import Container, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from string import Template
from types import MappingProxyType
from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.contract import FeedContract, load_contracts
from ingestion.landing import BatchRecord, DeliveryRecord, Manifest
from ingestion.periods import LOCAL_TIME
from ingestion.quoting import identifier, literal
from ingestion.settings import Settings
from ingestion.verification import assert_intact, assert_sound

LANDING: Final = "landing"

#: Tables of the schema ``landing``: column -> (DuckDB type, description).
LANDING_TABLES: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "deliveries": {
        "delivery_id": ("varchar", "identifies the delivery"),
        "sequence": ("bigint", "order of handling; clocks do not count"),
        "feed": ("varchar", "agency/feed"),
        "name": ("varchar", "file within the feed's folder, or system:table"),
        "sha256": ("varchar", "hash of the file as it came"),
        "size": ("bigint", "bytes"),
        "delivered_at": ("timestamp", "UTC; the file's time, or the time of the pull"),
        "handled_at": ("timestamp", "UTC"),
        "outcome": ("varchar", "landed, unchanged, refused, nothing_new or unreachable"),
        "breach_code": ("varchar", "why it was refused; empty when it was not"),
        "breach_where": ("varchar", "file, sheet, row or column in words"),
        "breach_message": ("varchar", "what is wrong and what to do next"),
        "rows_delivered": ("bigint", "all rows below the headers; empty when refused"),
        "rows_landed": ("bigint", "rows that landed"),
        "rows_rejected": ("bigint", "rows in quarantine"),
        "rows_skipped": ("bigint", "totals, footers, blanks, and rows that had landed before"),
        "contract_fingerprint": ("varchar", "terms under which it was handled"),
        "format": ("varchar", "format that was found in the content"),
        "encoding": ("varchar", "text encoding that was found"),
        "notes": ("varchar", "what the reader noticed, as a JSON list"),
    },
    "batches": {
        "batch_id": ("varchar", "identifies the batch; `_batch_id` in the feeds"),
        "sequence": ("bigint", "order of landing; clocks do not count"),
        "delivery_id": ("varchar", "the delivery it came with"),
        "feed": ("varchar", "agency/feed"),
        "scope": ("varchar", "what it speaks for, such as 520382|2024; empty for all"),
        "unit_code": ("varchar", "area or department that reports"),
        "period_start": ("date", "first day covered"),
        "period_end": ("date", "last day covered"),
        "covers_rank": ("bigint", "the furthest of a scope is the truth, then the latest sequence"),
        "rows_delivered": ("bigint", "all rows below the headers"),
        "rows_landed": ("bigint", "rows that landed"),
        "rows_rejected": ("bigint", "rows in quarantine"),
        "rows_skipped": ("bigint", "totals, footers, blanks, and rows that had landed before"),
        "skips": ("varchar", "rows skipped by reason, as JSON"),
        "file_name": ("varchar", "landed file"),
        "file_sha256": ("varchar", "hash of the landed file"),
        "rejected_sha256": ("varchar", "hash of the quarantine file, if there is one"),
        "canonical_hash": ("varchar", "knows the same rows again"),
        "contract_fingerprint": ("varchar", "terms under which it landed"),
        "watermark": ("varchar", "furthest change time, local"),
        "delivered_at": ("timestamp", "UTC; time of landing where the file's own can't be right"),
        "landed_at": ("timestamp", "UTC"),
        "is_built": ("boolean", "whether tables of large feeds hold its rows from an earlier run"),
    },
    "rejections": {
        "batch_id": ("varchar", "the batch that the row came with"),
        "feed": ("varchar", "agency/feed"),
        "sheet": ("varchar", "sheet of the workbook; empty for other formats"),
        "row_number": ("bigint", "row as the agency sees it"),
        "record_key": ("varchar", "the parts of the key that are not personal"),
        "column_name": ("varchar", "column of the first reason; empty for the row as a whole"),
        "reason": ("varchar", "first reason by column order"),
        "reasons": ("varchar", "all reasons, as column:REASON, comma separated"),
    },
    "feeds": {
        "feed": ("varchar", "agency/feed"),
        "title_zh": ("varchar", "what the agency delivers, in Chinese"),
        "title_en": ("varchar", "what the agency delivers, in English"),
        "cadence": ("varchar", "how often it is due"),
        "due_day": ("bigint", "day of the month after the period; empty when not agreed"),
    },
    "run": {
        "is_sample": ("boolean", "whether simulated agencies delivered"),
        "refreshed_at": ("timestamp", "UTC; when this database was made"),
        "as_of": ("date", "what had happened by this day counts; empty for the day of making"),
        "as_known": ("date", "deliveries up to this day count; empty for all"),
        "former_as_of": ("date", "by which day standing tables judge; empty where none stand"),
    },
}
#: Lineage columns of every feed's view.
LINEAGE: Final[dict[str, tuple[str, str]]] = {
    "_batch_id": ("varchar", "the batch that the row came with; see landing.batches"),
    "_sheet": ("varchar", "sheet of the workbook; empty for other formats"),
    "_row_number": ("bigint", "row as the agency sees it"),
}


_RELATION: Final = Template("create or replace $kind $name as select $names from ($rows)")
_DROP: Final = Template("drop $kind $name")
#: What is not of a kind: where it is listed, and its own kind.
_OTHER_KIND: Final = {"table": ("duckdb_views", "view"), "view": ("duckdb_tables", "table")}
#: Feeds of so many rows are read once.
_SMALL: Final = 200_000
_NO_ROWS: Final = Template("select $columns where false")
#: Files with the same columns: DuckDB opens the first to know them, and the others to read them.
_FILES: Final = Template("select * from read_parquet([$files])")
_BESIDE: Final = " union all by name "
_TABLE: Final = Template("create or replace table $table as select * from content")

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})

_ARROW_TYPES: Final = {
    "varchar": pa.string(),
    "bigint": pa.int64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
}


def export_sources(
    settings: Settings,
    connection: duckdb.DuckDBPyConnection,
    *,
    as_of: date | None = None,
    as_known: date | None = None,
    now: datetime | None = None,
    former_as_of: date | None = None,
    built: Container[str] = (),
    standing: Mapping[str, str] = _NOTHING,
) -> dict[str, str]:
    """Make the relations that dbt's sources name. Raises LandingDamagedError.

    ``built`` are the batches that tables of large feeds in this database were made of, and
    ``former_as_of`` is the day by which they judge. Returns for every source, as
    ``<schema>.<relation>``, a hash of what it says; ``standing`` is what was returned for what
    stands in the database, so that a feed that says the same is left alone.

    The manifest's seals and every landed file's hash are verified first. The dates that a run is
    asked for are data like any other, so that dbt's parse of the project holds for every day.
    """
    deliveries, batches = _verified(settings)
    now = now or datetime.now(UTC)
    states = _states(settings, deliveries, batches, as_of=as_of, as_known=as_known, now=now)
    for contract in load_contracts().values():
        source = f"{contract.agency}.{contract.feed}"
        if standing.get(source) != states[source]:
            own = [batch for batch in batches if batch.feed == contract.name]
            _make_relation(connection, settings, contract, own)
    connection.execute(f"create schema if not exists {identifier(LANDING)}")
    record = _record(
        settings,
        deliveries,
        batches,
        as_of=as_of,
        as_known=as_known,
        now=now,
        former_as_of=former_as_of,
        built=built,
    )
    for name, content in record.items():
        connection.register("content", content)
        connection.execute(_TABLE.substitute(table=f"{identifier(LANDING, name)}"))
        connection.unregister("content")
    return states


def _states(
    settings: Settings,
    deliveries: Sequence[DeliveryRecord],
    batches: Sequence[BatchRecord],
    *,
    as_of: date | None,
    as_known: date | None,
    now: datetime,
) -> dict[str, str]:
    """What tells whether a source says something else than before.

    A feed says what its batches hold and all that the record says of them, since a landing zone
    may be put back: then other batches have the same names. The run says by which day it judges;
    without one, by the city's day. What tables hold already, and judge by, is no news.
    """
    contracts = load_contracts().values()
    said: dict[str, object] = {
        f"{contract.agency}.{contract.feed}": [
            vars(batch) for batch in batches if batch.feed == contract.name
        ]
        for contract in contracts
    }
    said |= {
        f"{LANDING}.deliveries": [vars(delivery) for delivery in deliveries],
        f"{LANDING}.batches": [vars(batch) for batch in batches],
        f"{LANDING}.rejections": [(batch.batch_id, batch.rejected_sha256) for batch in batches],
        f"{LANDING}.feeds": [contract.fingerprint() for contract in contracts],
        f"{LANDING}.run": [settings.is_sample, as_of, as_known, now.astimezone(LOCAL_TIME).date()],
    }
    return {
        source: hashlib.sha256(json.dumps(told, default=str).encode()).hexdigest()[:16]
        for source, told in said.items()
    }


def write_record(
    settings: Settings,
    folder: Path,
    *,
    as_of: date | None = None,
    as_known: date | None = None,
    now: datetime | None = None,
) -> None:
    """Write the tables of the schema ``landing`` as ``<folder>/<table>/<table>.parquet``.

    For engines that read the landed files themselves: those that ``batches`` names, of which the
    hashes are verified first. Times say that they are UTC. Raises LandingDamagedError.
    """
    deliveries, batches = _verified(settings)
    record = _record(settings, deliveries, batches, as_of=as_of, as_known=as_known, now=now)
    for name, content in record.items():
        path = folder / name / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        zoned = pa.schema(
            pa.field(column.name, pa.timestamp("us", "UTC"))
            if pa.types.is_timestamp(column.type)
            else column
            for column in content.schema
        )
        pq.write_table(content.cast(zoned), path)


def _verified(settings: Settings) -> tuple[list[DeliveryRecord], list[BatchRecord]]:
    """What the manifest knows; its seals and every landed file's hash hold."""
    assert_sound(settings.manifest)
    with Manifest(settings.manifest) as manifest:
        deliveries, batches = manifest.deliveries(), manifest.batches()
    assert_intact(settings, batches)
    return deliveries, batches


def _record(
    settings: Settings,
    deliveries: Sequence[DeliveryRecord],
    batches: Sequence[BatchRecord],
    *,
    as_of: date | None,
    as_known: date | None,
    now: datetime | None,
    former_as_of: date | None = None,
    built: Container[str] = (),
) -> dict[str, pa.Table]:
    """The tables of the schema ``landing`` by name."""
    known = [vars(batch) | {"is_built": batch.batch_id in built} for batch in batches]
    feeds = [vars(contract) | {"feed": name} for name, contract in load_contracts().items()]
    run = {
        "is_sample": settings.is_sample,
        "refreshed_at": now or datetime.now(UTC),
        "as_of": as_of,
        "as_known": as_known,
        "former_as_of": former_as_of,
    }
    return {
        "deliveries": _table("deliveries", [vars(delivery) for delivery in deliveries]),
        "batches": _table("batches", known),
        "rejections": _rejections(settings, batches),
        "feeds": _table("feeds", feeds),
        "run": _table("run", [run]),
    }


def _make_relation(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    contract: FeedContract,
    batches: Sequence[BatchRecord],
) -> None:
    """All rows of all batches; columns that older files lack are there, and empty."""
    columns = dict.fromkeys(contract.landed_names(), "varchar")
    columns |= {name: kind for name, (kind, _) in LINEAGE.items()}
    empty = ", ".join(f"cast(null as {kind}) as {identifier(n)}" for n, kind in columns.items())
    alike: defaultdict[tuple[str, ...], list[Path]] = defaultdict(list)
    for batch in batches:
        path = settings.landing / batch.feed / batch.file_name
        alike[tuple(pq.read_schema(path).names)].append(path)
    rows = _BESIDE.join(
        [
            _NO_ROWS.substitute(columns=empty),
            # A path is a pattern to DuckDB, so its marks are escaped.
            *(
                _FILES.substitute(files=", ".join(literal(glob.escape(str(path))) for path in own))
                for own in alike.values()
            ),
        ]
    )
    connection.execute(f"create schema if not exists {identifier(contract.agency)}")
    name = f"{identifier(contract.agency, contract.feed)}"
    kind = "table" if sum(batch.rows_landed for batch in batches) <= _SMALL else "view"
    _forget_other(connection, contract, kind)
    connection.execute(
        _RELATION.substitute(
            kind=kind, name=name, names=", ".join(map(identifier, columns)), rows=rows
        )
    )


def _forget_other(connection: duckdb.DuckDBPyConnection, contract: FeedContract, kind: str) -> None:
    """A feed that has outgrown its table, or shrunk: what stands there is of the other kind."""
    catalog, other = _OTHER_KIND[kind]
    stands = connection.execute(
        f"from {catalog}() select count(*) where schema_name = ? and {other}_name = ?",
        [contract.agency, contract.feed],
    ).fetchall()
    if stands != [(0,)]:
        connection.execute(
            _DROP.substitute(kind=other, name=f"{identifier(contract.agency, contract.feed)}")
        )


def _rejections(settings: Settings, batches: Sequence[BatchRecord]) -> pa.Table:
    """All rows in quarantine, without what only the landing zone needs of them."""
    schema = _schema("rejections")
    own = [_quarantined(settings, batch, schema) for batch in batches if batch.rejected_sha256]
    rows = pa.concat_tables([schema.empty_table(), *own], promote_options="default")
    return rows.select(schema.names)


def _quarantined(settings: Settings, batch: BatchRecord, schema: pa.Schema) -> pa.Table:
    """Rows of one batch; columns that older files lack are not there."""
    path = settings.landing / batch.feed / f"{batch.batch_id}.rejected.parquet"
    # `pq.read_table` brings pyarrow.dataset along, and with it pandas.
    with pq.ParquetFile(path) as file:
        rows = file.read([name for name in schema.names if name in file.schema.names])
    return rows.append_column("feed", pa.array([batch.feed] * rows.num_rows, pa.string()))


def _table(name: str, rows: Sequence[Mapping[str, object]]) -> pa.Table:
    return pa.table(
        {
            column.name: pa.array([_plain(row[column.name]) for row in rows], column.type)
            for column in _schema(name)
        }
    )


def _schema(name: str) -> pa.Schema:
    """Columns and types of one of the tables of the schema ``landing``."""
    return pa.schema(
        [(column, _ARROW_TYPES[kind]) for column, (kind, _) in LANDING_TABLES[name].items()]
    )


def _plain(value: object) -> object:
    """Times in UTC without a zone, lists and mappings as JSON."""
    match value:
        case datetime():
            return value.astimezone(UTC).replace(tzinfo=None)
        case tuple() | dict():
            return json.dumps(value, ensure_ascii=False, sort_keys=True)
        case _:
            return value
