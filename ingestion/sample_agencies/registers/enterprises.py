"""Enterprises: the lists of the year, certified staff, education funds, surcharge credits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

from ingestion.sample_agencies.catalog import INDUSTRY_WORDS
from ingestion.sample_agencies.people import credit_code
from ingestion.sample_agencies.registers.forms import (
    COUNTIES,
    DEPARTMENT_NAMES,
    Form,
    Register,
    Row,
    over,
    quarterly,
    write_form,
    yearly,
    yes,
)
from ingestion.sample_agencies.tallies import Event
from ingestion.sample_agencies.world import World

_SIZES: Final = ("大型", "中型", "小型", "微型")
_LINE_DEPARTMENTS: Final = ("industry_technology", "energy", "agriculture", "commerce", "housing")
_ENTERPRISE_INDUSTRIES: Final = ("liquor", "equipment", "tea", "guitar", "construction")


def write_enterprises(world: World, drop: Path) -> Register:
    count = max(30, round(240 * min(world.factor, 1.0)))
    form = Form(
        "industry/enterprises",
        "重点企业和规模以上企业名录",
        (("序号",), ("统一社会信用代码",), ("企业名称",), ("县（市、区）",), ("所属产业",),
         ("行业主管部门",), ("企业规模",), ("重点企业",), ("规模以上",), ("制造业",),
         ("符合自主评价条件",), ("备案日期",), ("新八级工制度实施日期",), ("终身培训制度建立日期",),
         ("计划备案日期",)),
        ("no", "uscc", "name", "area_name", "industry_word", "department_name", "size", "key",
         "above", "making", "eligible", "registered_on", "eight_on", "system_on", "plan_on"),
    )  # fmt: skip
    register = Register(form.feed, [])
    for turn, span in enumerate(yearly(world, is_report=False)):
        year = span.starts.year
        rows: list[Row] = []
        for n in range(count):
            area = COUNTIES[n * 7 % len(COUNTIES)]
            industry = _ENTERPRISE_INDUSTRIES[n % 5]
            department = _LINE_DEPARTMENTS[n % 5]
            is_key, is_above = n % 3 != 2, n % 4 != 3
            is_making = industry in ("liquor", "equipment", "guitar")
            is_eligible = is_above and n % 5 != 4
            registered = date(2022 + n % 4, 1 + n % 12, 15) if n % 11 != 10 else None
            rows.append(
                {
                    "no": n + 1, "uscc": credit_code("91", 500_000 + n),
                    "name": f"样例企业{n + 1:03d}有限公司", "area": area.code,
                    "area_name": area.name, "industry": industry,
                    "industry_word": INDUSTRY_WORDS[industry][0], "department": department,
                    "department_name": DEPARTMENT_NAMES[department], "size": _SIZES[n % 4],
                    "is_key": is_key, "key": yes(is_key), "above": yes(is_above),
                    "making": yes(is_making), "eligible": yes(is_eligible),
                    "is_candidate": is_above and is_making and is_eligible,
                    "registered_on": registered if is_eligible else None,
                    "eight_on": date(2023 + n % 4, 3, 1) if n % 6 == 0 else None,
                    "system_on": date(2022 + n % 5, 6, 1) if n % 2 == 0 else None,
                    "plan_on": (
                        date(year, 1 + (n + turn) % 6, 20) if (n + turn) % 9 < 6 + turn else None
                    ),
                    "starts": span.starts, "ends": span.ends,
                }
            )  # fmt: skip
        register.add(write_form(drop, form, span, rows, turn=turn), span, rows)
    return register


def enterprise_events(register: Register, as_of: date) -> Iterator[Event]:
    def by_now(day: date | None) -> int:
        return int(day is not None and day <= as_of)

    for row in register.rows:
        if row["starts"] > as_of:
            continue
        where = {
            "day": row["starts"], "area": row["area"], "industry": row["industry"],
        }  # fmt: skip
        if row["is_key"]:
            yield Event(
                "M01-1", **where, unit=row["department"], numerator=by_now(row["plan_on"]),
                denominator=1,
            )  # fmt: skip
        yield Event("M02-4", **where, unit=row["uscc"], numerator=by_now(row["eight_on"]))
        yield Event("M02-9", **where, unit=row["uscc"], numerator=by_now(row["system_on"]))
        if row["is_candidate"]:
            yield Event(
                "M14-5", **where, unit=row["uscc"], numerator=by_now(row["registered_on"]),
                denominator=1,
            )  # fmt: skip


def write_staff(world: World, drop: Path, enterprises: Register) -> Register:
    form = Form(
        "industry/enterprise_staff",
        "企业职工持证情况季度统计表",
        (("统一社会信用代码",), ("县（市、区）",), ("所属产业",), ("职工", "从业人员数"),
         ("职工", "持证人数"), ("特种作业", "在岗人数"), ("特种作业", "持证人数"),
         ("特种设备", "在岗人数"), ("特种设备", "持证人数")),
        ("uscc", "area_name", "industry_word", "staff", "certified", "hazardous",
         "hazardous_certified", "equipment", "equipment_certified"),
    )  # fmt: skip
    register = Register(form.feed, [])
    for turn, span in enumerate(quarterly(world)):
        known = [row for row in enterprises.rows if row["starts"].year == span.starts.year]
        rows: list[Row] = []
        for n, enterprise in enumerate(known):
            staff = 40 + n * 13 % 400
            hazardous, equipment = 4 + n % 7, n % 5
            rows.append(
                {
                    **{name: enterprise[name] for name in
                       ("uscc", "area", "area_name", "industry", "industry_word")},
                    "staff": staff, "certified": staff * min(40 + 4 * turn + n % 9, 100) // 100,
                    "hazardous": hazardous,
                    "hazardous_certified": hazardous - int((n + turn) % 5 == 0),
                    "equipment": equipment,
                    "equipment_certified": equipment - int(turn < 6 and n % 10 == 4),
                    "starts": span.starts, "ends": span.ends,
                }
            )  # fmt: skip
        fault = (2, "staff", "约300", "NUMBER_APPROXIMATE") if turn == 3 else None
        told = write_form(drop, form, span, rows, turn=turn, fault=fault)
        register.add(told, span, rows)
    return register


def staff_events(register: Register, as_of: date) -> Iterator[Event]:
    for row in over(register, as_of):
        where = {
            "day": row["ends"], "area": row["area"], "industry": row["industry"],
        }  # fmt: skip
        yield Event(
            "M02-3", **where, unit=row["uscc"], numerator=row["certified"],
            denominator=row["staff"],
        )  # fmt: skip
        for kind, unit in (("hazardous", "emergency"), ("equipment", "market_regulation")):
            yield Event(
                "M01-4", **where, unit=unit, numerator=row[f"{kind}_certified"],
                denominator=row[kind],
            )  # fmt: skip


def write_education_funds(world: World, drop: Path, enterprises: Register) -> Register:
    form = Form(
        "industry/education_funds",
        "企业职工教育经费年度报表",
        (("统一社会信用代码",), ("县（市、区）",), ("所属产业",), ("职工教育经费", "应提取"),
         ("职工教育经费", "实际提取"), ("职工教育经费", "一线支出")),
        ("uscc", "area_name", "industry_word", "required", "drawn", "front_line"),
        unit_row="单位：元",
    )  # fmt: skip
    register = Register(form.feed, [])
    for turn, span in enumerate(yearly(world, is_report=True)):
        known = [row for row in enterprises.rows if row["starts"] == span.starts and row["is_key"]]
        rows: list[Row] = []
        for n, enterprise in enumerate(known):
            required = 20_000 + n * 1_700
            drawn = required if (n + turn) % 7 else required * 8 // 10
            rows.append(
                {
                    **{name: enterprise[name] for name in
                       ("uscc", "area", "area_name", "industry", "industry_word")},
                    "required": required, "drawn": drawn,
                    "front_line": drawn * (50 + (n * 5 + turn * 4) % 40) // 100,
                    "starts": span.starts, "ends": span.ends,
                }
            )  # fmt: skip
        register.add(write_form(drop, form, span, rows, turn=turn), span, rows)
    return register


def education_fund_events(register: Register, as_of: date) -> Iterator[Event]:
    for row in over(register, as_of):
        where = {
            "day": row["starts"], "area": row["area"], "industry": row["industry"],
            "unit": row["uscc"],
        }  # fmt: skip
        yield Event("M02-5", **where, numerator=row["front_line"], denominator=row["drawn"])
        yield Event("M02-8", **where, numerator=int(row["drawn"] >= row["required"]), denominator=1)


def write_surcharge_credits(world: World, drop: Path) -> Register:
    form = Form(
        "taxation/surcharge_credits",
        "产教融合型企业教育费附加抵免情况表",
        (("统一社会信用代码",), ("县（市、区）",), ("投资额",), ("应缴附加",), ("抵免额",)),
        ("uscc", "area_name", "investment", "due", "credit"),
        unit_row="单位：万元",
    )
    register = Register(form.feed, [])
    for turn, span in enumerate(yearly(world, is_report=True)):
        rows: list[Row] = []
        for n in range(6):
            investment, due = 100 + 40 * n, 20 + 9 * n
            limit = min(due, investment * 3 // 10)
            rows.append(
                {
                    "uscc": credit_code("91", 500_000 + n * 3), "area": COUNTIES[n].code,
                    "area_name": COUNTIES[n].name, "investment": investment, "due": due,
                    # one took more than it may
                    "credit": limit + 3 if (n, turn) == (2, 1) else limit - n % 3,
                    "starts": span.starts, "ends": span.ends,
                }
            )  # fmt: skip
        register.add(write_form(drop, form, span, rows, turn=0), span, rows)
    return register


def surcharge_events(register: Register, as_of: date) -> Iterator[Event]:
    for row in over(register, as_of):
        yield Event(
            "M02-6", day=row["starts"], area=row["area"], unit=row["uscc"],
            numerator=row["credit"] * 10_000,
            denominator=min(row["due"] * 10_000, row["investment"] * 3_000),
        )  # fmt: skip
