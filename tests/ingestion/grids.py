"""Ledgers as plain grids, for tests of layout that need no file."""

from __future__ import annotations

from collections.abc import Sequence

from ingestion.contract import FeedContract, load_contracts
from ingestion.readers.cell_text import row_of
from ingestion.readers.grid import Line, Merge, Sheet
from ingestion.readers.reading import SheetTable
from ingestion.readers.tables import read_sheets

Rows = Sequence[Sequence[object]]

LEDGER = load_contracts()["county/training_ledgers"]
RETURN = load_contracts()["department/training_returns"]
STOCK = load_contracts()["hrss/talent_stock"]

#: The least that a county ledger's header must hold.
HEADER = (
    "序号",
    "姓名",
    "身份证号码",
    "培训机构",
    "培训工种",
    "开班时间",
    "结业时间",
    "考核结果",
    "补贴金额",
)
ID = "529999198803074512"


def record(number: int = 1, name: str = "张三", **changes: object) -> list[object]:
    """One data row under HEADER."""
    row = dict(
        zip(
            HEADER,
            [number, name, ID, "甲学校", "电工", "2024-05-06", "2024-05-20", "合格", 1200],
            strict=True,
        )
    )
    return list((row | changes).values())


def sheet(
    rows: Rows,
    merges: Sequence[str] = (),
    name: str = "台账",
    *,
    date_1904: bool = False,
) -> Sheet:
    """A sheet of Python values; ``merges`` as in ``A1:C2``."""
    lines = [
        Line(number, *row_of(["" if value is None else value for value in row]))
        for number, row in enumerate(rows, start=1)
    ]
    return Sheet(name, lines, tuple(map(_merge, merges)), date_1904)


def tables(
    rows: Rows,
    merges: Sequence[str] = (),
    contract: FeedContract = LEDGER,
    name: str = "台账",
) -> tuple[SheetTable, ...]:
    """All tables read from one sheet."""
    return read_sheets([sheet(rows, merges, name)], contract, "台账.xlsx")[0]


def table(
    rows: Rows,
    merges: Sequence[str] = (),
    contract: FeedContract = LEDGER,
    name: str = "台账",
) -> SheetTable:
    """The one table read from one sheet."""
    (only,) = tables(rows, merges, contract, name)
    return only


def columns(found: SheetTable) -> list[str]:
    """The contract columns that the table maps."""
    return [name for name in found.rows.column_names if not name.startswith("_")]


def data(found: SheetTable, column: str) -> list[str | None]:
    """A column's texts in the rows that are records."""
    return [row[column] for row in found.rows.to_pylist() if row["_skip"] is None]


def skips(found: SheetTable) -> list[tuple[int, str]]:
    """(row number, reason) of the rows that are no records."""
    return [(row["_row_number"], row["_skip"]) for row in found.rows.to_pylist() if row["_skip"]]


def _merge(reference: str) -> Merge:
    first, _, last = reference.partition(":")
    (left, top), (right, bottom) = _place(first), _place(last or first)
    return Merge(top, left, bottom, right)


def _place(reference: str) -> tuple[int, int]:
    letters = reference.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return column - 1, int(reference[len(letters) :])
