"""What landed before, and what a new batch means beside it: nothing new, a successor, too small.

Within a scope the batch that covers the furthest month is
the truth, then the later in the manifest. So A, B, A again ends with A, a late March never
takes the place of May, and sizes are compared only with the batch that would be replaced.
It decides and reads; it refuses to write.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingestion.checks import SHEET, Checked, record_keys
from ingestion.contract import ApiSource, DatabaseSource, FeedContract
from ingestion.landing import BatchRecord, DeliveryRecord, Zone
from ingestion.personal_numbers import without_numbers
from ingestion.readers import ROW_NUMBER
from ingestion.reasons import Breach, BreachCode, SkipReason
from ingestion.text_arrays import plain_text

#: Changes that were under way when we last looked may carry an earlier time: look back so far.
WATERMARK_OVERLAP: Final = timedelta(minutes=15)
_WATERMARK_FORMAT: Final = "%Y-%m-%d %H:%M:%S"


class History:
    """The landed batches of one feed, in the order of the manifest."""

    def __init__(self, batches: Iterable[BatchRecord]) -> None:
        self._latest: dict[tuple[str, int], BatchRecord] = {}
        self._hashes: set[tuple[str, str]] = set()
        for batch in batches:
            self.add(batch)

    def add(self, batch: BatchRecord) -> None:
        """Take note of a batch that lands."""
        self._latest[batch.scope, batch.covers_rank] = batch
        self._hashes.add((batch.scope, batch.canonical_hash))

    def current(self, scope: str) -> BatchRecord | None:
        """The batch that is the truth of a scope."""
        ranks = [rank for known, rank in self._latest if known == scope]
        return self._latest[scope, max(ranks)] if ranks else None

    def holds(self, contract: FeedContract, scope: str, rank: int, canonical_hash: str) -> bool:
        """Whether landing these rows again would change nothing.

        A snapshot is compared with the latest of its scope and period only, since an older one
        may be meant to come back; rows that add up are never added twice.
        """
        if contract.delivery.mode == "append":
            return (scope, canonical_hash) in self._hashes
        latest = self._latest.get((scope, rank))
        return latest is not None and latest.canonical_hash == canonical_hash

    def refuse_shrunk(
        self, contract: FeedContract, scope: str, rank: int, rows: int, where: str
    ) -> None:
        """Raises Breach (DELIVERY_SHRUNK) when a snapshot is far smaller than its predecessor."""
        if contract.delivery.mode != "snapshot":
            return
        before = self.current(scope)
        if before is not None and before.covers_rank > rank:
            before = self._latest.get((scope, rank))
        if before is None or rows >= contract.delivery.least_share * before.rows_of_data:
            return
        raise Breach(
            BreachCode.DELIVERY_SHRUNK,
            where,
            f"{rows} data rows, where the last delivery had {before.rows_of_data}. If that is "
            "right, put the reason into a text file named like this one with .reason.txt added.",
        )


def pulled(
    contract: FeedContract, deliveries: Iterable[DeliveryRecord], batches: Iterable[BatchRecord]
) -> list[BatchRecord]:
    """The batches that came by pulls of a system, and not as files beside it."""
    names = {
        without_numbers(way.source.pull_name)
        for way in contract.ways
        if isinstance(way.source, ApiSource | DatabaseSource)
    }
    own = {delivery.delivery_id for delivery in deliveries if delivery.name in names}
    return [batch for batch in batches if batch.delivery_id in own]


def pull_since(batches: Iterable[BatchRecord], fingerprint: str) -> str | None:
    """The change time to pull from, or None to pull all.

    Everything is pulled again when the contract has changed, because what was rejected or left
    out under the old one may land now.
    """
    marks = [b.watermark for b in batches if b.contract_fingerprint == fingerprint and b.watermark]
    if not marks:
        return None
    last = datetime.fromisoformat(max(marks))
    return (last - WATERMARK_OVERLAP).strftime(_WATERMARK_FORMAT)


class AlreadyLanded:
    """Knows the records that the overlap of two pulls brings again.

    They have the same key and change time as one that landed or was rejected. ``batches`` are those
    of the pulls before.
    """

    def __init__(
        self,
        contract: FeedContract,
        zone: Zone,
        batches: Iterable[BatchRecord],
        fingerprint: str,
        since: str,
    ) -> None:
        if contract.watermark is None:
            raise ValueError("only what has change times is pulled twice")
        own = [batch for batch in batches if batch.contract_fingerprint == fingerprint]
        landed = [
            _landed_records(zone.path(batch.batch_id), contract, contract.watermark, since)
            for batch in own
        ]
        rejected = [
            _digests(zone.rejected_path(batch.batch_id)) for batch in own if batch.rejected_sha256
        ]
        self._contract = contract
        self._landed = pa.concat_arrays([pa.array([], pa.string()), *landed])
        self._rejected = pa.chunked_array(
            [chunk for digests in rejected for chunk in digests.chunks], pa.string()
        )

    def left_out(self, checked: Checked) -> Checked:
        """The same rows without those records."""
        return checked.without(
            pc.is_in(_records(checked.landed, self._contract), value_set=self._landed),
            pc.is_in(checked.rejected.column("record_digest"), value_set=self._rejected),
            SkipReason.ALREADY_LANDED,
        )


def _landed_records(path: Path, contract: FeedContract, watermark: str, since: str) -> pa.Array:
    """What a landed file holds that changed at or after that time."""
    names = {name for key in contract.key for name in contract.column(key).landed_names()}
    with pq.ParquetFile(path) as file:
        groups = _may_hold(file, watermark, since)
        rows = file.read_row_groups(groups, [*names, watermark, SHEET, ROW_NUMBER])
    return _records(rows.filter(pc.greater_equal(rows.column(watermark), since)), contract)


def _may_hold(file: pq.ParquetFile, column: str, least: str) -> list[int]:
    """The groups of rows of which some text of the column may come to ``least``."""
    at = file.schema.names.index(column)
    told = (
        file.metadata.row_group(group).column(at).statistics for group in range(file.num_row_groups)
    )
    return [
        group
        for group, found in enumerate(told)
        if found is None or not found.has_min_max or found.max >= least
    ]


def _digests(path: Path) -> pa.ChunkedArray:
    # `pq.read_table` would bring pyarrow.dataset along.
    with pq.ParquetFile(path) as file:
        return file.read(["record_digest"]).column(0)


def _records(table: pa.Table, contract: FeedContract) -> pa.Array:
    moments = plain_text(table.column(contract.watermark))
    return pc.binary_join_element_wise(
        record_keys(table, contract), pc.fill_null(moments, ""), "\x1f"
    )
