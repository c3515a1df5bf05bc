"""``skills deliveries``: what came, from whom, and what became of it.

Told from the manifest of the landing zone, so that it also knows what was refused. Rejected rows
are counted by reason; their values are in nobody's reach here.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

import pyarrow.parquet as pq

from dagster_project.cli.names import require_feed
from dagster_project.cli.options import Outcome
from dagster_project.cli.output import Heading, Sheet
from dagster_project.publishing.publication import whose_data
from ingestion.landing import BatchRecord, DeliveryRecord, Manifest
from ingestion.periods import LOCAL_TIME
from ingestion.reasons import BreachCode, RowReason
from ingestion.settings import Settings

_DELIVERIES: Final = (
    Heading("handled_at", "处理时间", "Handled at", only_wide=True),
    Heading("feed", "报送项", "Feed"),
    Heading("name", "报送文件", "Delivery"),
    Heading("delivered_on", "报送日期", "Delivered on", whole=True),
    Heading("outcome", "结果", "Outcome"),
    Heading("rows_delivered", "报送行", "Rows", ",d"),
    Heading("rows_landed", "入库行", "Landed", ",d"),
    Heading("rows_rejected", "退回行", "Rejected", ",d"),
    Heading("rows_skipped", "跳过行", "Skipped", ",d", only_wide=True),
    Heading("why", "原因", "Why"),
)
_REJECTIONS: Final = (
    Heading("feed", "报送项", "Feed"),
    Heading("unit_code", "填报单位", "Unit"),
    Heading("column", "列", "Column"),
    Heading("reason", "原因代码", "Reason"),
    Heading("meaning_zh", "原因", "Meaning"),
    Heading("meaning_en", "英文说明", "In English", only_wide=True),
    Heading("rows", "行数", "Rows", ",d"),
)


def list_deliveries(feed: str | None, outcome: Outcome | None, most: int) -> Sheet:
    """The last handled deliveries, newest first."""
    settings = Settings()
    records = [
        record
        for record in _manifest_deliveries(settings, feed)
        if outcome is None or record.outcome == outcome.value
    ]
    return Sheet(
        "报送情况 Deliveries",
        whose_data(is_sample=settings.is_sample),
        _DELIVERIES,
        tuple(
            (
                f"{record.handled_at.astimezone(LOCAL_TIME):%Y-%m-%d %H:%M}",
                record.feed,
                place(record),
                record.delivered_at.astimezone(LOCAL_TIME).date(),
                record.outcome,
                record.rows_delivered,
                record.rows_landed,
                record.rows_rejected,
                record.rows_skipped,
                why(record),
            )
            for record in records[: -most - 1 : -1]
        ),
        left_out=max(len(records) - most, 0),
    )


def list_rejections(feed: str | None) -> Sheet:
    """Rejected rows of everything that landed, counted by feed, unit, column and reason."""
    settings = Settings()
    counts: Counter[tuple[str, str, str, str]] = Counter()
    for batch in _manifest_batches(settings, feed):
        if batch.rows_rejected:
            path = settings.landing / batch.feed / f"{batch.batch_id}.rejected.parquet"
            table = pq.read_table(path, columns=["column_name", "reason"])
            for column, reason in zip(
                *(table[name].to_pylist() for name in table.column_names), strict=True
            ):
                counts[batch.feed, batch.unit_code or "", column or "", reason] += 1
    return Sheet(
        "退回原因 Rejected rows by reason",
        whose_data(is_sample=settings.is_sample),
        _REJECTIONS,
        tuple(
            (*key, RowReason(key[3]).text_zh, RowReason(key[3]).text_en, count)
            for key, count in sorted(counts.items(), key=lambda item: (item[0][0], -item[1]))
        ),
    )


def why(record: DeliveryRecord) -> str:
    """Why a delivery was refused, for its sender; empty when it was not."""
    if record.breach_code is None:
        return ""
    words = BreachCode(record.breach_code)
    return f"{words.text_zh} · {words}: {record.breach_message}"


def place(record: DeliveryRecord) -> str:
    """The delivery and, where it is known, the sheet, row and column at fault."""
    where = record.breach_where or ""
    return where if where.startswith(record.name) else f"{record.name} {where}".rstrip()


def _manifest_deliveries(settings: Settings, feed: str | None) -> list[DeliveryRecord]:
    require_feed(feed)
    if not settings.manifest.exists():
        return []
    with Manifest(settings.manifest) as manifest:
        return manifest.deliveries(feed)


def _manifest_batches(settings: Settings, feed: str | None) -> list[BatchRecord]:
    require_feed(feed)
    if not settings.manifest.exists():
        return []
    with Manifest(settings.manifest) as manifest:
        return manifest.batches(feed)
