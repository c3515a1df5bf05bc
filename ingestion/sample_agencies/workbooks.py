"""Sheets of cells, written as the files that agencies send: xlsx, BIFF, HTML, delimited text.

A sheet is rows of plain values and a list of merged blocks. The module knows nothing of what
the cells mean, and writes the same bytes for the same sheets.
"""

from __future__ import annotations

import html
import io
import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final, Literal

import xlsxwriter
import xlwt
from xlsxwriter.worksheet import Worksheet

BookFormat = Literal["xlsx", "xls", "et", "html"]


@dataclass(frozen=True)
class Formula:
    """A formula with what was stored as its result; an empty text: it was never calculated."""

    text: str
    result: str = ""


Cell = str | int | float | date | Formula | None


@dataclass(frozen=True)
class Sheet:
    """Rows of cells; merged blocks as (first row, first column, last row, last column) from 0."""

    name: str
    rows: Sequence[Sequence[Cell]]
    merged: Sequence[tuple[int, int, int, int]] = ()
    is_hidden: bool = False


@dataclass(frozen=True)
class Text:
    """How delimited text is written."""

    encoding: str = "utf-8"
    separator: str = ","
    line_end: str = "\r\n"


_CREATED: Final = datetime(2023, 1, 1, 8, 0, tzinfo=UTC)


