"""Reports of trainings as they land, and which of them count at a date.

Follows the counting rules in numpy, on events that the simulator itself made, so that a mistake in
the pipeline's SQL or readers can't repeat itself here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt

from ingestion.sample_agencies.attendance import Sums
from ingestion.sample_agencies.catalog import AREAS, OCCUPATIONS
from ingestion.sample_agencies.house_styles import STYLES
from ingestion.sample_agencies.ledger_lines import MASKED, LedgerLines
from ingestion.sample_agencies.ledgers import LedgerFile
from ingestion.sample_agencies.people import Days, Flags, Ints, Texts
from ingestion.sample_agencies.platform import Platform
from ingestion.sample_agencies.rosters import Rosters
from ingestion.sample_agencies.tables import Delivered
from ingestion.sample_agencies.world import CANCELLED, COMPLETED, FINISHED, World

PLAN_STARTS: Final = date(2023, 1, 1)
PLAN_ENDS: Final = date(2025, 12, 31)
#: Rank of a reporter; counties follow in the order of their codes, then the departments, no two
#: of which tell of one course.
PLATFORM: Final = 0
AREA_RANKS: Final = {
    code: rank + 1 for rank, code in enumerate(sorted(style.area_code for style in STYLES))
}
_DEPARTMENT: Final = len(AREA_RANKS) + 1

Shares = npt.NDArray[np.float64]


# --- reports ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reports:
    """Every landed report of a training in the deliveries that are the truth."""

    training: Ints
    reporter: Ints
    ended_on: Days
    is_completed: Flags
    area: Ints
    industry: Texts
    has_key: Flags
    #: The rule that removes it whatever the day is, or empty.
    removed_by: Texts
    is_open: Flags
    #: Share of the planned hours that was attended, at most 1; not a number where nobody tells.
    attended_share: Shares
    #: Rows of the deliveries behind the reports, as they came.
    delivered: int

    def of_platform(self) -> Reports:
        """What the training platform alone tells."""
        own = self.reporter == PLATFORM
        columns = {
            field.name: getattr(self, field.name)[own]
            for field in fields(self)
            if field.name != "delivered"
        }
        return Reports(**columns, delivered=int(own.sum()))


def gather_reports(
    world: World,
    lines: LedgerLines,
    files: Sequence[LedgerFile],
    deliveries: Sequence[Delivered],
    rosters: Rosters,
    platform: Platform,
    attended: Sums,
) -> Reports:
    """Reports of the platform, of the furthest good ledger of each unit and year, of rosters."""
    courses, trainings = world.courses, world.trainings
    own_industry = np.array([occupation.industry for occupation in OCCUPATIONS], dtype=object)

    kept = np.flatnonzero(~platform.is_rejected)
    training = platform.training[kept]
    course = trainings.course[training]
    status = courses.status[course]
    removed = np.full(len(kept), "", dtype=object)
    removed[status == CANCELLED] = "class_cancelled"
    removed[platform.lost_courses[course]] = "class_unknown"
    removed[~platform.is_valid[kept]] = "invalid_record"
    declared = courses.declared[course]
    platform_part = {
        "training": training,
        "reporter": np.full(len(kept), PLATFORM),
        "ended_on": courses.ended_on[course],
        "is_completed": trainings.completion[training] == COMPLETED,
        "area": courses.area[course],
        "industry": np.where(declared != "", declared, own_industry[courses.occupation[course]]),
        "has_key": np.ones(len(kept), dtype=bool),
        "removed_by": removed,
        "is_open": status != FINISHED,
        "attended_share": np.where(
            platform.lost_courses[course],
            np.nan,
            _attended_share(world, platform, attended)[kept],
        ),
    }

    current: dict[tuple[int, int], int] = {}
    for place, file in enumerate(files):
        if deliveries[place].breach or file.is_repeat:
            continue
        slot = (file.area, file.year)
        if slot not in current or files[current[slot]].month <= file.month:
            current[slot] = place
    places = [files[place].lines[lines.fault[files[place].lines] < 0] for place in current.values()]
    chosen = np.concatenate(places) if places else np.empty(0, dtype=np.int64)
    training = lines.training[chosen]
    course = trainings.course[training]
    says_industry = np.isin(
        lines.area[chosen],
        [n for n, area in enumerate(AREAS) for s in STYLES
         if s.area_code == area.code and "industry" in s.columns],
    )  # fmt: skip
    declared = np.where(says_industry, courses.declared[course], "")
    ranks = np.array([AREA_RANKS.get(area.code, -1) for area in AREAS])
    ledger_part = {
        "training": training,
        "reporter": ranks[lines.area[chosen]],
        "ended_on": lines.ended_on[chosen],
        "is_completed": lines.completion[chosen] == COMPLETED,
        "area": lines.area[chosen],
        "industry": np.where(declared != "", declared, own_industry[courses.occupation[course]]),
        "has_key": lines.id_form[chosen] != MASKED,
        "removed_by": np.full(len(chosen), "", dtype=object),
        "is_open": np.zeros(len(chosen), dtype=bool),
        "attended_share": np.full(len(chosen), np.nan),
    }
    listed = rosters.lines.take(~rosters.lines.is_faulty)
    course = trainings.course[listed.training]
    roster_part = {
        "training": listed.training,
        "reporter": np.full(len(listed), _DEPARTMENT),
        "ended_on": listed.ended_on,
        "is_completed": trainings.completion[listed.training] == COMPLETED,
        "area": courses.area[course],
        "industry": own_industry[courses.occupation[course]],
        "has_key": np.ones(len(listed), dtype=bool),
        "removed_by": np.full(len(listed), "", dtype=object),
        "is_open": np.zeros(len(listed), dtype=bool),
        "attended_share": np.full(len(listed), np.nan),
    }
    parts = (platform_part, ledger_part, roster_part)
    return Reports(
        **{name: np.concatenate([part[name] for part in parts]) for name in platform_part},
        delivered=len(platform.training_of_row)
        + sum(deliveries[place].rows // files[place].copies for place in current.values())
        + rosters.rows,
    )


def _attended_share(world: World, platform: Platform, attended: Sums) -> Shares:
    """Sign-ins tell the hours where there are any, else the roster does."""
    roster = world.trainings.attended_hours[platform.training]
    hours = np.where(attended.sessions > 0, attended.attended_hours, roster)
    planned = world.courses.hours[world.trainings.course[platform.training]]
    return np.minimum(hours / planned, 1.0)


# --- counting ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Counted:
    """The counted trainings at one date, and what became of the other reports."""

    as_of: date
    #: How often the city stands beside itself: every number below counts so often.
    copies: int
    ended_on: Days
    area: Ints
    industry: Texts
    #: Index of the training that the owning report tells of.
    training: Ints
    #: Rank of the reporter that owns it.
    reporter: Ints
    #: Index of the person, -1 where no key tells it.
    person: Ints
    #: The best of its reports, not a number where none tells.
    attended_share: Shares
    #: (step, rows), and (rule, rows removed), in order.
    steps: tuple[tuple[str, int], ...]
    removed: tuple[tuple[str, int], ...]

    def person_times(
        self, first: date, last: date, area: str | None = None, industry: str | None = None
    ) -> int:
        """Counted trainings that ended between two days."""
        return int(self.chosen(first, last, area, industry).sum()) * self.copies

    def chosen(
        self, first: date, last: date, area: str | None = None, industry: str | None = None
    ) -> Flags:
        found = (self.ended_on >= np.datetime64(first)) & (self.ended_on <= np.datetime64(last))
        if area is not None:
            found &= self.area == [a.code for a in AREAS].index(area)
        if industry is not None:
            found &= self.industry == industry
        return found


def count(reports: Reports, world: World, as_of: date, copies: int = 1) -> Counted:
    """Apply the counting rules at a date."""
    rule = reports.removed_by.copy()
    today = np.datetime64(as_of)
    not_ended = (rule == "") & ((reports.ended_on > today) | reports.is_open)
    rule[not_ended] = "not_ended"
    outside = (reports.ended_on < np.datetime64(PLAN_STARTS)) | (
        reports.ended_on > np.datetime64(PLAN_ENDS)
    )
    rule[(rule == "") & outside] = "outside_plan"

    eligible = np.flatnonzero(rule == "")
    # reports of one training are one event; a report without a key is one of its own
    event = np.where(
        reports.has_key[eligible], reports.training[eligible], -1 - np.arange(len(eligible))
    )
    order = np.lexsort((reports.reporter[eligible], event))
    _, starts = np.unique(event[order], return_index=True)
    groups = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(order))))
    completed = np.zeros(len(starts), dtype=bool)
    np.logical_or.at(completed, groups, reports.is_completed[eligible][order])
    owner = eligible[order][starts][completed]
    best = np.full(len(starts), np.nan)
    np.fmax.at(best, groups, reports.attended_share[eligible][order])

    person = np.where(reports.has_key[owner], world.trainings.person[reports.training[owner]], -1)
    removed = [
        (name, int((rule == name).sum()))
        for name in (
            "invalid_record", "class_unknown", "class_cancelled", "not_ended", "outside_plan",
        )
    ]  # fmt: skip
    removed.append(("duplicate_of_other_report", len(eligible) - len(starts)))
    removed.append(("not_completed", len(starts) - len(owner)))
    steps = (
        ("delivered", reports.delivered),
        ("landed", len(rule)),
        ("eligible", len(eligible)),
        ("deduplicated", len(starts)),
        ("completed", len(owner)),
        ("counted", len(owner)),
    )
    return Counted(
        as_of=as_of,
        copies=copies,
        ended_on=reports.ended_on[owner],
        area=reports.area[owner],
        industry=reports.industry[owner],
        training=reports.training[owner],
        reporter=reports.reporter[owner],
        person=person,
        attended_share=best[completed],
        steps=steps,
        removed=tuple(removed),
    )
