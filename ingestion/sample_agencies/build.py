"""Makes the simulated agencies: a drop folder, a platform database, and what a service serves.

The faults of real life are planted, and beside them stands the truth that the pipeline must find.
A city larger than Zunyi is that city in several copies, of which the first alone sends workbooks;
at a nation's size the other copies are told by their enrolments alone. Everything follows from the
seed; all people are invented and carry region code 529999.
"""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from ingestion.sample_agencies import SAMPLE_VERSION
from ingestion.sample_agencies.attendance import write_attendance
from ingestion.sample_agencies.certificates import build_certificates
from ingestion.sample_agencies.copies import (
    WHOLE,
    attending,
    copy_attendance,
    copy_certificates,
    copy_platform,
    open_copies,
    write_whole_ledgers,
    write_whole_rosters,
)
from ingestion.sample_agencies.departments import at, write_departments
from ingestion.sample_agencies.ledger_lines import PLAIN, make_lines
from ingestion.sample_agencies.ledgers import write_ledgers
from ingestion.sample_agencies.lists import write_lists
from ingestion.sample_agencies.measures import Records
from ingestion.sample_agencies.people import PLACES
from ingestion.sample_agencies.platform import build_platform, index_platform
from ingestion.sample_agencies.registers import write_registers
from ingestion.sample_agencies.reports import count, gather_reports
from ingestion.sample_agencies.rosters import write_rosters
from ingestion.sample_agencies.special_work import build_special
from ingestion.sample_agencies.truth import (
    DEFAULT_AS_OF,
    ledger_deliveries,
    pull_deliveries,
    write_attendance_truth,
    write_counts,
    write_delivery_truth,
    write_headline,
)
from ingestion.sample_agencies.workbooks import put
from ingestion.sample_agencies.world import make_world

#: The one file that belongs to no feed.
STRAY_FILE = "county/关于报送培训台账的通知（样例）.txt"

Progress = Callable[[str], None]


@dataclass(frozen=True)
class SampleSummary:
    """What a sample holds."""

    version: int
    #: Size beside Zunyi, all copies together.
    factor: float
    copies: int
    seed: int
    start: str
    end: str
    persons: int
    trainings: int
    classes: int
    institutions: int
    enrolments: int
    #: Rows of all exports and of the table together.
    attendance_rows: int
    certificates: int
    ledger_files: int
    other_files: int


