"""Is the sample what it says: deterministic, readable by others, and true to its own truth?

Files are read back with plain readers, never with the pipeline's own, and the counting rules
are applied a second time, row by row, without the simulator's knowledge of events.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import secrets
import sqlite3
import subprocess
import sys
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import httpx
import lxml.html
import numpy as np
import processes
import pyarrow.parquet as pq
import pytest
import yaml
from python_calamine import CalamineWorkbook

from ingestion.contract import FEEDS_DIR
from ingestion.sample_agencies.attendance import COLUMNS, Attendance, write_attendance
from ingestion.sample_agencies.build import STRAY_FILE, build_sample
from ingestion.sample_agencies.catalog import (
    AREAS,
    DEPARTMENTS,
    INDUSTRY_WORDS,
    LEVEL_SPELLINGS,
    OCCUPATIONS,
)
from ingestion.sample_agencies.copies import open_copies
from ingestion.sample_agencies.faults import CELL_FAULTS, DUPLICATE
from ingestion.sample_agencies.house_styles import STYLES
from ingestion.sample_agencies.ledger_lines import (
    MASKED,
    LedgerLines,
    make_lines,
)
from ingestion.sample_agencies.ledgers import FEED, LedgerFile, write_ledgers
from ingestion.sample_agencies.measures import PAIRS, status_of
from ingestion.sample_agencies.people import credit_code, make_people, with_check
from ingestion.sample_agencies.platform import Platform, build_platform, class_numbers
from ingestion.sample_agencies.reports import count, gather_reports
from ingestion.sample_agencies.rosters import FEED as ROSTERS
from ingestion.sample_agencies.rosters import Rosters, write_rosters
from ingestion.sample_agencies.service import serve_certificates
from ingestion.sample_agencies.tallies import Span
from ingestion.sample_agencies.truth import ledger_deliveries
from ingestion.sample_agencies.workbooks import Text
from ingestion.sample_agencies.world import COMPLETED, FINISHED, World, make_world, month_range

SEEDS = Path(__file__).parents[2] / "seeds"
FACTOR, START, END = 0.05, "2023-01", "2024-06"


class Written(NamedTuple):
    """A small city's reports, with what the simulator knows of them."""

    world: World
    lines: LedgerLines
    files: list[LedgerFile]
    rosters: Rosters
    platform: Platform
    attendance: Attendance
    folder: Path


def _occupation_families() -> dict[str, tuple[str, str]]:
    """Each spelling's family and industry."""
    return {
        spelling: (occupation.family, occupation.industry)
        for occupation in OCCUPATIONS
        for spelling in (occupation.name, *occupation.spellings)
    }


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("written")
    world = make_world(FACTOR, 7, START, END)
    lines = make_lines(world)
    files = write_ledgers(world, lines, folder)
    rosters = write_rosters(world, folder)
    platform = build_platform(world, folder / "platform.sqlite")
    attendance = write_attendance(world, platform, folder, folder / "platform.sqlite")
    return Written(world, lines, files, rosters, platform, attendance, folder)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    build_sample(folder, factor=FACTOR, seed=7, start=START, end=END)
    return folder


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _seed(name: str) -> list[dict[str, str]]:
    return _table(SEEDS / f"{name}.csv")


def _sheets(path: Path, encoding: str | None, separator: str) -> dict[str, list[list[Any]]]:
    """Rows of each visible sheet from its first row, read with plain readers."""
    content = path.read_bytes()
    if encoding:
        return {"": list(csv.reader(content.decode(encoding).splitlines(), delimiter=separator))}
    if content[:5] == b"<html":
        table = lxml.html.fromstring(content).find(".//table")
        return {"": [[cell.text for cell in row] for row in table.iter("tr")]}
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    visible = [m.name for m in book.sheets_metadata if str(m.visible).endswith("Visible")]
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in visible}


# --- invented people --------------------------------------------------------------------------


def test_ids_are_valid_distinct_and_of_no_region() -> None:
    people = make_people(5_000, seed=3)
    residents = [number for number in people.id_no if number[0] not in "HM"]
    assert len(set(people.id_no)) == 5_000
    assert len(residents) > 4_980
    for number in residents:
        assert number.startswith("529999")
        assert str(with_check(np.array([number[:17]]))[0]) == number
        assert date.fromisoformat(number[6:14]).year >= 1963


def test_check_digits_follow_the_standards_own_examples() -> None:
    examples = ["11010519491231002X", "440524188001010014"]
    assert with_check(np.array([number[:17] for number in examples])).tolist() == examples
    assert credit_code("91", 33) == "91529999MA00003300"


