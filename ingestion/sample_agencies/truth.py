"""What must come out: counted from the world and from what was written, never read back.

Follows the counting rules in numpy, on events that the simulator itself made, so that a mistake
in the pipeline's SQL or readers can't repeat itself here. Writes plain CSV.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ingestion.sample_agencies.attendance import TABLE as ATTENDANCE_TABLE
from ingestion.sample_agencies.attendance import Attendance, Sums
from ingestion.sample_agencies.catalog import (
    AREAS,
    DEPARTMENTS,
    OCCUPATIONS,
    PERSON_TYPES,
    STATE_PROVIDERS,
)
from ingestion.sample_agencies.copies import copied_key
from ingestion.sample_agencies.faults import reason_of
from ingestion.sample_agencies.house_styles import STYLES, HouseStyle
from ingestion.sample_agencies.ledger_lines import MASKED, LedgerLines
from ingestion.sample_agencies.ledgers import FEED as LEDGER_FEED
from ingestion.sample_agencies.ledgers import LedgerFile
from ingestion.sample_agencies.lists import Lists
from ingestion.sample_agencies.people import Days, Flags, Ints, Texts
from ingestion.sample_agencies.platform import Platform, Rejection, class_numbers
from ingestion.sample_agencies.registers import Registers
from ingestion.sample_agencies.special_work import INDICATOR as SPECIAL
from ingestion.sample_agencies.special_work import Special
from ingestion.sample_agencies.tables import Delivered
from ingestion.sample_agencies.tallies import (
    CITY,
    PRIORITY_POPULATIONS,
    Aim,
    Event,
    Kpi,
    Span,
    judge,
    tally,
)
from ingestion.sample_agencies.world import CANCELLED, COMPLETED, FINISHED, World

PLAN_STARTS: Final = date(2023, 1, 1)
PLAN_ENDS: Final = date(2025, 12, 31)
DEFAULT_AS_OF: Final = date(2025, 6, 30)
_PLATFORM: Final = 0  # reporter rank; counties follow in the order of their codes
#: Attendance floors that are usual elsewhere, and one that is not.
_FLOORS: Final = (0.5, 0.65, 0.8, 0.9)

Shares = npt.NDArray[np.float64]

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
_AREA_RANKS: Final = {
    code: rank + 1 for rank, code in enumerate(sorted(style.area_code for style in STYLES))
}


# --- deliveries -------------------------------------------------------------------------------


def ledger_deliveries(files: Sequence[LedgerFile], lines: LedgerLines) -> list[Delivered]:
    """What must become of each ledger file."""
    styles = {style.area_code: style for style in STYLES}
    delivered = []
    for file in files:
        bad = np.flatnonzero(lines.fault[file.lines] >= 0)
        breach = file.breach
        if breach is None and len(bad) == len(file.lines):
            breach = "ALL_ROWS_REJECTED"
        delivered.append(
            Delivered(
                feed=LEDGER_FEED,
                name=file.name,
                rows=len(file.lines) * file.copies + file.skipped,
                skipped=file.skipped,
                rejected=tuple(
                    (
                        _sheet_name(styles[AREAS[file.area].code], str(file.sheets[place])),
                        int(file.rows[place]),
                        "",
                        reason_of(int(lines.fault[file.lines[place]])),
                    )
                    for place in bad.tolist()
                ),
                breach=breach,
                is_repeat=file.is_repeat,
            )
        )
    return delivered


def _sheet_name(style: HouseStyle, sheet: str) -> str:
    return sheet if style.has_sheet_names else ""


def pull_deliveries(
    platform: Platform, attendance: Attendance, certificates: int, bad: Sequence[Rejection]
) -> list[Delivered]:
    """What must become of the first pull of each table and of the service."""
    tables = {
        "institution": "hrss/institutions",
        "training_class": "hrss/training_classes",
        "enrolment": "hrss/enrolments",
        "subsidy_payment": "hrss/subsidy_payments",
        ATTENDANCE_TABLE: "hrss/attendance",
    }
    in_tables = {**platform.rows, ATTENDANCE_TABLE: attendance.rows}
    rows = {f"training_platform:{table}": count for table, count in in_tables.items()}
    feeds = {f"training_platform:{table}": feed for table, feed in tables.items()}
    if bad or certificates:
        rows["certificate_service:/v1/certificates"] = certificates
        feeds["certificate_service:/v1/certificates"] = "hrss/certificates"
    rejections = [*platform.rejections, *attendance.rejections, *bad]
    return [
        Delivered(
            feed=feeds[name],
            name=name,
            rows=count,
            skipped=0,
            rejected=tuple(
                (each.sheet, each.row_number, each.record_key, each.reason)
                for each in rejections
                if each.delivery_name == name
            ),
        )
        for name, count in rows.items()
    ]


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


def gather_reports(
    world: World,
    lines: LedgerLines,
    files: Sequence[LedgerFile],
    deliveries: Sequence[Delivered],
    platform: Platform,
    attended: Sums,
) -> Reports:
    """Reports of the platform and of the furthest good ledger of each unit and year."""
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
        "reporter": np.full(len(kept), _PLATFORM),
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
    ranks = np.array([_AREA_RANKS.get(area.code, -1) for area in AREAS])
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
    return Reports(
        **{
            name: np.concatenate([platform_part[name], ledger_part[name]]) for name in platform_part
        },
        delivered=len(platform.training_of_row)
        + sum(deliveries[place].rows // files[place].copies for place in current.values()),
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


# --- indicators -------------------------------------------------------------------------------


def status_of(
    value: float, target: float | None, span: Span, as_of: date, baseline: float = 0.0
) -> str:
    """The status of a value that should reach a target by the end of a span."""
    if as_of < span.starts:
        return "not_due"
    aim = None if target is None else Aim(target, is_linear=True, baseline=baseline)
    return judge(value, aim, span, as_of)


def _year(year: int) -> Span:
    return Span(str(year), date(year, 1, 1), date(year, 12, 31))


_CUMULATIVE: Final = Span("2023-2025", PLAN_STARTS, PLAN_ENDS)
_END: Final = Span("2025-end", PLAN_STARTS, PLAN_ENDS)


def kpis(
    counted: Counted, world: World, lists: Lists, registers: Registers, special: Special
) -> list[Kpi]:
    """Values of the headline, industries, workshops and competitions, and of the registers."""
    as_of = counted.as_of
    found = [*_headline(counted), *_stock(lists, as_of)]
    for span in (_year(year) for year in (2023, 2024, 2025)):
        if span.starts <= as_of:
            found += [*_industries(counted, span), *_competitions(lists, span, as_of)]
    found += _competitions(lists, _CUMULATIVE, as_of)
    found += _workshops(lists, as_of)
    whole = (Span("plan", PLAN_STARTS, PLAN_ENDS),)
    told = registers.told() | dict.fromkeys(("M04-3", "M07-2", "M07-3", SPECIAL), whole)
    events = [
        *registers.events(as_of), *special.events(as_of), *_training_events(counted, world),
    ]  # fmt: skip
    found += tally(events, as_of, told)
    return found


def _training_events(counted: Counted, world: World) -> Iterator[Event]:
    """Counted trainings by month and place: of groups of people, of urgent occupations, and of the
    state-owned enterprises that the plan names.
    """
    course = world.trainings.course[counted.training]
    group = np.array([_POPULATIONS.get(word, "") for word in PERSON_TYPES], dtype=object)
    own_group = group[world.trainings.person[counted.training] % len(PERSON_TYPES)]
    says_group = [
        _AREA_RANKS[style.area_code] for style in STYLES if "person_type" in style.columns
    ]
    own_group[~np.isin(counted.reporter, [_PLATFORM, *says_group])] = ""
    occupation = np.array([_URGENT.get(each.name, "") for each in OCCUPATIONS], dtype=object)
    owners = {name: code for code, name in STATE_PROVIDERS}
    provider = np.array([owners.get(name, "") for name in world.institutions.name], dtype=object)
    months = counted.ended_on.astype("M8[M]").astype("M8[D]").astype(str).astype(object)
    places = months + "|" + counted.area.astype(str).astype(object) + "|"
    for indicator, items in (
        ("M07-2", own_group),
        ("M07-2", np.where(np.isin(own_group, PRIORITY_POPULATIONS), "all", "")),
        ("M07-3", occupation[world.courses.occupation[course]]),
        ("M04-3", provider[world.courses.institution[course]]),
    ):
        keys = places + items
        for key, number in zip(*np.unique(keys.astype(str), return_counts=True), strict=True):
            month, area, item = key.split("|")
            if item:
                yield Event(
                    indicator, date.fromisoformat(month), AREAS[int(area)].code, item=item,
                    numerator=int(number) * counted.copies,
                )  # fmt: skip


def _city(
    indicator: str,
    span: Span,
    value: float,
    whole: float | None,
    status: str,
    industry: str = "all",
) -> Kpi:
    return Kpi(indicator, span.code, CITY, industry, "all", value, whole, status)


def _headline(counted: Counted) -> list[Kpi]:
    as_of, span = counted.as_of, _CUMULATIVE
    total = counted.person_times(span.starts, span.ends)
    found = [_city("H-01", span, total, None, status_of(total, 120_000, span, as_of))]
    for industry, target in _INDUSTRY_TARGETS.items():
        value = counted.person_times(span.starts, span.ends, industry=industry)
        status = status_of(value, target, span, as_of)
        found.append(_city(f"H-02-{industry}", span, value, None, status, industry))
    return found


def _stock(lists: Lists, as_of: date) -> list[Kpi]:
    def ends(year: int, quarter: int) -> date:
        return date(year, quarter * 3, (31, 30, 30, 31)[quarter - 1])

    known = [s for s in lists.stocks if PLAN_STARTS <= ends(s.year, s.quarter) <= as_of]
    if not known:
        return []
    last = max(known, key=lambda s: (s.year, s.quarter))
    before = [s for s in lists.stocks if (s.year, s.quarter) == (2022, 4)]
    base_skilled = before[0].skilled if before else 0
    base_high = before[0].high_skilled if before else 0
    return [
        _city("H-03", _END, last.skilled, None,
              status_of(last.skilled, 450_000, _END, as_of, base_skilled)),
        _city("H-04", _END, last.high_skilled, None,
              status_of(last.high_skilled, 90_000, _END, as_of, base_high)),
    ]  # fmt: skip


def _industries(counted: Counted, span: Span) -> list[Kpi]:
    as_of = counted.as_of
    active = sum(
        counted.person_times(span.starts, span.ends, area, industry) > 0 for area, industry in PAIRS
    )
    trained = sum(
        bool((counted.chosen(span.starts, span.ends, area) & (counted.industry != "")).any())
        for area in _OTHER_COUNTIES
    )
    return [
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
        _city("M20-1", span, municipal, None, status(municipal, 1)),
        _city("M20-3", span, len(counties), 15, status(len(counties) / 15, 1)),
        _city("M20-4", span, len(fields), None, status(len(fields), 3)),
    ]
    if not is_judged:
        industrial = {code for code, _, _ in DEPARTMENTS[:10]}
        held = {each.organiser for each in own if each.organiser in industrial}
        value = len(held) / len(industrial)
        found.append(
            _city("M20-2", span, len(held), len(industrial), status_of(value, 1, span, as_of))
        )
    return found


def _workshops(lists: Lists, as_of: date) -> list[Kpi]:
    found = []
    known = []
    for year, quarter in sorted({(each.year, each.quarter) for each in lists.workshops}):
        ends = date(year, quarter * 3, (31, 30, 30, 31)[quarter - 1])
        span = Span(f"{year}-Q{quarter}", date(year, quarter * 3 - 2, 1), ends)
        own = [w for w in lists.workshops if (w.year, w.quarter) == (year, quarter)]
        if span.starts > as_of:
            continue
        if ends <= as_of:
            known = own
        running = sum(w.status == "operating" and w.level == "municipal" for w in own)
        found.append(_city("M17-1", span, running, None, status_of(running, None, span, as_of)))
    if known:
        raised = {
            w.industry for w in known
            if w.status != "closed" and (w.preparing or w.level in ("provincial", "national"))
        } & {"liquor", "tea", "equipment"}  # fmt: skip
        status = status_of(len(raised), 3, _END, as_of)
        found.append(_city("M17-2", _END, len(raised), None, status))
    return found


# --- files ------------------------------------------------------------------------------------


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def write_delivery_truth(folder: Path, deliveries: Sequence[Delivered]) -> None:
    """deliveries.csv, refusals.csv, rejections.csv: what must become of each delivery and row."""
    _write(
        folder / "deliveries.csv",
        ("feed", "delivery_name", "outcome", "rows_delivered", "rows_landed", "rows_rejected",
         "rows_skipped"),
        (
            (d.feed, d.name, d.outcome)
            + ((d.rows, d.landed, len(d.rejected), d.skipped) if d.breach is None else ("",) * 4)
            for d in deliveries
        ),
    )  # fmt: skip
    _write(
        folder / "refusals.csv",
        ("feed", "delivery_name", "breach_code"),
        ((d.feed, d.name, d.breach) for d in deliveries if d.breach),
    )
    _write(
        folder / "rejections.csv",
        ("feed", "delivery_name", "sheet", "row_number", "record_key", "reason"),
        (
            (d.feed, d.name, sheet, row or "", key, reason)
            for d in deliveries
            if d.outcome == "landed"
            for sheet, row, key, reason in d.rejected
        ),
    )


def write_attendance_truth(
    folder: Path, world: World, platform: Platform, attendance: Attendance, copies: int = 1
) -> None:
    """attendance.csv: what sign-ins of known enrolments add up to, by class of so many copies.

    The last line, without a class, holds the enrolments that the platform does not show.
    """
    sums = attendance.sums
    known = np.flatnonzero((sums.sessions > 0) & ~platform.is_rejected)
    course = world.trainings.course[platform.training[known]]
    parts = (
        np.ones(len(known)),
        sums.sessions[known],
        sums.attended_sessions[known],
        sums.attended_hours[known],
    )
    added = [np.bincount(course, part, minlength=len(world.courses)).astype(int) for part in parts]
    numbers = class_numbers(world)
    _write(
        folder / "attendance.csv",
        ("class_no", "enrolments", "sessions", "attended_sessions", "attended_hours"),
        [
            *(
                (copied_key(numbers[place], copy), *(int(part[place]) for part in added))
                for copy in range(copies)
                for place in np.unique(course).tolist()
            ),
            ("", attendance.unknown, "", "", ""),
        ],
    )


def write_counts(
    folder: Path,
    counted: Counted,
    world: World,
    lists: Lists,
    registers: Registers,
    special: Special,
) -> None:
    """person_times.csv, persons.csv, waterfall.csv, removals.csv, kpi.csv at one date, and
    attended_shares.csv: counted trainings below each floor, and of those whose share is known.
    """
    codes = np.array([area.code for area in AREAS], dtype=object)
    days = np.datetime_as_string(counted.ended_on, unit="D").astype(object)
    keys = days + "|" + codes[counted.area] + "|" + counted.industry
    found, totals = np.unique(keys.astype(str), return_counts=True)
    _write(
        folder / "person_times.csv",
        ("ended_on", "area_code", "industry_code", "person_times"),
        (
            (*key.split("|"), total * counted.copies)
            for key, total in zip(found, totals.tolist(), strict=True)
        ),
    )
    _write(
        folder / "persons.csv",
        ("scope_type", "scope_code", "as_of", "persons"),
        (
            (*scope, counted.as_of.isoformat(), persons * counted.copies)
            for *scope, persons in _persons(counted)
        ),
    )
    for name, header, counts in (
        ("waterfall", "step", counted.steps),
        ("removals", "rule", counted.removed),
    ):
        rows = ((what, number * counted.copies) for what, number in counts)
        _write(folder / f"{name}.csv", (header, "rows"), rows)
    if counted.copies == 1:  # of a larger city only the first copy signs in
        share = counted.attended_share
        _write(
            folder / "attended_shares.csv",
            ("floor", "below", "known"),
            ((floor, int((share < floor).sum()), int((share >= 0).sum())) for floor in _FLOORS),
        )
    _write(
        folder / "kpi.csv",
        ("indicator_id", "period_code", "area_code", "industry_code", "unit_code", "item_code",
         "numerator", "denominator", "status"),
        (
            (k.indicator_id, k.period_code, k.area_code, k.industry_code, k.unit_code, k.item_code,
             k.numerator, "" if k.denominator is None else k.denominator, k.status)
            for k in kpis(counted, world, lists, registers, special)
        ),
    )  # fmt: skip


def _persons(counted: Counted) -> list[tuple[str, str, int]]:
    """Distinct persons in the city, by area, by industry."""
    known = counted.person >= 0
    rows = [("city", CITY, len(np.unique(counted.person[known])))]
    for place, area in enumerate(AREAS):
        if persons := len(np.unique(counted.person[known & (counted.area == place)])):
            rows.append(("area", area.code, persons))
    for industry in sorted(set(counted.industry.tolist())):
        own = known & (counted.industry == industry)
        rows.append(("industry", industry, len(np.unique(counted.person[own]))))
    return rows
