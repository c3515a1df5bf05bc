"""What departments and counties do beside training: postings, reports, surveys, audits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from ingestion.sample_agencies.catalog import INDUSTRY_WORDS
from ingestion.sample_agencies.registers.forms import (
    COUNTIES,
    DEPARTMENT_NAMES,
    Form,
    Register,
    Row,
    over,
    quarterly,
    write_form,
    year_to_date,
    yearly,
)
from ingestion.sample_agencies.tallies import (
    DEMAND_DEPARTMENTS,
    INDUSTRY_DEPARTMENTS,
    Event,
)
from ingestion.sample_agencies.world import World


def write_demands(world: World, drop: Path) -> Register:
    form = Form(
        "department/talent_demands",
        "产业人才供需信息季度报表",
        (("信息类型",), ("信息名称",), ("所属产业",), ("需求", "人数"), ("发布日期",)),
        ("kind_word", "title", "industry_word", "demanded", "day"),
    )
    register = Register(form.feed, [])
    words = {"posting": "供需信息", "forecast": "供需预测", "outlook": "培养规划"}
    departments = sorted({*DEMAND_DEPARTMENTS, *INDUSTRY_DEPARTMENTS})
    for turn, span in enumerate(quarterly(world)):
        for n, department in enumerate(departments):
            kinds = []
            if department in DEMAND_DEPARTMENTS and (n + turn) % 6 != 5:
                kinds.append("posting")
            if department in INDUSTRY_DEPARTMENTS and span.starts.month == 1:
                kinds += ["forecast", "outlook"] if n % 5 + turn // 4 > 1 else ["forecast"]
            rows: list[Row] = [
                {
                    "kind": kind, "kind_word": words[kind], "title": f"{span.word}{words[kind]}",
                    "industry_word": INDUSTRY_WORDS["equipment"][0], "demanded": 20 + 5 * n,
                    "day": span.starts + timedelta(days=30 + n), "ends": span.ends,
                    "department": department,
                }
                for kind in kinds
            ]  # fmt: skip
            if rows:
                name = DEPARTMENT_NAMES[department]
                told = write_form(drop, form, span, rows, turn=turn + n, unit=name)
                register.add(told, span, rows)
    return register


def demand_events(register: Register, as_of: date) -> Iterator[Event]:
    foreseen: dict[tuple[str, int], dict[str, date]] = {}
    for row in over(register, as_of):
        if row["kind"] == "posting":
            yield Event("M08-6", day=row["day"], unit=row["department"], industry="equipment")
        else:
            told = foreseen.setdefault((row["department"], row["day"].year), {})
            told[row["kind"]] = row["day"]
    for (department, _), told in foreseen.items():
        if len(told) == 2:
            yield Event("M01-6", day=max(told.values()), unit=department)


def write_special_reports(world: World, drop: Path) -> Register:
    form = Form(
        "department/special_reports",
        "专题汇报台账",
        (("汇报编号",), ("汇报主题",), ("应报日期",), ("报送日期",)),
        ("no", "title", "due_on", "filed_on"),
    )
    register = Register(form.feed, [])
    ends = [span.ends for span in quarterly(world)]
    for turn, span in enumerate(yearly(world, is_report=False)):
        for n, (department, name) in enumerate(sorted(DEPARTMENT_NAMES.items())):
            rows: list[Row] = []
            for place, due in enumerate(day for day in ends if day.year == span.starts.year):
                late = (n + place + turn) % 11
                filed = None if late == 10 else due + timedelta(days=4 if late == 9 else -6)
                rows.append(
                    {
                        "no": f"HB{span.starts.year}{place + 1}",
                        "title": f"样例专题汇报{place + 1}",
                        "due_on": due,
                        "filed_on": filed,
                        "department": department,
                    }
                )
            if rows:
                told = write_form(drop, form, span, rows, turn=turn + n, unit=name)
                register.add(told, span, rows)
    return register


def report_events(register: Register, as_of: date) -> Iterator[Event]:
    for row in register.rows:
        if row["due_on"] <= as_of:
            filed = row["filed_on"]
            yield Event(
                "M21-1", day=row["due_on"], unit=row["department"],
                numerator=int(filed is not None and filed <= row["due_on"]), denominator=1,
            )  # fmt: skip


_COUNTY_KINDS: Final = {
    "integrity": "廉政警示教育", "rules": "定点机构进退机制",
    "audit": "年度审计", "publicity": "宣传活动", "item": "宣传稿件", "model_case": "典型案例",
    "base_application": "公共实训基地申报",
}  # fmt: skip


def write_work_ledgers(world: World, drop: Path) -> Register:
    form = Form(
        "county/work_ledgers",
        "培训工作台账",
        (("事项编号",), ("事项类型",), ("事项名称",), ("完成日期",), ("佐证文号",)),
        ("no", "kind_word", "title", "day", "document"),
    )
    register = Register(form.feed, [])
    for turn, span in enumerate(year_to_date(world)):
        year = span.starts.year
        for n, area in enumerate(COUNTIES):
            planned: list[tuple[str, date]] = [("publicity", date(year, 3 + n % 3, 8))]
            planned += [("item", date(year, month, 11)) for month in range(1 + n % 3, 13, 3)]
            if (n + turn) % 9 != 8:
                planned.append(("integrity", date(year, 5 + n % 6, 16)))
            if n % 3 == turn:
                planned.append(("rules", date(year, 4, 1 + n)))
            if (n + 2 * turn) % 8 != 7:
                planned.append(("audit", date(year, 9 + n % 3, 25)))
            if n % 5 == turn:
                planned.append(("model_case", date(year, 6, 2 + n)))
            if (n + turn) % 6 == 0:
                planned.append(("base_application", date(year, 7, 1 + n)))
            rows: list[Row] = [
                {
                    "no": f"GZ{place + 1:03d}", "kind": kind, "kind_word": _COUNTY_KINDS[kind],
                    "title": f"样例{_COUNTY_KINDS[kind]}", "day": day, "area": area.code,
                    "document": f"样例〔{year}〕{place + 1}号",
                }
                for place, (kind, day) in enumerate(planned)
                if day <= world.last_day
            ]  # fmt: skip
            told = write_form(drop, form, span, rows, turn=turn + n, unit=area.name)
            register.add(told, span, rows)
    return register


_COUNTY_INDICATORS: Final = {
    "integrity": "M13-4", "audit": "M22-2", "base_application": "M16-5",
}  # fmt: skip


def county_events(register: Register, as_of: date) -> Iterator[Event]:
    for row in register.rows:
        if row["day"] > as_of:
            continue
        where = {"day": row["day"], "area": row["area"]}
        if row["kind"] in _COUNTY_INDICATORS:
            yield Event(_COUNTY_INDICATORS[row["kind"]], **where)
        if row["kind"] in ("publicity", "item", "model_case"):
            yield Event("M23-1", **where)
            yield Event("M23-1", **where, item=row["kind"])
        if row["kind"] == "rules":
            for year in range(row["day"].year, as_of.year + 1):
                last = min(date(year, 12, 31), as_of)
                yield Event("M13-5", day=last, area=row["area"])


def write_surveys(world: World, drop: Path) -> Register:
    form = Form(
        "county/willingness_surveys",
        "劳动力培训就业意愿摸排台账",
        (("摸排编号",), ("摸排名称",), ("完成日期",), ("覆盖乡镇数",), ("摸排人数",),
         ("意愿人数", "培训"), ("意愿人数", "就业"), ("意向工种",)),
        ("no", "name", "day", "townships", "asked", "willing", "seeking", "wanted"),
    )  # fmt: skip
    register = Register(form.feed, [])
    for turn, span in enumerate(year_to_date(world)):
        year = span.starts.year
        for n, area in enumerate(COUNTIES):
            days = [date(year, 2 + n % 5, 20)] if (n + turn) % 7 != 6 else []
            days += [date(year, 10, 9 + n)] if n % 4 == turn else []
            rows: list[Row] = [
                {
                    "no": f"MP{place + 1:02d}", "name": f"样例第{place + 1}次摸排", "day": day,
                    "area": area.code, "townships": 6 + n, "asked": 400 + 37 * n + 11 * place,
                    "willing": 90 + 13 * n + 7 * turn, "seeking": 60 + 5 * n,
                    "wanted": "电工、养老护理" if n % 2 else "白酒酿造",
                }
                for place, day in enumerate(days)
                if day <= world.last_day
            ]  # fmt: skip
            if rows:
                vague = (len(rows) - 1, "asked", "约500", "NUMBER_APPROXIMATE")
                told = write_form(
                    drop, form, span, rows, turn=turn + n, unit=area.name,
                    fault=vague if (n, turn) == (4, 0) else None,
                )  # fmt: skip
                register.add(told, span, rows)
    return register


def survey_events(register: Register, as_of: date) -> Iterator[Event]:
    for row in register.rows:
        if row["day"] <= as_of and not row.get("is_lost"):
            where = {"day": row["day"], "area": row["area"]}
            yield Event("M11-3", **where)
            yield Event(
                "M11-3-willing", **where, numerator=row["willing"], denominator=row["asked"]
            )


#: department, whom it trains, in its own word
_FEDERATIONS: Final = (
    ("trade_union", "职工"), ("womens_federation", "妇女"), ("disabled_federation", "残疾人"),
)  # fmt: skip


def write_federation_classes(world: World, drop: Path) -> Register:
    form = Form(
        "department/federation_classes",
        "群团组织培训班台账",
        (("序号",), ("培训班名称",), ("县市区",), ("培训对象",), ("培训内容",),
         ("培训时间", "起"), ("培训时间", "止"), ("人数", "参训"), ("人数", "结业")),
        ("no", "name", "area_name", "audience", "taught", "started_on", "day", "trained",
         "completed"),
    )  # fmt: skip
    register = Register(form.feed, [])
    for turn, span in enumerate(year_to_date(world)):
        year = span.starts.year
        for n, (department, audience) in enumerate(_FEDERATIONS):
            name = DEPARTMENT_NAMES[department]
            rows: list[Row] = [
                {
                    "no": place + 1, "name": f"样例{audience}培训班第{place + 1}期",
                    "department": department, "area": area.code, "area_name": area.name,
                    "audience": audience, "taught": ("电工", "家政服务员", "育婴员")[place % 3],
                    "started_on": day - timedelta(days=9), "day": day, "trained": 30 + place,
                    "completed": 28 + place - n,
                }
                for place, month in enumerate(range(2 + n, 13, 2))
                for area in [COUNTIES[(n * 5 + place * 4 + turn) % len(COUNTIES)]]
                if (day := date(year, month, 12 + n)) <= world.last_day
            ]  # fmt: skip
            if rows:
                vague = (0, "completed", "约30", "NUMBER_APPROXIMATE")
                told = write_form(
                    drop, form, span, rows, turn=turn + n, unit=name,
                    fault=vague if (n, turn) == (1, 0) else None,
                )  # fmt: skip
                register.add(told, span, rows)
    return register


def federation_events(register: Register, as_of: date) -> Iterator[Event]:
    for row in register.rows:
        if row["day"] <= as_of and not row.get("is_lost"):
            yield Event(
                "M01-3-federations", row["day"], row["area"], unit=row["department"],
                numerator=row["completed"],
            )  # fmt: skip
