"""Do we read an agency's table as it stood at one moment, and never half of it?"""

from __future__ import annotations

import os
import re
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
from pydantic import SecretStr
from servers import PostgreSQL

from ingestion.connectors import Delivery, sql_database
from ingestion.connectors.sql_database import DatabaseLimits, pull_database
from ingestion.contract import (
    Column,
    DatabaseSource,
    DeliveryTerms,
    FeedContract,
    RowBand,
)
from ingestion.deliver import deliver_feed
from ingestion.reasons import Breach, BreachCode
from ingestion.settings import Connection, Settings

NOW = datetime(2025, 6, 30, 4, tzinfo=UTC)
CANARY = "hunter2-5ecret"
PERSON = "529999199003074512"
QUICK = DatabaseLimits(tries=1, connect_seconds=2, statement_seconds=20, lock_seconds=1)


def contract(table: str = "enrolment", watermark: str | None = "updated_at") -> FeedContract:
    return FeedContract(
        agency="hrss",
        feed="enrolments",
        title_zh="学员",
        title_en="Enrolments",
        grain="one row per person and class",
        cadence="daily",
        source=DatabaseSource(
            kind="database", system="training_platform", table=table, watermark=watermark
        ),
        delivery=DeliveryTerms(mode="upsert", rows=RowBand(maximum=1_000_000)),
        columns=(
            Column(name="enrolment_no", title_zh="编号", type="text", required=True),
            Column(
                name="person_id_no",
                title_zh="证件号码",
                aliases=("aac002",),
                type="resident_id",
                required=True,
                personal="P3",
            ),
            Column(name="amount_cny", title_zh="金额", type="money"),
            Column(name="is_valid", title_zh="有效", aliases=("aae100",), type="boolean"),
            Column(name="updated_at", title_zh="更新时间", aliases=("aae036",), type="datetime"),
        ),
        key=("enrolment_no",),
    )


Pull = Callable[..., Delivery | None]


def pull_from(url: str, into: Path) -> Pull:
    def pull(
        feed: FeedContract | None = None,
        since: str | None = None,
        limits: DatabaseLimits = QUICK,
        now: datetime = NOW,
    ) -> Delivery | None:
        connection = Connection(url=SecretStr(url))
        return pull_database(
            feed or contract(), connection, since, into, lambda: now, limits=limits
        )

    return pull


def rows(delivery: Delivery | None) -> list[dict[str, str | None]]:
    assert delivery is not None
    assert delivery.path.name == delivery.sha256
    table = pq.read_table(delivery.path)
    assert {str(kind) for kind in table.schema.types} == {"string"}
    return table.to_pylist()


def refused(pull: Callable[[], object]) -> Breach:
    with pytest.raises(Breach) as caught:
        pull()
    text = f"{caught.value} {caught.value.text_zh} {caught.value!r}"
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    for leak in (CANARY, PERSON, "://", "127.0.0.1"):
        assert leak not in text
    return caught.value


# --- SQLite -----------------------------------------------------------------------------------

SQLITE_TABLE = """
create table enrolment (
    enrolment_no text primary key, aac002 text, amount_cny real, aae100 integer,
    aae036 datetime, face_photo blob
)
"""


ROWS = [
    ("E3", PERSON, 1200.5, 1, "2025-06-03 10:00:00", b"\xff"),
    ("E1", None, None, 0, "2025-06-01 10:00:00", b"\xff"),
    ("E2", PERSON, 0.1, 1, None, b"\xff"),
]


