"""County ledgers by hand, in a drop folder of their own, taken in by the real kernel.

People are invented: region 529999 was never assigned. A file's time is set, never left to chance.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import duckdb
from pydantic import SecretStr

from ingestion.contract import FeedContract, load_contracts
from ingestion.deliver import FeedReport, deliver_feed
from ingestion.export import export_sources
from ingestion.identity import check_digit
from ingestion.landing import BatchRecord, DeliveryRecord, Manifest
from ingestion.settings import Settings

FEED: Final = "county/training_ledgers"
LEDGERS: Final = load_contracts()[FEED]
INVENTED: Final = "only for these tests, invented, 0123456789"
NOW: Final = datetime(2025, 3, 1, 2, tzinfo=UTC)
#: Long enough ago for a file to count as written to its end.
SETTLED: Final = NOW - timedelta(days=1)
HEADER: Final = ("姓名", "身份证号码", "培训机构", "培训工种", "开班时间", "结业时间", "考核结果")

Line = tuple[str, ...]


def person(sequence: int) -> str:
    """The number of nobody."""
    seventeen = f"52999919800229{sequence:03d}"
    return seventeen + check_digit(seventeen)


def line(sequence: int, month: int, *, year: int = 2024, result: str = "合格") -> Line:
    """Somebody trained as a distiller, in that month."""
    days = f"{year}-{month:02d}-04", f"{year}-{month:02d}-22"
    return f"样例{sequence:03d}", person(sequence), "样例立业技工学校", "白酒酿造工", *days, result


def ledger(lines: Iterable[Line], *, encoding: str = "utf-8-sig", ends: str = "\r\n") -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator=ends).writerows([HEADER, *lines])
    return text.getvalue().encode(encoding)


class Counties:
    """A home and a drop folder; what is put there, and what became of it."""

    def __init__(self, folder: Path) -> None:
        self.drop = folder / "drop"
        self.settings = Settings(
            home=folder / "home", drop=str(self.drop), secret=SecretStr(INVENTED), connections={}
        )

    def put(self, name: str, content: bytes, at: datetime = SETTLED) -> Path:
        """A file in the feed's folder, with that time."""
        path = self.drop / FEED / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (at.timestamp(),) * 2)
        return path

    def deliver(self, now: datetime = NOW, feed: FeedContract = LEDGERS) -> FeedReport:
        return deliver_feed(feed, self.settings, now=now)

    def outcomes(self, now: datetime = NOW) -> dict[str, str]:
        """What became of every new file, by its name."""
        report = self.deliver(now)
        return {one.name: one.breach.code if one.breach else one.outcome for one in report.outcomes}

    def deliveries(self) -> list[DeliveryRecord]:
        with Manifest(self.settings.manifest) as manifest:
            return manifest.deliveries()

    def batches(self) -> list[BatchRecord]:
        with Manifest(self.settings.manifest) as manifest:
            return manifest.batches()

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        """Of what the warehouse is built from."""
        with duckdb.connect() as connection:
            export_sources(self.settings, connection)
            return connection.execute(question).fetchall()

    def true_rows(self) -> list[tuple[Any, ...]]:
        """Unit, end and result of each row that counts: of the furthest batch, then the latest."""
        return self.ask(
            """
            with furthest as (
                select batch_id, unit_code
                from landing.batches
                qualify row_number() over (
                    partition by feed, scope order by covers_rank desc, sequence desc
                ) = 1
            )

            select unit_code, ended_on, completion
            from county.training_ledgers
            inner join furthest on _batch_id = batch_id
            order by all
            """
        )
