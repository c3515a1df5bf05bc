"""What the finance bureau sends: funds allocated and spent, by area and source, each quarter."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

from ingestion.sample_agencies.catalog import AREAS
from ingestion.sample_agencies.people import random_stream
from ingestion.sample_agencies.registers.forms import (
    Form,
    Register,
    Row,
    over,
    quarterly,
    write_form,
)
from ingestion.sample_agencies.tallies import Event
from ingestion.sample_agencies.world import World

#: As the bureau writes them, short names among them, and their codes.
_SOURCES: Final = {
    "就业补助资金": "employment_subsidy", "专账资金": "skill_action_account",
    "东西部协作资金": "east_west", "衔接资金": "rural_revitalisation",
}  # fmt: skip


def write_allocations(world: World, drop: Path) -> Register:
    form = Form(
        "finance/fund_allocations",
        "培训资金安排与支出情况表",
        (("地区",), ("资金名称",), ("本年累计", "安排"), ("本年累计", "支出")),
        ("area_name", "source", "allocated", "spent"),
        unit_row="填报日期：样例|||单位：万元",
    )
    register = Register(form.feed, [])
    for turn, issue in enumerate(quarterly(world)):
        rng = random_stream(world.seed, f"funds {issue.starts.year}")
        quarter = issue.ends.month // 3
        rows: list[Row] = []
        for area in AREAS:
            for source in _SOURCES:
                allocated = round(float(rng.integers(20, 300)) * world.factor, 2)
                rows.append(
                    {
                        "area": area.code, "area_name": area.name, "source": source,
                        "allocated": allocated, "spent": round(allocated * quarter / 4 * 0.9, 2),
                        "ends": issue.ends,
                    }
                )  # fmt: skip
        is_vague = (issue.starts.year, quarter) == (2024, 1)
        fault = (2, "spent", "约30", "NUMBER_APPROXIMATE") if is_vague else None
        told = write_form(drop, form, issue, rows, turn=turn, fault=fault)
        register.add(told, issue, rows)
    return register


def allocation_events(register: Register, as_of: date) -> Iterator[Event]:
    for row in over(register, as_of):
        yield Event(
            "M22-1", day=row["ends"], area=row["area"], unit=_SOURCES[row["source"]],
            numerator=round(row["spent"] * 10_000), denominator=round(row["allocated"] * 10_000),
        )  # fmt: skip
