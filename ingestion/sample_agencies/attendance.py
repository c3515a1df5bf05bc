"""Who signed in at which session: exports of the platform, then a table of its database.

One record per enrolment and session. Until the table was opened the platform exported its records
day by day; a month of them stands in both places, and when the table was down the platform
exported again. Some records were wrong at first and corrected later, by exporting a day once more
or in the table; one export arrives only after its corrections. What truly was attended is counted
from the records themselves.

Set-based throughout: numbers for all records at once, texts for one export at a time.
"""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final, Literal, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from ingestion.sample_agencies.people import Flags, Ints, Texts, random_stream
from ingestion.sample_agencies.platform import Platform, Rejection, class_numbers
from ingestion.sample_agencies.tables import Delivered
from ingestion.sample_agencies.workbooks import put
from ingestion.sample_agencies.world import COMPLETED, FINISHED, RUNNING, WITHDRAWN, World

FEED: Final = "hrss/attendance"
TABLE: Final = "attendance"
#: Share of the classes that sign in; of the others only the roster tells the hours.
SIGNING_IN: Final = 0.95
#: Every so many completed trainings were attended far less than the roster says.
_OVERSTATED_EVERY: Final = 97
_OVERSTATED_SHARE: Final = 0.6

#: Header of the exports and column of the table, in the order of both.
COLUMNS: Final = (
    ("考勤编号", "attendance_no"),
    ("报名编号", "enrolment_no"),
    ("培训班编号", "class_no"),
    ("证件号码", "aac002"),
    ("上课日期", "session_on"),
    ("课次", "session_no"),
    ("签到时间", "signed_in_at"),
    ("签退时间", "signed_out_at"),
    ("课时", "hours"),
    ("考勤状态", "status"),
    ("有效标志", "aae100"),
    ("更新时间", "aae036"),
)
HEADERS: Final = [header for header, _ in COLUMNS]
PRESENT, LATE, LEFT_EARLY, ABSENT, ON_LEAVE = range(5)
_STATUS_WORDS: Final = ("出勤", "迟到", "早退", "缺勤", "请假")
#: Seconds after midnight at which the first, second and third session of a day begin.
_BEGINNINGS: Final = np.array([8 * 3600, 13 * 3600, 17 * 3600 + 1800])
_HOUR: Final = 3600
_DAY: Final = 86_400
#: A correction is made six days after the session, at ten in the morning.
_CORRECTED_AFTER: Final = 6 * _DAY + 10 * _HOUR

ID_SCIENTIFIC, SIGNED_OUT_FIRST, UNKNOWN_STATUS, TOO_MANY_HOURS = range(4)
_REASONS: Final = ("ID_SCIENTIFIC", "DATE_RANGE_REVERSED", "CODE_UNKNOWN", "NUMBER_OUT_OF_RANGE")

#: One export holds a day, a week or a month: small cities would else send hundreds of tiny files.
Bundle = Literal["D", "W", "M"]
#: Of every so many exports one is made once more, where it needs corrections.
_AGAIN_EVERY: Final[dict[Bundle, int]] = {"D": 60, "W": 20, "M": 8}
_AGAIN_AFTER: Final = timedelta(days=12)
#: The last export but a few waits so long on somebody's desk.
_LATE_BY: Final = timedelta(days=45)
#: When the table was down, in days after it was opened.
_DOWN: Final = (150, 153)
_LOADED_AT_ONCE: Final = 200_000

Small = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Sums:
    """What valid records say, one entry per enrolment of the platform."""

    sessions: Ints
    attended_sessions: Ints
    attended_hours: Ints


@dataclass(frozen=True)
class Attendance:
    """What was sent, and what it comes to."""

    files: list[Delivered]
    #: Rows of the table, and those of them that must be rejected.
    rows: int
    rejections: list[Rejection]
    sums: Sums
    #: Enrolment numbers in landed records that no enrolment of the platform bears.
    unknown: int
    #: What counts of it, as it stands at last.
    newest: Newest


class Newest(Protocol):
    """Records of known enrolments in their newest state."""

    def by_month(self) -> Iterator[Month]:
        """A month of sessions at a time."""


class Month(NamedTuple):
    """Records of one month."""

    first: date
    last: date
    #: Texts under the headers of the exports.
    rows: pa.Table


class _Told(NamedTuple):
    """What one state of some records says."""

    hours: Small
    status: Small
    is_valid: Flags
    updated_at: Ints


