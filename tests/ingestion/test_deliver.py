"""Does every delivery end with the outcome it deserves, whatever happens on the way?"""

from __future__ import annotations

import csv
import io
import os
import shutil
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import xlsxwriter
from pydantic import SecretStr

from ingestion import intake
from ingestion.arrivals import TRIES
from ingestion.contract import FeedContract, load_contracts
from ingestion.deliver import FeedReport, deliver_feed, expire_originals
from ingestion.export import export_sources
from ingestion.identity import check_digit
from ingestion.landing import Manifest
from ingestion.reasons import Breach, BreachCode
from ingestion.settings import Connection, Settings
from ingestion.trial import try_file
from ingestion.vault import SecretError, Vault

LEDGERS = load_contracts()["county/training_ledgers"]
ENROLMENTS = load_contracts()["hrss/enrolments"]
ATTENDANCE = load_contracts()["hrss/attendance"]
INSTITUTIONS = load_contracts()["hrss/institutions"]
FIGURES = load_contracts()["public/published_figures"]

KEY_MATERIAL = "a secret for tests, of invented people"
NOW = datetime(2024, 9, 10, 2, tzinfo=UTC)
HEADER = ("姓名", "身份证号码", "培训机构", "培训工种", "培训时间", "考核结果")


def number(sequence: int) -> str:
    """An invented person's number: region 529999 was never assigned."""
    seventeen = f"52999919800101{sequence:03d}"
    return seventeen + check_digit(seventeen)


def trainee(sequence: int, result: str = "合格") -> tuple[str, ...]:
    dates = "2024.01.06-01.20"
    return (f"样例{sequence:03d}", number(sequence), "样例学校", "焊工", dates, result)


def ledger(*sequences: int, broken: Sequence[int] = ()) -> bytes:
    lines = [HEADER, *(trainee(one, "?" if one in broken else "合格") for one in sequences)]
    text = io.StringIO()
    csv.writer(text).writerows(lines)
    return text.getvalue().encode("utf-8-sig")


def workbook(sheets: Mapping[str, Sequence[Sequence[str]]]) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        for name, lines in sheets.items():
            page = book.add_worksheet(name)
            for row, line in enumerate(lines):
                page.write_row(row, 0, line)
    return content.getvalue()


class World:
    """A home, a drop folder, and a way to deliver and look."""

    def __init__(self, folder: Path, home: str = "home") -> None:
        self.drop = folder / "drop"
        self.settings = Settings(
            home=folder / home, drop=str(self.drop), secret=SecretStr(KEY_MATERIAL), connections={}
        )
        self.moment = datetime(2024, 7, 1, tzinfo=UTC)

    def put(self, name: str, content: bytes, feed: FeedContract = LEDGERS) -> Path:
        """Every file is an hour younger than the one before."""
        path = self.drop / feed.agency / feed.feed / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self.moment += timedelta(hours=1)
        os.utime(path, (self.moment.timestamp(),) * 2)
        return path

    def deliver(self, feed: FeedContract = LEDGERS, now: datetime = NOW) -> FeedReport:
        return deliver_feed(feed, self.settings, now=now)

    def outcomes(self, feed: FeedContract = LEDGERS, now: datetime = NOW) -> dict[str, str]:
        report = self.deliver(feed, now)
        return {one.name: one.breach.code if one.breach else one.outcome for one in report.outcomes}

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        connection = duckdb.connect()
        export_sources(self.settings, connection)
        return connection.execute(question).fetchall()

    def state(self) -> list[tuple[Any, ...]]:
        """What landed and what was said, without what a clock or a counter gave."""
        with Manifest(self.settings.manifest) as manifest:
            names = {one.delivery_id: one.name for one in manifest.deliveries()}
            return [
                *((one.name, one.outcome, one.breach_code) for one in manifest.deliveries()),
                *(
                    (names[one.delivery_id], one.scope, one.covers_rank, one.canonical_hash)
                    for one in manifest.batches()
                ),
            ]

    def files(self) -> list[str]:
        return sorted(path.name for path in self.settings.landing.rglob("*.parquet"))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


# --- one delivery -----------------------------------------------------------------------------


def test_a_ledger_lands_with_its_unit_and_period(world: World) -> None:
    world.put("仁怀市/2024年1-6月.csv", ledger(1, 2, 3, broken=[3]))
    (outcome,) = world.deliver().outcomes
    assert (outcome.outcome, outcome.rows_delivered) == ("landed", 3)
    assert (outcome.rows_landed, outcome.rows_rejected, outcome.rows_skipped) == (2, 1, 0)
    assert world.ask(
        "select scope, unit_code, cast(period_start as text), cast(period_end as text)"
        " from landing.batches"
    ) == [("520382|2024", "520382", "2024-01-01", "2024-06-30")]
    assert world.ask("select count(distinct person_key) from county.training_ledgers") == [(2,)]


