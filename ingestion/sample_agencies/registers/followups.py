"""What is followed after trainings: work found, people who came back, hires, accounts, findings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from ingestion.sample_agencies.catalog import AREAS
from ingestion.sample_agencies.people import credit_code
from ingestion.sample_agencies.platform import class_numbers
from ingestion.sample_agencies.registers.forms import (
    COUNTIES,
    Form,
    Register,
    Row,
    finished_within,
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

_POPULATIONS: Final = (
    ("graduates", "离校未就业高校毕业生"), ("lifted_from_poverty", "脱贫未就业劳动力"),
    ("relocated", "易地搬迁未就业劳动力"), ("hard_to_employ", "就业困难劳动力"),
)  # fmt: skip
_EMPLOYMENT: Final = timedelta(days=180)
_RULES: Final = ("R04", "R11", "R23", "R37")


# --- work found -------------------------------------------------------------------------------


def write_outcomes(world: World, drop: Path) -> Register:
    form = Form(
        "hrss/employment_outcomes",
        "重点群体培训后就业跟踪表",
        (("培训班编号",), ("姓名",), ("身份证号码",), ("重点群体类别",), ("县（市、区）",),
         ("结业日期",), ("就业日期",)),
        ("class_no", "name", "id_no", "population_word", "area_name", "completed_on",
         "employed_on"),
    )  # fmt: skip
    register = Register(form.feed, [])
    people, numbers, courses = natives(world), class_numbers(world), world.courses
    for turn, span in enumerate(quarterly(world)):
        rows: list[Row] = []
        for place, n in enumerate(finished_within(world, span)[::2]):
            area, completed_on = AREAS[int(courses.area[n])], courses.ended_on[n].astype(object)
            for k in range(5):
                population, word = _POPULATIONS[(place + k) % 4]
                days = (place * 17 + k * 41) % 260
                rows.append(
                    {
                        **who(world, people[(n * 5 + k) % len(people)]),
                        "class_no": str(numbers[n]), "population": population,
                        "population_word": word, "area": area.code, "area_name": area.name,
                        "completed_on": completed_on,
                        # Some found work too late, some none.
                        "employed_on": (
                            completed_on + timedelta(days) if (place + k) % 6 else None
                        ),
                        "starts": span.starts, "ends": span.ends,
                    }
                )  # fmt: skip
        if rows:
            fault = (1, "completed_on", "2024-02-30", "DATE_INVALID") if turn == 1 else None
            register.add(write_export(drop, form, span, rows, fault=fault), span, rows)
    return register


def outcome_events(register: Register, as_of: date) -> Iterator[Event]:
    for row in over(register, as_of):
        completed_on, employed_on = row["completed_on"], row["employed_on"]
        due = completed_on + _EMPLOYMENT
        is_in_time = employed_on is not None and employed_on <= min(due, as_of)
        if is_in_time or due <= as_of:
            for item in ("all", row["population"]):
                yield Event(
                    "M07-4", day=completed_on, area=row["area"], item=item,
                    person=row["person"], numerator=int(is_in_time), denominator=1,
                )  # fmt: skip


# --- people who came back ---------------------------------------------------------------------


def write_migrants(world: World, drop: Path) -> Register:
    form = Form(
        "agriculture/returning_migrants",
        "返乡农民工动态监测名册",
        (("姓名",), ("身份证号码",), ("县（市、区）",), ("返乡日期",), ("在册",)),
        ("name", "id_no", "area_name", "returned_on", "monitored"),
    )
    register = Register(form.feed, [])
    people = natives(world)[: max(60, round(600 * min(world.factor, 1.0)))]
    for turn, span in enumerate(quarterly(world)):
        rows: list[Row] = [
            {
                **who(world, person), "area": COUNTIES[n % len(COUNTIES)].code,
                "area_name": COUNTIES[n % len(COUNTIES)].name,
                "returned_on": date(2022, 1 + n % 12, 3),
                "is_monitored": (n + turn) % 10 != 0, "monitored": yes((n + turn) % 10 != 0),
                "starts": span.starts, "ends": span.ends,
            }
            for n, person in enumerate(people)
            if n % 4 <= turn
        ]  # fmt: skip
        register.add(write_form(drop, form, span, rows, turn=turn), span, rows)
    return register


def migrant_events(register: Register, as_of: date) -> Iterator[Event]:
    for row in over(register, as_of):
        if row["is_monitored"]:
            yield Event("M07-5", day=row["ends"], area=row["area"], person=row["person"])


# --- hires both ways --------------------------------------------------------------------------


def write_hires(world: World, drop: Path) -> Register:
    form = Form(
        "education/mutual_hires",
        "校企人员互聘台账",
        (("聘用编号",), ("学校名称",), ("企业名称",), ("聘用方向",), ("姓名",), ("身份证号码",),
         ("县（市、区）",), ("起聘日期",)),
        ("no", "school", "enterprise", "direction", "name", "id_no", "area_name", "started_on"),
    )  # fmt: skip
    register = Register(form.feed, [])
    people = natives(world)
    for turn, span in enumerate(yearly(world, is_report=False)):
        rows: list[Row] = [
            {
                **who(world, people[(n * 11 + turn) % len(people)]),
                "no": f"HP{span.starts.year}{n + 1:04d}", "school": f"样例职业学校{n % 7 + 1:02d}",
                "enterprise": f"样例企业{n + 1:03d}有限公司",
                "direction": ("企业人员到校任教", "教师到企业任职")[n % 3 == 2],
                "area": COUNTIES[n % len(COUNTIES)].code,
                "area_name": COUNTIES[n % len(COUNTIES)].name,
                "started_on": span.starts + timedelta(days=40 + n * 5),
            }
            for n in range(40 + 6 * turn)
        ]  # fmt: skip
        register.add(write_form(drop, form, span, rows, turn=turn), span, rows)
    return register


def hire_events(register: Register, as_of: date) -> Iterator[Event]:
    for row in register.rows:
        if row["started_on"] <= as_of:
            yield Event("M12-6", day=row["started_on"], area=row["area"], person=row["person"])


# --- accounts ---------------------------------------------------------------------------------


def write_accounts(world: World, drop: Path) -> Register:
    form = Form(
        "civil_affairs/institution_finances",
        "民办培训机构年度收支情况表",
        (("统一社会信用代码",), ("机构名称",), ("县（市、区）",), ("收支结余",), ("设备再投入",)),
        ("uscc", "name", "area_name", "surplus_wan", "reinvested_wan"),
        unit_row="单位：万元",
    )
    register = Register(form.feed, [])
    institutions = world.institutions
    private = [n for n in range(len(institutions)) if str(institutions.kind[n]).startswith("民办")]
    for turn, span in enumerate(yearly(world, is_report=True)):
        rows: list[Row] = []
        for place, n in enumerate(private):
            area = AREAS[int(institutions.area[n])]
            surplus = 2 + (place * 3 + turn) % 25
            reinvested = surplus * ((place + turn) % 5) // 8
            rows.append(
                {
                    "uscc": str(institutions.credit_code[n]), "name": str(institutions.name[n]),
                    "area": area.code, "area_name": area.name, "surplus_wan": surplus,
                    "reinvested_wan": reinvested, "starts": span.starts, "ends": span.ends,
                }
            )  # fmt: skip
        register.add(write_form(drop, form, span, rows, turn=turn), span, rows)
    return register


def account_events(register: Register, as_of: date) -> Iterator[Event]:
    for row in over(register, as_of):
        yield Event(
            "M04-4", day=row["ends"], area=row["area"], unit=row["uscc"],
            numerator=row["reinvested_wan"] * 10_000, denominator=row["surplus_wan"] * 10_000,
        )  # fmt: skip


# --- findings ---------------------------------------------------------------------------------


def write_findings(world: World, drop: Path) -> Register:
    form = Form(
        "audit/integrity_findings",
        "培训资金风险线索台账",
        (("线索编号",), ("县（市、区）",), ("统一社会信用代码",), ("疑点规则",), ("发现日期",),
         ("办结日期",), ("涉及金额",), ("追回金额",)),
        ("no", "area_name", "uscc", "rule", "found_on", "closed_on", "at_risk", "recovered"),
        unit_row="单位：元",
    )  # fmt: skip
    register = Register(form.feed, [])
    for turn, span in enumerate(yearly(world, is_report=False)):
        last = min(span.ends, world.last_day)
        rows: list[Row] = []
        for n in range(18 + 4 * turn):
            found_on = span.starts + timedelta(days=11 + n * 13)
            if found_on > last:
                break
            closed_on = found_on + timedelta(days=25 + n * 7 % 120) if n % 4 != 3 else None
            is_closed = closed_on is not None and closed_on <= last
            at_risk = 4_000 + n * 1_300
            rows.append(
                {
                    "no": f"XS{span.starts.year}{n + 1:03d}", "area": COUNTIES[n % 15].code,
                    "area_name": COUNTIES[n % 15].name, "uscc": credit_code("52", n + 1),
                    "rule": _RULES[n % 4], "found_on": found_on,
                    "closed_on": closed_on if is_closed else None, "at_risk": at_risk,
                    "recovered": at_risk // 2 if is_closed else None,
                }
            )  # fmt: skip
        register.add(write_form(drop, form, span, rows, turn=turn), span, rows)
    return register


def finding_events(register: Register, as_of: date) -> Iterator[Event]:
    for row in register.rows:
        if row["found_on"] > as_of:
            continue
        where = {"area": row["area"]}
        yield Event("M22-4", day=row["found_on"], item="opened", **where)
        yield Event("M22-4", day=row["found_on"], item="at_risk", numerator=row["at_risk"], **where)
        if row["closed_on"] is not None and row["closed_on"] <= as_of:
            yield Event("M22-4", day=row["closed_on"], item="closed", **where)
            yield Event(
                "M22-4", day=row["closed_on"], item="recovered", numerator=row["recovered"], **where
            )


# --- two certificates from one training -------------------------------------------------------


def write_dual_certificates(world: World, drop: Path) -> Register:
    form = Form(
        "emergency/dual_certificates",
        "“一培双考”取证人员名册",
        (("培训班编号",), ("姓名",), ("身份证号码",), ("县（市、区）",), ("操作证发证日期",),
         ("等级证书发证日期",)),
        ("class_no", "name", "id_no", "area_name", "special_on", "skill_on"),
    )  # fmt: skip
    register = Register(form.feed, [])
    people, numbers = natives(world), class_numbers(world)
    for turn, span in enumerate(yearly(world, is_report=False)):
        last = min(span.ends, world.last_day)
        rows: list[Row] = []
        for n in range(50 + 10 * turn):
            special_on = span.starts + timedelta(days=50 + n * 4)
            skill_on = special_on + timedelta(days=n % 30) if n % 5 != 4 else None
            if special_on > last:
                break
            area = COUNTIES[n % len(COUNTIES)]
            rows.append(
                {
                    **who(world, people[(n * 3 + turn) % len(people)]),
                    "class_no": str(numbers[n % len(numbers)]), "area": area.code,
                    "area_name": area.name, "special_on": special_on,
                    "skill_on": skill_on if skill_on is not None and skill_on <= last else None,
                }
            )  # fmt: skip
        register.add(write_form(drop, form, span, rows, turn=turn), span, rows)
    return register


def dual_certificate_events(register: Register, as_of: date) -> Iterator[Event]:
    for row in register.rows:
        if row["skill_on"] is not None and row["skill_on"] <= as_of:
            yield Event("M01-5", day=row["skill_on"], area=row["area"], person=row["person"])
