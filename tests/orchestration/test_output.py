"""What leaves the command line is text where it was text, and never a live formula."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final
from zipfile import ZipFile

import openpyxl
import pytest
from rich.console import Console
from rich.markup import escape

from dagster_project.cli.check import try_delivery
from dagster_project.cli.names import UnknownNameError, code_of
from dagster_project.cli.options import OutputFormat, TextLanguage
from dagster_project.cli.output import (
    Heading,
    Sheet,
    most_rows,
    show,
    to_csv,
    to_json,
    write_sheet,
)
from dagster_project.cli.terminal import TerminalProgress, harmless, people_console
from ingestion.printable import printable

HOSTILE = [
    "=cmd|'/C calc'!A0",
    '=HYPERLINK("http://evil.example","x")',
    "+1+1",
    "-2",
    "@SUM(A1)",
    "\t=1",
    " =1+1",
    "\u00a0@SUM(A1)",
    "\r\n-1",
    "＝1+1",
    "http://evil.example",
]
#: What a file or a sheet may be called: colours, a cleared screen, a title of the window, a bell,
#: one-byte control codes, text turned around, markup of our own tables.
ESCAPES: Final = [
    "\x1b[31mred\x1b[0m",
    "\x1b[2J\x1b[H",
    "\x1b]0;title\x07",
    "\x07\x08\x7f",
    "\x9b31m",
    "gnp\u202exslx",
    "zero\u200bwidth",
    "[bold]x[/]",
    "[/nonsense]",
    "[link=http://evil.example]x[/link]",
    "over\rwritten",
]
LEDGER: Final = (
    "姓名,身份证号码,培训机构,培训工种,开班时间,结业时间,考核结果\n"
    "样例,529999199003074510,样例学校,茶艺师,2024-03-04,2024-03-22,合格\n"
    "样例,529999199003074512,样例学校,茶艺师,2024-03-04,2024-03-22,合格\n"
)
#: What no output may hold, beside line breaks.
UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e]")
SHEET = Sheet(
    "成绩单 Scorecard",
    "样例数据 / sample data",
    (Heading("name", "名称", "Name"), Heading("value", "值", "Value", ",.1f")),
    (*((text, 1.5) for text in HOSTILE), ("仁怀市", None)),
)


def test_a_workbook_holds_no_formula_and_no_link(tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    write_sheet(SHEET, OutputFormat.XLSX, path, TextLanguage.ZH)
    with ZipFile(path) as archive:
        page = archive.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in page
    assert b"hyperlink" not in page
    cells = [row[0] for row in openpyxl.load_workbook(path).active.iter_rows(min_row=5)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.value for cell in cells] == [
        *(text.replace("\r", "\\r") for text in HOSTILE),
        "仁怀市",
    ]


def test_numbers_and_dates_of_a_workbook_stay_numbers_and_dates(tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    sheet = Sheet("t", "n", SHEET.headings, ((date(2025, 6, 30), 3),))
    write_sheet(sheet, OutputFormat.XLSX, path, TextLanguage.EN)
    day, value = next(openpyxl.load_workbook(path).active.iter_rows(min_row=5, values_only=True))
    assert (day.date(), value) == (date(2025, 6, 30), 3)


def test_csv_text_that_looks_like_a_formula_is_defused_and_numbers_are_not() -> None:
    rows = list(csv.reader(io.StringIO(to_csv(SHEET))))
    assert rows[0] == ["name", "value", "notice"]
    shown = [row[0] for row in rows[1 : len(HOSTILE)]]
    assert all(text.startswith(("'", "\\r")) for text in shown)
    minus = Sheet("t", "n", SHEET.headings, (("a", -2),))
    assert "-2" in to_csv(minus)
    assert "'-2" not in to_csv(minus)


@pytest.mark.parametrize("text", ESCAPES)
@pytest.mark.parametrize("output_format", OutputFormat)
def test_no_form_passes_on_control_characters(
    output_format: OutputFormat, text: str, tmp_path: Path
) -> None:
    sheet = Sheet(f"of {text}", f"notice {text}", SHEET.headings, ((text, 1.5),))
    path = tmp_path / "out"
    write_sheet(sheet, output_format, path, TextLanguage.ZH)
    if output_format is OutputFormat.XLSX:
        with ZipFile(path) as archive:
            written = "".join(archive.read(name).decode() for name in archive.namelist())
        assert UNPRINTABLE.search(written.replace("\r\n", "\n")) is None
    else:
        assert UNPRINTABLE.search(path.read_text(encoding="utf-8-sig")) is None


@pytest.mark.parametrize("text", ESCAPES)
def test_the_terminal_gets_no_control_character_but_its_own(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "4000")
    terminal = io.StringIO()
    monkeypatch.setattr("sys.stdout", terminal)
    console = people_console()
    show(Sheet(text, text, SHEET.headings, ((text, 1.5),)), console, TextLanguage.ZH)
    console.print(text, markup=False)
    console.print(f"[bold]{escape(text)}[/]")
    with TerminalProgress(console).shown():
        console.print(escape(text))
    said = terminal.getvalue()
    assert UNPRINTABLE.search(said) is None
    # Title, notice and cell lose nothing: what was there can still be told.
    assert said.count(printable(text)) >= 3


@pytest.mark.parametrize("output_format", [OutputFormat.TABLE, OutputFormat.CSV, OutputFormat.JSON])
@pytest.mark.parametrize("content", ["nothing of use", LEDGER], ids=["refused", "taken"])
def test_the_name_of_a_file_that_is_tried_does_no_harm(
    content: str, output_format: OutputFormat, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "仁怀市2024年1-6月 \x1b[2J\u202e[red] 13800000000 \udcff.csv"
    file = tmp_path / name
    file.write_text(content, encoding="utf-8")
    try_delivery(file, "county/training_ledgers", output_format, None, TextLanguage.ZH)
    told = capsys.readouterr()
    said = told.out + told.err
    assert UNPRINTABLE.search(said) is None
    assert r"\x1b[2J\u202e[red]" in said
    assert "13800000000" not in said


def test_the_terminal_keeps_its_own_colours() -> None:
    terminal = io.StringIO()
    console = harmless(Console(file=terminal, force_terminal=True, color_system="standard"))
    console.print("[red]✗[/] \x1b[32mgreen", highlight=False)
    assert terminal.getvalue() == "\x1b[31m✗\x1b[0m \\x1b[32mgreen\n"


def test_every_form_carries_the_notice(tmp_path: Path) -> None:
    assert json.loads(to_json(SHEET))["notice"] == SHEET.notice
    assert all(row[-1] == SHEET.notice for row in list(csv.reader(io.StringIO(to_csv(SHEET))))[1:])
    for output_format in OutputFormat:
        path = tmp_path / f"out.{output_format}"
        write_sheet(SHEET, output_format, path, TextLanguage.EN)
        if output_format is OutputFormat.XLSX:
            assert openpyxl.load_workbook(path).active["A2"].value == SHEET.notice
        else:
            assert "sample data" in path.read_text(encoding="utf-8")


def test_every_form_says_how_many_rows_there_are_when_some_are_left_out(tmp_path: Path) -> None:
    cut = replace(SHEET, left_out=1_234)
    there_are = f"{len(SHEET.rows) + 1_234:,}"
    for output_format in (OutputFormat.TABLE, OutputFormat.CSV, OutputFormat.JSON):
        path = tmp_path / output_format
        write_sheet(cut, output_format, path, TextLanguage.ZH)
        assert f"of {there_are} rows" in path.read_text("utf-8")
    write_sheet(cut, OutputFormat.XLSX, tmp_path / "x.xlsx", TextLanguage.ZH)
    page = openpyxl.load_workbook(tmp_path / "x.xlsx").active
    assert f"共 {there_are} 行" in page.cell(2, 1).value


def test_a_terminal_gets_few_rows_a_file_all_and_both_what_was_asked_for() -> None:
    assert most_rows(None, OutputFormat.TABLE, None) < 100
    assert most_rows(None, OutputFormat.TABLE, Path("a.txt")) == 1_000_000
    assert most_rows(None, OutputFormat.CSV, None) == 1_000_000
    assert most_rows(7, OutputFormat.TABLE, None) == most_rows(7, OutputFormat.CSV, None) == 7
    assert most_rows(2_000_000, OutputFormat.CSV, None) == 2_000_000
    assert most_rows(2_000_000, OutputFormat.XLSX, Path("a.xlsx")) == 1_000_000


@pytest.mark.parametrize("text", ["仁怀", " 仁怀市 ", "520382", "５２０３８２", "renhuai"])
def test_a_county_is_found_by_name_alias_or_code(text: str) -> None:
    assert code_of("area", text) == "520382"


@pytest.mark.parametrize("text", ["liquor", "酱酒", "白酒", "Sauce-aroma liquor"])
def test_an_industry_is_found_by_name_alias_or_code(text: str) -> None:
    assert code_of("industry", text) == "liquor"


def test_an_unknown_name_is_answered_with_those_that_exist() -> None:
    with pytest.raises(UnknownNameError, match="520382 仁怀市"):
        code_of("area", "仁环")
