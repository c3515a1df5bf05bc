"""Registers with a row per person: direct subsidies, instructors, trainings of teachers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import numpy as np

from ingestion.sample_agencies.catalog import AREAS
from ingestion.sample_agencies.people import random_stream
from ingestion.sample_agencies.registers.forms import (
    COUNTIES,
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

_KIND_WORDS: Final = ("职业技能等级证书", "职业资格证书", "特种作业操作证书")


def natives(world: World) -> list[int]:
    """People with a resident ID, in an order of their own."""
    has_id = np.array([number[0] == "5" for number in world.people.id_no], dtype=bool)
    order: list[int] = (
        random_stream(world.seed, "registers").permutation(np.flatnonzero(has_id)).tolist()
    )
    return order


def who(world: World, person: int) -> Row:
    return {
        "person": person, "name": str(world.people.name[person]),
        "id_no": str(world.people.id_no[person]),
    }  # fmt: skip


# --- direct subsidies -------------------------------------------------------------------------


def write_direct_subsidies(world: World, drop: Path) -> Register:
    form = Form(
        "hrss/direct_subsidies",
        "证书直补申请台账",
        (("申请编号",), ("姓名",), ("身份证号码",), ("县（市、区）",), ("证书类别",), ("工种",),
         ("申请日期",), ("审核日期",), ("拨付日期",), ("补贴金额",)),
        ("no", "name", "id_no", "area_name", "kind_word", "occupation", "applied_on", "approved_on",
         "paid_on", "amount"),
        unit_row="单位：元",
    )  # fmt: skip
    register = Register(form.feed, [])
    people = natives(world)
    for turn, issue in enumerate(quarterly(world)):
        rows: list[Row] = []
        for n in range(max(20, round(120 * min(world.factor, 1.0)))):
            # some people apply twice
            person = people[(turn * 17 + n - int(n % 9 == 8)) % len(people)]
            area = COUNTIES[n * 11 % len(COUNTIES)]
            applied = issue.starts + timedelta(days=n % 60)
            days = 8 + (n * 7 + turn) % 25
            is_approved = n % 8 != 7
            rows.append(
                {
                    **who(world, person), "no": f"ZB{issue.starts:%Y%m}{n + 1:04d}",
                    "area": area.code, "area_name": area.name, "kind_word": _KIND_WORDS[n % 3],
                    "occupation": "电工", "applied_on": applied,
                    "approved_on": applied + timedelta(days=days // 2) if is_approved else None,
                    "paid_on": applied + timedelta(days=days) if is_approved else None,
                    "amount": 1000 + 500 * (n % 3), "ends": issue.ends,
                }
            )  # fmt: skip
        fault = (5, "id_no", "529999198803150021", "ID_BAD_CHECK_DIGIT") if turn == 2 else None
        told = write_form(drop, form, issue, rows, turn=turn, fault=fault)
        register.add(told, issue, rows)
    return register


def direct_subsidy_events(register: Register, as_of: date) -> Iterator[Event]:
    for row in over(register, as_of):
        if row["approved_on"] and row["approved_on"] <= as_of:
            where = {"day": row["approved_on"], "area": row["area"]}
            yield Event("M09-1", **where, item="applications")
            yield Event("M09-1", **where, item="granted", numerator=row["amount"])
            yield Event("M09-1-persons", **where, person=row["person"])
        if row["paid_on"] and row["paid_on"] <= as_of:
            days = (row["paid_on"] - row["applied_on"]).days
            for item in ("median", "p90"):
                yield Event(
                    "M09-2", day=row["paid_on"], area=row["area"], item=item, numerator=days
                )


# --- instructors ------------------------------------------------------------------------------


def write_instructors(world: World, drop: Path) -> Register:
    """Four teachers and a manager for each institution; part-timers teach at several."""
    form = Form(
        "hrss/instructors",
        "培训机构教师季度名册",
        (("姓名",), ("身份证号码",), ("统一社会信用代码",), ("培训机构",), ("县（市、区）",),
         ("民办",), ("岗位类别",), ("专兼职",), ("资格有效期",)),
        ("name", "id_no", "uscc", "institution", "area_name", "private", "role_word", "employed",
         "qualified_until"),
    )  # fmt: skip
    register = Register(form.feed, [])
    institutions = world.institutions
    people = natives(world)
    for turn, issue in enumerate(quarterly(world)):
        rows: list[Row] = []
        for n in range(len(institutions)):
            area = AREAS[int(institutions.area[n])]
            is_private = str(institutions.kind[n]).startswith("民办")
            for place in range(5):
                is_teacher = place < 4
                # in a fourth of the institutions nobody teaches full time
                is_full = not is_teacher or (place < 2 and n % 4 != 3)
                shared = n // (3 if turn < 6 else 5)
                own = n * 5 + place
                # part-timers are taken from the other end, so that nobody is both
                at_place = own if is_full or place < 2 else -1 - shared * 4 - place
                person = people[at_place % len(people)]
                rows.append(
                    {
                        **who(world, person),
                        "uscc": str(institutions.credit_code[n]),
                        "institution": str(institutions.name[n]), "area": area.code,
                        "area_name": area.name, "is_private": is_private,
                        "private": yes(is_private), "is_teacher": is_teacher,
                        "role_word": "教师" if is_teacher else "管理人员", "is_full": is_full,
                        "employed": "专职" if is_full else "兼职",
                        "qualified_until": (
                            date(2024 + (n + place) % 4, 6, 30) if (n + place) % 13 else None
                        ),
                        "ends": issue.ends,
                    }
                )  # fmt: skip
        register.add(write_form(drop, form, issue, rows, turn=turn), issue, rows)
    return register


def instructor_events(register: Register, as_of: date) -> Iterator[Event]:
    at: dict[tuple[int, date], set[str]] = defaultdict(set)
    for row in over(register, as_of):
        where = {"day": row["ends"], "area": row["area"]}
        if row["is_private"]:
            yield Event("M12-5", day=row["ends"], numerator=0, denominator=1, person=row["person"])
        if not row["is_teacher"]:
            continue
        if row["is_private"]:
            yield Event(
                "M12-1", **where, unit=row["uscc"], numerator=int(row["is_full"]), denominator=1
            )
        until = row["qualified_until"]
        yield Event(
            "M12-4", **where, unit=row["uscc"] if row["is_private"] else "none", denominator=1,
            person=row["person"],
            numerator=int(until is not None and until >= row["ends"]),
        )  # fmt: skip
        if not row["is_full"]:
            at[row["person"], row["ends"]].add(row["uscc"])
    for person, ends in at:
        taught: set[str] = set()
        for (other, day), places in at.items():
            if other == person and day.year == ends.year and day <= ends:
                taught |= places
        yield Event("M12-2", day=ends, numerator=len(taught), person=person)


# --- trainings of teachers --------------------------------------------------------------------

_TRAINING_WORDS: Final = {
    "backbone": "骨干师资培训", "rotation": "轮训", "supervisor": "外督人员培训",
}  # fmt: skip


def write_teacher_trainings(world: World, drop: Path, instructors: Register) -> Register:
    form = Form(
        "hrss/teacher_trainings",
        "师资和外督人员培训台账",
        (("培训班编号",), ("培训类别",), ("姓名",), ("身份证号码",), ("机构代码",),
         ("培训时间", "起"), ("培训时间", "止")),
        ("no", "kind_word", "name", "id_no", "uscc", "started_on", "ended_on"),
    )  # fmt: skip
    register = Register(form.feed, [])
    for turn, issue in enumerate(yearly(world, is_report=False)):
        year = issue.starts.year
        roll = {
            row["person"]: row
            for row in instructors.rows
            if row["ends"] == date(year, 3, 31) and row["is_private"]
        }
        rows: list[Row] = []
        for n, teacher in enumerate(roll.values()):
            kinds = ["rotation"] if n % 3 != 2 else []
            if turn and n % 7 == 0:
                kinds.append("backbone")
            if n % 11 == turn:
                kinds.append("supervisor")
            for kind in kinds:
                ended = date(year, {"backbone": 5, "rotation": 6, "supervisor": 4}[kind], 28)
                rows.append(
                    {
                        **{name: teacher[name] for name in ("person", "name", "id_no", "uscc")},
                        "no": f"SZ{year}{kind[:2].upper()}", "kind": kind,
                        "kind_word": _TRAINING_WORDS[kind],
                        "started_on": ended - timedelta(days=4), "ended_on": ended,
                    }
                )  # fmt: skip
        rows = [row for row in rows if row["ended_on"] <= world.last_day]
        if rows:
            register.add(write_form(drop, form, issue, rows, turn=turn), issue, rows)
    return register


def teacher_training_events(register: Register, as_of: date) -> Iterator[Event]:
    classes = {}
    for row in register.rows:
        if row["ended_on"] > as_of:
            continue
        if row["kind"] == "backbone":
            classes[row["no"]] = row["ended_on"]
        if row["kind"] == "rotation":
            yield Event("M12-5", day=row["ended_on"], person=row["person"])
        if row["kind"] == "supervisor":
            yield Event("M14-2", day=row["ended_on"], person=row["person"])
    for ended_on in classes.values():
        yield Event("M12-3", day=ended_on)
