"""Large delimited text → tables, piece by piece: Arrow for the plain lines, Python for the others.

A line is plain when it holds as many cells as the header, quoted at most as a whole, and is a
record whatever stands around it: its key is there and no total, no cell repeats the one above or a
header. Plain lines become columns at once. Every other line goes through the very functions that
``delimited`` and ``tables`` judge lines by, at its place between the plain ones. What can't be told
line by line (another header, a quote that never closes, bytes that don't decode) ends the stream,
and the file is read as a whole. So this module never refuses a delivery, and it never repairs one.

Arrow is trusted with splitting plain lines at delimiters and with nothing else: what it would read
in its own way (zero bytes, carriage returns, quotes inside a cell) never reaches it.
"""

from __future__ import annotations

import io
import itertools
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pa_csv

from ingestion.contract import FeedContract
from ingestion.readers.cell_text import kinds_of
from ingestion.readers.delimited import (
    PROCESSOR_SECONDS,
    SECONDS_PER_MEGABYTE,
    best_head,
    judged_line,
    lines_of_table,
    parsed_lines,
)
from ingestion.readers.encoding import MAX_LINE, holds_utf8, likely_encoding, lines_of
from ingestion.readers.grid import Line
from ingestion.readers.headers import HeaderMatcher, unknown_columns
from ingestion.readers.layout import HEAD_LINES, Header, find_header
from ingestion.readers.plain_rows import PlainRows, cleaned
from ingestion.readers.reading import FAULT, KINDS, ROW_NUMBER, SKIP
from ingestion.readers.row_kinds import TableShape
from ingestion.readers.streams import NotPlainError, Stream
from ingestion.readers.table_writer import TableWriter
from ingestion.readers.tables import RecordTeller, head_of_sheet
from ingestion.reasons import Breach
from ingestion.text_arrays import Bytes, Rows, buffers, in_one_piece

#: Bytes of a piece. A group of rows of the landed file comes of each.
_PIECE: Final = 16 << 20
#: Pieces that are looked at while another is judged.
_AHEAD: Final = 3
_THREADS: Final = 2
#: A record that goes on for longer is none.
_LONGEST_RECORD: Final = 4 << 20
#: Delimiters that are never a part of a character of more bytes, in neither encoding.
_DELIMITERS: Final = frozenset({",", "\t", ";"})

_NEWLINE, _RETURN, _QUOTE = b'\n\r"'
_ASCII: Final = 128

Places = npt.NDArray[np.int64]
_NOWHERE: Final = np.empty(0, dtype=np.int64)


def open_plain_lines(path: Path, contract: FeedContract, name: str) -> Stream | None:
    """The stream of a delimited file, or None when its head can't tell that it is one."""
    encoding = likely_encoding(path)
    if encoding is None:
        return None
    try:
        texts = list(itertools.islice(lines_of(path, encoding, name), 2 * HEAD_LINES))
        head = best_head(texts, contract, name)
        if head.header is None or head.is_damaged or head.delimiter not in _DELIMITERS:
            return None
        delimiter, header = head.delimiter, head.header
        matcher = HeaderMatcher(contract)
        window = list(lines_of_table(head.window, delimiter, header, name))
        if not _stays_header(header, window, head.window, contract, matcher):
            return None
        used = _lines_used(texts, delimiter, header.end, name)
        if any(text.endswith("\r") for text in texts[:used]):
            return None
        first = head_of_sheet(window, header, contract, name)
    except (Breach, UnicodeDecodeError):
        return None
    layout = _Layout.of(window, header, delimiter, encoding, contract, matcher, name)
    if not layout.shape.needed or layout.width < 2:
        return None
    begin = _bytes_of_lines(path, used)
    decoded = () if encoding == "utf-8" else (f"decoded as {encoding}",)
    return Stream(
        first=first,
        format="csv",
        encoding=encoding,
        notes=(*decoded, *unknown_columns(header.map.unknown)),
        pieces=lambda: _pieces(path, begin, layout),
    )


