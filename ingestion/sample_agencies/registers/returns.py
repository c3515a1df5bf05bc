"""What departments planned and returned, told again as events."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from ingestion.sample_agencies.catalog import DEPARTMENTS
from ingestion.sample_agencies.departments import Departments
from ingestion.sample_agencies.registers.forms import Register, Row
from ingestion.sample_agencies.tallies import Event, quarter

#: Day of the month after the quarter by which a return is due.
_DUE_DAY: Final = 15
#: Who owes one; the bureau itself never sends any.
_OWING: Final = ("hrss", *(code for code, _, _ in DEPARTMENTS))


def gather_returns(told: Departments) -> Register:
    """Plans and returns as one register; its tables were written before."""
    rows: list[Row] = [
        {"kind": "plan", "unit": unit, "year": year, "industry": industry, "person_times": count}
        for unit, year, industry, count in told.planned
    ]
    spans = []
    for unit, year, number, day, counts in told.returned:
        span = quarter(year, number)
        rows.append(
            {"kind": "return", "unit": unit, "ends": span.ends, "day": day, "person_times": counts}
        )
        spans.append(span)
    return Register("department/training_returns", rows, [], spans)


def return_events(register: Register, as_of: date) -> Iterator[Event]:
    filed = {}
    for row in register.rows:
        if row["kind"] == "plan" and date(row["year"], 1, 1) <= as_of:
            yield Event(
                "M01-3", day=date(row["year"], 1, 1), industry=row["industry"], unit=row["unit"],
                numerator=0, denominator=row["person_times"],
            )  # fmt: skip
        if row["kind"] == "return" and row["ends"] <= as_of:
            filed[row["unit"], row["ends"]] = row["day"]
            for industry, count in row["person_times"].items():
                where = {"day": row["ends"], "industry": industry, "unit": row["unit"]}
                yield Event("M01-3", **where, numerator=count)
                if count > 0:
                    yield Event("M08-8", day=row["ends"], unit=row["unit"])
    for ends in {span.ends for span in register.spans}:
        due = ends + timedelta(days=_DUE_DAY)
        if due <= as_of:
            for unit in _OWING:
                day = filed.get((unit, ends))
                yield Event(
                    "M01-2", day=ends, unit=unit, numerator=int(day is not None and day <= due),
                    denominator=1,
                )  # fmt: skip
