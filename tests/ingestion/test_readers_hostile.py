"""Is a file that was made, or happened, to break a reader refused with a reason?"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import openpyxl
import pytest
import xlsxwriter
import xlwt
from containers import (
    SHEET,
    biff_with_password,
    flagged_as_encrypted,
    ole_container,
    repacked,
    with_a_flipped_byte,
)
from grids import HEADER, ID, LEDGER, data, record

from ingestion.readers import delimited, pool, read
from ingestion.readers.worker_limits import WALL_SECONDS
from ingestion.reasons import Breach, BreachCode

ROWS = [HEADER, record(1), record(2, "李四")]


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """A ledger as .xlsx."""
    path = tmp_path / "good.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet("台账")
        for at, row in enumerate(ROWS):
            page.write_row(at, 0, row)
    return path


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A ledger as .xls."""
    book = xlwt.Workbook()
    page = book.add_sheet("台账")
    for at, row in enumerate(ROWS * 40):
        for column, value in enumerate(row):
            page.write(at, column, value)
    book.save(str(tmp_path / "old.xls"))
    return tmp_path / "old.xls"


def refusal(path: Path, name: str = "a.xlsx") -> Breach:
    began = time.monotonic()
    with pytest.raises(Breach) as caught:
        read(path, LEDGER, name)
    assert time.monotonic() - began < WALL_SECONDS + 5
    assert name in caught.value.where
    assert "张三" not in str(caught.value)
    assert ID not in str(caught.value)
    return caught.value


def outcome(path: Path) -> Breach | None:
    """The refusal, if there is one; damage to a text of an old workbook cannot be noticed."""
    try:
        read(path, LEDGER, "damaged.xlsx")
    except Breach as breach:
        return breach
    return None


def changed(
    path: Path,
    change: Mapping[str, Callable[[bytes], bytes]],
    add: Mapping[str, bytes] | None = None,
) -> Path:
    """A copy of the workbook with parts changed and added."""
    target = path.with_suffix(".changed")
    target.write_bytes(repacked(path.read_bytes(), change, add))
    return target


def test_a_value_in_the_far_corner_is_refused_and_the_pool_lives_on(good: Path) -> None:
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    path = changed(good, {SHEET: lambda xml: xml.replace(b"</sheetData>", far)})
    assert path.stat().st_size < 12_000
    assert refusal(path).code is BreachCode.READER_LIMIT
    assert data(read(good, LEDGER, "good").tables[0], "person_name") == ["张三", "李四"]


def test_a_corner_that_hides_from_the_scan_only_ends_the_child(good: Path) -> None:
    far = b"<row r='1048576'><c t='n' r='XFD1048576'><v>1</v></c></row></sheetData>"
    path = changed(good, {SHEET: lambda xml: xml.replace(b"</sheetData>", far)})
    assert refusal(path).code is BreachCode.READER_LIMIT
    assert data(read(good, LEDGER, "good").tables[0], "person_name") == ["张三", "李四"]


def test_a_merge_of_the_whole_sheet_is_harmless(good: Path) -> None:
    merge = b'</sheetData><mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    path = changed(good, {SHEET: lambda xml: xml.replace(b"</sheetData>", merge)})
    (table,) = read(path, LEDGER, "a.xlsx").tables
    assert data(table, "person_name") == ["张三", "李四"]


def test_a_used_range_of_a_million_rows_is_read(good: Path) -> None:
    last = b'<row r="1048576"><c r="A1048576" s="1"/></row></sheetData>'
    path = changed(good, {SHEET: lambda xml: xml.replace(b"</sheetData>", last)})
    assert len(read(path, LEDGER, "a.xlsx").tables[0].rows) == 2


def test_a_zip_bomb_is_refused_before_it_unpacks(good: Path) -> None:
    path = changed(good, {}, {"xl/media/image1.bmp": b"\0" * (200 << 20)})
    began = time.monotonic()
    assert refusal(path).code is BreachCode.READER_LIMIT
    assert time.monotonic() - began < 5


def test_a_bomb_of_many_cells_or_one_huge_cell_is_refused(good: Path) -> None:
    huge = b"<sst><si><t>" + b"a" * (300 << 20) + b"</t></si></sst>"
    path = changed(good, {"xl/sharedStrings.xml": lambda _: huge})
    assert refusal(path).code is BreachCode.READER_LIMIT