def _stays_header(
    header: Header,
    window: Sequence[Line],
    before: Sequence[Line],
    contract: FeedContract,
    matcher: HeaderMatcher,
) -> bool:
    """Whether it is the header still, now that the lines below were held against its width."""
    if all(line is former for line, former in zip(window, before, strict=True)):
        return True
    found = find_header(window, (), contract, matcher)
    return found is not None and (found.start, found.end, found.map) == (
        header.start,
        header.end,
        header.map,
    )


@dataclass(frozen=True)
class _Layout:
    """What is known of the table from its head."""

    contract: FeedContract
    matcher: HeaderMatcher
    name: str
    delimiter: str
    encoding: str
    #: Cells of the header, and those up to the last that has a name.
    width: int
    named: int
    #: Lines up to the end of the header.
    first_row: int
    #: Contract column -> grid column.
    columns: dict[str, int]
    shape: TableShape

    @classmethod
    def of(
        cls,
        window: Sequence[Line],
        header: Header,
        delimiter: str,
        encoding: str,
        contract: FeedContract,
        matcher: HeaderMatcher,
        name: str,
    ) -> _Layout:
        return cls(
            contract,
            matcher,
            name,
            delimiter,
            encoding,
            width=max(len(line.cells) for line in window[header.start : header.end]),
            named=header.map.width[-1] + 1,
            first_row=header.end,
            columns=header.map.columns,
            shape=TableShape.of(header.map.columns, header.map.width, contract),
        )


def _lines_used(texts: Sequence[str], delimiter: str, records: int, name: str) -> int:
    """How many lines the first records take, some of which may be quoted over several."""
    left = iter(texts)
    for _ in itertools.islice(parsed_lines(left, delimiter, name), records):
        pass
    return len(texts) - sum(1 for _ in left)


def _bytes_of_lines(path: Path, lines: int) -> int:
    with path.open("rb") as file:
        for _ in range(lines):
            file.readline()
        return file.tell()


# --- pieces, in their order -------------------------------------------------------------------


def _pieces(path: Path, begin: int, layout: _Layout) -> Iterator[pa.Table]:
    walker = _Walker(layout)
    seconds = PROCESSOR_SECONDS + SECONDS_PER_MEGABYTE * (path.stat().st_size >> 20)
    give_up_at = time.thread_time() + seconds
    with path.open("rb") as file, ThreadPoolExecutor(_THREADS) as workers:
        file.seek(begin)
        looks = _Looks(layout)
        waiting: deque[tuple[bytes, Future[_Piece]]] = deque()
        blocks = _blocks(file)
        carried = b""
        try:
            while True:
                for block in itertools.islice(blocks, _AHEAD - len(waiting)):
                    waiting.append((block, workers.submit(looks.at, block)))
                if not waiting:
                    break
                block, look = waiting.popleft()
                piece = looks.at(carried + block) if carried else look.result()
                rows, carried = walker.table(piece, is_last=not waiting)
                if time.thread_time() > give_up_at:
                    raise NotPlainError("reading it takes long")
                yield rows
        finally:
            for _, look in waiting:
                look.cancel()


def _blocks(file: io.BufferedReader) -> Iterator[bytes]:
    """Whole lines, about so many bytes of them at a time; the last line has an end too."""
    begin = file.tell()
    while True:
        file.seek(begin + _PIECE)
        if len(file.readline(MAX_LINE + 1)) > MAX_LINE:
            raise NotPlainError("a line is longer than a row can be")
        end = file.tell()
        file.seek(begin)
        block = file.read(end - begin)
        if not block:
            return
        yield block if block.endswith(b"\n") else block + b"\n"
        begin += len(block)


# --- one piece: what is plain in it -----------------------------------------------------------


@dataclass(frozen=True)
class _Piece:
    """Some lines, and the cells of those that Arrow could split."""

    content: bytes = field(repr=False)
    #: Where each line begins; one more for the end.
    starts: Places = field(repr=False)
    #: The lines that were split, in order.
    lines: Places = field(repr=False)
    #: One array of cleaned texts per grid column, null for blanks.
    cells: list[pa.StringArray] = field(repr=False)
    #: Which of the split lines are records whatever stands around them.
    is_plain: Rows = field(repr=False)

    def text(self, line: int, encoding: str) -> str:
        return self.content[self.starts[line] : self.starts[line + 1]].decode(encoding)


