"""People whom enterprises train: coal-mine staff by quarter, apprentices by year."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from ingestion.sample_agencies.catalog import AREA_INDEX, AREAS, INDUSTRY_WORDS
from ingestion.sample_agencies.people import credit_code
from ingestion.sample_agencies.registers.forms import (
    DEPARTMENT_NAMES,
    Form,
    Issue,
    Register,
    Row,
    over,
    quarterly,
    write_export,
    write_form,
    yearly,
    yes,
)
from ingestion.sample_agencies.registers.persons import natives, who
from ingestion.sample_agencies.tallies import Event
from ingestion.sample_agencies.world import World

#: Counties that still mine coal.
_MINING: Final = ("520330", "520322", "520382")
_STAFF: Final = 24
#: Departments that each list one or two enterprises a year.
_LISTING: Final = ("industry_technology", "energy", "state_assets", "agriculture")
_LISTED_INDUSTRIES: Final = ("liquor", "equipment", "liquor", "tea")


def write_mine_staff(world: World, drop: Path) -> Register:
    mines = max(3, round(12 * min(world.factor, 1.0)))
    form = Form(
        "energy/coal_mine_staff",
        "煤矿从业人员培训持证名册",
        (("煤矿编号",), ("煤矿名称",), ("县（市、区）",), ("姓名",), ("身份证号码",), ("是否在岗",),
         ("本年培训日期",), ("安全培训合格证有效期至",), ("是否持有技能等级证书",)),
        ("mine", "mine_name", "area_name", "name", "id_no", "at_post", "trained_on", "valid_until",
         "skilled"),
    )  # fmt: skip
    register = Register(form.feed, [])
    people = [who(world, person) for person in natives(world)]
    for turn, span in enumerate(quarterly(world)):
        rows = [row for mine in range(mines) for row in _mine_rows(people, mine, span, turn)]
        fault = (4, "valid_until", "2025年13月", "DATE_INVALID") if turn == 2 else None
        register.add(write_export(drop, form, span, rows, fault=fault), span, rows)
    return register


def _mine_rows(people: Sequence[Row], mine: int, span: Issue, turn: int) -> Iterator[Row]:
    area = AREAS[AREA_INDEX[_MINING[mine % len(_MINING)]]]
    for n in range(_STAFF):
        trained_on = date(span.ends.year, 1 + n % 10, 8)
        valid_until = date(2023 + (mine + n) % 4, 12, 31)
        yield {
            "mine": f"MK{mine + 1:03d}", "mine_name": f"{area.name}样例煤矿{mine + 1:02d}",
            "area": area.code, "area_name": area.name,
            **people[(mine * _STAFF + n) % len(people)], "is_at_post": n % 12 != 11,
            "at_post": yes(n % 12 != 11),
            "trained_on": trained_on if trained_on <= span.ends and (n + turn) % 9 else None,
            "valid_until": valid_until if n % 13 else None,
            "is_skilled": (n + mine) % 3 == 0, "skilled": yes((n + mine) % 3 == 0),
            "starts": span.starts, "ends": span.ends,
        }  # fmt: skip


def mine_events(register: Register, as_of: date) -> Iterator[Event]:
    for row in over(register, as_of):
        if not row["is_at_post"]:
            continue
        where = {
            "day": row["ends"], "area": row["area"], "unit": row["mine"], "person": row["person"],
            "denominator": 1,
        }  # fmt: skip
        trained, valid = row["trained_on"], row["valid_until"]
        yield Event("M08-1", **where, numerator=int(trained is not None))
        yield Event("M08-2", **where, numerator=int(valid is not None and valid >= row["ends"]))
        yield Event("M08-3", **where, numerator=int(row["is_skilled"]))


def write_apprentices(world: World, drop: Path) -> Register:
    form = Form(
        "hrss/apprentices",
        "企业新型学徒制学徒名册",
        (("统一社会信用代码",), ("企业名称",), ("县（市、区）",), ("所属产业",), ("列入部门",),
         ("姓名",), ("身份证号码",), ("工种",), ("开始日期",)),
        ("uscc", "enterprise_name", "area_name", "industry_word", "department_name", "name",
         "id_no", "occupation", "started_on"),
    )  # fmt: skip
    register = Register(form.feed, [])
    people = [who(world, person) for person in natives(world)]
    for turn, span in enumerate(yearly(world, is_report=False)):
        rows: list[Row] = []
        for place in range(len(_LISTING)):
            # One lists too many once.
            for number in range(3 if (place, turn) == (1, 1) else 1 + (place + turn) % 2):
                rows += _apprentices(people, span, place, number)
        register.add(write_form(drop, form, span, rows, turn=turn), span, rows)
    return register


def _apprentices(people: Sequence[Row], span: Issue, place: int, number: int) -> Iterator[Row]:
    enterprise = place * 10 + number
    area = AREAS[(enterprise * 3 + 1) % 14]
    industry = _LISTED_INDUSTRIES[place]
    for n in range(10 + enterprise % 7):
        yield {
            "uscc": credit_code("91", 520_000 + enterprise),
            "enterprise_name": f"样例学徒制企业{enterprise + 1:02d}有限公司", "area": area.code,
            "area_name": area.name, "industry": industry,
            "industry_word": INDUSTRY_WORDS[industry][0], "department": _LISTING[place],
            "department_name": DEPARTMENT_NAMES[_LISTING[place]],
            **people[(enterprise * 31 + n * 7) % len(people)], "occupation": "白酒酿造工",
            "started_on": span.starts + timedelta(60 + 9 * (n % 20)),
        }  # fmt: skip


def apprentice_events(register: Register, as_of: date) -> Iterator[Event]:
    listed: dict[tuple[str, str, int], date] = {}
    for row in register.rows:
        if row["started_on"] > as_of:
            continue
        day = row["started_on"]
        yield Event(
            "M02-2", day=day, area=row["area"], industry=row["industry"], person=row["person"]
        )
        key = (row["department"], row["uscc"], day.year)
        listed[key] = min(day, listed.get(key, day))
    for (department, _, _), day in listed.items():
        yield Event("M02-1", day=day, unit=department)