def test_old_ids_are_the_new_ones_without_century_and_check_digit() -> None:
    people = make_people(2_000, seed=3)
    pairs = [(new, old) for new, old in zip(people.id_no, people.old_id_no, strict=True) if old]
    assert pairs
    assert all(old == new[:6] + new[8:17] for new, old in pairs)


# --- the world --------------------------------------------------------------------------------


def test_nobodys_trainings_touch_in_time(written: Written) -> None:
    world = written.world
    order = np.lexsort((world.courses.started_on[world.trainings.course], world.trainings.person))
    person = world.trainings.person[order]
    course = world.trainings.course[order]
    same = person[1:] == person[:-1]
    gap = world.courses.started_on[course][1:] - world.courses.ended_on[course][:-1]
    assert same.any()
    assert gap[same].min() > np.timedelta64(31, "D")


def test_the_world_has_persons_who_come_again(written: Written) -> None:
    world = written.world
    assert len(world.people) < len(world.trainings)


def test_months_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(ValueError, match="ends before it starts"):
        month_range("2024-02", "2024-01")


# --- the words are the city's -----------------------------------------------------------------


def test_spellings_mean_in_the_crosswalks_what_they_mean_here() -> None:
    occupations = {row["occupation_code"]: row for row in _seed("reference/occupations")}
    codes = {row["alias"]: row["occupation_code"] for row in _seed("crosswalks/occupation_aliases")}
    codes |= {row["name_zh"]: code for code, row in occupations.items()}
    for spelling, (family, industry) in _occupation_families().items():
        plain = spelling.replace("（", "(").replace("）", ")")
        row = occupations.get(codes.get(plain, ""))
        assert (
            (row["family_code"], row["industry_code"]) == (family, industry)
            if row
            else (family == spelling and industry == "")
        ), spelling


@pytest.mark.parametrize(
    ("seed", "code", "words"),
    [
        ("industry", "industry_code", INDUSTRY_WORDS),
        ("department", "department_code", {code: (name,) for code, name, _ in DEPARTMENTS}),
        ("area", "area_code", {area.code: (area.name,) for area in AREAS}),
    ],
)
def test_words_are_known_to_the_crosswalks(
    seed: str, code: str, words: dict[str, tuple[str, ...]]
) -> None:
    known = {row["alias"]: row[code] for row in _seed(f"crosswalks/{seed}_aliases")}
    assert {word: known.get(word) for own in words.values() for word in own} == {
        word: own_code for own_code, own in words.items() for word in own
    }


def test_levels_are_known_to_the_crosswalk() -> None:
    known = {row["alias"] for row in _seed("crosswalks/level_aliases")}
    assert {word for spellings in LEVEL_SPELLINGS for word in spellings} <= known


# --- ledgers ----------------------------------------------------------------------------------


def test_every_county_unit_has_a_style_of_its_own() -> None:
    assert {style.area_code for style in STYLES} == {a.code for a in AREAS} - {"5203SB"}
    layouts = {(s.written_as, s.arrangement, s.dates, s.ranges, s.headers) for s in STYLES}
    assert len(layouts) == 15


def _lines_at(
    file: LedgerFile, folder: Path
) -> Iterator[tuple[int, list[Any], list[list[Any]], int]]:
    """Each line of a file with the row of cells found where the truth says that it stands."""
    style = next(s for s in STYLES if s.area_code == AREAS[file.area].code)
    text = style.written_as if isinstance(style.written_as, Text) else None
    encoding, separator = (text.encoding, text.separator) if text else (None, "")
    sheets = _sheets(folder / FEED / file.name, encoding, separator)
    for line, sheet, row in zip(file.lines.tolist(), file.sheets, file.rows.tolist(), strict=True):
        rows = sheets[sheet if style.has_sheet_names else ""]
        yield line, rows[row - 1], rows, row


def test_each_line_stands_on_the_sheet_and_row_that_the_truth_names(written: Written) -> None:
    world, lines, files, folder = written.world, written.lines, written.files, written.folder
    checked = 0
    for file in files:
        if file.breach in ("FILE_UNREADABLE", "FILE_ENCRYPTED", "FORMAT_UNKNOWN",
                           "ENCODING_UNKNOWN"):  # fmt: skip
            continue
        for line, cells, _, _ in _lines_at(file, folder):
            fault = int(lines.fault[line])
            if 0 <= fault < DUPLICATE and CELL_FAULTS[fault].column == "person_name":
                continue
            assert world.people.name[world.trainings.person[lines.training[line]]] in cells
            checked += 1
    assert checked > 4_000


