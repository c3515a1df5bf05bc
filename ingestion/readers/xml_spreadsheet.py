"""Workbooks in the XML format of 2003, as some systems export them under the name .xls.

Runs in a child process. Refuses documents that declare entities, and never fetches anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lxml import etree

from ingestion.readers.cell_text import plain_number, text_of
from ingestion.readers.grid import Line, Merge, Sheet
from ingestion.readers.headers import printable
from ingestion.reasons import Breach, BreachCode

NAMESPACE: Final = "urn:schemas-microsoft-com:office:spreadsheet"
_S: Final = f"{{{NAMESPACE}}}"
_X: Final = "{urn:schemas-microsoft-com:office:excel}"
_MAX_COLUMNS: Final = 16_384
_MAX_ROWS: Final = 1_048_576


def read_xml(content: bytes, notes: list[str]) -> Iterator[Sheet]:
    """The visible sheets. Raises Breach when the document is damaged."""
    if b"<!ENTITY" in content or b"<!DOCTYPE" in content:
        raise _damaged()
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        raise _damaged() from None
    for worksheet in root.iter(f"{_S}Worksheet"):
        name = worksheet.get(f"{_S}Name") or ""
        visible = worksheet.findtext(f"{_X}WorksheetOptions/{_X}Visible") or "SheetVisible"
        if visible != "SheetVisible":
            notes.append(f"hidden sheet '{printable(name)}' skipped")
            continue
        merges: list[Merge] = []
        lines = list(_lines(worksheet, merges))
        yield Sheet(name, lines, tuple(merges), root.find(f".//{_X}Date1904") is not None)


def _lines(worksheet: etree._Element, merges: list[Merge]) -> Iterator[Line]:
    number = 0
    for row in worksheet.iterfind(f"{_S}Table/{_S}Row"):
        number = _index(row, number + 1, _MAX_ROWS)
        cells: list[str] = []
        kinds: list[str] = []
        column = -1
        for cell in row.iterfind(f"{_S}Cell"):
            column = _index(cell, column + 2, _MAX_COLUMNS) - 1
            missing = column - len(cells)
            text, kind = _cell(cell)
            cells += [*[""] * missing, text]
            kinds += [*[" "] * missing, kind]
            across, down = _count(cell, "MergeAcross"), _count(cell, "MergeDown")
            if across or down:
                merges.append(Merge(number, column, number + down, column + across))
                cells += [""] * min(across, _MAX_COLUMNS - column)
                kinds += [" "] * min(across, _MAX_COLUMNS - column)
                column += min(across, _MAX_COLUMNS - column)
        yield Line(number, cells, "".join(kinds))


def _cell(cell: etree._Element) -> tuple[str, str]:
    data = cell.find(f"{_S}Data")
    if data is None:
        return "", "f" if cell.get(f"{_S}Formula") else " "
    raw = "".join(data.itertext())
    match data.get(f"{_S}Type"):
        case "Number":
            try:
                return plain_number(raw.strip()), "n"
            except ArithmeticError:
                raise _damaged() from None
        case "DateTime":
            day, _, clock = raw.strip().partition("T")
            midnight = clock.startswith("00:00:00")
            return (day if midnight else f"{day} {clock[:8]}"), "d"
        case "Boolean":
            return ("true" if raw.strip() == "1" else "false"), "b"
        case "Error":
            return "", "e"
        case _:
            text = text_of(raw)
            return text, "t" if text else " "


def _index(element: etree._Element, following: int, most: int) -> int:
    """The 1-based index that the element states, else the following one."""
    index = _count(element, "Index") or following
    if index > most or index < following:
        raise _damaged()
    return index


def _count(element: etree._Element, name: str) -> int:
    value = element.get(f"{_S}{name}") or "0"
    return min(int(value), _MAX_ROWS) if value.isascii() and value.isdigit() else 0


def _damaged() -> Breach:
    return Breach(
        BreachCode.FILE_UNREADABLE, "", "the workbook is damaged or cut off; save and send it again"
    )
