"""A larger city: the same one several times over, made in sets.

Every copy holds the same courses on the same days, at institutions of its own and for people of
its own, and its rows are as good or bad as those they were copied from. So everything that is
counted is counted once and multiplied. DuckDB makes the rows; none is a Python object but on its
way into the platform's database, a chunk at a time.

Workbooks are not copied. Whom counties and departments trained in a larger city comes as one CSV
per unit and year, which follows the last workbook of the year and lists the whole city without its
faults; who signed in comes as one CSV per month for all copies, up to `ATTENDING` of them. The unit
of copying is what a feed's table is: a table that refers to classes or enrolments joins in with one
more statement. Beyond `WHOLE` copies, the size of a nation, those after the first are told by their
enrolments alone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from string import Template
from typing import Any, Final

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from ingestion.sample_agencies.attendance import FEED as ATTENDANCE
from ingestion.sample_agencies.attendance import (
    Newest,
    csv_bytes,
    export_name,
    morning_after,
)
from ingestion.sample_agencies.catalog import (
    AREA_INDEX,
    AREAS,
    INDUSTRY_WORDS,
    LEVEL_SPELLINGS,
    OCCUPATIONS,
    PERSON_TYPES,
)
from ingestion.sample_agencies.certificates import DELIVERY_NAME as CERTIFICATES
from ingestion.sample_agencies.house_styles import STYLES, HouseStyle
from ingestion.sample_agencies.ledger_lines import LedgerLines
from ingestion.sample_agencies.ledgers import FEED, SUBSIDIES, LedgerFile, delivery_time
from ingestion.sample_agencies.people import (
    FIRST_BORN,
    PLACES,
    SEQUENCES,
    STEP,
    Ints,
    credit_code,
    first_place,
)
from ingestion.sample_agencies.platform import Platform, Rejection, wrong_code
from ingestion.sample_agencies.rosters import COMPLETION as ROSTER_COMPLETION
from ingestion.sample_agencies.rosters import FEED as ROSTERS
from ingestion.sample_agencies.rosters import FORM as ROSTER_FORM
from ingestion.sample_agencies.rosters import Rosters, by_department_and_year
from ingestion.sample_agencies.tables import Delivered
from ingestion.sample_agencies.workbooks import put
from ingestion.sample_agencies.world import World

#: Rows on their way into the platform's database.
_CHUNK: Final = 50_000
_MEMORY: Final = "3GB"
#: Sign-ins are the bulk of a city's rows: of so many copies at most are they told.
ATTENDING: Final = 10
#: Of a city of more copies only institutions, classes and enrolments are copied.
WHOLE: Final = 100
#: Days from a year's last workbook to the CSV that lists the whole city; the latest workbook
#: comes after 70.
_AFTER: Final = timedelta(days=75)


def open_copies(
    world: World, copies: int, spill: Path, *, residents: int = PLACES
) -> duckdb.DuckDBPyConnection:
    """An engine that knows how a row of copy number ``copy`` differs from the first city's.

    So many people are ``residents``, at most those that the walk has places for; further ones
    have permits, which carry no check digit.

    Tables ``copies`` (its numbers from 0), ``people`` (of the first city, by ``id_no``) and
    ``institutions`` (``copy``, ``code``, ``name`` to ``new_code``, ``new_name``, each code once
    more with a wrong check character); macros ``copied_key(key, copy)`` and
    ``copied_id(id_no, person, copy)``, of which copy 0 is itself, and ``permit(letter, number)``.
    """
    connection = duckdb.connect(config={"memory_limit": _MEMORY, "temp_directory": str(spill)})
    connection.execute("set preserve_insertion_order = false")
    people = world.people
    connection.register(
        "known_people",
        pa.table({"id_no": people.id_no.tolist(), "person": np.arange(len(people))}),
    )
    connection.execute("create table people as from known_people")
    connection.register("made_institutions", _institutions(world, copies))
    connection.execute("create table institutions as from made_institutions")
    connection.execute(
        _MACROS.substitute(
            copies=copies,
            people=len(people),
            start=first_place(world.seed),
            step=STEP,
            places=PLACES,
            residents=residents,
            sequences=SEQUENCES,
            first=FIRST_BORN,
        )
    )
    return connection


#: The check digit (ISO 7064 MOD 11-2): 296 is what region 529999 weighs.
_MACROS: Final = Template(
    """
    create table copies as select cast(range as integer) as copy from range($copies);

    create macro copied_key(key, copy) as
        case when copy = 0 then key else key || printf('K%03d', copy) end;

    create macro place_of(number) as (number * $step + $start) % $places;

    create macro born_on(number) as date '$first' + cast(place_of(number) // $sequences as integer);

    create macro day_number(day) as
        extract(year from day) * 10000 + extract(month from day) * 100 + extract(day from day);

    create macro weighed(day, sequence) as 296
        + day // 10000000 * 2 + day // 1000000 % 10 * 1 + day // 100000 % 10 * 6
        + day // 10000 % 10 * 3 + day // 1000 % 10 * 7 + day // 100 % 10 * 9
        + day // 10 % 10 * 10 + day % 10 * 5
        + sequence // 100 * 8 + sequence // 10 % 10 * 4 + sequence % 10 * 2;

    create macro whole_id(day, sequence) as
        printf('529999%d%03d', day, sequence)
        || substr('10X98765432', cast(weighed(day, sequence) % 11 as integer) + 1, 1);

    create macro number_of(person, copy) as cast(person as bigint) + cast(copy as bigint) * $people;

    -- one digit eight times, and all digits in a row, are taken for placeholders
    create macro permit(letter, number) as letter || printf(
        '%08d',
        case
            when number = 12345678 then 99999990
            when number % 11111111 = 0 then 99999990 + number // 11111111
            else number
        end
    );

    create macro copied_id(id_no, person, copy) as
        case
            when copy = 0 then id_no
            when id_no[1] in ('H', 'M') then permit(id_no[1], number_of(person, copy) + 1)
            when number_of(person, copy) >= $residents then
                permit('H', number_of(person, copy) + 1)
            else whole_id(
                day_number(born_on(number_of(person, copy))),
                place_of(number_of(person, copy)) % $sequences + 1
            )
        end;
    """
)


def _institutions(world: World, copies: int) -> pa.Table:
    """Each institution of each copy, under its code and under the same with a wrong check."""
    own = list(zip(world.institutions.credit_code, world.institutions.name, strict=True))
    right = [
        (copy, code, name, credit_code(code[:2], number + 1 + copy * len(own)), _branch(name, copy))
        for copy in range(copies)
        for number, (code, name) in enumerate(own)
    ]
    rows = [(*row, True) for row in right] + [
        (copy, wrong_code(code), name, wrong_code(new_code), new_name, False)
        for copy, code, name, new_code, new_name in right
    ]
    names = ("copy", "code", "name", "new_code", "new_name", "is_right")
    return pa.table(dict(zip(names, zip(*rows, strict=True), strict=True)))


def _branch(name: str, copy: int) -> str:
    return f"{name}第{copy}分校" if copy else name


# --- the training platform --------------------------------------------------------------------

#: Of what somebody enrols in, and who does.
_ENROLMENT_FEEDS: Final = ("institution", "training_class", "enrolment")
#: What a row of each table becomes in the copies after the first. The first city's rows stand in
#: ``first``; those of enrolments know their person.
_COPIED: Final = {
    "institution": """
        select first.* replace (
            institutions.new_code as aab003, institutions.new_name as aab004
        )
        from first
        inner join institutions on first.aab003 = institutions.code
        where institutions.copy > 0
    """,
    "training_class": """
        select first.* replace (
            copied_key(first.class_no, institutions.copy) as class_no,
            institutions.new_code as aab003,
            institutions.new_name as aab004
        )
        from first
        inner join institutions on first.aab003 = institutions.code
        where institutions.copy > 0
    """,
    "enrolment": """
        with renumbered as (
            select
                first.*,
                copies.copy,
                people.id_no as own_id_no,
                copied_id(people.id_no, first.person, copies.copy) as new_id_no,
                new_id_no[1] in ('H', 'M') as has_permit,
                aac002 = own_id_no or length(aac002) = 15 as is_own,
                born_on(number_of(first.person, copies.copy)) as born_on
            from first
            inner join people on first.person = people.person
            cross join copies
            where copies.copy > 0
        )

        select renumbered.* exclude (
            person, copy, own_id_no, new_id_no, has_permit, is_own, born_on
        ) replace (
            copied_key(enrolment_no, copy) as enrolment_no,
            copied_key(class_no, copy) as class_no,
            case
                when has_permit and is_own then '港澳居民来往内地通行证'
                else document_type
            end as document_type,
            -- as good or bad as the row that it was copied from
            case
                when aac002 is null then null
                when aac002 = own_id_no then new_id_no
                when has_permit and is_own then new_id_no
                -- what is no number of anybody's stays as it is
                when has_permit then aac002
                when length(aac002) = 15 and born_on >= date '1998-01-01' then new_id_no
                when length(aac002) = 15 then new_id_no[1:6] || new_id_no[9:17]
                when length(aac002) = 16 then new_id_no[1:16]
                else new_id_no[1:17] || case when new_id_no[18] in ('1', 'X') then '2' else '1' end
            end as aac002
        )
        from renumbered
    """,
    "subsidy_payment": """
        select first.* replace (
            copied_key(first.payment_no, copies.copy) as payment_no,
            copied_key(first.class_no, copies.copy) as class_no,
            copied_id(first.aac002, people.person, copies.copy) as aac002,
            printf('629999%013d', number_of(people.person, copies.copy) + 1) as payee_account
        )
        from first
        inner join people on first.aac002 = people.id_no
        cross join copies
        where copies.copy > 0
    """,
}


def copy_platform(
    connection: duckdb.DuckDBPyConnection,
    world: World,
    platform: Platform,
    path: Path,
    copies: int,
    *,
    is_whole: bool = True,
) -> Platform:
    """Add the other copies to the database of the first city; what it holds then.

    Of a city that is not whole only the feeds of enrolments are copied.
    """
    tables = [table for table in _COPIED if is_whole or table in _ENROLMENT_FEEDS]
    base = sqlite3.connect(path, isolation_level=None)
    try:
        base.execute("pragma journal_mode = off")
        base.execute("pragma synchronous = off")
        base.execute("begin")
        for table in tables:
            first = _whole_table(base, table)
            width = first.num_columns
            if table == "enrolment":
                person = world.trainings.person[platform.training_of_row]
                first = first.append_column("person", pa.array(person))
            connection.register("first", first)
            marks = ", ".join("?" * width)
            insert = " ".join(("insert into", table, "values (", marks, ")"))
            rows = connection.execute(_COPIED[table])
            while chunk := rows.fetchmany(_CHUNK):
                base.executemany(insert, chunk)
            connection.unregister("first")
        base.execute("commit")
    finally:
        base.close()
    return replace(
        platform,
        rejections=_copied_rejections(platform.rejections, tables, copies),
        rows={
            table: count * (copies if table in tables else 1)
            for table, count in platform.rows.items()
        },
    )


def _whole_table(database: sqlite3.Connection, table: str) -> pa.Table:
    """A table in the order in which it was written; a column of several kinds is text."""
    cursor = database.execute(" ".join(("select * from", table, "order by rowid")))
    names = [described[0] for described in cursor.description]
    columns = zip(*cursor.fetchall(), strict=True)
    return pa.table(
        {name: _column(list(values)) for name, values in zip(names, columns, strict=True)}
    )


def _column(values: list[Any]) -> pa.Array:
    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.array([None if value is None else str(value) for value in values])


def _copied_rejections(
    rejections: Sequence[Rejection], tables: Sequence[str], copies: int
) -> list[Rejection]:
    """Each of them, and of the copied tables in each copy."""
    return [
        replace(each, record_key=each.record_key and copied_key(each.record_key, copy))
        for copy in range(copies)
        for each in rejections
        if not copy or each.delivery_name.rpartition(":")[2] in tables
    ]


# --- attendance -------------------------------------------------------------------------------

_ATTENDANCE: Final = """
    select
        first.* replace (
            copied_key(first.考勤编号, copies.copy) as 考勤编号,
            copied_key(first.报名编号, copies.copy) as 报名编号,
            copied_key(first.培训班编号, copies.copy) as 培训班编号,
            copied_id(first.证件号码, people.person, copies.copy) as 证件号码
        )
    from first
    inner join people on first.证件号码 = people.id_no
    cross join copies
    where copies.copy between 1 and $last
"""


def copy_attendance(
    connection: duckdb.DuckDBPyConnection, newest: Newest, drop: Path, copies: int
) -> list[Delivered]:
    """One export per month of what counts of the other copies' sign-ins."""
    files: list[Delivered] = []
    for month in newest.by_month():
        connection.register("first", month.rows)
        rows = connection.sql(_ATTENDANCE, params={"last": attending(copies) - 1}).to_arrow_table()
        connection.unregister("first")
        name = export_name(month.first, month.last, "M", "（各分校）")
        put(drop / ATTENDANCE / name, csv_bytes(rows), morning_after(month.last))
        files.append(Delivered(ATTENDANCE, name, rows.num_rows, 0, ()))
    return files


def copied_key(key: str, copy: int) -> str:
    """What the key is in that copy, as the macro of this name says."""
    return f"{key}K{copy:03d}" if copy else key


def attending(copies: int) -> int:
    """Of how many copies people sign in."""
    return min(copies, ATTENDING)


# --- certificates -----------------------------------------------------------------------------

_CERTIFICATES: Final = """
    create table certificates as
    select
        first.* replace (
            -- letters, four digits, and what tells the certificates of a city apart
            case
                when copies.copy = 0 then first.certificateNo
                when first.certificateNo[1:2] = 'ZX' then
                    'ZX' || printf('%04d', 5203 + copies.copy) || first.certificateNo[7:]
                else
                    first.certificateNo[1] || printf('%04d', copies.copy)
                    || first.certificateNo[6:]
            end as certificateNo,
            -- what is no number of anybody's stays as it is
            case
                when people.person is null then first.holderIdNo
                else copied_id(first.holderIdNo, people.person, copies.copy)
            end as holderIdNo,
            institutions.new_name as issuer,
            copied_key(first.classNo, copies.copy) as classNo
        )
    from first
    cross join copies
    inner join institutions
        on first.issuer = institutions.name
        and copies.copy = institutions.copy
        and institutions.is_right
    left join people on first.holderIdNo = people.id_no
"""
_SERVED: Final = "select * exclude (reason) from certificates order by updatedAt, certificateNo"
_BAD_CERTIFICATES: Final = """
    select row_no, reason
    from (
        select reason, row_number() over (order by updatedAt, certificateNo) as row_no
        from certificates
    )
    where reason is not null
    order by row_no
"""


def copy_certificates(
    connection: duckdb.DuckDBPyConnection, bad: Sequence[Rejection], path: Path
) -> list[Rejection]:
    """Put the certificates of all copies in the place of the first city's; the bad ones."""
    first = pq.read_table(path)
    reasons: list[str | None] = [None] * first.num_rows
    for each in bad:
        reasons[each.row_number - 1] = each.reason
    # a column without any value would have no type
    connection.register("first", first.append_column("reason", pa.array(reasons, pa.string())))
    connection.execute(_CERTIFICATES)
    connection.unregister("first")
    connection.sql(_SERVED).write_parquet(str(path), compression="zstd")
    return [
        Rejection("hrss/certificates", CERTIFICATES, "", row_no, "", reason)
        for row_no, reason in connection.execute(_BAD_CERTIFICATES).fetchall()
    ]


# --- lists by name ----------------------------------------------------------------------------

_COPIED_LINE: Final = """
    create or replace temporary view copied_line as
    select
        line.*,
        copies.copy,
        copied_id(line.id_no, line.person, copies.copy) as new_id_no,
        institutions.new_name as new_institution_name
    from line
    cross join copies
    inner join institutions
        on line.institution_name = institutions.name
        and copies.copy = institutions.copy
        and institutions.is_right
"""


def _copy_lines(connection: duckdb.DuckDBPyConnection, lines: pa.Table) -> None:
    """Put lines of a list into the view ``copied_line``, as every copy of the city lists them."""
    connection.register("line", lines)
    connection.execute(_COPIED_LINE)


# --- ledgers ----------------------------------------------------------------------------------

_LEDGER: Final = """
    select
        name as 姓名,
        new_id_no as 身份证号码,
        phone as 联系电话,
        person_type as 人员类别,
        new_institution_name as 培训机构,
        class_no as 班次,
        occupation as 培训工种,
        level as 等级,
        industry as 产业类别,
        started_on as 开班时间,
        ended_on as 结业时间,
        hours as 课时,
        completion as 考核结果,
        subsidy_cny as 补贴金额
    from copied_line
    where area = $area and year = $year
    order by copy, place
"""


def write_whole_ledgers(
    connection: duckdb.DuckDBPyConnection,
    world: World,
    lines: LedgerLines,
    drop: Path,
    copies: int,
) -> list[LedgerFile]:
    """One CSV per unit and year with all that the larger city's ledger lists, faults aside.

    Raises ValueError when a unit has lines in a year and none at its end: such a city is too small
    to be copied.
    """
    files: list[LedgerFile] = []
    slots = sorted(set(zip(lines.area.tolist(), lines.year.tolist(), strict=True)))
    standing: dict[tuple[int, int], Ints] = {}
    for area, year in slots:
        month = max(number + 1 for own, number in world.months if own == year)
        found = lines.stands_in(area, year, month)
        standing[area, year] = found[lines.fault[found] < 0]
        if not len(standing[area, year]):
            raise ValueError("the first city is too small to be copied: a unit's year is empty")
    _copy_lines(connection, _lines(world, lines, np.concatenate([*standing.values()])))
    for style in STYLES:
        area = AREA_INDEX[style.area_code]
        for year in (year for own, year in slots if own == area):
            month = max(number + 1 for own, number in world.months if own == year)
            arrived = delivery_time(area, year, month) + _AFTER
            name = _file_name(style, year, month)
            rows = connection.sql(_LEDGER, params={"area": area, "year": year}).to_arrow_table()
            put(drop / FEED / name, _csv_bytes(rows, _ENCODINGS[area % 2]), arrived)
            files.append(
                LedgerFile(
                    name=name,
                    area=area,
                    year=year,
                    month=month,
                    delivered_at=arrived,
                    breach=None,
                    is_repeat=False,
                    lines=standing[area, year],
                    sheets=np.empty(0, dtype=object),
                    rows=np.empty(0, dtype=np.int64),
                    skipped=0,
                    copies=copies,
                )
            )
    return files


_COMPLETION: Final = ("合格", "不合格", "退班")
#: Exports of the counties' systems; every second one writes as Windows does.
_ENCODINGS: Final = ("utf-8", "gb18030")


def _file_name(style: HouseStyle, year: int, month: int) -> str:
    months = "1月" if month == 1 else f"1-{month}月"
    return f"{style.folder}/{year}年/{style.folder}{year}年{months}职业技能培训台账（系统导出）.csv"


def _csv_bytes(rows: pa.Table, encoding: str) -> bytes:
    sink = pa.BufferOutputStream()
    pa_csv.write_csv(rows, sink, pa_csv.WriteOptions(quoting_style="needed"))
    content: bytes = sink.getvalue().to_pybytes()
    return content if encoding == "utf-8" else content.decode().encode(encoding)


def _lines(world: World, lines: LedgerLines, chosen: Ints) -> pa.Table:
    """Lines of the first city as its counties' systems would export them."""
    lines = lines.take(chosen)
    people, courses = world.people, world.courses
    course = world.trainings.course[lines.training]
    person = world.trainings.person[lines.training]
    with_industry = [AREA_INDEX[style.area_code] for style in STYLES if "industry" in style.columns]
    declared = np.where(np.isin(lines.area, with_industry), courses.declared[course], "")
    levels = [spelling[1] for spelling in LEVEL_SPELLINGS] + [None]
    return pa.table(
        {
            "place": np.arange(len(lines)),
            "area": lines.area,
            "year": lines.year,
            "person": person,
            "name": people.name[person].tolist(),
            "id_no": people.id_no[person].tolist(),
            "phone": people.phone[person].tolist(),
            "person_type": [PERSON_TYPES[number % len(PERSON_TYPES)] for number in person.tolist()],
            "institution_name": world.institutions.name[courses.institution[course]].tolist(),
            "class_no": [f"第{number % 40 + 1}期" for number in course.tolist()],
            "occupation": lines.occupation.tolist(),
            "level": [levels[rank] for rank in courses.level[course].tolist()],
            "industry": [INDUSTRY_WORDS[code][0] if code else None for code in declared.tolist()],
            "started_on": lines.started_on,
            "ended_on": lines.ended_on,
            "hours": lines.hours,
            "completion": [
                ("合格", "不合格", "退班")[place] for place in lines.completion.tolist()
            ],
            "subsidy_cny": SUBSIDIES[courses.level[course]],
        }
    )


# --- rosters ----------------------------------------------------------------------------------

_ROSTER: Final = """
    select
        name as 姓名,
        new_id_no as 身份证号,
        area as 县市区,
        new_institution_name as 承训机构,
        occupation as 培训工种,
        started_on as 开班日期,
        ended_on as 结业日期,
        completion as 结业情况
    from copied_line
    where department = $department and year = $year
    order by copy, place
"""


def write_whole_rosters(
    connection: duckdb.DuckDBPyConnection, world: World, told: Rosters, drop: Path
) -> Rosters:
    """One CSV per department and year with all that the larger city's roster lists, faults aside.

    These are the rosters that count.
    """
    lines = told.lines.take(~told.lines.is_faulty)
    courses, course = world.courses, world.trainings.course[lines.training]
    person = world.trainings.person[lines.training]
    _copy_lines(
        connection,
        pa.table(
            {
                "place": np.arange(len(lines)),
                "department": lines.department,
                "year": lines.year,
                "person": person,
                "name": world.people.name[person].tolist(),
                "id_no": world.people.id_no[person].tolist(),
                "area": [AREAS[place].name for place in courses.area[course].tolist()],
                "institution_name": world.institutions.name[courses.institution[course]].tolist(),
                "occupation": [
                    OCCUPATIONS[place].name for place in courses.occupation[course].tolist()
                ],
                "started_on": lines.started_on,
                "ended_on": lines.ended_on,
                "completion": [
                    ROSTER_COMPLETION[place]
                    for place in world.trainings.completion[lines.training].tolist()
                ],
            }
        ),
    )
    delivered = []
    for roster in by_department_and_year(world, lines):
        unit, issue = roster.unit, roster.issue
        params = {"department": roster.department, "year": issue.starts.year}
        rows = connection.sql(_ROSTER, params=params).to_arrow_table()
        name = f"{unit}/{issue.folder}/{unit}{issue.word}{ROSTER_FORM.title}（系统导出）.csv"
        put(drop / ROSTERS / name, _csv_bytes(rows, "gb18030"), roster.sent + _AFTER)
        delivered.append(Delivered(ROSTERS, name, rows.num_rows, 0))
    return Rosters(lines, [*told.delivered, *delivered], len(lines))
