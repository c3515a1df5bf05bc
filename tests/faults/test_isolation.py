"""Does one source's trouble stay its own, while the trouble of this machine stops what it must?

Landing assets run as Dagster runs them. A source that is away, one agency's unreadable folder and
a defect of ours in one feed cost that feed only: the others land and everything behind them is
built from the last good data. A full disk stops whatever builds on the feed that met it.
"""

from __future__ import annotations

import errno
import logging
import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import dagster as dg
import pytest
from invented_rows import good_rows, rows_wanted, spelled, told_columns
from offering import KEY_MATERIAL, Offering
from pydantic import SecretStr
from servers import HttpServer, serving

from dagster_project.landing import landing_asset, landing_record
from dagster_project.progress import LogProgress
from dagster_project.refusals import standing_refusals
from ingestion import arrivals, deliver, intake
from ingestion.contract import DatabaseSource, FeedContract, FileSource, load_contracts
from ingestion.landing import Manifest
from ingestion.readers import pool
from ingestion.reasons import BreachCode
from ingestion.settings import Settings

pytestmark = pytest.mark.promise("every connector and every feed passes the same suite", 300)

CONTRACTS = load_contracts()
FILES = [name for name, one in CONTRACTS.items() if isinstance(one.source, FileSource)][:3]
DATABASE = next(
    name
    for name, one in CONTRACTS.items()
    if isinstance(one.source, DatabaseSource) and one.watermark is None
)
FEEDS = [*FILES, DATABASE]
PERSON = "529999199003074512"


@pytest.fixture
def agencies(tmp_path: Path) -> Iterator[dict[str, Offering]]:
    """Several agencies, each with a good delivery, and one installation for all."""
    with serving() as server:
        yield {name: offered(CONTRACTS[name], tmp_path, server) for name in FEEDS}


def offered(contract: FeedContract, folder: Path, server: HttpServer) -> Offering:
    """One feed's agency, in a folder that all of them share."""
    (folder / contract.feed).mkdir()
    agency = Offering(contract, folder / contract.feed, server)
    if isinstance(contract.source, FileSource):
        agency.path = folder / "drop" / agency.path.relative_to(agency.drop)
    names = [column.name for column in told_columns(contract)]
    agency.offer(spelled(contract, names, good_rows(contract, rows_wanted(contract))))
    return agency


@pytest.fixture
def settings(agencies: dict[str, Offering], tmp_path: Path) -> Settings:
    return Settings(
        home=tmp_path / "home",
        drop=str(tmp_path / "drop"),
        secret=SecretStr(KEY_MATERIAL),
        connections=agencies[DATABASE].settings.connections,
    )


def run(settings: Settings) -> dg.ExecuteInProcessResult:
    """What Dagster makes of it."""
    return dg.materialize(
        [*(landing_asset(CONTRACTS[name]) for name in FEEDS), landing_record],
        resources={"settings": settings, "progress": LogProgress(logging.getLogger("test"))},
        raise_on_error=False,
    )


def outcomes(settings: Settings) -> dict[str, list[str]]:
    with Manifest(settings.manifest) as manifest:
        told = manifest.deliveries()
    return {feed: [one.outcome for one in told if one.feed == feed] for feed in FEEDS}


def said(result: dg.ExecuteInProcessResult) -> str:
    """Everything that Dagster keeps of the run."""
    return " ".join(str(event) for event in result.all_events)


def test_an_agency_that_is_away_costs_its_own_feed_only(
    settings: Settings, agencies: dict[str, Offering]
) -> None:
    agencies[DATABASE].vanish()
    result = run(settings)
    assert result.success
    expected = {**{feed: ["landed"] for feed in FILES}, DATABASE: ["unreachable"]}
    assert outcomes(settings) == expected