def xlsx_bytes(sheets: Sequence[Sheet], saved_at: datetime = _CREATED) -> bytes:
    """An Open XML workbook; `saved_at` is all that a re-saved copy differs in."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer,
        {"in_memory": True, "strings_to_numbers": False, "default_date_format": "yyyy/m/d"},
    )
    book.set_properties({"created": saved_at.replace(tzinfo=None), "comments": "sample data"})
    for sheet in sheets:
        target = book.add_worksheet(sheet.name)
        if sheet.is_hidden:
            target.hide()
        for row_no, row in enumerate(sheet.rows):
            for column_no, value in enumerate(row):
                if value is not None:
                    _write_xlsx_cell(target, row_no, column_no, value)
        for block in sheet.merged:
            top = sheet.rows[block[0]][block[1]]
            target.merge_range(*block, "" if top is None else top)
    book.close()
    return buffer.getvalue()


def _write_xlsx_cell(
    target: Worksheet, row: int, column: int, value: str | float | date | Formula
) -> None:
    match value:
        case str():
            target.write_string(row, column, value)
        case int() | float():
            target.write_number(row, column, value)
        case date():
            target.write_datetime(row, column, value)
        case Formula():
            target.write_formula(row, column, value.text, value=value.result)


def biff_bytes(sheets: Sequence[Sheet]) -> bytes:
    """A BIFF8 workbook, as old Excel (.xls) and WPS (.et) write it."""
    book = xlwt.Workbook(encoding="utf-8")
    day = xlwt.easyxf(num_format_str="yyyy/m/d")
    for sheet in sheets:
        target = book.add_sheet(sheet.name, cell_overwrite_ok=True)
        if sheet.is_hidden:
            target.visibility = 1
        for row_no, row in enumerate(sheet.rows):
            for column_no, value in enumerate(row):
                match value:
                    case None:
                        pass
                    case date():
                        target.write(row_no, column_no, value, day)
                    case Formula():
                        raise ValueError("this writer stores no formula without its result")
                    case _:
                        target.write(row_no, column_no, value)
        for first_row, first_column, last_row, last_column in sheet.merged:
            target.merge(first_row, last_row, first_column, last_column)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def html_bytes(sheet: Sheet, encoding: str) -> bytes:
    """The HTML table that web systems call a workbook."""
    spans = {(block[0], block[1]): block for block in sheet.merged}
    covered = {
        (row, column)
        for first_row, first_column, last_row, last_column in sheet.merged
        for row in range(first_row, last_row + 1)
        for column in range(first_column, last_column + 1)
    } - spans.keys()
    busy = {row for row, _ in covered | spans.keys()}
    lines = [
        f'<html><head><meta http-equiv="Content-Type" content="text/html; charset={encoding}">'
        "<style>td {mso-number-format:'\\@'}</style></head><body><table border=1>"
    ]
    for row_no, row in enumerate(sheet.rows):
        cells = [html.escape(_as_text(value), quote=False) for value in row]
        if row_no not in busy:
            lines.append("<tr><td>" + "</td><td>".join(cells) + "</td></tr>")
            continue
        written = []
        for column_no, text in enumerate(cells):
            if (row_no, column_no) in covered:
                continue
            span = ""
            if block := spans.get((row_no, column_no)):
                span = f' rowspan="{block[2] - row_no + 1}" colspan="{block[3] - column_no + 1}"'
            written.append(f"<td{span}>{text}</td>")
        lines.append("<tr>" + "".join(written) + "</tr>")
    lines.append("</table></body></html>")
    return "\n".join(lines).encode(encoding)


def text_bytes(rows: Sequence[Sequence[Cell]], text: Text) -> bytes:
    """Delimited text, one record a line; a cell that holds the separator is quoted."""
    lines = (
        text.separator.join([_quoted(_as_text(value), text.separator) for value in row])
        for row in rows
    )
    return (text.line_end.join(lines) + text.line_end).encode(text.encoding)


def book_bytes(sheets: Sequence[Sheet], kind: BookFormat, html_encoding: str = "utf-8") -> bytes:
    """A workbook of that format. An HTML one has a single sheet."""
    match kind:
        case "xlsx":
            return xlsx_bytes(sheets)
        case "xls" | "et":
            return biff_bytes(sheets)
        case "html":
            (sheet,) = sheets
            return html_bytes(sheet, html_encoding)


def encrypted_package() -> bytes:
    """What a password leaves of a workbook: an OLE file that holds an EncryptedPackage."""
    sector, free, end, special = 512, 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD

    def entry(name: str, kind: int, child: int, right: int, start: int, size: int) -> bytes:
        text = name.encode("utf-16-le")
        return struct.pack(
            "<64sHBBIIi16sIQQIQ",
            text,
            len(text) + 2 if name else 0,
            kind,
            1,
            free,
            right,
            child,
            b"",
            0,
            0,
            0,
            start,
            size,
        )

    header = struct.pack(
        "<8s16sHHHHHHIIIIIIIIII",
        bytes.fromhex("d0cf11e0a1b11ae1"), b"", 62, 3, 0xFFFE, 9, 6, 0, 0, 0, 1, 1, 0, 4096,
        end, 0, end, 0,
    ) + struct.pack("<109I", 0, *[free] * 108)  # fmt: skip
    chains = [special, end, *range(3, 10), end, *range(11, 18), end]
    table = struct.pack("<128I", *chains, *[free] * (128 - len(chains)))
    directory = (
        entry("Root Entry", 5, 1, free, end, 0)
        + entry("EncryptionInfo", 2, -1, 2, 2, 4096)
        + entry("EncryptedPackage", 2, -1, free, 10, 4096)
        + entry("", 0, -1, free, 0, 0)
    )
    return header + table + directory + bytes(range(256)) * (16 * sector // 256)


def header_rows(
    paths: Sequence[tuple[str, ...]], top: int
) -> tuple[list[list[Cell]], list[tuple[int, int, int, int]]]:
    """Header rows below row `top`: groups merge across, headers without a group merge down."""
    depth = max(len(path) for path in paths)
    rows: list[list[Cell]] = [[None] * len(paths) for _ in range(depth)]
    merged = []
    for column, path in enumerate(paths):
        for row, text in enumerate(path):
            group = path[: row + 1]
            is_leaf = row == len(path) - 1
            if not is_leaf and column and paths[column - 1][: row + 1] == group:
                continue
            rows[row][column] = text
            last_row, last_column = (depth - 1 if is_leaf else row), column
            while (
                not is_leaf
                and last_column + 1 < len(paths)
                and paths[last_column + 1][: row + 1] == group
            ):
                last_column += 1
            if (last_row, last_column) != (row, column):
                merged.append((top + row, column, top + last_row, last_column))
    return rows, merged


def put(path: Path, content: bytes, delivered_at: datetime) -> None:
    """Write a file that has lain there since `delivered_at`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    stamp = delivered_at.timestamp()
    os.utime(path, (stamp, stamp))


def _quoted(text: str, separator: str) -> str:
    return f'"{text}"' if separator in text else text


def _as_text(value: Cell) -> str:
    match value:
        case None:
            return ""
        case str():
            return value
        case float() if value.is_integer():
            return str(int(value))
        case date():
            return value.isoformat()
        case _:
            return str(value)