def build_sample(
    into: Path,
    *,
    factor: float = 1.0,
    copies: int | None = None,
    seed: int = 20230101,
    start: str = "2023-01",
    end: str = "2025-12",
    as_of: date = DEFAULT_AS_OF,
    whole: int = WHOLE,
    residents: int = PLACES,
    progress: Progress | None = None,
) -> SampleSummary:
    """Write drop/, platform.sqlite, what the service serves, and truth/ into a folder.

    A sample of the same parameters that stands there already is left alone. Otherwise the new
    one is made beside it and moved into place; ``sample.json`` comes last and says that it is
    whole. ``factor`` is the size beside Zunyi; what is larger than 1 is made of ``copies`` of a
    city that is not. Of more than ``whole`` copies all but the first send their institutions,
    classes and enrolments only, and the truth about counts is person-times and the headline alone.
    Beyond so many ``residents`` people have permits instead of resident IDs. The truth is taken at
    ``as_of``, and once more at the end of the plan in ``truth/end_of_plan``. Raises ValueError for
    months in the wrong order, and for a city too small to be copied.
    """
    copies = copies or math.ceil(factor)
    wanted = {
        "version": SAMPLE_VERSION, "factor": factor, "copies": copies, "seed": seed,
        "start": start, "end": end,
    }  # fmt: skip
    marker = into / "sample.json"
    if (standing := _standing(marker)) and wanted.items() <= asdict(standing).items():
        return standing
    say = progress or (lambda _: None)
    fresh = into / ".building"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    drop = fresh / "drop"

    say("the city, its courses and people")
    world = make_world(factor / copies, seed, start, end)
    lines = make_lines(world)
    say("county ledgers")
    files = write_ledgers(world, lines, drop)
    say("departments, competitions, workshops, talent stock")
    departments = write_departments(world, drop)
    lists = write_lists(world, drop)
    say("registers of enterprises, schools, institutions, bases, counties")
    registers = write_registers(world, drop, departments)
    rosters = write_rosters(world, drop)
    put(drop / STRAY_FILE, "样例数据：本文件不属于任何报送。\n".encode(), at(world.first_day))
    say("training platform")
    platform = build_platform(world, fresh / "platform.sqlite")
    say("attendance")
    attendance = write_attendance(world, platform, drop, fresh / "platform.sqlite")
    say("certificate service")
    certificates = build_certificates(world, fresh / "certificates.parquet")
    bad_certificates = certificates.rejections
    special = build_special(world, fresh)
    is_whole = copies <= whole
    if copies > 1:
        with open_copies(world, copies, fresh / ".spill", residents=residents) as engine:
            say("copies of the city: training platform")
            platform = copy_platform(
                engine, world, platform, fresh / "platform.sqlite", copies, is_whole=is_whole
            )
            if is_whole:
                say("copies of the city: ledgers and rosters")
                files += write_whole_ledgers(engine, world, lines, drop, copies)
                rosters = write_whole_rosters(engine, world, rosters, drop)
                # the ledgers of a larger city spell every number in full
                lines = replace(lines, id_form=np.full(len(lines), PLAIN))
                say("copies of the city: attendance")
                copied = copy_attendance(engine, attendance.newest, drop, copies)
                attendance = replace(attendance, files=[*attendance.files, *copied])
                say("copies of the city: certificate service")
                path = fresh / "certificates.parquet"
                bad_certificates = copy_certificates(engine, bad_certificates, path)
        shutil.rmtree(fresh / ".spill", ignore_errors=True)
    index_platform(fresh / "platform.sqlite")
    served = pq.read_metadata(fresh / "certificates.parquet").num_rows
    records = Records(lists, registers, special, platform, certificates)

    say("truth")
    ledgers = ledger_deliveries(files, lines)
    pulls = pull_deliveries(platform, attendance, served, bad_certificates)
    others = [
        *departments.delivered, *lists.delivered, *registers.delivered, *rosters.delivered,
        *special.delivered,
    ]  # fmt: skip
    deliveries = [*ledgers, *pulls, *others, *attendance.files]
    write_delivery_truth(fresh / "truth", deliveries)
    signing_in = attending(copies) if is_whole else 1
    write_attendance_truth(fresh / "truth", world, platform, attendance, signing_in)
    reports = gather_reports(world, lines, files, ledgers, rosters, platform, attendance.sums)
    for folder, day in (("truth", as_of), ("truth/end_of_plan", date(2025, 12, 31))):
        if is_whole:
            write_counts(fresh / folder, count(reports, world, day, copies), world, records)
        else:
            first = count(reports, world, day)
            enrolled = count(reports.of_platform(), world, day, copies - 1)
            write_headline(fresh / folder, [first, enrolled])

    summary = SampleSummary(
        version=SAMPLE_VERSION,
        factor=factor,
        copies=copies,
        seed=seed,
        start=start,
        end=end,
        persons=len(world.people) * copies,
        trainings=len(world.trainings) * copies,
        classes=platform.rows["training_class"],
        institutions=platform.rows["institution"],
        enrolments=platform.rows["enrolment"],
        attendance_rows=sum(file.rows for file in attendance.files) + attendance.rows,
        certificates=served,
        ledger_files=len(files),
        other_files=len(others) + len(attendance.files) + 1,
    )
    _move_into_place(fresh, into)
    marker.write_text(json.dumps(asdict(summary), indent=2) + "\n", encoding="utf-8")
    return summary


def _standing(marker: Path) -> SampleSummary | None:
    """The sample that stands there, if it is whole."""
    try:
        return SampleSummary(**json.loads(marker.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _move_into_place(fresh: Path, into: Path) -> None:
    (into / "sample.json").unlink(missing_ok=True)
    for part in sorted(fresh.iterdir()):
        old = into / part.name
        if old.is_dir():
            shutil.rmtree(old)
        else:
            old.unlink(missing_ok=True)
        part.rename(old)
    fresh.rmdir()
