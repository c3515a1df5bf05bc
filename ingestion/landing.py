"""The landing zone: one Parquet file per batch, and a manifest that says what counts.

Append only. A file is written in a staging folder, synced, renamed into place, its folder synced;
only then a row of the manifest, which is the commit point, makes it part of the landing zone.
A file that no row names does not exist for anyone and is removed when its feed runs again, so
that a run killed at any moment leaves nothing behind that counts. Readers take their list of
files from the manifest, never from a glob.

It refuses to hold values of quarantined cells and plain personal values: columns come from the
checks, texts for people pass through ``ingestion.personal_numbers``.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import BufferedRandom
from pathlib import Path
from typing import Final, Literal, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingestion.contract import FeedContract
from ingestion.seals import make_seals, put_seals, refuse_damaged
from ingestion.settings import Settings

Outcome = Literal["landed", "unchanged", "refused", "nothing_new", "unreachable"]

_SCHEMA: Final = """
create table if not exists deliveries (
    delivery_id text primary key,
    sequence integer not null unique,
    feed text not null,
    name text not null,
    sha256 text,
    size integer,
    delivered_at text not null,
    handled_at text not null,
    outcome text not null
        check (outcome in ('landed', 'unchanged', 'refused', 'nothing_new', 'unreachable')),
    breach_code text,
    breach_where text,
    breach_message text,
    rows_delivered integer,
    rows_landed integer,
    rows_rejected integer,
    rows_skipped integer,
    contract_fingerprint text not null,
    format text,
    encoding text,
    notes text not null,
    check ((outcome in ('refused', 'unreachable')) = (breach_code is not null)),
    check (rows_delivered = rows_landed + rows_rejected + rows_skipped)
) strict;
create table if not exists batches (
    batch_id text primary key,
    sequence integer not null unique,
    delivery_id text not null references deliveries (delivery_id),
    feed text not null,
    scope text not null,
    unit_code text,
    period_start text,
    period_end text,
    covers_rank integer not null,
    rows_delivered integer not null,
    rows_landed integer not null,
    rows_rejected integer not null,
    rows_skipped integer not null,
    skips text not null,
    file_name text not null,
    file_sha256 text not null,
    rejected_sha256 text,
    canonical_hash text not null,
    contract_fingerprint text not null,
    watermark text,
    delivered_at text not null,
    landed_at text not null,
    check (rows_delivered = rows_landed + rows_rejected + rows_skipped)
) strict;
create index if not exists deliveries_by_name on deliveries (feed, name);
create index if not exists batches_by_scope on batches (feed, scope);
create table if not exists counters (name text primary key, value integer not null) strict;
insert or ignore into counters values ('sequence', 0);
create table if not exists clock_decisions (
    sequence integer not null,
    trusted_at text not null,
    disputed_at text
) strict;
"""

_INSERT_DELIVERY: Final = """
insert into deliveries values (
    :delivery_id, :sequence, :feed, :name, :sha256, :size, :delivered_at, :handled_at, :outcome,
    :breach_code, :breach_where, :breach_message, :rows_delivered, :rows_landed, :rows_rejected,
    :rows_skipped, :contract_fingerprint, :format, :encoding, :notes
)
"""
_INSERT_BATCH: Final = """
insert into batches values (
    :batch_id, :sequence, :delivery_id, :feed, :scope, :unit_code, :period_start, :period_end,
    :covers_rank, :rows_delivered, :rows_landed, :rows_rejected, :rows_skipped, :skips, :file_name,
    :file_sha256, :rejected_sha256, :canonical_hash, :contract_fingerprint, :watermark,
    :delivered_at, :landed_at
)
"""
_SELECT_DELIVERIES: Final = (
    "select * from deliveries where feed = ?1 or ?1 is null order by sequence"
)
_SELECT_BATCHES: Final = "select * from batches where feed = ?1 or ?1 is null order by sequence"
_LAST_SEQUENCE: Final = """
select coalesce(max(sequence), 0)
from deliveries
where ?1 = '[]' or outcome in (select value from json_each(?1))
"""
_LAST_DELIVERED_AT: Final = "select max(delivered_at) from deliveries where feed = ?"
#: A counter that was damaged still never gives a number twice.
_RESERVE: Final = """
update counters
set value = max(value, (select coalesce(max(sequence), 0) from seals)) + ?
where name = 'sequence'
returning value
"""
#: What was recorded before a person vouched for the clock no longer counts.
_LAST_MOMENT: Final = """
select max(moment)
from (
    select handled_at as moment
    from deliveries
    where
        (feed = ?1 or ?1 is null)
        and sequence > (select coalesce(max(sequence), 0) from clock_decisions)
    union all
    select trusted_at
    from clock_decisions
    where
        ?1 is null
        and rowid = (select max(rowid) from clock_decisions)
)
"""
_TRUST_CLOCK: Final = """
insert into clock_decisions
select value, ?, ? from counters where name = 'sequence'
"""


#: Fewer rows are written the same way whatever they hold.
_FEW_ROWS: Final = 10_000
#: So many rows make a group at least, or all that there are.
_GROUP: Final = 200_000
#: Larger dictionaries would be given up in the middle of a group of rows.
_DICTIONARY_PAGE: Final = 64 << 20


class ConservationError(Exception):
    """Delivered is not landed + rejected + skipped: a defect of ours, nothing was committed."""


@dataclass(frozen=True)
class DeliveryRecord:
    """One handled delivery; row counts are None when it was not taken in."""

    delivery_id: str
    sequence: int
    feed: str
    name: str
    sha256: str | None
    size: int | None
    delivered_at: datetime
    handled_at: datetime
    outcome: Outcome
    contract_fingerprint: str
    breach_code: str | None = None
    breach_where: str | None = None
    breach_message: str | None = None
    rows_delivered: int | None = None
    rows_landed: int | None = None
    rows_rejected: int | None = None
    rows_skipped: int | None = None
    format: str | None = None
    encoding: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class BatchRecord:
    """One landed batch: what a delivery says about one scope."""

    batch_id: str
    sequence: int
    delivery_id: str
    feed: str
    #: What the batch speaks for, such as ``520382|2024``; '' for the whole feed.
    scope: str
    unit_code: str | None
    period_start: date | None
    period_end: date | None
    #: The furthest rank of a scope is the truth, then the latest sequence.
    covers_rank: int
    rows_delivered: int
    rows_landed: int
    rows_rejected: int
    rows_skipped: int
    skips: Mapping[str, int]
    file_name: str
    file_sha256: str
    rejected_sha256: str | None
    canonical_hash: str
    contract_fingerprint: str
    watermark: str | None
    delivered_at: datetime
    landed_at: datetime

    @property
    def rows_of_data(self) -> int:
        return self.rows_landed + self.rows_rejected


def batch_id(number: int, place: int, sha256: str) -> str:
    """The batch at that place of the delivery for which a number was reserved.

    It only identifies, since it is given before anything is known of the rows; ``sequence`` alone
    orders. The end, of the delivery's own hash, tells two homes' batches apart.
    """
    return f"b{number:08d}-{place:03d}-{sha256[:8]}"


# --- the manifest -----------------------------------------------------------------------------


class Manifest:
    """What was handled and what landed. One transaction commits a group of deliveries.

    Several processes may use it at once. ``sequence`` orders everything; clocks do not.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        self._database = sqlite3.connect(path, timeout=60, isolation_level=None)
        self._database.row_factory = sqlite3.Row
        self._database.executescript(
            "pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;"
        )
        self._database.executescript(_SCHEMA)
        make_seals(self._database)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._database.execute("begin immediate")
        try:
            yield self._database
            self._database.execute("commit")
        except BaseException:
            # A full or failing disk may have ended the transaction already, or end this one too.
            with suppress(sqlite3.Error):
                self._database.execute("rollback")
            raise

    def reserve(self, count: int) -> range:
        """That many sequence numbers, for nobody else; unused ones leave a gap."""
        with self._transaction() as database:
            (last,) = database.execute(_RESERVE, (count,)).fetchone()
        return range(last - count + 1, last + 1)

    def commit(self, deliveries: Sequence[DeliveryRecord], batches: Sequence[BatchRecord]) -> None:
        """The commit point: all of these, or none. Raises ConservationError."""
        _assert_conserved(deliveries, batches)
        written = list(map(_stored, deliveries)), list(map(_stored, batches))
        with self._transaction() as database:
            database.executemany(_INSERT_DELIVERY, written[0])
            database.executemany(_INSERT_BATCH, written[1])
            put_seals(database, "deliveries", written[0])
            put_seals(database, "batches", written[1])

    def deliveries(self, feed: str | None = None) -> list[DeliveryRecord]:
        """Handled deliveries, of one feed or all, in the order of the manifest."""
        return [_delivery(row) for row in self._rows(_SELECT_DELIVERIES, feed)]

    def batches(self, feed: str | None = None) -> list[BatchRecord]:
        """Landed batches, of one feed or all, in the order of the manifest."""
        return [_batch(row) for row in self._rows(_SELECT_BATCHES, feed)]

    def last_sequence(self, *outcomes: Outcome) -> int:
        """Number of the last handled delivery, of those that ended so or of all; 0 before any."""
        (number,) = self._database.execute(_LAST_SEQUENCE, (json.dumps(outcomes),)).fetchone()
        return int(number)

    def last_delivered_at(self, feed: str) -> datetime | None:
        """When the feed's latest delivery was made."""
        (moment,) = self._database.execute(_LAST_DELIVERED_AT, (feed,)).fetchone()
        return datetime.fromisoformat(moment) if moment else None

    def last_moment(self, feed: str | None = None) -> datetime | None:
        """When something was last recorded, of one feed or all, by the clocks of those runs."""
        (moment,) = self._database.execute(_LAST_MOMENT, (feed,)).fetchone()
        return datetime.fromisoformat(moment) if moment else None

    def trust_clock(self, now: datetime) -> None:
        """Record a person's word that ``now`` is right and what was recorded before was not."""
        disputed = self.last_moment()
        with self._transaction() as database:
            database.execute(_TRUST_CLOCK, (_stored_value(now), _stored_value(disputed)))

    def refuse_damaged(self) -> None:
        """Look through every row. Raises SealError and sqlite3.DatabaseError."""
        refuse_damaged(self._database)

    def _rows(self, query: str, feed: str | None) -> list[sqlite3.Row]:
        return self._database.execute(query, (feed,)).fetchall()


