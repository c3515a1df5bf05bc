"""What truly happened in the simulated city: courses, who took part, how it ended.

The world knows nothing of reports. Who reported which training, how, and with which faults is
decided in `platform`, `ledger_lines` and `rosters`. One rule of the world matters to whoever
counts: a person's trainings lie at least a month apart, so two reports that touch in time and agree
in person and occupation family are always about one training.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from ingestion.sample_agencies.catalog import (
    AREA_INDEX,
    AREAS,
    CITY_LEVEL,
    DEPARTMENTS,
    INDUSTRY_WORDS,
    OCCUPATION_INDEX,
    OCCUPATIONS,
    PROGRAMMES,
    ROSTERED,
    STATE_PROVIDERS,
    Programme,
)
from ingestion.sample_agencies.people import (
    Days,
    Flags,
    Ints,
    People,
    Texts,
    credit_code,
    make_people,
    pick,
    random_stream,
)

#: How busy each month of a year is.
_MONTH_WEIGHTS: Final = np.array([6, 5, 10, 11, 12, 11, 10, 10, 11, 12, 12, 10], dtype=float)
_MEAN_SIZE: Final = 24
#: Months in which people who come again may start; the others keep a person's trainings apart.
_RETURN_MONTHS: Final = (1, 2, 3, 4, 7, 8, 9, 10)
#: Of every 18 courses of an area, those that only its ledger lists, and those in both places.
_LEDGER_ONLY: Final = (1, 7, 13)
_ALSO_IN_LEDGER: Final = (4, 10, 16)
#: Of those a department holds, the ones that only its roster lists, and those that it lists beside
#: the platform, the ledger, or both.
_ROSTER_ONLY: Final = 2
_ALSO_IN_ROSTER: Final = (0, 1, 4)

COMPLETED, NOT_COMPLETED, WITHDRAWN, IN_TRAINING = range(4)
FINISHED, CANCELLED, RUNNING, FILED = range(4)


def month_range(start: str, end: str) -> tuple[tuple[int, int], ...]:
    """Months from ``YYYY-MM`` to ``YYYY-MM``, both included."""
    first, last = (int(text[:4]) * 12 + int(text[5:7]) - 1 for text in (start, end))
    if first > last:
        raise ValueError("the world ends before it starts")
    return tuple(divmod(place, 12) for place in range(first, last + 1))


@dataclass(frozen=True)
class Institutions:
    credit_code: Texts
    name: Texts
    kind: Texts
    area: Ints

    def __len__(self) -> int:
        return len(self.name)


@dataclass(frozen=True)
class Courses:
    """One entry per course that was filed or held, in order of start."""

    programme: Ints
    occupation: Ints
    level: Ints  # -1: none
    area: Ints
    institution: Ints
    department: Ints  # -1: the bureau itself
    started_on: Days
    ended_on: Days
    hours: Ints
    size: Ints
    declared: Texts  # industry code, or empty
    status: Ints
    is_subsidised: Flags
    is_demonstration: Flags
    on_platform: Flags
    #: County unit whose ledger lists the course, -1: none.
    ledger_area: Ints
    #: Department whose roster lists the course, -1: none.
    roster_department: Ints

    def __len__(self) -> int:
        return len(self.occupation)


@dataclass(frozen=True)
class Trainings:
    """One entry per person and course."""

    course: Ints
    person: Ints
    completion: Ints
    attended_hours: Ints
    certificate_no: Texts  # empty: none was issued

    def __len__(self) -> int:
        return len(self.course)


@dataclass(frozen=True)
class World:
    seed: int
    factor: float
    months: tuple[tuple[int, int], ...]  # (year, month - 1)
    people: People
    institutions: Institutions
    courses: Courses
    trainings: Trainings

    @property
    def first_day(self) -> date:
        year, month = self.months[0]
        return date(year, month + 1, 1)

    @property
    def last_day(self) -> date:
        year, month = self.months[-1]
        return date.fromordinal(date(year + (month == 11), (month + 1) % 12 + 1, 1).toordinal() - 1)

    @property
    def years(self) -> tuple[int, ...]:
        return tuple(sorted({year for year, _ in self.months}))


def make_world(factor: float, seed: int, start: str, end: str) -> World:
    """The city between two months, both included. Raises ValueError for an empty span."""
    months = month_range(start, end)
    institutions = _make_institutions(max(20, round(300 * factor)), seed)
    courses = _make_courses(factor, seed, months, institutions)
    trainings, people = _make_trainings(courses, seed)
    return World(seed, factor, months, people, institutions, courses, trainings)


_STATE_OWNED: Final = "国有企业"
_INSTITUTION_KINDS: Final[tuple[tuple[str, str, str], ...]] = (
    ("民办职业培训学校", "52", "职业培训学校"),
    ("民办职业培训学校", "91", "职业技能培训有限公司"),
    ("技工院校", "12", "技工学校"),
    ("职业院校", "12", "中等职业学校"),
    ("企业", "91", "实业有限公司"),
    (_STATE_OWNED, "91", "国有培训有限公司"),
    ("事业单位", "12", "就业培训中心"),
)
_FANCY: Final = "启航明德致远博雅弘毅聚贤众诚同心金桥育才新程匠心远航立业兴业惠民"


def _make_institutions(count: int, seed: int) -> Institutions:
    rng = random_stream(seed, "institutions")
    kind = pick(rng, count, (38, 22, 7, 10, 13, 4, 6))
    area = np.concatenate([np.arange(len(AREAS)), pick(rng, count, [a.weight for a in AREAS])])
    words = [_FANCY[place : place + 2] for place in range(0, len(_FANCY), 2)]
    names = [
        f"{AREAS[area[place]].name}样例{words[place % len(words)]}"
        f"{place // len(words) + 1:02d}{_INSTITUTION_KINDS[kind[place]][2]}"
        for place in range(count)
    ]
    state_owned = [n for n in range(count) if _INSTITUTION_KINDS[kind[n]][0] == _STATE_OWNED]
    for place, (_, name) in zip(state_owned, STATE_PROVIDERS, strict=False):
        names[place] = name
    codes = [credit_code(_INSTITUTION_KINDS[kind[place]][1], place + 1) for place in range(count)]
    kinds = [_INSTITUTION_KINDS[kind[place]][0] for place in range(count)]
    return Institutions(
        np.array(codes, dtype=object),
        np.array(names, dtype=object),
        np.array(kinds, dtype=object),
        area[:count],
    )


def _interleaved(weights: dict[int, int], count: int) -> Ints:
    """Values spread over `count` places in proportion to their weights, none in lumps."""
    total = sum(weights.values())
    values, places = [], []
    for value, weight in weights.items():
        share = count * weight / total
        own = np.arange(int(share) + 2)
        values.append(np.full(len(own), value))
        places.append((own + 0.5) / max(share, 1.0))
    order = np.argsort(np.concatenate(places), kind="stable")
    return np.concatenate(values)[order][:count]


def _spread_days(months: tuple[tuple[int, int], ...], count: int) -> Days:
    """Start days at even steps of the months' weights."""
    weights = np.array([_MONTH_WEIGHTS[month] for _, month in months])
    edges = np.concatenate([[0.0], np.cumsum(weights)])
    targets = (np.arange(count) + 0.5) / count * edges[-1]
    place = np.searchsorted(edges, targets, side="right") - 1
    inside = (targets - edges[place]) / weights[place]
    first = np.array([f"{year}-{month + 1:02d}-01" for year, month in months], dtype="M8[D]")
    days: Days = first[place] + np.floor(inside * 28).astype("m8[D]")
    return days