def test_entities_are_never_expanded(good: Path) -> None:
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    for part in ("xl/workbook.xml", SHEET, "xl/sharedStrings.xml"):
        path = changed(good, {part: lambda xml: re.sub(rb"(\?>)", rb"\1" + laughs, xml, count=1)})
        assert refusal(path).code is BreachCode.FILE_UNREADABLE


def test_truncated_workbooks_are_refused(good: Path, old: Path, tmp_path: Path) -> None:
    for path in (good, old):
        content = path.read_bytes()
        for share in (0.1, 0.3, 0.5, 0.7, 0.9, 0.97):
            cut = tmp_path / "cut"
            cut.write_bytes(content[: int(len(content) * share)])
            assert refusal(cut).code is BreachCode.FILE_UNREADABLE, (path.name, share)


def test_flipped_bytes_are_noticed_by_the_checksum(good: Path) -> None:
    good.write_bytes(with_a_flipped_byte(good.read_bytes(), SHEET))
    assert refusal(good).code is BreachCode.FILE_UNREADABLE


def test_two_hundred_damaged_copies_never_end_without_a_reason(
    good: Path, old: Path, tmp_path: Path
) -> None:
    dice = np.random.default_rng(20240506)
    for at in range(200):
        content = bytearray((good, old)[at % 2].read_bytes())
        for _ in range(dice.choice((1, 4, 32))):
            content[dice.integers(len(content))] = dice.integers(256)
        if at % 5 == 0:
            del content[dice.integers(len(content)) :]
        path = tmp_path / f"damaged{at}"
        path.write_bytes(content)
        assert "张三" not in str(outcome(path))


def test_passwords_are_recognised(good: Path, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    packed = {"EncryptedPackage": b"x" * 5000, "EncryptionInfo": b"y" * 200}
    locked.write_bytes(ole_container(packed))
    assert refusal(locked).code is BreachCode.FILE_ENCRYPTED
    locked.write_bytes(biff_with_password())
    assert refusal(locked, "a.xls").code is BreachCode.FILE_ENCRYPTED
    locked.write_bytes(flagged_as_encrypted(good.read_bytes()))
    assert refusal(locked).code is BreachCode.FILE_ENCRYPTED


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", BreachCode.DELIVERY_EMPTY),
        (b" \r\n\t", BreachCode.DELIVERY_EMPTY),
        (b"%PDF-1.7\n...", BreachCode.FORMAT_UNKNOWN),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, BreachCode.FORMAT_UNKNOWN),
        (b"Rar!\x1a\x07", BreachCode.FORMAT_UNKNOWN),
        (b"{\\rtf1 x}", BreachCode.FORMAT_UNKNOWN),
        (b"\x7fELF" + b"\0\1\2" * 100, BreachCode.FORMAT_UNKNOWN),
        (b"PK\x03\x04 not a zip at all", BreachCode.FILE_UNREADABLE),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, BreachCode.FILE_UNREADABLE),
        (b"<html><body>please log in</body></html>", BreachCode.FILE_UNREADABLE),
        (b"<?xml version='1.0'?><rss/>", BreachCode.FORMAT_UNKNOWN),
        ("姓名,身份证号码\n张三,5299\x00\n".encode(), BreachCode.FORMAT_UNKNOWN),
        (b"a,b\n" * 20_000 + b"\0", BreachCode.FILE_UNREADABLE),
        ("这里什么都没有".encode(), BreachCode.HEADER_NOT_FOUND),
        (b"," * 3_000_000, BreachCode.READER_LIMIT),
        (b"x" * 6_000_000, BreachCode.READER_LIMIT),
        (b"PAR1 no parquet", BreachCode.FORMAT_NOT_AGREED),
    ],
)
def test_what_is_no_ledger_is_refused(tmp_path: Path, content: bytes, code: BreachCode) -> None:
    path = tmp_path / "a"
    path.write_bytes(content)
    assert refusal(path).code is code