class _Looks:
    """Looks at pieces, each by itself; safe to share between threads."""

    def __init__(self, layout: _Layout) -> None:
        self._layout = layout
        self._grid = [str(number) for number in range(layout.width)]
        self._plain = PlainRows(layout.shape, layout.matcher, layout.named)

    def at(self, content: bytes) -> _Piece:
        """Raises NotPlainError."""
        if b"\0" in content:
            raise NotPlainError("zero bytes")
        letters = np.frombuffer(content, dtype=np.uint8)
        ends = np.flatnonzero(letters == _NEWLINE)
        starts = np.concatenate([[0], ends + 1])
        if int(np.diff(starts).max()) >= MAX_LINE:
            raise NotPlainError("a line is longer than a row can be")
        quotes = np.flatnonzero(letters == _QUOTE) if b'"' in content else _NOWHERE
        is_odd = self._odd_lines(content, letters, starts, quotes)
        if self._layout.encoding == "utf-8":
            _refuse_other_than_utf8(content)
        elif holds_utf8(content, letters, starts):
            raise NotPlainError("a line is in another encoding")
        else:
            is_odd |= self._ragged_lines(letters, starts, quotes)
        lines, columns = self._split(content, starts, np.flatnonzero(~is_odd))
        cells = [cleaned(self._decoded(column)) for column in columns]
        return _Piece(content, starts, lines, cells, self._plain.told(cells, len(lines)))

    def _odd_lines(self, content: bytes, letters: Bytes, starts: Places, quotes: Places) -> Rows:
        """Lines that are blank, or that a carriage return or a quote may make something else."""
        is_odd: Rows = np.diff(starts) == 1
        if b"\r" in content:
            returns = np.flatnonzero(letters == _RETURN)
            alone = returns[letters[returns + 1] != _NEWLINE]
            is_odd[_line_of(alone, starts)] = True
            is_odd |= (np.diff(starts) == 2) & (letters[starts[:-1]] == _RETURN)
        if len(quotes):
            is_odd[self._lines_with_odd_quotes(letters, starts, quotes)] = True
        return is_odd

    def _lines_with_odd_quotes(self, letters: Bytes, starts: Places, quotes: Places) -> Places:
        """Lines in which a quote stands anywhere but around a whole cell."""
        lines = _line_of(quotes, starts)
        first_of_line = np.searchsorted(lines, lines)
        closes = (np.arange(len(quotes)) - first_of_line) % 2 == 1
        before, after = letters[quotes - 1], letters[quotes + 1]
        delimiter = ord(self._layout.delimiter)
        opens_well = (before == delimiter) | (quotes == starts[lines])
        closes_well = (after == delimiter) | (after == _NEWLINE) | (after == _RETURN)
        is_well = np.where(closes, closes_well, opens_well)
        uneven = lines[np.append(lines[1:] != lines[:-1], True) & ~closes]
        return np.concatenate([lines[~is_well], uneven])

    def _ragged_lines(self, letters: Bytes, starts: Places, quotes: Places) -> Rows:
        """Lines of another number of cells than the header.

        Arrow shows ragged lines as text, which it takes for UTF-8.
        """
        delimiters = np.flatnonzero(letters == ord(self._layout.delimiter))
        if len(quotes):
            begin_of_line = starts[_line_of(delimiters, starts)]
            before = np.searchsorted(quotes, delimiters) - np.searchsorted(quotes, begin_of_line)
            delimiters = delimiters[before % 2 == 0]
        found: Rows = np.diff(np.searchsorted(delimiters, starts)) != self._layout.width - 1
        return found

    def _split(
        self, content: bytes, starts: Places, lines: Places
    ) -> tuple[Places, list[pa.Array]]:
        """The lines that hold as many cells as the header, and their cells by column."""
        if len(lines) < len(starts) - 1:
            content = _joined(content, starts, lines)
        if not len(lines):
            return lines, [pa.array([], pa.string()) for _ in self._grid]
        ragged: list[int] = []

        def skip(row: pa_csv.InvalidRow) -> str:
            ragged.append(row.number - 1)
            return "skip"

        kind = pa.string() if self._layout.encoding == "utf-8" else pa.binary()
        try:
            table = pa_csv.read_csv(
                pa.BufferReader(content),
                read_options=pa_csv.ReadOptions(
                    use_threads=False, block_size=len(content) + 1, column_names=self._grid
                ),
                parse_options=pa_csv.ParseOptions(
                    delimiter=self._layout.delimiter,
                    quote_char='"' if b'"' in content else False,
                    invalid_row_handler=skip,
                ),
                convert_options=pa_csv.ConvertOptions(
                    column_types=dict.fromkeys(self._grid, kind), check_utf8=False
                ),
            )
        except pa.ArrowInvalid:
            raise NotPlainError("text that does not decode") from None
        if table.num_rows + len(ragged) != len(lines):
            raise NotPlainError("lines that are told apart in two ways")
        return np.delete(lines, ragged), [in_one_piece(column) for column in table.columns]

    def _decoded(self, column: pa.Array) -> pa.StringArray:
        """GB18030 as text: each distinct cell that is not ASCII once."""
        if pa.types.is_string(column.type):
            return column
        _, content = buffers(column)
        if not len(content) or int(content.max()) < _ASCII:
            return column.cast(pa.string())
        encoded = column.dictionary_encode()
        try:
            texts = [raw.decode(self._layout.encoding) for raw in encoded.dictionary.to_pylist()]
        except UnicodeDecodeError:
            raise NotPlainError("text that does not decode") from None
        return pa.array(texts, pa.string()).take(encoded.indices)


