"""Delimited text (CSV, TSV and the like) → one sheet of lines, streamed.

The delimiter is the one under which a line gives the contract's header. Refuses damaged
quoting: an unclosed quote, or a quoted cell that swallows whole rows. A row with more or fewer
cells than the header is delivered with a fault, never shifted or cut.
"""

from __future__ import annotations

import csv
import itertools
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ingestion.contract import FeedContract
from ingestion.readers.cell_text import kinds_of, texts_of
from ingestion.readers.encoding import MAX_LINE, lines_of
from ingestion.readers.grid import Line, Sheet
from ingestion.readers.headers import HeaderMatcher
from ingestion.readers.layout import (
    HEAD_LINES,
    LINES_THAT_SETTLE,
    Header,
    find_header,
    is_settled,
)
from ingestion.reasons import Breach, BreachCode, RowReason

_DELIMITERS: Final = (",", "\t", "|", "，", ";", "；")
_LEADING_DIGITS = re.compile(r"[￥¥]?[0-9]{1,3}")
_THOUSANDS = re.compile(r"[0-9]{3}(?:\.[0-9]*)?元?")
_MAX_COLUMNS: Final = 5_000
#: Processor time that a file may take, and per megabyte of it.
PROCESSOR_SECONDS: Final = 30.0
SECONDS_PER_MEGABYTE: Final = 1.0
#: So many delimiters in a quoted cell of several lines are no accident.
_CERTAIN: Final = 5
_DIGIT = re.compile(r"[0-9]")

# The limit of 131,072 characters would call a long cell damaged; lines have a limit of their own.
csv.field_size_limit(MAX_LINE)


def read_delimited(path: Path, encoding: str, contract: FeedContract, name: str) -> Sheet:
    """The file's lines under the best delimiter. Raises Breach, also while it is walked."""
    head = list(itertools.islice(lines_of(path, encoding, name), 2 * HEAD_LINES))
    best = best_head(head, contract, name)
    seconds = PROCESSOR_SECONDS + SECONDS_PER_MEGABYTE * (path.stat().st_size >> 20)
    lines = _in_time(lines_of(path, encoding, name), seconds, name)
    parsed = parsed_lines(lines, best.delimiter, name)
    return Sheet("", lines_of_table(parsed, best.delimiter, best.header, name))


def _in_time(lines: Iterable[str], seconds: float, name: str) -> Iterator[str]:
    """The lines, for as long as what becomes of them takes no more of this thread's time."""
    give_up_at = time.thread_time() + seconds
    for line in lines:
        if time.thread_time() > give_up_at:
            raise Breach(
                BreachCode.READER_LIMIT,
                name,
                "reading it took more time than a ledger can need; send the plain table",
            )
        yield line


@dataclass(frozen=True)
class Head:
    """The first lines of a file under the delimiter that gives the best header."""

    delimiter: str
    #: None when no delimiter gives one.
    header: Header | None
    #: As many of them as the header was looked for in, not held against its width.
    #: Up to the damage, if there is any.
    window: Sequence[Line] = field(default=(), repr=False)
    is_damaged: bool = False


def best_head(texts: Sequence[str], contract: FeedContract, name: str) -> Head:
    """What the first lines of a file are under the best delimiter. Raises Breach."""
    matcher = HeaderMatcher(contract)
    heads: list[Head] = []
    tried = _worth_trying(texts)
    for delimiter, most_cells in sorted(tried.items(), key=lambda one: -one[1]):
        if any(_is_beyond(head.header, most_cells) for head in heads):
            continue
        window, is_damaged = _window(texts, delimiter, LINES_THAT_SETTLE, name)
        header = find_header(window, (), contract, matcher)
        if not is_settled(header, len(window)):
            window, is_damaged = _window(texts, delimiter, HEAD_LINES, name)
            header = find_header(window, (), contract, matcher)
        heads.append(Head(delimiter, header, window, is_damaged))
    marks = list(tried)
    found = {
        (head.header.rank, -marks.index(head.delimiter)): head for head in heads if head.header
    }
    if found:
        return found[max(found)]
    if all(head.is_damaged for head in heads):
        raise _damaged(name, 1)
    return Head(_DELIMITERS[0], None)


def _worth_trying(texts: Sequence[str]) -> dict[str, int]:
    """Delimiters that stand in the texts, and one of the others, since all of those tell the same
    cells; by each, how many cells a record can hold at most."""
    counts = dict(zip(_DELIMITERS, map("".join(texts).count, _DELIMITERS), strict=True))
    absent = next((mark for mark, count in counts.items() if not count), None)
    return {mark: count + 1 for mark, count in counts.items() if count or mark == absent}


