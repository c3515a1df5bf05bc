"""Cells of words: text, codes from a closed list, yes or no.

Refuses to match loosely: a spelling that the contract does not list is ``CODE_UNKNOWN``.
"""

from __future__ import annotations

import re

from ingestion.cells.values import Parsed, compact, spaced
from ingestion.contract import Column
from ingestion.personal_numbers import is_personal
from ingestion.places import official_name
from ingestion.reasons import RowReason

#: Longest text that lands; longer ones are pasted documents, not cells of a ledger.
MAX_TEXT = 4000
#: Spreadsheets keep this many digits of a number; what follows is made up.
SPREADSHEET_DIGITS = 15

_MARKS = str.maketrans("✓✔☑✗✘╳☒", "√√√××××")
#: The letter that is typed for a cross.
_CROSS = {"x": "×"}
_TRUE = frozenset({"是", "有", "对", "真", "√", "y", "yes", "true", "t", "1", "有效"})
_FALSE = frozenset({"否", "无", "错", "假", "×", "x", "n", "no", "false", "f", "0", "不", "无效"})
_LONG_NUMBER = re.compile(r"-?[0-9]+")


def parse_text(raw: str, kind: str) -> Parsed | RowReason:
    """Normalised text: NFKC, single spaces, no control characters; no person's number."""
    text = spaced(raw)
    if not text:
        return RowReason.CELL_BLANK
    if len(text) > MAX_TEXT:
        return RowReason.TEXT_TOO_LONG
    if kind == "n" and _LONG_NUMBER.fullmatch(text) and len(text.lstrip("-")) > SPREADSHEET_DIGITS:
        return RowReason.ID_PRECISION_LOST
    if is_personal(text):
        return RowReason.PERSONAL_NUMBER
    return Parsed((text,))


def parse_area(raw: str, kind: str) -> Parsed | RowReason:
    """The official name of an area told by any of its names or codes; a strange one as it stands.

    One spelling for each area, so that a county told twice in one table is known as itself.
    """
    found = parse_text(raw, kind)
    if isinstance(found, RowReason):
        return found
    (text,) = found.values
    return Parsed((official_name(text, "area") or text,))


def parse_code(raw: str, column: Column) -> Parsed | RowReason:
    """The code whose spelling, or whose own name, the cell holds."""
    word = _mark_form(raw)
    if not word:
        return RowReason.CELL_BLANK
    word = _CROSS.get(word, word)
    for code, spellings in column.values.items():
        if word in {_mark_form(spelling) for spelling in (code, *spellings)}:
            return Parsed((code,))
    return RowReason.CODE_UNKNOWN


def parse_boolean(raw: str) -> Parsed | RowReason:
    """``true`` or ``false`` from 是, 否, √, ×, Y, N, 1, 0 and the like."""
    word = _mark_form(raw)
    if not word:
        return RowReason.CELL_BLANK
    if word in _TRUE:
        return Parsed(("true",))
    if word in _FALSE:
        return Parsed(("false",))
    return RowReason.BOOLEAN_UNKNOWN


def _mark_form(raw: str) -> str:
    return compact(raw).translate(_MARKS).casefold()
