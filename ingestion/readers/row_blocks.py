"""Rows of a workbook as its library hands them out: line by line, or many plain ones at once.

Looking at a line costs Python for every cell, so that where many rows are plain they are taken
column by column instead. Both ways may alternate within a sheet. It refuses to tell records by
itself: ``PlainRows`` says what is plain, and all else is handed out as lines.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa

from ingestion.readers.cell_text import TEXT, Value, cells_of, row_of
from ingestion.readers.grid import Line, Merge
from ingestion.readers.plain_rows import PlainRows, cleaned
from ingestion.text_arrays import Rows

#: Rows that are looked at together.
_BLOCK: Final = 8192
#: Fewer plain rows in a row are as quickly taken line by line.
_FEWEST: Final = 16

#: (row, column), 0-based → the kind of a cell without a value: ``e`` or ``f``.
Marks = Mapping[tuple[int, int], str]


@dataclass(frozen=True)
class PlainRun:
    """Plain rows without a break."""

    #: The number of the first one, 1-based as the agency sees it.
    first: int
    rows: int
    #: One array of cleaned texts per grid column, null for blanks.
    cells: Sequence[pa.StringArray] = field(repr=False)
    #: Per grid column the ``CellKind`` of all its cells, or one for each.
    kinds: Sequence[str] = field(repr=False)

    @property
    def last(self) -> Line:
        """The last of them, as a line."""
        return Line(
            self.first + self.rows - 1,
            [cells[-1].as_py() or "" for cells in self.cells],
            "".join(kinds[-1] for kinds in self.kinds),
        )


class RowBlocks(Iterator[Line]):
    """The rows of one sheet; each is handed out once."""

    def __init__(
        self,
        rows: Iterable[Sequence[Value]],
        *,
        left: int = 0,
        marks: Marks | None = None,
        merges: Sequence[Merge] = (),
    ) -> None:
        """``rows`` are equally wide and begin in the grid column ``left``.

        Rows that a mark or a merged range touches are no part of a run.
        """
        self._rows = iter(rows)
        self._left = left
        self._marked: dict[int, dict[int, str]] = {}
        for (row, column), kind in sorted((marks or {}).items()):
            self._marked.setdefault(row + 1, {})[column] = kind
        self._merged = np.array([(m.top, m.bottom) for m in merges], dtype=np.int64).reshape(-1, 2)
        self._block: list[Sequence[Value]] = []
        #: The number of the row before the block, and the place of the next row in it.
        self._before, self._at = 0, 0
        self._plain: PlainRows | None = None
        self._cells: list[pa.StringArray] = []
        self._kinds: list[str] = []
        #: Where in the block no plain row stands.
        self._breaks: list[int] = []

    def __next__(self) -> Line:
        if not self._is_in_block():
            return self._marked_line()
        values = self._block[self._at]
        self._at += 1
        number = self._before + self._at
        cells, kinds = row_of(values)
        line = Line(number, [""] * self._left + cells, " " * self._left + kinds)
        marks = self._marked.pop(number, None)
        return _with_marks(line, marks) if marks else line

    def plain_run(self, plain: PlainRows) -> PlainRun | None:
        """The next rows as far as they are plain, or None where they are better taken as lines."""
        if not self._is_in_block():
            return None
        if self._plain is not plain:
            self._look(plain)
        begin, end = self._at, self._breaks[bisect_left(self._breaks, self._at)]
        if end - begin < _FEWEST:
            return None
        self._at = end
        return PlainRun(
            first=self._before + begin + 1,
            rows=end - begin,
            cells=[cells[begin:end] for cells in self._cells],
            kinds=[kinds if len(kinds) == 1 else kinds[begin:end] for kinds in self._kinds],
        )

    def _is_in_block(self) -> bool:
        """Whether a row is left; fetches the next block when this one is used up."""
        if self._at == len(self._block):
            self._before += len(self._block)
            self._block, self._at = list(itertools.islice(self._rows, _BLOCK)), 0
            self._plain = None
        return self._at < len(self._block)

    def _marked_line(self) -> Line:
        """A row below all others that holds nothing but marks."""
        number = next(iter(self._marked), None)
        if number is None:
            raise StopIteration
        return _with_marks(Line(number, [], ""), self._marked.pop(number))

    def _look(self, plain: PlainRows) -> None:
        rows = len(self._block)
        nothing = pa.nulls(rows, pa.string())
        columns = [_column(values) for values in zip(*self._block, strict=True)]
        self._cells = [*[nothing] * self._left, *(cells for cells, _ in columns)]
        self._kinds = [*[" "] * self._left, *(kinds for _, kinds in columns)]
        is_plain = plain.told(self._cells, rows) & ~self._touched()
        self._breaks = [*np.flatnonzero(~is_plain).tolist(), rows]
        self._plain = plain

    def _touched(self) -> Rows:
        """Rows of the block that a mark or a merged range touches."""
        first, rows = self._before + 1, len(self._block)
        begins_less_ends = np.zeros(rows + 1, dtype=np.int64)
        tops, bottoms = self._merged.T
        near = (tops < first + rows) & (bottoms >= first)
        np.add.at(begins_less_ends, np.maximum(tops[near] - first, 0), 1)
        np.add.at(begins_less_ends, np.minimum(bottoms[near] - first + 1, rows), -1)
        touched: Rows = np.cumsum(begins_less_ends[:-1]) > 0
        touched[[n - first for n in self._marked if first <= n < first + rows]] = True
        return touched


def _column(values: Sequence[Value]) -> tuple[pa.StringArray, str]:
    """Cleaned texts of a column, and the kind of all cells or one for each."""
    if set(map(type, values)) <= TEXT:
        return cleaned(pa.array(values, pa.string())), "t"
    texts, kinds = cells_of(values)
    return pa.array([text or None for text in texts], pa.string()), kinds


def _with_marks(line: Line, marks: Mapping[int, str]) -> Line:
    """The line with its error values and uncalculated formulas told from blanks."""
    width = max(len(line.cells), max(marks) + 1)
    cells = line.cells + [""] * (width - len(line.cells))
    kinds = list(line.kinds.ljust(width))
    for column, kind in marks.items():
        if kinds[column] == " ":
            kinds[column] = kind
    return Line(line.number, cells, "".join(kinds))