def test_rows_delivered_are_all_rows_below_the_headers(written: Written) -> None:
    lines, files, folder = written.lines, written.files, written.folder
    for file, delivered in zip(files, ledger_deliveries(files, lines), strict=True):
        style = next(s for s in STYLES if s.area_code == AREAS[file.area].code)
        if delivered.breach or style.arrangement != "list" or not len(file.lines):
            continue
        *_, (_, _, rows, _) = _lines_at(file, folder)
        last = max(n for n, row in enumerate(rows) if any(cell not in ("", None) for cell in row))
        assert last + 1 - (int(file.rows.min()) - 1) == delivered.rows, file.name


def test_amounts_and_dates_are_what_the_line_says_in_three_styles(written: Written) -> None:
    lines, files, folder = written.lines, written.files, written.folder
    seen: Counter[str] = Counter()
    for file in files:
        code = AREAS[file.area].code
        if file.breach or code not in ("520303", "520323", "5203XP"):
            continue
        for line, cells, _, _ in _lines_at(file, folder):
            if lines.fault[line] >= 0:
                continue
            start: date = lines.started_on[line].astype(object)
            end: date = lines.ended_on[line].astype(object)
            match code:
                case "520303":
                    assert {start, end} <= set(cells)
                case "520323":
                    assert f"{start:%Y.%m.%d}-{end:%m.%d}" in cells
                case _:
                    assert float((start - date(1899, 12, 30)).days) in cells
            seen[code] += 1
    assert len(seen) == 3


def test_faults_of_many_kinds_are_planted_and_some_are_put_right(written: Written) -> None:
    lines = written.lines
    planted = {int(fault) for fault in lines.fault if fault >= 0}
    assert len(planted) > len(CELL_FAULTS) * 0.6
    assert (lines.id_form == MASKED).any()
    faulty = lines.take(lines.fault >= 0)
    assert (faulty.until_month < 13).any()


def test_a_ledger_grows_and_silently_loses_and_changes_lines(written: Written) -> None:
    lines = written.lines
    changed = lines.until_month < 13
    followed = Counter(zip(lines.training.tolist(), lines.area.tolist(), strict=True))
    assert any(followed[key] > 1 for key in zip(
        lines.training[changed].tolist(), lines.area[changed].tolist(), strict=True
    ))  # fmt: skip


def test_broken_files_are_broken_in_the_way_that_is_claimed(written: Written) -> None:
    files, folder = written.files, written.folder
    broken = {file.breach: folder / FEED / file.name for file in files if file.breach}
    assert not zipfile.is_zipfile(broken["FILE_UNREADABLE"])
    assert "EncryptedPackage".encode("utf-16-le") in broken["FILE_ENCRYPTED"].read_bytes()
    assert broken["FORMAT_UNKNOWN"].read_bytes().startswith(b"\x89PNG")
    for encoding in ("utf-8", "gb18030"):
        with pytest.raises(UnicodeDecodeError):
            broken["ENCODING_UNKNOWN"].read_bytes().decode(encoding)
    assert "填报单位：习水县" in str(_sheets(broken["UNIT_CONFLICT"], None, "").values())


def test_a_file_sent_again_differs_in_bytes_only(written: Written) -> None:
    files, folder = written.files, written.folder
    again = next(file for file in files if file.is_repeat)
    first = next(f for f in files if not f.is_repeat and f.lines is again.lines)
    paths = [folder / FEED / file.name for file in (first, again)]
    assert paths[0].read_bytes() != paths[1].read_bytes()
    assert _sheets(paths[0], None, "") == _sheets(paths[1], None, "")
    assert first.delivered_at < again.delivered_at


