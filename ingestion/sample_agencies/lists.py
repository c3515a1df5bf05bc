"""What the bureau keeps in workbooks: the talent stock, competitions and results, workshops."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np

from ingestion.sample_agencies.catalog import AREAS, CITY_LEVEL, DEPARTMENTS, INDUSTRY_WORDS
from ingestion.sample_agencies.departments import at, whole_quarters
from ingestion.sample_agencies.people import random_stream
from ingestion.sample_agencies.tables import Delivered, Table, write_table
from ingestion.sample_agencies.workbooks import BookFormat, Cell
from ingestion.sample_agencies.world import World

#: Persons at the end of 2022, and how many come on top each quarter.
_SKILLED_BASE: Final = 400_000
_SKILLED_STEP: Final = 4_250
_HIGH_BASE: Final = 76_000
_HIGH_STEP: Final = 780
#: Industry departments in the order in which they take up competitions.
_COMPETING: Final = {2023: 7, 2024: 10, 2025: 10}


@dataclass(frozen=True)
class Stock:
    """What the bureau reports for one quarter."""

    year: int
    quarter: int
    skilled: int
    high_skilled: int

    @property
    def high_skilled_by_level(self) -> dict[str, int]:
        """Of the whole city, as its areas add up."""
        levels = zip(*map(_by_level, shared_out(self.high_skilled)), strict=True)
        names = ("senior", "technician", "senior_technician")
        return dict(zip(names, map(sum, levels), strict=True))


@dataclass(frozen=True)
class Competition:
    number: str
    name: str
    level: str
    organiser: str  # department code, or empty
    area: str  # area code
    industry: str
    is_comprehensive: bool
    started_on: date
    ended_on: date
    contestants: int
    coaches: int


@dataclass(frozen=True)
class Result:
    """What one contestant reached, as it lands."""

    competition: str
    person: int
    #: Index of the area that sent the contestant.
    area: int
    industry: str
    #: What it counts for.
    items: tuple[str, ...]


@dataclass(frozen=True)
class Workshop:
    number: str
    area: str
    field: str
    industry: str
    level: str
    status: str
    preparing: str
    year: int
    quarter: int
    #: By kind, in the year to date; empty unless it operates.
    output: Mapping[str, int]


@dataclass(frozen=True)
class Lists:
    """Everything in the lists, as far as counting needs it, and the deliveries."""

    stocks: list[Stock]
    competitions: list[Competition]
    results: list[Result]
    workshops: list[Workshop]
    delivered: list[Delivered]


def write_lists(world: World, drop: Path) -> Lists:
    """Every workbook of the bureau."""
    stocks = _stocks(world)
    competitions = [each for year in world.years for each in _competitions(world, year)]
    workshops = [
        each
        for turn, (year, quarter) in enumerate(whole_quarters(world))
        for each in _workshops(turn, year, quarter)
    ]
    delivered = [_stock_table(drop, stock) for stock in stocks]
    results: list[Result] = []
    for year in world.years:
        own = [each for each in competitions if each.ended_on.year == year]
        delivered.append(_competition_table(drop, world, year, own))
        delivered.append(_result_table(drop, world, year, own, results))
    delivered += [
        _workshop_table(drop, [w for w in workshops if (w.year, w.quarter) == quarter])
        for quarter in whole_quarters(world)
    ]
    return Lists(stocks, competitions, results, workshops, delivered)


# --- talent stock -----------------------------------------------------------------------------


def _stocks(world: World) -> list[Stock]:
    """The last quarter before the world begins, then each quarter of it."""
    first = world.months[0]
    before = (first[0] - 1, 4) if first[1] < 3 else (first[0], first[1] // 3)
    return [
        Stock(
            year,
            quarter,
            _SKILLED_BASE + _SKILLED_STEP * ((year - 2023) * 4 + quarter),
            _HIGH_BASE + _HIGH_STEP * ((year - 2023) * 4 + quarter),
        )
        for year, quarter in [before, *whole_quarters(world)]
    ]


def shared_out(total: int) -> list[int]:
    """A total over the areas by their weights, whole numbers that add up."""
    weights = np.array([area.weight for area in AREAS])
    edges = np.floor(np.cumsum(weights) / weights.sum() * total + 0.5).astype(int)
    shares: list[int] = np.diff(edges, prepend=0).tolist()
    return shares


def _by_level(high_skilled: int) -> tuple[int, int, int]:
    """Senior workers, technicians, senior technicians and above."""
    technicians, senior_technicians = high_skilled // 8, high_skilled // 20
    return high_skilled - technicians - senior_technicians, technicians, senior_technicians


def _stock_table(drop: Path, stock: Stock) -> Delivered:
    skilled, high = shared_out(stock.skilled), shared_out(stock.high_skilled)
    rows: list[list[Cell]] = [
        [area.name, everybody, own, *_by_level(own), "人才资源统计口径"]
        for area, everybody, own in zip(AREAS, skilled, high, strict=True)
    ]
    word = f"{stock.year}年第{'一二三四'[stock.quarter - 1]}季度"
    day = date(stock.year + stock.quarter // 4, stock.quarter * 3 % 12 + 1, 15)
    return write_table(
        drop,
        Table(
            feed="hrss/talent_stock",
            name=f"{stock.year}/遵义市{word}技能人才统计表",
            title=f"遵义市{word}技能人才统计表（样例数据）",
            headers=(
                ("县（市、区）",),
                ("技能人才", "合计"),
                ("高技能人才", "小计"),
                ("高技能人才", "高级工"),
                ("高技能人才", "技师"),
                ("高技能人才", "高级技师及以上"),
                ("统计口径",),
            ),
            rows=rows,
            delivered_at=at(day),
            book=("xlsx", "xls")[stock.quarter % 2],
            unit_row="填报单位：市人社局|||单位：人",
            total=["合计", stock.skilled, stock.high_skilled],
            footer="制表人：样例||审核人：样例",
        ),
    )


# --- competitions -----------------------------------------------------------------------------


def _competitions(world: World, year: int) -> list[Competition]:
    """Those of one year that end by the last day of the world."""
    found: list[Competition] = []

    def add(level: str, name: str, organiser: str, area: int, industry: str, ended: date,
            is_comprehensive: bool = False) -> None:  # fmt: skip
        number = f"JS{year}{len(found) + 1:03d}"
        contestants = 40 + (len(found) * 17 + year) % 160
        found.append(
            Competition(
                number, name, level, organiser, AREAS[area].code, industry, is_comprehensive,
                ended - timedelta(days=2), ended, contestants, contestants // 12,
            )
        )  # fmt: skip

    add("municipal", f"遵义市{year}年职业技能大赛（样例）", "hrss", CITY_LEVEL, "",
        date(year, 5, 20), True)  # fmt: skip
    industrial = [code for code, _, _ in DEPARTMENTS[:10]]
    for turn, code in enumerate(industrial[: _COMPETING.get(year, 10)]):
        # equipment is nobody's field in 2023
        industry = {"industry_technology": "liquor", "agriculture": "tea"}.get(code, "")
        if code == "energy" and year > 2023:
            industry = "equipment"
        add("industry", f"{year}年行业技能竞赛第{turn + 1}场（样例）", code, CITY_LEVEL, industry,
            date(year, 3 + turn, 12))  # fmt: skip
    if year == 2023:
        add("industry", "2023年茶产业技能竞赛（样例）", "commerce", 9, "tea", date(year, 4, 26))
    counties = {2023: range(6), 2024: range(4, 12), 2025: range(12, 15)}.get(year, range(3))
    for turn, area in enumerate(counties):
        day = (
            date(year, 4 + turn * 2 + turn // 2, 18)
            if year == 2025
            else date(year, 4 + turn % 8, 18)
        )
        add("county", f"{AREAS[area].name}{year}年职业技能大赛（样例）", "", area, "", day, True)
    for turn in range(4):
        level = ("school", "enterprise")[turn % 2]
        add(level, f"{year}年专项技能竞赛第{turn + 1}场（样例）", "", turn * 3 % CITY_LEVEL, "",
            date(year, 2 + turn * 3, 22))  # fmt: skip
    return [each for each in found if each.ended_on <= world.last_day]


_LEVEL_WORDS: Final = {
    "municipal": "市级", "industry": "行业", "county": "县级", "school": "院校",
    "enterprise": "企业",
}  # fmt: skip
_DEPARTMENT_NAMES: Final = {code: name for code, name, _ in DEPARTMENTS} | {"hrss": "市人社局"}


def _organiser(each: Competition) -> str:
    if each.organiser:
        return _DEPARTMENT_NAMES[each.organiser]
    name = next(area.name for area in AREAS if area.code == each.area)
    return f"{name}人社局" if each.level == "county" else f"{name}样例单位"


def _competition_table(drop: Path, world: World, year: int, own: list[Competition]) -> Delivered:
    names = {area.code: area.name for area in AREAS}
    rows: list[list[Cell]] = [
        [
            n + 1, each.number, each.name, _LEVEL_WORDS[each.level],
            "职业院校技能大赛" if each.level == "school" else "职业技能大赛",
            _organiser(each), names[each.area],
            INDUSTRY_WORDS[each.industry][0] if each.industry else None,
            "是" if each.is_comprehensive else "否", each.started_on, each.ended_on,
            3 + n % 9, each.contestants, each.coaches,
        ]
        for n, each in enumerate(own)
    ]  # fmt: skip
    return write_table(
        drop,
        Table(
            feed="hrss/competitions",
            name=f"{year}年/附件3：{year}年职业技能竞赛名录",
            title=f"{year}年职业技能竞赛名录（样例数据）",
            headers=(
                ("序号",),
                ("竞赛编号",),
                ("竞赛名称",),
                ("竞赛级别",),
                ("赛事系列",),
                ("主办单位",),
                ("举办地",),
                ("重点领域",),
                ("是否综合性赛事",),
                ("比赛时间", "起"),
                ("比赛时间", "止"),
                ("赛项数",),
                ("参赛人数",),
                ("专家教练人数",),
            ),
            rows=rows,
            delivered_at=_after(world, year),
            footer="制表人：样例||审核人：样例",
        ),
    )


def _after(world: World, year: int) -> datetime:
    last = world.last_day if year == world.last_day.year else date(year, 12, 31)
    return at(last + timedelta(days=12))


#: So many of each competition rise a level.
_PROMOTED: Final = 3
_AWARDS: Final = ("一等奖", "二等奖", "二等奖", "三等奖", "三等奖", "三等奖", "优胜奖", "优胜奖")


def _result_table(
    drop: Path, world: World, year: int, own: list[Competition], landing: list[Result]
) -> Delivered:
    """Write the year's results; those that land are added."""
    rng = random_stream(world.seed, f"results {year}")
    people = world.people
    natives = np.array([number[0] == "5" for number in people.id_no], dtype=bool)
    count = len(own) * len(_AWARDS)
    chosen = rng.choice(np.flatnonzero(natives), size=count, replace=count > int(natives.sum()))
    rows: list[list[Cell]] = []
    faults = {}
    for turn, each in enumerate(own):
        for rank, award in enumerate(_AWARDS):
            person = int(chosen[turn * len(_AWARDS) + rank])
            number: Cell = people.id_no[person]
            if turn == 3 and rank in (1, 4):
                number = (str(number)[:17] + ("2" if str(number)[17] in "1X" else "1")
                          if rank == 1 else float(str(number)[:15] + "000"))  # fmt: skip
                reason = "ID_BAD_CHECK_DIGIT" if rank == 1 else "ID_WAS_NUMBER"
                faults[len(rows)] = (each.number, reason)
            else:
                landing.append(
                    Result(
                        each.number, person, person % CITY_LEVEL, "equipment", _counts_for(rank)
                    )
                )  # fmt: skip
            rows.append(
                [
                    each.number, "技能赛项", people.name[person], number,
                    AREAS[person % CITY_LEVEL].name, "电工", rank + 1, award,
                    "高级工" if rank < _PROMOTED else None, "是" if rank == 0 else "否",
                ]
            )  # fmt: skip
    book: BookFormat = ("xls", "xlsx", "et")[year % 3]
    return write_table(
        drop,
        Table(
            feed="hrss/competition_results",
            name=f"{year}年/{year}年职业技能竞赛成绩汇总表",
            title=f"{year}年职业技能竞赛成绩汇总表（样例数据）",
            headers=(
                ("竞赛编号",),
                ("赛项",),
                ("选手姓名",),
                ("身份证号码",),
                ("代表队",),
                ("工种",),
                ("名次",),
                ("获奖等次",),
                ("晋升技能等级",),
                ("是否遵义技工",),
            ),
            rows=rows,
            delivered_at=_after(world, year),
            book=book,
            faults=faults,
        ),
    )


