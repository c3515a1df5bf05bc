"""What the finance bureau sends: funds allocated and spent, by area and source, each quarter."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final

from ingestion.sample_agencies.catalog import AREAS
from ingestion.sample_agencies.departments import at, whole_quarters
from ingestion.sample_agencies.people import random_stream
from ingestion.sample_agencies.tables import Delivered, Table, write_table
from ingestion.sample_agencies.workbooks import Cell
from ingestion.sample_agencies.world import World

#: As the bureau writes them, short names among them.
_SOURCES: Final = ("就业补助资金", "专账资金", "东西部协作资金", "衔接资金")
_QUARTERS: Final = "一二三四"


def write_finance(world: World, drop: Path) -> list[Delivered]:
    """A report a quarter."""
    return [_report(world, drop, year, quarter) for year, quarter in whole_quarters(world)]


def _report(world: World, drop: Path, year: int, quarter: int) -> Delivered:
    rng = random_stream(world.seed, f"funds {year}")
    rows: list[list[Cell]] = []
    for area in AREAS:
        for source in _SOURCES:
            allocated = round(float(rng.integers(20, 300)) * world.factor, 2)
            spent = round(allocated * quarter / 4 * 0.9, 2)
            rows.append([area.name, source, allocated, spent])
    word = f"{year}年第{_QUARTERS[quarter - 1]}季度"
    is_vague = (year, quarter) == (2024, 1)
    if is_vague:
        rows[2][3] = "约30"
    return write_table(
        drop,
        Table(
            feed="finance/fund_allocations",
            name=f"{year}年/{word}培训资金安排与支出情况表",
            title=f"遵义市{word}培训资金安排与支出情况表（样例数据）",
            headers=(
                ("地区",),
                ("资金名称",),
                ("本年累计", "安排"),
                ("本年累计", "支出"),
            ),
            rows=rows,
            delivered_at=at(date(year + quarter // 4, quarter * 3 % 12 + 1, 18)),
            book=("xlsx", "et", "xls", "xlsx")[quarter - 1],
            unit_row="填报日期：样例|||单位：万元",
            footer="制表人：样例||审核人：样例",
            faults={2: ("", "NUMBER_APPROXIMATE")} if is_vague else {},
        ),
    )
