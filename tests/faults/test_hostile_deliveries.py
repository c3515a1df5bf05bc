"""Does every hostile delivery end as the table says, and harm nobody on its way?

Each row of ``hostile_deliveries.csv`` names a maker that spoils a small good delivery, and what
becomes of it. It is dropped beside a good one and taken in by ``deliver_feed`` itself.
"""

from __future__ import annotations

import csv
import faulthandler
import hashlib
import io
import logging
import re
import resource
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq
import pytest
from campaign import chosen
from hostile import MAKERS
from hostile.goods import MARK, Good, pair
from hostile.places import OUTSIDE, PRIVATE
from hostile.variants import put
from pydantic import SecretStr

from ingestion.deliver import DeliveryOutcome, FeedReport, deliver_feed
from ingestion.landing import Manifest
from ingestion.readers import pool
from ingestion.readers.worker_limits import MEMORY, WALL_SECONDS
from ingestion.settings import Settings

NOW: Final = datetime(2024, 9, 10, 2, tzinfo=UTC)
TABLE: Final = Path(__file__).with_name("hostile_deliveries.csv")
#: Beyond this the whole run is ended, with the stack of every thread.
HANG: Final = 3 * WALL_SECONDS
#: What our own process may grow by over one delivery.
GROWTH: Final = 1 << 30
PEOPLE: Final = re.compile(r"529999[0-9]{11}[0-9X]|199000000[0-9]{2}", re.IGNORECASE)
#: What of the document concerns deliveries of files; G4 is about the analyst's own database.
HAZARDS: Final = (
    {f"C{number}" for number in range(1, 9)}
    | {f"D{number}" for number in range(1, 10)}
    | {"G1", "G2", "G3", "G5", "G6", "G7", "P8", "P12"}
)


@dataclass(frozen=True)
class Row:
    """One row of the table."""

    id: str
    hazard: str
    feed: str
    form: str
    variant: str
    argument: str
    #: landed, partly, refused, unchanged, unreachable or left_out.
    outcome: str
    #: The breach's code, or the reasons of the rejected rows.
    code: str
    landed: int
    rejected: int
    skipped: int
    #: yes: what landed is exactly what the good delivery would have landed.
    same: str
    note: str


def _read_table() -> tuple[Row, ...]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(
            Row(**{**row, **{name: int(row[name]) for name in ("landed", "rejected", "skipped")}})
            for row in csv.DictReader(file)
        )


ROWS: Final = _read_table()


@dataclass(frozen=True)
class Verdict:
    """What became of a delivery, in the words of the table."""

    outcome: str
    code: str
    landed: int
    rejected: int
    skipped: int


class World:
    """A home and a drop folder, with something beside both that nobody may touch."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.drop = folder / "drop"
        self.settings = Settings(
            home=folder / "home",
            drop=str(self.drop),
            secret=SecretStr("a secret for tests, of invented people"),
            connections={},
        )
        put(folder / OUTSIDE, PRIVATE, b"hunter2,hunter2\r\n")

    def feed_folder(self, good: Good) -> Path:
        return self.drop / good.contract.agency / good.contract.feed

    def deliver(self, good: Good) -> FeedReport:
        return deliver_feed(good.contract, self.settings, now=NOW)

    def hashes(self) -> set[str]:
        """What has landed, whatever it was called."""
        with Manifest(self.settings.manifest) as manifest:
            return {batch.canonical_hash for batch in manifest.batches()}

    def reasons(self) -> Counter[str]:
        """Of every rejected row its first reason."""
        return Counter(
            reason
            for path in self.settings.landing.rglob("*.rejected.parquet")
            for reason in pq.read_table(path).column("reason").to_pylist()
        )

    def state_outside(self) -> dict[str, tuple[int, int, int, str]]:
        """All that is not the home: kind, time and, of what is small and readable, content."""
        return {
            str(path): (
                found.st_mode,
                found.st_size,
                found.st_mtime_ns,
                _content(path, found.st_size),
            )
            for path in sorted(self.folder.rglob("*"))
            if self.settings.home not in (path, *path.parents)
            for found in (path.lstat(),)
        }

    def texts(self) -> str:
        """All that people are told, and all that is kept beside the landed rows."""
        texts = [path.name for path in self.settings.home.rglob("*")]
        with sqlite3.connect(self.settings.manifest) as manifest:
            texts += manifest.iterdump()
        for path in self.settings.landing.rglob("*.rejected.parquet"):
            texts += [str(row) for row in pq.read_table(path).to_pylist()]
        return "\n".join(texts)

    def landed_text(self) -> str:
        """Every cell that landed."""
        return "\n".join(
            str(list(row.values()))
            for path in self.settings.landing.rglob("*.parquet")
            for row in pq.read_table(path).to_pylist()
        )


def _content(path: Path, size: int) -> str:
    if path.is_symlink() or not path.is_file() or size > 64 << 20:
        return ""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except PermissionError:
        return ""


@pytest.fixture(scope="module", autouse=True)
def children() -> Iterator[None]:
    """Reading children of this module only."""
    yield
    pool.POOL.close()


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Programs that write where they stand write into a folder that is looked at."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    return World(tmp_path)


def _verdict(world: World, outcome: DeliveryOutcome | None) -> Verdict:
    if outcome is None:
        return Verdict("left_out", "", 0, 0, 0)
    code = str(outcome.breach.code) if outcome.breach else ""
    word: str = outcome.outcome
    if outcome.rows_rejected:
        word, code = "partly", " ".join(sorted(world.reasons()))
    counts = outcome.rows_landed, outcome.rows_rejected, outcome.rows_skipped
    assert sum(counts) == outcome.rows_delivered
    return Verdict(word, code, *counts)


def _in_question(report: FeedReport, beside: Good) -> DeliveryOutcome | None:
    """The outcome that is not the good delivery's: what landed as well is beside the point."""
    others = [outcome for outcome in report.outcomes if outcome.name != beside.name]
    odd = [outcome for outcome in others if outcome.outcome != "landed"] or others
    assert len(odd) <= 1
    return odd[0] if odd else None


