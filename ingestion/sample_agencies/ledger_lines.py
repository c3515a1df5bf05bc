"""What each county unit writes into its ledger, line by line, and from which month to which.

A ledger lists the whole year to date, and counties correct silently: a line appears a month
late, vanishes, or comes back with another result. So a line has a first month and a month from
which it is gone; the ledger of a month is the lines that stand in that month. A corrected line
is two lines that follow each other.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np

from ingestion.sample_agencies.catalog import AREA_INDEX, CITY_LEVEL, OCCUPATIONS
from ingestion.sample_agencies.faults import CELL_FAULTS, DUPLICATE
from ingestion.sample_agencies.house_styles import STYLES
from ingestion.sample_agencies.people import Days, Flags, Ints, Texts, pick, random_stream
from ingestion.sample_agencies.world import (
    COMPLETED,
    NOT_COMPLETED,
    WITHDRAWN,
    World,
)

STAYS: Final = 13
#: How an ID stands in the cell when nothing is wrong with it.
PLAIN, OLD, LOWER_X, FULL_WIDTH, SPACED, MASKED = range(6)
_FULL_WIDTH: Final = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")


@dataclass(frozen=True)
class LedgerLines:
    """One entry per line and the months in which it stands."""

    training: Ints
    area: Ints
    year: Ints
    from_month: Ints
    until_month: Ints  # excluded
    started_on: Days
    ended_on: Days
    completion: Ints
    occupation: Texts
    hours: Ints
    id_form: Ints
    #: Index into CELL_FAULTS, DUPLICATE, or -1.
    fault: Ints

    def __len__(self) -> int:
        return len(self.training)

    def take(self, index: Ints | Flags) -> LedgerLines:
        """These lines only."""
        return LedgerLines(*(getattr(self, column.name)[index] for column in fields(self)))

    def stands_in(self, area: int, year: int, month: int) -> Ints:
        """Lines of one ledger, in the order in which it lists them."""
        return np.flatnonzero(
            (self.area == area)
            & (self.year == year)
            & (self.from_month <= month)
            & (month < self.until_month)
        )


def _joined(parts: list[LedgerLines]) -> LedgerLines:
    return LedgerLines(
        *(
            np.concatenate([getattr(part, column.name) for part in parts])
            for column in fields(LedgerLines)
        )
    )


def make_lines(world: World) -> LedgerLines:
    """Every line of every ledger, ordered by unit, year, course and training."""
    lines = _first_lines(world)
    lines = _with_spelling(lines, world)
    lines = _with_month_precision(lines)
    lines = _with_lateness(lines, world)
    lines = _with_id_forms(lines, world)
    lines = _with_faults(lines, world)
    lines = _with_corrections(lines, world)
    lines = _with_removals(lines, world)
    lines = _with_duplicates(lines, world)
    course = world.trainings.course[lines.training]
    order = np.lexsort((lines.training, course, lines.year, lines.area))
    return lines.take(order)


def _first_lines(world: World) -> LedgerLines:
    rng = random_stream(world.seed, "ledger lines")
    courses, trainings = world.courses, world.trainings
    listed = (courses.ledger_area >= 0) & (
        courses.ended_on < np.datetime64(world.last_day.isoformat()) + 1
    )
    training = np.flatnonzero(listed[trainings.course])
    both = courses.on_platform[trainings.course[training]]
    # a county forgets a few of those whom the platform knows
    kept = ~both | (rng.random(len(training)) < 0.97)
    training, both = training[kept], both[kept]
    course = trainings.course[training]
    area = courses.ledger_area[course]

    # a course listed by two counties: each trainee stands in both ledgers
    second = np.flatnonzero(~both & (course % 61 == 7))
    training = np.concatenate([training, training[second]])
    area = np.concatenate([area, (area[second] + 1) % CITY_LEVEL])
    both = np.concatenate([both, np.zeros(len(second), dtype=bool)])
    course = trainings.course[training]

    # dates in a ledger lie up to two days off, a whole course alike
    drift = random_stream(world.seed, "ledger dates")
    shift_start = drift.choice([-2, -1, 0, 0, 0, 0, 1, 2], size=len(courses)).astype("m8[D]")
    shift_end = drift.choice([-2, -1, 0, 0, 0, 0, 1, 2], size=len(courses)).astype("m8[D]")
    start, end = courses.started_on[course], courses.ended_on[course]
    year_start = end.astype("M8[Y]").astype("M8[D]")
    year_end = (end.astype("M8[Y]") + 1).astype("M8[D]") - 1
    moved = both[:, None]
    dates = np.stack([start + shift_start[course], end + shift_end[course]], axis=1)
    dates = np.where(moved, dates, np.stack([start, end], axis=1))
    dates = np.clip(dates, year_start[:, None], year_end[:, None])
    started_on, ended_on = dates[:, 0], np.maximum(dates[:, 0], dates[:, 1])

    completion = trainings.completion[training].copy()
    differs = both & (rng.random(len(training)) < 0.02)
    completion[differs] = np.where(completion[differs] == COMPLETED, NOT_COMPLETED, COMPLETED)
    count = len(training)
    month = ended_on.astype("M8[M]").astype(int) % 12 + 1
    last_day = np.datetime64(world.last_day.isoformat())
    in_world = ended_on <= last_day
    lines = LedgerLines(
        training=training,
        area=area,
        year=ended_on.astype("M8[Y]").astype(int) + 1970,
        from_month=month,
        until_month=np.full(count, STAYS),
        started_on=started_on,
        ended_on=ended_on,
        completion=completion,
        occupation=np.full(count, "", dtype=object),
        hours=courses.hours[course],
        id_form=np.full(count, PLAIN),
        fault=np.full(count, -1),
    )
    return lines.take(in_world & np.isin(lines.year, world.years))


def _with_spelling(lines: LedgerLines, world: World) -> LedgerLines:
    """A county writes an occupation its own way, one course like the next or not."""
    course = world.trainings.course[lines.training]
    key = course * 31 + lines.area * 7
    spelt = np.empty(len(lines), dtype=object)
    occupation = world.courses.occupation[course]
    for place, own in enumerate(OCCUPATIONS):
        chosen = np.flatnonzero(occupation == place)
        words = np.array([own.name, own.name, *own.spellings], dtype=object)
        spelt[chosen] = words[key[chosen] % len(words)]
    return replace(lines, occupation=spelt)


def _with_month_precision(lines: LedgerLines) -> LedgerLines:
    """Where a county writes months only, its training fills them."""
    coarse = np.isin(
        lines.area, [AREA_INDEX[style.area_code] for style in STYLES if style.dates == "month"]
    )
    first = lines.started_on.astype("M8[M]").astype("M8[D]")
    last = (lines.ended_on.astype("M8[M]") + 1).astype("M8[D]") - 1
    return replace(
        lines,
        started_on=np.where(coarse, first, lines.started_on),
        ended_on=np.where(coarse, last, lines.ended_on),
    )


def _with_lateness(lines: LedgerLines, world: World) -> LedgerLines:
    rng = random_stream(world.seed, "late lines")
    late = rng.random(len(lines)) < 0.04
    return replace(lines, from_month=np.minimum(lines.from_month + late, 12))


def _with_id_forms(lines: LedgerLines, world: World) -> LedgerLines:
    rng = random_stream(world.seed, "id forms")
    people, person = world.people, world.trainings.person[lines.training]
    more = min(20, 5_000 // max(len(lines), 1))  # a small world has all forms too
    form = pick(rng, len(lines), (960, 6 + more, 8, 6 + more, 14, 6 + more))
    form[(form == OLD) & (people.old_id_no[person] == "")] = PLAIN
    # permits are written as they stand
    form[np.array([number[0] in "HM" for number in people.id_no[person]], dtype=bool)] = PLAIN
    # two masked rows of one course that could be the same person would be one too many
    course = world.trainings.course[lines.training]
    seen: set[tuple[object, ...]] = set()
    for place in np.flatnonzero(form == MASKED).tolist():
        number, name = people.id_no[person[place]], people.name[person[place]]
        key = (course[place], lines.area[place], name, number[-2:])
        if key in seen:
            form[place] = PLAIN
        seen.add(key)
    return replace(lines, id_form=form)


def _with_faults(lines: LedgerLines, world: World) -> LedgerLines:
    rng = random_stream(world.seed, "faults")
    fault = np.full(len(lines), -1)
    permit = np.array(
        [
            number[0] in "HM"
            for number in world.people.id_no[world.trainings.person[lines.training]]
        ],
        dtype=bool,
    )
    # a small world has relatively more of them, so that it knows many kinds too
    share = min(0.06, 0.008 + 25 / max(len(lines), 1))
    spoilt = (rng.random(len(lines)) < share) & (lines.id_form == PLAIN) & ~permit
    for style in STYLES:
        own = np.flatnonzero(spoilt & (lines.area == AREA_INDEX[style.area_code]))
        fitting = np.array([n for n, each in enumerate(CELL_FAULTS) if each.fits(style)])
        # every fault in turn, so that a small world has many kinds too
        turn = np.arange(len(own)) * 7 + AREA_INDEX[style.area_code] * 3
        fault[own] = fitting[turn % len(fitting)]
    return replace(lines, fault=fault)


def _with_corrections(lines: LedgerLines, world: World) -> LedgerLines:
    """Some faults are put right later, some results and hours are changed."""
    rng = random_stream(world.seed, "corrections")
    draw = rng.random(len(lines))
    faulty = lines.fault >= 0
    corrected = (lines.from_month < 12) & np.where(faulty, draw < 0.35, draw < 0.03)
    at = np.flatnonzero(corrected)
    month = (
        lines.from_month[at] + 1 + (rng.random(len(at)) * (12 - lines.from_month[at])).astype(int)
    )
    before, after = lines.take(at), lines.take(at)
    kind = rng.integers(3, size=len(at))
    was_faulty = faulty[at]
    resat = ~was_faulty & (kind == 0) & (before.completion == COMPLETED)
    before = replace(
        before,
        until_month=month,
        completion=np.where(resat, NOT_COMPLETED, before.completion),
        hours=np.where(~was_faulty & (kind == 1), before.hours + 4, before.hours),
    )
    left = ~was_faulty & (kind == 2) & (after.completion == NOT_COMPLETED)
    after = replace(
        after,
        from_month=month,
        completion=np.where(left, WITHDRAWN, after.completion),
        fault=np.full(len(at), -1),
    )
    return _joined([lines.take(~corrected), before, after])


def _with_removals(lines: LedgerLines, world: World) -> LedgerLines:
    """Rows vanish; only from ledgers long enough that nobody would call them shrunk."""
    rng = random_stream(world.seed, "removals")
    group = lines.area * 10_000 + lines.year
    _, place, counts = np.unique(group, return_inverse=True, return_counts=True)
    removable = (
        (rng.random(len(lines)) < 0.012)
        & (counts[place] > 100)
        & (lines.from_month < 12)
        & (lines.until_month == STAYS)
    )
    at = np.flatnonzero(removable)
    gone = lines.until_month.copy()
    gone[at] = (
        lines.from_month[at] + 1 + (rng.random(len(at)) * (12 - lines.from_month[at])).astype(int)
    )
    return replace(lines, until_month=gone)


def _with_duplicates(lines: LedgerLines, world: World) -> LedgerLines:
    rng = random_stream(world.seed, "duplicates")
    clean = (lines.fault < 0) & (lines.until_month == STAYS)
    twice = lines.take(clean & (rng.random(len(lines)) < 0.003))
    return _joined([lines, replace(twice, fault=np.full(len(twice), DUPLICATE))])


def id_texts(lines: LedgerLines, world: World) -> Texts:
    """The ID as each line shows it, faults aside."""
    people, person = world.people, world.trainings.person[lines.training]
    text = people.id_no[person].copy()
    for place in np.flatnonzero(lines.id_form != PLAIN).tolist():
        number = text[place]
        match int(lines.id_form[place]):
            case 1:
                text[place] = people.old_id_no[person[place]]
            case 2:
                text[place] = number.lower()
            case 3:
                text[place] = number.translate(_FULL_WIDTH)
            case 4:
                text[place] = f" {number[:6]} {number[6:14]} {number[14:]}"
            case _:
                text[place] = _masked(number, place)
    return text


def _masked(number: str, style: int) -> str:
    return (
        f"{number[:6]}********{number[14:]}",
        f"{number[:4]}***********{number[15:]}",
        f"{number[:6]}XXXXXXXX{number[14:]}",
        f"{number[:10]}****{number[14:]}",
    )[style % 4]