@dataclass(frozen=True)
class _Records:
    """One entry per record, in the order of their sessions' days."""

    enrolment: Small
    session: Small
    day: Small  # days since 1970
    begins_at: Small  # seconds after midnight
    session_hours: Small
    hours: Small
    status: Small
    #: Wrong at first, then corrected or withdrawn.
    is_changed: Flags
    is_withdrawn: Flags
    #: What is wrong with the row, -1 for nothing.
    fault: Small
    #: Bears the number of an enrolment that does not exist.
    is_stray: Flags

    def __len__(self) -> int:
        return len(self.enrolment)

    def take(self, places: Ints) -> _Records:
        return replace(self, **{name: values[places] for name, values in vars(self).items()})


@dataclass(frozen=True)
class _Times:
    """When the platform exported and when it opened its table, as days since 1970."""

    bundle: Bundle
    opened: int
    first_in_table: int

    def is_down(self, day: Small) -> Flags:
        return (day >= self.opened + _DOWN[0]) & (day < self.opened + _DOWN[1])


def write_attendance(
    world: World, platform: Platform, drop: Path, database: Path, *, share: float = SIGNING_IN
) -> Attendance:
    """Write the exports into the drop folder and the table into the platform's database.

    ``share`` of the classes sign in.
    """
    times = _times(world)
    records = _planted(world, _made(world, platform, share))
    bundles = _bundles(records.day, times.bundle)
    is_exported = (records.day < times.opened) | times.is_down(records.day)
    is_in_table = records.day >= times.first_in_table
    is_again = _made_again(bundles, is_exported & (records.day < times.first_in_table), times)
    # what can't be told once more is told right the first time
    records = replace(
        records,
        is_changed=records.is_changed & (is_again | is_in_table),
        is_withdrawn=records.is_withdrawn & (is_again | is_in_table),
    )
    is_bad_in_table = (records.fault >= 0) & is_in_table & ~is_exported
    is_bad_in_table |= (records.fault >= 0) & times.is_down(records.day)
    is_bad_in_export = (records.fault >= 0) & ~is_bad_in_table
    writer = _Writer(world, platform, records)

    files: list[Delivered] = []
    places = np.flatnonzero(is_exported)
    edges = np.flatnonzero(np.diff(bundles[places])) + 1
    for number, own in enumerate(np.split(places, edges) if len(places) else []):
        first, last = int(records.day[own[0]]), int(records.day[own[-1]])
        is_late = first <= times.opened - 20 <= last or (
            times.bundle == "D" and first == times.opened - 21
        )
        made_at = morning_after(_day(last))
        files.append(
            writer.export(
                drop,
                own,
                bad=is_bad_in_export[own],
                corrected=np.zeros(len(own), dtype=bool),
                name=export_name(_day(first), _day(last), times.bundle),
                made_at=made_at + _LATE_BY if is_late else made_at,
                is_doubled=number % 9 == 4,
            )
        )
        corrected = records.is_changed[own] | is_bad_in_export[own]
        if is_again[own[0]] and corrected.any():
            files.append(
                writer.export(
                    drop,
                    own,
                    bad=np.zeros(len(own), dtype=bool),
                    corrected=corrected,
                    name=export_name(_day(first), _day(last), times.bundle, "（更正）"),
                    made_at=made_at + _AGAIN_AFTER,
                )
            )
    own = np.flatnonzero(is_in_table)
    rejections = writer.load(database, own, bad=is_bad_in_table[own])
    lands = (is_exported & ~is_bad_in_export) | (is_in_table & ~is_bad_in_table) | is_again
    return Attendance(
        files=sorted(files, key=lambda file: file.name),
        rows=len(own),
        rejections=rejections,
        sums=_summed(records, lands, len(platform.training)),
        unknown=_unknown(records, lands, platform),
        newest=_Newest(
            writer,
            records.day,
            np.flatnonzero(
                lands
                & ~records.is_withdrawn
                & ~records.is_stray
                & ~platform.is_rejected[records.enrolment]
            ),
        ),
    )


# --- what happened ----------------------------------------------------------------------------


