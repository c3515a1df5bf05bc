"""Does every feed keep the same promises, the ones agreed today and the ones to come?

A loop over the contracts: from each alone a good delivery is invented, offered in the feed's own
way (file, API, database, bundled ledger), and then spoilt. A feed with two ways in is tried by each
of them. No feed is known here by its name.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from campaign import IS_LONG, chosen
from invented_rows import (
    Row,
    broken_cells,
    good_rows,
    rows_wanted,
    spelled,
    told_columns,
)
from offering import Offering
from servers import HttpServer, serving

from ingestion.contract import (
    ApiSource,
    Column,
    DatabaseSource,
    FeedContract,
    FileSource,
    load_contracts,
)
from ingestion.deliver import DeliveryOutcome
from ingestion.reasons import Breach, BreachCode

pytestmark = pytest.mark.promise("every connector and every feed passes the same suite", 300)

FEEDS = {
    contract.name if way.source == contract.source else f"{contract.name} as {way.source.kind}": way
    for contract in load_contracts().values()
    for way in contract.ways
}


def fewer_rows(contract: FeedContract) -> int:
    """As many rows as are too few beside a good delivery."""
    return math.ceil(contract.delivery.least_share * rows_wanted(contract)) - 1


every_feed = pytest.mark.parametrize("feed", FEEDS)
#: Every feed in the long form, else every second one, this one and the other in turn.
even_feeds, odd_feeds = (
    pytest.mark.parametrize("feed", list(FEEDS) if IS_LONG else list(FEEDS)[turn::2])
    for turn in (0, 1)
)
every_snapshot = pytest.mark.parametrize(
    "feed",
    [
        name
        for name, one in FEEDS.items()
        if one.delivery.mode == "snapshot" and fewer_rows(one) >= max(one.delivery.rows.minimum, 1)
    ],
)
#: Each file format that any feed agreed on.
FORMATS = [
    (name, form)
    for name, one in FEEDS.items()
    if isinstance(one.source, FileSource)
    for form in one.source.formats
]
#: No agency's header and no alias.
STRANGE = "样例生词"
UNREACHED = ("refused", "unreachable")

Record = Callable[[str, object], None]


@pytest.fixture(scope="module")
def server() -> Iterator[HttpServer]:
    with serving() as server:
        yield server


@pytest.fixture
def offering(feed: str, tmp_path: Path, server: HttpServer) -> Offering:
    return Offering(FEEDS[feed], tmp_path, server)


def table(
    contract: FeedContract, rows: Sequence[Row], *, without: str = "", renamed: str = ""
) -> list[list[str]]:
    """Rows under the contract's own words, less one column or with one header made strange."""
    names = [column.name for column in told_columns(contract) if column.name != without]
    header, *below = spelled(contract, names, rows)
    return [[STRANGE if n == renamed else h for n, h in zip(names, header, strict=True)], *below]


def good(contract: FeedContract) -> list[Row]:
    return good_rows(contract, rows_wanted(contract))


def breach_of(outcome: DeliveryOutcome) -> Breach:
    assert outcome.breach is not None
    return outcome.breach


def is_pulled_again(contract: FeedContract) -> bool:
    """Whether a system is asked anew every time, whatever it said last."""
    return isinstance(contract.source, ApiSource | DatabaseSource)


def required(contract: FeedContract) -> list[Column]:
    return [column for column in told_columns(contract) if column.required]


def assert_all_landed(outcome: DeliveryOutcome, rows: int) -> None:
    assert outcome.breach is None, outcome.breach
    assert outcome.outcome == "landed"
    assert (outcome.rows_delivered, outcome.rows_landed) == (rows, rows)
    assert (outcome.rows_rejected, outcome.rows_skipped) == (0, 0)


def assert_last_data_stay(offering: Offering, rows: int) -> None:
    assert [batch.rows_landed for batch in offering.batches] == [rows]


