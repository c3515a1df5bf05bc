"""Python values of a spreadsheet cell → exact text and kind.

A number keeps what the sheet shows: 15 significant digits, no exponent, no ``.0``. Cells that
hold nothing but dashes or a slash are blank, which is what they say.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final, cast

from ingestion.cells import INVISIBLE, clean

_NOTHING: Final = frozenset(
    {"-", "--", "---", "—", "——", "–", "―", "－", "−", "/", "\\", "／", "_", "__"}
)
#: What a clerk writes for "the same as above".
DITTO: Final = frozenset({"同上", "〃", "″", "”", '"'})
#: How a cell begins that may say that there is nothing.
_MAY_BE_NOTHING: Final = frozenset(text[0] for text in _NOTHING)
_WHOLE_FLOATS: Final = 1e15
_WRAPPED: Final = frozenset({"=", "'"})
#: How a cell begins that ``text_of`` may do more to than strip it.
MAY_CHANGE: Final = _MAY_BE_NOTHING | _WRAPPED
_DAY: Final = 86_400
_PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
#: Numbers with larger exponents stay as they are written.
_LARGEST_EXPONENT: Final = 40

#: The types of values that are texts.
TEXT: Final = frozenset({str})

Value = object


def text_of(raw: str) -> str:
    """A text cell, cleaned; empty when it says that there is nothing."""
    text = raw.strip(INVISIBLE)
    if text[:1] in _WRAPPED:
        text = clean(text)
    return "" if text in _NOTHING else text


def texts_of(raws: Sequence[str]) -> list[str]:
    """``text_of`` of each cell of a row, most of which are but stripped."""
    texts = [raw.strip(INVISIBLE) for raw in raws]
    if MAY_CHANGE.isdisjoint([text[:1] for text in texts]):
        return texts
    return list(map(text_of, texts))


def kinds_of(texts: Sequence[str]) -> str:
    """The kinds of a row of text cells."""
    return "t" * len(texts) if all(texts) else "".join(["t" if text else " " for text in texts])


def number_text(value: float) -> str:
    """A float as the sheet shows it: 45352, 1.5, 0.3, never 5.2E+17."""
    if abs(value) < _WHOLE_FLOATS and value == int(value):
        return str(int(value))
    return plain_number(f"{value:.15g}")


def plain_number(text: str) -> str:
    """A written number without exponent or trailing zeros."""
    if not _PLAIN_NUMBER.fullmatch(text):
        number = Decimal(text)
        if not number.is_finite() or abs(number.adjusted()) > _LARGEST_EXPONENT:
            return text
        text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def cell_of(value: Value) -> tuple[str, str]:
    """Text and kind of any value that a workbook reader hands out."""
    match value:
        case str():
            text = text_of(value)
            return text, "t" if text else " "
        case bool():
            return ("true" if value else "false"), "b"
        case int():
            return str(value), "n"
        case float():
            return number_text(value), "n"
        case dt.datetime():
            if value.time() == dt.time():
                return value.date().isoformat(), "d"
            return f"{value:%Y-%m-%d %H:%M:%S}", "d"
        case dt.date() | dt.time():
            return value.isoformat(), "d"
        case dt.timedelta():
            return number_text(value.total_seconds() / _DAY), "n"
        case _:
            return "", " "


def row_of(values: Sequence[Value]) -> tuple[list[str], str]:
    """Texts and kinds of a row; a row of texts first, for a workbook has millions of cells."""
    if set(map(type, values)) <= TEXT:
        texts = texts_of(cast("Sequence[str]", values))
        return texts, kinds_of(texts)
    return cells_of(values)


def cells_of(values: Sequence[Value]) -> tuple[list[str], str]:
    """Texts and kinds of any cells; the common kinds first."""
    cells: list[str] = []
    kinds: list[str] = []
    for value in values:
        if type(value) is str:
            text = text_of(value) if value else value
            kind = "t" if text else " "
        elif type(value) is float:
            text, kind = number_text(value), "n"
        else:
            text, kind = cell_of(value)
        cells.append(text)
        kinds.append(kind)
    return cells, "".join(kinds)
