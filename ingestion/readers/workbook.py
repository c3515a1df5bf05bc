"""Workbooks (.xlsx, .xls, WPS .et) → sheets. Runs in a child process only, see ``worker``.

Macros are never run and hidden sheets never read. Refuses workbooks with a password.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import python_calamine

from ingestion.readers import ole, xlsx_parts
from ingestion.readers.grid import Merge, Sheet
from ingestion.readers.headers import printable
from ingestion.readers.row_blocks import Marks, RowBlocks
from ingestion.reasons import Breach, BreachCode

_VISIBLE: Final = python_calamine.SheetVisibleEnum.Visible
_WORKSHEET: Final = python_calamine.SheetTypeEnum.WorkSheet
#: More columns than the old format knows are damage.
_XLS_COLUMNS: Final = 256
_MAX_MERGES: Final = 200_000
_WORKBOOK_STREAMS: Final = ("Workbook", "WORKBOOK", "Book", "BOOK")


def read_xlsx(path: Path, notes: list[str]) -> Iterator[Sheet]:
    """The visible sheets of an .xlsx or .xlsm.

    While the library reads a long sheet, which takes no turn of Python's, it is looked through.
    """
    with (
        _open(path) as workbook,
        xlsx_parts.opened(path) as package,
        ThreadPoolExecutor(1) as beside,
    ):
        visible = _visible(workbook, notes)
        if package.has_macros:
            notes.append("macros were ignored")
        for name in visible:
            reading = package.is_long(name) and beside.submit(workbook.get_sheet_by_name, name)
            part = package.scan(name)
            if part.hidden_rows:
                notes.append(
                    f"{part.hidden_rows} hidden rows of sheet '{printable(name)}' were read"
                )
            sheet = reading.result() if reading else workbook.get_sheet_by_name(name)
            yield _sheet(sheet, name, part.marks, is_1904=package.date_1904)


def read_xls(path: Path, notes: list[str]) -> Iterator[Sheet]:
    """The visible sheets of an OLE2 workbook: .xls or .et."""
    container = ole.open_container(path.read_bytes())
    if "EncryptedPackage" in container.streams:
        raise Breach(
            BreachCode.FILE_ENCRYPTED, "", "the workbook has a password; send it without one"
        )
    stream = next((name for name in _WORKBOOK_STREAMS if name in container.streams), None)
    if stream is None:
        raise Breach(
            BreachCode.FORMAT_UNKNOWN, "", "an office document, but no workbook; send it as .xlsx"
        )
    facts = ole.biff_facts(container.stream(stream))
    with _open(path) as workbook:
        visible = _visible(workbook, notes)
        for name in visible:
            at = workbook.sheet_names.index(name)
            marks = facts.marks[at] if at < len(facts.marks) else {}
            sheet = workbook.get_sheet_by_name(name)
            if sheet.total_width > _XLS_COLUMNS:
                raise ole.damaged()
            yield _sheet(sheet, name, marks, is_1904=facts.date_1904)


def _open(path: Path) -> python_calamine.CalamineWorkbook:
    try:
        with path.open("rb") as file:  # by a path, its name would say which format it is
            return python_calamine.CalamineWorkbook.from_filelike(file)
    except python_calamine.PasswordError:
        raise Breach(
            BreachCode.FILE_ENCRYPTED, "", "the workbook has a password; send it without one"
        ) from None


def _visible(workbook: python_calamine.CalamineWorkbook, notes: list[str]) -> list[str]:
    sheets = [sheet for sheet in workbook.sheets_metadata if sheet.typ == _WORKSHEET]
    notes += [
        f"hidden sheet '{printable(sheet.name)}' skipped"
        for sheet in sheets
        if sheet.visible != _VISIBLE
    ]
    return [sheet.name for sheet in sheets if sheet.visible == _VISIBLE]


def _sheet(
    sheet: python_calamine.CalamineSheet, name: str, marks: Marks, *, is_1904: bool
) -> Sheet:
    if sheet.start is None:
        return Sheet(name, RowBlocks((), marks=marks))
    if sheet.total_height * sheet.total_width > xlsx_parts.MAX_CELLS:
        raise xlsx_parts.too_far_out()
    ranges = sheet.merged_cell_ranges or []
    if len(ranges) > _MAX_MERGES:
        raise Breach(
            BreachCode.READER_LIMIT, f"sheet '{printable(name)}'", "too many merged cells; unmerge"
        )
    merges = tuple(
        Merge(top + 1, left, bottom + 1, right) for (top, left), (bottom, right) in ranges
    )
    blocks = RowBlocks(sheet.iter_rows(), left=sheet.start[1], marks=marks, merges=merges)
    return Sheet(name, blocks, merges, is_1904)
