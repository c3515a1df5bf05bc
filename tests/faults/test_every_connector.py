"""Does every connector pass the same trials: credentials, faults, schemas, limits, secrets?

A loop over `sources.SOURCES`. What must always hold: a pull ends in time, with every row or with
a breach that says the next step; nothing half-read is left behind; no secret is ever shown.
"""

from __future__ import annotations

import json
import logging
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from campaign import chosen
from offering import KEY_MATERIAL
from pydantic import SecretStr
from servers import PostgreSQL
from sources import CANARY, GRACE, NOW, SECONDS, SOURCES, Bench, Fault, Limits, records, rows_of

from ingestion.connectors import Delivery
from ingestion.contract import FeedContract
from ingestion.deliver import DeliveryOutcome, deliver_feed
from ingestion.landing import Manifest
from ingestion.reasons import Breach, BreachCode
from ingestion.settings import Settings

pytestmark = pytest.mark.promise("every connector and every feed passes the same suite", 300)

every_source = pytest.mark.parametrize("name", SOURCES)
#: Where in the middle of what is sent a fault begins.
POSITIONS = [number / 16 for number in range(16)]
SHORT = tuple(chosen(POSITIONS, 3))
HERE = Path(__file__).parent


@pytest.fixture
def bench(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Bench]:
    server: PostgreSQL | None = None
    if name == "PostgreSQL":
        server = request.getfixturevalue("postgresql")
    with SOURCES[name](tmp_path, server) as bench:
        bench.offer(records())
        yield bench


@pytest.fixture
def staging(tmp_path: Path) -> Path:
    return tmp_path / "staging"


def refused(pull: Callable[[], object], within: float = SECONDS + GRACE) -> Breach:
    """The breach that it ends with, in time, and without a secret anywhere."""
    started = time.monotonic()
    with pytest.raises(Breach) as caught:
        pull()
    assert time.monotonic() - started < within
    assert_no_secret(caught.value)
    return caught.value


def assert_no_secret(breach: Breach) -> None:
    """Neither in its words nor in a traceback that shows what all frames but the test's hold."""
    assert breach.__suppress_context__ or breach.__context__ is None
    shown = [str(breach), repr(breach), breach.text_zh, repr(breach.args)]
    for frame, line in traceback.walk_tb(breach.__traceback__):
        if HERE not in Path(frame.f_code.co_filename).parents:
            shown += [
                f"{frame.f_code.co_name}:{line} {name}={value!r}"
                for name, value in frame.f_locals.items()
            ]
    for text in shown:
        assert CANARY not in text, f"a secret is shown in {text.partition('=')[0]}"


def ending(pull: Callable[[], Delivery | None]) -> Delivery | Breach | None:
    try:
        return pull()
    except Breach as breach:
        return breach


def assert_whole_or_refused(bench: Bench, staging: Path) -> None:
    """A service whose every page came through in the end has been read whole."""
    found = ending(lambda: bench.pulled(staging))
    if not isinstance(found, Breach):
        assert rows_of(found) == records()
        return
    assert found.code in (BreachCode.SOURCE_UNREACHABLE, BreachCode.SOURCE_INCONSISTENT)
    assert_no_secret(found)
    # Only work that can't be interrupted leaves its unfinished copy; the next run removes it.
    assert not staging.exists() or {path.suffix for path in staging.iterdir()} <= {".partial"}


def assert_nothing_left(staging: Path) -> None:
    assert not staging.exists() or list(staging.iterdir()) == []


# --- good days --------------------------------------------------------------------------------


@every_source
def test_good_credentials_bring_every_row_and_two_reads_agree(bench: Bench, staging: Path) -> None:
    first, second = bench.pulled(staging / "1"), bench.pulled(staging / "2")
    assert rows_of(first) == records()
    assert first is not None
    assert second is not None
    assert (first.sha256, first.size, first.name) == (second.sha256, second.size, second.name)
    assert first.path.stat().st_mode & 0o077 == 0


@every_source
def test_nothing_to_read_is_told_from_something(bench: Bench, staging: Path) -> None:
    bench.offer([])
    if bench.drop:
        assert bench.pulled(staging) is None
    else:
        assert refused(lambda: bench.pulled(staging)).code is BreachCode.DELIVERY_EMPTY
    assert_nothing_left(staging)


# --- bad days ---------------------------------------------------------------------------------

CLOSED = (BreachCode.SOURCE_UNAUTHORISED, BreachCode.SOURCE_UNREACHABLE)


@every_source
def test_bad_credentials_are_refused_at_once(bench: Bench, staging: Path) -> None:
    bench.refuse_credentials()
    breach = refused(lambda: bench.pulled(staging))
    assert breach.code in CLOSED
    if bench.tries_again:
        assert breach.code is BreachCode.SOURCE_UNAUTHORISED
    assert_nothing_left(staging)


@every_source
def test_a_source_that_is_away_is_unreachable(bench: Bench, staging: Path) -> None:
    bench.go_away()
    breach = refused(lambda: bench.pulled(staging))
    assert breach.code is BreachCode.SOURCE_UNREACHABLE
    assert "check" in breach.message or "ask" in breach.message
    assert_nothing_left(staging)


@pytest.mark.parametrize("position", SHORT)
@every_source
def test_what_breaks_off_in_the_middle_is_never_taken_for_the_whole(
    bench: Bench, staging: Path, position: float
) -> None:
    bench.pulled(staging / "good")
    bench.spoil("cut", position, 1 << 30)
    assert_whole_or_refused(bench, staging / "bad")


