"""Does a run that goes on from the one before end like one that makes everything afresh?

The training platform corrects, withdraws, moves and adds records at random, in its tables and in a
late export; counties and departments resend their year with other people and days, institutions
take another's name, and the day moves by which everything is judged. A refresh follows each time,
and after it another, on the same day, when a few agencies alone have news: that makes little again.
In the end a copy of the home is built afresh by force, and every table of both work files must hold
the same rows. And is everything made afresh where the work file can't be gone on from?
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

import duckdb
import openpyxl
import pytest
from campaign import repeated
from clerks import LEDGER_HEADER
from installations import Installation
from logical_content import OF_ATTEMPTS

from dagster_project.building import (
    WHOLE_EVERY,
    Build,
    finished_build,
    planned_build,
    start_work_file,
    whole_since,
)
from dagster_project.dbt_runs import Workplace, workplace
from ingestion.settings import Settings

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("refreshed")]

#: Change times of the rounds; what the sample has made itself is older.
FIRST_ROUND: Final = datetime(2026, 2, 1, 9, tzinfo=UTC)
LONG_AGO: Final = datetime(2025, 1, 1, 8, tzinfo=UTC)
EXPORTED: Final = (
    *("考勤编号", "报名编号", "培训班编号", "证件号码", "上课日期"),
    *("课次", "课时", "考勤状态", "有效标志", "更新时间"),
)
#: When and by which run a table was made.
OF_THE_RUN: Final = frozenset({"build_id", "built_at", "refreshed_at"})
#: What a run that goes on makes of a part only: what it judges anew, and since when.
OF_A_PART: Final = frozenset(
    {
        "int_institutions__renamed",
        "int_training__matched",
        "int_training__retold",
        "int_training__screened",
    }
)
#: The days by which the rounds are judged, back and forth.
AS_OF: Final = ("2024-11-15", "2025-03-31", "2024-06-20", "2025-06-30")
COUNTIES: Final = ("仁怀市", "习水县", "湄潭县")
DEPARTMENTS: Final = ("市妇联", "市总工会", "市农业农村局")
ROSTER_HEADER: Final = (
    "姓名", "身份证号", "县市区", "承训机构", "培训工种", "开班日期", "结业日期", "结业情况",
)  # fmt: skip
#: Feeds of workbooks with numbers; years are none.
REGISTERS: Final = ("industry/education_funds", "industry/enterprise_staff", "education/schools")
YEARS: Final = 1900
#: Models beyond which nearly everything was made again.
MANY: Final = 100
#: Per round and table, how many records are changed in each way.
CHANGED: Final = 12


@pytest.mark.promise("a run that goes on ends like one that makes everything afresh", 10)
@pytest.mark.parametrize("seed", range(repeated(1, 10)))
def test_going_on_from_the_last_run_ends_like_making_all_afresh(
    refreshed: Installation, tmp_path: Path, seed: int
) -> None:
    home = refreshed.copied(tmp_path / "home")
    begun, batches = whole_at(home), home.query("select count(*) from marts.fct_batches")
    random = Random(seed)
    for number, as_of in enumerate(AS_OF[: repeated(1, 4)]):
        moment = FIRST_ROUND + timedelta(days=number)
        change_tables(home, random, moment)
        export_late(home, random, moment)
        resend_ledger(home, random, moment)
        resend_roster(home, random, moment)
        refresh(home, "--as-of", as_of)
        assert made_again(home) > MANY
        tell_otherwise(home, random)
        refresh(home, "--as-of", as_of)
        assert 0 < made_again(home) < MANY / 2, "few agencies had news"
    assert whole_at(home) == begun, "it went on"
    assert home.query("select count(*) from marts.fct_batches") > batches
    afresh = home.copied(tmp_path / "afresh")
    refresh(afresh, "--as-of", as_of, "--force")
    assert whole_at(afresh) > begun
    expected = tables(afresh)
    assert expected["intermediate.int_training__attended"][0] > 0
    assert 0 < judged_anew(home) < judged_anew(afresh)
    assert {name: rows for name, rows in tables(home).items() if rows != expected[name]} == {}


def refresh(home: Installation, *arguments: str) -> None:
    told = home.run("refresh", "--accept-fewer-rows", *arguments)
    assert told.returncode == 0, told.stdout + told.stderr


@dataclass(frozen=True)
class Stand:
    """A finished build, and what the next one asks for."""

    settings: Settings
    build: Build
    place: Workplace
    now: datetime

    @property
    def since(self) -> datetime:
        return whole_since(self.settings, self.place, self.build, self.now)

    def change_mark(self, **changed: object) -> None:
        mark = self.place.target / "build.json"
        mark.write_text(json.dumps({**json.loads(mark.read_bytes()), **changed}), encoding="utf-8")


@pytest.fixture
def stand(refreshed: Installation, tmp_path: Path) -> Stand:
    (tmp_path / "home").mkdir()
    for part in ("work", "landing"):
        shutil.copytree(refreshed.home / part, tmp_path / "home" / part)
    settings = Settings(home=tmp_path / "home", connections={})
    now = whole_at(refreshed) + timedelta(days=1)
    return Stand(settings, planned_build(settings, now), workplace(settings), now)


def test_the_next_run_goes_on_where_nothing_speaks_against_it(stand: Stand) -> None:
    assert stand.since == stand.now - timedelta(days=1)


def test_a_run_that_goes_on_is_told_by_which_day_the_tables_judge(stand: Stand) -> None:
    former = finished_build(stand.place).as_of
    begun = start_work_file(stand.settings, stand.place, stand.build, goes_on=True)
    assert begun.changed is not None
    with duckdb.connect(stand.place.database, read_only=True) as work:
        assert work.execute("select former_as_of from landing.run").fetchall() == [(former,)]


def a_week_ago(stand: Stand) -> None:
    stand.change_mark(whole_at=(stand.now - WHOLE_EVERY).isoformat())


def by_a_clock_ahead(stand: Stand) -> None:
    stand.change_mark(whole_at=(stand.now + timedelta(hours=1)).isoformat())


def under_other_terms(stand: Stand) -> None:
    stand.change_mark(terms="0123456789abcdef")


def for_what_was_known(stand: Stand) -> None:
    stand.change_mark(as_known="2025-01-15")


def without_an_end(stand: Stand) -> None:
    (stand.place.target / "build.json").unlink()


def by_another_release(stand: Stand) -> None:
    (stand.place.target / "build.json").write_text("{}", encoding="utf-8")


def not_closed(stand: Stand) -> None:
    stand.place.database.with_name("work.duckdb.wal").write_bytes(b"")


def from_a_batch_that_is_gone(stand: Stand) -> None:
    with duckdb.connect(stand.place.database) as work:
        work.execute("insert into landing.batches (batch_id) values ('gone')")


def from_a_landing_zone_since_put_back(stand: Stand) -> None:
    with duckdb.connect(stand.place.database) as work:
        work.execute("update landing.batches set landed_at = landed_at + interval 1 minute")


@pytest.mark.parametrize(
    "built",
    [
        a_week_ago,
        by_a_clock_ahead,
        under_other_terms,
        for_what_was_known,
        without_an_end,
        by_another_release,
        not_closed,
        from_a_batch_that_is_gone,
        from_a_landing_zone_since_put_back,
    ],
)
def test_what_was_built_otherwise_is_made_afresh(
    stand: Stand, built: Callable[[Stand], None]
) -> None:
    built(stand)
    assert stand.since == stand.now


def whole_at(home: Installation) -> datetime:
    """When the work file was last made afresh."""
    mark = json.loads((home.home / "work" / "target" / "build.json").read_bytes())
    return datetime.fromisoformat(mark["whole_at"])


def made_again(home: Installation) -> int:
    """How many tables and views the last run made."""
    log = (home.home / "work" / "target" / "dbt.log").read_text(encoding="utf-8")
    return log.count("OK created")


def judged_anew(home: Installation) -> int:
    """How many reports the last run judged."""
    with duckdb.connect(home.home / "work" / "work.duckdb", read_only=True) as connection:
        ((count,),) = connection.execute(
            "select count(*) from intermediate.int_training__screened"
        ).fetchall()
    return int(count)


def tables(home: Installation) -> dict[str, tuple[int, int]]:
    """Every table of the work file by name: its rows, and the sum of their hashes."""
    with duckdb.connect(home.home / "work" / "work.duckdb", read_only=True) as connection:
        names = connection.execute(
            """
            select schema_name || '.' || table_name
            from duckdb_tables()
            where schema_name not in ('landing', 'main') and table_name not in ?
            """,
            [[*OF_ATTEMPTS, *OF_A_PART]],
        ).fetchall()
        return {name: summed(connection, name) for (name,) in names}


def summed(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[int, int]:
    rows = connection.table(table)
    columns = ", ".join(f'"{name}"' for name in rows.columns if name not in OF_THE_RUN)
    ((count, total),) = rows.aggregate(
        f"count(*), coalesce(sum(hash({columns})), 0)::varchar"
    ).fetchall()
    return count, int(total)


# --- what happens elsewhere ---------------------------------------------------------------------


def tell_otherwise(home: Installation, random: Random) -> None:
    """Some agencies correct a number in a workbook that they sent before."""
    workbooks = sorted(path for feed in REGISTERS for path in (home.drop / feed).rglob("*.xlsx"))
    books = {path: openpyxl.load_workbook(path) for path in workbooks}
    numbers = {
        path: [
            cell
            for row in book.active.iter_rows(min_row=4)
            for cell in row
            if type(cell.value) is float or (type(cell.value) is int and cell.value < YEARS)
        ]
        for path, book in books.items()
    }
    for path in random.sample([path for path in workbooks if numbers[path]], 2):
        random.choice(numbers[path]).value += 1
        books[path].save(path)


# --- what happens at the platform ---------------------------------------------------------------


def change_tables(home: Installation, random: Random, moment: datetime) -> None:
    """Some records of both large tables are corrected, withdrawn, moved, or there for once."""
    path = home.home / "sample" / "platform.sqlite"
    with closing(sqlite3.connect(path)) as database, database:
        enrolments = column(database, "enrolment", "enrolment_no")
        classes = column(database, "training_class", "class_no")
        people = column(database, "enrolment", "aac002")
        institutions = column(database, "institution", "aab004")
        for change in (
            ("aac002", lambda: random.choice(people)),
            ("aae100", lambda: "0"),
            ("attended_hours", lambda: str(random.randrange(1, 9))),
            ("completion", lambda: random.choice(("结业", "未结业", "退班"))),
            ("class_no", lambda: random.choice(classes)),
        ):
            correct(database, "enrolment", "enrolment_no", change, random, moment)
        for change in (
            ("aae100", lambda: "0"),
            ("hours", lambda: str(random.randrange(1, 4))),
            ("status", lambda: random.choice(("出勤", "缺勤", "请假"))),
            ("enrolment_no", lambda: random.choice(enrolments)),
        ):
            correct(database, "attendance", "attendance_no", change, random, moment)
        for change in (
            ("status", lambda: random.choice(("结业", "取消", "开班"))),
            ("ended_on", lambda: random.choice(("2024-06-20", "2025-02-28", "2025-05-30"))),
        ):
            correct(database, "training_class", "class_no", change, random, moment, many=2)
        name = ("aab004", lambda: random.choice(institutions))
        correct(database, "institution", "aab003", name, random, moment, many=2)
        for table, key in (("enrolment", "enrolment_no"), ("attendance", "attendance_no")):
            add(database, table, key, random, moment)


def column(database: sqlite3.Connection, table: str, name: str) -> list[str]:
    return [value for (value,) in database.execute(f"select {name} from {table} order by 1")]


def correct(
    database: sqlite3.Connection,
    table: str,
    key: str,
    change: tuple[str, Callable[[], str]],
    random: Random,
    moment: datetime,
    *,
    many: int = CHANGED,
) -> None:
    name, value = change
    database.executemany(
        f"update {table} set {name} = ?, aae036 = ? where {key} = ?",
        [
            (value(), f"{moment:%F %T}", record)
            for record in random.sample(column(database, table, key), many)
        ],
    )


def add(
    database: sqlite3.Connection, table: str, key: str, random: Random, moment: datetime
) -> None:
    """New records, like older ones but for their number."""
    like = random.sample(column(database, table, key), CHANGED)
    for number, record in enumerate(like):
        row = next(rows(database, f"select * from {table} where {key} = ?", record))
        row |= {key: f"ZZ{moment:%m%d}{number:06d}", "aae036": f"{moment:%F %T}"}
        marks = ", ".join("?" for _ in row)
        database.execute(f"insert into {table} values ({marks})", tuple(row.values()))


def rows(database: sqlite3.Connection, sql: str, *values: str) -> Iterator[dict[str, Any]]:
    found = database.execute(sql, values)
    names = [name for name, *_ in found.description]
    return (dict(zip(names, row, strict=True)) for row in found)


def export_late(home: Installation, random: Random, moment: datetime) -> None:
    """An export of records as they were before: what the table has said since still counts."""
    path = home.home / "sample" / "platform.sqlite"
    with closing(sqlite3.connect(path)) as database:
        chosen = random.sample(column(database, "attendance", "attendance_no"), CHANGED)
        lines = [",".join(EXPORTED)]
        for number, record in enumerate(chosen):
            (row,) = rows(database, "select * from attendance where attendance_no = ?", record)
            changed_at = moment if number % 2 else LONG_AGO
            lines.append(
                f"{record},{row['enrolment_no']},{row['class_no']},{row['aac002']},"
                f"{row['session_on']},{row['session_no']},1,早退,1,{changed_at:%F %T}"
            )
    target = home.drop / "hrss" / "attendance" / "2026年" / f"补报_{moment:%F}.csv"
    target.parent.mkdir(exist_ok=True)
    target.write_text("\n".join(lines) + "\n", encoding="gb18030")


def resend_ledger(home: Installation, random: Random, moment: datetime) -> None:
    """A county's year anew, of people whom the platform knows, over the days of their classes."""
    lines = [",".join(LEDGER_HEADER)]
    for name, number, institution, occupation, started_on, ended_on in trained(home, random):
        days = f"{started_on.replace('-', '.')}-{ended_on.replace('-', '.')}"
        result = random.choice(("合格", "合格", "不合格"))
        lines.append(f"{name},{number},{institution},{occupation},{days},{result}")
    unit = random.choice(COUNTIES)
    resend(home, Path("county", "training_ledgers", unit), moment, lines)