def _refuse_other_than_utf8(content: bytes) -> None:
    """Raises NotPlainError."""
    ends = pa.py_buffer(np.array([0, len(content)], dtype=np.int32))
    whole = pa.BinaryArray.from_buffers(pa.binary(), 1, [None, ends, pa.py_buffer(content)])
    try:
        whole.cast(pa.string())
    except pa.ArrowInvalid:
        raise NotPlainError("text that does not decode") from None


def _line_of(places: Places, starts: Places) -> Places:
    """The line in which each byte stands."""
    found: Places = np.searchsorted(starts, places, side="right") - 1
    return found


def _joined(content: bytes, starts: Places, lines: Places) -> bytes:
    """Only these lines."""
    if not len(lines):
        return b""
    breaks = np.flatnonzero(np.diff(lines) != 1)
    firsts = lines[np.concatenate([[0], breaks + 1])]
    lasts = lines[np.append(breaks, len(lines) - 1)]
    return b"".join(
        content[starts[first] : starts[last + 1]]
        for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True)
    )


# --- the lines between ------------------------------------------------------------------------


class _Walker:
    """Puts the pieces in order, judging by Python what is not plain in them."""

    def __init__(self, layout: _Layout) -> None:
        self._layout = layout
        self._row = layout.first_row
        self._teller = RecordTeller(layout.shape)
        self._writer = TableWriter(layout.contract, layout.columns)
        self._names = [c.name for c in layout.contract.columns if c.name in layout.columns]
        self._kinds = "t" * len(layout.contract.columns)

    def table(self, piece: _Piece, *, is_last: bool) -> tuple[pa.Table, bytes]:
        """The rows of a piece, and its end when a record goes on in the next one."""
        count = len(piece.starts) - 1
        split_at = np.full(count, -1, dtype=np.int64)
        split_at[piece.lines] = np.arange(len(piece.lines))
        is_plain = np.zeros(count, dtype=bool)
        is_plain[piece.lines] = piece.is_plain
        #: How many records more than lines there are, from each line on.
        shift = np.zeros(count + 1, dtype=np.int64)
        shifted, next_line, carried = 0, 0, count
        others = iter(np.flatnonzero(~is_plain).tolist())
        while next_line < count:
            line = next_line
            if not self._teller.is_first:
                line = next((other for other in others if other >= next_line), count)
            if line > next_line:
                self._pass(piece, int(split_at[line - 1]))
            if line == count:
                break
            records, after = self._records(piece, line)
            if after is None:
                carried = line
                break
            for at, record in enumerate(records, start=1):
                self._judge(record._replace(number=self._row + line + shifted + at))
            is_plain[line:after] = False
            shifted += len(records) - (after - line)
            shift[after] += len(records) - (after - line)
            next_line = after
        is_plain[carried:] = False
        rest = piece.content[piece.starts[carried] :]
        if rest and (is_last or len(rest) > _LONGEST_RECORD):
            raise NotPlainError("quotation marks that don't close")
        numbers = self._row + 1 + np.arange(count) + np.cumsum(shift)[:count]
        self._row += carried + shifted
        return self._assembled(piece, is_plain, numbers), rest

    def _pass(self, piece: _Piece, row: int) -> None:
        """Plain records went by, the last of them in that row of the piece."""
        self._teller.pass_record()
        width = self._layout.width
        cells = [piece.cells[at][row].as_py() or "" for at in range(width)]
        self._writer.pass_record(Line(0, cells, kinds_of(cells)))

    def _records(self, piece: _Piece, line: int) -> tuple[list[Line], int | None]:
        """The records that begin in the line, and the line after them; None: they go on."""
        layout = self._layout
        lines = _Lines(piece, line, layout.encoding)
        records: list[Line] = []
        try:
            for record in parsed_lines(lines, layout.delimiter, layout.name):
                records.append(
                    judged_line(record, layout.delimiter, layout.width, layout.named, layout.name)
                )
                if lines.is_between:
                    return records, lines.next_line
        except UnicodeDecodeError:
            raise NotPlainError("text that does not decode") from None
        except Breach:
            if not lines.is_over:
                raise NotPlainError("damaged quotation marks") from None
        return [], None

    def _judge(self, line: Line) -> None:
        if line.is_blank and line.fault is None:
            self._writer.blank(line)
            return
        if self._layout.matcher.may_be_header(line.cells):
            raise NotPlainError("a header again")
        reason = self._teller.skip_reason(line, line, ())
        if reason is None:
            self._writer.record(line)
        else:
            self._writer.skip(line, reason)

    def _assembled(self, piece: _Piece, is_plain: Rows, numbers: Places) -> pa.Table:
        """Plain rows and the others, by their numbers."""
        chosen = is_plain[piece.lines]
        lines = piece.lines[chosen]
        rows = len(lines)
        data = {name: piece.cells[self._layout.columns[name]] for name in self._names}
        if rows < len(chosen):
            mask = pa.array(chosen)
            data = {name: cells.filter(mask) for name, cells in data.items()}
        data[ROW_NUMBER] = pa.array(numbers[lines], pa.int64())
        data[KINDS] = pa.DictionaryArray.from_arrays(
            pa.array(np.zeros(rows, dtype=np.int32)), pa.array([self._kinds])
        )
        data[SKIP] = data[FAULT] = pa.nulls(rows, pa.string())
        table = pa.table(data)
        others = self._writer.take()
        if not others.num_rows:
            return table
        spelled = table.set_column(
            table.column_names.index(KINDS), KINDS, table.column(KINDS).cast(pa.string())
        )
        both = pa.concat_tables([spelled, others])
        order = np.argsort(both.column(ROW_NUMBER).to_numpy(), kind="stable")
        return both.take(pa.array(order)).combine_chunks()


class _Lines(Iterator[str]):
    """The lines of a piece from one on, as ``lines_of`` would give them."""

    def __init__(self, piece: _Piece, line: int, encoding: str) -> None:
        self.next_line = line
        #: Something was asked for beyond the end of the piece.
        self.is_over = False
        self._piece = piece
        self._encoding = encoding
        self._parts: deque[str] = deque()

    @property
    def is_between(self) -> bool:
        """Whether the next line begins where the piece has one too."""
        return not self._parts

    def __next__(self) -> str:
        if not self._parts:
            if self.next_line >= len(self._piece.starts) - 1:
                self.is_over = True
                raise StopIteration
            text = self._piece.text(self.next_line, self._encoding)
            self._parts.extend(io.StringIO(text, newline=""))
            self.next_line += 1
        return self._parts.popleft()
