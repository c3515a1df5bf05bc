"""The bureau's training platform: a SQLite database with the field codes such systems use.

Institutions, classes, enrolments and subsidy lines, with faults in some rows. Each table comes
with the rows that must be rejected, by their record key.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from ingestion.sample_agencies.catalog import (
    AREAS,
    DEPARTMENTS,
    EDUCATION,
    INDUSTRY_WORDS,
    LEVEL_SPELLINGS,
    OCCUPATIONS,
    PERSON_TYPES,
)
from ingestion.sample_agencies.ledgers import SUBSIDIES
from ingestion.sample_agencies.people import Days, Flags, Ints, Texts, pick, random_stream
from ingestion.sample_agencies.world import COMPLETED, FINISHED, World

COMPLETION_WORDS: Final = ("结业", "未结业", "退班", "在训")
_RESULT_WORDS: Final = ("合格", "不合格", "未考核", "未考核")
_STATUS_WORDS: Final = ("结业", "取消", "开班", "备案")
#: A fund's name on the platform, and what it is.
_FUNDS: Final = (
    ("就业补助资金", "employment_subsidy"),
    ("职业技能提升行动专账资金", "skill_action_account"),
    ("东西部协作资金", "east_west"),
    ("衔接资金", "rural_revitalisation"),
    ("失业保险基金", "unemployment_insurance"),
)


@dataclass(frozen=True)
class Rejection:
    """One row that must be rejected: by its record key, or by its place from 1 (else 0)."""

    feed: str
    delivery_name: str
    sheet: str
    row_number: int
    record_key: str
    reason: str


class _Enrolled(NamedTuple):
    training: Ints
    is_valid: Flags
    is_rejected: Flags
    training_of_row: Ints


@dataclass(frozen=True)
class Payments:
    """Subsidy lines, one entry per row of the table."""

    training: Ints
    #: Code of the fund that pays.
    fund: Texts
    paid_on: Days
    is_paid: Flags
    amount_cny: npt.NDArray[np.float64]
    is_rejected: Flags


@dataclass(frozen=True)
class Platform:
    """What the platform holds, as far as counting needs it."""

    #: One entry per enrolment (a row that stands twice is one); training is an index.
    training: Ints
    is_valid: Flags
    is_rejected: Flags
    #: The training of each row of the table, those that stand twice included.
    training_of_row: Ints
    #: Classes whose row is rejected or gone.
    lost_courses: Flags
    payments: Payments
    rejections: list[Rejection]
    #: Rows per table.
    rows: dict[str, int]


def class_numbers(world: World) -> Texts:
    """The platform's number of each course."""
    courses = world.courses
    years = courses.started_on.astype("M8[Y]").astype(int) + 1970
    return np.array(
        [
            f"PX{AREAS[area].code}{year}{number:05d}"
            for number, (area, year) in enumerate(
                zip(courses.area.tolist(), years.tolist(), strict=True)
            )
        ],
        dtype=object,
    )


def wrong_code(code: str) -> str:
    """The same credit code with a wrong check character."""
    return code[:17] + ("A" if code[17] != "A" else "B")


def _days(values: Days) -> list[str]:
    return [str(text) for text in np.datetime_as_string(values, unit="D").tolist()]


def _moments(days: Days, seed_values: Ints) -> list[str]:
    """A time of day on each day."""
    return [
        f"{day} {8 + n % 10:02d}:{n * 7 % 60:02d}:{n * 13 % 60:02d}"
        for day, n in zip(_days(days), seed_values.tolist(), strict=True)
    ]


