"""What reading a delivery yields: tables of text, one per sheet, with the facts around them.

A table holds every row below its header, totals and footers included, so that what was
delivered can be counted; it refuses to hold anything typed, which is the checks' business.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import pyarrow as pa

from ingestion.cells import MoneyUnit

ROW_NUMBER: Final = "_row_number"
KINDS: Final = "_kinds"
SKIP: Final = "_skip"
FAULT: Final = "_fault"

#: The units of money that a header or title may name.
MONEY_UNITS: Final[dict[str, MoneyUnit]] = {"元": "cny", "万元": "wan_cny"}


@dataclass(frozen=True)
class TitleFacts:
    """What stands around a table: who reports, which period, in which unit of money."""

    #: Texts after 填报单位, 填报部门 and the like.
    unit_texts: tuple[str, ...] = ()
    #: Title rows and the sheet's name, as evidence of the period; no reporting dates, no people.
    title_texts: tuple[str, ...] = ()
    #: The word after 单位： above the table when it is one of money: 元, 万元, 千元 …
    money_word: str | None = None
    #: The word after 单位： that counts people by the ten thousand: 万人, 万人次.
    count_word: str | None = None

    @property
    def money_unit(self) -> MoneyUnit | None:
        """The title's unit of money, if it is one that was agreed."""
        return MONEY_UNITS.get(self.money_word) if self.money_word else None


@dataclass(frozen=True)
class SheetTable:
    """One table of a sheet.

    ``rows`` has one string column per mapped contract column (null is blank), the date columns
    that a mapped range fills not included, and four of ours: ``_row_number`` (int64, 1-based as
    the agency sees it), ``_kinds`` (one character per contract column in contract order, see
    ``ingestion.cells.CellKind``), ``_skip`` (SkipReason or null), ``_fault`` (RowReason or null:
    the reader itself rejects the row).
    """

    #: Sheet name; empty for delimited files, JSON and Parquet.
    sheet: str
    facts: TitleFacts
    #: Money column -> unit that its header or else the title names.
    money_units: dict[str, MoneyUnit]
    rows: pa.Table
    date_1904: bool = False


@dataclass(frozen=True)
class Reading:
    """A delivery as read: its tables, and what the reader noticed on the way."""

    tables: tuple[SheetTable, ...]
    #: One of xlsx, xls, et, html, csv, json, parquet.
    format: str
    encoding: str | None = None
    notes: tuple[str, ...] = field(default=())
