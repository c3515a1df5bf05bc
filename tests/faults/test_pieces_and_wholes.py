"""Does a delivery that is read piece by piece come to exactly what it comes to as a whole?

Large deliveries are streamed through Arrow, small ones go line by line through Python. There is one
set of rules: whatever the stream does not leave to the other way must give the same rows, the same
rejections with all their reasons, the same counts, the same hash and the same plain values. Here
pieces are made so small that every file falls into many, most of them in the middle of something.
Rows of workbooks are taken in runs where they are plain, and must come to the same as one by one.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, Final, Literal

import mutations
import pyarrow.parquet as pq
import pytest
from attendance import ATTENDANCE
from campaign import chosen
from clerks import KEYS, resident_number
from layouts import LEDGER, ledger

from ingestion import readers
from ingestion.batches import StreamedDraft, draft_batches
from ingestion.checks import canonical_hash
from ingestion.contract import FeedContract
from ingestion.parking import Parking
from ingestion.readers import (
    KINDS,
    NotPlainError,
    open_stream,
    plain_lines,
    read,
    row_blocks,
    tables,
)
from ingestion.readers.plain_rows import PlainRows
from ingestion.readers.row_blocks import PlainRun, RowBlocks
from ingestion.readers.worker import read_workbook
from ingestion.reasons import Breach
from ingestion.sample_agencies.workbooks import Cell, Formula, Sheet, xlsx_bytes

PROMISE: Final = ("deliveries come to the same piece by piece and as a whole", 5_000)
AT: Final = datetime(2024, 7, 10, tzinfo=UTC)
BLOCK: Final = 10
_ENCODINGS: Final = ("utf-8", "utf-8-sig", "gb18030")
_BLOCKS: Final = [(kind, number) for number in range(250) for kind in ("attendance", "ledger")]

Found = dict[str, Any]


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "STREAMED_FROM", 0)
    monkeypatch.setattr(plain_lines, "_PIECE", 1500)


def as_a_whole(path: Path, contract: FeedContract) -> Found | tuple[str, str, str]:
    try:
        reading = read(path, contract, "d.csv")
        drafts = draft_batches(reading, contract, KEYS, name="d.csv", hints=(), delivered_at=AT)
    except Breach as breach:
        return breach.code.value, breach.where, breach.message
    (draft,) = drafts.batches
    checked = draft.checked
    return {
        "landed": checked.landed.to_pylist(),
        "rejected": checked.rejected.to_pylist(),
        "skipped": checked.skipped,
        "secrets": _secrets(checked.secrets.to_pylist()),
        "watermark": checked.watermark,
        "hash": canonical_hash(checked, contract),
        "rows": draft.rows_delivered,
        "notes": drafts.notes,
        "encoding": reading.encoding,
    }


def piece_by_piece(path: Path, contract: FeedContract) -> Found | tuple[str, str, str] | None:
    """None where the stream leaves the delivery to the other way."""
    folder = path.with_suffix(".parked")
    shutil.rmtree(folder, ignore_errors=True)
    try:
        stream = open_stream(path, contract, "d.csv")
        if stream is None:
            return None
        draft = StreamedDraft(stream, contract, KEYS, name="d.csv", hints=(), at=AT)
        with Parking(folder, "b1", contract) as parking:
            for rows, checked in draft.pieces():
                parking.add(rows, checked)
            draft.refuse_unacceptable(parking.tally, is_increment=False)
            parked = parking.close(draft.scope)
    except NotPlainError:
        return None
    except Breach as breach:
        return breach.code.value, breach.where, breach.message
    rejected = parked.staged.rejected
    return {
        "landed": _without_batch(parked.staged.landed, "_batch_id"),
        "rejected": _without_batch(rejected, "batch_id") if rejected else [],
        "skipped": parked.skipped,
        "secrets": _secrets(row for part in parked.plain_values() for row in part.to_pylist()),
        "watermark": parked.watermark,
        "hash": parked.canonical_hash,
        "rows": parked.rows_delivered,
        "notes": stream.notes,
        "encoding": stream.encoding,
    }


def _without_batch(path: Path, column: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    assert {row.pop(column) for row in rows} <= {"b1"}
    return rows


def _secrets(rows: Any) -> set[tuple[str, int, str]]:
    return {(row["kind"], row["key"], row["plaintext"]) for row in rows}


def hold(path: Path, contract: FeedContract) -> bool:
    """Both ways agree; whether there were two."""
    whole, pieces = as_a_whole(path, contract), piece_by_piece(path, contract)
    if pieces is None:
        return False
    if isinstance(whole, tuple) or isinstance(pieces, tuple):
        assert whole == pieces
        return True
    differing = [name for name in whole if whole[name] != pieces[name]]
    assert not differing, f"not the same: {differing}"
    return True


# --- attendance of invented people ----------------------------------------------------------------

HEADER: Final = [column.title_zh for column in ATTENDANCE.columns]
_NAMES: Final = [column.name for column in ATTENDANCE.columns]
_ODD: Final = {
    "attendance_no": (
        "合计",
        "A 1",
        "",
        "同上",
        "13800000000",
        "A：1",
        "全市",
        "小计",
        "-",
        "'A77",
    ),
    "enrolment_no": ("", "E-7", "报名编号", "529999199003074512", "Ｅ7", "x" * 120, '="E9"'),
    "class_no": ("", "〃", "C/1", "6217 9900 0000 0000 014", "班级", "—"),
    "person_id_no": ("", "529999********4512", "5.29999E+17", "52999919900230451X", "H12345678"),
    "session_on": ("2024年3月5日", "2024/3/5", "2024-02-30", "2024-13-01", "3月", "1989-01-01", ""),
    "session_no": ("03", "3.0", "第3次", "0", "-1", "约3", "1,200", "", "９"),
    "signed_in_at": ("2024-03-05 24:00:00", "2024-02-29 08:00:00", "2023-02-29 08:00:00", "8:00"),
    "signed_out_at": ("2024-03-05T11:00:00+08:00", "2049-12-31 23:59:59", "2050-01-01 00:00:00"),
    "hours": ("4.0", ".5", "4课时", "25", "4.50", "00", "0.0", "1e3", "4天", ""),
    "status": ("出 勤", "缺课", "", " 迟到 ", "PRESENT", "同上", "状态"),
    "updated_at": ("", "2024-03-05", "2024.3.5 8:00", "同上"),
}
_LINES: Final = (
    "",
    ",,,,,,,,,,",
    "合计,,,,,3,,,12,,",
    "注：以上数据截至3月",
    "制表人：样例,,审核人：样例,,,,,,,,",
    "一、第一班",
    "A1,E1",
    "A1;E1;C1;x;2024-03-05;1;;;4;出勤;",
    "A1,E1,C1,x,2024-03-05,1,,,1,200,出勤,,",
    '"A-9","E 9","C,9",,2024-03-05,1,,,4,"出勤",',
    'A-8,"E""8",C8,,2024-03-05,1,,,4,出勤,',
    'A-7,"E7\nE7",C7,,2024-03-05,1,,,4,出勤,',
    'A-6, "E6",C6,,2024-03-05,1,,,4,出勤,',
    'A-5,5" C,C5,,2024-03-05,1,,,4,出勤,',
    "A-4,E4\rE4,C4,,2024-03-05,1,,,4,出勤,",
    "A-3,E3,C3,,2024-03-05,1,,,4,出勤,,,,",
    'A-2,"甲,E2",C2,,2024-03-05,1,,,4,出勤',
)


def record(rng: Random, number: int, oddity: float) -> list[str]:
    day = f"2024-{rng.randint(1, 12):02}-{rng.randint(1, 29):02}"
    cells = {
        "attendance_no": f"A2024-{number:08}",
        "enrolment_no": f"E2024-{number // 3:07}",
        "class_no": f"C2024-{number // 9:05}",
        "person_id_no": resident_number(rng.randint(1, 60)),
        "session_on": day,
        "session_no": str(rng.randint(1, 60)),
        "signed_in_at": f"{day} 08:{rng.randint(0, 59):02}:{rng.randint(0, 59):02}",
        "signed_out_at": f"{day} 11:{rng.randint(0, 59):02}:{rng.randint(0, 59):02}",
        "hours": rng.choice(("4", "3.5", "2.25")),
        "status": rng.choice(("出勤", "出勤", "迟到", "早退", "缺勤", "请假")),
        "updated_at": f"{day} 20:00:00",
    }
    if rng.random() < oddity:
        name = rng.choice(list(_ODD))
        cells[name] = rng.choice(_ODD[name])
    return [cells[column.name] for column in ATTENDANCE.columns]


def attendance(rng: Random) -> bytes:
    """Lines that are plain for the most part, with all that may stand between them."""
    oddity = rng.choice((0.0, 0.1, 0.6))
    quoting: Literal[0, 1] = csv.QUOTE_ALL if rng.random() < 0.5 else csv.QUOTE_MINIMAL
    end = rng.choice(("\n", "\n", "\r\n"))
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=quoting, lineterminator=end)
    if rng.random() < 0.3:
        writer.writerow(["2024年3月考勤", *[""] * rng.choice((0, 10))])
    writer.writerow(HEADER)
    number = rng.choice((0, 0, 5))
    for _ in range(rng.randint(1, 60)):
        if rng.random() < oddity / 3:
            text.write(rng.choice(_LINES) + end)
            continue
        number += rng.choice((1, 1, 1, 1, 1, 1, 1, 0 if oddity else 1))
        writer.writerow(record(rng, number, oddity))
    content = text.getvalue()
    if rng.random() < 0.3:
        content = content.removesuffix(end)
    return content.encode(rng.choice(_ENCODINGS))


def whole_ledger(rng: Random) -> bytes:
    """A ledger in any layout, for a feed that takes it as one."""
    first = ledger(rng.randrange(10_000), is_typed=False, may_merge=False).sheets[0]
    text = io.StringIO(newline="")
    csv.writer(text).writerows(["" if cell is None else cell for cell in row] for row in first.rows)
    return text.getvalue().encode(rng.choice(_ENCODINGS))


_TERMS: Final = LEDGER.delivery.model_copy(update={"scope": (), "unit": None, "covers": None})
_MADE: Final[dict[str, tuple[FeedContract, Callable[[Random], bytes]]]] = {
    "attendance": (ATTENDANCE, attendance),
    "ledger": (LEDGER.model_copy(update={"delivery": _TERMS}), whole_ledger),
}


def deliveries(kind: str, block: int) -> Iterator[tuple[Random, bytes]]:
    for seed in range(block * BLOCK, (block + 1) * BLOCK):
        rng = Random(f"{kind} {seed}")
        yield rng, _MADE[kind][1](rng)


@pytest.mark.promise(*PROMISE)
@pytest.mark.parametrize(("kind", "block"), chosen(_BLOCKS, 6))
def test_a_delivery_comes_to_the_same_in_pieces_and_as_a_whole(
    kind: str, block: int, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    streamed = 0
    for number, (_, content) in enumerate(deliveries(kind, block)):
        path = tmp_path / f"{number}.csv"
        path.write_bytes(content)
        streamed += hold(path, _MADE[kind][0])
    assert streamed >= (BLOCK // 2 if kind == "attendance" else 1)
    record_property("cases", BLOCK)


@pytest.mark.promise(*PROMISE)
@pytest.mark.parametrize(("kind", "block"), chosen(_BLOCKS, 4))
def test_a_damaged_delivery_comes_to_the_same_in_pieces_and_as_a_whole(
    kind: str, block: int, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    for number, (rng, content) in enumerate(deliveries(kind, block)):
        path = tmp_path / f"{number}.csv"
        path.write_bytes(rng.choice(mutations.TEXT)(rng, content))
        hold(path, _MADE[kind][0])
    record_property("cases", BLOCK)


# --- what a reader of plain lines would read in its own way ---------------------------------------


def written(path: Path, lines: Sequence[str], encoding: str = "utf-8") -> Path:
    path.write_bytes(("\n".join([",".join(HEADER), *lines]) + "\n").encode(encoding))
    return path


def plain_rows(count: int, first: int = 0) -> list[str]:
    rng = Random(1)
    return [",".join(record(rng, first + number, 0)) for number in range(count)]


@pytest.mark.parametrize("encoding", _ENCODINGS)
@pytest.mark.parametrize("line", _LINES)
def test_a_line_that_is_not_plain_is_judged_at_its_place(
    line: str, encoding: str, tmp_path: Path
) -> None:
    """Between records, as the first and as the last line."""
    rows = plain_rows(12)
    for number, at in enumerate((0, 6, 12)):
        lines = [*rows[:at], line, *rows[at:]]
        assert hold(written(tmp_path / f"{number}.csv", lines, encoding), ATTENDANCE)


@pytest.mark.parametrize(
    "content",
    [
        b"A1,E\x001,C1,,2024-03-05,1,,,4,,",
        b'A1,"E1,C1,,2024-03-05,1,,,4,,',
        b'A1,"E1"x,C1,,2024-03-05,1,,,4,,',
        b"A1,E1\xff,C1,,2024-03-05,1,,,4,,",
        b"A1,E1\xb3,C1,,2024-03-05,1,,,4,,",
        ",".join(HEADER).encode(),
        b"A1," + b"E" * (1 << 20) + b",C1,,2024-03-05,1,,,4,,",
    ],
)
def test_what_arrow_would_read_in_its_own_way_is_left_to_the_other_readers(
    content: bytes, tmp_path: Path
) -> None:
    path = written(tmp_path / "d.csv", plain_rows(12))
    path.write_bytes(path.read_bytes() + content + b"\n" + "\n".join(plain_rows(9, 20)).encode())
    assert piece_by_piece(path, ATTENDANCE) in (None, as_a_whole(path, ATTENDANCE))


def test_a_line_in_another_encoding_is_left_to_the_other_readers(tmp_path: Path) -> None:
    path = written(tmp_path / "d.csv", plain_rows(12), "gb18030")
    path.write_bytes(path.read_bytes() + "A9,E9,遵义会计班,,2024-03-05,1,,,4,,\n".encode())
    assert piece_by_piece(path, ATTENDANCE) is None
    refusal = as_a_whole(path, ATTENDANCE)
    assert isinstance(refusal, tuple)
    assert refusal[0] == "ENCODING_UNKNOWN"


def test_every_key_that_comes_again_is_rejected_however_far_apart(tmp_path: Path) -> None:
    rows = plain_rows(80)
    assert hold(written(tmp_path / "d.csv", [*rows, *rows[::7]]), ATTENDANCE)


# --- rows of workbooks, in runs and one by one ----------------------------------------------------

RUNS: Final = ("workbooks come to the same in runs of rows and row by row", 2_000)
_RUN_BLOCKS: Final = [(kind, number) for number in range(100) for kind in ("attendance", "ledger")]
_BETWEEN: Final[tuple[list[Cell], ...]] = (
    [],
    [None] * 11,
    ["合计", None, None, None, None, 3, None, None, 12],
    ["注：以上数据截至3月"],
    ["制表人：样例", None, "审核人：样例"],
    ["一、第一班"],
    ["〃", "〃", "同上", resident_number(3), "2024-03-05", 1],
    ["A-1", "E-1", "C-1", None, Formula("=B2+1"), 1],
    ["A-2", "E-2", "C-2", None, Formula("=B2+1", "45357"), Formula("=1/0", "#DIV/0!")],
    [None, None, Formula("=B2+1")],
    [" A-3 ", "='E-3'", "—", "/", "2024-03-05", "\u30001 "],
    [3, 4.5, True, 5e17, dt.date(2024, 3, 5), 1e-7],
)


def sheet_of_attendance(rng: Random) -> Sheet:
    """Rows that are plain for the most part, typed as programs type them."""
    oddity = rng.choice((0.0, 0.1, 0.6))
    typed = rng.sample(["session_on", "session_no", "hours"], rng.randint(0, 3))
    left = rng.choice((0, 0, 2))
    rows: list[list[Cell]] = [["2024年3月考勤"]] if rng.random() < 0.3 else []
    rows.append(list(HEADER))
    for number in range(rng.randint(1, 60)):
        if rng.random() < 0.1:
            rows.append(list(rng.choice((*_BETWEEN, HEADER, HEADER[::-1]))))
            continue
        cells: dict[str, Cell] = dict(zip(_NAMES, record(rng, number, oddity), strict=True))
        if rng.random() < 0.95:
            cells |= {name: _typed(name, str(cells[name])) for name in typed}
        rows.append([cells[name] for name in _NAMES])
    width = left + len(HEADER)
    padded = [[*[None] * left, *row, *[None] * width][:width] for row in rows]
    merged = []
    if rng.random() < 0.4 and len(rows) > 12:
        top = rng.randint(3, len(rows) - 6)
        merged = [
            (top, column, top + 3, column)
            for column in (left + 2, left + 8)
            if not isinstance(padded[top][column], Formula)  # the writer merges none
        ]
    return Sheet("考勤", padded, merged)


def _typed(name: str, text: str) -> Cell:
    try:
        return dt.date.fromisoformat(text) if name == "session_on" else float(text)
    except ValueError:
        return text


_SHEETS: Final[dict[str, tuple[FeedContract, Callable[[Random], Sequence[Sheet]]]]] = {
    "attendance": (ATTENDANCE, lambda rng: [sheet_of_attendance(rng)]),
    "ledger": (LEDGER, lambda rng: ledger(rng.randrange(10_000)).sheets),
}


def _told(path: Path, contract: FeedContract) -> tuple[str, str, str] | list[object]:
    """What a workbook comes to, in this very process."""
    try:
        reading = read_workbook(path, "zip", contract, "d.xlsx")
    except Breach as breach:
        return breach.code.value, breach.where, breach.message
    return [
        reading.notes,
        *(
            (
                table.sheet,
                table.facts,
                table.money_units,
                [_comparable(row) for row in table.rows.to_pylist()],
            )
            for table in reading.tables
        ),
    ]


def _comparable(row: dict[str, Any]) -> dict[str, Any]:
    """A blank cell is blank, whatever its neighbours are."""
    return {**row, KINDS: row[KINDS].replace(" ", "t")}


@pytest.mark.promise(*RUNS)
@pytest.mark.parametrize(("kind", "block"), chosen(_RUN_BLOCKS, 8))
def test_a_workbook_comes_to_the_same_in_runs_and_row_by_row(
    kind: str,
    block: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    contract, make = _SHEETS[kind]
    monkeypatch.setattr(tables, "HEAD_LINES", 8)  # what is looked at for a header goes row by row
    taken: list[PlainRun | None] = []
    take_run = RowBlocks.plain_run

    def noted(blocks: RowBlocks, plain: PlainRows) -> PlainRun | None:
        taken.append(take_run(blocks, plain))
        return taken[-1]

    monkeypatch.setattr(RowBlocks, "plain_run", noted)
    for number in range(block * BLOCK, (block + 1) * BLOCK):
        rng = Random(f"{kind} {number}")
        path = tmp_path / f"{number}.xlsx"
        path.write_bytes(xlsx_bytes(make(rng)))
        monkeypatch.setattr(row_blocks, "_BLOCK", rng.choice((3, 7, 20)))
        monkeypatch.setattr(row_blocks, "_FEWEST", 1)
        in_runs = _told(path, contract)
        monkeypatch.setattr(row_blocks, "_FEWEST", 1 << 30)
        assert in_runs == _told(path, contract)
    assert sum(run is not None for run in taken) >= (BLOCK if kind == "attendance" else 1)
    record_property("cases", BLOCK)
