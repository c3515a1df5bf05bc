"""A table for people and programs: terminal, CSV, JSON, workbook.

Text that a spreadsheet would take for a formula is written so that it stays text; numbers stay
numbers. This module formats and never computes.
"""

from __future__ import annotations

import csv
import io
import json
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final, Literal

import xlsxwriter
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from dagster_project.cli.options import OutputFormat, TextLanguage
from dagster_project.cli.terminal import FILE_WIDTH, harmless, people_console
from ingestion.printable import printable

Cell = str | int | float | Decimal | date | None

#: So many rows are read on a terminal, and fit a worksheet.
_ROWS_READ: Final = 50
_ROWS_KEPT: Final = 1_000_000
#: From this width on a terminal shows every column.
_WIDE: Final = 110
#: Line breaks and tabs within a cell.
_LAYOUT: Final = "\n\t"
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Heading:
    """A column: its name for programs, its titles for people."""

    name: str
    zh: str
    en: str
    #: How a number is shown to people: a format specification.
    shown_as: str = ""
    #: Never broken over lines.
    whole: bool = False
    #: Left out where the terminal is narrow.
    only_wide: bool = False

    def title(self, language: TextLanguage) -> str:
        """Chinese with English beside, or English alone."""
        return self.en if language is TextLanguage.EN else f"{self.zh} {self.en}"


@dataclass(frozen=True)
class Sheet:
    """A table with a title and a notice that must go wherever the table goes.

    Control characters in its texts are shown as escapes, so that no name that somebody gave to a
    file or a sheet reaches a reader's terminal as a command. Where rows are left out, the notice
    says so.
    """

    title: str
    notice: str
    headings: tuple[Heading, ...]
    rows: tuple[tuple[Cell, ...], ...]
    #: How many more rows there are.
    left_out: int = 0

    def __post_init__(self) -> None:
        notice = self.notice
        if self.left_out:
            shown, there_are = len(self.rows), len(self.rows) + self.left_out
            notice = (
                f"{notice} · 共 {there_are:,} 行，只列出 {shown:,} 行，更多用 --last "
                f"/ {shown:,} of {there_are:,} rows; --last lists more"
            )
        object.__setattr__(self, "title", printable(self.title, _LAYOUT))
        object.__setattr__(self, "notice", printable(notice, _LAYOUT))
        rows = tuple(
            tuple(printable(cell, _LAYOUT) if isinstance(cell, str) else cell for cell in row)
            for row in self.rows
        )
        object.__setattr__(self, "rows", rows)


def most_rows(asked: int | None, output_format: OutputFormat, output: Path | None) -> int:
    """How many rows of a long table to write: as asked, else few to a terminal, all to a file.

    A workbook never has more than its worksheet holds.
    """
    to_terminal = output_format is OutputFormat.TABLE and output is None
    wanted = asked or (_ROWS_READ if to_terminal else _ROWS_KEPT)
    return min(wanted, _ROWS_KEPT) if output_format is OutputFormat.XLSX else wanted


def write_sheet(
    sheet: Sheet, output_format: OutputFormat, output: Path | None, language: TextLanguage
) -> None:
    """Write to the file, or to standard output; a workbook without a file is named by itself."""
    if output_format is OutputFormat.XLSX:
        path = output or Path("skills.xlsx")
        write_workbook(sheet, path, language)
        if output is None:
            sys.stdout.write(f"{path}\n")
    elif output is not None:
        # CSV with its mark, so that Excel reads the text as UTF-8.
        encoding = "utf-8-sig" if output_format is OutputFormat.CSV else "utf-8"
        output.write_text(_text(sheet, output_format, language), encoding=encoding)
    elif output_format is OutputFormat.TABLE:
        show(sheet, people_console(), language)
    else:
        sys.stdout.write(_text(sheet, output_format, language))