@pytest.mark.parametrize("position", SHORT)
@every_source
def test_what_breaks_off_once_is_got_by_trying_again(
    bench: Bench, staging: Path, position: float
) -> None:
    good = bench.pulled(staging / "good")
    bench.spoil("cut", position, 1)
    try:
        again = bench.pulled(staging / "again", Limits(seconds=20))
    except Breach:
        assert not bench.tries_again
        bench.spoil("none", 0, 0)
        bench.offer(records())
        again = bench.pulled(staging / "again")  # the next run
    assert good is not None
    assert again is not None
    assert again.sha256 == good.sha256


@pytest.mark.parametrize("fault", ["silent", "trickle"])
@pytest.mark.parametrize("position", chosen(SHORT[:2], 1))
@every_source
def test_a_source_that_hangs_or_crawls_is_given_up_in_time(
    bench: Bench, staging: Path, position: float, fault: Fault
) -> None:
    bench.pulled(staging / "good")
    bench.spoil(fault, position, 1 << 30)
    started = time.monotonic()
    assert_whole_or_refused(bench, staging / "bad")
    assert time.monotonic() - started < SECONDS + GRACE


@every_source
def test_more_bytes_than_were_agreed_are_refused(bench: Bench, staging: Path) -> None:
    breach = refused(lambda: bench.pulled(staging, Limits(size=200)))
    assert breach.code in (BreachCode.READER_LIMIT, BreachCode.FILE_TOO_LARGE)
    assert_nothing_left(staging)


# --- through the whole of landing -------------------------------------------------------------


class Home:
    """An installation that takes in what the source offers."""

    def __init__(self, bench: Bench, folder: Path) -> None:
        connections = {"platform": bench.connection} if bench.connection else {}
        self.bench = bench
        self.now = NOW
        self.settings = Settings(
            home=folder / "home",
            drop=bench.drop or str(folder / "no drop folder"),
            secret=SecretStr(KEY_MATERIAL),
            connections=connections,
        )

    def delivered(self, contract: FeedContract | None = None) -> DeliveryOutcome:
        self.now += timedelta(hours=1)
        (outcome,) = deliver_feed(
            contract or self.bench.contract, self.settings, now=self.now
        ).outcomes
        return outcome

    def landed(self) -> list[int]:
        with Manifest(self.settings.manifest) as manifest:
            return [batch.rows_landed for batch in manifest.batches()]


def changed_schema(kind: str) -> list[dict[str, str]]:
    match kind:
        case "renamed":
            return [{"记录号": row.pop("编号"), **row} for row in records()]
        case "missing":
            return [{"编号": row["编号"], "更新时间": row["更新时间"]} for row in records()]
        case "added":
            return [{**row, "新列": "样例"} for row in records(61)]
        case _:
            return [{**row, "数量": "若干"} for row in records()]


@pytest.mark.parametrize("kind", ["renamed", "missing", "added", "another type"])
@every_source
def test_a_changed_schema_is_noticed_before_anything_lands(
    bench: Bench, tmp_path: Path, kind: str
) -> None:
    home = Home(bench, tmp_path)
    assert home.delivered().rows_landed == 60
    time.sleep(0.01)
    bench.offer(changed_schema(kind))
    if bench.drop and bench.drop.startswith("/"):
        for path in Path(bench.drop).rglob("*.csv"):
            path.touch()
            home.now = datetime.now(UTC) + timedelta(hours=1)
    outcome = home.delivered()
    if kind == "added":
        assert outcome.rows_landed == outcome.rows_delivered == 61
        return
    assert outcome.breach is not None
    expected = {
        "renamed": BreachCode.COLUMN_MISSING,
        "missing": BreachCode.COLUMN_MISSING,
        "another type": BreachCode.ALL_ROWS_REJECTED,
    }
    assert outcome.breach.code is expected[kind]
    if kind != "another type":
        assert ("编号" if kind == "renamed" else "数量") in outcome.breach.message
    assert home.landed() == [60]


@pytest.mark.parametrize("case", ["good", "bad credentials", "damaged"])
@every_source
def test_no_secret_is_ever_shown(
    bench: Bench,
    tmp_path: Path,
    case: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    home = Home(bench, tmp_path)
    with caplog.at_level(logging.DEBUG):
        if case == "bad credentials":
            bench.refuse_credentials()
        elif case == "damaged":
            bench.offer(changed_schema("missing"))
        outcome = home.delivered()
    assert (outcome.breach is None) == (case == "good")
    printed = capfd.readouterr()
    with Manifest(home.settings.manifest) as manifest:
        told = [vars(one) for one in manifest.deliveries()] + [vars(b) for b in manifest.batches()]
    shown = {
        "the log": caplog.text,
        "what was printed": printed.out + printed.err,
        "the manifest": json.dumps(told, default=str, ensure_ascii=False),
        "the outcome": repr(outcome),
        "the settings": f"{home.settings!r} {home.settings} {home.settings.connections!r}",
    }
    for place, text in shown.items():
        assert CANARY not in text, f"a secret is in {place}"
        assert records()[7]["编号"] not in text, f"what a record holds is in {place}"
    for path in home.settings.home.rglob("*"):
        assert not path.is_file() or CANARY.encode() not in path.read_bytes(), path.name
