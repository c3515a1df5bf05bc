"""Where we stand beside the floor, plain dbt, pandas, polars, dlt and Spark: one run, side by side.

A measurement, not a test: run it with ``make bench`` on a machine that does nothing else, or with
``--factor 10`` and more of the options below. It makes the simulated city of that size, delivers
it once, and then runs every case in turn, round after round, each as a process of its own; figures
are ratios of medians. Peers run in an environment of their own, made from ``peers.txt``; Spark,
which wants Java and minutes, runs where ``--only`` names it. With ``--cache`` cities stay where
they are for the next run. Beyond a hundred cities, up to the nation's 600, classes and enrolments
alone grow. What is compared with what stands in `figures`; `report` prints it.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import secrets
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from measuring import CaseFailed, Measured, measure
from report import plain

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]
PYTHON: Final = Path(sys.executable)
SKILLS: Final = PYTHON.with_name("skills")
DBT: Final = PYTHON.with_name("dbt")
CORES: Final = 2
#: The largest feed that the simulator delivers as CSV, and what is loaded where it is not known.
CSV_FEED: Final = "hrss/attendance"
OTHER_CSV_FEED: Final = "county/training_ledgers"
#: At these sizes a first refresh is the bulk of the time, and three rounds are enough.
LARGE: Final = 100


@dataclass(frozen=True)
class Place:
    """Folders of one size of the city."""

    factor: float
    folder: Path

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def prepared(self) -> Path:
        return self.folder / "prepared"

    @property
    def scratch(self) -> Path:
        return self.folder / "scratch"

    @property
    def manifest(self) -> Path:
        return self.prepared / "target" / "manifest.json"

    @property
    def variables(self) -> dict[str, str]:
        return {
            "SKILLS_HOME": str(self.home),
            "SKILLS_SAMPLE_FACTOR": f"{self.factor:g}",
            "DO_NOT_TRACK": "1",
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        }


@dataclass(frozen=True)
class Case:
    """One thing that is measured."""

    name: str
    #: What runs, given the number of the round.
    run: Callable[[int], Measured]
    #: Whether it answers with the headline, which is then held against the sample's truth.
    counts: bool = False
    #: Whether it runs in the environment of the peers.
    is_peer: bool = False
    #: Whether it runs only where it is asked for by name.
    on_demand: bool = False


@dataclass
class Results:
    """What is kept of one run."""

    commit: str
    date: str
    factor: float
    rounds: int
    machine: Mapping[str, Any]
    rows: Mapping[str, int]
    cases: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    deliveries: list[dict[str, Any]] = field(default_factory=list)
    #: Cases that did not run to their end, and what they said.
    failed: dict[str, str] = field(default_factory=dict)


# --- cases ------------------------------------------------------------------------------------


def cases(place: Place, peers: Path) -> Iterator[Case]:
    """In the order in which they run; the day's change comes last, since it adds to the home."""
    variables = place.variables

    def skills(*arguments: str) -> Measured:
        forget_old_versions(place.home)
        return measure([SKILLS, "refresh", *arguments], variables)

    def fresh(name: str) -> Path:
        """A copy of a prepared work file; every file is called the same."""
        folder = emptied(place.scratch / name)
        return Path(shutil.copy(place.prepared / name / "work.duckdb", folder))

    def dbt(_: int) -> Measured:
        database = fresh("sources")
        # with the parse remembered, and apart: dbt writes its artefacts anew
        target = place.scratch / "target"
        shutil.copytree(place.prepared / "target", target, dirs_exist_ok=True)
        return measure(
            [DBT, "build", "--quiet", "--project-dir", ROOT / "dbt_project"],
            {
                **variables,
                "SKILLS_WORK_FILE": str(database),
                "DBT_PROFILES_DIR": str(ROOT / "dbt_project"),
                "DBT_TARGET_PATH": str(target),
                "DBT_LOG_PATH": str(target),
            },
        )

    def changed(number: int) -> Measured:
        database = place.home / "sample" / "platform.sqlite"
        measure([PYTHON, HERE / "day_of_changes.py", database, str(number)], variables)
        return skills()

    def script(python: Path, name: str, *arguments: Path) -> Measured:
        return measure([python, HERE / name, *arguments], variables, answers=True)

    seeded = place.prepared / "seeded" / "work.duckdb"
    yield Case("full refresh", lambda _: skills("--force"))
    yield Case("floor", lambda _: script(PYTHON, "floor.py", place.manifest, fresh("seeded")))
    yield Case("dbt build", dbt)
    yield Case(
        "headline",
        lambda _: script(PYTHON, "headline_duckdb.py", place.manifest, seeded),
        counts=True,
    )
    yield Case(
        "headline pandas",
        lambda _: script(PYTHON, "headline_pandas.py", place.home),
        counts=True,
    )
    yield Case(
        "headline polars",
        lambda _: script(peers, "headline_polars.py", place.home),
        counts=True,
        is_peer=True,
    )
    yield from loading(place, peers)
    yield Case("spark", lambda _: script(PYTHON, "spark_build.py"), on_demand=True)
    yield Case("nothing new", lambda _: skills())
    yield Case("day's change", changed)