def _made(world: World, platform: Platform, share: float) -> _Records:
    """A record for every session of everybody enrolled, as it should have been told."""
    courses, trainings = world.courses, world.trainings
    rng = random_stream(world.seed, "attendance")
    signs_in = (rng.random(len(courses)) < share) & np.isin(courses.status, (FINISHED, RUNNING))
    # half of the classes meet for three hours at a time, half for four; the last time may be short
    per_session = 3 + np.arange(len(courses)) % 2
    sessions = -(-courses.hours // per_session)

    course = trainings.course[platform.training]
    enrolled = np.flatnonzero(signs_in[course])
    repeats = sessions[course[enrolled]]
    enrolment = np.repeat(enrolled, repeats).astype(np.int32)
    starts = np.cumsum(repeats) - repeats
    session = (np.arange(len(enrolment)) - np.repeat(starts, repeats)).astype(np.int32)
    of_course = course[enrolment]
    count, whole = sessions[of_course], per_session[of_course]
    last_hours = courses.hours[of_course] - whole * (count - 1)
    session_hours = np.where(session == count - 1, last_hours, whole).astype(np.int32)

    days = (courses.ended_on - courses.started_on).astype(int)[of_course] + 1
    offset = session * days // count
    day = (courses.started_on.astype(int)[of_course] + offset).astype(np.int32)
    first_of_day = -(-offset * count // days)
    begins_at = _BEGINNINGS[np.minimum(session - first_of_day, 2)].astype(np.int32)

    attended = _hours_attended(world, platform, rng)[enrolment]
    # who stays away misses sessions in a row; whoever left the class, all from some day on
    turn = rng.integers(0, 1000, size=len(course))
    turn[trainings.completion[platform.training] == WITHDRAWN] = 0
    rank = (session + turn[enrolment]) % count
    last_rank = (count - 1 + turn[enrolment]) % count
    before = whole * rank - np.where(last_rank < rank, whole - last_hours, 0)
    hours = np.clip(attended - before, 0, session_hours).astype(np.int32)
    odd = (enrolment + session) % 4
    status = np.select(
        [hours == session_hours, hours > 0],
        [PRESENT, np.where(odd % 2 == 0, LATE, LEFT_EARLY)],
        np.where(odd == 0, ON_LEAVE, ABSENT),
    ).astype(np.int32)
    nothing = np.zeros(len(enrolment), dtype=bool)
    made = _Records(
        enrolment, session, day, begins_at, session_hours, hours, status,
        nothing, nothing, np.full(len(enrolment), -1, dtype=np.int32), nothing,
    )  # fmt: skip
    return made.take(np.argsort(day, kind="stable"))


def _hours_attended(world: World, platform: Platform, rng: np.random.Generator) -> Ints:
    """Hours by enrolment: as the roster says, but for some who were hardly there."""
    trainings = world.trainings
    hours = trainings.attended_hours[platform.training].copy()
    completed = np.flatnonzero(trainings.completion[platform.training] == COMPLETED)
    overstated = completed[int(rng.integers(_OVERSTATED_EVERY)) :: _OVERSTATED_EVERY]
    planned = world.courses.hours[trainings.course[platform.training[overstated]]]
    hours[overstated] = np.floor(planned * _OVERSTATED_SHARE).astype(np.int64)
    return hours


def _planted(world: World, records: _Records) -> _Records:
    """Some records wrong at first, some rows that can't be, some of nobody enrolled."""
    rng = random_stream(world.seed, "attendance faults")
    count = len(records)
    # rarer in a large city, so that a small one has some of each
    draw = rng.random(count)
    is_changed = draw < min(0.05, 0.003 + 60 / max(count, 1))
    is_bad = (draw > 1 - min(0.02, 0.0006 + 60 / max(count, 1))) & ~is_changed
    fault = np.full(count, -1, dtype=np.int32)
    bad = np.flatnonzero(is_bad)
    fault[bad] = np.arange(len(bad)) % len(_REASONS)
    # nobody can sign out before a session that nobody came to
    fault[(fault == SIGNED_OUT_FIRST) & (records.hours == 0)] = UNKNOWN_STATUS
    others = np.flatnonzero(~is_bad & ~is_changed)
    is_stray = np.zeros(count, dtype=bool)
    is_stray[others[7 :: max(count // 12, 1)]] = True
    return replace(
        records,
        is_changed=is_changed,
        is_withdrawn=is_changed & (np.arange(count) % 5 == 0),
        fault=fault,
        is_stray=is_stray,
    )


def _times(world: World) -> _Times:
    """Two thirds of the months were exported; the table goes back a month further."""
    months = [np.datetime64(f"{year}-{month + 1:02d}", "M") for year, month in world.months]
    opened = months[len(months) * 2 // 3]
    bundle: Bundle = "D" if world.factor >= 0.25 else "W" if world.factor >= 0.1 else "M"
    return _Times(bundle, *((opened - back).astype("M8[D]").astype(int).item() for back in (0, 1)))


def _bundles(day: Small, bundle: Bundle) -> Ints:
    """The number of the export that each day belongs to."""
    if bundle == "M":
        return day.astype("M8[D]").astype("M8[M]").astype(np.int64)
    return (day.astype(np.int64) + 3) // 7 if bundle == "W" else day.astype(np.int64)


def _made_again(bundles: Ints, is_old: Flags, times: _Times) -> Flags:
    """Records of the exports that are made once more."""
    is_again: Flags = is_old & (bundles % _AGAIN_EVERY[times.bundle] == 1)
    return is_again


def _summed(records: _Records, lands: Flags, enrolments: int) -> Sums:
    """What the newest landed state of each record adds up to, by enrolment."""
    counts = lands & ~records.is_withdrawn & ~records.is_stray
    own = records.enrolment[counts]
    hours = records.hours[counts]

    def added(values: npt.NDArray[np.generic]) -> Ints:
        return np.bincount(own, values, minlength=enrolments).astype(np.int64)

    return Sums(
        sessions=added(np.ones(len(own))),
        attended_sessions=added(hours > 0),
        attended_hours=added(hours),
    )


def _unknown(records: _Records, lands: Flags, platform: Platform) -> int:
    counts = lands & ~records.is_withdrawn
    strays = int((counts & records.is_stray).sum())
    told = np.unique(records.enrolment[counts & ~records.is_stray])
    return strays + int(platform.is_rejected[told].sum())


# --- how it is told ---------------------------------------------------------------------------


class _Writer:
    """Turns records into rows of text, as exports and as a table."""

    def __init__(self, world: World, platform: Platform, records: _Records) -> None:
        course = world.trainings.course[platform.training]
        person = world.trainings.person[platform.training]
        self._records = records
        self._enrolment_no = pa.array(np.char.mod("BM%08d", np.arange(len(course)) + 1))
        self._class_no = _repeated(class_numbers(world), course)
        self._id_no = _repeated(world.people.id_no, person)

    def export(
        self,
        drop: Path,
        places: Ints,
        *,
        bad: Flags,
        corrected: Flags,
        name: str,
        made_at: datetime,
        is_doubled: bool = False,
    ) -> Delivered:
        """One file of records, in GB18030 and with the platform's own header."""
        rows = self._rows(places, bad, corrected)
        faults = [
            ("", 2 + place, "", _REASONS[self._records.fault[places[place]]])
            for place in np.flatnonzero(bad).tolist()
        ]
        good = np.flatnonzero(~bad)
        if is_doubled and len(good):
            rows = pa.concat_tables([rows, rows.slice(int(good[0]), 1)])
            faults.append(("", 1 + rows.num_rows, "", "KEY_DUPLICATE"))
        put(drop / FEED / name, csv_bytes(rows.rename_columns(HEADERS)), made_at)
        return Delivered(FEED, name, rows.num_rows, 0, tuple(faults))

    def newest(self, places: Ints) -> pa.Table:
        """Records in their newest state, under the headers of the exports."""
        right = np.zeros(len(places), dtype=bool)
        rows = self._rows(places, right, self._records.is_changed[places])
        return rows.rename_columns(HEADERS)

    def load(self, database: Path, places: Ints, *, bad: Flags) -> list[Rejection]:
        """The table, each record in its newest state; the rows that must be rejected."""
        connection = sqlite3.connect(database, isolation_level=None)
        columns = [column for _, column in COLUMNS]
        marks = ", ".join("?" * len(columns))
        try:
            connection.execute("pragma journal_mode = off")
            connection.execute("begin")
            connection.execute(" ".join(("create table", TABLE, "(", ", ".join(columns), ")")))
            for start in range(0, len(places), _LOADED_AT_ONCE):
                some = slice(start, start + _LOADED_AT_ONCE)
                changed = self._records.is_changed[places[some]]
                rows = self._rows(places[some], bad[some], changed)
                connection.executemany(
                    " ".join(("insert into", TABLE, "values (", marks, ")")),
                    zip(*(column.to_pylist() for column in rows.columns), strict=True),
                )
            connection.execute("commit")
        finally:
            connection.close()
        return [
            Rejection(
                FEED, f"training_platform:{TABLE}", "", 0, _number(place),
                _REASONS[self._records.fault[place]],
            )
            for place in places[bad].tolist()
        ]  # fmt: skip

    def _rows(self, places: Ints, bad: Flags, corrected: Flags) -> pa.Table:
        """Records as text: of those that are wrong at first, what stands there before or after."""
        own = self._records.take(places)
        told = _told(own, corrected)
        comes = told.hours > 0
        begins = own.day.astype(np.int64) * _DAY + own.begins_at
        is_late, is_early = told.status == LATE, told.status == LEFT_EARLY
        missed = (own.session_hours - told.hours).astype(np.int64) * _HOUR
        jitter = (places * 37) % 600
        signed_in = begins + np.where(is_late, missed, 0) - np.where(is_late, 0, jitter)
        ends = begins + own.session_hours.astype(np.int64) * _HOUR
        signed_out = ends - np.where(is_early, missed, 0) + np.where(is_early, 0, jitter // 2)
        fault = np.where(bad, own.fault, -1)
        signed_out = np.where(fault == SIGNED_OUT_FIRST, signed_in - _HOUR, signed_out)
        enrolment = pa.array(own.enrolment)
        id_no = self._id_no.take(enrolment)
        stray = pa.array(np.char.mod("BM9%07d", places % 10_000_000))
        status = pa.array(_STATUS_WORDS).take(pa.array(told.status))
        return pa.table(
            [
                pa.array(np.char.mod("KQ%010d", places + 1)),
                pc.if_else(_mask(own.is_stray), stray, self._enrolment_no.take(enrolment)),
                self._class_no.take(enrolment),
                pc.if_else(_mask(fault == ID_SCIENTIFIC), "5.29999E+17", id_no),
                pa.array(own.day.astype("M8[D]")).cast(pa.string()),
                pa.array(own.session + 1).cast(pa.string()),
                _moments(signed_in, comes),
                _moments(signed_out, comes),
                pa.array(np.where(fault == TOO_MANY_HOURS, 99, told.hours)).cast(pa.string()),
                pc.if_else(_mask(fault == UNKNOWN_STATUS), "待补签", status),
                pa.array(told.is_valid.astype(np.int8)).cast(pa.string()),
                _moments(told.updated_at, np.ones(len(places), dtype=bool)),
            ],
            names=[column for _, column in COLUMNS],
        )


@dataclass(frozen=True)
class _Newest:
    """Places of records, made into rows when they are asked for."""

    writer: _Writer
    day: Small
    places: Ints

    def by_month(self) -> Iterator[Month]:
        day = self.day[self.places]
        edges = np.flatnonzero(np.diff(_bundles(day, "M"))) + 1
        for own in np.split(self.places, edges) if len(self.places) else []:
            first, last = (_day(int(self.day[place])) for place in (own[0], own[-1]))
            yield Month(first, last, self.writer.newest(own))


def csv_bytes(rows: pa.Table) -> bytes:
    """Texts as the platform exports them."""
    sink = io.BytesIO()
    pa_csv.write_csv(rows, sink, _PLAIN)
    return sink.getvalue().decode().encode("gb18030")


def export_name(first: date, last: date, bundle: Bundle, addition: str = "") -> str:
    """The name of an export of sessions from one day to another."""
    span = f"{first}" if bundle == "D" else f"{first}至{last}"
    return f"{first.year}年/培训考勤_{span}{addition}.csv"


def morning_after(day: date) -> datetime:
    """Six o'clock of the next morning in Zunyi."""
    return datetime.combine(day, time(22), UTC)


def _told(own: _Records, corrected: Flags) -> _Told:
    """What the records say before their correction, or after it."""
    is_wrong = own.is_changed & ~corrected & ~own.is_withdrawn
    # who was there stands as absent, and the other way round
    hours = np.where(is_wrong, np.where(own.hours > 0, 0, own.session_hours), own.hours)
    status = np.where(is_wrong, np.where(own.hours > 0, ABSENT, PRESENT), own.status)
    ends = own.day.astype(np.int64) * _DAY + own.begins_at + own.session_hours * _HOUR
    first = ends + _HOUR // 2
    midnight = own.day.astype(np.int64) * _DAY
    return _Told(
        hours=hours,
        status=status,
        is_valid=~(own.is_withdrawn & corrected),
        updated_at=np.where(corrected, midnight + _CORRECTED_AFTER, first),
    )


def _repeated(texts: Texts, places: Ints) -> pa.Array:
    """The text at each place, kept once."""
    return pa.array(texts, pa.string()).take(pa.array(places))


def _mask(flags: Flags) -> pa.Array:
    return pa.array(flags, pa.bool_())


def _moments(seconds: Ints, is_told: Flags) -> pa.Array:
    """Local times as the platform writes them, or nothing."""
    moments = pa.array(seconds.astype(np.int64), pa.int64(), mask=~is_told)
    return moments.cast(pa.timestamp("s")).cast(pa.string())


def _number(place: int) -> str:
    return f"KQ{place + 1:010d}"


def _day(number: int) -> date:
    return date(1970, 1, 1) + timedelta(days=number)


_PLAIN: Final = pa_csv.WriteOptions(quoting_style="none")
