"""What reading a large delivery yields: one table, piece by piece, never held as a whole.

A stream is opened only where one batch comes of the whole delivery. It has no rules of its own:
what it can't tell for sure it leaves to the readers that look at every line, by ``NotPlainError``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa

from ingestion.readers.reading import SheetTable


class NotPlainError(Exception):
    """Read it as a whole: here and there the delivery is not what a stream can tell.

    The message names what was met, never a value.
    """


@dataclass(frozen=True)
class Stream:
    """A delivery whose head was read."""

    #: The table without its rows: the facts around it.
    first: SheetTable
    #: csv or parquet.
    format: str
    encoding: str | None
    notes: tuple[str, ...]
    #: The rows in their order, as ``SheetTable.rows``. Raises NotPlainError and OSError.
    pieces: Callable[[], Iterator[pa.Table]]
