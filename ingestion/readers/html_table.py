"""Tables in HTML, as web systems export them under the name .xls. Runs in a child process.

All tables of the page stand below each other in one sheet, as a spreadsheet program shows
them, with the headings between. Every cell is text unless it says that it is a number. Refuses
pages without a table; hidden rows are left out and reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from lxml import etree, html

from ingestion.readers.cell_text import plain_number, text_of
from ingestion.readers.grid import Line, Merge, Sheet
from ingestion.reasons import Breach, BreachCode

_MAX_COLUMNS: Final = 16_384
_MAX_CELLS: Final = 20_000_000
_MAX_SPAN: Final = 1_048_576
#: The last row that begins, and what must come after it in a whole page; unless it closes nothing.
_LAST_ROW = re.compile(r".*<tr\b(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
_END = re.compile(r"</(?:table|body|html)\b", re.IGNORECASE)
_CLOSES = re.compile(r"</t[rdh]\b", re.IGNORECASE)
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_HEADINGS: Final = frozenset(
    {"h1", "h2", "h3", "h4", "h5", "h6", "p", "div", "caption", "center", "span"}
)
_BREAKS: Final = frozenset({"br", "p", "div", "li"})
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?(E[+-]?[0-9]+)?", re.IGNORECASE)


def read_html(text: str, notes: list[str]) -> Iterator[Sheet]:
    """One sheet with all tables of the page. Raises Breach when there is none or it is cut off."""
    last = _LAST_ROW.match(text)
    if last and _CLOSES.search(text) and not _END.search(last["rest"]):
        raise _cut_off()
    try:
        root = html.document_fromstring(text, parser=html.HTMLParser(huge_tree=False))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        raise _no_table() from None
    etree.strip_elements(root, "script", "style", "head", "noscript", with_tail=False)
    page = _Page()
    page.walk(root)
    if not page.tables:
        raise _no_table()
    if page.hidden:
        notes.append(f"{page.hidden} hidden rows were left out")
    yield Sheet("", page.lines, tuple(page.merges))


@dataclass
class _Page:
    """Lines and merges gathered while walking down the page."""

    lines: list[Line] = field(default_factory=list)
    merges: list[Merge] = field(default_factory=list)
    tables: int = 0
    hidden: int = 0
    cells: int = 0

    def walk(self, root: html.HtmlElement) -> None:
        """Headings and tables in document order; of nested tables the innermost with rows."""
        pending = [root]
        while pending:
            element = pending.pop()
            if not isinstance(element.tag, str):
                continue
            if element.tag == "table" and not _holds_tables(element):
                self._table(element)
            elif element.tag in _HEADINGS and element.find(".//table") is None:
                self._heading(element)
            else:
                pending += reversed(element)

    def _heading(self, element: html.HtmlElement) -> None:
        if (text := text_of(_text(element))) and not _is_hidden(element):
            self.lines.append(Line(len(self.lines) + 1, [text], "t"))

    def _table(self, table: html.HtmlElement) -> None:
        self.tables += 1
        reach: dict[int, int] = {}
        for caption in table.iter("caption"):
            self._heading(caption)
        for row in _own_rows(table):
            if _is_hidden(row) or _is_hidden(table):
                self.hidden += 1
                continue
            self._row(row, reach)

    def _row(self, row: html.HtmlElement, reach: dict[int, int]) -> None:
        """One row; ``reach`` says down to which row a column is taken by a cell above."""
        number = len(self.lines) + 1
        cells: list[str] = []
        kinds: list[str] = []
        column = 0
        for cell in row.iterchildren("td", "th"):
            while reach.get(column, 0) >= number:
                column += 1
            across, down = _span(cell, "colspan"), _span(cell, "rowspan")
            across = min(across, _MAX_COLUMNS - column)
            if across < 1:
                raise _too_large()
            missing = column - len(cells)
            cells += [""] * missing
            kinds += [" "] * missing
            text, kind = _cell(cell)
            cells.append(text)
            kinds.append(kind)
            if across > 1 or down > 1:
                self.merges.append(Merge(number, column, number + down - 1, column + across - 1))
                reach |= dict.fromkeys(range(column, column + across), number + down - 1)
            column += across
        self.cells += len(cells)
        if self.cells > _MAX_CELLS:
            raise _too_large()
        self.lines.append(Line(number, cells, "".join(kinds)))


def _holds_tables(table: html.HtmlElement) -> bool:
    """Whether a table within has rows; one of a single row only sets out a cell."""
    return any(len(_own_rows(inner)) > 1 for inner in table.iterdescendants("table"))


def _own_rows(table: html.HtmlElement) -> list[html.HtmlElement]:
    return [row for row in table.iter("tr") if next(row.iterancestors("table"), None) is table]


def _cell(cell: html.HtmlElement) -> tuple[str, str]:
    if (number := cell.get("x:num")) and _NUMBER.fullmatch(number):
        return plain_number(number), "n"
    text = text_of(_text(cell))
    return text, "t" if text else " "


def _text(element: html.HtmlElement) -> str:
    parts = [element.text or ""]
    for child in element.iterdescendants():
        if isinstance(child.tag, str):
            parts += ["\n" if child.tag in _BREAKS else "", child.text or ""]
        parts.append(child.tail or "")
    return "".join(parts)


def _span(cell: html.HtmlElement, name: str) -> int:
    value = (cell.get(name) or "1").strip()
    return min(max(int(value), 1), _MAX_SPAN) if value.isascii() and value.isdigit() else 1


def _is_hidden(element: html.HtmlElement) -> bool:
    return _HIDDEN.search(element.get("style") or "") is not None


def _no_table() -> Breach:
    return Breach(
        BreachCode.FILE_UNREADABLE, "", "a web page without a table; export the ledger again"
    )


def _cut_off() -> Breach:
    return Breach(
        BreachCode.FILE_UNREADABLE, "", "the web page ends within its table; export it again"
    )


def _too_large() -> Breach:
    return Breach(BreachCode.READER_LIMIT, "", "the table has more cells than a ledger can have")
