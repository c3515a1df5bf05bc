"""Reasons of many rows as small numbers: per row and column one, or none."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ingestion.reasons import RowReason
from ingestion.text_arrays import Rows

Codes = npt.NDArray[np.int16]
Positions = npt.NDArray[np.int64]

REASONS: Final = tuple(RowReason)
CODES: Final = {reason: code for code, reason in enumerate(RowReason)}
NONE: Final = -1
#: The row as a whole, where a column is meant.
ROW: Final = -1


class Reasons:
    """Per row and column a reason or none; the row as a whole is the column ``ROW``."""

    def __init__(self, columns: int, rows: int) -> None:
        self._rows = rows
        self._codes: list[Codes | None] = [None] * (columns + 1)

    def add(self, column: int, codes: Codes | None) -> None:
        """The reasons of a whole column."""
        self._codes[column + 1] = codes

    def mark(self, rows: Positions, column: int, reason: RowReason) -> None:
        """Give these rows a reason at a column."""
        if len(rows):
            before = self._codes[column + 1]
            codes = np.full(self._rows, NONE, dtype=np.int16) if before is None else before.copy()
            codes[rows] = CODES[reason]
            self._codes[column + 1] = codes

    def any(self) -> Rows:
        """Which rows have a reason at all."""
        found = np.zeros(self._rows, dtype=bool)
        for codes in self._codes:
            if codes is not None:
                found |= codes != NONE
        return found

    def of(self, rows: Positions) -> Codes:
        """The reasons of these rows: one line each, the row as a whole first."""
        none = np.full(len(rows), NONE, dtype=np.int16)
        return np.column_stack([none if codes is None else codes[rows] for codes in self._codes])