def loading(place: Place, peers: Path) -> Iterator[Case]:
    """The same files by us and by dlt."""

    def ours(_: int) -> Measured:
        feed, drop = csv_files(place)
        home = emptied(place.scratch / "loading")
        return measure(
            [PYTHON, HERE / "loading_ours.py", feed],
            {
                "SKILLS_HOME": str(home),
                "SKILLS_DROP": str(drop),
                "SKILLS_SECRET": secrets.token_urlsafe(32),
            },
            answers=True,
        )

    def dlt(*options: str) -> Measured:
        feed, drop = csv_files(place)
        into = emptied(place.scratch / "loading")
        command = [peers, HERE / "loading_dlt.py", drop / feed, into, *options]
        return measure(command, {"RUNTIME__DLTHUB_TELEMETRY": "false"}, answers=True)

    yield Case("our delivery", ours)
    yield Case("dlt", lambda _: dlt(), is_peer=True)
    yield Case("dlt frames", lambda _: dlt("frames"), is_peer=True)


# --- what stands ready ------------------------------------------------------------------------


def make_home(place: Place) -> list[Measured]:
    """The city of that size, delivered and published once; nothing when it stands already."""
    done = place.folder / "FIRST_REFRESH"
    if done.exists():
        return [Measured(**json.loads(done.read_bytes()))]
    shutil.rmtree(place.home, ignore_errors=True)
    first = measure([SKILLS, "refresh"], place.variables)
    done.write_text(json.dumps(asdict(first)))
    return [first]


def csv_files(place: Place) -> tuple[str, Path]:
    """A feed and the drop folder in which its CSV files stand."""
    drop = place.home / "sample" / "drop"
    if any((drop / CSV_FEED).rglob("*.csv")):
        return CSV_FEED, drop
    drop = place.folder / "drop"
    if not drop.exists():
        measure([PYTHON, HERE / "csv_files.py", f"{place.factor:g}", drop], {})
    return OTHER_CSV_FEED, drop


def peers_python(cache: Path) -> Path:
    """Of the environment with polars and dlt."""
    return cache / "peers" / "bin" / "python"


def make_peers(cache: Path) -> bool:
    """Install the environment unless it stands; whether it can be had."""
    python = peers_python(cache)
    wanted = (HERE / "peers.txt").read_text()
    mark = cache / "peers" / "peers.txt"
    if mark.exists() and mark.read_text() == wanted:
        return True
    tell("An environment for polars and dlt …")
    venv.create(cache / "peers", clear=True, with_pip=True)
    try:
        pip = [python, "-m", "pip", "install", "--quiet", "--requirement", HERE / "peers.txt"]
        measure(pip, {"PIP_DISABLE_PIP_VERSION_CHECK": "1"})
    except CaseFailed as failure:
        tell(f"Without polars and dlt, which could not be installed: {failure}")
        return False
    mark.write_text(wanted)
    return True


def forget_old_versions(home: Path) -> None:
    """Published versions but the last one: at 100 x each takes gigabytes."""
    current = (home / "published" / "current.duckdb").readlink().parent.name
    for version in (home / "published" / "versions").iterdir():
        if version.name != current:
            shutil.rmtree(version)


def emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def rows_of(home: Path) -> dict[str, int]:
    """Landed rows of the three largest feeds."""
    with sqlite3.connect(home / "landing" / "manifest.sqlite") as manifest:
        return dict(
            manifest.execute(
                "select feed, sum(rows_landed) from batches group by feed order by 2 desc limit 3"
            ).fetchall()
        )


# --- the run ----------------------------------------------------------------------------------


