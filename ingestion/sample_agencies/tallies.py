"""From events to what indicators must say at a date: counted in plain Python, apart from any SQL.

An event is one thing that speaks for an indicator. How events come together, which spans are
looked at, and what is aimed at stands in `ASKED`, by hand and out of the plan's text, so that a
mistake in the seeds or models of the pipeline can't repeat itself here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

import numpy as np

from ingestion.sample_agencies.catalog import AREAS, CITY_LEVEL, DEPARTMENTS

CITY: Final = "520300"
_BEHIND: Final = 0.9
PLAN_YEARS: Final = (2023, 2024, 2025)
_COUNTIES: Final = tuple(area.code for area in AREAS[:CITY_LEVEL])
_AREAS: Final = tuple(area.code for area in AREAS)
#: Who owes news of the demand for skilled people every quarter.
DEMAND_DEPARTMENTS: Final = (
    "energy", "state_assets", "development_reform", "commerce", "industry_technology",
)  # fmt: skip
#: Whom training is to lead to work.
PRIORITY_POPULATIONS: Final = ("graduates", "lifted_from_poverty", "relocated", "hard_to_employ")
#: County and industry pairs whose key enterprises the plan names.
KEY_PAIRS: Final = (
    ("520382", "liquor"), ("520330", "liquor"), ("520303", "liquor"), ("520303", "equipment"),
    ("520324", "guitar"),
)  # fmt: skip
#: Departments that keep people for an industry.
INDUSTRY_DEPARTMENTS: Final = tuple(code for code, _, _ in DEPARTMENTS[:10])


@dataclass(frozen=True)
class Event:
    indicator: str
    day: date
    area: str = CITY
    industry: str = "none"
    unit: str = "none"
    item: str = "all"
    numerator: float = 1
    denominator: float = 0
    #: Whom it is about, where distinct persons are counted.
    person: int = -1
    #: Whether somebody has confirmed it, of what no register can prove.
    is_confirmed: bool = True


@dataclass(frozen=True)
class Kpi:
    indicator_id: str
    period_code: str
    area_code: str
    industry_code: str
    unit_code: str
    numerator: float
    denominator: float | None
    status: str
    item_code: str = "all"


@dataclass(frozen=True)
class Span:
    """A period against which something is judged."""

    code: str
    starts: date
    ends: date

    def elapsed_share(self, as_of: date) -> float:
        if as_of < self.starts:
            return 0.0
        last = min(as_of, self.ends)
        return ((last - self.starts).days + 1) / ((self.ends - self.starts).days + 1)


@dataclass(frozen=True)
class Aim:
    """What a value should come to. A limit is the most that it may be."""

    target: float
    direction: str = ">="
    #: Whether it is due little by little; else it has to hold at any time.
    is_linear: bool = False
    limit: float | None = None
    #: Where it stood before, of what is due little by little.
    baseline: float = 0


@dataclass(frozen=True)
class Asked:
    """How one indicator is counted, and where it is looked at."""

    #: sum; members, how many of them have any; persons, distinct ones; highest; percentile, which
    #: the item names.
    counting: str
    #: Kinds of spans: month, quarter, year, end.
    spans: tuple[str, ...]
    #: ratio, growth, or none for a plain count.
    divided: str = ""
    is_stock: bool = False
    aim: Aim | None = None
    #: Where the aim binds: city, county, pair, unit or item.
    binds: str = "city"
    #: Also looked at by county, or by area: those and the city's own level.
    by: str = ""
    #: Counties with an industry of theirs.
    pairs: tuple[tuple[str, str], ...] = ()
    by_industry: bool = False
    #: Units that are looked at one by one.
    by_unit: bool = False
    items: tuple[str, ...] = ()
    #: By what items are also looked at: area, industry, unit.
    crossed: tuple[str, ...] = ()
    #: (area, unit, item) of each member, with "" for what does not tell them apart.
    members: tuple[tuple[str, str, str], ...] = ()
    #: Whether nothing is known of a member, or a county, that told nothing.
    is_told_by_each: bool = False
    #: The one industry that the whole is about.
    industry: str = ""
    #: Whether the whole over all items is looked at.
    has_whole: bool = True
    #: Whether it is told of a period when that is over; else while it runs.
    is_report: bool = False


def whole_year(year: int) -> Span:
    return Span(str(year), date(year, 1, 1), date(year, 12, 31))


def quarter(year: int, number: int) -> Span:
    ends = date(year, number * 3, (31, 30, 30, 31)[number - 1])
    return Span(f"{year}-Q{number}", date(year, number * 3 - 2, 1), ends)


def plan_months() -> Iterator[Span]:
    """Those of the plan, in order."""
    for year in PLAN_YEARS:
        for month in range(1, 13):
            starts = date(year, month, 1)
            after = date(year + month // 12, month % 12 + 1, 1)
            yield Span(f"{year}-{month:02d}", starts, after - timedelta(days=1))


def _spans(kind: str) -> Iterator[Span]:
    if kind == "month":
        yield from plan_months()
    for year in PLAN_YEARS:
        if kind == "year":
            yield whole_year(year)
        if kind == "quarter":
            yield from (quarter(year, number) for number in range(1, 5))
    if kind == "end":
        yield Span("2025-end", date(2023, 1, 1), date(2025, 12, 31))


def judge(value: float | None, aim: Aim | None, span: Span, as_of: date) -> str:
    """The status of a value at a date."""
    if value is None:
        return "no_applicable_unit"
    if aim is None:
        return "monitored"
    is_over = as_of >= span.ends
    most = aim.target if aim.direction == "<=" else aim.limit
    if most is not None and value > most:
        return "not_met" if is_over else "off_track"
    if aim.direction == "<=" or (aim.limit is not None and value >= aim.target):
        return "met" if is_over else "on_track"
    if value > aim.target or (value == aim.target and aim.direction == ">="):
        return "met"
    if is_over:
        return "not_met"
    if aim.direction == ">":
        return "off_track"
    share = span.elapsed_share(as_of) if aim.is_linear else 1
    due = aim.baseline + (aim.target - aim.baseline) * share
    if value >= due:
        return "on_track"
    return "behind" if value >= _BEHIND * due else "off_track"


def tally(events: Iterable[Event], as_of: date, told: Mapping[str, Sequence[Span]]) -> list[Kpi]:
    """City, counties, units and items of every indicator that is asked and told of.

    ``told`` gives for each indicator the spans that its deliveries cover.
    """
    by_indicator: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        by_indicator[event.indicator].append(event)
    found: list[Kpi] = []
    for indicator, asked in (*ASKED.items(), *ALSO_ASKED.items()):
        for kind in asked.spans:
            for span in _spans(kind):
                if span.starts <= as_of and _is_told(asked, span, as_of, told.get(indicator, ())):
                    own = [
                        event
                        for event in by_indicator[indicator]
                        if span.starts <= event.day <= min(span.ends, as_of)
                    ]
                    if asked.is_stock and own:
                        last = max(event.day for event in own)
                        own = [event for event in own if event.day == last]
                    found += _values(indicator, asked, span, as_of, own)
    return found


def _is_told(asked: Asked, span: Span, as_of: date, told: Sequence[Span]) -> bool:
    return any(
        each.starts <= span.ends
        and each.ends >= span.starts
        and (each.ends if asked.is_report else each.starts) <= as_of
        for each in told
    )


@dataclass(frozen=True)
class _View:
    """Where a value is looked at; an empty part does not matter."""

    #: What an aim may bind to; empty where it is only looked at.
    binds: str
    area: str = ""
    industry: str = ""
    unit: str = ""
    item: str = ""

    def sees(self, event: Event) -> bool:
        return (
            self.area in ("", event.area)
            and self.industry in ("", event.industry)
            and self.unit in ("", event.unit)
            and (self.item or "all") == event.item
        )

    def kpi(
        self, indicator: str, span: Span, value: tuple[float, float | None], status: str
    ) -> Kpi:
        return Kpi(
            indicator, span.code, self.area or CITY, self.industry or "all", self.unit or "all",
            *value, status, self.item or "all",
        )  # fmt: skip


def _values(
    indicator: str, asked: Asked, span: Span, as_of: date, events: list[Event]
) -> Iterator[Kpi]:
    if asked.counting == "members":
        yield from _of_members(indicator, asked, span, as_of, events)
        return
    for view in _views(asked, events):
        own = [event for event in events if view.sees(event)]
        is_told = view.binds == "city" or not asked.is_told_by_each
        if own or (is_told and asked.counting not in ("highest", "percentile")):
            aim = asked.aim if asked.binds == view.binds else None
            status = _status(asked, own, aim, span, as_of)
            yield view.kpi(indicator, span, _parts(asked, own), status)


def _of_members(
    indicator: str, asked: Asked, span: Span, as_of: date, events: list[Event]
) -> Iterator[Kpi]:
    """How many of them there are, and which."""
    own = [event for event in events if event.numerator > 0]
    status = _status(asked, own, asked.aim, span, as_of)
    yield _View("city").kpi(indicator, span, _parts(asked, own), status)
    for area, unit, item in asked.members:
        is_there = any(_is_of(event, (area, unit, item)) for event in own)
        if asked.is_told_by_each and not is_there:
            continue
        value = (int(is_there), 1 if asked.divided else None)
        view = _View("", area, unit=unit, item=item)
        yield view.kpi(indicator, span, value, "monitored")


def _views(asked: Asked, events: list[Event]) -> Iterator[_View]:
    areas = {"county": _COUNTIES, "area": _AREAS}.get(asked.by, ())
    if asked.has_whole:
        yield _View("city", industry=asked.industry)
    yield from (_View("county", area) for area in areas)
    yield from (_View("pair", area, industry) for area, industry in asked.pairs)
    if asked.by_industry:
        yield from (_View("", industry=each) for each in _seen("industry", events))
    if asked.by_unit:
        yield from (_View("unit", unit=each) for each in _seen("unit", events))
    for item in asked.items:
        yield _View("item", item=item)
        for part in asked.crossed:
            codes = _COUNTIES if part == "area" else _seen(part, events)
            yield from (replace(_View("", item=item), **{part: each}) for each in codes)


def _seen(part: str, events: list[Event]) -> list[str]:
    """Industries or units that events are of."""
    nobody = {"none"} if part == "unit" else set()
    return sorted({getattr(event, part) for event in events} - nobody)


def _status(asked: Asked, own: list[Event], aim: Aim | None, span: Span, as_of: date) -> str:
    """What nobody has confirmed can't be judged."""
    if not all(event.is_confirmed for event in own):
        return "needs_review"
    return judge(_value(asked, *_parts(asked, own)), aim, span, as_of)