def _is_beyond(header: Header | None, most_cells: int) -> bool:
    """Whether a header is better than any that maps so few columns."""
    return header is not None and not header.map.missing and len(header.map.columns) > most_cells


def _window(texts: Sequence[str], delimiter: str, count: int, name: str) -> tuple[list[Line], bool]:
    """So many lines, or those before the damage: enough to find the header that the full read then
    reports; and whether there is any. Raises Breach."""
    window: list[Line] = []
    try:
        window.extend(itertools.islice(parsed_lines(texts, delimiter, name), count))
    except Breach as breach:
        if breach.code is BreachCode.READER_LIMIT:
            raise
        return window, True
    return window, False


def lines_of_table(
    lines: Iterable[Line], delimiter: str, header: Header | None, name: str
) -> Iterator[Line]:
    """The same lines; those below the header are held against its width."""
    if header is None:
        yield from lines
        return
    width = 0
    named = header.map.width[-1] + 1
    for at, line in enumerate(lines):
        if at < header.end:
            width = max(width, len(line.cells)) if at >= header.start else 0
            yield line
            continue
        yield judged_line(line, delimiter, width, named, name)


def judged_line(line: Line, delimiter: str, width: int, named: int, name: str) -> Line:
    """A line below the header, held against its width. Raises Breach for damaged quoting."""
    if _swallowed_rows(line, delimiter, width):
        raise _damaged(name, line.number)
    return _checked(_divided(line, delimiter, width), width, named)


def _checked(line: Line, width: int, named: int) -> Line:
    """The line with a fault when its cells do not match the header's.

    Of a longer line only blanks may stand beyond the ``named`` columns: an unquoted comma in an
    amount would else move its end below a header that has no name.
    """
    if len(line.cells) > width and not any(line.cells[named:]):
        return line._replace(cells=line.cells[:width], kinds=line.kinds[:width])
    if not any(line.cells) or (len(line.cells) == width and not _is_torn(line, named)):
        return line
    return line._replace(fault=RowReason.ROW_RAGGED)


def _divided(line: Line, delimiter: str, width: int) -> Line:
    """A record that another delimiter divides, as it was meant: it is no note, but is ragged."""
    if len(line.cells) == width:
        return line
    texts = [text for text in line.cells if text]
    if len(texts) != 1:
        return line
    for other in _DELIMITERS:
        cells = texts_of(texts[0].split(other))
        if other != delimiter and len(cells) == width and any(map(_DIGIT.search, cells)):
            return Line(line.number, cells, kinds_of(cells), RowReason.ROW_RAGGED)
    return line


def _is_torn(line: Line, named: int) -> bool:
    """Whether an amount (1,200) was torn at its comma, its end under a header without a name."""
    return (
        _THOUSANDS.fullmatch(line.text(named)) is not None
        and _LEADING_DIGITS.fullmatch(line.text(named - 1)) is not None
    )


def _swallowed_rows(line: Line, delimiter: str, width: int) -> bool:
    """Whether a quoted cell holds what looks like rows: its quote was closed late or never.

    Such a cell holds a whole row below its first line, or the end of one and the begin of another.
    """
    return any(
        cell.count(delimiter) >= max(width - 1, _CERTAIN)
        or any(part.count(delimiter) >= max(width - 1, 1) for part in cell.splitlines()[1:])
        for cell in line.cells
        if "\n" in cell or "\r" in cell
    )


def parsed_lines(lines: Iterable[str], delimiter: str, name: str) -> Iterator[Line]:
    """Lines as cells; takes no more text than the line that it gives. Raises Breach."""
    rows = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)
    number = 0
    while True:
        try:
            row = next(rows, None)
        except csv.Error:
            raise _damaged(name, number + 1) from None
        if row is None:
            return
        number += 1
        if len(row) > _MAX_COLUMNS:
            raise Breach(
                BreachCode.READER_LIMIT,
                f"{name}, row {number}",
                f"more than {_MAX_COLUMNS} columns",
            )
        cells = texts_of(row)
        yield Line(number, cells, kinds_of(cells))


def _damaged(name: str, row: int) -> Breach:
    return Breach(
        BreachCode.FILE_UNREADABLE,
        f"{name}, from row {row} on",
        "damaged quotation marks: one is not closed or stands inside a cell; export it again",
    )
