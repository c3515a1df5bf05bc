"""Killed at any moment, a refresh is made good by the next, and readers never notice.

The process alone is killed, as the kernel does when memory runs out, so that what it had started
goes on for a while. One home is refreshed undisturbed; its twin, which knows all but one county at
first, is killed again and again while that county lands, while dbt builds, while it publishes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import duckdb
import pytest
from dagster import DagsterInstance, DagsterRunStatus
from installations import SKILLS, Installation

pytestmark = [
    pytest.mark.xdist_group("recovery"),
    pytest.mark.skipif(
        "LONG_TESTS" not in os.environ,
        reason="a long form, on demand: LONG_TESTS=1 make test; every step of landing and of "
        "publishing is killed in test_deliver.py and test_published_versions.py",
    ),
]

VARIABLES: Final = {
    "SKILLS_SAMPLE_FACTOR": "0.005",
    # Given, so that two homes give the same person the same key.
    "SKILLS_SECRET": "only for these tests, invented, 0123456789",
}
COUNTIES: Final = "county/training_ledgers"
LATE_COUNTY: Final = "习水县"
#: A model in the middle of the warehouse; dbt writes its SQL there when it comes to it.
HALF_WAY: Final = "skills/models/intermediate/training/int_training__matched.sql"
#: What tells when and in which order something was taken in; all else must be the same.
LINEAGE: Final = frozenset(
    {
        "_batch_id",
        "batch_id",
        "built_at",
        "delivered_at",
        "delivery_id",
        "file_name",
        "file_sha256",
        "handled_at",
        "landed_at",
        "last_delivered_at",
        "last_handled_at",
        "last_landed_at",
        "report_id",
        "sequence_no",
        "training_id",
    }
)
#: Tables about the attempts themselves, of which one of the twins had more.
OF_ATTEMPTS: Final = frozenset({"fct_deliveries", "feed_freshness", "publication"})
ORDERED: Final = "select * from kept order by all"
PATIENCE_SECONDS: Final = 240


def content(installation: Installation) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every published table, without lineage."""
    with duckdb.connect(installation.database, read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables()"
        ).fetchall()
        found = {}
        for schema, table in tables:
            if table in OF_ATTEMPTS:
                continue
            rows = connection.table(f'{schema}."{table}"')
            kept = [duckdb.ColumnExpression(c) for c in rows.columns if c not in LINEAGE]
            found[f"{schema}.{table}"] = rows.select(*kept).query("kept", ORDERED).fetchall()
        return found