def _counts_for(rank: int) -> tuple[str, ...]:
    """Everybody has an award; the first three rise a level, the first is chosen."""
    items = ("contestants", "winners", "promoted", "craftsmen")
    return items[: 2 + (rank < _PROMOTED) + (rank == 0)]


# --- workshops --------------------------------------------------------------------------------

_FIELDS: Final = {
    "advanced_manufacturing": "先进制造业",
    "advantage_industry": "优势产业",
    "livelihood": "民生领域",
}
#: field, industry, area of each workshop, in order of approval.
_WORKSHOPS: Final = tuple(
    (field, industry, area)
    for round_no in range(4)
    for field, industry, area in (
        ("advantage_industry", "liquor", 13),
        ("advantage_industry", "tea", 9),
        ("advanced_manufacturing", "equipment", 1),
        ("advantage_industry", "guitar", 5),
        ("livelihood", "care", round_no),
        ("advantage_industry", "bamboo", 12),
    )
)


def _workshops(turn: int, year: int, quarter: int) -> list[Workshop]:
    """The register at the end of a quarter: it grows, two are still being built, one closed."""
    known = min(14 + turn, len(_WORKSHOPS))
    found = []
    for place in range(known):
        field, industry, area = _WORKSHOPS[place]
        status = "building" if place >= known - 2 else "operating"
        if place == 5 and turn >= 4:
            status = "closed"
        level, preparing = "municipal", ""
        if place == 0:
            level = "provincial" if turn >= 5 else "municipal"
            preparing = "" if turn >= 5 else "provincial"
        if place == 1 and turn >= 3:
            preparing = "provincial"
        if place == 2 and turn >= 11:
            preparing = "national"
        output = {
            "apprentices": 3 + place % 5, "innovations": place % 4,
            "person_times": 20 * quarter + place,
        }  # fmt: skip
        found.append(
            Workshop(
                f"GZS{place + 1:03d}", AREAS[area].code, field, industry, level, status, preparing,
                year, quarter, output if status == "operating" else {},
            )
        )  # fmt: skip
    return found