def _assert_conserved(deliveries: Sequence[DeliveryRecord], batches: Sequence[BatchRecord]) -> None:
    """Per batch and per delivery: delivered = landed + rejected + skipped, and parts = whole."""
    for batch in batches:
        if batch.rows_delivered != batch.rows_landed + batch.rows_rejected + batch.rows_skipped:
            raise ConservationError(f"{batch.feed}: the rows of a batch do not add up")
    for delivery in deliveries:
        own = [batch for batch in batches if batch.delivery_id == delivery.delivery_id]
        landed = delivery.rows_landed or 0
        rejected = delivery.rows_rejected or 0
        skipped = delivery.rows_skipped or 0
        if (delivery.rows_delivered or 0) != landed + rejected + skipped:
            raise ConservationError(f"{delivery.feed}: the rows of a delivery do not add up")
        parts = sum(batch.rows_landed for batch in own), sum(batch.rows_rejected for batch in own)
        if parts != (landed, rejected):
            raise ConservationError(f"{delivery.feed}: the batches are not all of the delivery")


def _stored(record: DeliveryRecord | BatchRecord) -> dict[str, object]:
    return {name: _stored_value(value) for name, value in vars(record).items()}


def _stored_value(value: object) -> object:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="microseconds")
        case date():
            return value.isoformat()
        case tuple() | dict():
            return json.dumps(value, ensure_ascii=False, sort_keys=True)
        case _:
            return value


