"""Is anything ever decided by a clock that is wrong: this machine's, or the one behind a file?"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import dagster as dg
import pytest
from campaign import chosen
from counties import INVENTED, LEDGERS, NOW, SETTLED, Counties, ledger, line
from installations import Installation

from dagster_project.agencies import HomeError, held_home
from dagster_project.progress import LogProgress
from dagster_project.resources import settings_resource
from ingestion.clock import LONGEST_REST, TOLERANCE, ClockError
from ingestion.connectors import drop_folder
from ingestion.deliver import deliver_feed
from ingestion.landing import Manifest
from ingestion.periods import LOCAL_TIME, local_day
from ingestion.settings import Settings

SECOND: Final = timedelta(seconds=1)


@pytest.fixture
def counties(tmp_path: Path) -> Counties:
    return Counties(tmp_path)


@pytest.fixture
def recorded(counties: Counties) -> Counties:
    """Something was taken in at NOW."""
    counties.put("仁怀市2024年1-6月台账.csv", ledger([line(1, 3)]))
    assert counties.outcomes() == {"仁怀市2024年1-6月台账.csv": "landed"}
    return counties


# --- this machine's clock ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "shift",
    [-TOLERANCE, -SECOND, timedelta(0), timedelta(days=1), LONGEST_REST],
    ids=["a time server's correction", "a second", "none", "a day", "the longest rest"],
)
def test_a_plausible_clock_is_nobodys_business(recorded: Counties, shift: timedelta) -> None:
    with held_home(recorded.settings, now=NOW + shift):
        pass


@pytest.mark.parametrize(
    ("clock", "fault"),
    [
        (NOW - TOLERANCE - SECOND, "before"),
        (datetime(1970, 1, 1, tzinfo=UTC), "before"),
        (NOW + LONGEST_REST + SECOND, "far after"),
        (datetime(2099, 1, 1, tzinfo=UTC), "far after"),
    ],
)
def test_an_implausible_clock_is_refused_before_anything_is_touched(
    recorded: Counties, clock: datetime, fault: str
) -> None:
    before = recorded.deliveries(), recorded.batches()
    with pytest.raises(HomeError) as refusal, held_home(recorded.settings, now=clock):
        pytest.fail("it went on")
    said = str(refusal.value)
    assert f"{clock.astimezone(LOCAL_TIME):%Y-%m-%d %H:%M}, {fault} the last record" in said
    assert f"{NOW.astimezone(LOCAL_TIME):%Y-%m-%d %H:%M}" in said
    assert "--trust-clock" in said
    assert "请先校准时钟" in said
    assert (recorded.deliveries(), recorded.batches()) == before


def test_going_back_to_an_earlier_version_asks_no_clock(recorded: Counties) -> None:
    with held_home(recorded.settings):
        pass


def test_a_person_may_vouch_for_the_clock_once_and_it_is_recorded(recorded: Counties) -> None:
    years_ago = NOW - timedelta(days=700)
    with held_home(recorded.settings, now=years_ago, trust_clock=True):
        pass
    with held_home(recorded.settings, now=years_ago + timedelta(hours=1)):
        earlier = years_ago - timedelta(days=1)
        recorded.put("赤水市2023年1-3月台账.csv", ledger([line(2, 1, year=2023)]), earlier)
        recorded.deliver(years_ago + timedelta(hours=1))
    with (
        pytest.raises(HomeError, match="before the last record"),
        held_home(recorded.settings, now=years_ago),
    ):
        pytest.fail("what was recorded since counts again")
    with sqlite3.connect(recorded.settings.manifest) as manifest:
        decisions = manifest.execute("select trusted_at, disputed_at from clock_decisions")
        assert [tuple(map(datetime.fromisoformat, row)) for row in decisions] == [(years_ago, NOW)]


def test_of_two_persons_who_vouch_for_the_clock_the_later_is_believed(recorded: Counties) -> None:
    with held_home(recorded.settings, now=NOW + timedelta(days=900), trust_clock=True):
        pass
    with held_home(recorded.settings, now=NOW + timedelta(days=1), trust_clock=True):
        pass
    with held_home(recorded.settings, now=NOW + timedelta(days=2)):
        pass


def test_one_feed_is_never_handled_as_of_a_moment_before_its_last(recorded: Counties) -> None:
    with pytest.raises(ClockError, match=r"county/training_ledgers was handled at 2025-03-01"):
        recorded.deliver(NOW - timedelta(hours=1))
    assert len(recorded.deliveries()) == 1


def test_the_daemon_refuses_a_wrong_clock_as_the_command_line_does(
    recorded: Counties, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NOW is more than 400 days before today, so that today looks far ahead."""
    assert datetime.now(UTC) - NOW > LONGEST_REST
    monkeypatch.setenv("SKILLS_HOME", str(recorded.settings.home))
    monkeypatch.setenv("SKILLS_DROP", str(recorded.drop))
    monkeypatch.setenv("SKILLS_SECRET", INVENTED)
    progress = LogProgress(logging.getLogger("tests.clock"))
    context = dg.build_init_resource_context(resources={"progress": progress})
    with (
        pytest.raises(dg.Failure, match="far after the last record"),
        settings_resource(context),
    ):
        pytest.fail("it went on")


