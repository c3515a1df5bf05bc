"""Certificates as the provincial service holds them, in the field names of its API."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingestion.sample_agencies.catalog import AREAS, LEVEL_SPELLINGS, OCCUPATIONS
from ingestion.sample_agencies.people import Days, Flags, Ints, random_stream
from ingestion.sample_agencies.platform import Rejection, class_numbers, snapshot_day
from ingestion.sample_agencies.world import World

DELIVERY_NAME: Final = "certificate_service:/v1/certificates"
_FAULTS: Final = (
    ("holderIdNo", "529999199002301237", "ID_BAD_DATE"),
    ("holderIdNo", "5.29999E+17", "ID_SCIENTIFIC"),
    ("holderName", None, "CELL_BLANK"),
    ("kind", "培训合格证", "CODE_UNKNOWN"),
    ("issueDate", "2024-02-30", "DATE_INVALID"),
    ("issueDate", "2023年下半年", "DATE_VAGUE"),
)


@dataclass(frozen=True)
class Certificates:
    """What the service holds, as far as counting needs it."""

    #: One entry per certificate; training is an index.
    training: Ints
    issued_on: Days
    is_revoked: Flags
    is_rejected: Flags
    rejections: list[Rejection]


def build_certificates(world: World, path: Path) -> Certificates:
    """Write every certificate issued by the time of the snapshot."""
    rng = random_stream(world.seed, "certificates")
    courses, trainings, people = world.courses, world.trainings, world.people
    issued = courses.ended_on[trainings.course] + (15 + np.arange(len(trainings)) * 13 % 30).astype(
        "m8[D]"
    )
    today = np.datetime64(snapshot_day(world).date().isoformat())
    own = np.flatnonzero((trainings.certificate_no != "") & (issued <= today))
    course, person = trainings.course[own], trainings.person[own]
    issued = issued[own]
    occupation = [OCCUPATIONS[place] for place in courses.occupation[course].tolist()]
    revoked = rng.random(len(own)) < 0.004
    numbers = trainings.certificate_no[own]
    issue_days = np.datetime_as_string(issued).tolist()
    updated = np.datetime_as_string(np.minimum(issued + np.where(revoked, 90, 2), today))
    columns: dict[str, list[Any]] = {
        "certificateNo": numbers.tolist(),
        "holderName": people.name[person].tolist(),
        "holderIdNo": people.id_no[person].tolist(),
        "kind": ["职业技能等级" if each.has_levels else "专项职业能力" for each in occupation],
        "occupationName": [each.name for each in occupation],
        "occupationCode": [each.gb_code for each in occupation],
        "level": [
            LEVEL_SPELLINGS[rank][1] if rank >= 0 else None
            for rank in courses.level[course].tolist()
        ],
        "issuer": world.institutions.name[courses.institution[course]].tolist(),
        "areaCode": [AREAS[place].platform_code for place in courses.area[course].tolist()],
        "issueDate": list(issue_days),
        "expiryDate": [None] * len(own),
        "status": ["注销" if gone else "有效" for gone in revoked.tolist()],
        "classNo": [
            number if known else None
            for number, known in zip(
                class_numbers(world)[course], courses.on_platform[course], strict=True
            )
        ],
        "updatedAt": [
            f"{day} {9 + n % 9:02d}:{n % 60:02d}:00"
            for n, day in zip(own.tolist(), updated.tolist(), strict=True)
        ],
    }
    bad = {}
    for turn, place in enumerate(range(101 % max(len(own), 1), len(own), max(97, len(own) // 60))):
        column, value, reason = _FAULTS[turn % len(_FAULTS)]
        columns[column][place] = value
        bad[place] = reason
    table = pa.table(columns)
    order = pc.sort_indices(
        table, [("updatedAt", "ascending"), ("certificateNo", "ascending")]
    ).to_numpy()
    pq.write_table(table.take(order), path, compression="zstd")
    # a certificate's number is personal data, so a rejected row is named by its place
    served = np.argsort(order) + 1
    is_rejected = np.zeros(len(own), dtype=bool)
    is_rejected[list(bad)] = True
    rejections = [
        Rejection("hrss/certificates", DELIVERY_NAME, "", int(served[place]), "", reason)
        for place, reason in bad.items()
    ]
    return Certificates(own, issued, revoked, is_rejected, rejections)