def run(place: Place, cache: Path, rounds: int, only: frozenset[str]) -> Results:
    """Raises CaseFailed, also when two cases that count the same give different answers."""
    tell(f"A city of {place.factor:g} x …")
    first = make_home(place)
    tell("Sources, seeds and compiled SQL …")
    measure([PYTHON, HERE / "prepared.py", emptied(place.prepared)], place.variables)
    results = Results(
        commit=commit(),
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        factor=place.factor,
        rounds=rounds,
        machine={
            "cores": len(os.sched_getaffinity(0)),
            "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
            "architecture": platform.machine(),
            "python": platform.python_version(),
        },
        rows=rows_of(place.home),
        cases={"first refresh": [_kept(one) for one in first]},
    )
    every = cases(place, peers_python(cache))
    chosen = [case for case in every if (case.name in only if only else not case.on_demand)]
    if any(case.is_peer for case in chosen) and not make_peers(cache):
        chosen = [case for case in chosen if not case.is_peer]
    truth = true_headline(place.home)
    answers: dict[str, Mapping[str, Any]] = {}
    for number in range(rounds):
        for case in [case for case in chosen if case.name not in results.failed]:
            try:
                measured = case.run(number)
            except CaseFailed as failure:
                tell(f"{number + 1}/{rounds} {case.name} failed")
                results.failed[case.name] = str(failure)
                continue
            tell(f"{number + 1}/{rounds} {case.name}: {measured.seconds:.1f} s")
            results.cases.setdefault(case.name, []).append(_kept(measured))
            if case.counts:
                answers[case.name] = measured.answer
                assert_alike(answers, truth)
    if not only:
        told = measure([PYTHON, HERE / "deliveries.py", "--json"], {}, answers=True)
        results.deliveries = list(told.answer["figures"])
    shutil.rmtree(place.scratch, ignore_errors=True)
    return results


def true_headline(home: Path) -> dict[str, int]:
    """The city's person-times as the simulator knows them."""
    with (home / "sample" / "truth" / "kpi.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["indicator_id"]: int(row["numerator"])
            for row in csv.DictReader(file)
            if row["indicator_id"].startswith(("H-01", "H-02-"))
            and (row["period_code"], row["area_code"]) == ("2023-2025", "520300")
            and (row["industry_code"] == "all") == (row["indicator_id"] == "H-01")
        }


def assert_alike(answers: Mapping[str, Mapping[str, Any]], truth: Mapping[str, int]) -> None:
    """Every case counted the same, by area and industry too, and the truth. Raises CaseFailed."""
    (first, expected), *others = answers.items()
    for name, answer in others:
        if answer != expected:
            raise CaseFailed(f"{name} counts otherwise than {first}")
    if {name: expected[name] for name in truth} != truth:
        raise CaseFailed(f"{first} does not count what the sample holds")


def _kept(measured: Measured) -> dict[str, Any]:
    """Without the answer, which is long and says nothing of speed."""
    return {name: value for name, value in asdict(measured).items() if name != "answer"}


def commit() -> str:
    told = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return told.stdout.strip() or "unknown"


def tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")


@contextmanager
def cache_folder(asked: Path | None) -> Iterator[Path]:
    """The folder that was asked for, or one that goes with the run."""
    if asked:
        asked.mkdir(parents=True, exist_ok=True)
        yield asked.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="skills-bench-") as folder:
        yield Path(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    factor = float(os.environ.pop("SKILLS_SAMPLE_FACTOR", "") or 1)
    parser.add_argument("--factor", type=float, default=factor, help="size of the city; 1 is Zunyi")
    parser.add_argument("--rounds", type=int, help="how often each case runs; 5, or 3 at 100 x")
    parser.add_argument(
        "--only", action="append", default=[], help="a case, such as spark; may be given again"
    )
    parser.add_argument("--cache", type=Path, help="where cities stay; else they go with the run")
    parser.add_argument("--json", type=Path, help="where to keep the results")
    asked = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    for name in [name for name in os.environ if name.startswith("SKILLS_")]:
        del os.environ[name]
    rounds = asked.rounds or (3 if asked.factor >= LARGE else 5)
    with cache_folder(asked.cache) as cache:
        place = Place(asked.factor, cache / f"{asked.factor:g}x")
        place.folder.mkdir(parents=True, exist_ok=True)
        try:
            results = asdict(run(place, cache, rounds, frozenset(asked.only)))
        except CaseFailed as failure:
            sys.exit(str(failure))
    if asked.json:
        asked.json.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    sys.stdout.write(plain(results))
    if results["failed"]:
        sys.exit("\n".join(f"{case}: {why}" for case, why in results["failed"].items()))


if __name__ == "__main__":
    main()