def test_a_refresh_under_a_clock_that_went_back_changes_nothing_until_vouched_for(
    refreshed: Installation, tmp_path: Path
) -> None:
    """The clock of this machine can't be set here, so the record is moved ahead instead."""
    ahead = refreshed.copied(tmp_path / "home")
    manifest = ahead.home / "landing" / "manifest.sqlite"
    with Manifest(manifest) as opened:
        opened.trust_clock(datetime.now(UTC) + timedelta(days=3))
    before = ahead.run("deliveries", "--format", "csv").stdout
    refused = ahead.run("refresh")
    assert refused.returncode == 2
    assert "before the last record" in refused.stdout
    assert ahead.run("deliveries", "--format", "csv").stdout == before
    vouched = ahead.run("refresh", "--trust-clock")
    assert vouched.returncode == 0, vouched.stdout
    log = max((ahead.home / "logs").glob("refresh-*.log"), key=lambda path: path.stat().st_mtime)
    assert "The clock was vouched for" in log.read_text(encoding="utf-8")
    with held_home(Settings(home=ahead.home), now=datetime.now(UTC)):
        pass


# --- the clocks behind files ------------------------------------------------------------------

WRONG_TIMES: Final = {
    "before time was counted": -86_400.0,
    "the first second": 0.0,
    "an old disk's": 315_532_800.0,
    "two thousand ninety-nine": 4_070_908_800.0,
    "the end of 32 bits": 2_147_483_647.0,
    "beyond any calendar": 1e12,
}


@pytest.mark.promise("a file's own time decides nothing when it can't be right", len(WRONG_TIMES))
@pytest.mark.parametrize(
    "moment", [pytest.param(WRONG_TIMES[name], id=name) for name in chosen([*WRONG_TIMES], 3)]
)
def test_a_file_of_an_impossible_time_lands_and_the_later_delivery_still_wins(
    counties: Counties, moment: float
) -> None:
    name = "仁怀市2024年1-6月台账.csv"
    path = counties.put(name, ledger([line(1, 3), line(2, 3)]))
    os.utime(path, (moment, moment))
    counties.put("赤水市2024年1-6月台账.csv", ledger([line(3, 4)]))
    assert counties.outcomes() == {name: "landed", "赤水市2024年1-6月台账.csv": "landed"}
    assert counties.ask("select delivered_at from landing.batches order by unit_code") == [
        (SETTLED.replace(tzinfo=None),),
        (NOW.replace(tzinfo=None),),
    ]
    counties.put("改后/仁怀市2024年1-6月台账.csv", ledger([line(1, 3), line(2, 3, result="退班")]))
    later = NOW + timedelta(days=1)
    assert counties.outcomes(later) == {"改后/仁怀市2024年1-6月台账.csv": "landed"}
    assert [row[2] for row in counties.true_rows()] == ["completed", "completed", "withdrawn"]
    assert counties.outcomes(later) == {}, "what was handled is not handled again"