def test_a_sheet_per_county_makes_a_batch_each(world: World) -> None:
    sheets = {"仁怀市": [HEADER, trainee(1)], "习水县": [HEADER, trainee(2), trainee(3)]}
    world.put("2024年1-6月.xlsx", workbook(sheets))
    (outcome,) = world.deliver().outcomes
    assert len(outcome.batch_ids) == 2
    assert world.ask("select scope, rows_landed from landing.batches order by scope") == [
        ("520330|2024", 2),
        ("520382|2024", 1),
    ]


def test_a_sheet_per_month_makes_one_batch(world: World) -> None:
    sheets = {f"{month}月": [HEADER, trainee(month)] for month in (1, 2, 3)}
    world.put("仁怀市/2024年1-3月.xlsx", workbook(sheets))
    world.deliver()
    assert world.ask("select scope, rows_landed, covers_rank from landing.batches") == [
        ("520382|2024", 3, 2024 * 12 + 3)
    ]


def test_one_bad_part_refuses_the_whole_delivery(world: World) -> None:
    sheets = {"仁怀市": [HEADER, trainee(1)], "汇总": [HEADER, trainee(2)]}
    world.put("2024年1-6月.xlsx", workbook(sheets))
    assert world.outcomes() == {"2024年1-6月.xlsx": BreachCode.UNIT_UNKNOWN}
    assert world.files() == []


def test_one_bad_delivery_never_stops_the_others(world: World) -> None:
    world.put("仁怀市/2024年1-5月.xlsx", b"PK\x03\x04 not a workbook")
    world.put("仁怀市/2024年1-6月.csv", ledger(1))
    world.put("习水县/台账.csv", ledger(2))
    (world.drop / "county" / "training_ledgers" / "pipe.csv").symlink_to("/dev/zero")
    assert world.outcomes() == {
        "仁怀市/2024年1-5月.xlsx": BreachCode.FILE_UNREADABLE,
        "仁怀市/2024年1-6月.csv": "landed",
        "习水县/台账.csv": BreachCode.PERIOD_UNKNOWN,
        "pipe.csv": BreachCode.FILE_NOT_REGULAR,
    }
    assert world.outcomes() == {}


