"""Vocational and technical schools, and their partnerships."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

from ingestion.sample_agencies.registers.forms import (
    COUNTIES,
    NAMES,
    Form,
    Register,
    Row,
    over,
    province_code,
    write_form,
    yearly,
    yes,
)
from ingestion.sample_agencies.tallies import Event
from ingestion.sample_agencies.world import World

#: name, area, whether technical, students at first, growth a year
_SCHOOLS: Final = (
    ("贵州航天技师学院", "520303", True, 4_200, 260),
    ("遵义技师学院", "520302", True, 5_100, 140),
    ("正安县技工学校", "520324", True, 900, 120),
    ("遵义市技工学校", "520302", True, 2_300, -40),
    ("样例仁怀职业学校", "520382", False, 3_000, 90),
    ("样例湄潭职业学校", "520328", False, 2_600, 30),
    ("样例桐梓职业学校", "520322", False, 2_200, -60),
    ("样例播州职业学校", "520304", False, 3_400, 70),
)


def write_schools(world: World, drop: Path) -> Register:
    form = Form(
        "education/schools",
        "职业院校（含技工院校）年度基本情况表",
        (("学校代码",), ("学校名称",), ("县（市、区）",), ("办学类型",), ("在校生数",),
         ("培训人次",), ("教师", "总数"), ("教师", "双师型"), ("双认证毕业生数",),
         ("双证书学生数",), ("补贴收入",), ("劳动报酬",), ("高级工班预备技师班人数",),
         ("实训工位数",)),
        ("code", "name", "area_name", "kind", "students", "trained", "teachers", "dual", "diplomas",
         "certificates", "subsidy", "paid", "senior", "places"),
        unit_row="单位：元",
    )  # fmt: skip
    register = Register(form.feed, [])
    for turn, span in enumerate(yearly(world, is_report=True)):
        rows: list[Row] = []
        for n, (name, area, is_technical, students, growth) in enumerate(_SCHOOLS):
            now = students + growth * turn
            subsidy = 200_000 + 30_000 * n
            rows.append(
                {
                    "code": f"XX{n + 1:03d}", "name": name, "area": area, "area_name": NAMES[area],
                    "kind": "技工院校" if is_technical else "职业院校", "students": now,
                    "is_technical": is_technical,
                    "trained": now * (35 + 6 * n + 5 * turn) // 100, "teachers": now // 16,
                    "dual": now // (30 + n), "diplomas": now // 9 if is_technical else None,
                    "certificates": now // 6, "subsidy": subsidy,
                    "paid": subsidy * (40 + 3 * n) // 100,
                    "senior": now // 4 if is_technical else None, "places": 300 + 40 * n,
                    "starts": span.starts, "ends": span.ends,
                }
            )  # fmt: skip
        register.add(write_form(drop, form, span, rows, turn=turn), span, rows)
    return register


def school_events(register: Register, as_of: date) -> Iterator[Event]:
    rows = list(over(register, as_of))
    before = {(row["code"], row["starts"].year): row for row in rows}
    for row in rows:
        where = {"day": row["starts"], "area": row["area"], "unit": row["code"]}
        yield Event("M03-1", **where, numerator=row["trained"], denominator=row["students"])
        yield Event("M03-2", **where, numerator=row["paid"], denominator=row["subsidy"])
        if row["is_technical"]:
            yield Event("M03-5", **where, numerator=row["diplomas"])
        yield Event("M03-6", **where, numerator=row["dual"], denominator=row["teachers"])
        yield Event("M14-4", **where, numerator=row["certificates"])
        former = before.get((row["code"], row["starts"].year - 1))
        if former and row["name"] == "贵州航天技师学院":
            yield Event("M19-1", **where, numerator=row["senior"], denominator=former["senior"])
        if former and row["name"] == "正安县技工学校":
            yield Event("M19-3", **where, numerator=row["students"], denominator=former["students"])
        if row["name"] == "遵义技师学院":
            for item in ("students", "teachers", "places"):
                yield Event("M19-2", **where, item=item, numerator=row[item])


def write_partnerships(world: World, drop: Path) -> Register:
    form = Form(
        "education/partnerships",
        "校企校校合作台账",
        (("合作编号",), ("学校名称",), ("县（市、区）",), ("合作单位",), ("合作方类型",), ("省份",),
         ("协议期限", "起"), ("协议期限", "止"), ("共建实训基地",)),
        ("no", "school", "area_name", "partner", "kind", "province", "signed_on", "ended_on",
         "base"),
    )  # fmt: skip
    register = Register(form.feed, [])
    for turn, span in enumerate(yearly(world, is_report=False)):
        rows: list[Row] = []
        for n, area in enumerate(COUNTIES[: 8 + 3 * turn]):
            rows.append(
                {
                    "school": f"样例{area.name}职业学校", "area": area.code,
                    "partner": f"样例合作企业{n + 1}", "kind": "企业",
                    "province": ("广东省", "贵州", "浙江", "江苏省")[n % 4],
                    "signed_on": date(2022 + n % 4, 1 + n % 12, 10),
                    "ended_on": date(2023 + n % 4, 1 + n % 12, 9) if n % 6 == 5 else None,
                    "has_base": n % 4 != 1,
                }
            )  # fmt: skip
        for name, area_code, year in (
            ("正安县技工学校", "520324", 2023), ("遵义市技工学校", "520302", 2024)
        ):  # fmt: skip
            rows.append(
                {
                    "school": name,
                    "area": area_code,
                    "partner": "珠海技师学院",
                    "kind": "学校",
                    "province": "广东",
                    "signed_on": date(year, 5, 8),
                    "ended_on": None,
                    "has_base": True,
                }
            )
        for n, row in enumerate(rows):
            row |= {
                "no": f"HZ{n + 1:03d}", "area_name": NAMES[row["area"]],
                "base": yes(row["has_base"]), "starts": span.starts, "ends": span.ends,
            }  # fmt: skip
        register.add(write_form(drop, form, span, rows, turn=turn), span, rows)
    return register


def partnership_events(register: Register, as_of: date) -> Iterator[Event]:
    for row in register.rows:
        is_ended = row["ended_on"] is not None and row["ended_on"] <= as_of
        if row["starts"] > as_of or row["signed_on"] > as_of or is_ended:
            continue
        where = {"day": row["starts"], "area": row["area"]}
        if row["kind"] == "企业":
            yield Event("M03-3", **where)
        if row["partner"] == "珠海技师学院":
            item = {"正安县技工学校": "zhengan_zhuhai", "遵义市技工学校": "zunyi_zhuhai"}
            yield Event("M03-4", **where, item=item[row["school"]])
        if row["has_base"] and province_code(row["province"]):
            yield Event("M18-3", **where)
