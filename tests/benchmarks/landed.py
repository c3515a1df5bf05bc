"""What a script that reads the landing zone has to know: its files, their order, the seeds.

Nothing but the standard library, so that every peer can use it in an environment of its own.
"""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

SEEDS = Path(__file__).parents[2] / "seeds"
PLAN = date(2023, 1, 1), date(2025, 12, 31)
#: The day on which the sample is judged.
AS_OF = date(2025, 6, 30)
#: Industries with a headline target of their own; the others are one line.
HEADLINE_INDUSTRIES = ("liquor", "tea", "equipment", "care", "guitar")
ADULT_ENOUGH = 14
ATTENDANCE_FLOOR = "attendance_floor_share"


@dataclass(frozen=True)
class Batch:
    """One landed file."""

    batch_id: str
    path: str
    sequence: int
    unit_code: str | None


def require_no_attendance_floor() -> None:
    """No script here reads sign-ins: a floor of attendance, which is off, would ask for them."""
    with (SEEDS / "rules" / "parameters.csv").open(encoding="utf-8", newline="") as file:
        floors = [row for row in csv.DictReader(file) if row["parameter_id"] == ATTENDANCE_FLOOR]
    if any(row["value"] for row in floors) or not floors:
        raise SystemExit("the floor of attendance is on: let every script read the sign-ins")


def batches(home: Path, feed: str) -> list[Batch]:
    """Every landed file of a feed, in the order in which they were taken in."""
    return [batch for batch, _, _ in _known(home, feed)]


def current_batches(home: Path, feed: str) -> list[Batch]:
    """Of each scope the file that covers the furthest month, then the later one."""
    furthest: dict[str, tuple[int, Batch]] = {}
    for batch, scope, covers in _known(home, feed):
        if scope not in furthest or covers >= furthest[scope][0]:
            furthest[scope] = covers, batch
    return [batch for _, batch in furthest.values()]


def _known(home: Path, feed: str) -> list[tuple[Batch, str, int]]:
    landing = home / "landing"
    manifest = sqlite3.connect(f"file:{landing / 'manifest.sqlite'}?mode=ro", uri=True)
    rows = manifest.execute(
        "select batch_id, file_name, sequence, unit_code, scope, covers_rank "
        "from batches where feed = ? order by sequence",
        (feed,),
    ).fetchall()
    manifest.close()
    return [
        (Batch(batch_id, str(landing / feed / file_name), sequence, unit), scope, covers or 0)
        for batch_id, file_name, sequence, unit, scope, covers in rows
    ]


def headline(by_area_and_industry: Sequence[tuple[str, str, int]]) -> dict[str, int]:
    """The plan's indicators of person-times for the city, and their parts by area and industry."""
    found = {"H-01": 0, **{f"H-02-{name}": 0 for name in (*HEADLINE_INDUSTRIES, "other")}}
    for area, industry, count in by_area_and_industry:
        found["H-01"] += count
        found[f"H-02-{industry if industry in HEADLINE_INDUSTRIES else 'other'}"] += count
        found[f"{area}/{industry}"] = count
    return dict(sorted(found.items()))
