"""What every cell parser shares: the result, the context, and the wrappers around raw text.

Refuses to guess: nothing here changes what a cell says, it only takes off what spreadsheets
and exports put around it (``="…"``, a leading apostrophe, invisible characters).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

MoneyUnit = Literal["cny", "wan_cny"]

#: One character that says what a cell was where it came from.
CellKind = Literal["t", "n", "d", "b", "e", "f", " "]

#: Characters without ink: they are taken off the ends of every cell.
INVISIBLE = (
    " \t\n\r\v\f\x1a\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007"
    "\u2008\u2009\u200a\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u202f\u205f"
    "\u2060\u3000\ufeff\xad\x00"
)
_ASCII_DIGIT = re.compile(r"[0-9]")
_WRAPPED = re.compile(r'="(.*)"', re.DOTALL)
_WITHOUT_INK = re.compile(f"[{re.escape(INVISIBLE)}\x01-\x08\x0e-\x1b\x7f]+")
_ERROR_TEXT = re.compile(r"#(REF!|N/A|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|SPILL!|CALC!)|#{3,}")


@dataclass(frozen=True, slots=True)
class Parsed:
    """Canonical text of one cell, one value per landed column of its type."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CellContext:
    """What a cell's meaning may depend on beside its own text."""

    #: The delivery's year; settles 5月6日 and 24.5.6.
    year: int | None = None
    #: The unit that the column's header or the sheet's title names.
    money_unit: MoneyUnit | None = None
    #: The workbook counts days from 1904.
    date_1904: bool = False


def clean(raw: str) -> str:
    """The cell without what exports wrap around it: ``="…"``, a leading ``'``, blanks."""
    text = raw.strip(INVISIBLE)
    if text.startswith("=") and (wrapped := _WRAPPED.fullmatch(text)):
        text = wrapped[1].replace('""', '"').strip(INVISIBLE)
    if text.startswith("'"):
        text = text[1:].strip(INVISIBLE)
    return text


def compact(raw: str) -> str:
    """NFKC without any blanks or invisible characters: the form that words are compared in."""
    return _WITHOUT_INK.sub("", unicodedata.normalize("NFKC", clean(raw)))


def spaced(raw: str) -> str:
    """NFKC with every run of blanks as one space: the form that texts are landed in."""
    return _WITHOUT_INK.sub(" ", unicodedata.normalize("NFKC", clean(raw))).strip()


def holds_raised_digit(raw: str) -> bool:
    """Whether a mark such as ² ₂ ① ½ stands in the text, of which NFKC would make digits.

    1200² and 6日① carry the mark of a footnote, not another digit.
    """
    return not raw.isascii() and any(
        not (character.isascii() or character.isdecimal())
        and _ASCII_DIGIT.search(unicodedata.normalize("NFKC", character))
        for character in raw
    )


def is_error_text(text: str) -> bool:
    """Whether the text is what a spreadsheet shows for an error, as exports carry it."""
    return text.startswith("#") and _ERROR_TEXT.fullmatch(text) is not None