def started(installation: Installation) -> subprocess.Popen[bytes]:
    """A refresh under way, in a session of its own."""
    return subprocess.Popen(
        [str(SKILLS), "refresh"],
        env=installation.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def kill_when(installation: Installation, happens: Callable[[], bool]) -> int:
    """Start a refresh and kill it, and it alone, as soon as something has happened; its session."""
    process = started(installation)
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not happens():
            assert process.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < deadline, "it never came to that"
            time.sleep(0.005)
    finally:
        process.kill()
        process.wait()
    return process.pid


def session_members(session: int) -> list[int]:
    """Living processes of a session."""
    members = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            members.append(int(stat.parent.name))
    return members


@dataclass
class Reader:
    """Opens what is published, over and over."""

    database: Path
    opened: int = 0
    versions: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def read(self) -> None:
        try:
            with duckdb.connect(self.database, read_only=True) as connection:
                rows = connection.execute(
                    "select (select count(*) from kpis.kpi_scorecard), max(version) "
                    "from main.publication"
                ).fetchone()
        except (duckdb.Error, OSError) as error:
            self.faults.append(f"{type(error).__name__}: {error}")
            return
        assert rows is not None
        if not rows[0]:
            self.faults.append("an empty scorecard")
        self.opened += 1
        self.versions.add(rows[1])


@contextmanager
def reading(database: Path) -> Iterator[Reader]:
    """A reader at work for as long as the block lasts."""
    reader, over = Reader(database), threading.Event()

    def go_on() -> None:
        while not over.is_set():
            reader.read()
            over.wait(0.05)

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield reader
    finally:
        over.set()
        thread.join()


@dataclass(frozen=True)
class Twins:
    """An installation that was killed again and again, its undisturbed twin, and who watched."""

    undisturbed: Installation
    killed: Installation
    reader: Reader
    first_version: str
    #: What a second refresh said while the first was under way.
    refusal: subprocess.CompletedProcess[str]
    last: subprocess.CompletedProcess[str]
    #: Sessions of the refreshes that were killed.
    sessions: tuple[int, ...]


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Twins:
    folder = tmp_path_factory.mktemp("twins")
    killed = Installation(folder / "killed", VARIABLES)
    sessions = [kill_when(killed, (killed.home / "sample" / ".building").exists)]
    sessions.append(kill_when(killed, (killed.home / "sample" / "sample.json").exists))
    aside = folder / LATE_COUNTY
    (killed.drop / COUNTIES / LATE_COUNTY).rename(aside)
    before = killed.run("refresh")
    assert before.returncode == 0, before.stdout + before.stderr
    first_version = killed.version

    undisturbed = killed.copied(folder / "undisturbed")
    for home in (undisturbed, killed):
        shutil.copytree(aside, home.drop / COUNTIES / LATE_COUNTY)
    whole = undisturbed.run("refresh")
    assert whole.returncode == 0, whole.stdout + whole.stderr

    ledgers = killed.home / "landing" / COUNTIES
    known = len(list(ledgers.glob("*.parquet")))
    half_way = killed.home / "work" / "target" / "run" / HALF_WAY
    built = half_way.stat().st_mtime_ns
    staging = killed.home / "published" / "versions" / ".staging"
    refusals: list[subprocess.CompletedProcess[str]] = []

    def it_publishes() -> bool:
        if not refusals:
            refusals.append(killed.run("refresh"))
        return any(staging.rglob("*.parquet"))

    with reading(killed.database) as reader:
        sessions += [
            kill_when(killed, lambda: len(list(ledgers.glob("*.parquet"))) > known),
            kill_when(killed, lambda: half_way.stat().st_mtime_ns > built),
            kill_when(killed, it_publishes),
        ]
        assert killed.version == first_version
        last = killed.run("refresh")
    return Twins(undisturbed, killed, reader, first_version, refusals[0], last, tuple(sessions))


def test_the_next_refresh_makes_it_good(twins: Twins) -> None:
    assert twins.last.returncode == 0, twins.last.stdout + twins.last.stderr
    assert twins.killed.version != twins.first_version


def test_what_is_published_is_what_an_undisturbed_refresh_publishes(twins: Twins) -> None:
    found, expected = content(twins.killed), content(twins.undisturbed)
    assert found.keys() == expected.keys()
    assert [table for table in expected if found[table] != expected[table]] == []


def test_readers_saw_the_old_version_and_then_the_new_one_and_nothing_else(twins: Twins) -> None:
    assert twins.reader.faults == []
    assert twins.reader.opened > 100
    assert twins.reader.versions <= {twins.first_version, twins.killed.version}


def test_a_second_refresh_meanwhile_says_that_one_is_running(twins: Twins) -> None:
    assert twins.refusal.returncode == 2
    assert "another refresh is running" in twins.refusal.stdout
    assert len(twins.refusal.stdout.strip().splitlines()) <= 2


def test_nothing_half_made_is_left(twins: Twins) -> None:
    home = twins.killed.home
    assert twins.killed.versions == sorted({twins.first_version, twins.killed.version})
    assert not (home / "sample" / ".building").exists()
    leftovers = [
        path
        for path in (home / "landing" / ".staging").rglob("*")
        if path.is_file() and path.suffix != ".lock"
    ]
    assert leftovers == []


def test_no_run_is_left_started_for_ever(twins: Twins) -> None:
    with DagsterInstance.from_config(str(twins.killed.home / "dagster")) as instance:
        statuses = [run.status for run in instance.get_runs()]
    assert set(statuses) == {DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE}
    assert statuses[0] is DagsterRunStatus.SUCCESS


def test_nothing_that_a_killed_refresh_had_started_lives_on(twins: Twins) -> None:
    """Readers and dbt end with what they work for; nobody else would ever end them."""
    assert [session for session in twins.sessions if session_members(session)] == []
