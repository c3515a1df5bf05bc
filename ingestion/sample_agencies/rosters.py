"""Rosters of departments: by name, whom they trained in courses that they hold themselves.

A department lists its whole year at once. Of its courses the platform or a county knows many, so
that one training may stand in three places.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from pathlib import Path
from typing import Final

import numpy as np

from ingestion.sample_agencies.catalog import AREAS, DEPARTMENTS, OCCUPATIONS
from ingestion.sample_agencies.departments import at
from ingestion.sample_agencies.people import Days, Flags, Ints
from ingestion.sample_agencies.registers.forms import Form, Issue, Row, write_form, year_to_date
from ingestion.sample_agencies.tables import Delivered
from ingestion.sample_agencies.world import FINISHED, World

FEED: Final = "department/training_rosters"
FORM: Final = Form(
    FEED,
    "部门培训花名册",
    (("姓名",), ("身份证号",), ("县市区",), ("承训机构",), ("培训工种",),
     ("培训时间", "起"), ("培训时间", "止"), ("结业情况",)),
    ("name", "id_no", "area", "institution", "occupation", "started_on", "ended_on", "completion"),
)  # fmt: skip
COMPLETION: Final = ("结业", "未结业", "退训")
#: A day that no calendar has, in a number of nobody.
_FAULT: Final = ("id_no", "529999199002301237", "ID_BAD_DATE")


@dataclass(frozen=True)
class RosterLines:
    """One entry per line."""

    training: Ints
    #: Index into DEPARTMENTS.
    department: Ints
    year: Ints
    started_on: Days
    ended_on: Days
    is_faulty: Flags

    def __len__(self) -> int:
        return len(self.training)

    def take(self, index: Ints | Flags) -> RosterLines:
        """These lines only."""
        return RosterLines(*(getattr(self, column.name)[index] for column in fields(self)))


@dataclass(frozen=True)
class Rosters:
    """What the departments sent, and how many rows of it count."""

    lines: RosterLines
    delivered: list[Delivered]
    #: Rows of the deliveries that are the truth, of one city.
    rows: int


@dataclass(frozen=True)
class Roster:
    """The list of one department and year."""

    department: int
    issue: Issue
    #: Indices of its lines.
    lines: Ints

    @property
    def unit(self) -> str:
        return DEPARTMENTS[self.department][1]

    @property
    def sent(self) -> datetime:
        return at(self.issue.sent)


def write_rosters(world: World, drop: Path) -> Rosters:
    """Write every roster into the drop folder."""
    lines = _lines(world)
    delivered = []
    for turn, roster in enumerate(by_department_and_year(world, lines)):
        rows = _rows(world, lines.take(roster.lines))
        fault = None
        if turn == 0 and len(rows) > 1:
            fault = (0, *_FAULT)
            lines.is_faulty[roster.lines[0]] = True
        delivered.append(
            write_form(drop, FORM, roster.issue, rows, turn=turn, unit=roster.unit, fault=fault)
        )
    return Rosters(lines, delivered, sum(each.rows for each in delivered))


def by_department_and_year(world: World, lines: RosterLines) -> list[Roster]:
    """By department and year; who trained nobody sends nothing."""
    found = []
    for department in np.unique(lines.department).tolist():
        for issue in year_to_date(world):
            is_own = (lines.department == department) & (lines.year == issue.starts.year)
            if is_own.any():
                found.append(Roster(department, issue, np.flatnonzero(is_own)))
    return found


def _lines(world: World) -> RosterLines:
    courses, trainings = world.courses, world.trainings
    listed = (
        (courses.roster_department >= 0)
        & (courses.status == FINISHED)
        & (courses.ended_on <= np.datetime64(world.last_day))
    )
    training = np.flatnonzero(listed[trainings.course])
    known = (courses.on_platform | (courses.ledger_area >= 0))[trainings.course[training]]
    # of whom others tell, a department forgets some, and counts from the day of arrival
    kept = ~known | (training % 29 != 3)
    training, known = training[kept], known[kept]
    course = trainings.course[training]
    ended_on = courses.ended_on[course]
    lines = RosterLines(
        training=training,
        department=courses.roster_department[course],
        year=ended_on.astype("M8[Y]").astype(int) + 1970,
        started_on=courses.started_on[course] - known.astype("m8[D]"),
        ended_on=ended_on,
        is_faulty=np.zeros(len(training), dtype=bool),
    )
    return lines.take(np.isin(lines.year, world.years))


def _rows(world: World, lines: RosterLines) -> list[Row]:
    people, courses, trainings = world.people, world.courses, world.trainings
    course, person = trainings.course[lines.training], trainings.person[lines.training]
    days: tuple[list[date], list[date]] = (lines.started_on.tolist(), lines.ended_on.tolist())
    return [
        {
            "name": name, "id_no": id_no, "area": AREAS[area].name, "institution": institution,
            "occupation": OCCUPATIONS[occupation].name, "started_on": started_on,
            "ended_on": ended_on, "completion": COMPLETION[completion],
        }
        for name, id_no, area, institution, occupation, started_on, ended_on, completion in zip(
            people.name[person].tolist(), people.id_no[person].tolist(),
            courses.area[course].tolist(),
            world.institutions.name[courses.institution[course]].tolist(),
            courses.occupation[course].tolist(), *days,
            trainings.completion[lines.training].tolist(), strict=True,
        )
    ]  # fmt: skip
