"""A sheet's lines → tables: header found, columns mapped, rows told apart.

Streams: only the lines in which a header is looked for are held at once. Refuses a sheet
whose header lacks a required column or is ambiguous, and a unit of money that is neither 元
nor 万元; a sheet without anything like the header is only reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ingestion.cells import MoneyUnit
from ingestion.contract import AMOUNT_TYPES, FeedContract
from ingestion.readers.grid import Line, Merge, Peekable, Sheet
from ingestion.readers.headers import HeaderMatcher, printable, unknown_columns
from ingestion.readers.layout import HEAD_LINES, Header, HeaderMap, find_header, nearest_header
from ingestion.readers.plain_rows import PlainRows
from ingestion.readers.reading import MONEY_UNITS, SheetTable, TitleFacts
from ingestion.readers.row_blocks import PlainRun, RowBlocks
from ingestion.readers.row_kinds import TableShape, skip_reason
from ingestion.readers.table_writer import TableWriter
from ingestion.readers.titles import read_titles, unit_texts
from ingestion.reasons import Breach, BreachCode, SkipReason

_SMALL_PRINT = frozenset({SkipReason.NOTE_ROW, SkipReason.FOOTER_ROW})
_MAY_BE_TITLE = _SMALL_PRINT | {SkipReason.GROUP_TITLE_ROW}
#: So many lines of titles are kept in mind while a table is read.
_TITLES_KEPT = 20
#: A header of a stacked table is looked for within so many lines.
_STACKED_WINDOW = 5
_PERIOD = re.compile(r"[0-9]{4}\s*[年./-]|[0-9]{1,2}\s*月|季度|半年")


@dataclass(frozen=True)
class SheetOutcome:
    """What became of one sheet: its tables, or why it has none."""

    tables: tuple[SheetTable, ...] = ()
    notes: tuple[str, ...] = ()
    #: Set when the sheet holds something, but not the header.
    breach: Breach | None = None
    #: The breach concerns a table that is recognisably meant, so the delivery is refused.
    is_broken_table: bool = False


def read_sheets(
    sheets: Iterable[Sheet], contract: FeedContract, name: str
) -> tuple[tuple[SheetTable, ...], tuple[str, ...]]:
    """Read all sheets given: their tables and notes. ``name`` is for messages only.

    Raises Breach when a sheet's table lacks a column or is ambiguous, and when no sheet holds
    the header at all. Beside a sheet that has it, one without is a note.
    """
    matcher = HeaderMatcher(contract)
    tables: list[SheetTable] = []
    notes: dict[str, None] = {}
    headless: list[Breach] = []
    for sheet in sheets:
        outcome = read_sheet(sheet, contract, matcher, name)
        if outcome.breach is not None:
            if outcome.is_broken_table:
                raise outcome.breach
            headless.append(outcome.breach)
            notes[f"sheet '{printable(sheet.name)}' has no such table and was left out"] = None
        tables += outcome.tables
        notes |= dict.fromkeys(outcome.notes)
    if tables:
        return tuple(tables), tuple(notes)
    if headless:
        raise headless[0]
    raise Breach(
        BreachCode.DELIVERY_EMPTY, name, "no visible sheet holds anything; send the filled ledger"
    )


def read_sheet(
    sheet: Sheet, contract: FeedContract, matcher: HeaderMatcher, name: str
) -> SheetOutcome:
    """Read one sheet. Raises Breach only for a unit of money that was not agreed."""
    where = f"{name}, sheet '{printable(sheet.name)}'" if sheet.name else name
    lines = Peekable(sheet.lines)
    window = lines.peek(HEAD_LINES)
    if all(line.is_blank for line in window) and len(window) < HEAD_LINES:
        return SheetOutcome()
    header = find_header(window, sheet.merges, contract, matcher)
    if header is None:
        return SheetOutcome(breach=_no_header(where, contract))
    if breach := _unusable(header, window, where, contract):
        return SheetOutcome(breach=breach, is_broken_table=_is_meant(header.map, contract))
    walker = _Walker(sheet, contract, matcher, where, lines)
    facts = read_titles(window[: header.start], sheet.name)
    tables = walker.tables(header, facts)
    return SheetOutcome(tables, unknown_columns(header.map.unknown))


def head_of_sheet(
    window: Sequence[Line], header: Header, contract: FeedContract, name: str
) -> SheetTable:
    """The table below the header, without its rows. Raises Breach when it can't be read."""
    if breach := _unusable(header, window, name, contract):
        raise breach
    facts = read_titles(window[: header.start], "")
    units = _money_units(header.map, facts, contract, name)
    return SheetTable("", facts, units, TableWriter(contract, header.map.columns).table())


