"""Rows that any feed must take, invented from its contract alone.

A new contract needs nothing here: each column type has a way to make up values. People are of
region 529999, which was never assigned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from ingestion.contract import Column, FeedContract
from ingestion.identity import check_digit, credit_check_character
from ingestion.places import load_gazetteer

#: A cell that no type but text takes.
NONSENSE: Final = "?!"
_FIRST_DAY: Final = date(2023, 1, 2)
_YEAR: Final = 2023

Row = dict[str, str]


def good_rows(contract: FeedContract, count: int, first: int = 0) -> list[Row]:
    """Rows of distinct keys, as texts by contract column; ranges are left to their two dates."""
    columns = told_columns(contract)
    return [
        {column.name: _value(column, at, number) for at, column in enumerate(columns)}
        for number in range(first, first + count)
    ]


def told_columns(contract: FeedContract) -> list[Column]:
    """The columns that a delivery of this feed has here."""
    return [column for column in contract.columns if column.into is None]


def broken_cells(contract: FeedContract) -> list[tuple[str, str, str]]:
    """One way to break each column that matters: column, bad text, reason."""
    found: list[tuple[str, str, str]] = []
    for column in told_columns(contract):
        reason = _REASONS.get(column.type)
        if column.filled:
            found.append((column.name, "", "CELL_BLANK"))
        if reason and (column.required or column.filled):
            found.append((column.name, NONSENSE, reason))
    return found


def place(contract: FeedContract) -> str:
    """Folder and stem of a file's name: what unit and period the delivery speaks for."""
    parts: list[str] = []
    if contract.delivery.unit is not None:
        places = load_gazetteer(contract.delivery.unit).places.values()
        parts.append(next(one.name_zh for one in places if one.is_unit))
    parts.append(f"{_YEAR}年{_PERIODS[contract.delivery.covers]}样例")
    return "/".join(parts)


def rows_wanted(contract: FeedContract) -> int:
    """As many rows as every contract takes, and enough for a part of them to be far smaller."""
    band = contract.delivery.rows
    return min(max(20, band.minimum + 10), band.maximum)


def spelled(
    contract: FeedContract, names: Sequence[str], rows: Sequence[Mapping[str, str]]
) -> list[list[str]]:
    """A header of the agency's own words, and the rows below it."""
    header = [contract.column(name).title_zh for name in names]
    return [header, *([row[name] for name in names] for row in rows)]


def _value(column: Column, at: int, number: int) -> str:
    match column.type:
        case "code":
            spellings = list(column.values.items())
            code, texts = spellings[number % len(spellings)]
            return texts[0] if texts else code
        case "integer" | "decimal" | "money":
            least = int(column.minimum or 0)
            most = int(column.maximum if column.maximum is not None else least + 1000)
            return str(min(max(least, 1) + number % 7, most))
        case "date":
            return (_FIRST_DAY + timedelta(days=at + number % 20)).isoformat()
        case "datetime":
            return f"{_FIRST_DAY + timedelta(days=at)} 08:{number // 60 % 60:02d}:{number % 60:02d}"
        case "boolean":
            return "是" if number % 2 else "否"
        case _:
            return _identifier(column.type, number)


def _identifier(type_: str, number: int) -> str:
    """What tells people and things apart."""
    match type_:
        case "credit_code":
            seventeen = f"52529999{number:06d}MA1"
            return seventeen + credit_check_character(seventeen)
        case "certificate_no":
            return f"S{number:08d}"
        case "resident_id":
            seventeen = f"52999919800{1 + number // 1000 % 9}01{number % 1000:03d}"
            return seventeen + check_digit(seventeen)
        case "phone":
            return f"1990000{number % 10_000:04d}"
        case "bank_account":
            return f"62299990{number:011d}"
        case "person_name":
            return "样例" + "".join("零一二三四五六七八九"[int(digit)] for digit in f"{number:03d}")
        case _:
            return f"样例{number:04d}"


_PERIODS: Final = {"month": "1-6月", "quarter": "第二季度", "year": "度", None: ""}
_REASONS: Final = {
    "code": "CODE_UNKNOWN",
    "integer": "NUMBER_UNPARSED",
    "decimal": "NUMBER_UNPARSED",
    "money": "NUMBER_UNPARSED",
    "date": "DATE_UNPARSED",
    "datetime": "DATE_UNPARSED",
    "boolean": "BOOLEAN_UNKNOWN",
    "credit_code": "CREDIT_CODE_INVALID",
    "certificate_no": "CERTIFICATE_NO_INVALID",
    "resident_id": "ID_BAD_SHAPE",
}