def _hash_of(good: Good, folder: Path) -> str:
    """What the good delivery comes to by itself."""
    world = World(folder)
    put(world.feed_folder(good), good.name, good.content())
    (outcome,) = world.deliver(good).outcomes
    assert outcome.outcome == "landed"
    (found,) = world.hashes()
    return found


_HASHES: Final[dict[tuple[str, str], str]] = {}


def good_hash(row: Row, good: Good, folder: Path) -> str:
    """Of each feed and format once per run."""
    if (row.feed, row.form) not in _HASHES:
        _HASHES[row.feed, row.form] = _hash_of(good, folder)
    return _HASHES[row.feed, row.form]


@pytest.mark.filterwarnings("ignore:Duplicate name")  # that is the point of one
@pytest.mark.promise("hostile deliveries end as the table says", len(ROWS))
@pytest.mark.parametrize("row", chosen(ROWS, 200), ids=lambda row: row.id)
def test_a_hostile_delivery_ends_as_the_table_says(
    row: Row,
    world: World,
    tmp_path_factory: pytest.TempPathFactory,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    good, beside = pair(row.feed, row.form)
    bad = MAKERS[row.variant](good, row.argument)
    folder = world.feed_folder(good)
    put(folder, beside.name, beside.content())
    if isinstance(bad, bytes):
        put(folder, good.name, bad)
    caplog.set_level(logging.DEBUG)

    with nullcontext() if isinstance(bad, bytes) else bad(folder):
        before = {} if row.variant == "growing" else world.state_outside()
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began = time.monotonic()
        faulthandler.dump_traceback_later(HANG, exit=True)
        try:
            report = world.deliver(good)
            while report.unsettled and row.outcome != "left_out":
                # Between a write and its dating back it looks like any file that is written.
                again = world.deliver(good)
                report = replace(again, outcomes=(*report.outcomes, *again.outcomes))
        finally:
            faulthandler.cancel_dump_traceback_later()
        assert time.monotonic() - began < WALL_SECONDS
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < GROWTH >> 10
        if before:
            assert world.state_outside() == before

    outcome = _in_question(report, beside)
    expected = Verdict(row.outcome, row.code, row.landed, row.rejected, row.skipped)
    assert _verdict(world, outcome) == expected
    lands_beside = {one.name: (one.outcome, one.rows_landed) for one in report.outcomes}
    assert lands_beside[beside.name] == ("landed", len(beside.records))
    if row.same:
        assert good_hash(row, good, tmp_path_factory.mktemp("good")) in world.hashes()
    _assert_nothing_told(world, caplog.text + "".join(capfd.readouterr()), outcome)


def _assert_nothing_told(world: World, said: str, outcome: DeliveryOutcome | None) -> None:
    told = said + world.texts()
    assert not PEOPLE.search(told), "a person's number stands in a log, the manifest or quarantine"
    assert MARK not in told, "a cell's text stands in a log, the manifest or quarantine"
    assert "hunter2" not in told + world.landed_text(), "a file outside was read"
    assert not PEOPLE.search(world.landed_text()), "a person's number landed"
    if outcome is not None and outcome.breach is not None:
        assert "defect" not in outcome.breach.message
        assert str(world.folder) not in str(outcome.breach)


# --- the table itself -------------------------------------------------------------------------


def test_the_table_has_a_row_for_every_hazard_of_deliveries() -> None:
    assert {row.hazard for row in ROWS} == HAZARDS
    assert len(ROWS) >= 200


def test_the_table_is_in_order_and_says_each_thing_once() -> None:
    ids = [row.id for row in ROWS]
    assert len(set(ids)) == len(ids)
    assert ids == sorted(ids, key=lambda one: (one[0], int(re.findall("[0-9]+", one)[0]), one))
    asked = Counter((row.feed, row.form, row.variant, row.argument) for row in ROWS)
    assert [case for case, times in asked.items() if times > 1] == []


def test_the_table_and_the_makers_name_each_other() -> None:
    assert {row.variant for row in ROWS} == MAKERS.keys()


def test_the_table_is_text_that_people_can_read() -> None:
    content = TABLE.read_text(encoding="utf-8")
    assert content == "".join(c for c in content if c.isprintable() or c == "\n")
    assert not PEOPLE.search(content)
    names = next(csv.reader(io.StringIO(content)))
    assert names == [field.name for field in fields(Row)]


@pytest.mark.parametrize("row", [row for row in ROWS if row.outcome == "refused"][:1])
def test_children_have_the_limits_that_the_table_counts_on(row: Row, world: World) -> None:
    good, _ = pair(row.feed, row.form)
    put(world.feed_folder(good), good.name, good.content())
    world.deliver(good)
    limits = Path(f"/proc/{pool.POOL._idle[-1]._process.pid}/limits").read_text()
    assert re.search(rf"Max address space\s+{MEMORY}\s+{MEMORY}", limits)
    assert re.search(r"Max file size\s+0\s+0", limits)