def test_one_agencys_broken_folder_costs_its_own_feed_only(
    settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "drop" / FILES[0]
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(folder.name)  # leads to itself
    result = run(settings)
    assert result.success
    expected = {**{feed: ["landed"] for feed in FEEDS}, FILES[0]: ["unreachable"]}
    assert outcomes(settings) == expected
    folder.unlink()
    (tmp_path / "elsewhere").rename(folder)
    run(settings)
    assert outcomes(settings)[FILES[0]] == ["unreachable", "unchanged", "landed"]


@pytest.mark.parametrize(
    ("module", "where"),
    [(deliver, "find_arrivals"), (intake, "read"), (intake, "draft_batches")],
    ids=["find_arrivals", "read", "draft_batches"],
)
@pytest.mark.usefixtures("agencies")
def test_a_defect_of_ours_costs_its_own_feed_only_and_shows_no_value(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, module: ModuleType, where: str
) -> None:
    sound = getattr(module, where)

    def fails(*arguments: Any, **named: Any) -> Any:
        contracts = [one for one in arguments if isinstance(one, FeedContract)]
        if any(one.name == FILES[1] for one in contracts):
            raise KeyError(PERSON)
        return sound(*arguments, **named)

    monkeypatch.setattr(module, where, fails)
    result = run(settings)
    assert result.success
    costs = "unreachable" if where == "find_arrivals" else "refused"
    expected = {**{feed: ["landed"] for feed in FEEDS}, FILES[1]: [costs]}
    assert outcomes(settings) == expected
    assert PERSON not in said(result)


@pytest.mark.parametrize("error", [ConnectionResetError, TimeoutError, MemoryError])
@pytest.mark.usefixtures("agencies")
def test_what_a_driver_lets_through_costs_its_own_delivery_only(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise error(PERSON)

    monkeypatch.setattr(arrivals, "pull_database", fails)
    result = run(settings)
    assert result.success
    found = outcomes(settings)
    assert found.pop(DATABASE) in (["unreachable"], ["refused"])
    assert found == {feed: ["landed"] for feed in FILES}
    assert PERSON not in said(result)


@pytest.mark.usefixtures("agencies")
def test_our_own_full_disk_stops_what_builds_on_the_feed_and_nobody_is_refused(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = intake.draft_batches

    def fails(reading: Any, contract: FeedContract, *arguments: Any, **named: Any) -> Any:
        if contract.name == FILES[1]:
            raise OSError(errno.ENOSPC, "No space left on device")
        return sound(reading, contract, *arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(intake, "draft_batches", fails)
        result = run(settings)
    assert not result.success
    failed = [event.step_key for event in result.all_events if event.is_step_failure]
    assert failed == [FILES[1].replace("/", "__")]
    assert "landing_record" not in {
        event.step_key for event in result.all_events if event.is_step_success
    }
    assert outcomes(settings) == {feed: [] if feed == FILES[1] else ["landed"] for feed in FEEDS}
    assert run(settings).success
    assert outcomes(settings)[FILES[1]] == ["landed"]


@pytest.mark.usefixtures("agencies")
def test_files_kept_for_too_long_go_with_the_next_run(settings: Settings) -> None:
    assert run(settings).success
    with Manifest(settings.manifest) as manifest:
        (delivery,) = manifest.deliveries(FILES[0])
    original = settings.vault / "originals" / delivery.sha256
    assert original.exists()
    with closing(sqlite3.connect(settings.vault / "vault.sqlite")) as vault, vault:
        vault.execute("update originals set last_delivered_at = '2001-01-01T00:00:00+00:00'")
    assert run(settings).success
    assert not original.exists()


def test_a_feed_that_crawls_leaves_the_rest_to_the_next_run(
    settings: Settings, agencies: dict[str, Offering], monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = CONTRACTS[FILES[0]]
    with monkeypatch.context() as patch:
        patch.setattr(deliver, "FEED_SECONDS", -1.0)
        report = deliver.deliver_feed(contract, settings, now=datetime(2024, 9, 1, tzinfo=UTC))
    (outcome,) = report.outcomes
    assert outcome.outcome == "unreachable"
    assert "next run" in str(outcome.breach)
    report = deliver.deliver_feed(contract, settings, now=datetime(2024, 9, 2, tzinfo=UTC))
    assert [one.outcome for one in report.outcomes] == ["landed"]
    assert agencies[contract.name].path.exists()


def test_a_folder_that_answers_again_stands_unreachable_no_more(
    settings: Settings, tmp_path: Path
) -> None:
    drop = tmp_path / "drop"
    run(settings)
    drop.rename(tmp_path / "away")
    run(settings)
    assert {outcomes(settings)[feed][-1] for feed in FILES} == {"unreachable"}
    (tmp_path / "away").rename(drop)
    run(settings)
    with Manifest(settings.manifest) as manifest:
        assert standing_refusals(manifest.deliveries()) == []
    before = outcomes(settings)
    run(settings)
    assert all(outcomes(settings)[feed] == before[feed] for feed in FILES)


def test_a_reading_child_that_hangs_costs_one_delivery(
    agencies: dict[str, Offering], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    books = [name for name in FILES if agencies[name].path.suffix == ".xlsx"][:2]
    moment = datetime(2024, 9, 1, tzinfo=UTC)
    deliver.deliver_feed(CONTRACTS[books[0]], settings, now=moment)
    for child in pool.POOL._idle:
        os.kill(child._process.pid, signal.SIGSTOP)
    monkeypatch.setattr(pool, "WALL_SECONDS", 1.0)
    (hung,) = deliver.deliver_feed(CONTRACTS[books[1]], settings, now=moment).outcomes
    assert hung.breach is not None
    assert hung.breach.code is BreachCode.READER_LIMIT
    monkeypatch.undo()
    later = datetime(2024, 9, 2, tzinfo=UTC)
    (again,) = deliver.deliver_feed(CONTRACTS[books[1]], settings, now=later).outcomes
    assert again.outcome == "landed"
