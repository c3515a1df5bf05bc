"""Killed at a random moment, a refresh is made good by the next plain one, and no reader notices.

The process alone is killed, as the kernel does when memory runs out; what it had started has to end
by itself. Moments are spread over the whole of a refresh that was measured first, by the processor
time that it had used, since that does not depend on what else the machine does. Most kills hit a
home with an older version in which everything has yet to land; the others its very first refresh,
which makes the sample and its secret.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

import duckdb
import numpy as np
import pytest
from campaign import IS_LONG, chosen
from dagster import DagsterInstance, DagsterRunStatus
from installations import SKILLS, Installation, made_once
from logical_content import differing, in_the_vault, landed, published
from processes import Process, cpu_seconds, family, happens, living

PROMISE: Final = "a refresh killed at a random moment is made good by the next plain one"
OWED: Final = 100
FIRST_REFRESHES: Final = 20
SEED: Final = 20261205
HUNDREDTH: Final = "0.01"
#: How long what a killed refresh had started may outlive it, on a busy machine.
AFTERLIFE_SECONDS: Final = 20
PATIENCE_SECONDS: Final = 600
#: When a refresh was over before its kill, the kill comes a little earlier.
MOST_ATTEMPTS: Final = 10


@dataclass(frozen=True)
class Kill:
    """When a refresh is killed."""

    number: int
    is_first_refresh: bool
    #: Of the processor time of a whole refresh.
    share: float


def kills(numbers: range) -> Iterator[Kill]:
    """One kill in each slice of a refresh, at random within it, in random order."""
    generator = np.random.default_rng(SEED)
    shares = (generator.permutation(len(numbers)) + generator.random(len(numbers))) / len(numbers)
    for number, share in zip(numbers, shares.tolist(), strict=True):
        yield Kill(number, number < FIRST_REFRESHES, share)


KILLS: Final = (*kills(range(FIRST_REFRESHES)), *kills(range(FIRST_REFRESHES, OWED)))
#: In the suite, later kills hit a refresh that already makes good what an earlier one left.
BLOCKS: Final = [(kill,) for kill in KILLS] if IS_LONG else [tuple(chosen(KILLS[-80:], 5))]
#: Of a first refresh, how much a later one takes that finds the project parsed and the sample made.
PARSED: Final = 0.55


@dataclass
class Reader:
    """Opens what is published, over and over."""

    published: Path
    opened: int = 0
    versions: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def look(self) -> None:
        if not (self.published / "current.duckdb").is_symlink() and not self.opened:
            return
        try:
            self._read()
        except (duckdb.Error, OSError) as error:
            self.faults.append(f"{type(error).__name__}: {error}")

    def _read(self) -> None:
        with duckdb.connect(self.published / "current.duckdb", read_only=True) as connection:
            versions = connection.execute("select distinct version from main.publication")
            ((version,),) = versions.fetchall()
            counts = connection.execute(
                """
                select schema_name || '.' || table_name, estimated_size
                from duckdb_tables()
                where schema_name != 'main'
                """
            )
            rows = dict(counts.fetchall())
        facts = json.loads((self.published / "versions" / version / "version.json").read_bytes())
        if rows != {name: count for name, count in facts["rows"].items() if name in rows}:
            self.faults.append(f"{version} does not hold the rows of {version}")
        self.opened += 1
        self.versions.add(version)


@contextmanager
def reading(installation: Installation) -> Iterator[Reader]:
    """A reader at work for as long as the block lasts."""
    reader, over = Reader(installation.home / "published"), threading.Event()

    def go_on() -> None:
        while not over.is_set():
            reader.look()
            over.wait(0.25)

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield reader
    finally:
        over.set()
        thread.join()


@dataclass(frozen=True)
class Ground:
    """Where kills start from, and what an undisturbed refresh makes of it."""

    start: Installation
    undisturbed: Installation
    #: Processor time of an undisturbed refresh of the start, and of one from nothing.
    seconds: float
    first_seconds: float

    def home(self, kill: Kill, folder: Path) -> Installation:
        """A home to be disturbed."""
        if kill.is_first_refresh:
            return Installation(folder, self.start.variables)
        return self.start.copied(folder)

    def moment(self, kill: Kill) -> float:
        """The processor time at which to kill."""
        return kill.share * (self.first_seconds if kill.is_first_refresh else self.seconds)


def started(installation: Installation) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [str(SKILLS), "refresh"],
        env=installation.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def measured(installation: Installation) -> float:
    """A refresh undisturbed; the processor time that it took."""
    process, spent = started(installation), 0.0
    while process.poll() is None:
        spent = max(spent, cpu_seconds(process.pid))
        time.sleep(0.1)
    assert process.returncode == 0
    return spent


def killed(installation: Installation, at: float) -> frozenset[Process] | None:
    """Start a refresh and kill it after so much processor time; what it had started by then.

    None when it ended before it came to that.
    """
    process = started(installation)
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while process.poll() is None and cpu_seconds(process.pid) < at:
            assert time.monotonic() < deadline, "it hangs"
            time.sleep(0.1)
        relatives = family(process.pid)
    finally:
        process.kill()
        process.wait()
    return relatives if process.returncode < 0 else None


@pytest.fixture(scope="module")
def ground(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """A refreshed home as if nothing had landed yet, and its twin that was refreshed once more.

    The suite takes the refreshed home that other tests need, too, and its first refresh for the
    undisturbed one.
    """

    def make(folder: Path) -> None:
        if IS_LONG:
            finished = Installation(folder / "finished", {"SKILLS_SAMPLE_FACTOR": HUNDREDTH})
            first_seconds = measured(finished)
            start = unlanded(finished.copied(folder / "start"))
            seconds = measured(start.copied(folder / "undisturbed"))
        else:
            refreshed: Installation = request.getfixturevalue("refreshed")
            first_seconds = float(refreshed.home.with_name("first_seconds.txt").read_text())
            finished = refreshed.copied(folder / "undisturbed")
            start = unlanded(finished.copied(folder / "start"))
            seconds = first_seconds * PARSED
        found = {
            "variables": dict(start.variables),
            "seconds": seconds,
            "first_seconds": first_seconds,
        }
        (folder / "ground.json").write_text(json.dumps(found), encoding="utf-8")

    folder = made_once(tmp_path_factory, "killed-refreshes", make)
    found = json.loads((folder / "ground.json").read_bytes())
    variables = found.pop("variables")
    start, undisturbed = (
        Installation(folder / name, variables) for name in ("start", "undisturbed")
    )
    return Ground(start, undisturbed, **found)


def unlanded(installation: Installation) -> Installation:
    """Take away what has landed; what is published counts as older."""
    for part in ("landing", "vault"):
        shutil.rmtree(installation.home / part)
    path = installation.database.resolve().with_name("version.json")
    facts = {**json.loads(path.read_bytes()), "fingerprint": "older"}
    path.chmod(0o600)
    path.write_text(json.dumps(facts), encoding="utf-8")
    return installation


@pytest.mark.slow
@pytest.mark.usefixtures(*([] if IS_LONG else ["refreshed"]))
@pytest.mark.promise(PROMISE, OWED)
@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: "-".join(str(k.number) for k in block))
def test_the_next_plain_refresh_makes_it_good(
    ground: Ground,
    block: tuple[Kill, ...],
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    for attempt in range(MOST_ATTEMPTS):
        installation = ground.home(block[0], tmp_path / f"{attempt}")
        moments = [ground.moment(kill) * 0.9**attempt for kill in block]
        with reading(installation) as reader:
            hits = [killed(installation, moment) for moment in moments]
            last = installation.run("refresh")
        assert reader.faults == []
        assert last.returncode == 0, last.stdout + last.stderr
        assert_like(installation, ground.undisturbed, keys=not block[0].is_first_refresh)
        assert_nothing_half_made(installation)
        relatives = frozenset[Process]().union(*filter(None, hits))
        assert happens(partial(none_lives, relatives), within=AFTERLIFE_SECONDS)
        shutil.rmtree(installation.home)
        if any(hits):
            # What an earlier kill let land makes later refreshes shorter than their moment.
            record_property("cases", sum(map(bool, hits)))
            return
    raise AssertionError("no refresh lasted long enough to be killed")


def none_lives(processes: frozenset[Process]) -> bool:
    return not living(processes)


def assert_like(found: Installation, expected: Installation, *, keys: bool) -> None:
    """Hold two homes against each other, by the names of what differs."""
    for content in (published, landed, in_the_vault):
        assert differing(content(found, keys=keys), content(expected, keys=keys)) == []


def assert_nothing_half_made(installation: Installation) -> None:
    """Neither files that count for nothing nor runs that seem to go on."""
    home = installation.home
    leftovers = [
        path.relative_to(home)
        for folder in (home / "landing" / ".staging", home / "sample" / ".building")
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".lock"
    ]
    assert leftovers + list((home / "published").rglob(".*")) == []
    names = [path.name for path in (home / "published" / "versions").glob("*/PUBLISHED")]
    assert len(names) == len(installation.versions) <= 2
    with DagsterInstance.from_config(str(home / "dagster")) as instance:
        statuses = [run.status for run in instance.get_runs()]
    assert statuses[0] is DagsterRunStatus.SUCCESS
    assert set(statuses) <= {DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE}
