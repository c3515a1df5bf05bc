"""What twelve municipal departments send: a plan a year, a return a quarter.

Their counts are of their own making, as such returns are: they lean on the training that the
city saw, and agree with no other source.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Final

from ingestion.sample_agencies.catalog import DEPARTMENTS, INDUSTRY_WORDS, OCCUPATIONS
from ingestion.sample_agencies.people import random_stream
from ingestion.sample_agencies.tables import Delivered, Table, write_table
from ingestion.sample_agencies.workbooks import BookFormat, Cell
from ingestion.sample_agencies.world import World

_LOCAL: Final = timezone(timedelta(hours=8))
_FORMATS: Final[tuple[BookFormat, ...]] = ("xlsx", "xls", "et", "html")
_FUNDS: Final = ("就业补助资金", "专账资金", "衔接资金", "企业职工教育经费")
_QUARTERS: Final = "一二三四"
#: Department and quarter, counted from the first.
_NEVER_FILED: Final = ((6, 3), (11, 5))
_RENAMED_COLUMN: Final = (8, 1)


def at(day: date, hour: int = 10) -> datetime:
    """That hour of that day in Zunyi."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=_LOCAL)


def whole_quarters(world: World) -> list[tuple[int, int]]:
    """(year, quarter) of each quarter whose last month the world reaches."""
    return [(year, month // 3 + 1) for year, month in world.months if month % 3 == 2]


@dataclass(frozen=True)
class Departments:
    """What the departments sent, and what of it counts."""

    delivered: list[Delivered]
    #: (department, year, industry, person-times) of each row of a plan that lands.
    planned: list[tuple[str, int, str, int]]
    #: (department, year, quarter, day of delivery, person-times by industry) of what lands.
    returned: list[tuple[str, int, int, date, dict[str, int]]]


def write_departments(world: World, drop: Path) -> Departments:
    """Every plan and return."""
    told = Departments([], [], [])
    for place in range(len(DEPARTMENTS)):
        for year in world.years:
            _plan(world, drop, place, year, told)
        for turn, when in enumerate(whole_quarters(world)):
            if (place, turn) not in _NEVER_FILED:
                _return(world, drop, place, turn, *when, told)
    return told


def _plan(world: World, drop: Path, place: int, year: int, told: Departments) -> None:
    code, name, industries = DEPARTMENTS[place]
    rng = random_stream(world.seed, f"plan {name} {year}")
    rows: list[list[Cell]] = []
    planned: list[str] = []
    for industry in industries:
        own = [o.name for o in OCCUPATIONS if o.industry == industry] or ["实用技术"]
        for occupation in own[:4]:
            classes = int(rng.integers(1, 12))
            planned.append(industry)
            rows.append(
                [
                    len(rows) + 1,
                    INDUSTRY_WORDS[industry][0],
                    occupation,
                    classes,
                    classes * 30,
                    round(classes * 30 * 0.12, 2),
                    _FUNDS[len(rows) % len(_FUNDS)],
                ]
            )
    faults = {}
    if place == 7 and year == world.years[0]:
        rows[0][4] = "约100"
        faults[0] = ("", "NUMBER_APPROXIMATE")
    told.planned.extend(
        (code, year, planned[n], int(str(row[4]))) for n, row in enumerate(rows) if n not in faults
    )
    total: list[Cell] = ["合计", None, None, sum(int(str(row[3])) for row in rows)]
    table = write_table(
        drop,
        Table(
            feed="department/annual_plans",
            name=f"{name}/{year}年/{name}{year}年度职业技能培训计划表",
            title=f"{name}{year}年度职业技能培训计划表（样例数据）",
            headers=(
                ("序号",),
                ("产业类别",),
                ("培训工种",),
                ("计划", "期数"),
                ("计划", "人次"),
                ("计划", "资金（万元）"),
                ("资金来源",),
            ),
            rows=rows,
            delivered_at=at(date(year, 1, 12 + place)),
            book=_FORMATS[place % 4],
            unit_row=f"填报单位：{name}",
            total=total,
            footer="填表人：样例||审核人：样例",
            faults=faults,
        ),
    )
    told.delivered.append(table)


def _return_rows(world: World, place: int, turn: int, year: int, quarter: int) -> list[list[Cell]]:
    """A row per industry: this quarter, the year to date, certificates, money in 万元."""
    _, name, industries = DEPARTMENTS[place]
    rows: list[list[Cell]] = []
    for industry in industries:
        rng = random_stream(world.seed, f"returns {name} {year} {industry}")
        trained = (rng.integers(80, 600, size=4) * min(1.0, world.factor) + 5).astype(int).tolist()
        if place % 4 == 1:
            trained[1] = -4  # a correction of the quarter before
        current, to_date = trained[quarter - 1], sum(trained[:quarter])
        certified = max(current, 0) * 6 // 10
        words = INDUSTRY_WORDS[industry]
        rows.append(
            [
                words[turn % len(words)],
                max(1, current // 30),
                current,
                to_date,
                certified,
                certified // 4,
                round(max(current, 0) * 0.1, 2),
            ]
        )
    return rows


def _return(
    world: World, drop: Path, place: int, turn: int, year: int, quarter: int, told: Departments
) -> None:
    code, name, industries = DEPARTMENTS[place]
    rows = _return_rows(world, place, turn, year, quarter)
    is_refused = (place, turn) == _RENAMED_COLUMN
    word = f"{year}年第{_QUARTERS[quarter - 1]}季度"
    day = date(year + quarter // 4, quarter * 3 % 12 + 1, 6 + place)
    if not is_refused:
        counts = (int(str(row[2])) for row in rows)
        told.returned.append((code, year, quarter, day, dict(zip(industries, counts, strict=True))))
    table = write_table(
        drop,
        Table(
            feed="department/training_returns",
            name=f"{name}/{year}/{name}{word}培训统计表",
            title=f"{word}行业职业技能培训统计表（样例数据）",
            headers=(
                ("产业",),
                ("培训期数",),
                ("培训人次", "本期"),
                ("培训人次", "期末在训" if is_refused else "累计"),
                ("取证人次", "小计"),
                ("取证人次", "高级工及以上"),
                ("投入资金",),
            ),
            rows=rows,
            delivered_at=at(day),
            book=_FORMATS[(place + 1) % 4],
            unit_row=f"填报单位：{name}|||单位：万元",
            total=["合计", None, sum(int(str(row[2])) for row in rows)],
            footer=f"填表人：样例||审核人：样例|填表日期：{day.isoformat()}",
            breach="COLUMN_MISSING" if is_refused else None,
        ),
    )
    told.delivered.append(table)