@pytest.mark.parametrize("seconds", [1e12, -1e12, float("inf"), float("nan")])
def test_a_time_that_no_calendar_holds_is_no_failure_of_the_folder(seconds: float) -> None:
    """Some file systems keep such times; here they can't be set on every one."""
    assert drop_folder._moment(seconds) == datetime.fromtimestamp(0, UTC)


@pytest.mark.parametrize("hour", range(12, 24))
def test_a_month_begins_when_it_begins_in_the_city(counties: Counties, hour: int) -> None:
    """From 16:00 UTC on it is tomorrow there; a ledger of June can't come in May."""
    moment = datetime(2024, 5, 31, hour, tzinfo=UTC)
    counties.put("仁怀市2024年1-6月台账.csv", ledger([line(1, 3)]), moment)
    (outcome,) = counties.outcomes(moment + timedelta(minutes=2)).values()
    is_june = hour >= 16
    assert outcome == ("landed" if is_june else "PERIOD_OUT_OF_RANGE")
    assert local_day(moment).month == (6 if is_june else 5)
    assert counties.deliveries()[0].delivered_at == moment
    if is_june:
        assert counties.ask("select delivered_at from landing.batches") == [
            (moment.replace(tzinfo=None),)
        ]


# --- files that are still being written -------------------------------------------------------


def test_a_file_that_grows_is_left_alone_and_taken_when_it_is_whole(counties: Counties) -> None:
    """Whoever writes it does so while the run looks, more often than the run looks twice."""
    whole = ledger([line(number, 3) for number in range(1, 9)])
    path = counties.put("仁怀市2024年1-6月台账.csv", whole[:100], datetime.now(UTC))
    stop = threading.Event()

    def upload() -> None:
        for size in range(101, len(whole)):
            if stop.wait(0.1):
                return
            path.write_bytes(whole[:size])

    writer = threading.Thread(target=upload)
    writer.start()
    try:
        report = deliver_feed(LEDGERS, counties.settings, now=datetime.now(UTC))
    finally:
        stop.set()
        writer.join()
    assert report.outcomes == ()
    assert [name.rpartition("/")[2] for name in report.unsettled] == [path.name]
    path.write_bytes(whole)
    later = datetime.now(UTC) + timedelta(minutes=2)
    assert deliver_feed(LEDGERS, counties.settings, now=later).rows_landed == 8


def test_an_upload_that_stalled_is_replaced_by_the_whole_file(counties: Counties) -> None:
    """Nobody can see that rows are missing; what counts in the end is the whole."""
    whole = ledger([line(number, 3) for number in range(1, 9)])
    stalled = whole[: whole.index(b"\r\n", len(whole) // 2) + 2]
    counties.put("仁怀市2024年1-6月台账.csv", stalled, NOW - timedelta(hours=2))
    counties.deliver()
    counties.put("仁怀市2024年1-6月台账.csv", whole, NOW - timedelta(hours=1))
    assert counties.outcomes(NOW + timedelta(hours=1)) == {"仁怀市2024年1-6月台账.csv": "landed"}
    assert len(counties.true_rows()) == 8


@pytest.mark.parametrize(
    "passing", ["{}.part", "{}.tmp", "{}.crdownload", ".{}", "~${}"], ids=lambda form: form
)
def test_a_file_counts_from_the_moment_it_has_its_name(counties: Counties, passing: str) -> None:
    name = "仁怀市2024年1-6月台账.csv"
    path = counties.put(passing.format(name), ledger([line(1, 3)]))
    assert counties.outcomes() == {}
    path.rename(path.with_name(name))
    assert counties.outcomes() == {name: "landed"}