def _delivery(row: sqlite3.Row) -> DeliveryRecord:
    values = dict(row)
    return DeliveryRecord(
        **values
        | {
            "delivered_at": datetime.fromisoformat(values["delivered_at"]),
            "handled_at": datetime.fromisoformat(values["handled_at"]),
            "notes": tuple(json.loads(values["notes"])),
        }
    )


def _batch(row: sqlite3.Row) -> BatchRecord:
    values = dict(row)
    days = {name: values[name] for name in ("period_start", "period_end")}
    return BatchRecord(
        **values
        | {name: date.fromisoformat(day) if day else None for name, day in days.items()}
        | {
            "skips": json.loads(values["skips"]),
            "delivered_at": datetime.fromisoformat(values["delivered_at"]),
            "landed_at": datetime.fromisoformat(values["landed_at"]),
        }
    )


# --- files ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LandedFiles:
    """Hashes of the files of one batch, on disk under their final names."""

    sha256: str
    rejected_sha256: str | None


@dataclass(frozen=True)
class StagedFiles:
    """The files of one batch, complete and synced, but not under their final names yet."""

    landed: Path
    rejected: Path | None
    hashes: LandedFiles


class BatchWriter:
    """Writes the files of one batch piece by piece, each piece a group of rows.

    Columns of codes with a dictionary are written as such; a reader sees texts in any case. By the
    greatest text of ``watermark`` readers pass over groups in which nothing has changed since.
    """

    def __init__(self, folder: Path, batch: str, watermark: str | None = None) -> None:
        self._batch = batch
        self._landed = _StagedTable(folder / "landed.staged", "_batch_id", batch, watermark)
        self._rejected = _StagedTable(folder / "rejected.staged", "batch_id", batch)

    def add(self, landed: pa.Table, rejected: pa.Table) -> None:
        """Write further rows. All pieces have the same columns; the first may be empty."""
        self._landed.add(landed)
        if rejected.num_rows:
            self._rejected.add(rejected)

    def close(self) -> StagedFiles:
        """Complete and sync both files."""
        sha256, rejected_sha256 = self._landed.close(), self._rejected.close()
        if sha256 is None:
            raise ValueError("a batch has at least one piece, empty as it may be")
        return StagedFiles(
            self._landed.path,
            self._rejected.path if rejected_sha256 else None,
            LandedFiles(sha256, rejected_sha256),
        )