class RecordTeller:
    """Tells records from what stands between them, line by line."""

    def __init__(self, shape: TableShape) -> None:
        self._shape = shape
        self._last: SkipReason | None = None
        #: No record stands between the header and the line.
        self.is_first = True
        #: The lines since the last record that may be titles.
        self.titles: list[Line] = []

    def skip_reason(self, line: Line, filled: Line, merges: Sequence[Merge]) -> SkipReason | None:
        """Why the next line is no record, or none; see ``row_kinds.skip_reason``."""
        reason = skip_reason(
            line,
            filled,
            self._shape,
            merges,
            after_note=self._last in _SMALL_PRINT,
            is_first=self.is_first,
        )
        if reason is None:
            self.pass_record()
            return None
        if reason in _MAY_BE_TITLE:
            self.titles = [*self.titles[1 - _TITLES_KEPT :], line]
        if reason is not SkipReason.BLANK_ROW:
            self._last = reason
        return reason

    def pass_record(self) -> None:
        """A record stands here."""
        self.is_first, self.titles, self._last = False, [], None


class _Walker:
    """Walks down a sheet from its first header; begins a new table where other facts begin."""

    def __init__(
        self,
        sheet: Sheet,
        contract: FeedContract,
        matcher: HeaderMatcher,
        where: str,
        lines: Peekable,
    ) -> None:
        self._sheet = sheet
        self._contract = contract
        self._matcher = matcher
        self._where = where
        self._lines = lines
        self._merges: dict[int, list[Merge]] = {}
        for merge in sheet.merges:
            self._merges.setdefault(merge.top, []).append(merge)

    def tables(self, header: Header, facts: TitleFacts) -> tuple[SheetTable, ...]:
        """All tables of the sheet."""
        for _ in range(header.end):
            next(self._lines)
        tables: list[SheetTable] = []
        begun: tuple[HeaderMap, TitleFacts] | None = (header.map, facts)
        while begun:
            table, begun = self._table(*begun)
            tables.append(table)
        return tuple(tables)

    def _table(
        self, header: HeaderMap, facts: TitleFacts
    ) -> tuple[SheetTable, tuple[HeaderMap, TitleFacts] | None]:
        """One table, and what the next one below it begins with."""
        writer = TableWriter(self._contract, header.columns)
        units = _money_units(header, facts, self._contract, self._where)
        small_print: list[Line] = []
        begun: tuple[HeaderMap, TitleFacts] | None = None
        while begun is None:
            again, titles = self._rows(header, writer)
            small_print = titles
            if again is None:
                break
            for _ in range(again.end):
                writer.skip(next(self._lines), SkipReason.REPEATED_HEADER)
            below = _facts_below(titles, facts, self._sheet.name)
            header = again.map
            if below != facts or _money_units(header, below, self._contract, self._where) != units:
                begun = (header, below)
            else:
                writer.adopt(header.columns)
        if begun is None and not facts.unit_texts:
            facts = replace(facts, unit_texts=unit_texts(small_print))
        table = SheetTable(self._sheet.name, facts, units, writer.table(), self._sheet.date_1904)
        return table, begun

    def _rows(self, header: HeaderMap, writer: TableWriter) -> tuple[Header | None, list[Line]]:
        """Write rows until a header stands again; return it with the titles just above it."""
        shape = TableShape.of(header.columns, header.width, self._contract)
        teller = RecordTeller(shape)
        plain = PlainRows(shape, self._matcher)
        while True:
            if not teller.is_first and (run := self._plain_run(plain)):
                writer.run(run)
                teller.pass_record()
                continue
            if (line := self._lines.ahead) is None:
                break
            merges = self._merges.get(line.number, ())
            writer.begin(line, merges)
            if line.is_blank and line.fault is None:
                writer.blank(next(self._lines))
                continue
            if again := self._header_again(line, header):
                return again, teller.titles
            next(self._lines)
            reason = teller.skip_reason(line, writer.filled(line), merges)
            if reason is None:
                writer.record(line)
            else:
                writer.skip(line, reason)
        return None, teller.titles

    def _plain_run(self, plain: PlainRows) -> PlainRun | None:
        """The next rows of a workbook as far as they are plain and nothing of them is held."""
        if self._lines.is_held or not isinstance(self._sheet.lines, RowBlocks):
            return None
        return self._sheet.lines.plain_run(plain)

    def _header_again(self, line: Line, header: HeaderMap) -> Header | None:
        """The header that begins in the line, if it is one."""
        if not self._matcher.may_be_header(line.cells):
            return None
        window = self._lines.peek(_STACKED_WINDOW)
        again = find_header(window, self._sheet.merges, self._contract, self._matcher)
        if again is None or again.start or 2 * len(again.map.columns) < len(header.columns):
            return None
        if breach := _unusable(again, window, self._where, self._contract):
            raise breach
        return again


