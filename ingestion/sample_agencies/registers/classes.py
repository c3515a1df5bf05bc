"""What is filed of classes: the six checks before they open, and the archive that they leave."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import numpy as np

from ingestion.sample_agencies.catalog import AREAS, INDUSTRY_WORDS, OCCUPATIONS
from ingestion.sample_agencies.people import credit_code
from ingestion.sample_agencies.platform import class_numbers
from ingestion.sample_agencies.registers.forms import (
    Form,
    Issue,
    Register,
    Row,
    finished_within,
    over,
    quarterly,
    write_form,
    yes,
)
from ingestion.sample_agencies.tallies import KEY_PAIRS, Event
from ingestion.sample_agencies.world import World

#: What has to be approved before a class opens, in the words of the plan.
_ELEMENTS: Final = (
    ("trainees", "培训对象"), ("teachers", "培训师资"), ("venue", "培训场地"),
    ("mode", "培训方式"), ("occupation", "培训工种"), ("course", "培训课程"),
)  # fmt: skip
_DOCUMENTS: Final = 12
#: For whom a class is: people of an enterprise before or at work, or others.
_STAGES: Final = (
    ("pre_post", "岗前"), ("transfer", "转岗"), None, ("in_post", "在岗"), None,
)  # fmt: skip
_SIZES: Final = (("large", "大型"), ("medium", "中型"), ("small", "小型"), ("micro", "微型"))


def write_class_files(world: World, drop: Path, supervision: Register) -> Register:
    form = Form(
        "hrss/class_files",
        "开班审查和培训档案台账",
        (("培训班编号",), ("机构统一社会信用代码",), ("县（市、区）",), ("所属产业",),
         ("政府补贴",), ("订单定岗",), ("培训阶段",), ("服务企业", "信用代码"),
         ("服务企业", "规模"), ("服务企业", "重点企业"), ("结业人数",), ("开班日期",),
         ("结业日期",),
         *(("开班审查", word) for _, word in _ELEMENTS),
         ("档案", "应归档"), ("档案", "已归档")),
        ("class_no", "institution", "area_name", "industry_word", "subsidised", "ordered",
         "stage_word", "enterprise", "size_word", "key", "completed", "started_on",
         "ended_on", *(name for name, _ in _ELEMENTS), "due", "filed"),
    )  # fmt: skip
    register = Register(form.feed, [])
    numbers, contracts = class_numbers(world), _contracts(supervision)
    for turn, span in enumerate(quarterly(world)):
        rows = list(_files(world, numbers, contracts, span, turn))
        if rows:
            register.add(write_form(drop, form, span, rows, turn=turn), span, rows)
    return register


def _contracts(supervision: Register) -> dict[str, tuple[date, date]]:
    """From when until when each institution is selected and in contract."""
    found: dict[str, tuple[date, date]] = {}
    days: dict[tuple[str, str], date] = {}
    for row in supervision.rows:
        if not row.get("is_lost"):
            key = (row["uscc"], row["kind"])
            days[key] = min(row["day"], days.get(key, row["day"]))
    for uscc, kind in days:
        if kind == "contracted" and (uscc, "selected") in days:
            first = max(days[uscc, "selected"], days[uscc, "contracted"])
            found[uscc] = (first, days.get((uscc, "exited"), date.max))
    return found


def _files(
    world: World,
    numbers: np.ndarray,
    contracts: dict[str, tuple[date, date]],
    span: Issue,
    turn: int,
) -> Iterator[Row]:
    courses = world.courses
    ended = courses.ended_on.astype(object)
    for place, n in enumerate(finished_within(world, span)):
        area = AREAS[int(courses.area[n])]
        started_on = courses.started_on[n].astype(object)
        approved: dict[str, date | None] = {
            name: started_on - timedelta(days=3 + (place + k) % 5)
            for k, (name, _) in enumerate(_ELEMENTS)
        }
        # Some are never looked at, some too late.
        if place % 14 == 5:
            approved[_ELEMENTS[place % 6][0]] = None
        if place % 17 == 8:
            approved[_ELEMENTS[place % 6][0]] = started_on + timedelta(days=2)
        institution = str(world.institutions.credit_code[courses.institution[n]])
        first, gone = contracts.get(institution, (date.max, date.max))
        industry = OCCUPATIONS[int(courses.occupation[n])].industry
        stage = _STAGES[place % 5]
        size = _SIZES[place % 4] if stage is not None else None
        is_key = stage is not None and place % 3 != 2
        yield {
            "institution": institution, "is_in_contract": first <= started_on < gone,
            "industry": industry or "none",
            "industry_word": INDUSTRY_WORDS[industry][0] if industry in INDUSTRY_WORDS else None,
            "is_subsidised": bool(courses.is_subsidised[n]),
            "subsidised": yes(bool(courses.is_subsidised[n])),
            "is_ordered": place % 7 == 3, "ordered": yes(place % 7 == 3),
            "stage": stage and stage[0], "stage_word": stage and stage[1],
            "enterprise": credit_code("91", 530_000 + place % 60) if stage else None,
            "size": size and size[0], "size_word": size and size[1],
            "is_key": is_key, "key": yes(is_key), "completed": int(courses.size[n]) - place % 3,
            "class_no": str(numbers[n]), "area": area.code, "area_name": area.name,
            "started_on": started_on, "ended_on": ended[n], **approved,
            "due": _DOCUMENTS, "filed": _DOCUMENTS - (place + turn) % 9 // 7,
            "starts": span.starts, "ends": span.ends,
        }  # fmt: skip


def class_file_events(register: Register, as_of: date) -> Iterator[Event]:
    for row in over(register, as_of):
        approved = [row[name] for name, _ in _ELEMENTS]
        is_open = all(day is not None and day <= row["started_on"] for day in approved)
        yield Event(
            "M11-4", day=row["started_on"], area=row["area"], numerator=int(is_open), denominator=1
        )
        where = {
            "day": row["ended_on"], "area": row["area"], "industry": row["industry"],
            "numerator": row["completed"],
        }  # fmt: skip
        if row["stage"] is not None:
            yield Event("M02-7", **where, item=row["stage"])
        if row["size"] in ("small", "micro"):
            yield Event("M01-7", **where)
        if row["is_ordered"]:
            yield Event("M03-7", **where)
        if row["is_key"] and (row["area"], row["industry"]) in KEY_PAIRS:
            yield Event("M08-7", **where)
        if row["is_subsidised"]:
            yield Event(
                "M11-1", day=row["ended_on"], area=row["area"],
                numerator=int(row["is_in_contract"]), denominator=1,
            )  # fmt: skip
        yield Event(
            "M15-1", day=row["ended_on"], area=row["area"],
            numerator=int(row["filed"] >= row["due"]), denominator=1,
        )  # fmt: skip
