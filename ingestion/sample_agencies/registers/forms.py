"""What all registers have in common: rows, issues of a year or quarter, forms that are written."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np

from ingestion.sample_agencies.catalog import AREAS, CITY_LEVEL, DEPARTMENTS
from ingestion.sample_agencies.departments import at, whole_quarters
from ingestion.sample_agencies.tables import Delivered, Table, write_table
from ingestion.sample_agencies.tallies import Span, quarter
from ingestion.sample_agencies.workbooks import BookFormat, Cell, put
from ingestion.sample_agencies.world import FINISHED, World

COUNTIES: Final = AREAS[:CITY_LEVEL]
NAMES: Final = {area.code: area.name for area in AREAS}
_QUARTERS: Final = "一二三四"
_FORMATS: Final[tuple[BookFormat, ...]] = ("xlsx", "xls", "et")
DEPARTMENT_NAMES: Final = {code: name for code, name, _ in DEPARTMENTS} | {
    "hrss": "市人社局", "state_assets": "市国资委", "education_sports": "市教体局",
    "finance": "市财政局", "taxation": "市税务局", "civil_military": "市委军民融合办",
    "development_reform": "市发展改革委", "water": "市水务局", "relocation": "市生态移民局",
    "trade_union": "市总工会", "big_data": "市大数据发展管理局",
}  # fmt: skip

Row = dict[str, Any]


@dataclass(frozen=True)
class Issue:
    """One delivery: what it covers, how it is called, when it is sent."""

    word: str
    folder: str
    starts: date
    ends: date
    sent: date


@dataclass(frozen=True)
class Register:
    """Rows of one feed, each with what it speaks for."""

    feed: str
    rows: list[Row]
    delivered: list[Delivered] = field(default_factory=list)
    #: What its deliveries cover.
    spans: list[Span] = field(default_factory=list)

    def add(self, told: Delivered, issue: Issue, rows: list[Row]) -> None:
        self.delivered.append(told)
        self.spans.append(Span(issue.word, issue.starts, issue.ends))
        self.rows.extend(rows)


def yearly(world: World, *, is_report: bool) -> list[Issue]:
    """The world's years: a report comes when the year is over, a list in its last month."""
    found = []
    for year in world.years:
        ends = date(year, 12, 31)
        if is_report and ends > world.last_day:
            continue
        sent = min(ends, world.last_day) + timedelta(days=20)
        found.append(Issue(f"{year}年", f"{year}年", date(year, 1, 1), ends, sent))
    return found


def quarterly(world: World) -> list[Issue]:
    found = []
    for year, number in whole_quarters(world):
        span = quarter(year, number)
        word = f"{year}年第{_QUARTERS[number - 1]}季度"
        sent = span.ends + timedelta(days=15)
        found.append(Issue(word, f"{year}年", span.starts, span.ends, sent))
    return found


def year_to_date(world: World) -> list[Issue]:
    """The world's years as ledgers that grow from month to month, named by their last."""
    return [
        replace(issue, word=f"{issue.folder}1-{min(issue.ends, world.last_day).month}月")
        for issue in yearly(world, is_report=False)
    ]


def finished_within(world: World, span: Issue) -> list[int]:
    """Courses of the platform that were held to their end and ended in the issue's period."""
    courses = world.courses
    own = np.flatnonzero(
        courses.on_platform
        & (courses.status == FINISHED)
        & (courses.ended_on >= np.datetime64(span.starts))
        & (courses.ended_on <= np.datetime64(span.ends))
    )
    return [int(n) for n in own]


@dataclass(frozen=True)
class Form:
    """How a feed's table is written: name, header, and which values of a row it shows."""

    feed: str
    title: str
    headers: tuple[tuple[str, ...], ...]
    shown: tuple[str, ...]
    unit_row: str | None = None


def write_form(
    drop: Path,
    form: Form,
    span: Issue,
    rows: Sequence[Row],
    *,
    turn: int,
    unit: str = "",
    fault: tuple[int, str, Cell, str] | None = None,
) -> Delivered:
    """Write one table. ``fault`` is (row, column, what stands there, reason)."""
    cells: list[list[Cell]] = [[row.get(name) for name in form.shown] for row in rows]
    faults = {}
    if fault is not None:
        place, column, cell, reason = fault
        cells[place][form.shown.index(column)] = cell
        rows[place]["is_lost"] = True
        faults[place] = ("", reason)
    folder = f"{unit}/{span.folder}" if unit else span.folder
    unit_row = form.unit_row
    if unit:
        unit_row = f"填报单位：{unit}"
    return write_table(
        drop,
        Table(
            feed=form.feed,
            name=f"{folder}/{unit}{span.word}{form.title}",
            title=f"{span.word}{form.title}（样例数据）",
            headers=form.headers,
            rows=cells,
            delivered_at=at(span.sent),
            book=_FORMATS[turn % len(_FORMATS)],
            unit_row=unit_row,
            footer="制表人：样例||审核人：样例",
            faults=faults,
        ),
    )


def write_export(
    drop: Path,
    form: Form,
    span: Issue,
    rows: Sequence[Row],
    *,
    fault: tuple[int, str, str, str] | None = None,
) -> Delivered:
    """Write one table as an old database exports it: CSV in GB18030, one line of names.

    ``fault`` is (row, column, what stands there, reason).
    """
    lines = [
        ["" if row.get(name) is None else str(row[name]) for name in form.shown] for row in rows
    ]
    rejected: tuple[tuple[str, int, str, str], ...] = ()
    if fault is not None:
        place, column, cell, reason = fault
        lines[place][form.shown.index(column)] = cell
        rows[place]["is_lost"] = True
        rejected = (("", place + 2, "", reason),)
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows(
        [["".join(h) for h in form.headers], *lines]
    )
    name = f"{span.folder}/{span.word}{form.title}.csv"
    put(drop / form.feed / name, written.getvalue().encode("gb18030"), at(span.sent))
    return Delivered(form.feed, name, rows=len(rows), skipped=0, rejected=rejected)


def yes(told: bool) -> str:
    return "是" if told else "否"


def over(register: Register, as_of: date) -> Iterator[Row]:
    """Rows of reports whose period is over, without those that could not land."""
    for row in register.rows:
        if row["ends"] <= as_of and not row.get("is_lost"):
            yield row


_PROVINCES: Final = {
    "广东": "guangdong", "浙江": "zhejiang", "福建": "fujian", "江苏": "jiangsu",
}  # fmt: skip


def province_code(word: str) -> str | None:
    return _PROVINCES.get(word.removesuffix("省"))