def test_files_lie_since_the_day_they_arrived(written: Written) -> None:
    files, folder = written.files, written.folder
    for file in files:
        path = folder / FEED / file.name
        assert path.stat().st_mtime == file.delivered_at.timestamp()
        following = date(file.year + file.month // 12, file.month % 12 + 1, 1)
        assert file.delivered_at.date() >= following
    late = max(files, key=lambda f: f.delivered_at.date() - date(f.year, f.month, 1))
    assert late.delivered_at.date() - date(late.year, late.month, 1) > timedelta(days=90)


# --- counting, a second time ------------------------------------------------------------------


def _reports_row_by_row(written: Written, as_of: date) -> list[dict[str, Any]]:
    """Eligible reports from the database and the ledgers' lines, as the rules put them."""
    world, lines, files, platform, folder = (
        written.world,
        written.lines,
        written.files,
        written.platform,
        written.folder,
    )
    families = _occupation_families()
    areas = {area.platform_code: area.code for area in AREAS} | {a.name: a.code for a in AREAS}
    words = {word: code for code, own in INDUSTRY_WORDS.items() for word in own}
    rejected = {r.record_key for r in platform.rejections if r.reason != "KEY_DUPLICATE"}
    connection = sqlite3.connect(folder / "platform.sqlite")
    classes = {
        row[0]: row[1:]
        for row in connection.execute(
            "select class_no, aab301, aca111, industry, started_on, ended_on, status"
            " from training_class"
        )
        if row[0] not in rejected
    }
    reports: dict[str, dict[str, Any]] = {}
    for number, class_no, id_no, completion, valid in connection.execute(
        "select enrolment_no, class_no, aac002, completion, aae100 from enrolment"
    ):
        if number in rejected or not valid or class_no not in classes:
            continue
        area, occupation, industry, started, ended, status = classes[class_no]
        if status != "结业" or ended > as_of.isoformat() or not "2023" <= ended < "2026":
            continue
        person = id_no if len(id_no) != 15 else str(
            with_check(np.array([f"{id_no[:6]}19{id_no[6:]}"]))[0]
        )  # fmt: skip
        reports[number] = {
            "id": number, "person": person, "family": families[occupation][0], "reporter": "",
            "area": areas[area], "industry": words.get(industry) or families[occupation][1],
            "started": started, "ended": ended, "done": completion == "结业",
        }  # fmt: skip
    found = list(reports.values())
    current: dict[tuple[int, int], LedgerFile] = {}
    for file, delivered in zip(files, ledger_deliveries(files, lines), strict=True):
        if delivered.breach is None:
            current[file.area, file.year] = file
    for file in current.values():
        style = next(s for s in STYLES if s.area_code == AREAS[file.area].code)
        for place, line in enumerate(file.lines.tolist()):
            ended = str(lines.ended_on[line])
            if lines.fault[line] >= 0 or ended > as_of.isoformat():
                continue
            training = lines.training[line]
            family, industry = families[lines.occupation[line]]
            declared = world.courses.declared[world.trainings.course[training]]
            masked = lines.id_form[line] == MASKED
            found.append(
                {
                    "id": f"{file.name}{place:06d}",
                    "person": None if masked
                    else world.people.id_no[world.trainings.person[training]],
                    "family": family, "reporter": style.area_code, "area": style.area_code,
                    "industry": (declared if "industry" in style.columns else "") or industry,
                    "started": str(lines.started_on[line]), "ended": ended,
                    "done": lines.completion[line] == COMPLETED,
                }
            )  # fmt: skip
    return found + _listed_row_by_row(written, as_of)


def _listed_row_by_row(written: Written, as_of: date) -> list[dict[str, Any]]:
    """Reports of the departments, out of their workbooks."""
    families = _occupation_families()
    areas = {area.name: area.code for area in AREAS}
    found = []
    for delivered in written.rosters.delivered:
        path = written.folder / ROSTERS / delivered.name
        department = path.relative_to(written.folder / ROSTERS).parts[0]
        faulty = {row for _, row, *_ in delivered.rejected}
        (sheet,) = _sheets(path, None, "").values()
        for number, row in enumerate(sheet, start=1):
            if number in faulty or len(str(row[1])) not in (11, 18):
                continue
            _, person, area, _, occupation, started, ended, completion = row
            if ended > as_of:
                continue
            family, industry = families[occupation]
            found.append(
                {
                    "id": f"{delivered.name}{number:06d}", "person": person, "family": family,
                    "reporter": f"~{department}", "area": areas[area], "industry": industry,
                    "started": str(started), "ended": str(ended), "done": completion == "结业",
                }
            )  # fmt: skip
    return found


def _events(reports: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Gaps and islands, then one event per ordinal of an island, as the rules put it."""
    events: list[list[dict[str, Any]]] = [[r] for r in reports if r["person"] is None]
    groups: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for report in reports:
        if report["person"] is not None:
            groups[report["person"], report["family"]].append(report)
    for own in groups.values():
        own.sort(key=lambda r: (r["started"], r["ended"], r["id"]))
        reach, island = "", 0
        places: Counter[tuple[int, str]] = Counter()
        found: dict[tuple[int, int], list[dict[str, Any]]] = defaultdict(list)
        for report in own:
            island += report["started"] > reach
            reach = max(reach, report["ended"])
            places[island, report["reporter"]] += 1
            found[island, places[island, report["reporter"]]].append(report)
        events.extend(found.values())
    return events


@pytest.mark.parametrize("as_of", [date(2024, 3, 31), date(2025, 6, 30)])
def test_the_truth_agrees_with_the_rules_applied_row_by_row(written: Written, as_of: date) -> None:
    world, lines, files = written.world, written.lines, written.files
    delivered = ledger_deliveries(files, lines)
    told = gather_reports(
        world, lines, files, delivered, written.rosters, written.platform, written.attendance.sums
    )
    counted = count(told, world, as_of)
    reports = _reports_row_by_row(written, as_of)
    events = _events(reports)
    owners = [
        min(event, key=lambda r: r["reporter"]) for event in events if any(r["done"] for r in event)
    ]
    steps = dict(counted.steps)
    assert (steps["eligible"], steps["deduplicated"], steps["counted"]) == (
        len(reports), len(events), len(owners),
    )  # fmt: skip
    expected = Counter((r["ended"], r["area"], r["industry"]) for r in owners)
    codes = [area.code for area in AREAS]
    assert expected == Counter(
        zip(
            np.datetime_as_string(counted.ended_on).tolist(),
            [codes[place] for place in counted.area.tolist()],
            counted.industry.tolist(),
            strict=True,
        )
    )
    persons = {r["person"] for r in owners} - {None}
    assert len(persons) == len(np.unique(counted.person[counted.person >= 0]))
    assert steps["deduplicated"] < steps["eligible"]
    assert {len({r["reporter"] for r in event}) for event in events} == {1, 2, 3}
    assert any(r["reporter"].startswith("~") for r in owners), "some only a department knows"


def test_waterfall_and_removals_add_up(sample: Path) -> None:
    for folder in (sample / "truth", sample / "truth" / "end_of_plan"):
        steps = {row["step"]: int(row["rows"]) for row in _table(folder / "waterfall.csv")}
        removed = sum(int(row["rows"]) for row in _table(folder / "removals.csv"))
        assert steps["landed"] - removed == steps["counted"]
        assert steps["counted"] == sum(
            int(row["person_times"]) for row in _table(folder / "person_times.csv")
        )


@pytest.mark.parametrize(
    ("value", "as_of", "status"),
    [
        (120, date(2023, 1, 1), "met"),
        (60, date(2024, 7, 1), "on_track"),
        (54.1, date(2024, 7, 1), "behind"),
        (53, date(2024, 7, 1), "off_track"),
        (119, date(2025, 12, 31), "not_met"),
        (0, date(2022, 12, 31), "not_due"),
    ],
)
def test_statuses_follow_the_pace(value: float, as_of: date, status: str) -> None:
    span = Span("2023-2025", date(2023, 1, 1), date(2025, 12, 31))
    assert status_of(value, 119.9, span, as_of) == status


# --- the platform -----------------------------------------------------------------------------


def test_every_platform_column_is_one_that_the_contract_knows(written: Written) -> None:
    connection = sqlite3.connect(written.folder / "platform.sqlite")
    for feed in (
        "training_classes", "enrolments", "institutions", "subsidy_payments", "attendance",
    ):  # fmt: skip
        contract = yaml.safe_load((FEEDS_DIR / "hrss" / f"{feed}.yml").read_text("utf-8"))
        names = {
            name: column["name"]
            for column in contract["columns"]
            for name in (column["name"], column["title_zh"], *column.get("aliases", ()))
        }
        cursor = connection.execute(
            "select name from pragma_table_info(?)", (contract["source"]["table"],)
        )
        found = [names[column] for (column,) in cursor]
        assert sorted(found) == sorted(c["name"] for c in contract["columns"]), feed


def test_lost_classes_have_no_usable_row(written: Written) -> None:
    world, platform, folder = written.world, written.platform, written.folder
    numbers = class_numbers(world)[platform.lost_courses]
    rejected = {r.record_key for r in platform.rejections}
    connection = sqlite3.connect(folder / "platform.sqlite")
    there = {row[0] for row in connection.execute("select class_no from training_class")}
    assert len(numbers)
    assert all(number in rejected or number not in there for number in numbers)
    assert (world.courses.status[platform.lost_courses] == FINISHED).all()


# --- attendance -------------------------------------------------------------------------------

#: Rows that must be rejected, by what is wrong with them; a plain reader can tell.
SPOILT: tuple[tuple[str, Callable[[dict[str, str]], bool]], ...] = (
    ("ID_SCIENTIFIC", lambda row: "E+" in row["证件号码"]),
    ("DATE_RANGE_REVERSED", lambda row: row["签退时间"] < row["签到时间"]),
    ("CODE_UNKNOWN", lambda row: row["考勤状态"] == "待补签"),
    ("NUMBER_OUT_OF_RANGE", lambda row: int(row["课时"]) > 24),
)


def _exports(drop: Path, pattern: str = "*.csv") -> dict[str, list[dict[str, str]]]:
    """Rows of each export of attendance by its name, as a plain reader has them."""
    top = drop / "hrss" / "attendance"
    return {
        str(path.relative_to(top)): list(
            csv.DictReader(path.read_bytes().decode("gb18030").splitlines())
        )
        for path in top.rglob(pattern)
    }


def _table_rows(folder: Path) -> list[dict[str, str]]:
    connection = sqlite3.connect(folder / "platform.sqlite")
    headers = [header for header, _ in COLUMNS]
    return [
        dict(zip(headers, (str(cell or "") for cell in row), strict=True))
        for row in connection.execute("select * from attendance")
    ]


def _is_spoilt(row: dict[str, str]) -> bool:
    return any(is_spoilt(row) for _, is_spoilt in SPOILT)


def test_sign_ins_add_up_to_the_truth_when_each_record_counts_as_last_changed(
    written: Written,
) -> None:
    platform, attendance, folder = written.platform, written.attendance, written.folder
    newest: dict[str, dict[str, str]] = {}
    for row in [row for rows in _exports(folder).values() for row in rows] + _table_rows(folder):
        former = newest.get(row["考勤编号"])
        if not _is_spoilt(row) and (former is None or former["更新时间"] <= row["更新时间"]):
            newest[row["考勤编号"]] = row
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for row in newest.values():
        if row["有效标志"] == "1":
            came = row["考勤状态"] in ("出勤", "迟到", "早退")
            hours = int(row["课时"])
            sums[row["报名编号"]] += Counter(sessions=1, attended=int(came), hours=hours * came)
    told = attendance.sums
    expected = {
        f"BM{place + 1:08d}": (
            told.sessions[place], told.attended_sessions[place], told.attended_hours[place],
        )
        for place in np.flatnonzero(told.sessions).tolist()
    }  # fmt: skip
    found = {no: (s["sessions"], s["attended"], s["hours"]) for no, s in sums.items()}
    strays = found.keys() - expected.keys()
    assert {number: found[number] for number in expected} == expected
    refused = {f"BM{place + 1:08d}" for place in np.flatnonzero(platform.is_rejected).tolist()}
    assert len(strays) > 0
    assert len(strays | (refused & found.keys())) == attendance.unknown


def test_rows_to_be_rejected_stand_where_the_truth_points(written: Written) -> None:
    attendance, folder = written.attendance, written.folder
    spoilt = dict(SPOILT)
    exports = _exports(folder)
    seen: Counter[str] = Counter()
    for file in attendance.files:
        rows = exports[file.name]
        assert file.rows == len(rows)
        for _, row_number, _, reason in file.rejected:
            row = rows[row_number - 2]
            assert spoilt[reason](row) if reason in spoilt else row in rows[: row_number - 2]
            seen[reason] += 1
        assert sum(map(_is_spoilt, rows)) == sum(reason in spoilt for *_, reason in file.rejected)
    assert set(seen) == {*spoilt, "KEY_DUPLICATE"}
    table = {row["考勤编号"]: row for row in _table_rows(folder)}
    assert len(table) == attendance.rows
    for rejection in attendance.rejections:
        assert spoilt[rejection.reason](table[rejection.record_key])
    assert sum(map(_is_spoilt, table.values())) == len(attendance.rejections) > 0


def test_exports_overlap_the_table_and_one_comes_after_its_corrections(written: Written) -> None:
    attendance, folder = written.attendance, written.folder
    table = {row["考勤编号"]: row["更新时间"] for row in _table_rows(folder)}
    older = 0
    for name, rows in _exports(folder).items():
        written_at = (folder / "hrss" / "attendance" / name).stat().st_mtime
        sent = datetime.fromtimestamp(written_at, ZoneInfo("Asia/Shanghai"))
        assert max(row["更新时间"] for row in rows) <= f"{sent:%Y-%m-%d %H:%M:%S}"
        for row in rows:
            since = table.get(row["考勤编号"], "")
            older += row["更新时间"] < since < f"{sent:%Y-%m-%d %H:%M:%S}"
    assert older > 0
    assert any("更正" in file.name for file in attendance.files)


@pytest.mark.parametrize(("factor", "least", "most"), [(0.02, 10, 40), (0.25, 300, 1000)])
def test_a_small_city_bundles_its_exports(
    tmp_path: Path, factor: float, least: int, most: int
) -> None:
    world = make_world(factor, 3, "2023-01", "2024-12")
    platform = build_platform(world, tmp_path / "platform.sqlite")
    attendance = write_attendance(world, platform, tmp_path, tmp_path / "platform.sqlite")
    assert least <= len(attendance.files) <= most


# --- the whole sample -------------------------------------------------------------------------


def _fingerprints(folder: Path) -> dict[str, tuple[str, float]]:
    return {
        str(path.relative_to(folder)): (
            hashlib.sha256(path.read_bytes()).hexdigest(),
            path.stat().st_mtime if "drop" in path.parts else 0.0,
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_seed_makes_the_same_bytes(sample: Path, tmp_path: Path) -> None:
    build_sample(tmp_path, factor=FACTOR, seed=7, start=START, end=END)
    assert _fingerprints(tmp_path) == _fingerprints(sample)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three times the sample."""
    folder = tmp_path_factory.mktemp("city")
    build_sample(folder, factor=3 * FACTOR, copies=3, seed=7, start=START, end=END)
    return folder


def test_a_larger_city_is_the_same_one_for_other_people(sample: Path, city: Path) -> None:
    first = _numbers_of_people(sample)
    larger = _numbers_of_people(city)
    copies = [
        {number.removesuffix(end): own for number, own in larger.items() if number.endswith(end)}
        for end in ("K001", "K002")
    ]
    copies.append({number: own for number, own in larger.items() if "K" not in number})
    assert sum(map(len, copies)) == len(larger) == 3 * len(first)
    assert copies[2] == first
    people = [{number for number in copy.values() if _is_whole(number)} for copy in copies]
    assert len(set.union(*people)) == sum(map(len, people)) > 0
    for copy in copies:
        assert copy.keys() == first.keys()
        assert {key for key, number in copy.items() if _is_whole(number)} >= {
            key for key, number in first.items() if _is_whole(number)
        }
        assert [key for key, number in copy.items() if not number or len(number) == 16] == [
            key for key, number in first.items() if not number or len(number) == 16
        ]


def test_in_every_copy_the_same_sessions_were_attended(sample: Path, city: Path) -> None:
    people = _numbers_of_people(city)
    hours: Counter[str] = Counter()
    for rows in _exports(city / "drop", "*（各分校）.csv").values():
        for row in rows:
            is_there = row["考勤状态"] in ("出勤", "迟到", "早退")
            hours[row["培训班编号"]] += int(row["课时"]) if is_there else 0
            number = people[row["报名编号"]]
            assert number == row["证件号码"] or not _is_whole(number)
    known = _attended_hours(sample)
    assert {f"{own}K{copy:03d}": known[own] for own in known for copy in (1, 2)} == dict(hours)
    assert _attended_hours(city) == known | dict(hours)


def test_no_permit_is_given_twice_or_taken_for_a_placeholder(tmp_path: Path) -> None:
    numbers = [1, 12_345_678, *range(11_111_111, 99_000_000, 11_111_111), 99_000_000]
    with open_copies(make_world(0.02, 1, "2023-01", "2023-03"), 2, tmp_path) as engine:
        found = engine.execute("select permit('H', unnest(?))", [numbers]).fetchall()
    digits = [permit.removeprefix("H") for (permit,) in found]
    assert len(set(digits)) == len(numbers)
    assert {len(each) for each in digits} == {8}
    assert not [each for each in digits if len(set(each)) == 1 or each == "12345678"]


def _attended_hours(folder: Path) -> dict[str, int]:
    """By class, as the truth has them."""
    with (folder / "truth" / "attendance.csv").open(encoding="utf-8") as file:
        rows = csv.DictReader(file)
        return {row["class_no"]: int(row["attended_hours"]) for row in rows if row["class_no"]}


def _numbers_of_people(folder: Path) -> dict[str, str]:
    """By number of the enrolment."""
    connection = sqlite3.connect(folder / "platform.sqlite")
    return dict(connection.execute("select enrolment_no, aac002 from enrolment order by 1"))


def _is_whole(number: str | None) -> bool:
    """A resident ID of region 529999 whose check digit is right."""
    return (
        number is not None
        and len(number) == 18
        and number.startswith("529999")
        and str(with_check(np.array([number[:17]]))[0]) == number
    )


def test_another_seed_makes_another_world() -> None:
    first = make_world(0.02, 1, "2023-01", "2023-03")
    second = make_world(0.02, 2, "2023-01", "2023-03")
    assert first.people.id_no.tolist() != second.people.id_no.tolist()


def test_a_sample_that_stands_is_left_alone(tmp_path: Path) -> None:
    said: list[str] = []
    first = build_sample(tmp_path, factor=0.02, seed=1, end="2023-03", progress=said.append)
    told = len(said)
    assert build_sample(tmp_path, factor=0.02, seed=1, end="2023-03", progress=said.append) == first
    assert (told > 0, len(said)) == (True, told)
    other = build_sample(tmp_path, factor=0.02, seed=2, end="2023-03")
    assert json.loads((tmp_path / "sample.json").read_text())["seed"] == other.seed == 2


def test_all_files_but_one_lie_in_the_folder_of_a_feed(sample: Path) -> None:
    feeds = {f"{path.parent.name}/{path.stem}" for path in FEEDS_DIR.glob("*/[a-z]*.yml")}
    strays = [
        str(path.relative_to(sample / "drop"))
        for path in (sample / "drop").rglob("*")
        if path.is_file() and "/".join(path.relative_to(sample / "drop").parts[:2]) not in feeds
    ]
    assert strays == [STRAY_FILE]


def test_truth_names_every_delivery_once(sample: Path) -> None:
    truth = _table(sample / "truth" / "deliveries.csv")
    names = [(row["feed"], row["delivery_name"]) for row in truth]
    assert len(set(names)) == len(names)
    on_disk = {
        ("/".join(relative.parts[:2]), "/".join(relative.parts[2:]))
        for path in (sample / "drop").rglob("*")
        if path.is_file()
        and not path.name.endswith(".reason.txt")
        and str(relative := path.relative_to(sample / "drop")) != STRAY_FILE
    }
    assert {name for name in names if ":" not in name[1]} == on_disk
    for row in truth:
        if row["outcome"] != "refused":
            parts = [int(row[f"rows_{part}"]) for part in ("landed", "rejected", "skipped")]
            assert sum(parts) == int(row["rows_delivered"])


def test_the_pairs_in_the_truth_are_those_of_the_plan() -> None:
    named = {
        (row["area_code"], row["industry_code"])
        for row in _seed("plan/named_members")
        if row["named_kind"] == "county_industry_pair"
    }
    assert set(PAIRS) == named


# --- the certificate service ------------------------------------------------------------------

TOKEN = secrets.token_hex(8)


def _get(url: str, token: str = TOKEN, **query: object) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"}
    address = f"{url}/v1/certificates"
    return httpx.get(address, params=query, headers=headers, trust_env=False, timeout=60)


def test_the_service_pages_through_every_certificate_once(sample: Path) -> None:
    path = sample / "certificates.parquet"
    with serve_certificates(sample, TOKEN, fault_rate=0.0) as service:
        first = _get(service.url, page=1, size=400).json()
        pages = [
            _get(service.url, page=page, size=400).json()["data"]
            for page in range(1, first["count"] // 400 + 2)
        ]
    numbers = [record["certificateNo"] for page in pages for record in page]
    assert first["code"] == 0
    assert len(numbers) == len(set(numbers)) == first["count"] == pq.read_metadata(path).num_rows


def test_the_service_caps_pages_and_filters_by_change_time(sample: Path) -> None:
    with serve_certificates(sample, TOKEN, fault_rate=0.0) as service:
        assert len(_get(service.url, page=1, size=100_000).json()["data"]) == 1000
        recent = _get(service.url, page=1, size=1000, updated_since="2024-06-01 00:00:00").json()
    assert recent["count"] > 0
    assert min(record["updatedAt"] for record in recent["data"]) >= "2024-06-01"


def test_the_service_refuses_a_wrong_token_and_bad_pages(sample: Path) -> None:
    with serve_certificates(sample, TOKEN, fault_rate=0.0) as service:
        assert _get(service.url, TOKEN[::-1] + "0").status_code == 401
        assert _get(service.url, page=0).status_code == 400


def test_the_service_is_busy_now_and_then_the_same_way_each_time(sample: Path) -> None:
    runs = []
    for _ in range(2):
        with serve_certificates(sample, TOKEN, fault_rate=0.4) as service:
            answers = [_get(service.url, page=1, size=1) for _ in range(20)]
        runs.append([answer.status_code for answer in answers])
        busy = [answer for answer in answers if answer.status_code == 429]
        assert busy
        assert {answer.headers["Retry-After"] for answer in busy} <= {"0", "1"}
    assert runs[0] == runs[1]


def test_the_service_ends_with_whoever_serves_it(sample: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path\n"
        "from ingestion.sample_agencies.service import serve_certificates\n"
        "with serve_certificates(Path(sys.argv[1]), 'token') as service:\n"
        "    print(service.url, flush=True); sys.stdin.readline(); os.kill(os.getpid(), 9)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(sample)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout
        url = parent.stdout.readline().strip()
        assert _get(url, "token", page=1, size=1).status_code in (200, 429)
        (child,) = {one for one in processes.family(parent.pid) if one.pid != parent.pid}
        parent.communicate("\n")
    assert processes.happens(lambda: not processes.living([child]), within=60)
    with pytest.raises(httpx.ConnectError):
        _get(url, "token", page=1, size=1)


def test_certificates_carry_the_names_of_the_contract(sample: Path) -> None:
    contract = yaml.safe_load((FEEDS_DIR / "hrss" / "certificates.yml").read_text("utf-8"))
    known = {n for c in contract["columns"] for n in (c["name"], *c.get("aliases", ()))}
    table = pq.read_table(sample / "certificates.parquet")
    assert set(table.column_names) <= known
    assert datetime.fromisoformat(table["updatedAt"][0].as_py())
    assert len(OCCUPATIONS) > 30