def _programme_courses(
    programme: Programme, number: int, factor: float, seed: int, months: tuple[tuple[int, int], ...]
) -> dict[str, np.ndarray]:
    rng = random_stream(seed, f"courses {programme.name}")
    span = sum(_MONTH_WEIGHTS[month] for _, month in months) / (3 * _MONTH_WEIGHTS.sum())
    count = max(len(programme.areas), round(programme.trainings * factor * span / _MEAN_SIZE))
    started_on = _spread_days(months, count)
    area = _interleaved({AREA_INDEX[code]: w for code, w in programme.areas.items()}, count)
    busiest = AREA_INDEX[max(programme.areas, key=lambda code: programme.areas[code])]
    years = started_on.astype("M8[Y]").astype(int) + 1970
    for code, year in programme.pauses:
        area[(area == AREA_INDEX[code]) & (years == year)] = busiest
    # where two programmes share a city, occupations must not follow areas: shuffle them
    occupation = rng.permutation(
        _interleaved({OCCUPATION_INDEX[n]: w for n, w in programme.occupations.items()}, count)
    )
    sizes = rng.permutation(_interleaved(dict.fromkeys(range(16, 33), 1), count))
    declared = np.full(count, "", dtype=object)
    stated = rng.random(count) < programme.declared_share
    if programme.name in INDUSTRY_WORDS:
        declared[stated] = programme.name
    else:
        declared[stated] = "agriculture"
        own = np.array([o.industry for o in OCCUPATIONS], dtype=object)[occupation]
        keep = stated & (own != "")
        declared[keep] = own[keep]
    return {
        "programme": np.full(count, number),
        "started_on": started_on,
        "area": area,
        "occupation": occupation,
        "size": sizes,
        "declared": declared,
    }