def _workshop_table(drop: Path, own: list[Workshop]) -> Delivered:
    year, quarter = own[0].year, own[0].quarter
    names = {area.code: area.name for area in AREAS}
    levels = {"municipal": "市级", "provincial": "省级", "national": "国家级", "": None}
    status = {"operating": "正常运行", "building": "筹建", "closed": "撤销"}
    rows: list[list[Cell]] = [
        [
            n + 1, each.number, f"样例{INDUSTRY_WORDS[each.industry][0]}技能大师工作室{n + 1:02d}",
            "样例大师", f"{names[each.area]}样例企业", names[each.area], _FIELDS[each.field],
            INDUSTRY_WORDS[each.industry][0], levels[each.level], status[each.status],
            levels[each.preparing], date(2019 + n % 5, 6, 1 + n % 20),
            *each.output.values(),
        ]
        for n, each in enumerate(own)
    ]  # fmt: skip
    word = f"{year}年第{'一二三四'[quarter - 1]}季度"
    day = date(year + quarter // 4, quarter * 3 % 12 + 1, 16)
    return write_table(
        drop,
        Table(
            feed="hrss/master_workshops",
            name=f"{year}年/{word}技能大师工作室名册",
            title=f"遵义市{word}技能大师工作室名册（样例数据）",
            headers=(
                ("序号",),
                ("编号",),
                ("工作室名称",),
                ("领办人",),
                ("依托单位",),
                ("县市区",),
                ("建设领域",),
                ("所属产业",),
                ("级别",),
                ("状态",),
                ("拟升级别",),
                ("认定日期",),
                ("本年产出", "带徒人数"),
                ("本年产出", "技术革新"),
                ("本年产出", "培训人次"),
            ),
            rows=rows,
            delivered_at=at(day),
            book=("xls", "xlsx", "et", "xlsx")[quarter - 1],
            footer="填表人：样例||审核人：样例",
        ),
    )