def build_platform(world: World, path: Path) -> Platform:
    """Write the database. The path must be free."""
    rejections: list[Rejection] = []
    rows: dict[str, int] = {}
    numbers = class_numbers(world)
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("pragma journal_mode = off")
        connection.execute("begin")

        def load(table: str, columns: Mapping[str, Sequence[Any]]) -> None:
            marks = ", ".join("?" * len(columns))
            connection.execute(" ".join(("create table", table, "(", ", ".join(columns), ")")))
            connection.executemany(
                " ".join(("insert into", table, "values (", marks, ")")),
                zip(*columns.values(), strict=True),
            )
            rows[table] = len(next(iter(columns.values())))

        load("institution", _institutions(world, rejections))
        lost = _lost_courses(world)
        load("training_class", _classes(world, numbers, lost, rejections))
        enrolments, enrolled = _enrolments(world, numbers, rejections)
        load("enrolment", enrolments)
        lines, payments = _payments(world, numbers, rejections)
        load("subsidy_payment", lines)
        connection.execute("commit")
    finally:
        connection.close()
    return Platform(*enrolled, lost, payments, rejections, rows)


def index_platform(path: Path) -> None:
    """What such systems are asked by: key and change time of every table."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("pragma journal_mode = off")
        for table, key in _KEYS.items():
            for column in (key, "aae036"):
                index = f"{table}_by_{column}"
                connection.execute(" ".join(("create index", index, "on", table, "(", column, ")")))
    finally:
        connection.close()


_KEYS: Final = {
    "institution": "aab003",
    "training_class": "class_no",
    "enrolment": "enrolment_no",
    "subsidy_payment": "payment_no",
    "attendance": "attendance_no",
}


def _reject(rejections: list[Rejection], table: str, feed: str, key: str, reason: str) -> None:
    rejections.append(Rejection(feed, f"training_platform:{table}", "", 0, key, reason))


def _institutions(world: World, rejections: list[Rejection]) -> dict[str, Sequence[Any]]:
    institutions = world.institutions
    codes = institutions.credit_code.copy()
    for place in (5, 17):
        codes[place] = wrong_code(codes[place])
        # the key itself is wrong, so it names no record
        _reject(rejections, "institution", "hrss/institutions", "", "CREDIT_CODE_INVALID")
    count = len(institutions)
    licensed = np.datetime64("2016-03-01") + (np.arange(count) * 37 % 2400).astype("m8[D]")
    exited: list[str | None] = [None] * count
    for place in range(9, count, 41):
        exited[place] = f"2024-{place % 12 + 1:02d}-28"
    return {
        "aab003": codes.tolist(),
        "aab004": institutions.name.tolist(),
        "institution_kind": institutions.kind.tolist(),
        "aab301": [AREAS[place].platform_code for place in institutions.area.tolist()],
        "licensed_on": _days(licensed),
        "exited_on": exited,
        "aae036": _moments(licensed + 400, np.arange(count)),
    }


def _lost_courses(world: World) -> Flags:
    """Classes of which the platform shows no usable row: wrong credit code, or deleted."""
    courses = world.courses
    usual = courses.on_platform & (courses.status == FINISHED) & (courses.ledger_area < 0)
    lost = np.zeros(len(courses), dtype=bool)
    lost[np.flatnonzero(usual)[37::600]] = True
    return lost


def _classes(
    world: World, numbers: Texts, lost: Flags, rejections: list[Rejection]
) -> dict[str, Sequence[Any]]:
    courses = world.courses
    # every second of the lost classes is gone altogether
    gone = np.zeros(len(courses), dtype=bool)
    gone[np.flatnonzero(lost)[1::2]] = True
    own = np.flatnonzero(courses.on_platform & ~gone)
    codes = world.institutions.credit_code[courses.institution[own]]
    for place in np.flatnonzero(lost[own]).tolist():
        codes[place] = wrong_code(codes[place])
        _reject(
            rejections, "training_class", "hrss/training_classes", numbers[own[place]],
            "CREDIT_CODE_INVALID",
        )  # fmt: skip
    level = [spelling[1] for spelling in LEVEL_SPELLINGS] + [None]
    declared = [
        INDUSTRY_WORDS[code][number % len(INDUSTRY_WORDS[code])] if code else None
        for code, number in zip(courses.declared[own].tolist(), own.tolist(), strict=True)
    ]
    occupation = []
    for place, number in zip(courses.occupation[own].tolist(), own.tolist(), strict=True):
        words = (OCCUPATIONS[place].name, OCCUPATIONS[place].name, *OCCUPATIONS[place].spellings)
        occupation.append(words[number % len(words)])
    area = [
        AREAS[place].name if number % 3 == 0 else AREAS[place].platform_code
        for place, number in zip(courses.area[own].tolist(), own.tolist(), strict=True)
    ]
    kind = [
        "专项职业能力培训" if not OCCUPATIONS[place].has_levels
        else ("就业技能培训", "岗位技能提升培训", "岗位技能提升")[number % 3]
        for place, number in zip(courses.occupation[own].tolist(), own.tolist(), strict=True)
    ]  # fmt: skip
    department = [DEPARTMENTS[n][1] if n >= 0 else None for n in courses.department[own].tolist()]
    starts = courses.started_on[own]
    return {
        "class_no": numbers[own].tolist(),
        "class_name": [f"{word}第{n % 40 + 1}期" for word, n in zip(occupation, own, strict=True)],
        "aab003": codes.tolist(),
        "aab004": world.institutions.name[courses.institution[own]].tolist(),
        "aab301": area,
        "department": department,
        "training_type": kind,
        "aca111": occupation,
        "level": [level[rank] for rank in courses.level[own].tolist()],
        "industry": declared,
        "filed_on": _days(starts - 7),
        "started_on": _days(starts),
        "ended_on": _days(courses.ended_on[own]),
        "planned_hours": courses.hours[own].tolist(),
        "planned_trainees": (courses.size[own] + own % 4).tolist(),
        "is_subsidised": courses.is_subsidised[own].astype(int).tolist(),
        "is_demonstration": courses.is_demonstration[own].astype(int).tolist(),
        "status": [_STATUS_WORDS[n] for n in courses.status[own].tolist()],
        "aae036": _moments(courses.ended_on[own] + 5, own),
    }


#: What can be wrong with an enrolment: column, value made of the ID, reason.
_ENROLMENT_FAULTS: Final = (
    ("aac002", lambda number: number[:17] + ("2" if number[17] in "1X" else "1"),
     "ID_BAD_CHECK_DIGIT"),
    ("aac002", lambda number: number[:16], "ID_BAD_SHAPE"),
    ("aac002", lambda _: None, "CELL_BLANK"),
    ("completion", lambda _: "待审核", "CODE_UNKNOWN"),
    ("attended_hours", lambda _: "9999", "NUMBER_OUT_OF_RANGE"),
    ("aac003", lambda _: None, "CELL_BLANK"),
)  # fmt: skip


def _enrolments(
    world: World, numbers: Texts, rejections: list[Rejection]
) -> tuple[dict[str, list[Any]], _Enrolled]:
    rng = random_stream(world.seed, "enrolments")
    courses, trainings, people = world.courses, world.trainings, world.people
    own = np.flatnonzero(courses.on_platform[trainings.course])
    course, person = trainings.course[own], trainings.person[own]
    count = len(own)
    enrolment_no = np.char.mod("BM%08d", np.arange(count) + 1).astype(object)
    ids = people.id_no[person].copy()
    old = (rng.random(count) < 0.002) & (people.old_id_no[person] != "")
    ids[old] = people.old_id_no[person][old]
    permits = np.array([number[0] in "HM" for number in ids], dtype=bool)
    completion = trainings.completion[own]
    is_valid = rng.random(count) >= 0.004
    columns: dict[str, list[Any]] = {
        "enrolment_no": enrolment_no.tolist(),
        "class_no": numbers[course].tolist(),
        "aac003": people.name[person].tolist(),
        "document_type": ["港澳居民来往内地通行证" if permit else None for permit in permits],
        "aac002": ids.tolist(),
        "person_phone": people.phone[person].tolist(),
        "person_type": [PERSON_TYPES[n % len(PERSON_TYPES)] for n in person.tolist()],
        "aac011": [EDUCATION[n % len(EDUCATION)] for n in person.tolist()],
        "attended_hours": trainings.attended_hours[own].tolist(),
        "result": [_RESULT_WORDS[n] for n in completion.tolist()],
        "completion": [COMPLETION_WORDS[n] for n in completion.tolist()],
        "aae100": is_valid.astype(int).tolist(),
        "aae036": _moments(courses.ended_on[course] + 5 + own % 9, own),
    }
    is_rejected = np.zeros(count, dtype=bool)
    share = min(0.03, 0.0012 + 20 / count)
    candidates = (rng.random(count) < share) & ~old & ~permits
    for turn, place in enumerate(np.flatnonzero(candidates).tolist()):
        column, spoil, reason = _ENROLMENT_FAULTS[turn % len(_ENROLMENT_FAULTS)]
        columns[column][place] = spoil(ids[place])
        is_rejected[place] = True
        _reject(rejections, "enrolment", "hrss/enrolments", enrolment_no[place], reason)
    # some rows stand twice, to the last letter
    twice = np.flatnonzero(~is_rejected)[::20_011]
    for place in twice.tolist():
        for values in columns.values():
            values.append(values[place])
        _reject(rejections, "enrolment", "hrss/enrolments", enrolment_no[place], "KEY_DUPLICATE")
    return columns, _Enrolled(own, is_valid, is_rejected, np.append(own, own[twice]))


def _payments(
    world: World, numbers: Texts, rejections: list[Rejection]
) -> tuple[dict[str, Sequence[Any]], Payments]:
    rng = random_stream(world.seed, "payments")
    courses, trainings, people = world.courses, world.trainings, world.people
    chosen = (
        courses.on_platform[trainings.course]
        & courses.is_subsidised[trainings.course]
        & (trainings.completion == COMPLETED)
    )
    own = np.flatnonzero(chosen & (rng.random(len(chosen)) < 0.72))
    count = len(own)
    course, person = trainings.course[own], trainings.person[own]
    applied = courses.ended_on[course] + rng.integers(10, 40, size=count).astype("m8[D]")
    paid = applied + rng.integers(20, 90, size=count).astype("m8[D]")
    today = np.datetime64(snapshot_day(world).date().isoformat())
    status = np.where(paid > today, 1, np.where(rng.random(count) < 0.01, 2, 0))
    amount: list[Any] = SUBSIDIES[courses.level[course]].astype(float).tolist()
    payment_no = np.char.mod("BT%08d", np.arange(count) + 1).astype(object)
    accounts = np.char.mod("629999%013d", person + 1).astype(object).tolist()
    is_rejected = np.zeros(count, dtype=bool)
    for place in range(211, count, max(400, count // 40)):
        is_rejected[place] = True
        amount[place] = 250_000.0 if place % 2 else -800.0
        _reject(
            rejections, "subsidy_payment", "hrss/subsidy_payments", payment_no[place],
            "NUMBER_OUT_OF_RANGE",
        )  # fmt: skip
    certified = trainings.certificate_no[own] != ""
    kind = np.where(certified & (own % 11 == 0), "证书直补", "职业培训补贴")
    fund = pick(rng, count, (60, 15, 10, 10, 5))
    lines = {
        "payment_no": payment_no.tolist(),
        "class_no": numbers[course].tolist(),
        "aac003": people.name[person].tolist(),
        "aac002": people.id_no[person].tolist(),
        "payee_account": accounts,
        "fund_source": [_FUNDS[n][0] for n in fund.tolist()],
        "subsidy_kind": kind.tolist(),
        "applied_on": _days(np.minimum(applied, today)),
        "paid_on": [
            day if n != 1 else None for day, n in zip(_days(paid), status.tolist(), strict=True)
        ],
        "amount_cny": amount,
        "status": [("已拨付", "审核中", "退回")[n] for n in status.tolist()],
        "aae036": _moments(np.minimum(paid, today), own),
    }
    codes = np.array([code for _, code in _FUNDS], dtype=object)[fund]
    amounts = np.array(amount, dtype=float)
    return lines, Payments(own, codes, paid, status == 0, amounts, is_rejected)


def snapshot_day(world: World) -> datetime:
    """When the platform and the certificate service are read: three weeks after the end."""
    last = world.last_day
    return datetime(last.year, last.month, last.day, 1, tzinfo=UTC) + timedelta(days=21)