def _facts_below(titles: Sequence[Line], above: TitleFacts, sheet: str) -> TitleFacts:
    """The facts of a stacked table: its own where it states any, else those of the one above."""
    own = read_titles(titles, sheet)
    is_dated = any(_PERIOD.search(text) for text in own.title_texts if text != sheet)
    return TitleFacts(
        unit_texts=own.unit_texts or above.unit_texts,
        title_texts=own.title_texts if is_dated else above.title_texts,
        money_word=own.money_word or above.money_word,
        count_word=own.count_word or above.count_word,
    )


def _money_units(
    header: HeaderMap, facts: TitleFacts, contract: FeedContract, where: str
) -> dict[str, MoneyUnit]:
    """Unit per money column, from its header or else from the title.

    Raises Breach for a unit that is neither 元 nor 万元, and for people counted in 万人.
    """
    units: dict[str, MoneyUnit] = {}
    for column in contract.columns:
        if column.type not in AMOUNT_TYPES or column.name not in header.columns:
            continue
        title_word = facts.money_word if column.type == "money" else facts.count_word
        word = header.unit_words.get(column.name) or title_word
        if word is None:
            continue
        if column.type != "money":
            raise Breach(
                BreachCode.FORMAT_NOT_AGREED,
                f"{where}, column '{column.title_zh}'",
                f"counts in {word} were not agreed; send them one by one",
            )
        if word not in MONEY_UNITS:
            raise Breach(
                BreachCode.FORMAT_NOT_AGREED,
                f"{where}, column '{column.title_zh}'",
                f"amounts in {word} were not agreed; send them in 元 or 万元",
            )
        units[column.name] = MONEY_UNITS[word]
    return units


def _is_meant(found: HeaderMap, contract: FeedContract) -> bool:
    """Whether a faulty header is that of the table asked for, not of some other sheet."""
    wanted = {column.name for column in contract.columns if column.required or column.filled}
    present = len(wanted - set(found.missing))
    return present >= min(2, len(wanted)) and present >= 0.6 * len(wanted)


def _no_header(where: str, contract: FeedContract) -> Breach:
    wanted = "、".join(column.title_zh for column in contract.columns if column.required)
    return Breach(
        BreachCode.HEADER_NOT_FOUND,
        where,
        f"no row holds the headers of this feed; it needs at least {wanted}",
    )


def _unusable(
    header: Header, window: Sequence[Line], where: str, contract: FeedContract
) -> Breach | None:
    """Why the header cannot be used, if so."""
    row = window[header.end - 1].number
    found = header.map
    if found.missing:
        titles = "、".join(contract.column(name).title_zh for name in found.missing)
        near = nearest_header(found.missing[0], contract, found.unknown)
        hint = f"; is it '{near}'? then rename that header" if near else ""
        return Breach(
            BreachCode.COLUMN_MISSING,
            f"{where}, row {row}, column '{titles}'",
            f"the header lacks {titles}{hint or '; add the column'}",
        )
    if found.clashes:
        return Breach(
            BreachCode.COLUMN_AMBIGUOUS,
            f"{where}, row {row}",
            f"{'; '.join(found.clashes)}; keep one of them or rename the other",
        )
    return None
