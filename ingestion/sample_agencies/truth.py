"""What must come out: counted from the world and from what was written, never read back.

Follows the counting rules in numpy, on events that the simulator itself made, so that a mistake
in the pipeline's SQL or readers can't repeat itself here. Writes plain CSV.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np

from ingestion.sample_agencies.attendance import TABLE as ATTENDANCE_TABLE
from ingestion.sample_agencies.attendance import Attendance
from ingestion.sample_agencies.catalog import AREAS
from ingestion.sample_agencies.copies import copied_key
from ingestion.sample_agencies.faults import reason_of
from ingestion.sample_agencies.house_styles import STYLES, HouseStyle
from ingestion.sample_agencies.ledger_lines import LedgerLines
from ingestion.sample_agencies.ledgers import FEED as LEDGER_FEED
from ingestion.sample_agencies.ledgers import LedgerFile
from ingestion.sample_agencies.measures import Records, headline, kpis
from ingestion.sample_agencies.platform import Platform, Rejection, class_numbers
from ingestion.sample_agencies.reports import Counted
from ingestion.sample_agencies.tables import Delivered
from ingestion.sample_agencies.tallies import CITY, Kpi
from ingestion.sample_agencies.world import World

DEFAULT_AS_OF: Final = date(2025, 6, 30)
#: Attendance floors that are usual elsewhere, and one that is not.
_FLOORS: Final = (0.5, 0.65, 0.8, 0.9)


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


def write_counts(folder: Path, counted: Counted, world: World, records: Records) -> None:
    """person_times.csv, persons.csv, waterfall.csv, removals.csv, kpi.csv at one date, and
    attended_shares.csv: counted trainings below each floor, and of those whose share is known.
    """
    _write_person_times(folder, [counted])
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
    _write_kpis(folder, kpis(counted, world, records))


def write_headline(folder: Path, parts: Sequence[Counted]) -> None:
    """person_times.csv of a city in several parts, and of kpi.csv the plan's headline alone."""
    _write_person_times(folder, parts)
    _write_kpis(folder, headline(parts))


def _write_person_times(folder: Path, parts: Sequence[Counted]) -> None:
    codes = np.array([area.code for area in AREAS], dtype=object)
    totals: Counter[str] = Counter()
    for part in parts:
        days = np.datetime_as_string(part.ended_on, unit="D").astype(object)
        keys = days + "|" + codes[part.area] + "|" + part.industry
        for key, number in zip(*np.unique(keys.astype(str), return_counts=True), strict=True):
            totals[str(key)] += int(number) * part.copies
    _write(
        folder / "person_times.csv",
        ("ended_on", "area_code", "industry_code", "person_times"),
        ((*key.split("|"), total) for key, total in sorted(totals.items())),
    )


def _write_kpis(folder: Path, found: Iterable[Kpi]) -> None:
    _write(
        folder / "kpi.csv",
        ("indicator_id", "period_code", "area_code", "industry_code", "unit_code", "item_code",
         "numerator", "denominator", "status"),
        (
            (k.indicator_id, k.period_code, k.area_code, k.industry_code, k.unit_code, k.item_code,
             k.numerator, "" if k.denominator is None else k.denominator, k.status)
            for k in found
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
