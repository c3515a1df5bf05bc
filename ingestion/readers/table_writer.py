"""Lines of one table → one Arrow table of text, keys of merged cells filled down.

Amounts are never filled down: a sum over a merged block is not a value per row. Where a cell
says 同上 or 〃, the cell above is meant, unless it says who somebody is. Blank lines count only
when something follows them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import pyarrow as pa

from ingestion.contract import AMOUNT_TYPES, KEYED_TYPES, FeedContract
from ingestion.readers.cell_text import DITTO
from ingestion.readers.grid import Line, Merge
from ingestion.readers.reading import FAULT, KINDS, ROW_NUMBER, SKIP
from ingestion.readers.row_blocks import PlainRun
from ingestion.reasons import SkipReason

_CHUNK = 8192
_OURS = ((ROW_NUMBER, pa.int64()), (KINDS, pa.string()), (SKIP, pa.string()), (FAULT, pa.string()))


@lru_cache(maxsize=256)
def _no_rows(names: tuple[str, ...]) -> pa.Table:
    """A table of these columns and ours."""
    return pa.schema([*((name, pa.string()) for name in names), *_OURS]).empty_table()


class _Filled(NamedTuple):
    """A merged cell that is still open: its text goes into the rows down to ``bottom``."""

    bottom: int
    text: str
    kind: str


class TableWriter:
    """Gathers lines column by column; a new mapping may be adopted on the way."""

    def __init__(self, contract: FeedContract, columns: dict[str, int]) -> None:
        self._contract = contract
        self._batches: list[pa.RecordBatch] = []
        self._lines: list[Line] = []
        self._skips: list[SkipReason | None] = []
        self._blanks: list[Line] = []
        self._open: dict[int, _Filled] = {}
        self._adopt(columns)

    def adopt(self, columns: dict[str, int]) -> None:
        """Read what follows under another mapping, as a stacked table may need."""
        if columns != self._columns:
            self._flush()
            self._adopt(columns)

    def begin(self, line: Line, merges: Sequence[Merge]) -> None:
        """Note the merged cells that begin in the line and reach further down."""
        for merge in merges:
            if merge.left in self._fillable and merge.bottom > merge.top:
                self._open[merge.left] = _Filled(
                    merge.bottom, line.text(merge.left), line.kind(merge.left)
                )

    def record(self, line: Line) -> None:
        """Add a data row, its keys filled down and what is the same as above written out."""
        line = self.filled(line)
        if not DITTO.isdisjoint(line.cells):
            line = self._written_out(line)
        self._last = line
        self._add(line, None)

    def filled(self, line: Line) -> Line:
        """The line with the merged cells that reach down to it, amounts apart."""
        if not self._open:
            return line
        self._open = {
            at: filled for at, filled in self._open.items() if filled.bottom >= line.number
        }
        cells, kinds = list(line.cells), list(line.kinds)
        for at, filled in self._open.items():
            if at < len(cells) and kinds[at] == " ":
                cells[at], kinds[at] = filled.text, filled.kind
        return line._replace(cells=cells, kinds="".join(kinds))

    def skip(self, line: Line, reason: SkipReason) -> None:
        """Add a row that is no record."""
        self._add(line._replace(fault=None), reason)

    def blank(self, line: Line) -> None:
        """Add a blank row, should anything follow it."""
        self._blanks.append(line)

    def pass_record(self, line: Line) -> None:
        """A record that is written elsewhere stands here."""
        self._last = line
        self._add_blanks()

    def run(self, run: PlainRun) -> None:
        """Add records that nothing above says anything for."""
        self._add_blanks()
        self._flush()
        data = {
            column.name: run.cells[at] if at < len(run.cells) else pa.nulls(run.rows, pa.string())
            for column in self._contract.columns
            if (at := self._columns.get(column.name)) is not None
        }
        data[ROW_NUMBER] = pa.array(range(run.first, run.first + run.rows), pa.int64())
        data[KINDS] = pa.array(self._kinds_of(run), pa.string())
        data[SKIP] = data[FAULT] = pa.nulls(run.rows, pa.string())
        self._batches.append(pa.RecordBatch.from_pydict(data))
        self._last = run.last

    def _kinds_of(self, run: PlainRun) -> list[str]:
        """The kinds of each row by the contract's columns."""
        width = min(self._width, len(run.kinds))
        kinds = [run.kinds[at] if at < width else " " for at in self._places]
        if all(len(kind) == 1 for kind in kinds):
            return ["".join(kinds)] * run.rows
        by_row = (kind * run.rows if len(kind) == 1 else kind for kind in kinds)
        return list(map("".join, zip(*by_row, strict=True)))

    def take(self) -> pa.Table:
        """Everything added since the last time; blank rows at the end wait for what follows."""
        taken = self.table()
        self._batches = []
        return taken

    def table(self) -> pa.Table:
        """Everything added so far; blank rows at the end are left out."""
        self._flush()
        none = _no_rows(tuple(c.name for c in self._contract.columns if c.name in self._columns))
        parts = [pa.Table.from_batches([batch]) for batch in self._batches]
        return pa.concat_tables([none, *parts], promote_options="default") if parts else none

    def _adopt(self, columns: dict[str, int]) -> None:
        self._columns = columns
        self._width = max(columns.values(), default=-1) + 1
        self._places = [columns.get(column.name, self._width) for column in self._contract.columns]
        self._fillable = frozenset(
            at
            for name, at in columns.items()
            if self._contract.column(name).type not in AMOUNT_TYPES
        )
        self._repeatable = frozenset(
            at
            for name, at in columns.items()
            if self._contract.column(name).type not in KEYED_TYPES
        )
        self._open = {}
        self._last = Line(0, [], "")

    def _written_out(self, line: Line) -> Line:
        """同上 as the cell of the record above; blank below none. Never who somebody is."""
        cells, kinds = list(line.cells), list(line.kinds)
        for at, text in enumerate(line.cells):
            if text in DITTO and at in self._repeatable:
                cells[at], kinds[at] = self._last.text(at), self._last.kind(at)
        return line._replace(cells=cells, kinds="".join(kinds))

    def _add_blanks(self) -> None:
        self._lines += self._blanks
        self._skips += [SkipReason.BLANK_ROW] * len(self._blanks)
        self._blanks = []

    def _add(self, line: Line, skip: SkipReason | None) -> None:
        if self._blanks:
            self._add_blanks()
        self._lines.append(line)
        self._skips.append(skip)
        if len(self._lines) >= _CHUNK:
            self._flush()

    def _flush(self) -> None:
        if not self._lines:
            return
        width = self._width
        rows = [
            line.cells
            if len(line.cells) >= width
            else line.cells + [""] * (width - len(line.cells))
            for line in self._lines
        ]
        kinds = [f"{line.kinds[:width]:<{width}} " for line in self._lines]
        data = {
            column.name: pa.array([row[at] or None for row in rows], pa.string())
            for column in self._contract.columns
            if (at := self._columns.get(column.name)) is not None
        }
        data[ROW_NUMBER] = pa.array([line.number for line in self._lines], pa.int64())
        data[KINDS] = pa.array(
            ["".join([k[at] for at in self._places]) for k in kinds], pa.string()
        )
        data[SKIP] = pa.array(self._skips, pa.string())
        data[FAULT] = pa.array([line.fault for line in self._lines], pa.string())
        self._batches.append(pa.RecordBatch.from_pydict(data))
        self._lines, self._skips = [], []