class _StagedTable:
    """One Parquet file that grows; made with its first rows."""

    def __init__(self, path: Path, column: str, batch: str, watermark: str | None = None) -> None:
        self.path = path
        self._column = column
        self._batch = batch
        # Nobody skips groups of rows by other texts of agencies; least and greatest cost time.
        self._with_statistics = [column, *filter(None, [watermark])]
        self._file: BufferedRandom | None = None
        self._writer: pq.ParquetWriter | None = None
        self._waiting: list[pa.Table] = []

    def add(self, table: pa.Table) -> None:
        if self._writer is None:
            self._writer = self._open(table)
        self._waiting.append(table)
        if sum(piece.num_rows for piece in self._waiting) >= _GROUP:
            self._write(self._writer)

    def close(self) -> str | None:
        """Complete and sync the file; its hash, or None when there is none."""
        if self._writer is None or self._file is None:
            return None
        self._write(self._writer)
        self._writer.close()
        with self._file as file:
            file.flush()
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        return digest

    def _write(self, writer: pq.ParquetWriter) -> None:
        """One group of rows, of all that waits."""
        rows = sum(piece.num_rows for piece in self._waiting)
        if rows:
            first = pa.DictionaryArray.from_arrays(
                pa.array(np.zeros(rows, dtype=np.int32)), pa.array([self._batch])
            )
            columns = zip(*(piece.columns for piece in self._waiting), strict=True)
            kinds = writer.schema.types[1:]
            arrays = [
                _joined([_typed(part, kind) for part in parts])
                for parts, kind in zip(columns, kinds, strict=True)
            ]
            table = pa.Table.from_arrays([first, *arrays], schema=writer.schema)
            writer.write_table(table, row_group_size=rows)
        self._waiting = []

    def _open(self, table: pa.Table) -> pq.ParquetWriter:
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(descriptor, "r+b")
        batch = pa.field(self._column, pa.dictionary(pa.int32(), pa.string()))
        # Without Arrow's own schema beside it, a dictionary is how a column is stored, no type.
        return pq.ParquetWriter(
            self._file,
            pa.schema([batch, *table.schema]),
            compression="zstd",
            version="2.6",
            use_dictionary=[self._column, *_repetitive(table)],
            dictionary_pagesize_limit=_DICTIONARY_PAGE,
            write_statistics=self._with_statistics,
            store_schema=False,
        )