def test_a_text_file_that_takes_too_long_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every row below the records may be a header again, with texts that were never seen."""
    rows = [HEADER, *(record(number) for number in range(300))]
    rows += [[*HEADER, *(f"{line}字{at}" for at in range(100))] for line in range(100)]
    text = "\n".join(",".join(map(str, row)) for row in rows)
    (tmp_path / "a").write_text(text, encoding="utf-8")
    monkeypatch.setattr(delimited, "PROCESSOR_SECONDS", 0.2)
    assert refusal(tmp_path / "a").code is BreachCode.READER_LIMIT


def test_other_kinds_of_zip_are_named(tmp_path: Path) -> None:
    for names, code in (
        (["word/document.xml"], BreachCode.FORMAT_UNKNOWN),
        (["a.csv"], BreachCode.FORMAT_UNKNOWN),
        (["xl/workbook.bin"], BreachCode.FORMAT_NOT_AGREED),
        (["mimetype", "content.xml"], BreachCode.FORMAT_NOT_AGREED),
    ):
        with zipfile.ZipFile(tmp_path / "a", "w") as package:
            for name in names:
                package.writestr(name, "x")
        assert refusal(tmp_path / "a").code is code


def test_spans_of_web_tables_cannot_exhaust_memory(tmp_path: Path) -> None:
    header = "".join(f"<th>{text}</th>" for text in HEADER)
    row = "".join(f"<td colspan=99999999 rowspan=99999999>{cell}</td>" for cell in record())
    path = tmp_path / "a"
    path.write_text(f"<table><tr>{header}</tr>{f'<tr>{row}</tr>' * 50}</table>", encoding="utf-8")
    assert refusal(path).code is BreachCode.READER_LIMIT
    path.write_text("<table><tr><td>" * 20_000, encoding="utf-8")
    refusal(path)
    entity = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]>'
    path.write_text(f'{entity}<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>')
    assert refusal(path).code is BreachCode.FILE_UNREADABLE


def test_macros_are_ignored_and_reported(good: Path) -> None:
    path = changed(good, {}, {"xl/vbaProject.bin": b"macro"})
    assert "macros were ignored" in read(path, LEDGER, "a.xlsm").notes


def test_names_cells_and_headers_are_data(tmp_path: Path) -> None:
    name = "h.csv'); copy (select 'pwned' x) to 'pwned.csv'; --.csv"
    book = openpyxl.Workbook()
    book.active.title = "x'); drop table"
    book.active.append([*HEADER, 'b" from read_csv("x"); --'])
    book.active.append([*record(1, "=cmd|' /C calc'!A0"), "x"])
    book.active.append([*record(2, "@SUM(1)"), "x"])
    book.save(tmp_path / "a")
    (table,) = read(tmp_path / "a", LEDGER, name).tables
    assert data(table, "person_name")[1] == "@SUM(1)"
    assert not (tmp_path / "pwned.csv").exists()


def test_error_texts_never_hold_a_header_that_is_a_number(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text(f"姓名,{ID},培训机构,培训工种\n", encoding="utf-8")
    refusal(path)


def test_a_child_gets_no_secret_and_writes_no_file(
    good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SKILLS_SECRET", "x" * 40)
    pool.POOL.close()
    read(good, LEDGER, "a")
    (child,) = pool.POOL._idle
    environment = Path(f"/proc/{child._process.pid}/environ").read_bytes()
    limits = Path(f"/proc/{child._process.pid}/limits").read_text()
    assert b"SKILLS" not in environment
    assert re.search(r"Max file size\s+0\s+0", limits)


def test_children_are_replaced_in_time_and_end_with_the_pool(
    good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "_FILES_PER_CHILD", 3)
    pool.POOL.close()
    read(good, LEDGER, "a")
    (first,) = pool.POOL._idle
    for _ in range(3):
        read(good, LEDGER, "a")
    (second,) = pool.POOL._idle
    assert first is not second
    assert first._process.poll() is not None
    pool.POOL.close()
    assert second._process.poll() is not None


def test_no_child_outlives_its_parent(good: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from ingestion.contract import load_contracts\n"
        "from ingestion.readers import pool, read\n"
        "read(Path(sys.argv[1]), load_contracts()['county/training_ledgers'], 'a')\n"
        "print(pool.POOL._idle[0]._process.pid, flush=True); os.kill(os.getpid(), 9)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, str(good)], stdout=subprocess.PIPE, check=False, text=True
    )
    child = int(ended.stdout)
    for _ in range(100):
        if not Path(f"/proc/{child}").exists() or _is_zombie(child):
            return
        time.sleep(0.05)
    os.kill(child, 9)
    pytest.fail("the child is still there")


def _is_zombie(process: int) -> bool:
    return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
