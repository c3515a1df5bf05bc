"""A sheet as the agency sees it: numbered lines of text cells, and its merged ranges.

Refuses to interpret: a cell is its text and its kind, a merge is a rectangle.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ingestion.reasons import RowReason


class Line(NamedTuple):
    """One row of a sheet or file."""

    #: 1-based, as the agency sees it.
    number: int
    #: Cleaned texts, empty when blank.
    cells: list[str]
    #: One ``CellKind`` per cell.
    kinds: str
    #: Set when the reader itself rejects the row.
    fault: RowReason | None = None

    def text(self, column: int) -> str:
        return self.cells[column] if 0 <= column < len(self.cells) else ""

    def kind(self, column: int) -> str:
        return self.kinds[column] if 0 <= column < len(self.kinds) else " "

    @property
    def is_blank(self) -> bool:
        return not any(self.cells) and not self.kinds.strip()


class Merge(NamedTuple):
    """A merged range; rows are 1-based like ``Line.number``, columns 0-based; ends included."""

    top: int
    left: int
    bottom: int
    right: int

    def holds(self, row: int, column: int) -> bool:
        return self.top <= row <= self.bottom and self.left <= column <= self.right


@dataclass(frozen=True)
class Sheet:
    """A visible sheet; its lines can be walked through once."""

    name: str
    lines: Iterable[Line]
    merges: tuple[Merge, ...] = ()
    date_1904: bool = False


class Peekable(Iterator[Line]):
    """Lines with a look ahead, so that a header can be found before the stream is consumed."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = iter(lines)
        self._ahead: list[Line] = []

    def __next__(self) -> Line:
        return self._ahead.pop(0) if self._ahead else next(self._lines)

    @property
    def is_held(self) -> bool:
        """Whether lines ahead are held already."""
        return bool(self._ahead)

    @property
    def ahead(self) -> Line | None:
        """The next line, not consumed; None at the end."""
        if not self._ahead:
            line = next(self._lines, None)
            if line is None:
                return None
            self._ahead.append(line)
        return self._ahead[0]

    def peek(self, count: int) -> list[Line]:
        """Up to ``count`` lines ahead, not consumed."""
        while len(self._ahead) < count:
            line = next(self._lines, None)
            if line is None:
                break
            self._ahead.append(line)
        return self._ahead[:count]