def _repetitive(table: pa.Table) -> list[str]:
    """The columns that are worth a dictionary, judged by their first rows."""
    return [
        name
        for name, column in zip(table.column_names, table.columns, strict=True)
        if table.num_rows < _FEW_ROWS
        or pa.types.is_dictionary(column.type)
        or (pa.types.is_string(column.type) and 4 * pc.count_distinct(column).as_py() < len(column))
    ]


def _typed(column: pa.ChunkedArray, kind: pa.DataType) -> list[pa.Array]:
    """The column's pieces as the file stores them."""
    if pa.types.is_dictionary(kind):
        return [
            part if pa.types.is_dictionary(part.type) else part.dictionary_encode()
            for part in column.chunks
        ]
    return [
        part.dictionary_decode() if pa.types.is_dictionary(part.type) else part
        for part in column.chunks
    ]


def _joined(parts: list[list[pa.Array]]) -> pa.Array:
    """One array of all pieces; of dictionaries, one that holds the words of all."""
    arrays = [array for part in parts for array in part]
    return arrays[0] if len(arrays) == 1 else pa.concat_arrays(arrays)


class Zone:
    """The landing folder of one feed, and its staging folder on the same file system."""

    def __init__(self, settings: Settings, contract: FeedContract) -> None:
        self.folder = settings.landing / contract.agency / contract.feed
        self.staging = settings.staging / f"{contract.agency}.{contract.feed}"
        for folder in (self.folder, self.staging):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def path(self, batch: str) -> Path:
        return self.folder / f"{batch}.parquet"

    def rejected_path(self, batch: str) -> Path:
        return self.folder / f"{batch}.rejected.parquet"

    @contextmanager
    def held(self) -> Iterator[int]:
        """Alone with this feed. A child that inherits the descriptor holds it as well, and nobody
        else gets in before that child has ended, whatever becomes of this process."""
        descriptor = os.open(self.staging.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield descriptor
        finally:
            os.close(descriptor)

    def remove_leftovers(self, batches: Iterable[BatchRecord]) -> None:
        """Remove what a killed run left: staged files, and files that no manifest row names.

        Call it only while the feed is `held`.
        """
        for entry in self.staging.iterdir():
            if entry.is_dir():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        known = {
            path.name
            for batch in batches
            for path in (self.path(batch.batch_id), self.rejected_path(batch.batch_id))
        }
        for entry in self.folder.iterdir():
            if entry.name not in known:
                entry.unlink()

    def place(self, batch: str, staged: StagedFiles) -> LandedFiles:
        """Give staged files their final names. The folder is not synced yet, see ``sync``."""
        staged.landed.rename(self.path(batch))
        if staged.rejected:
            staged.rejected.rename(self.rejected_path(batch))
        return staged.hashes

    def sync(self) -> None:
        """Make the names of all files written so far durable."""
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