def _rank_within(groups: Ints) -> Ints:
    """How many earlier entries are of the same group."""
    order = np.argsort(groups, kind="stable")
    _, starts, counts = np.unique(groups[order], return_index=True, return_counts=True)
    rank = np.empty(len(groups), dtype=np.int64)
    rank[order] = np.arange(len(groups)) - np.repeat(starts, counts)
    return rank


def _beyond_the_plan(
    started_on: Days, ended_on: Days, months: tuple[tuple[int, int], ...]
) -> tuple[Days, Days]:
    """A few courses ended just before the first month, a few end after the last."""
    few = max(1, len(started_on) // 500)
    first = np.datetime64(f"{months[0][0]}-{months[0][1] + 1:02d}-01")
    after = np.datetime64(f"{months[-1][0]}-{months[-1][1] + 1:02d}", "M") + 1
    length = ended_on - started_on
    ended_on = ended_on.copy()
    ended_on[:few] = first - 1 - (np.arange(few) % 20).astype("m8[D]")
    ended_on[-few:] = after.astype("M8[D]") + (np.arange(few) % 14).astype("m8[D]")
    return ended_on - length, ended_on


def _make_courses(
    factor: float, seed: int, months: tuple[tuple[int, int], ...], institutions: Institutions
) -> Courses:
    parts = [
        _programme_courses(programme, number, factor, seed, months)
        for number, programme in enumerate(PROGRAMMES)
    ]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.argsort(joined["started_on"], kind="stable")
    joined = {name: values[order] for name, values in joined.items()}
    count = len(order)
    rng = random_stream(seed, "courses")

    started_on = joined["started_on"]
    length = rng.integers(4, 31, size=count)
    ended_on = started_on + (length - 1).astype("m8[D]")
    # nobody trains over New Year
    last = started_on.astype("M8[Y]") + np.timedelta64(1, "Y")
    over = np.maximum((ended_on - (last.astype("M8[D]") - 1)).astype(int), 0).astype("m8[D]")
    started_on, ended_on = started_on - over, ended_on - over

    has_levels = np.array([o.has_levels for o in OCCUPATIONS])[joined["occupation"]]
    level = np.where(has_levels, pick(rng, count, (46, 30, 20, 4)), -1)
    area = joined["area"]
    by_area = [np.flatnonzero(institutions.area == place) for place in range(len(AREAS))]
    draw = rng.random(count)
    institution = np.array(
        [
            int(own[int(x * len(own))]) if len(own := by_area[place]) else 0
            for place, x in zip(area.tolist(), draw.tolist(), strict=True)
        ],
        dtype=np.int64,
    )
    started_on, ended_on = _beyond_the_plan(started_on, ended_on, months)
    status = pick(rng, count, (977, 18, 3, 2))
    end = np.datetime64(f"{months[-1][0]}-{months[-1][1] + 1:02d}") + 1
    late = ended_on >= end.astype("M8[D]")
    status[late] = np.where(rng.random(int(late.sum())) < 0.7, RUNNING, FILED)

    programme = joined["programme"]
    turn = _rank_within(area) % 18
    ledger_only = np.isin(turn, _LEDGER_ONLY) & (area != CITY_LEVEL)
    status[ledger_only & ~late] = FINISHED
    ledger_only &= ~late
    holder = _roster_holders()[programme]
    roster_only = (turn == _ROSTER_ONLY) & (holder >= 0) & ~late
    status[roster_only] = FINISHED
    elsewhere_only = ledger_only | roster_only
    both = (np.isin(turn, _ALSO_IN_LEDGER) | (rng.random(count) < 0.02)) & ~elsewhere_only
    both &= (area != CITY_LEVEL) & (status == FINISHED)
    ledger_area = np.where(ledger_only | both, area, -1)
    elsewhere = both & (rng.random(count) < 0.03)
    ledger_area[elsewhere] = (area[elsewhere] + 1) % CITY_LEVEL
    department = np.where(rng.random(count) < 0.12, rng.integers(len(DEPARTMENTS), size=count), -1)
    demonstration = np.zeros(count, dtype=bool)
    year = started_on.astype("M8[Y]").astype(int)
    candidates = np.flatnonzero(~elsewhere_only & (status == FINISHED))
    _, firsts = np.unique(year[candidates] * 100 + area[candidates], return_index=True)
    demonstration[candidates[firsts]] = True
    return Courses(
        programme=programme,
        occupation=joined["occupation"],
        level=level,
        area=area,
        institution=institution,
        department=department,
        started_on=started_on,
        ended_on=ended_on,
        hours=length * 4 + 16,
        size=joined["size"],
        declared=joined["declared"],
        status=status,
        is_subsidised=rng.random(count) < 0.85,
        is_demonstration=demonstration,
        on_platform=~elsewhere_only,
        ledger_area=ledger_area,
        roster_department=np.where(
            (roster_only | np.isin(turn, _ALSO_IN_ROSTER)) & (status == FINISHED), holder, -1
        ),
    )


def _roster_holders() -> Ints:
    """By programme the department that holds courses of its own, -1: none."""
    places = {code: place for place, (code, _, _) in enumerate(DEPARTMENTS)}
    return np.array([places.get(ROSTERED.get(each.name, ""), -1) for each in PROGRAMMES])


def _assign_people(courses: Courses, course: Ints, seed: int) -> tuple[Ints, int]:
    """A person for each place in a course: some come again, at most once per half-year."""
    rng = random_stream(seed, "participation")
    starts = courses.started_on[course]
    month = starts.astype("M8[M]").astype(int) % 12 + 1
    half_year = starts.astype("M8[M]").astype(int) // 6
    again = np.isin(month, _RETURN_MONTHS) & (rng.random(len(course)) < 0.5)
    # one in five of those who come again does so anywhere, the others in their own area
    home = np.where(rng.random(len(course)) < 0.2, len(AREAS), courses.area[course])
    person = np.full(len(course), -1, dtype=np.int64)
    first = 0
    for place in range(len(AREAS) + 1):
        slots = np.flatnonzero(again & (home == place))
        if not len(slots):
            continue
        halves, counts = np.unique(half_year[slots], return_counts=True)
        pool = int(counts.max() * 1.2) + 1
        for half in halves.tolist():
            own = slots[half_year[slots] == half]
            person[own] = first + rng.permutation(pool)[: len(own)]
        first += pool
    once = person < 0
    person[once] = first + np.arange(int(once.sum()))
    # numbers nobody drew disappear
    _, person = np.unique(person, return_inverse=True)
    return person, int(person.max()) + 1


def _make_trainings(courses: Courses, seed: int) -> tuple[Trainings, People]:
    rng = random_stream(seed, "trainings")
    course = np.repeat(np.arange(len(courses)), courses.size)
    person, persons = _assign_people(courses, course, seed)
    completion = pick(rng, len(course), (945, 30, 25))
    unfinished = courses.status[course] != FINISHED
    completion[unfinished] = IN_TRAINING
    share = np.where(completion == COMPLETED, 0.8, 0.2) + rng.random(len(course)) * 0.2
    hours = np.floor(courses.hours[course] * share).astype(np.int64)
    certified = (completion == COMPLETED) & (rng.random(len(course)) < 0.55)
    number = _certificate_numbers(courses, course)
    number[~certified] = ""
    return Trainings(course, person, completion, hours, number), make_people(persons, seed)


def _certificate_numbers(courses: Courses, course: Ints) -> Texts:
    """22 characters with kind, body, province, site, year, level and serial."""
    year = (courses.ended_on.astype("M8[Y]").astype(int) + 1970) % 100
    digit = np.where(courses.level >= 0, 5 - courses.level, 9)
    head = [
        f"{'YSSS'[institution % 4]}0000{52}{institution % 90 + 10}{y:02d}{d}"
        if d < 9
        else f"ZX5203{institution % 90 + 10}{y:02d}"
        for institution, y, d in zip(
            courses.institution.tolist(), year.tolist(), digit.tolist(), strict=True
        )
    ]
    serial = np.char.mod("%06d", np.arange(len(course)) % 1_000_000).astype(object)
    numbers: Texts = np.array(head, dtype=object)[course] + serial
    return numbers
