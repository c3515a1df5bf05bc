"""One cell: raw text and its kind in, canonical text or a reason out. Pure.

Refuses to guess: a date that can be read in two ways, a number that is only about right, a
word outside the agreed list are reasons, not values. Identity columns (IDs, names, phones,
accounts, credit codes, certificate numbers) are not parsed here, see ``ingestion.identity``.
"""

from __future__ import annotations

from ingestion.cells.date_ranges import parse_date_range
from ingestion.cells.dates import parse_date, parse_datetime
from ingestion.cells.numbers import parse_decimal, parse_integer, parse_money
from ingestion.cells.values import (
    INVISIBLE,
    CellContext,
    CellKind,
    MoneyUnit,
    Parsed,
    clean,
    compact,
    holds_raised_digit,
    is_error_text,
    spaced,
)
from ingestion.cells.words import MAX_TEXT, parse_area, parse_boolean, parse_code, parse_text
from ingestion.contract import Column
from ingestion.reasons import RowReason

__all__ = [
    "INVISIBLE",
    "CellContext",
    "CellKind",
    "MoneyUnit",
    "Parsed",
    "clean",
    "compact",
    "holds_raised_digit",
    "is_error_text",
    "parse_area",
    "parse_boolean",
    "parse_cell",
    "parse_code",
    "parse_date",
    "parse_date_range",
    "parse_datetime",
    "parse_decimal",
    "parse_integer",
    "parse_money",
    "parse_text",
    "spaced",
]


def parse_cell(raw: str, kind: str, column: Column, context: CellContext) -> Parsed | RowReason:
    """Parse a cell by its column's type.

    ``kind`` is one character: ``t`` text, ``n`` number, ``d`` date (ISO text), ``b`` boolean,
    ``e`` error value, ``f`` formula without a stored result. The result holds one text per
    landed column: one for most types; (date, precision) for a date of month precision;
    (start, start precision, end, end precision) for a date range.
    Raises ValueError for identity types, which have a module of their own.
    """
    if kind == "f":
        return RowReason.FORMULA_NOT_CALCULATED
    if kind == "e" or is_error_text(raw):
        return RowReason.CELL_ERROR
    if len(raw) > MAX_TEXT:
        return RowReason.TEXT_TOO_LONG
    match column.type:
        case "text":
            return parse_text(raw, kind)
        case "area":
            return parse_area(raw, kind)
        case "code":
            return parse_code(raw, column)
        case "boolean":
            return parse_boolean(raw)
        case "integer" | "decimal" | "money":
            return _parse_number(raw, kind, column, context)
        case "date" | "datetime" | "date_range":
            return _parse_time(raw, kind, column, context)
        case _:
            raise ValueError(f"column {column.name}: type {column.type} belongs to identity")


def _parse_number(raw: str, kind: str, column: Column, context: CellContext) -> Parsed | RowReason:
    if holds_raised_digit(raw):
        return RowReason.NUMBER_UNPARSED
    match column.type:
        case "integer":
            return parse_integer(raw, kind, column)
        case "decimal":
            return parse_decimal(raw, kind, column)
        case _:
            return parse_money(raw, kind, column, context)


def _parse_time(raw: str, kind: str, column: Column, context: CellContext) -> Parsed | RowReason:
    if holds_raised_digit(raw):
        return RowReason.DATE_UNPARSED
    match column.type:
        case "date":
            return parse_date(raw, kind, column, context)
        case "datetime":
            return parse_datetime(raw, kind, context)
        case _:
            return parse_date_range(raw, kind, column, context)