@every_feed
def test_a_good_delivery_lands_whole_and_only_once(feed: str, offering: Offering) -> None:
    rows = good(FEEDS[feed])
    offering.offer(table(FEEDS[feed], rows))
    assert_all_landed(offering.delivered(), len(rows))
    names = {*FEEDS[feed].landed_names(), "_batch_id", "_sheet", "_row_number"}
    assert set(offering.landed()[0]) == names
    offering.offer(table(FEEDS[feed], rows))
    assert {one.outcome for one in offering.deliver().outcomes} <= {"unchanged", "nothing_new"}
    assert_last_data_stay(offering, len(rows))


@pytest.mark.parametrize(("feed", "form"), chosen(FORMATS, 9))
def test_a_good_delivery_lands_from_every_agreed_format(
    feed: str, form: str, offering: Offering
) -> None:
    rows = good(FEEDS[feed])
    offering.path = offering.path.with_suffix(f".{form}")
    offering.offer(table(FEEDS[feed], rows))
    assert_all_landed(offering.delivered(), len(rows))


@even_feeds
def test_rows_and_columns_in_another_order_say_the_same(feed: str, offering: Offering) -> None:
    rows = good(FEEDS[feed])
    offering.offer(table(FEEDS[feed], rows))
    offering.deliver()
    turned = [line[::-1] for line in table(FEEDS[feed], rows[::-1])]
    offering.offer(turned)
    assert {one.outcome for one in offering.deliver().outcomes} <= {"unchanged", "nothing_new"}
    assert_last_data_stay(offering, len(rows))


@odd_feeds
def test_nothing_at_all_is_refused_and_the_last_data_stay(feed: str, offering: Offering) -> None:
    rows = good(FEEDS[feed])
    offering.offer(table(FEEDS[feed], rows))
    offering.deliver()
    offering.offer(None)
    outcome = offering.delivered()
    is_increment = isinstance(FEEDS[feed].source, ApiSource) and FEEDS[feed].watermark
    assert outcome.outcome in (("nothing_new",) if is_increment else UNREACHED)
    assert_last_data_stay(offering, len(rows))


@even_feeds
def test_a_header_without_rows_is_refused(feed: str, offering: Offering) -> None:
    offering.offer(table(FEEDS[feed], []))
    outcome = offering.delivered()
    if FEEDS[feed].delivery.rows.minimum == 0:
        assert outcome.outcome in ("landed", "unchanged", "nothing_new")
        return
    assert breach_of(outcome).code is BreachCode.DELIVERY_EMPTY
    assert outcome.rows_landed == 0


@every_feed
def test_a_missing_column_is_named_in_chinese_with_the_next_step(
    feed: str, offering: Offering, record_property: Record
) -> None:
    rows = good(FEEDS[feed])
    columns = required(FEEDS[feed])
    for column in columns:
        offering.offer(table(FEEDS[feed], rows, without=column.name))
        offering.runs += 1
        outcome = offering.delivered()
        breach = breach_of(outcome)
        assert (outcome.outcome, breach.code) == ("refused", BreachCode.COLUMN_MISSING), column.name
        assert column.title_zh in breach.message
        assert "add" in breach.message or "ask" in breach.message
        assert outcome.rows_delivered == 0
    assert offering.batches == []
    record_property("cases", len(columns))


@odd_feeds
def test_an_unknown_column_is_noted_and_kept_out(feed: str, offering: Offering) -> None:
    rows = good(FEEDS[feed])
    header, *below = table(FEEDS[feed], rows)
    offering.offer([[*header, STRANGE], *([*line, "样例内容"] for line in below)])
    outcome = offering.delivered()
    assert_all_landed(outcome, len(rows))
    assert all("样例内容" not in line.values() for line in offering.landed())
    if not isinstance(FEEDS[feed].source, DatabaseSource):  # there it isn't even collected
        assert any(STRANGE in note for note in outcome.notes)