def resend_roster(home: Installation, random: Random, moment: datetime) -> None:
    """A department's year anew, likewise; some of them a county has just listed as well."""
    lines = [",".join(ROSTER_HEADER)]
    for name, number, institution, occupation, started_on, ended_on in trained(home, random):
        area, result = random.choice(COUNTIES), random.choice(("结业", "结业", "未结业"))
        line = (name, number, area, institution, occupation, started_on, ended_on, result)
        lines.append(",".join(line))
    unit = random.choice(DEPARTMENTS)
    resend(home, Path("department", "training_rosters", unit), moment, lines)


def trained(home: Installation, random: Random) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(home.home / "sample" / "platform.sqlite")) as database:
        known = database.execute(
            """
            select coalesce(aac003, ''), aac002, aab004, aca111, started_on, ended_on
            from enrolment
            inner join training_class using (class_no)
            where started_on >= '2024-01-01' and ended_on < '2025-01-01' and length(aac002) = 18
            """
        ).fetchall()
    return random.sample(known, 40)


def resend(home: Installation, unit: Path, moment: datetime, lines: Sequence[str]) -> None:
    path = home.drop / unit / "2024年" / f"2024年1-12月 {moment:%F}重报.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="gb18030")
    path.with_name(f"{path.name}.reason.txt").write_text("整年重报", encoding="utf-8")
