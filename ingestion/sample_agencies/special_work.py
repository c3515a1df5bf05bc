"""Who may do hazardous work or run special equipment, as the service passes it on.

Electricians, welders and forklift drivers whom a training led to such a certificate: emergency
authorities register the first two, market supervision the last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.sample_agencies.catalog import AREAS, OCCUPATIONS
from ingestion.sample_agencies.platform import snapshot_day
from ingestion.sample_agencies.tables import Delivered
from ingestion.sample_agencies.tallies import Event
from ingestion.sample_agencies.world import COMPLETED, World

INDICATOR: Final = "M01-4-holders"
_PLAN_ENDS: Final = date(2025, 12, 31)
_OPERATIONS: Final = {
    "电工": ("电工作业", "低压电工作业"),
    "焊工": ("焊接与热切割作业", "熔化焊接与热切割作业"),
}
_EQUIPMENT: Final = {"叉车司机": ("", "N1")}
#: Years that a certificate holds.
_OPERATION_YEARS: Final = 6
_EQUIPMENT_YEARS: Final = 4
#: Characters of a resident ID; permits are shorter.
_WHOLE_NUMBER: Final = 18
_FAULTS: Final = (
    ("holderIdNo", "529999199002301237", "ID_BAD_DATE"),
    ("issueDate", "2024-02-30", "DATE_INVALID"),
    ("status", "不详", "CODE_UNKNOWN"),
)


@dataclass(frozen=True)
class Certificate:
    """One certificate, and whether a fault keeps it out of the warehouse."""

    person: int
    area: int
    category: str
    item: str
    issued_on: date
    expires_on: date
    is_revoked: bool
    #: Which of the planted faults.
    fault: int | None

    def is_in_force(self, day: date) -> bool:
        return not self.is_revoked and self.issued_on <= day <= self.expires_on


@dataclass(frozen=True)
class Special:
    """Both registers, in the order in which they are served."""

    operations: Sequence[Certificate]
    equipment: Sequence[Certificate]
    delivered: Sequence[Delivered]

    def events(self, as_of: date) -> Iterator[Event]:
        """One per certificate in force at that day."""
        day = min(as_of, _PLAN_ENDS)
        for each in (*self.operations, *self.equipment):
            if each.fault is None and each.is_in_force(day):
                yield Event(INDICATOR, day, AREAS[each.area].code, person=each.person)


def build_special(world: World, folder: Path) -> Special:
    """Write special_operations.parquet and special_equipment.parquet."""
    operations = [*_certificates(world, _OPERATIONS, _OPERATION_YEARS)]
    equipment = [*_certificates(world, _EQUIPMENT, _EQUIPMENT_YEARS)]
    return Special(
        operations,
        equipment,
        (
            _written(
                world, operations, folder / "special_operations.parquet",
                "emergency/special_operations", "/v1/special-operations",
            ),
            _written(
                world, equipment, folder / "special_equipment.parquet",
                "market_supervision/special_equipment", "/v1/special-equipment",
            ),
        ),
    )  # fmt: skip


def _certificates(
    world: World, kinds: Mapping[str, tuple[str, str]], years: int
) -> Iterator[Certificate]:
    """Every second person who was trained for it; some were certified long before."""
    courses, trainings = world.courses, world.trainings
    wanted = [place for place, each in enumerate(OCCUPATIONS) if each.name in kinds]
    own = np.flatnonzero(
        np.isin(courses.occupation[trainings.course], wanted)
        & (trainings.completion == COMPLETED)
        & (np.char.str_len(world.people.id_no[trainings.person].astype(str)) == _WHOLE_NUMBER)
    )
    today, seen = snapshot_day(world).date(), set[tuple[int, int]]()
    for turn, training in enumerate(own.tolist()):
        course, person = int(trainings.course[training]), int(trainings.person[training])
        occupation = int(courses.occupation[course])
        ended_on: date = courses.ended_on[course].astype("M8[D]").item()
        earlier = 365 * years - 200 if turn % 11 == 0 else 0
        issued_on = ended_on + timedelta(20 - earlier)
        if turn % 2 or issued_on > today or (person, occupation) in seen:
            continue
        seen.add((person, occupation))
        category, item = kinds[OCCUPATIONS[occupation].name]
        place = len(seen)
        yield Certificate(
            person,
            int(courses.area[course]),
            category,
            item,
            issued_on,
            issued_on + timedelta(365 * years),
            is_revoked=place % 53 == 0,
            fault=place // 40 % len(_FAULTS) if place % 40 == 7 else None,
        )


def _written(
    world: World, certificates: Sequence[Certificate], path: Path, feed: str, route: str
) -> Delivered:
    """Serve them as they come; the service orders by change time, which rises with the place."""
    people, today = world.people, snapshot_day(world).date()
    persons = [each.person for each in certificates]
    columns: dict[str, list[str]] = {
        "holderName": people.name[persons].tolist(),
        "holderIdNo": people.id_no[persons].tolist(),
        "category": [each.category for each in certificates],
        "itemName": [each.item for each in certificates],
        "itemCode": [each.item for each in certificates],
        "issueDate": [each.issued_on.isoformat() for each in certificates],
        "expiryDate": [each.expires_on.isoformat() for each in certificates],
        "status": ["注销" if each.is_revoked else "有效" for each in certificates],
        "areaCode": [AREAS[each.area].platform_code for each in certificates],
        "updatedAt": [
            f"{today:%Y-%m}-01 {n // 3600 % 24:02d}:{n // 60 % 60:02d}:{n % 60:02d}"
            for n in range(len(certificates))
        ],
    }
    for unused in ("category", "itemName") if "equipment" in feed else ("itemCode",):
        del columns[unused]
    rejected = []
    for place, each in enumerate(certificates):
        if each.fault is not None:
            column, value, reason = _FAULTS[each.fault]
            columns[column][place] = value
            rejected.append(("", place + 1, "", reason))
    pq.write_table(pa.table(columns), path, compression="zstd")
    return Delivered(
        feed=feed, name=f"certificate_service:{route}", rows=len(certificates), skipped=0,
        rejected=tuple(rejected),
    )  # fmt: skip