@every_feed
def test_a_row_with_a_bad_cell_is_quarantined_with_its_reason_and_the_rest_lands(
    feed: str, offering: Offering, record_property: Record
) -> None:
    contract = FEEDS[feed]
    rows = good(contract)
    faults = broken_cells(contract)[: contract.delivery.rows.maximum - len(rows)]
    bad = [
        {**row, column: text}
        for row, (column, text, _) in zip(
            good_rows(contract, len(faults), first=len(rows)), faults, strict=True
        )
    ]
    offering.offer(table(contract, [*rows[:5], *bad, *rows[5:]]))
    outcome = offering.delivered()
    assert (outcome.outcome, outcome.breach) == ("landed", None)
    assert outcome.rows_delivered == len(rows) + len(bad)
    assert (outcome.rows_landed, outcome.rows_rejected) == (len(rows), len(bad))
    expected = sorted((column, reason) for column, _, reason in faults)
    assert sorted(offering.rejected()) == expected
    record_property("cases", len(faults))


@even_feeds
def test_a_row_that_comes_twice_lands_once(feed: str, offering: Offering) -> None:
    rows = good(FEEDS[feed])
    offering.offer(table(FEEDS[feed], [*rows, rows[0]]))
    outcome = offering.delivered()
    assert outcome.rows_delivered == len(rows) + 1
    assert (outcome.rows_landed, outcome.rows_rejected) == (len(rows), 1)
    assert offering.rejected() == [(FEEDS[feed].key[0], "KEY_DUPLICATE")]


@every_snapshot
def test_a_far_smaller_snapshot_is_refused_until_it_is_explained(
    feed: str, offering: Offering
) -> None:
    contract = FEEDS[feed]
    rows = good(contract)
    fewer = fewer_rows(contract)
    offering.offer(table(contract, rows))
    offering.deliver()
    offering.offer(table(contract, rows[:fewer]))
    assert breach_of(offering.delivered()).code is BreachCode.DELIVERY_SHRUNK
    assert_last_data_stay(offering, len(rows))
    if isinstance(contract.source, FileSource):
        offering.explain("样例：两个班次撤销")
        assert_all_landed(offering.delivered(), fewer)


@odd_feeds
def test_a_refused_delivery_is_tried_again_under_a_new_contract(
    feed: str, offering: Offering
) -> None:
    rows = good(FEEDS[feed])
    column = required(FEEDS[feed])[-1]
    offering.offer(table(FEEDS[feed], rows, renamed=column.name))
    assert breach_of(offering.delivered()).code is BreachCode.COLUMN_MISSING
    again = [one.outcome for one in offering.deliver().outcomes]
    assert again == (["refused"] if is_pulled_again(FEEDS[feed]) else [])
    aliases = (*column.aliases, STRANGE)
    changed = offering.contract.model_copy(
        update={
            "columns": tuple(
                one.model_copy(update={"aliases": aliases}) if one is column else one
                for one in offering.contract.columns
            )
        }
    )
    assert_all_landed(offering.delivered(changed), len(rows))


@even_feeds
def test_a_source_that_fails_keeps_its_last_data_and_takes_up_again(
    feed: str, offering: Offering
) -> None:
    rows = good(FEEDS[feed])
    offering.offer(table(FEEDS[feed], rows))
    offering.deliver()
    before = offering.landed()
    offering.vanish()
    outcome = offering.delivered()
    assert outcome.outcome in UNREACHED
    assert_last_data_stay(offering, len(rows))
    assert offering.landed() == before
    gone = offering.folder / "gone"
    if gone.exists():
        gone.rename(offering.drop)
    more = [*rows[1:], *good_rows(FEEDS[feed], 1, first=len(rows))]
    offering.offer(table(FEEDS[feed], more))
    # That a folder is back is an outcome too.
    (outcome,) = [one for one in offering.deliver().outcomes if one.rows_delivered]
    assert outcome.breach is None
    assert outcome.rows_delivered == outcome.rows_landed + outcome.rows_skipped == len(more)
    assert len(offering.batches) == 2
