"""What leaves the command line is text where it was text, and never a live formula."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest

from dagster_project.cli.names import UnknownNameError, code_of
from dagster_project.cli.options import OutputFormat, TextLanguage
from dagster_project.cli.output import Heading, Sheet, to_csv, to_json, write_sheet

HOSTILE = [
    "=cmd|'/C calc'!A0",
    '=HYPERLINK("http://evil.example","x")',
    "+1+1",
    "-2",
    "@SUM(A1)",
    "\t=1",
    "http://evil.example",
]
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
    cells = [row[0].value for row in openpyxl.load_workbook(path).active.iter_rows(min_row=5)]
    assert cells == [*HOSTILE, "仁怀市"]


def test_numbers_and_dates_of_a_workbook_stay_numbers_and_dates(tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    sheet = Sheet("t", "n", SHEET.headings, ((date(2025, 6, 30), 3),))
    write_sheet(sheet, OutputFormat.XLSX, path, TextLanguage.EN)
    day, value = next(openpyxl.load_workbook(path).active.iter_rows(min_row=5, values_only=True))
    assert (day.date(), value) == (date(2025, 6, 30), 3)


def test_csv_text_that_looks_like_a_formula_is_defused_and_numbers_are_not() -> None:
    rows = list(csv.reader(io.StringIO(to_csv(SHEET))))
    assert rows[0] == ["name", "value", "notice"]
    assert all(row[0].startswith("'") for row in rows[1:7])
    minus = Sheet("t", "n", SHEET.headings, (("a", -2),))
    assert "-2" in to_csv(minus)
    assert "'-2" not in to_csv(minus)


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


@pytest.mark.parametrize("text", ["仁怀", " 仁怀市 ", "520382", "５２０３８２", "renhuai"])
def test_a_county_is_found_by_name_alias_or_code(text: str) -> None:
    assert code_of("area", text) == "520382"


@pytest.mark.parametrize("text", ["liquor", "酱酒", "白酒", "Sauce-aroma liquor"])
def test_an_industry_is_found_by_name_alias_or_code(text: str) -> None:
    assert code_of("industry", text) == "liquor"


def test_an_unknown_name_is_answered_with_those_that_exist() -> None:
    with pytest.raises(UnknownNameError, match="520382 仁怀市"):
        code_of("area", "仁环")
