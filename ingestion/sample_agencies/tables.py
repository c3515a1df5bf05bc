"""Small official tables: title, 填报单位 row, grouped header, rows, total, signatures.

What departments and the bureau send as workbooks. Each written table comes back as the delivery
that it is: how many rows it has, how many are no records, which must be rejected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ingestion.sample_agencies.workbooks import (
    BookFormat,
    Cell,
    Sheet,
    book_bytes,
    header_rows,
    put,
)


@dataclass(frozen=True)
class Delivered:
    """One delivery and what must become of it."""

    feed: str
    name: str
    rows: int
    skipped: int
    #: (sheet, 1-based row, record key, reason) of each row to be rejected.
    rejected: tuple[tuple[str, int, str, str], ...] = ()
    breach: str | None = None
    is_repeat: bool = False

    @property
    def outcome(self) -> str:
        if self.breach:
            return "refused"
        return "unchanged" if self.is_repeat else "landed"

    @property
    def landed(self) -> int:
        return self.rows - self.skipped - len(self.rejected)


@dataclass(frozen=True)
class Table:
    """A table to be written. Headers are paths, groups first."""

    feed: str
    name: str  # with folders, without suffix
    title: str
    headers: tuple[tuple[str, ...], ...]
    rows: Sequence[Sequence[Cell]]
    delivered_at: datetime
    book: BookFormat = "xlsx"
    unit_row: str | None = None
    total: Sequence[Cell] | None = None
    footer: str | None = None
    sheet: str = "Sheet1"
    #: Row place -> (record key, reason).
    faults: dict[int, tuple[str, str]] = field(default_factory=dict)
    breach: str | None = None


def write_table(drop: Path, table: Table) -> Delivered:
    """Write one table into the drop folder."""
    width = len(table.headers)
    rows: list[Sequence[Cell]] = []
    merged: list[tuple[int, int, int, int]] = [(0, 0, 0, width - 1)]

    def add(*cells: Cell) -> None:
        rows.append([*cells, *[None] * (width - len(cells))])

    add(table.title)
    if table.unit_row:
        add(*table.unit_row.split("|"))
    header, blocks = header_rows(table.headers, len(rows))
    rows.extend(header)
    merged += blocks
    first = len(rows) + 1
    rows.extend([*row, *[None] * (width - len(row))] for row in table.rows)
    extra = 0
    if table.total is not None:
        add(*table.total)
        extra += 1
    if table.footer:
        add(*table.footer.split("|"))
        extra += 1
    suffix = "xls" if table.book == "html" else table.book
    name = f"{table.name}.{suffix}"
    content = book_bytes([Sheet(table.sheet, rows, merged)], table.book)
    put(drop / table.feed / name, content, table.delivered_at)
    sheet = "" if table.book == "html" else table.sheet
    return Delivered(
        feed=table.feed,
        name=name,
        rows=len(table.rows) + extra,
        skipped=extra,
        rejected=tuple(
            (sheet, first + place, key, reason) for place, (key, reason) in table.faults.items()
        ),
        breach=table.breach,
    )
