"""What training stands on: funds, brands, bases, question banks, assessments."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from ingestion.sample_agencies.catalog import INDUSTRY_WORDS
from ingestion.sample_agencies.registers.forms import (
    COUNTIES,
    NAMES,
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


def write_evaluations(world: World, drop: Path) -> Register:
    form = Form(
        "finance/performance_evaluations",
        "培训资金绩效评价抽查情况表",
        (("项目编号",), ("项目名称",), ("县（市、区）",), ("项目资金",), ("是否抽查",)),
        ("no", "name", "area_name", "amount", "sampled"),
        unit_row="单位：万元",
    )
    register = Register(form.feed, [])
    for turn, span in enumerate(yearly(world, is_report=True)):
        rows: list[Row] = []
        for n in range(30):
            area = COUNTIES[n % len(COUNTIES)]
            is_sampled = (n + turn) % 5 == 0
            rows.append(
                {
                    "no": f"JX{n + 1:03d}",
                    "name": f"样例培训项目{n + 1}",
                    "area": area.code,
                    "area_name": area.name,
                    "amount": 10 + n,
                    "is_sampled": is_sampled,
                    "sampled": yes(is_sampled),
                    "starts": span.starts,
                    "ends": span.ends,
                }
            )
        register.add(write_form(drop, form, span, rows, turn=turn), span, rows)
    return register


def evaluation_events(register: Register, as_of: date) -> Iterator[Event]:
    for row in over(register, as_of):
        where = {"day": row["starts"], "area": row["area"]}
        sampled, amount = int(row["is_sampled"]), row["amount"] * 10_000
        yield Event("M22-3", **where, item="projects", numerator=sampled, denominator=1)
        yield Event("M22-3", **where, item="amount", numerator=sampled * amount, denominator=amount)


#: code, name, tier, areas
_BRANDS: Final = (
    ("jiudu_jiangren", "酒都酱人", "leading", ("520382", "520330", "520303")),
    ("zhengan_guitar", "正安吉他工匠", "backbone", ("520324",)),
    ("zuncha_technician", "遵茶技师", "backbone", ("520328", "520327", "520329", "520324")),
    ("qianbei_defence", "黔北军工", "growing", ("520303", "520302", "520304", "5203XP")),
    ("qianbei_hongyi", "黔北红姨", "growing", ("520302", "520303")),
    ("zun_housekeeper", "遵管家", "potential", ("520322",)),
    ("guizhou_liquor", "贵州酱酒", "leading", ("520382",)),
    ("guizhou_green_tea", "贵州绿茶", "leading", ("520328",)),
    ("guizhou_defence", "贵州军工", "leading", ("520303",)),
    ("guizhou_technician", "贵州技工", "leading", ("520302",)),
    ("qian_chef", "黔菜师傅", "leading", ("520304",)),
    ("qianling_household", "黔灵家政", "leading", ("520302",)),
    ("qianlv_artisan", "黔旅工匠", "leading", ("520381",)),
)
_TIER_WORDS: Final = {
    "leading": "龙头领军", "backbone": "优势骨干", "growing": "快速成长", "potential": "潜力",
}  # fmt: skip


def write_brands(world: World, drop: Path) -> Register:
    form = Form(
        "hrss/skill_brands",
        "技能品牌运行季度报表",
        (("品牌名称",), ("品牌梯队",), ("县（市、区）",), ("本季培训人次",), ("本季带动就业人数",)),
        ("name", "tier_word", "area_name", "trained", "employed"),
    )
    register = Register(form.feed, [])
    for turn, span in enumerate(quarterly(world)):
        rows: list[Row] = []
        for n, (code, name, tier, areas) in enumerate(_BRANDS):
            # one rests in the first year, one provincial project begins late
            is_idle = (code == "zun_housekeeper" and turn < 4) or (
                code == "qianlv_artisan" and turn < 9
            )
            rows += [
                {
                    "code": code, "name": name, "tier": tier, "tier_word": _TIER_WORDS[tier],
                    "area": area, "area_name": NAMES[area],
                    "trained": 0 if is_idle else 12 + 3 * n + turn,
                    "employed": 0 if is_idle else 5 + n, "ends": span.ends,
                }
                for area in areas
            ]  # fmt: skip
        fault = (4, "trained", "见附件", "NUMBER_UNPARSED") if turn == 5 else None
        told = write_form(drop, form, span, rows, turn=turn, fault=fault)
        register.add(told, span, rows)
    return register


def brand_events(register: Register, as_of: date) -> Iterator[Event]:
    for row in over(register, as_of):
        where = {"day": row["ends"], "area": row["area"]}
        used = row["trained"] + row["employed"]
        yield Event("M10-1", **where, item=row["code"], numerator=used)
        yield Event("M10-2", **where, item=row["code"], numerator=row["trained"])
        yield Event("M10-3", **where, item=row["tier"])
        unit = row["code"]
        yield Event("M10-4", **where, unit=unit, item="trained", numerator=row["trained"])
        yield Event("M10-4", **where, unit=unit, item="placed", numerator=row["employed"])


_BASE_KINDS: Final = {
    "provincial": "省级培训基地", "municipal": "市级培训基地", "county": "县级培训基地",
    "public": "公共实训基地", "high_skilled_project": "高技能人才培训基地项目",
}  # fmt: skip
_BASE_STATUS: Final = {
    "operating": "运行", "building": "在建", "preparing": "筹建", "reserve": "储备",
}  # fmt: skip
#: name, kind, area, quarter from which it runs, its item
_NAMED_BASES: Final = (
    ("贵州酱酒职业技能培训基地", "provincial", "520382", 0, "liquor_base"),
    ("贵州绿茶职业技能培训基地", "provincial", "520328", 0, "green_tea_base"),
    ("贵州军工职业技能培训基地", "provincial", "520303", 5, "defence_base"),
    ("样例红花岗区市级培训基地", "municipal", "520302", 2, ""),
    ("样例正安县市级培训基地", "municipal", "520324", 4, ""),
    ("样例凤冈县市级培训基地", "municipal", "520327", 11, ""),
    ("遵义市公共实训基地", "public", "520302", 12, "city_public_base"),
    ("正安县吉他特色综合实训基地", "public", "520324", 7, "zhengan_public_base"),
    ("红花岗区公共实训基地", "public", "520302", 12, "honghuagang_public_base"),
    ("桐梓县公共实训基地", "public", "520322", 12, "tongzi_public_base"),
)


def write_training_bases(world: World, drop: Path) -> Register:
    form = Form(
        "hrss/training_bases",
        "职业技能培训基地季度台账",
        (("基地编号",), ("基地名称",), ("县（市、区）",), ("基地类型",), ("运行状态",),
         ("申报日期",), ("支持日期",)),
        ("no", "name", "area_name", "kind_word", "status_word", "applied_on", "supported_on"),
    )  # fmt: skip
    register = Register(form.feed, [])
    for turn, span in enumerate(quarterly(world)):
        rows: list[Row] = []
        for name, kind, area, since, item in _NAMED_BASES:
            status = "operating" if turn >= since else "building"
            is_city = item == "city_public_base"
            supported = (
                date(2024, 6, 3) if kind == "public" and item != "tongzi_public_base" else None
            )
            rows.append(
                {
                    "name": name, "kind": kind, "area": area, "status": status, "item": item,
                    "applied_on": date(2024, 2, 20) if is_city else None,
                    "supported_on": None if is_city else supported,
                }
            )  # fmt: skip
        for n, county in enumerate(COUNTIES):
            if n % 4 != 0:
                status = "operating" if turn >= n % 9 + 2 else "preparing"
                rows.append(
                    {
                        "name": f"样例{county.name}培训基地",
                        "kind": "county",
                        "area": county.code,
                        "status": status,
                        "item": "",
                        "applied_on": None,
                        "supported_on": None,
                    }
                )
        rows += [
            {
                "name": f"样例高技能人才培训基地项目{n + 1}", "kind": "high_skilled_project",
                "area": "520302", "status": "reserve", "item": "", "applied_on": None,
                "supported_on": None,
            }
            for n in range(1 + turn // 5)
        ]  # fmt: skip
        for n, row in enumerate(rows):
            row |= {
                "no": f"JD{n + 1:03d}", "area_name": NAMES[row["area"]],
                "kind_word": _BASE_KINDS[row["kind"]], "status_word": _BASE_STATUS[row["status"]],
                "ends": span.ends,
            }  # fmt: skip
        register.add(write_form(drop, form, span, rows, turn=turn), span, rows)
    return register


def base_events(register: Register, as_of: date) -> Iterator[Event]:
    for row in over(register, as_of):
        where = {"day": row["ends"], "area": row["area"]}
        is_running = row["status"] == "operating"
        if row["kind"] == "high_skilled_project":
            yield Event("M17-3", **where)
        elif is_running:
            yield Event("M16-1", **where)
        if row["kind"] == "municipal" and is_running:
            yield Event("M16-3", **where)
        if row["kind"] == "provincial" and is_running:
            yield Event("M16-2", **where, item=row["item"])
        if row["kind"] == "public":
            day = row["applied_on"] or row["supported_on"]
            is_advanced = day is not None and day <= row["ends"]
            yield Event("M16-4", **where, item=row["item"], numerator=int(is_advanced))


def write_question_banks(world: World, drop: Path) -> Register:
    form = Form(
        "hrss/question_banks",
        "技能评价题库台账",
        (("题库编号",), ("题库名称",), ("所属产业",), ("评审日期",), ("是否使用",), ("共建共享",)),
        ("no", "name", "industry_word", "reviewed_on", "used", "shared"),
    )
    register = Register(form.feed, [])
    for turn, span in enumerate(yearly(world, is_report=False)):
        rows: list[Row] = []
        for n in range(4 + 2 * turn):
            industry = ("tea", "liquor", "equipment", "care")[n % 4]
            is_used, is_shared = n % 5 != 4, industry == "liquor" or n % 3 == 0
            rows.append(
                {
                    "no": f"TK{n + 1:03d}", "name": f"样例题库{n + 1}", "industry": industry,
                    "industry_word": INDUSTRY_WORDS[industry][0],
                    "reviewed_on": date(2023 + n // 3, 1 + n, 9), "is_used": is_used,
                    "used": yes(is_used), "is_shared": is_shared, "shared": yes(is_shared),
                    "starts": span.starts,
                }
            )  # fmt: skip
        register.add(write_form(drop, form, span, rows, turn=turn), span, rows)
    return register


def bank_events(register: Register, as_of: date) -> Iterator[Event]:
    for row in register.rows:
        if row["starts"] <= as_of and row["reviewed_on"] <= as_of and row["is_used"]:
            yield Event("M14-3", day=row["starts"], industry=row["industry"])
            if row["is_shared"]:
                yield Event("M14-3", day=row["starts"], industry=row["industry"], item="shared")


def write_sessions(world: World, drop: Path) -> Register:
    form = Form(
        "hrss/assessment_sessions",
        "技能评价考场督导台账",
        (("考场编号",), ("评价机构",), ("县（市、区）",), ("考试日期",), ("参考人数",),
         ("是否派外督",)),
        ("no", "institution", "area_name", "day", "candidates", "watched"),
    )  # fmt: skip
    register = Register(form.feed, [])
    for turn, span in enumerate(quarterly(world)):
        rows: list[Row] = []
        for n in range(max(18, round(60 * min(world.factor, 1.0)))):
            area = COUNTIES[n % len(COUNTIES)]
            is_watched = (n + turn) % 5 < 2 + turn // 5
            rows.append(
                {
                    "no": f"KC{span.starts:%Y%m}{n + 1:04d}",
                    "institution": f"样例评价机构{n % 7 + 1}",
                    "area": area.code, "area_name": area.name,
                    "day": span.starts + timedelta(days=n % 80), "candidates": 20 + n % 30,
                    "is_watched": is_watched, "watched": yes(is_watched), "ends": span.ends,
                }
            )  # fmt: skip
        register.add(write_form(drop, form, span, rows, turn=turn), span, rows)
    return register


def session_events(register: Register, as_of: date) -> Iterator[Event]:
    for row in register.rows:
        if row["day"] <= as_of:
            yield Event(
                "M14-1", day=row["day"], area=row["area"], numerator=int(row["is_watched"]),
                denominator=1,
            )  # fmt: skip