def test_a_defect_of_ours_costs_one_delivery(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise KeyError(number(1))

    world.put("仁怀市/2024年1-6月.csv", ledger(1))
    monkeypatch.setattr(intake, "read", fails)
    (outcome,) = world.deliver().outcomes
    assert outcome.outcome == "refused"
    assert "KeyError" in str(outcome.breach)
    assert number(1) not in str(outcome.breach)


def test_a_full_disk_is_no_fault_of_the_agency(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    world.put("仁怀市/2024年1-6月.csv", ledger(1))
    with monkeypatch.context() as patch:
        patch.setattr(intake, "read", fails)
        with pytest.raises(OSError, match="No space"):
            world.deliver()
    assert world.outcomes() == {"仁怀市/2024年1-6月.csv": "landed"}


# --- again and again --------------------------------------------------------------------------


def test_a_second_run_opens_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for month in (4, 5, 6):
        world.put(f"仁怀市/2024年1-{month}月.csv", ledger(*range(month)))
    assert set(world.outcomes().values()) == {"landed"}

    def opened(*_: object) -> None:
        raise AssertionError("a known file was opened")

    monkeypatch.setattr(intake, "read", opened)
    report = world.deliver()
    assert (report.outcomes, report.known) == ((), 3)


def test_the_same_rows_in_another_file_change_nothing(world: World) -> None:
    lines = [HEADER, trainee(1), trainee(2)]
    world.put("仁怀市/2024年1-6月.csv", ledger(1, 2))
    world.put("仁怀市/2024年1-6月（最终版）.xlsx", workbook({"台账": lines}))
    assert list(world.outcomes().values()) == ["landed", "unchanged"]
    assert world.ask("select outcome, rows_skipped from landing.deliveries order by sequence") == [
        ("landed", 0),
        ("unchanged", 2),
    ]


def test_a_b_a_again_ends_with_a(world: World) -> None:
    for content in (ledger(1, 2), ledger(1, 3), ledger(1, 2)):
        world.put("仁怀市/2024年1-6月.csv", content)
        assert world.outcomes() == {"仁怀市/2024年1-6月.csv": "landed"}
    hashes = [value for (value,) in world.ask("select canonical_hash from landing.batches")]
    assert hashes[0] == hashes[2] != hashes[1]


def test_deliveries_of_one_run_land_in_the_order_of_their_periods(world: World) -> None:
    for month in (6, 4, 5):
        world.put(f"仁怀市/2024年1-{month}月.csv", ledger(*range(month)))
    world.deliver()
    ranks = [rank for (rank,) in world.ask("select covers_rank from landing.batches")]
    assert ranks == sorted(ranks)


def test_a_far_smaller_delivery_needs_a_reason(world: World) -> None:
    world.put("仁怀市/2024年1-5月.csv", ledger(*range(10)))
    world.put("仁怀市/2024年1-6月.csv", ledger(1, 2))
    assert list(world.outcomes().values()) == ["landed", BreachCode.DELIVERY_SHRUNK]
    assert world.outcomes() == {}
    world.put("仁怀市/2024年1-6月.csv.reason.txt", "两个班次撤销".encode())
    assert world.outcomes() == {"仁怀市/2024年1-6月.csv": "landed"}
    assert world.ask("select count(*) from landing.deliveries where notes like '%撤销%'") == [(0,)]


def test_refused_deliveries_are_tried_again_when_the_contract_changes(world: World) -> None:
    content = ledger(1).decode("utf-8-sig").replace("考核结果", "结论")
    world.put("仁怀市/2024年1-6月.csv", content.encode())
    world.put("习水县/2024年1-6月.csv", ledger(2))
    assert world.outcomes()["仁怀市/2024年1-6月.csv"] == BreachCode.COLUMN_MISSING
    columns = tuple(
        column.model_copy(update={"aliases": (*column.aliases, "结论")})
        if column.name == "completion"
        else column
        for column in LEDGERS.columns
    )
    changed = LEDGERS.model_copy(update={"columns": columns})
    assert world.outcomes(changed) == {"仁怀市/2024年1-6月.csv": "landed"}


def test_what_a_busy_machine_refused_is_tried_again_but_not_for_ever(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_slow(*_: object) -> None:
        raise Breach(BreachCode.READER_LIMIT, "a file", "it took too long")

    world.put("仁怀市/2024年1-6月.csv", ledger(1))
    monkeypatch.setattr(intake, "read", too_slow)
    tries = [len(world.outcomes()) for _ in range(5)]
    assert tries == [1] * TRIES + [0] * (5 - TRIES)


def test_the_same_deliveries_in_a_fresh_home_give_the_same_state(tmp_path: Path) -> None:
    one, other = World(tmp_path, "one"), World(tmp_path, "other")
    for month in range(1, 7):
        one.put(f"仁怀市/2024年1-{month}月.csv", ledger(*range(month), broken=[3]))
        one.put(f"习水县/2024年1-{month}月.csv", ledger(*range(40, 40 + month)))
    one.deliver()
    other.deliver()
    assert one.state() == other.state()


# --- killed -----------------------------------------------------------------------------------


def killed_at(count: int, world: World) -> bool:
    """Deliver in a child that dies at the ``count``-th step towards the disk; whether it did."""
    child = os.fork()
    if child == 0:
        left = count

        def dying(step: Callable[..., Any]) -> Callable[..., Any]:
            def call(*arguments: Any, **named: Any) -> Any:
                nonlocal left
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), 9)
                return step(*arguments, **named)

            return call

        for name in ("fsync", "rename", "replace", "rmdir"):
            setattr(os, name, dying(getattr(os, name)))
        for owner, name in ((Manifest, "commit"), (Manifest, "reserve"), (Vault, "put_many")):
            setattr(owner, name, dying(getattr(owner, name)))
        world.deliver()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def test_killed_at_any_step_a_plain_rerun_ends_as_a_clean_run(tmp_path: Path) -> None:
    clean = World(tmp_path, "clean")
    clean.put("仁怀市/2024年1-5月.csv", ledger(1, 2, broken=[2]))
    clean.put("仁怀市/2024年1-6月.csv", ledger(1, 2, 3))
    clean.put("习水县/台账.csv", ledger(4))
    clean.deliver()
    step = 0
    died = True
    while died:
        step += 1
        world = World(tmp_path, f"killed at {step}")
        died = killed_at(step, world)
        world.deliver()
        assert world.state() == clean.state(), step
        assert len(world.files()) == len(clean.files()), step
        assert world.ask("select count(*) from county.training_ledgers") == [(4,)], step
        shutil.rmtree(world.settings.home)
    assert step > 20, "too few steps were met to mean anything"


# --- systems ----------------------------------------------------------------------------------


class Platform:
    """A training platform's database of invented enrolments."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "platform.sqlite"
        names = [column.name for column in ENROLMENTS.columns]
        self.database = sqlite3.connect(self.path, isolation_level=None)
        self.database.execute(f"create table enrolment ({', '.join(names)})")

    def write(self, enrolment_no: str, updated_at: str, completion: str = "结业") -> None:
        self.database.execute("delete from enrolment where enrolment_no = ?", (enrolment_no,))
        self.database.execute(
            "insert into enrolment (enrolment_no, class_no, person_name, person_id_no, completion,"
            " updated_at) values (?, 'C1', '样例', ?, ?, ?)",
            (enrolment_no, number(1), completion, updated_at),
        )

    def connected(self, world: World) -> World:
        url = Connection(url=SecretStr(f"sqlite:///{self.path}"))
        world.settings = world.settings.with_connections({"training_platform": url})
        return world


def test_a_pull_by_watermark_lands_only_what_changed(world: World, tmp_path: Path) -> None:
    platform = Platform(tmp_path)
    platform.connected(world)
    platform.write("BM001", "2024-05-06 08:00:00")
    platform.write("BM002", "2024-05-06 09:00:00")
    platform.write("BM003", "2024-05-06 08:58:00", completion="?")
    assert world.outcomes(ENROLMENTS) == {"training_platform:enrolment": "landed"}

    assert world.outcomes(ENROLMENTS) == {"training_platform:enrolment": "nothing_new"}
    platform.write("BM001", "2024-05-06 10:00:00")
    platform.write("BM004", "2024-05-06 08:50:00")  # began before our last look, came after it
    (outcome,) = world.deliver(ENROLMENTS).outcomes
    assert (outcome.rows_landed, outcome.rows_rejected, outcome.rows_skipped) == (2, 0, 2)
    assert world.outcomes(ENROLMENTS) == {"training_platform:enrolment": "nothing_new"}
    assert world.ask("select enrolment_no from hrss.enrolments order by _batch_id, 1") == [
        ("BM001",),
        ("BM002",),
        ("BM001",),
        ("BM004",),
    ]
    assert world.ask("select record_key, reason from landing.rejections") == [
        ("BM003", "CODE_UNKNOWN")
    ]


def test_a_backfill_in_slices_ends_with_what_one_pull_brings(world: World, tmp_path: Path) -> None:
    platform = Platform(tmp_path)
    platform.connected(world)
    platform.write("BM001", "2024-03-06 08:00:00")
    platform.write("BM002", "2024-08-06 08:00:00")
    first = datetime(2024, 6, 30, tzinfo=UTC)
    deliver_feed(ENROLMENTS, world.settings, now=first, until=first)
    known = "select enrolment_no from hrss.enrolments order by 1"
    assert world.ask(known) == [("BM001",)]
    deliver_feed(ENROLMENTS, world.settings, now=NOW)
    assert world.ask(known) == [("BM001",), ("BM002",)]
    assert world.ask("select delivered_at from landing.batches order by sequence") == [
        (first.replace(tzinfo=None),),
        (NOW.replace(tzinfo=None),),
    ]


def test_everything_is_pulled_again_once_when_the_contract_changes(
    world: World, tmp_path: Path
) -> None:
    platform = Platform(tmp_path)
    platform.connected(world)
    platform.write("BM001", "2024-05-06 08:00:00", completion="毕业")
    platform.write("BM002", "2024-05-06 09:00:00")
    world.deliver(ENROLMENTS)
    column = ENROLMENTS.column("completion")
    values = {**column.values, "completed": ("结业", "毕业")}
    changed = ENROLMENTS.model_copy(
        update={
            "columns": tuple(
                one.model_copy(update={"values": values}) if one is column else one
                for one in ENROLMENTS.columns
            )
        }
    )
    (outcome,) = world.deliver(changed).outcomes
    assert (outcome.rows_landed, outcome.rows_rejected) == (2, 0)
    assert world.outcomes(changed) == {"training_platform:enrolment": "nothing_new"}


def test_a_system_that_cannot_be_reached_is_told_and_keeps_what_landed(world: World) -> None:
    assert world.outcomes(INSTITUTIONS) == {
        "training_platform:institution": BreachCode.SETTING_MISSING
    }
    assert world.ask("select outcome from landing.deliveries") == [("unreachable",)]


def test_a_bundled_ledger_lands_once(world: World) -> None:
    assert world.outcomes(FIGURES) == {"published_figures.csv": "landed"}
    assert world.outcomes(FIGURES) == {}


# --- two ways in ------------------------------------------------------------------------------

SESSION = {
    "enrolment_no": "BM001",
    "class_no": "C1",
    "person_id_no": number(1),
    "session_on": "2024-05-06",
    "session_no": "1",
    "hours": "4",
    "status": "出勤",
}


def exported(**changed_at: str) -> bytes:
    """An export of records by number, in the platform's own words and encoding."""
    names = ("attendance_no", *SESSION, "updated_at")
    lines = [
        [ATTENDANCE.column(name).title_zh for name in names],
        *([record, *SESSION.values(), moment] for record, moment in changed_at.items()),
    ]
    return "\n".join(map(",".join, lines)).encode("gb18030")


class SignIns:
    """The platform's table of attendance."""

    def __init__(self, folder: Path, world: World) -> None:
        path = folder / "platform.sqlite"
        self.database = sqlite3.connect(path, isolation_level=None)
        names = ", ".join(("attendance_no", *SESSION, "updated_at"))
        self.database.execute(f"create table attendance ({names})")
        url = Connection(url=SecretStr(f"sqlite:///{path}"))
        world.settings = world.settings.with_connections({"training_platform": url})

    def write(self, **changed_at: str) -> None:
        for record, moment in changed_at.items():
            values = (record, *SESSION.values(), moment)
            marks = ", ".join("?" * len(values))
            self.database.execute(f"insert into attendance values ({marks})", values)


def test_exports_and_the_table_land_in_one_run_and_one_order(world: World, tmp_path: Path) -> None:
    world.put("2024-05-06.csv", exported(K1="2024-05-06 12:00:00"), ATTENDANCE)
    SignIns(tmp_path, world).write(K1="2024-05-09 10:00:00", K2="2024-05-06 12:00:00")
    assert world.outcomes(ATTENDANCE) == {
        "2024-05-06.csv": "landed",
        "training_platform:attendance": "landed",
    }
    assert world.ask("select encoding from landing.deliveries order by sequence") == [
        ("gb18030",),
        (None,),
    ]
    assert world.ask(
        "select attendance_no, updated_at from hrss.attendance inner join landing.batches as b"
        " on _batch_id = b.batch_id order by b.sequence, 1"
    ) == [
        ("K1", "2024-05-06 12:00:00"),
        ("K1", "2024-05-09 10:00:00"),
        ("K2", "2024-05-06 12:00:00"),
    ]
    assert world.outcomes(ATTENDANCE) == {"training_platform:attendance": "nothing_new"}


def test_a_newer_export_hides_nothing_from_the_next_pull(world: World, tmp_path: Path) -> None:
    table = SignIns(tmp_path, world)
    table.write(K1="2024-05-06 12:00:00")
    world.put("2024-08.csv", exported(K2="2024-08-01 12:00:00"), ATTENDANCE)
    world.deliver(ATTENDANCE)
    table.write(K3="2024-05-07 12:00:00", K2="2024-08-01 12:00:00")
    assert world.outcomes(ATTENDANCE) == {"training_platform:attendance": "landed"}
    assert world.ask("select watermark from landing.batches order by sequence") == [
        (None,),
        ("2024-05-06 12:00:00",),
        ("2024-08-01 12:00:00",),
    ]


def test_one_way_that_fails_does_not_cost_the_other(world: World, tmp_path: Path) -> None:
    world.put("2024-05-06.csv", exported(K1="2024-05-06 12:00:00"), ATTENDANCE)
    assert world.outcomes(ATTENDANCE) == {
        "2024-05-06.csv": "landed",
        "training_platform:attendance": BreachCode.SETTING_MISSING,
    }
    SignIns(tmp_path, world).write(K2="2024-05-07 12:00:00")
    world.drop.rename(tmp_path / "gone")
    assert world.outcomes(ATTENDANCE) == {
        "drop folder": BreachCode.SOURCE_UNREACHABLE,
        "training_platform:attendance": "landed",
    }


def test_an_export_says_nothing_new_when_it_is_sent_again(world: World) -> None:
    for name in ("2024-05-06.csv", "2024-05-06（重传）.csv"):
        world.put(name, exported(K1="2024-05-06 12:00:00"), ATTENDANCE)
    outcomes = world.outcomes(ATTENDANCE)
    assert outcomes["2024-05-06.csv"] == "landed"
    assert outcomes["2024-05-06（重传）.csv"] == "unchanged"


def test_the_formats_of_exports_bind_files_and_not_the_table(world: World, tmp_path: Path) -> None:
    rows = [[ATTENDANCE.column(name).title_zh for name in ("attendance_no", *SESSION)]]
    world.put("2024-05-06.csv", workbook({"Sheet1": rows}), ATTENDANCE)
    SignIns(tmp_path, world).write(K1="2024-05-06 12:00:00")
    assert world.outcomes(ATTENDANCE) == {
        "2024-05-06.csv": BreachCode.FORMAT_NOT_AGREED,
        "training_platform:attendance": "landed",
    }


def test_a_slice_of_a_backfill_leaves_younger_files_for_the_next(world: World) -> None:
    early = world.put("2024-05-06.csv", exported(K1="2024-05-06 12:00:00"), ATTENDANCE)
    world.moment = datetime(2024, 8, 1, tzinfo=UTC)
    world.put("2024-07-31.csv", exported(K2="2024-07-31 12:00:00"), ATTENDANCE)
    until = datetime(2024, 7, 15, tzinfo=UTC)
    report = deliver_feed(ATTENDANCE, world.settings, now=until, until=until)
    assert early.name in {one.name for one in report.outcomes}
    assert report.rows_landed == 1
    assert world.deliver(ATTENDANCE).rows_landed == 1


# --- personal data ----------------------------------------------------------------------------


def test_no_plain_number_or_name_is_left_outside_the_vault(world: World) -> None:
    world.put(f"仁怀市/{number(9)} 2024年1-6月.csv", ledger(1, 2, broken=[2]))
    world.put(f"习水县/{number(8)} 2024年.csv", ledger(3))
    world.deliver()
    canaries = [text.encode() for n in (1, 2, 3, 8, 9) for text in (number(n), f"样例{n:03d}")]
    for path in world.settings.home.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not [canary for canary in canaries if canary in content], path.name
    with Vault(world.settings.vault, KEY_MATERIAL.encode(), 1) as vault:
        (key,) = world.ask("select person_key from county.training_ledgers")[0]
        assert vault.get("resident_id", int(key), who="test", purpose="test") == number(1)


def test_originals_of_landed_and_refused_files_are_kept(world: World) -> None:
    world.put("仁怀市/2024年1-6月.csv", ledger(1))
    world.put("习水县/台账.csv", ledger(2))
    world.deliver()
    for (sha256,) in world.ask("select sha256 from landing.deliveries"):
        assert (world.settings.vault / "originals" / sha256).is_file()


def test_originals_go_when_their_time_is_over(world: World) -> None:
    world.put("仁怀市/2024年1-6月.csv", ledger(1))
    world.deliver()
    originals = world.settings.vault / "originals"
    assert any(originals.iterdir())
    kept = timedelta(days=world.settings.originals_days)
    assert expire_originals(world.settings, NOW + kept) == 0
    assert expire_originals(world.settings, NOW + kept + timedelta(days=1)) == 1
    assert not any(originals.iterdir())


def test_real_data_without_a_secret_is_refused(world: World) -> None:
    world.put("仁怀市/2024年1-6月.csv", ledger(1))
    world.settings = world.settings.model_copy(update={"secret": None})
    with pytest.raises(SecretError):
        world.deliver()


# --- a trial ----------------------------------------------------------------------------------


def test_a_trial_tells_what_would_happen_and_stores_nothing(world: World) -> None:
    path = world.put("仁怀市/2024年1-6月.csv", ledger(1, 2, broken=[2]))
    trial = try_file(path, LEDGERS, now=NOW)
    assert trial.breach is None
    (draft,) = trial.batches
    assert (draft.scope.key, draft.checked.rows_landed) == ("520382|2024", 1)
    assert trial.rejected().column("row_number").to_pylist() == [3]
    assert not world.settings.home.exists()


def test_a_trial_takes_folders_as_hints_when_the_file_lies_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "1-6月.csv"
    path.write_bytes(ledger(1))
    refused = try_file(path, LEDGERS, now=NOW)
    assert refused.breach
    assert refused.breach.code is BreachCode.UNIT_UNKNOWN
    assert refused.rejected().num_rows == 0
    assert try_file(path, LEDGERS, now=NOW, hints=["仁怀市", "2024年"]).breach is None
