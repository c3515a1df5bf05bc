"""Collaboration of east and west, work relief, bases of agriculture."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
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
    quarterly,
    write_form,
    yearly,
    yes,
)
from ingestion.sample_agencies.tallies import Event
from ingestion.sample_agencies.world import World

#: county, partner as written, its code
_PAIRS: Final = (
    ("520324", "横琴粤澳深度合作区", "hengqin"), ("520327", "香洲区", "xiangzhou"),
    ("520326", "香洲区", "xiangzhou"), ("520381", "金湾区", "jinwan"),
    ("520330", "金湾区", "jinwan"), ("520328", "斗门区", "doumen"),
    ("520325", "高新区", "zhuhai_hitech"), ("520322", "鹤洲新区", "hezhou"),
)  # fmt: skip
_MODES: Final = {"order": "订单培训", "post": "定岗培训", "in_post": "在岗培训"}


def write_collaboration(world: World, drop: Path) -> Register:
    form = Form(
        "agriculture/collaboration_classes",
        "东西部协作培训班台账",
        (("培训班编号",), ("县（市、区）",), ("结对地区",), ("协作省份",), ("培训方式",),
         ("输入地举办",), ("培训时间", "起"), ("培训时间", "止"), ("培训人次",), ("就业人数",)),
        ("no", "area_name", "partner", "province", "mode_word", "away", "started_on", "ended_on",
         "trained", "placed"),
    )  # fmt: skip
    register = Register(form.feed, [])
    for turn, span in enumerate(yearly(world, is_report=False)):
        rows: list[Row] = []
        for n, (area, partner, code) in enumerate(_PAIRS):
            for half in range(2):
                if (n, turn, half) in ((4, 0, 0), (4, 0, 1), (6, 2, 0)):
                    continue
                ended = date(span.starts.year, 4 + 6 * half + n % 3, 6 + n)
                mode = ("order", "post", "in_post")[(n + half) % 3 if turn else (n + half) % 2]
                rows.append(
                    {
                        "area": area, "partner": partner, "code": code, "province": "广东省",
                        "mode": mode, "is_away": n % 2 == 1, "ended_on": ended,
                        "trained": 24 + n, "placed": 12 + n,
                    }
                )  # fmt: skip
        for n, province in enumerate(("浙江", "福建省", "江苏")[: 1 + turn]):
            rows.append(
                {
                    "area": "520302",
                    "partner": None,
                    "code": "",
                    "province": province,
                    "mode": "in_post",
                    "is_away": True,
                    "ended_on": date(span.starts.year, 5 + n, 18),
                    "trained": 40,
                    "placed": 33,
                }
            )
        rows = [row for row in rows if row["ended_on"] <= world.last_day]
        for n, row in enumerate(rows):
            row |= {
                "no": f"XZ{span.starts.year}{n + 1:03d}", "area_name": NAMES[row["area"]],
                "mode_word": _MODES[row["mode"]], "away": yes(row["is_away"]),
                "started_on": row["ended_on"] - timedelta(days=12),
            }  # fmt: skip
        register.add(write_form(drop, form, span, rows, turn=turn), span, rows)
    return register


def collaboration_events(register: Register, as_of: date) -> Iterator[Event]:
    for row in register.rows:
        if row["ended_on"] > as_of:
            continue
        where = {"day": row["ended_on"], "area": row["area"]}
        if row["code"] and row["mode"] in ("order", "post"):
            yield Event("M06-1", **where, item=row["code"])
        yield Event("M06-2", **where, item="trained", numerator=row["trained"])
        yield Event("M06-2", **where, item="placed", numerator=row["placed"])
        if row["is_away"]:
            yield Event("M06-3", **where, item=province_code(row["province"]) or "")


def write_work_relief(world: World, drop: Path) -> Register:
    form = Form(
        "development/work_relief_projects",
        "以工代赈项目季度台账",
        (("项目编号",), ("项目名称",), ("县（市、区）",), ("主管部门",), ("项目状态",),
         ("已培训人次",)),
        ("no", "name", "area_name", "department", "status", "trained"),
    )  # fmt: skip
    register = Register(form.feed, [])
    for turn, span in enumerate(quarterly(world)):
        rows: list[Row] = []
        for n in range(20):
            status = "未开工" if turn < n // 4 else "完工" if turn > n // 4 + 5 else "在建"
            area = COUNTIES[n * 4 % len(COUNTIES)]
            rows.append(
                {
                    "no": f"YG{n + 1:03d}", "name": f"样例以工代赈项目{n + 1}", "area": area.code,
                    "area_name": area.name, "department": "市水务局", "status": status,
                    "trained": 0 if status == "未开工" or n % 6 == turn % 6 else 10 + n,
                    "ends": span.ends,
                }
            )  # fmt: skip
        register.add(write_form(drop, form, span, rows, turn=turn), span, rows)
    return register


def work_relief_events(register: Register, as_of: date) -> Iterator[Event]:
    for row in over(register, as_of):
        if row["status"] == "在建":
            yield Event(
                "M08-4", day=row["ends"], area=row["area"], numerator=int(row["trained"] > 0),
                denominator=1,
            )  # fmt: skip


def write_agriculture_bases(world: World, drop: Path) -> Register:
    form = Form(
        "agriculture/bases",
        "现代农业示范基地季度台账",
        (("基地编号",), ("基地名称",), ("县（市、区）",), ("建设状态",), ("培训农业产业工人人次",)),
        ("no", "name", "area_name", "status", "trained"),
    )
    register = Register(form.feed, [])
    for turn, span in enumerate(quarterly(world)):
        rows: list[Row] = []
        for n in range(10 + turn):
            area = COUNTIES[n * 2 % len(COUNTIES)]
            is_built = n < 8 + turn // 2
            rows.append(
                {
                    "no": f"NY{n + 1:03d}",
                    "name": f"样例农业基地{n + 1}",
                    "area": area.code,
                    "area_name": area.name,
                    "status": "建成" if is_built else "在建",
                    "is_built": is_built,
                    "trained": 15 + n if is_built else 0,
                    "ends": span.ends,
                }
            )
        register.add(write_form(drop, form, span, rows, turn=turn), span, rows)
    return register


def agriculture_events(register: Register, as_of: date) -> Iterator[Event]:
    for row in over(register, as_of):
        where = {"day": row["ends"], "area": row["area"]}
        if row["is_built"]:
            yield Event("M08-5", **where)
        yield Event("M08-9", **where, numerator=row["trained"])


def write_east_west_bases(world: World, drop: Path) -> Register:
    form = Form(
        "agriculture/east_west_bases",
        "东西部技能协作实训基地年度台账",
        (("基地编号",), ("基地名称",), ("所在省份",), ("依托企业",), ("挂牌日期",),
         ("培训人次", "岗前"), ("培训人次", "转岗"), ("培训人次", "在岗")),
        ("no", "name", "province", "enterprise", "opened_on", "pre_post", "transfer", "in_post"),
    )  # fmt: skip
    register = Register(form.feed, [])
    for turn, span in enumerate(yearly(world, is_report=False)):
        rows: list[Row] = [
            {
                "no": f"DX{n + 1:02d}", "name": f"样例协作实训基地{n + 1}",
                "province": ("广东", "浙江", "福建", "江苏")[n % 4],
                "enterprise": f"样例输入地企业{n + 1}",
                "opened_on": date(2023 + n // 3, 2 + n, 1), "pre_post": 20 + n,
                "transfer": 10 + n, "in_post": 30 + 2 * n, "starts": span.starts,
            }
            for n in range(4 + 2 * turn)
        ]  # fmt: skip
        register.add(write_form(drop, form, span, rows, turn=turn), span, rows)
    return register


def east_west_events(register: Register, as_of: date) -> Iterator[Event]:
    for row in register.rows:
        if row["starts"] <= as_of and row["opened_on"] <= as_of:
            yield Event("M18-1", day=row["starts"])
            for item in ("pre_post", "transfer", "in_post"):
                yield Event("M18-2", day=row["starts"], item=item, numerator=row[item])