def _parts(asked: Asked, events: list[Event]) -> tuple[float, float | None]:
    """Numerator, and denominator of what is divided."""
    if asked.counting == "members":
        reached = sum(any(_is_of(event, member) for event in events) for member in asked.members)
        return reached, len(asked.members) if asked.divided else None
    if asked.counting == "persons":
        reached = len({event.person for event in events if event.numerator > 0})
        among = len({event.person for event in events if event.denominator > 0})
        return reached, among if asked.divided else None
    if asked.counting == "highest":
        return max(event.numerator for event in events), None
    if asked.counting == "percentile":
        values = [event.numerator for event in events]
        share = 50 if events[0].item == "median" else 90
        exact = Decimal(str(round(float(np.percentile(values, share)), 6)))
        return float(exact.quantize(Decimal("0.01"), ROUND_HALF_UP)), None
    top = sum(event.numerator for event in events)
    return top, sum(event.denominator for event in events) if asked.divided else None


def _value(asked: Asked, top: float, bottom: float | None) -> float | None:
    """Nothing out of nothing is no value."""
    if bottom == 0:
        return None
    value = top / bottom if bottom else top
    return value - 1 if asked.divided == "growth" else value


def _is_of(event: Event, member: tuple[str, str, str]) -> bool:
    area, unit, item = member
    return area in ("", event.area) and unit in ("", event.unit) and item in ("", event.item)


