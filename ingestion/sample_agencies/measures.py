"""What indicators must say of trainings, classes, certificates, payments and the bureau's lists.

Counted from what the simulator itself made, never from what was read; registers of the agencies
tell their own events, see `registers`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from ingestion.sample_agencies.catalog import (
    AREAS,
    DEPARTMENTS,
    OCCUPATIONS,
    PERSON_TYPES,
    STATE_PROVIDERS,
)
from ingestion.sample_agencies.certificates import Certificates
from ingestion.sample_agencies.house_styles import STYLES
from ingestion.sample_agencies.lists import Lists, Stock, shared_out
from ingestion.sample_agencies.people import Days, Flags, Ints, Texts
from ingestion.sample_agencies.platform import Platform
from ingestion.sample_agencies.registers import Registers
from ingestion.sample_agencies.reports import (
    AREA_RANKS,
    PLAN_ENDS,
    PLAN_STARTS,
    PLATFORM,
    Counted,
)
from ingestion.sample_agencies.special_work import INDICATOR as SPECIAL
from ingestion.sample_agencies.special_work import Special
from ingestion.sample_agencies.tallies import (
    CITY,
    PLAN_YEARS,
    PRIORITY_POPULATIONS,
    Aim,
    Event,
    Kpi,
    Span,
    judge,
    plan_months,
    quarter,
    tally,
    whole_year,
)
from ingestion.sample_agencies.world import FINISHED, World

_INDUSTRY_TARGETS: Final = {
    "liquor": 30_000, "tea": 10_000, "equipment": 10_000, "care": 10_000, "guitar": 2_000,
}  # fmt: skip
PAIRS: Final = (
    ("520382", "liquor"), ("520330", "liquor"), ("520303", "liquor"), ("520328", "tea"),
    ("520327", "tea"), ("520329", "tea"), ("520324", "tea"), ("520303", "equipment"),
    ("520381", "bamboo"), ("520322", "bamboo"), ("520302", "care"), ("520303", "care"),
    ("520304", "care"), ("5203XP", "chili"), ("520324", "guitar"),
)  # fmt: skip
#: Groups of people that the plan names, by the word of the rosters; others count for none.
_POPULATIONS: Final = {
    "脱贫劳动力": "lifted_from_poverty", "离校未就业高校毕业生": "graduates",
    "易地搬迁劳动力": "relocated", "残疾人": "hard_to_employ", "企业职工": "enterprise_staff",
    "返乡农民工": "returning_migrants", "灵活就业人员": "flexible_workers",
}  # fmt: skip
#: 电工、焊工、叉车、康养护理、家政育婴等工种
_URGENT: Final = {
    "电工": "electrician", "焊工": "welder", "叉车司机": "forklift_driver",
    "养老护理员": "elderly_carer", "家政服务员": "household_worker", "育婴员": "infant_carer",
}  # fmt: skip
_OTHER_COUNTIES: Final = ("520323", "520325", "520326")
#: 白酒酿造工、品酒师 … 吉他销售: those that the plan names for an industry.
_NAMED_OCCUPATIONS: Final = {
    "白酒酿造工": "liquor_brewer", "品酒师": "liquor_taster", "茶艺师": "tea_artist",
    "评茶员": "tea_evaluator", "茶叶加工": "tea_processing_ability",
    "茶叶种植": "tea_planting_ability", "茶艺演示": "tea_art_ability", "育婴员": "infant_carer",
    "养老护理员": "elderly_carer", "家政服务员": "household_worker",
    "吉他胴部制作": "guitar_body_ability", "吉他涂装制作": "guitar_coating_ability",
    "吉他研磨制作": "guitar_grinding_ability", "吉他颈部制作": "guitar_neck_ability",
    "吉他销售": "guitar_sales_ability", "辣椒种植": "chili_planting_ability",
    "辣椒管护": "chili_tending_ability", "辣椒产品深加工": "chili_processing_ability",
    "辣椒产品销售": "chili_sales_ability",
}  # fmt: skip
_INDUSTRY_OF: Final = {occupation.name: occupation.industry for occupation in OCCUPATIONS}
#: By rank of a course's level; the last two are high skills.
_LEVELS: Final = ("junior", "intermediate", "senior", "technician")
_HIGH: Final = 2
#: What is counted of trainings, classes, certificates and payments while a period runs.
_COUNTED: Final = (
    "H-03-certified", "H-04-certified", "M04-3", "M07-1", "M07-2", "M07-3", "M13-6", "M14-6",
    "M15-2", "M20-5", "M20-6", "M20-7",
)  # fmt: skip


@dataclass(frozen=True)
class Records:
    """What was made beside trainings and their reports."""

    lists: Lists
    registers: Registers
    special: Special
    platform: Platform
    certificates: Certificates


def kpis(counted: Counted, world: World, records: Records) -> list[Kpi]:
    """Values of every indicator that is known apart from the pipeline."""
    as_of, lists = counted.as_of, records.lists
    found = [*headline([counted]), *_stock(lists, as_of), *_person_times(counted)]
    for span in map(whole_year, PLAN_YEARS):
        if span.starts <= as_of:
            found += [*_industries(counted, world, span), *_competitions(lists, span, as_of)]
    found += _competitions(lists, _CUMULATIVE, as_of)
    found += _workshops(lists, as_of)
    whole = (Span("plan", PLAN_STARTS, PLAN_ENDS),)
    told = {
        **records.registers.told(),
        **dict.fromkeys((*_COUNTED, SPECIAL), whole),
        "M17-4": [quarter(*known) for known in {(w.year, w.quarter) for w in lists.workshops}],
    }
    events = [
        *records.registers.events(as_of),
        *records.special.events(as_of),
        *_training_events(counted, world),
        *_certificate_events(counted, world, records.certificates),
        *_payment_events(counted, world, records.platform),
        *_class_events(counted, world, records),
        *_list_events(lists, as_of),
    ]
    found += tally(events, as_of, told)
    return found


# --- trainings --------------------------------------------------------------------------------


def _person_times(counted: Counted) -> Iterator[Kpi]:
    """Months, years and the whole, by area and by industry, and what both say together."""
    industries = sorted(set(counted.industry.tolist()))
    months = [*plan_months()]
    month = counted.ended_on.astype("M8[M]").astype(int) - (PLAN_STARTS.year - 1970) * 12
    shape = (len(months), len(AREAS), len(industries))
    places = (month, counted.area, np.searchsorted(industries, counted.industry.astype(str)))
    cells = np.ravel_multi_index(places, shape)
    cube = np.bincount(cells, minlength=len(months) * len(AREAS) * len(industries)).reshape(shape)
    each = [(span, slice(n, n + 1)) for n, span in enumerate(months)]
    years = [(whole_year(year), slice(n * 12, n * 12 + 12)) for n, year in enumerate(PLAN_YEARS)]
    for span, part in (*each, *years, (_CUMULATIVE, slice(None))):
        if span.starts <= counted.as_of:
            sums = cube[part].sum(axis=0) * counted.copies
            yield from _person_times_in(span, [code or "none" for code in industries], sums)


def _person_times_in(span: Span, industries: list[str], sums: Ints) -> Iterator[Kpi]:
    """``sums`` by area and industry."""

    def told(indicator: str, area: str, industry: str, value: int) -> Kpi:
        return Kpi(indicator, span.code, area, industry, "all", value, None, "monitored")

    is_month, is_all = span.code[4:5] == "-" and span is not _CUMULATIVE, span is _CUMULATIVE
    if not is_all:
        yield told("H-01", CITY, "all", int(sums.sum()))
    for industry, value in zip(industries, sums.sum(axis=0).tolist(), strict=True):
        yield told("H-01", CITY, industry, value)
    for area, own in zip(AREAS, sums.tolist(), strict=True):
        yield told("H-01", area.code, "all", sum(own))
        for industry, value in zip(industries, own, strict=True):
            if is_month or (is_all and (area.code, industry) in PAIRS):
                yield told("M05-2", area.code, industry, value)
            if is_all and industry in _INDUSTRY_TARGETS:
                yield told(f"H-02-{industry}", area.code, industry, value)


def _training_events(counted: Counted, world: World) -> Iterator[Event]:
    """Counted trainings by month and place: of groups of people, of urgent occupations, and of the
    state-owned enterprises that the plan names.
    """
    course = world.trainings.course[counted.training]
    group = np.array([_POPULATIONS.get(word, "") for word in PERSON_TYPES], dtype=object)
    own_group = group[world.trainings.person[counted.training] % len(PERSON_TYPES)]
    says_group = [AREA_RANKS[style.area_code] for style in STYLES if "person_type" in style.columns]
    own_group[~np.isin(counted.reporter, [PLATFORM, *says_group])] = ""
    occupation = np.array([_URGENT.get(each.name, "") for each in OCCUPATIONS], dtype=object)
    owners = {name: code for code, name in STATE_PROVIDERS}
    provider = np.array([owners.get(name, "") for name in world.institutions.name], dtype=object)
    for indicator, items in (
        ("M07-2", own_group),
        ("M07-2", np.where(np.isin(own_group, PRIORITY_POPULATIONS), "all", "")),
        ("M07-3", occupation[world.courses.occupation[course]]),
        ("M04-3", provider[world.courses.institution[course]]),
    ):
        for month, area, item, number in _added_up(counted.ended_on, counted.area, items):
            yield Event(indicator, month, area, item=item, numerator=number * counted.copies)


def _added_up(days: Days, areas: Ints, items: Texts) -> Iterator[tuple[date, str, str, int]]:
    """How many there are by month, place and item; those without an item are left out."""
    first = days.astype("M8[M]").astype("M8[D]").astype(str).astype(object)
    keys = first + "|" + areas.astype(str).astype(object) + "|" + items
    for key, number in zip(*np.unique(keys.astype(str), return_counts=True), strict=True):
        month, area, item = key.split("|")
        if item:
            yield date.fromisoformat(month), AREAS[int(area)].code, item, int(number)


# --- certificates, payments, classes ----------------------------------------------------------


def _certificate_events(
    counted: Counted, world: World, certificates: Certificates
) -> Iterator[Event]:
    """Certificates by kind, and who holds one at the date: at the highest level, where it was
    issued last.
    """
    today = np.datetime64(min(counted.as_of, PLAN_ENDS))
    own = np.flatnonzero(~certificates.is_rejected & (certificates.issued_on <= today))
    issued_on = certificates.issued_on[own]
    course = world.trainings.course[certificates.training[own]]
    has_levels = np.array([each.has_levels for each in OCCUPATIONS])
    kind = np.where(has_levels[world.courses.occupation[course]], "skill_level", "special_ability")
    for month, where, item, number in _added_up(
        issued_on, world.courses.area[course], kind.astype(object)
    ):
        yield Event("M14-6", month, where, item=item, numerator=number * counted.copies)

    valid = ~certificates.is_revoked[own]
    level, area_of = world.courses.level[course][valid], world.courses.area[course][valid]
    person = world.trainings.person[certificates.training[own]][valid]
    order = np.lexsort((issued_on[valid], level, person))
    _, last = np.unique(person[order][::-1], return_index=True)
    best = order[::-1][last]
    taught = world.courses.occupation[course][valid]
    parts = (part[best].tolist() for part in (area_of, taught, level))
    holders = Counter(zip(*parts, strict=True))
    for (place, occupation, rank), number in holders.items():
        for indicator, least in (("H-03-certified", -1), ("H-04-certified", _HIGH)):
            for item in ("all", _LEVELS[rank]) if rank >= 0 else ("all",):
                if rank >= least:
                    yield Event(
                        indicator, min(counted.as_of, PLAN_ENDS), AREAS[place].code,
                        OCCUPATIONS[occupation].industry or "none", item=item,
                        numerator=number * counted.copies,
                    )  # fmt: skip


def _paid(platform: Platform, as_of: date) -> Flags:
    """Which payments count at a date."""
    payments = platform.payments
    found: Flags = (
        payments.is_paid & ~payments.is_rejected & (payments.paid_on <= np.datetime64(as_of))
    )
    return found


def _payment_events(counted: Counted, world: World, platform: Platform) -> Iterator[Event]:
    """What was paid, and what of it leads to a class; every payment names a person."""
    payments = platform.payments
    own = _paid(platform, counted.as_of)
    course = world.trainings.course[payments.training[own]]
    lost = platform.lost_courses[course]
    sums: Counter[tuple[date, str, str, bool]] = Counter()
    for day, place, unit, is_lost, amount in zip(
        payments.paid_on[own].astype("M8[M]").astype("M8[D]").tolist(),
        world.courses.area[course].tolist(), payments.fund[own].tolist(), lost.tolist(),
        payments.amount_cny[own].tolist(), strict=True,
    ):  # fmt: skip
        sums[day, "unknown" if is_lost else AREAS[place].code, unit, is_lost] += amount
    for (day, area, unit, is_lost), amount in sums.items():
        paid = amount * counted.copies
        yield Event(
            "M15-2", day, area, unit=unit, numerator=0 if is_lost else paid, denominator=paid
        )


def _class_events(counted: Counted, world: World, records: Records) -> Iterator[Event]:
    """Demonstration classes, and subsidised ones with trainings, certificates and payments."""
    courses, certificates = world.courses, records.certificates
    today = np.datetime64(counted.as_of)
    course_of = world.trainings.course
    shown = courses.on_platform & ~records.platform.lost_courses & (courses.status == FINISHED)
    shown &= courses.ended_on <= today
    is_recorded = np.ones(len(courses), dtype=bool)
    paid = records.platform.payments.training[_paid(records.platform, counted.as_of)]
    for trainings in (
        counted.training[counted.reporter == PLATFORM],
        certificates.training[~certificates.is_rejected & (certificates.issued_on <= today)],
        paid,
    ):
        has_any = np.zeros(len(courses), dtype=bool)
        has_any[course_of[trainings]] = True
        is_recorded &= has_any
    for place in np.flatnonzero(shown).tolist():
        day: date = courses.ended_on[place].astype("M8[D]").item()
        area = AREAS[courses.area[place]].code
        if courses.is_demonstration[place]:
            yield Event("M07-1", day, area, numerator=counted.copies)
        if courses.is_subsidised[place]:
            yield Event(
                "M13-6", day, area, numerator=int(is_recorded[place]) * counted.copies,
                denominator=counted.copies,
            )  # fmt: skip


# --- the bureau's lists -----------------------------------------------------------------------


def _list_events(lists: Lists, as_of: date) -> Iterator[Event]:
    """What workshops bring about, and competitions beside what is judged of them."""
    for workshop in lists.workshops:
        day = quarter(workshop.year, workshop.quarter).ends
        if day <= as_of:
            for item, number in workshop.output.items():
                yield Event("M17-4", day, unit=workshop.number, item=item, numerator=number)
    held = {each.number: each.ended_on for each in lists.competitions if each.ended_on <= as_of}
    for each in lists.competitions:
        if each.number in held:
            yield Event("M20-6", each.ended_on, each.area, numerator=each.coaches)
            if each.level in ("enterprise", "school"):
                yield Event("M20-7", each.ended_on, each.area, item=each.level)
    for result in lists.results:
        if result.competition in held:
            for item in result.items:
                yield Event(
                    "M20-5", held[result.competition], AREAS[result.area].code, result.industry,
                    item=item, person=result.person,
                )  # fmt: skip


# --- judged one by one ------------------------------------------------------------------------


def status_of(
    value: float, target: float | None, span: Span, as_of: date, baseline: float = 0.0
) -> str:
    """The status of a value that should reach a target by the end of a span."""
    if as_of < span.starts:
        return "not_due"
    aim = None if target is None else Aim(target, is_linear=True, baseline=baseline)
    return judge(value, aim, span, as_of)


_CUMULATIVE: Final = Span("2023-2025", PLAN_STARTS, PLAN_ENDS)
_END: Final = Span("2025-end", PLAN_STARTS, PLAN_ENDS)


def _city(
    indicator: str,
    span: Span,
    value: float,
    whole: float | None,
    status: str,
    industry: str = "all",
    item: str = "all",
) -> Kpi:
    return Kpi(indicator, span.code, CITY, industry, "all", value, whole, status, item)


def headline(parts: Sequence[Counted]) -> list[Kpi]:
    """Person-times of the plan, in all parts of a city together."""
    as_of, span = parts[0].as_of, _CUMULATIVE

    def person_times(industry: str | None = None) -> int:
        return sum(part.person_times(span.starts, span.ends, industry=industry) for part in parts)

    total = person_times()
    found = [_city("H-01", span, total, None, status_of(total, 120_000, span, as_of))]
    for industry, target in _INDUSTRY_TARGETS.items():
        value = person_times(industry)
        status = status_of(value, target, span, as_of)
        found.append(_city(f"H-02-{industry}", span, value, None, status, industry))
    others = total - sum(kpi.numerator for kpi in found[1:])
    found.append(_city("H-02-other", span, others, None, "monitored", "other"))
    return found


def _stock(lists: Lists, as_of: date) -> Iterator[Kpi]:
    """What the bureau reported last, and quarter by quarter."""
    known: list[Stock] = []
    for stock in lists.stocks:
        span = quarter(stock.year, stock.quarter)
        if PLAN_STARTS <= span.ends <= as_of:
            known.append(stock)
            yield from _stock_by_area(stock, span)
    if not known:
        return
    last = known[-1]
    yield from _stock_by_area(last, _END)
    for item, number in last.high_skilled_by_level.items():
        yield _city("H-04", _END, number, None, "monitored", item=item)
    before = [s for s in lists.stocks if (s.year, s.quarter) == (2022, 4)]
    for indicator, value, target, base in (
        ("H-03", last.skilled, 450_000, before[0].skilled if before else 0),
        ("H-04", last.high_skilled, 90_000, before[0].high_skilled if before else 0),
    ):
        yield _city(indicator, _END, value, None, status_of(value, target, _END, as_of, base))


def _stock_by_area(stock: Stock, span: Span) -> Iterator[Kpi]:
    for indicator, whole in (("H-03", stock.skilled), ("H-04", stock.high_skilled)):
        if span is not _END:
            yield _city(indicator, span, whole, None, "monitored")
        for area, number in zip(AREAS, shared_out(whole), strict=True):
            yield Kpi(indicator, span.code, area.code, "all", "all", number, None, "monitored")


def _industries(counted: Counted, world: World, span: Span) -> list[Kpi]:
    as_of = counted.as_of

    def area_has(area: str, industry: str | None = None) -> bool:
        own = counted.chosen(span.starts, span.ends, area, industry)
        return bool((own & (counted.industry != "")).any())

    active = sum(area_has(*pair) for pair in PAIRS)
    trained = sum(area_has(area) for area in _OTHER_COUNTIES)
    classes = counted.chosen(span.starts, span.ends)
    course = world.trainings.course[counted.training[classes]]
    taught = {OCCUPATIONS[place].name for place in np.unique(world.courses.occupation[course])}
    named = {name: int(name in taught) for name in _NAMED_OCCUPATIONS}
    share = sum(named.values()) / len(named)
    return [
        *(
            Kpi(
                "M05-1",
                span.code,
                area,
                industry,
                "all",
                int(area_has(area, industry)),
                1,
                "monitored",
            )
            for area, industry in PAIRS
        ),
        *(
            Kpi("M05-4", span.code, area, "all", "all", int(area_has(area)), 1, "monitored")
            for area in _OTHER_COUNTIES
        ),
        *(
            _city("M05-3", span, held, 1, "monitored", _INDUSTRY_OF[name], _NAMED_OCCUPATIONS[name])
            for name, held in named.items()
        ),
        _city("M05-3", span, sum(named.values()), len(named), status_of(share, 1, span, as_of)),
        _city("M05-1", span, active, 15, status_of(active / 15, 1, span, as_of)),
        _city("M05-4", span, trained, 3, status_of(trained / 3, 1, span, as_of)),
    ]


def _competitions(lists: Lists, span: Span, as_of: date) -> list[Kpi]:
    own = [
        each for each in lists.competitions if span.starts <= each.ended_on <= min(span.ends, as_of)
    ]
    is_judged = span is _CUMULATIVE
    municipal = sum(each.level == "municipal" for each in own)
    counties = {each.area for each in own if each.level == "county" and each.is_comprehensive}
    fields = {each.industry for each in own} & {"liquor", "tea", "equipment"}

    def status(value: float, target: float) -> str:
        return status_of(value, target if is_judged else None, span, as_of)

    found = [
        *(
            Kpi("M20-3", span.code, area, "all", "all", 1, 1, "monitored")
            for area in sorted(counties)
        ),
        *(_city("M20-4", span, 1, None, "monitored", industry) for industry in sorted(fields)),
        _city("M20-1", span, municipal, None, status(municipal, 1)),
        _city("M20-3", span, len(counties), 15, status(len(counties) / 15, 1)),
        _city("M20-4", span, len(fields), None, status(len(fields), 3)),
    ]
    if not is_judged:
        industrial = {code for code, _, _ in DEPARTMENTS[:10]}
        held = {each.organiser for each in own if each.organiser in industrial}
        value = len(held) / len(industrial)
        found += [
            Kpi("M20-2", span.code, CITY, "all", unit, 1, 1, "monitored") for unit in sorted(held)
        ]
        found.append(
            _city("M20-2", span, len(held), len(industrial), status_of(value, 1, span, as_of))
        )
    return found


def _workshops(lists: Lists, as_of: date) -> list[Kpi]:
    found = []
    known = []
    for when in sorted({(each.year, each.quarter) for each in lists.workshops}):
        span = quarter(*when)
        own = [w for w in lists.workshops if (w.year, w.quarter) == when]
        if span.starts > as_of:
            continue
        if span.ends <= as_of:
            known = own
        running = [w for w in own if w.status == "operating" and w.level == "municipal"]
        found.append(_city("M17-1", span, len(running), None, "monitored"))
        for area, number in Counter(w.area for w in running).items():
            found.append(Kpi("M17-1", span.code, area, "all", "all", number, None, "monitored"))
        for industry, number in Counter(w.industry for w in running).items():
            found.append(_city("M17-1", span, number, None, "monitored", industry))
        items = Counter(w.field for w in running)
        items.update(w.level for w in own if w.status == "operating")
        for item, number in items.items():
            found.append(_city("M17-1", span, number, None, "monitored", item=item))
    if known:
        raised = {
            w.industry for w in known
            if w.status != "closed" and (w.preparing or w.level in ("provincial", "national"))
        } & {"liquor", "tea", "equipment"}  # fmt: skip
        status = status_of(len(raised), 3, _END, as_of)
        found.append(_city("M17-2", _END, len(raised), None, status))
        found += [_city("M17-2", _END, 1, None, "monitored", industry) for industry in raised]
    return found