def _text(
    sheet: Sheet,
    output_format: Literal[OutputFormat.TABLE, OutputFormat.CSV, OutputFormat.JSON],
    language: TextLanguage,
) -> str:
    match output_format:
        case OutputFormat.CSV:
            return to_csv(sheet)
        case OutputFormat.JSON:
            return to_json(sheet)
        case OutputFormat.TABLE:
            drawn = io.StringIO()
            show(sheet, harmless(Console(file=drawn, width=FILE_WIDTH)), language)
            return drawn.getvalue()


def show(sheet: Sheet, console: Console, language: TextLanguage) -> None:
    """Draw the table in a terminal."""
    table = Table(
        title=escape(sheet.title),
        caption=escape(sheet.notice),
        box=box.SIMPLE_HEAD,
        title_justify="left",
        caption_justify="left",
        pad_edge=False,
        collapse_padding=True,
    )
    places = [
        place
        for place, heading in enumerate(sheet.headings)
        if console.width >= _WIDE or not heading.only_wide
    ]
    for place in places:
        heading = sheet.headings[place]
        table.add_column(
            heading.title(language).replace(" ", "\n", 1),
            justify="right" if heading.shown_as else "left",
            no_wrap=heading.whole or bool(heading.shown_as),
            overflow="fold",
        )
    for row in sheet.rows:
        shown = _shown(sheet.headings, row)
        table.add_row(*(escape(shown[place]) for place in places))
    console.print(table)


def to_csv(sheet: Sheet) -> str:
    """Comma-separated, a header of column names, the notice as a last column of every row."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*(heading.name for heading in sheet.headings), "notice"])
    for row in sheet.rows:
        writer.writerow([_defused(cell) for cell in (*row, sheet.notice)])
    return text.getvalue()


def to_json(sheet: Sheet) -> str:
    """An object with title, notice and rows by column name."""
    names = [heading.name for heading in sheet.headings]
    content = {
        "title": sheet.title,
        "notice": sheet.notice,
        "rows": [dict(zip(names, map(_json_value, row), strict=True)) for row in sheet.rows],
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def write_workbook(sheet: Sheet, path: Path, language: TextLanguage) -> None:
    """An ``.xlsx`` file: notice, header, rows. No cell holds a formula or a link."""
    with xlsxwriter.Workbook(path, {"in_memory": True}) as workbook:
        bold = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        day = workbook.add_format({"num_format": "yyyy-mm-dd"})
        page = workbook.add_worksheet("skills")
        page.write_string(0, 0, sheet.title, bold)
        page.write_string(1, 0, sheet.notice)
        for column, heading in enumerate(sheet.headings):
            page.write_string(3, column, heading.title(language), bold)
        for number, row in enumerate(sheet.rows, start=4):
            for column, cell in enumerate(row):
                match cell:
                    case None:
                        pass
                    case str():
                        page.write_string(number, column, cell)
                    case date():
                        page.write_datetime(number, column, cell, day)
                    case _:
                        page.write_number(number, column, float(cell))
        page.freeze_panes(4, 0)
        page.autofit()


def _shown(headings: Sequence[Heading], row: Iterable[Cell]) -> list[str]:
    return [
        "" if cell is None else format(cell, heading.shown_as) if heading.shown_as else str(cell)
        for heading, cell in zip(headings, row, strict=True)
    ]


def _defused(cell: Cell) -> Cell:
    """Text that a spreadsheet keeps as text.

    A spreadsheet takes off blanks before it looks for a formula, and reads full-width signs too.
    """
    if not isinstance(cell, str):
        return cell
    is_formula = unicodedata.normalize("NFKC", cell).lstrip().startswith(_FORMULA_STARTS)
    return f"'{cell}" if is_formula or cell.startswith(_FORMULA_STARTS) else cell


def _json_value(cell: Cell) -> str | int | float | None:
    match cell:
        case Decimal():
            return float(cell)
        case date():
            return cell.isoformat()
        case _:
            return cell
