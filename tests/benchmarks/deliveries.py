"""What taking in a large delivery costs beside the bare engine that reads the same bytes.

A measurement, not a test: run it by itself on a machine that does nothing else. A CSV of
attendance of invented people, in UTF-8 and in GB18030, goes from file to checked and keyed Parquet,
with its rejections, the hash of its rows and what the vault gets; beside it DuckDB's own
``read_csv`` writes the same rows (in UTF-8, all that it reads) to Parquet, unchecked and with the
people's numbers in plain text. A workbook of such rows goes through our reader; beside it
python-calamine gives its bare values. Either side runs in a process of its own, warmed up, in
turns; medians.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Final

import duckdb
import numpy as np
import python_calamine

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "faults"))
from attendance import ATTENDANCE

from ingestion.batches import StreamedDraft
from ingestion.identity import check_digit
from ingestion.parking import Parking
from ingestion.readers import open_stream, read, reader_pool
from ingestion.sample_agencies.workbooks import Sheet, xlsx_bytes
from ingestion.vault import KeyRing

AT: Final = datetime(2025, 7, 1, tzinfo=UTC)
KEYS: Final = KeyRing(b"a secret for measurements, of invented people", 1)
BYTES_PER_ROW: Final = 143
PEOPLE: Final = 70_000
PIECE: Final = 1 << 24
#: Rows per day; a day's rows are of many classes, as a daily export brings them.
_ROWS: Final = """
with numbered as (
    select i, i // 6000 as day, i % 6000 as seat, hash(i) as h from range({rows}) as numbers (i)
)
select
    'A2024-' || lpad(i::varchar, 8, '0') as "考勤编号",
    'E2024-' || lpad((seat + 6000 * (day // 40))::varchar, 7, '0') as "报名编号",
    'C2024-' || lpad((seat // 30 + 200 * (day // 40))::varchar, 5, '0') as "班级编号",
    people.number as "身份证件号码",
    strftime(date '2024-01-02' + day::integer, '%Y-%m-%d') as "上课日期",
    1 + day % 40 as "课次",
    strftime(moment + to_seconds((28800 + h % 1800)::bigint), '%Y-%m-%d %H:%M:%S') as "签到时间",
    strftime(moment + to_seconds((39600 + h // 1800 % 1800)::bigint), '%Y-%m-%d %H:%M:%S')
        as "签退时间",
    if(h % 7 = 0, '3.5', '4') as "学时",
    ['出勤', '出勤', '出勤', '出勤', '出勤', '迟到', '早退', '缺勤', '请假'][(h % 9 + 1)::integer]
        as "状态",
    strftime(moment + to_seconds((72000 + h // 77 % 3600)::bigint), '%Y-%m-%d %H:%M:%S')
        as "更新时间"
from numbered
inner join people
    on (seat + 6000 * (day // 40)) * 7919 % {people} = people.place,
    lateral (select timestamp '2024-01-02' + to_days(day::integer) as moment)
order by i
"""


@dataclass(frozen=True)
class Cost:
    """What one run took."""

    seconds: float
    processor_seconds: float
    peak_bytes: int


def measured(work: Callable[[], object]) -> Cost:
    """What ``work`` costs this process; what a child of it costs shows in wall time only."""
    begun, before = perf_counter(), _processor_seconds()
    work()
    return Cost(perf_counter() - begun, _processor_seconds() - before, _peak_bytes())


def _peak_bytes() -> int:
    """Of this process by itself: what the kernel counts as its usage begins with its parent's."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    told = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(told.split()[1]) * 1024


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def take_in(path: Path, into: Path) -> Cost:
    """Our way: from file to checked, keyed Parquet, synced, with its hashes."""

    def work() -> None:
        stream = open_stream(path, ATTENDANCE, path.name)
        if stream is None:
            raise SystemExit(f"{path.name} is too small to be streamed: take more megabytes")
        draft = StreamedDraft(stream, ATTENDANCE, KEYS, name=path.name, hints=(), at=AT)
        with Parking(into, "b00000001-000-00000000", ATTENDANCE) as parking:
            for rows, checked in draft.pieces():
                parking.add(rows, checked)
            draft.refuse_unacceptable(parking.tally, is_increment=False)
            parking.close(draft.scope)

    shutil.rmtree(into, ignore_errors=True)
    return measured(work)


def copy_by_duckdb(path: Path, into: Path) -> Cost:
    """DuckDB's own way with the same bytes."""

    def work() -> None:
        with duckdb.connect() as connection:
            connection.execute(f"copy (from read_csv('{path}')) to '{into}' (format parquet)")

    into.unlink(missing_ok=True)
    return measured(work)


def read_workbook(path: Path, _: Path) -> Cost:
    """Our reader, its child process kept, up to the table of texts here."""
    return measured(lambda: read(path, ATTENDANCE, path.name))


def read_by_calamine(path: Path, _: Path) -> Cost:
    """The bare values of the sheet."""
    return measured(
        lambda: python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    )


def make_rows(rows: int, path: Path) -> None:
    """A CSV of so many rows in UTF-8."""
    rng = np.random.default_rng(1)
    births = (np.datetime64("1960-01-01") + rng.integers(0, 16_000, PEOPLE)).astype(str)
    firsts = [
        f"529999{birth.replace('-', '')}{number:03}"
        for birth, number in zip(births, rng.integers(1, 1000, PEOPLE), strict=True)
    ]
    numbers = [first + check_digit(first) for first in firsts]
    with duckdb.connect() as connection:
        connection.execute(
            "create table people as select unnest(?) as number, unnest(range(?)) as place",
            [numbers, PEOPLE],
        )
        connection.execute(f"copy ({_ROWS.format(rows=rows, people=PEOPLE)}) to '{path}' (header)")


def make_gb18030(source: Path, path: Path) -> None:
    """The same text in GB18030."""
    with (
        source.open(encoding="utf-8", newline="") as text,
        path.open("w", encoding="gb18030", newline="") as other,
    ):
        shutil.copyfileobj(text, other, PIECE)


def make_workbook(source: Path, path: Path) -> None:
    """The same rows in a workbook of text cells."""
    lines = source.read_text(encoding="utf-8").splitlines()
    path.write_bytes(xlsx_bytes([Sheet("考勤", [line.split(",") for line in lines])]))


Way = Callable[[Path, Path], Cost]


def compared(
    name: str,
    at_most: float,
    ours: tuple[Way, Path],
    theirs: tuple[Way, Path],
    runs: int,
    *,
    in_child: bool = False,
) -> Row:
    """Medians of both sides, run in turns, and their ratios."""
    folder = ours[1].parent
    spawn = get_context("spawn")
    costs: list[list[Cost]] = [[], []]
    with (
        ProcessPoolExecutor(1, spawn) as our_process,
        ProcessPoolExecutor(1, spawn) as their_process,
    ):
        for run in range(runs + 1):
            for side, process, (way, path) in (
                (1, their_process, theirs),
                (0, our_process, ours),
            ):
                cost = process.submit(way, path, folder / f"{way.__name__}.out").result()
                if run:  # the first one imports, and fills caches
                    costs[side].append(cost)
    wall, processor = (
        [statistics.median(getattr(cost, what) for cost in side) for side in costs]
        for what in ("seconds", "processor_seconds")
    )
    return Row(
        title=name,
        seconds=wall[0],
        seconds_beside=wall[1],
        processor_ratio=None if in_child else processor[0] / processor[1],
        peak_bytes=max(cost.peak_bytes for cost in costs[0]),
        at_most=at_most,
    )


@dataclass(frozen=True)
class Row:
    """What a delivery cost, and what the same cost beside it."""

    title: str
    seconds: float
    seconds_beside: float
    #: Of both sides; none where a child of ours does the work.
    processor_ratio: float | None
    peak_bytes: int
    at_most: float

    @property
    def ratio(self) -> float:
        return self.seconds / self.seconds_beside

    def __str__(self) -> str:
        processor = "-" if self.processor_ratio is None else f"{self.processor_ratio:.2f}"
        return (
            f"{self.seconds:8.2f} {self.seconds_beside:9.2f} {self.ratio:6.2f} "
            f"{self.at_most:8.1f} {processor:>10} {self.peak_bytes / (1 << 20):9.0f}  {self.title}"
        )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--megabytes", type=int, default=200)
    options.add_argument("--workbook-rows", type=int, default=50_000)
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--json", action="store_true", help="one line of JSON, for the benchmark")
    chosen = options.parse_args()
    rows = chosen.megabytes * 1_000_000 // BYTES_PER_ROW
    cores = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory(prefix="skills-bench-") as name, reader_pool():
        folder = Path(name)
        text, other, small = folder / "utf8.csv", folder / "gb18030.csv", folder / "small.csv"
        book = folder / "book.xlsx"
        make_rows(rows, text)
        make_gb18030(text, other)
        make_rows(chosen.workbook_rows, small)
        make_workbook(small, book)
        head = [
            f"{cores} cores, {platform.machine()}, Python {platform.python_version()}, "
            f"{rows:,} rows of {text.stat().st_size / 1e6:.0f} MB",
            f"{'ours s':>8} {'theirs s':>9} {'ratio':>6} {'at most':>8} {'processor':>10} "
            f"{'peak MiB':>9}",
        ]
        told = [
            compared(
                "UTF-8 CSV to checked, keyed Parquet / DuckDB's read_csv to Parquet",
                1.5,
                (take_in, text),
                (copy_by_duckdb, text),
                chosen.runs,
            ),
            compared(
                "the same in GB18030 / DuckDB with UTF-8",
                2.5,
                (take_in, other),
                (copy_by_duckdb, text),
                chosen.runs,
            ),
            compared(
                f"workbook of {chosen.workbook_rows:,} rows to texts / the bare reader",
                1.5,
                (read_workbook, book),
                (read_by_calamine, book),
                chosen.runs,
                in_child=True,
            ),
        ]
    if chosen.json:
        figures = [{"title": row.title, "ratio": row.ratio, "at_most": row.at_most} for row in told]
        sys.stdout.write(json.dumps({"figures": figures}, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write("\n".join([*head, *map(str, told)]) + "\n")


if __name__ == "__main__":
    main()