def changed(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()


@pytest.fixture
def platform(tmp_path: Path) -> Path:
    path = tmp_path / "plat?form 100%#1.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.execute(SQLITE_TABLE)
        database.executemany("insert into enrolment values (?, ?, ?, ?, ?, ?)", ROWS)
        database.commit()
    return path


@pytest.fixture
def pull(platform: Path, tmp_path: Path) -> Pull:
    url = sa.URL.create("sqlite", database=str(platform))
    return pull_from(url.render_as_string(hide_password=False), tmp_path / "staging")


def test_the_whole_table_comes_as_text_in_the_order_of_its_key(pull: Pull) -> None:
    delivery = pull()
    assert rows(delivery) == [
        {
            "enrolment_no": number,
            "aac002": person,
            "amount_cny": amount,
            "aae100": valid,
            "aae036": at,
        }
        for number, person, amount, valid, at in [
            ("E1", None, None, "0", "2025-06-01 10:00:00"),
            ("E2", PERSON, "0.1", "1", None),
            ("E3", PERSON, "1200.5", "1", "2025-06-03 10:00:00"),
        ]
    ]
    assert delivery is not None
    assert (delivery.name, delivery.delivered_at) == ("training_platform:enrolment", NOW)
    assert delivery.watermark == "2025-06-03 10:00:00"
    assert delivery.size == delivery.path.stat().st_size


def test_columns_that_were_not_agreed_stay_with_the_agency(pull: Pull) -> None:
    assert "face_photo" not in rows(pull())[0]


def test_two_pulls_of_the_same_table_are_one_file(pull: Pull) -> None:
    first, second = pull(), pull(limits=DatabaseLimits(chunk_rows=20_000))
    assert first is not None
    assert second is not None
    assert first.sha256 == second.sha256


def test_a_numeric_column_is_marked_since_a_number_is_never_an_id(
    platform: Path, pull: Pull
) -> None:
    changed(platform, "drop table enrolment", SQLITE_TABLE.replace("aac002 text", "aac002 bigint"))
    changed(platform, "insert into enrolment values ('E1', 529999199003074512, 1, 1, null, null)")
    delivery = pull()
    assert delivery is not None
    schema = pq.read_schema(delivery.path)
    assert schema.field("aac002").metadata == {b"kind": b"n"}
    assert schema.field("enrolment_no").metadata is None
    assert rows(delivery)[0]["aac002"] == PERSON


def test_changes_come_from_the_given_time_on_and_rows_without_a_time_always(pull: Pull) -> None:
    found = rows(pull(since="2025-06-03 10:00:00"))
    assert [row["enrolment_no"] for row in found] == ["E2", "E3"]


def test_nothing_changed_is_no_delivery(platform: Path, pull: Pull) -> None:
    changed(platform, "delete from enrolment where aae036 is null")
    assert pull(since="2025-06-03 10:00:01") is None


def test_without_a_watermark_the_whole_table_comes_every_time(pull: Pull) -> None:
    delivery = pull(contract(watermark=None), since="2030-01-01 00:00:00")
    assert len(rows(delivery)) == 3
    assert delivery is not None
    assert delivery.watermark is None


def test_a_clock_that_ran_ahead_does_not_hide_what_comes_after(platform: Path, pull: Pull) -> None:
    changed(platform, "update enrolment set aae036 = '2099-01-01 00:00:00' where aae036 is null")
    delivery = pull()
    assert delivery is not None
    assert delivery.watermark == "2025-06-30 12:00:00"  # now, as the agency writes it


def test_an_empty_table_is_refused(platform: Path, pull: Pull) -> None:
    changed(platform, "delete from enrolment")
    assert refused(pull).code is BreachCode.DELIVERY_EMPTY


def test_a_missing_column_names_the_nearest(platform: Path, pull: Pull) -> None:
    changed(platform, "alter table enrolment rename column enrolment_no to enrolment_number")
    breach = refused(pull)
    assert breach.code is BreachCode.COLUMN_MISSING
    assert "enrolment_number" in breach.message


def test_two_columns_for_one_are_refused(platform: Path, pull: Pull) -> None:
    changed(platform, "alter table enrolment rename column face_photo to person_id_no")
    assert refused(pull).code is BreachCode.COLUMN_AMBIGUOUS


def test_a_missing_table_is_refused(pull: Pull) -> None:
    breach = refused(lambda: pull(contract(table="nowhere")))
    assert breach.where == "training_platform:nowhere"
    assert "table does not exist" in breach.message


def test_a_table_name_is_a_name_and_never_a_statement(pull: Pull) -> None:
    refused(lambda: pull(contract(table='enrolment"; drop table enrolment; --')))
    assert len(rows(pull())) == 3


def test_a_driver_that_is_not_installed_is_named_as_the_matter(tmp_path: Path) -> None:
    breach = refused(pull_from(f"mysql+pymysql://u:{CANARY}@127.0.0.1/x", tmp_path))
    assert breach.code is BreachCode.SETTING_MISSING
    assert "no driver is installed" in breach.message


def test_a_missing_file_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "none.sqlite"
    breach = refused(pull_from(f"sqlite:///{path}", tmp_path / "staging"))
    assert breach.code is BreachCode.SOURCE_UNREACHABLE
    assert not path.exists()


def test_a_file_that_is_no_database_is_refused(platform: Path, pull: Pull) -> None:
    platform.write_bytes(b"not a database, " * 100)
    assert refused(pull).code is BreachCode.SOURCE_UNREACHABLE


@pytest.mark.parametrize(
    "url",
    [f"no url {CANARY}", f"nobase://u:{CANARY}@h/x", ""],
)
def test_a_wrong_url_says_which_setting_to_correct(tmp_path: Path, url: str) -> None:
    breach = refused(pull_from(url, tmp_path))
    assert breach.code is BreachCode.SETTING_MISSING
    assert "SKILLS_TRAINING_PLATFORM_URL" in breach.message


def test_fewer_rows_than_counted_leave_nothing_behind(
    pull: Pull, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sa.Result, "partitions", lambda result: iter([result.fetchmany(2)]))
    assert refused(pull).code is BreachCode.SOURCE_INCONSISTENT
    assert list((tmp_path / "staging").iterdir()) == []


def test_the_spool_is_private(pull: Pull) -> None:
    former = os.umask(0)
    try:
        delivery = pull()
    finally:
        os.umask(former)
    assert delivery is not None
    assert delivery.path.stat().st_mode & 0o077 == 0


def test_a_file_is_opened_for_reading_only(platform: Path) -> None:
    with (
        closing(sql_database._sqlite_reader(str(platform), 1)()) as database,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        database.execute("delete from enrolment")


@pytest.mark.parametrize("share", [0.4, 0.6, 0.8, 0.9, 0.97])
def test_a_file_that_was_copied_only_in_part_is_refused(
    platform: Path, tmp_path: Path, share: float
) -> None:
    """Of a page that is there in part, SQLite makes rows without values."""
    with closing(sqlite3.connect(platform)) as database:
        database.executescript("pragma page_size = 512; vacuum;")
    os.truncate(platform, int(platform.stat().st_size * share))
    url = sa.URL.create("sqlite", database=str(platform))
    breach = refused(pull_from(url.render_as_string(), tmp_path / "staging"))
    assert breach.code in (BreachCode.SOURCE_INCONSISTENT, BreachCode.SOURCE_UNREACHABLE)
    assert not (tmp_path / "staging").exists()


def test_more_rows_than_were_agreed_are_not_even_read(pull: Pull, tmp_path: Path) -> None:
    feed = contract(watermark=None)
    terms = feed.delivery.model_copy(update={"rows": RowBand(maximum=2)})
    breach = refused(lambda: pull(feed.model_copy(update={"delivery": terms})))
    assert breach.code is BreachCode.ROWS_OUT_OF_BAND
    assert not (tmp_path / "staging").exists()


def test_rows_that_take_too_much_space_are_given_up(pull: Pull, tmp_path: Path) -> None:
    limits = DatabaseLimits(tries=1, chunk_rows=1, pull_bytes=100)
    assert refused(lambda: pull(limits=limits)).code is BreachCode.READER_LIMIT
    assert list((tmp_path / "staging").iterdir()) == []


# --- PostgreSQL -------------------------------------------------------------------------------

POSTGRESQL_TABLE = """
create table enrolment (
    enrolment_no varchar(20) primary key, aac002 char(20), amount_cny numeric(12, 2),
    aae100 boolean, aae036 timestamptz, face_photo bytea
)
"""


@dataclass
class Agency:
    """A database of its own on the shared server."""

    server: PostgreSQL
    database: str
    staging: Path

    def run(self, *statements: str) -> None:
        with self.server.connect(self.database) as connection:
            for statement in statements:
                connection.execute(statement)

    def pull(self, **options: Any) -> Delivery | None:
        return pull_from(self.server.url(self.database), self.staging)(**options)


@pytest.fixture
def agency(postgresql: PostgreSQL, tmp_path: Path) -> Agency:
    agency = Agency(postgresql, postgresql.new_database(), tmp_path / "staging")
    agency.run(
        POSTGRESQL_TABLE,
        """insert into enrolment values
            ('E2', '529999199003074512', 1200.50, true, '2025-06-03 02:00:00.25+00', null),
            ('E1', null, null, false, '2025-06-01 10:00:00+08', null),
            ('E3', null, 0.10, null, null, null)""",
    )
    return agency


def test_postgresql_gives_exact_text_and_local_time(agency: Agency) -> None:
    delivery = agency.pull()
    names = ("enrolment_no", "aac002", "amount_cny", "aae100", "aae036")
    assert [tuple(row.values()) for row in rows(delivery)] == [
        ("E1", None, None, "false", "2025-06-01 10:00:00"),
        ("E2", PERSON, "1200.50", "true", "2025-06-03 10:00:00.25"),
        ("E3", None, "0.10", None, None),
    ]
    assert tuple(rows(delivery)[0]) == names
    assert delivery is not None
    assert delivery.watermark == "2025-06-03 10:00:00"


@pytest.mark.parametrize("type_", ["timestamptz", "timestamp", "text", "date"])
def test_postgresql_compares_change_times_of_any_type(agency: Agency, type_: str) -> None:
    agency.run(
        "set timezone = 'Asia/Shanghai'",
        "alter database " + agency.database + " set timezone = 'Asia/Shanghai'",
    )
    agency.run(f"alter table enrolment alter column aae036 type {type_} using aae036::{type_}")
    found = rows(agency.pull(since="2025-06-03 10:00:00"))
    assert [row["enrolment_no"] for row in found] == ["E2", "E3"]
    agency.run("delete from enrolment where aae036 is null")
    assert agency.pull(since="2025-06-04 00:00:00") is None


def test_a_schema_may_stand_before_the_table(agency: Agency) -> None:
    agency.run('create schema "Hr"', 'alter table enrolment set schema "Hr"')
    assert len(rows(agency.pull(feed=contract(table="Hr.enrolment")))) == 3


def test_a_view_can_be_pulled(agency: Agency) -> None:
    agency.run("create view open_enrolment as select * from enrolment where aae100")
    assert len(rows(agency.pull(feed=contract(table="open_enrolment")))) == 1


def test_one_snapshot_is_read_whatever_is_written_meanwhile(
    agency: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row is withdrawn and two arrive between the count and the rows."""
    compile_fields = sql_database._fields

    def meddle(*arguments: Any) -> Any:
        agency.run("delete from enrolment where enrolment_no = 'E1'")
        agency.run("insert into enrolment values ('E8'), ('E9')")
        return compile_fields(*arguments)

    monkeypatch.setattr(sql_database, "_fields", meddle)
    assert [row["enrolment_no"] for row in rows(agency.pull())] == ["E1", "E2", "E3"]
    monkeypatch.undo()
    assert [row["enrolment_no"] for row in rows(agency.pull())] == ["E2", "E3", "E8", "E9"]


MANY = 100_000
FILL = """
insert into enrolment
select 'M' || lpad(i::text, 9, '0'), '529999199003074512', i, true, now()
from generate_series(1, 100000) as i
"""


def kill_when_reading(agency: Agency) -> None:
    """Ends our backend once it fetches rows, as a restart of the server would."""
    query = (
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s"
        " and application_name = 'skills ingestion' and query ilike 'fetch%%'"
    )
    with agency.server.connect() as connection:
        until = time.monotonic() + 15
        while time.monotonic() < until:
            if connection.execute(query, (agency.database,)).fetchall():
                return
            time.sleep(0.005)


def test_a_server_that_goes_away_in_the_middle_leaves_nothing_behind(agency: Agency) -> None:
    agency.run("delete from enrolment", FILL)
    killer = threading.Thread(target=kill_when_reading, args=(agency,))
    killer.start()
    limits = DatabaseLimits(tries=1, chunk_rows=100)
    breach = refused(lambda: agency.pull(limits=limits))
    killer.join()
    assert breach.code is BreachCode.SOURCE_UNREACHABLE
    assert list(agency.staging.iterdir()) == []


def test_a_server_that_comes_back_is_asked_again(agency: Agency) -> None:
    agency.run("delete from enrolment", FILL)
    killer = threading.Thread(target=kill_when_reading, args=(agency,))
    killer.start()
    delivery = agency.pull(
        limits=DatabaseLimits(tries=3, first_pause_seconds=0.01, chunk_rows=1000)
    )
    killer.join()
    assert delivery is not None
    assert pq.read_metadata(delivery.path).num_rows == MANY


def test_a_wrong_password_is_unauthorised_and_not_repeated(agency: Agency) -> None:
    url = re.sub(r":[0-9a-f]+@", f":{CANARY}@", agency.server.url(agency.database))
    breach = refused(pull_from(url, agency.staging))
    assert breach.code is BreachCode.SOURCE_UNAUTHORISED


def test_a_missing_grant_is_unauthorised(agency: Agency) -> None:
    role = f"reader_{agency.database}"
    agency.run(f"create role {role} login password '{CANARY}'")
    url = f"postgresql://{role}:{CANARY}@127.0.0.1:{agency.server.port}/{agency.database}"
    breach = refused(pull_from(url, agency.staging))
    assert breach.code is BreachCode.SOURCE_UNAUTHORISED


def test_a_server_that_is_not_there_is_unreachable(agency: Agency) -> None:
    url = f"postgresql://someone:{CANARY}@127.0.0.1:1/nothing"
    assert refused(pull_from(url, agency.staging)).code is BreachCode.SOURCE_UNREACHABLE


def test_a_locked_table_is_given_up_after_a_while(agency: Agency) -> None:
    with agency.server.connect(agency.database) as connection, connection.transaction():
        connection.execute("lock table enrolment in access exclusive mode")
        breach = refused(agency.pull)
    assert breach.code is BreachCode.SOURCE_UNREACHABLE
    assert "locked" in breach.message


def test_a_slow_statement_is_given_up_after_a_while(agency: Agency) -> None:
    agency.run(
        "create function slow() returns boolean language sql volatile"
        " as 'select pg_sleep(10) is not null'",
        "create view slow_enrolment as select * from enrolment where slow()",
    )
    limits = DatabaseLimits(tries=1, statement_seconds=1)
    breach = refused(lambda: agency.pull(feed=contract(table="slow_enrolment"), limits=limits))
    assert "took longer" in breach.message


def test_rows_that_come_ever_so_slowly_are_given_up(agency: Agency) -> None:
    """Each fetch is within the limit of a statement; all together take for ever."""
    agency.run(
        "create function slow() returns text language sql volatile"
        " as 'select cast(pg_sleep(0.2) as text)'",
        "create view slow_enrolment as select enrolment_no || slow() as enrolment_no, aac002,"
        " aae036 from enrolment, generate_series(1, 100)",
    )
    limits = DatabaseLimits(tries=3, first_pause_seconds=0.1, chunk_rows=1, pull_seconds=1)
    started = time.monotonic()
    breach = refused(lambda: agency.pull(feed=contract(table="slow_enrolment"), limits=limits))
    assert time.monotonic() - started < 4
    assert breach.code is BreachCode.SOURCE_UNREACHABLE
    assert "longer than 1 s" in breach.message


def test_the_agencys_server_is_told_our_limits(agency: Agency) -> None:
    """So that nothing of ours outlives us there, or holds its vacuum back."""
    names = (
        "statement_timeout",
        "lock_timeout",
        "idle_in_transaction_session_timeout",
        "transaction_isolation",
        "transaction_read_only",
    )
    told = " union all ".join(
        f"select '{name}' as enrolment_no, current_setting('{name}') as aac002" for name in names
    )
    agency.run(f"create view told as {told}")
    limits = DatabaseLimits(tries=1, statement_seconds=70, lock_seconds=7, idle_seconds=77)
    found = rows(agency.pull(feed=contract(table="told", watermark=None), limits=limits))
    assert {row["enrolment_no"]: row["aac002"] for row in found} == {
        "statement_timeout": "70s",
        "lock_timeout": "7s",
        "idle_in_transaction_session_timeout": "77s",
        "transaction_isolation": "repeatable read",
        "transaction_read_only": "on",
    }


def test_who_commits_late_is_not_lost(agency: Agency, tmp_path: Path) -> None:
    """A transaction that began before our pull and ends after it carries an earlier time."""
    agency.run("delete from enrolment")
    row = "insert into enrolment values (%s, null, 1, true, %s, null)"
    settings = Settings(
        home=tmp_path / "home",
        drop=str(tmp_path),
        secret=SecretStr("a secret for tests, of invented people"),
        connections={
            "training_platform": Connection(url=SecretStr(agency.server.url(agency.database)))
        },
    )
    with psycopg.connect(agency.server.url(agency.database)) as late:
        late.execute(row, ("E1", "2025-06-30 11:50:00+08"))
        with agency.server.connect(agency.database) as other:
            other.execute(row, ("E2", "2025-06-30 11:59:00+08"))
        (first,) = deliver_feed(contract(), settings, now=NOW).outcomes
        late.commit()
    (second,) = deliver_feed(contract(), settings, now=NOW + timedelta(hours=1)).outcomes
    (third,) = deliver_feed(contract(), settings, now=NOW + timedelta(hours=2)).outcomes
    assert (first.rows_landed, second.rows_landed, second.rows_skipped) == (1, 1, 1)
    assert third.outcome == "nothing_new"


def test_the_session_can_not_write(agency: Agency) -> None:
    agency.run(
        "create function greedy() returns boolean language plpgsql volatile as"
        " $$ begin delete from enrolment; return true; end $$",
        "create view greedy_enrolment as select * from enrolment where greedy()",
    )
    breach = refused(lambda: agency.pull(feed=contract(table="greedy_enrolment")))
    assert "25006" in breach.message  # read-only transaction
    assert len(rows(agency.pull())) == 3


def test_a_hundred_thousand_rows_take_seconds(agency: Agency) -> None:
    agency.run("delete from enrolment", FILL)
    started = time.perf_counter()
    delivery = agency.pull()
    assert time.perf_counter() - started < 10
    assert delivery is not None
    assert pq.read_metadata(delivery.path).num_rows == MANY
