"""Does the kernel make of the sample's deliveries what the simulator says must become of them?

The truth was written before anything was read: outcomes, counts, refusals with their codes,
rejected rows with sheet, row and reason.
"""

from __future__ import annotations

import csv
import secrets
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import pyarrow.parquet as pq
import pytest
from pydantic import SecretStr

from ingestion.contract import load_contracts
from ingestion.deliver import FeedReport, deliver_feed
from ingestion.sample_agencies.build import build_sample
from ingestion.sample_agencies.service import serve_certificates
from ingestion.settings import Connection, Settings

NOW = datetime(2026, 2, 1, tzinfo=UTC)
FEEDS = tuple(name for name in load_contracts() if not name.startswith("public/"))

Delivered = tuple[Settings, dict[str, FeedReport]]


@pytest.fixture(
    scope="module",
    params=[(1, 1), (3, 3), (3, 2)],
    ids=["one city", "three copies", "enrolments of three copies"],
)
def delivered(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Delivered]:
    """A small sample, delivered once through the real connectors, readers and checks."""
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    copies, whole = request.param
    build_sample(
        settings.sample,
        factor=0.02 * copies,
        copies=copies,
        seed=11,
        end="2024-06",
        whole=whole,
    )
    token = secrets.token_hex(16)
    with serve_certificates(settings.sample, token) as service:
        database = f"sqlite:///{settings.sample / 'platform.sqlite'}"
        connected = settings.with_connections(
            {
                "training_platform": Connection(url=SecretStr(database)),
                "certificate_service": Connection(
                    url=SecretStr(service.url), token=SecretStr(token)
                ),
            }
        )
        contracts = load_contracts()
        yield connected, {f: deliver_feed(contracts[f], connected, now=NOW) for f in FEEDS}


def _truth(settings: Settings, name: str) -> list[dict[str, str]]:
    path = settings.sample / "truth" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("feed", FEEDS)
def test_each_delivery_ends_as_the_truth_says(delivered: Delivered, feed: str) -> None:
    settings, reports = delivered
    expected = {
        row["delivery_name"]: row["outcome"]
        for row in _truth(settings, "deliveries")
        if row["feed"] == feed
    }
    assert {o.name: str(o.outcome) for o in reports[feed].outcomes} == expected


@pytest.mark.parametrize("feed", FEEDS)
def test_refusals_carry_the_code_of_their_fault(delivered: Delivered, feed: str) -> None:
    settings, reports = delivered
    expected = {
        row["delivery_name"]: row["breach_code"]
        for row in _truth(settings, "refusals")
        if row["feed"] == feed
    }
    found = {o.name: str(o.breach.code) for o in reports[feed].outcomes if o.breach}
    assert found == expected


@pytest.mark.parametrize("feed", FEEDS)
def test_rows_land_are_rejected_and_skipped_as_counted(delivered: Delivered, feed: str) -> None:
    settings, reports = delivered
    parts = ("delivered", "landed", "rejected", "skipped")
    expected = {
        row["delivery_name"]: tuple(int(row[f"rows_{part}"]) for part in parts)
        for row in _truth(settings, "deliveries")
        if row["feed"] == feed and row["outcome"] == "landed"
    }
    found = {
        o.name: (o.rows_delivered, o.rows_landed, o.rows_rejected, o.rows_skipped)
        for o in reports[feed].outcomes
        if o.name in expected
    }
    assert found == expected


@pytest.mark.parametrize("feed", FEEDS)
def test_each_rejected_row_is_found_with_its_reason(delivered: Delivered, feed: str) -> None:
    settings, reports = delivered
    names = {batch: o.name for o in reports[feed].outcomes for batch in o.batch_ids}
    expected = [row for row in _truth(settings, "rejections") if row["feed"] == feed]
    found = [
        {**row, "delivery_name": names[row["batch_id"]]}
        for path in sorted((settings.landing / feed).glob("*.rejected.parquet"))
        for row in pq.read_table(path).to_pylist()
    ]
    # rows of a database are known by their key, all others by sheet and row
    is_keyed = {row["delivery_name"] for row in expected if not row["row_number"]}

    def pointer(row: dict[str, object]) -> tuple[object, ...]:
        name = row["delivery_name"]
        by_row = (row["sheet"], str(row["row_number"]))
        place = (row["record_key"] or "",) if name in is_keyed else by_row
        return (name, *place, row["reason"])

    assert Counter(map(pointer, found)) == Counter(map(pointer, expected))


def test_the_one_stray_file_is_nobodys_delivery(delivered: Delivered) -> None:
    _, reports = delivered
    assert not any("通知" in o.name for report in reports.values() for o in report.outcomes)