def _items(*codes: str) -> tuple[tuple[str, str, str], ...]:
    return tuple(("", "", code) for code in codes)


_EACH_COUNTY: Final = tuple((area, "", "") for area in _COUNTIES)
_EACH_INDUSTRY_DEPARTMENT: Final = tuple(("", unit, "") for unit in INDUSTRY_DEPARTMENTS)
_ALL: Final = Aim(1)
_ALL_IN_TIME: Final = Aim(1, is_linear=True)
_SOME: Final = Aim(0, ">")

_LEVELS: Final = (
    "apprentice", "junior", "intermediate", "senior", "technician", "senior_technician",
    "special_technician", "chief_technician",
)  # fmt: skip

ASKED: Final[dict[str, Asked]] = {
    "H-03-certified": Asked(
        "sum", ("end",), is_stock=True, by="area", by_industry=True, items=_LEVELS
    ),
    "H-04-certified": Asked(
        "sum", ("end",), is_stock=True, by="area", by_industry=True, items=_LEVELS[3:]
    ),
    "M01-1": Asked("sum", ("year",), "ratio", aim=_ALL, binds="unit", by_unit=True),
    "M01-2": Asked(
        "sum", ("quarter",), "ratio", aim=_ALL, binds="unit", by_unit=True, is_report=True
    ),
    "M01-3": Asked("sum", ("year",), "ratio", by_unit=True, by_industry=True, is_report=True),
    "M01-3-federations": Asked("sum", ("year",), by_unit=True),
    "M01-4": Asked(
        "sum", ("quarter",), "ratio", is_stock=True, aim=_ALL, binds="unit", by="area",
        by_unit=True, is_report=True,
    ),
    "M01-4-holders": Asked("persons", ("end",), is_stock=True, by="area"),
    "M01-5": Asked("persons", ("year",), by="area"),
    "M01-6": Asked(
        "members", ("year",), "ratio", aim=_ALL_IN_TIME, members=_EACH_INDUSTRY_DEPARTMENT,
        is_report=True,
    ),
    "M01-7": Asked("sum", ("year",), by="area", is_report=True),
    "M02-1": Asked("sum", ("year",), aim=Aim(1, limit=2), binds="unit", by_unit=True),
    "M02-2": Asked("persons", ("year",), by="area", by_industry=True),
    "M02-3": Asked(
        "sum", ("quarter",), "ratio", is_stock=True, aim=_ALL, by="area", by_industry=True,
        is_report=True,
    ),
    "M02-4": Asked("sum", ("year",), is_stock=True, by="area"),
    "M02-5": Asked(
        "sum", ("year",), "ratio", aim=Aim(0.6), binds="unit", by_unit=True, is_report=True
    ),
    "M02-6": Asked(
        "sum", ("year",), "ratio", aim=Aim(1, "<="), binds="unit", by_unit=True, is_report=True
    ),
    "M02-7": Asked(
        "sum", ("year",), items=("pre_post", "transfer", "in_post"), has_whole=False,
        is_report=True,
    ),
    "M02-8": Asked(
        "sum", ("year",), "ratio", aim=_ALL, binds="county", by="county", is_report=True
    ),
    "M02-9": Asked("sum", ("year",), is_stock=True, by="area", by_industry=True),
    "M03-1": Asked(
        "sum", ("year",), "ratio", aim=Aim(0.5), binds="unit", by_unit=True, is_report=True
    ),
    "M03-2": Asked(
        "sum", ("year",), "ratio", aim=Aim(0.5, "<="), binds="unit", by_unit=True, is_report=True
    ),
    "M03-3": Asked(
        "members", ("end",), "ratio", is_stock=True, aim=_ALL_IN_TIME, members=_EACH_COUNTY
    ),
    "M03-4": Asked(
        "members", ("year",), is_stock=True, aim=Aim(2),
        members=_items("zhengan_zhuhai", "zunyi_zhuhai"),
    ),
    "M03-5": Asked("sum", ("year",), by_unit=True, is_report=True),
    "M03-6": Asked("sum", ("year",), "ratio", by_unit=True, is_report=True),
    "M03-7": Asked("sum", ("year",), by="area", is_report=True),
    "M04-1": Asked("sum", ("end",), is_stock=True, aim=Aim(10, is_linear=True)),
    "M04-2": Asked("sum", ("year",), "ratio", by="county"),
    "M04-3": Asked(
        "members", ("year",), members=_items("human_capital_group", "education_development_group")
    ),
    "M04-4": Asked("sum", ("year",), "ratio", by="area", is_report=True),
    "M06-1": Asked(
        "members", ("year",), "ratio", aim=_ALL_IN_TIME,
        members=tuple(
            (area, "", item)
            for area, item in (
                ("520324", "hengqin"), ("520327", "xiangzhou"), ("520326", "xiangzhou"),
                ("520381", "jinwan"), ("520330", "jinwan"), ("520328", "doumen"),
                ("520325", "zhuhai_hitech"), ("520322", "hezhou"),
            )
        ),
    ),
    "M06-2": Asked("sum", ("year",), items=("trained", "placed"), has_whole=False),
    "M06-3": Asked(
        "members", ("year",), members=_items("guangdong", "zhejiang", "fujian", "jiangsu")
    ),
    "M07-1": Asked("sum", ("year",), aim=_ALL_IN_TIME, binds="county", by="county"),
    "M07-2": Asked(
        "sum", ("year",), aim=_SOME, by="area",
        items=(
            *PRIORITY_POPULATIONS, "returning_migrants", "enterprise_staff", "flexible_workers",
        ),
    ),
    "M07-3": Asked(
        "sum", ("year",), aim=_SOME, binds="item", has_whole=False,
        items=(
            "electrician", "welder", "forklift_driver", "elderly_carer", "household_worker",
            "infant_carer",
        ),
    ),
    "M07-4": Asked(
        "sum", ("year",), "ratio", by="area", is_report=True,
        items=PRIORITY_POPULATIONS,
    ),
    "M07-5": Asked("persons", ("quarter",), is_stock=True, by="area", is_report=True),
    "M08-1": Asked(
        "persons", ("year",), "ratio", is_stock=True, aim=_ALL, binds="county", by="county",
        is_report=True,
    ),
    "M08-2": Asked(
        "persons", ("quarter",), "ratio", is_stock=True, aim=_ALL, binds="county", by="county",
        is_report=True,
    ),
    "M08-3": Asked(
        "persons", ("quarter",), "ratio", is_stock=True, by="area", is_report=True
    ),
    "M08-4": Asked(
        "sum", ("year",), "ratio", is_stock=True, aim=_ALL, binds="county", by="county",
        is_report=True,
    ),
    "M08-5": Asked("sum", ("year",), is_stock=True, by="area", is_report=True),
    "M08-6": Asked(
        "members", ("quarter",), "ratio", aim=_ALL, is_report=True, is_told_by_each=True,
        members=tuple(("", unit, "") for unit in DEMAND_DEPARTMENTS),
    ),
    "M08-7": Asked(
        "sum", ("year",), aim=_SOME, binds="pair", is_report=True,
        pairs=KEY_PAIRS,
    ),
    "M08-8": Asked(
        "members", ("year",), "ratio", aim=_ALL_IN_TIME, members=_EACH_INDUSTRY_DEPARTMENT,
        is_report=True,
    ),
    "M08-9": Asked("sum", ("year",), by="area", is_report=True),
    "M09-1": Asked(
        "sum", ("month", "year"), items=("applications", "granted"), has_whole=False,
        is_report=True,
    ),
    "M09-1-persons": Asked("persons", ("month", "year"), is_report=True),
    "M09-2": Asked(
        "percentile", ("month", "year"), items=("median", "p90"), has_whole=False, is_report=True
    ),
    "M10-1": Asked(
        "members", ("year",), aim=Aim(6, is_linear=True), is_report=True,
        members=_items(
            "jiudu_jiangren", "zhengan_guitar", "zuncha_technician", "qianbei_defence",
            "qianbei_hongyi", "zun_housekeeper",
        ),
    ),
    "M10-2": Asked(
        "members", ("year",), aim=Aim(7, is_linear=True), is_report=True,
        members=_items(
            "guizhou_liquor", "guizhou_green_tea", "guizhou_defence", "guizhou_technician",
            "qian_chef", "qianling_household", "qianlv_artisan",
        ),
    ),
    "M10-3": Asked(
        "members", ("year",), is_stock=True, aim=Aim(3), is_report=True,
        members=_items("leading", "backbone", "growing"),
    ),
    "M10-4": Asked(
        "sum", ("year",), items=("trained", "placed"), has_whole=False, crossed=("unit",),
        is_report=True,
    ),
    "M11-1": Asked(
        "sum", ("year",), "ratio", aim=_ALL, binds="county", by="county", is_report=True
    ),
    "M11-2": Asked(
        "sum", ("year",), "ratio", aim=_ALL_IN_TIME, binds="county", by="county"
    ),
    "M11-3": Asked(
        "sum", ("year",), aim=_ALL_IN_TIME, binds="county", by="county", is_told_by_each=True
    ),
    "M11-3-willing": Asked("sum", ("year",), "ratio", by="county", is_told_by_each=True),
    "M11-4": Asked(
        "sum", ("month",), "ratio", aim=_ALL, binds="county", by="county", is_report=True
    ),
    "M12-1": Asked(
        "sum", ("quarter",), "ratio", is_stock=True, aim=Aim(0.3333), binds="unit", by_unit=True,
        is_report=True,
    ),
    "M12-2": Asked("highest", ("quarter",), aim=Aim(3, "<="), is_report=True),
    "M12-3": Asked("sum", ("year",), aim=_ALL_IN_TIME),
    "M12-4": Asked(
        "persons", ("quarter",), "ratio", is_stock=True, aim=_ALL, binds="unit", by_unit=True,
        is_report=True,
    ),
    "M12-5": Asked("persons", ("year",), "ratio"),
    "M12-6": Asked("persons", ("year",), by="area"),
    "M13-1": Asked(
        "sum", ("year",), "ratio", aim=_ALL_IN_TIME, binds="county", by="county"
    ),
    "M13-2": Asked("sum", ("year",), "ratio", aim=_ALL, binds="county", by="county"),
    "M13-3": Asked("sum", ("year",), "ratio", aim=_ALL, binds="county", by="county"),
    "M13-4": Asked("sum", ("year",), aim=_ALL_IN_TIME, binds="county", by="county"),
    "M13-5": Asked("members", ("year",), "ratio", aim=_ALL, members=_EACH_COUNTY),
    "M13-6": Asked("sum", ("year",), "ratio", aim=_ALL, binds="county", by="county"),
    "M14-1": Asked("sum", ("quarter",), "ratio", by="area", is_report=True),
    "M14-2": Asked("persons", ("year",)),
    "M14-3": Asked(
        "sum", ("year",), is_stock=True, aim=_ALL, industry="liquor"
    ),
    "M14-4": Asked("sum", ("year",), by_unit=True, is_report=True),
    "M14-5": Asked(
        "sum", ("year",), "ratio", is_stock=True, aim=_ALL, binds="county", by="county"
    ),
    "M14-6": Asked(
        "sum", ("month", "year"), has_whole=False,
        items=("qualification", "skill_level", "special_ability"),
    ),
    "M15-1": Asked(
        "sum", ("quarter",), "ratio", aim=_ALL, binds="county", by="county", is_report=True
    ),
    "M15-2": Asked("sum", ("month",), "ratio", aim=_ALL, by_unit=True),
    "M16-1": Asked(
        "members", ("end",), "ratio", is_stock=True, aim=_ALL_IN_TIME, members=_EACH_COUNTY,
        is_report=True,
    ),
    "M16-2": Asked(
        "members", ("year",), is_stock=True, aim=Aim(3), is_report=True,
        members=_items("liquor_base", "green_tea_base", "defence_base"),
    ),
    "M16-3": Asked(
        "members", ("end",), is_stock=True, aim=Aim(3, is_linear=True), is_report=True,
        members=(("520302", "", ""), ("520324", "", ""), ("520327", "", "")),
    ),
    "M16-4": Asked(
        "members", ("end",), is_stock=True, aim=Aim(4, is_linear=True), is_report=True,
        members=_items(
            "city_public_base", "zhengan_public_base", "honghuagang_public_base",
            "tongzi_public_base",
        ),
    ),
    "M16-5": Asked("sum", ("year",), by="county"),
    "M17-3": Asked("sum", ("year",), is_stock=True, is_report=True),
    "M17-4": Asked(
        "sum", ("year",), is_stock=True, items=("apprentices", "innovations", "person_times"),
        has_whole=False, crossed=("unit",), is_report=True,
    ),
    "M18-1": Asked("sum", ("end",), is_stock=True, aim=_SOME),
    "M18-2": Asked("sum", ("year",), items=("pre_post", "transfer", "in_post"), has_whole=False),
    "M18-3": Asked("sum", ("end",), is_stock=True, aim=_SOME),
    "M19-1": Asked("sum", ("year",), "growth", aim=_SOME, is_report=True),
    "M19-2": Asked(
        "sum", ("year",), items=("students", "teachers", "places"), has_whole=False,
        is_report=True,
    ),
    "M19-3": Asked("sum", ("year",), "growth", aim=_SOME, is_report=True),
    "M19-4": Asked("sum", ("year",), is_stock=True, by="area"),
    "M19-5": Asked("sum", ("end",), is_stock=True),
    "M20-5": Asked(
        "persons", ("year",), items=("contestants", "winners", "promoted", "craftsmen"),
        has_whole=False, crossed=("area", "industry"),
    ),
    "M20-6": Asked("sum", ("year",)),
    "M20-7": Asked("sum", ("year",), items=("enterprise", "school"), has_whole=False),
    "M21-1": Asked("sum", ("quarter",), "ratio", aim=_ALL, binds="unit", by_unit=True),
    "M22-1": Asked(
        "sum", ("quarter",), "ratio", is_stock=True, by="area", by_unit=True, is_report=True
    ),
    "M22-2": Asked("members", ("year",), "ratio", aim=_ALL_IN_TIME, members=_EACH_COUNTY),
    "M22-3": Asked(
        "sum", ("year",), "ratio", aim=_SOME, binds="item", items=("projects", "amount"),
        has_whole=False, is_report=True,
    ),
    "M22-4": Asked(
        "sum", ("year",), items=("opened", "closed", "at_risk", "recovered"), has_whole=False
    ),
    "M23-1": Asked(
        "sum", ("quarter",), by="county", items=("publicity", "item", "model_case")
    ),
}  # fmt: skip

#: Where an indicator is looked at otherwise as well.
ALSO_ASKED: Final[dict[str, Asked]] = {
    "M01-2": Asked("sum", ("year",), "ratio", is_report=True),
    "M09-1-persons": Asked("persons", ("year",), by="area", has_whole=False, is_report=True),
    "M15-2": Asked("sum", ("year",), "ratio", by="area", has_whole=False),
}
