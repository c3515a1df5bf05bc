"""Which cells of a column are clear: their parser would give them back as they stand.

A large feed is nearly all clear, and this is told for a whole column at once, without any Python
per cell. It has no opinion of its own: what is not plainly clear here is for ``ingestion.cells``
to judge, text by text, and a test holds that both say the same. So it refuses to call clear what
needs a second look, such as a text that could hold a person's number.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.cells.dates import FIRST_YEAR, LAST_YEAR
from ingestion.contract import Column
from ingestion.personal_numbers import may_be_personal
from ingestion.text_arrays import Places, Rows, characters, shapes

#: A record's own number, a code: printable ASCII without blanks.
_TEXT: Final = re.compile(r"[0Aa][0Aa_./:-]{0,99}")
_DATE: Final = re.compile("0000-00-00")
_DATETIME: Final = re.compile("0000-00-00 00:00:00")
_INTEGER: Final = re.compile("0{1,15}")
_DECIMAL: Final = re.compile(r"0{1,15}(?:\.0{1,9})?")
_MONEY: Final = re.compile(r"0{1,13}\.00")
_ZERO: Final = ord("0")
_POINT: Final = ord(".")
_EXACT: Final = pa.decimal128(38, 9)
_DAYS: Final = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], dtype=np.uint8)
_FEBRUARY: Final = 2
_NO_LEAP_YEAR: Final = 1900
#: Where year, month and day begin in YYYY-MM-DD.
_ISO: Final = (0, 5, 8)
_YEARS: Final = range(FIRST_YEAR, LAST_YEAR + 1)

#: The rows of one shape: a column's texts, which rows, and how long each is.
_Looks = Callable[[pa.StringArray, Places, int, Column], Rows]


def clear(texts: pa.StringArray, column: Column, *, is_in_cny: bool = True) -> Rows:
    """Which texts (cells of kind ``t``) land just as they stand; none of a type that never does.

    ``is_in_cny``: amounts without a unit of their own are in yuan.
    """
    found = np.zeros(len(texts), dtype=bool)
    if column.type not in _TYPES or (column.type == "money" and not is_in_cny):
        return found
    pattern, looks = _TYPES[column.type]
    distinct, places = shapes(texts)
    fit = [at for at, shape in enumerate(distinct) if _fits(pattern, shape)]
    if looks is None:
        return np.isin(places, fit) if len(fit) < len(distinct) else places >= 0
    for at in fit:
        rows = np.flatnonzero(places == at)
        found[rows] = looks(texts, rows, len(distinct[at]), column)
    return found


@lru_cache(maxsize=65_536)
def _fits(pattern: re.Pattern[str], shape: str) -> bool:
    return pattern.fullmatch(shape) is not None and not (
        pattern is _TEXT and may_be_personal(shape)
    )


def _are_dates(texts: pa.StringArray, rows: Places, length: int, _: Column) -> Rows:
    return days_exist(_digits(texts, rows, length), _ISO, _YEARS)


def _are_datetimes(texts: pa.StringArray, rows: Places, length: int, _: Column) -> Rows:
    digits = _digits(texts, rows, length)
    return (
        days_exist(digits, _ISO, _YEARS)
        & (_number(digits, 11) < 24)
        & (_number(digits, 14) < 60)
        & (_number(digits, 17) < 60)
    )


def _digits(texts: pa.StringArray, rows: Places, length: int) -> npt.NDArray[np.uint8]:
    """The value of every character, one line per place."""
    digits: npt.NDArray[np.uint8] = np.array(characters(texts, rows, length).T, order="C")
    digits -= np.uint8(_ZERO)
    return digits


def _number(digits: npt.NDArray[np.uint8], place: int) -> npt.NDArray[np.uint8]:
    """The two digits at that place."""
    found: npt.NDArray[np.uint8] = digits[place] * np.uint8(10) + digits[place + 1]
    return found


def days_exist(digits: npt.NDArray[np.uint8], places: tuple[int, int, int], years: range) -> Rows:
    """Whether there is such a day in one of these years; ``places``: of year, month and day.

    ``digits`` has one line per place. Every fourth year has a 29 February, but for 1900.
    """
    at_year, at_month, at_day = places
    century = _number(digits, at_year).astype(np.int16) * np.int16(100)
    year = century + _number(digits, at_year + 2)
    month, day = _number(digits, at_month), _number(digits, at_day)
    is_month = (month >= 1) & (month <= 12)
    is_leap_day = (month == _FEBRUARY) & (day == 29) & (year % 4 == 0) & (year != _NO_LEAP_YEAR)
    exists = (day >= 1) & ((day <= _DAYS[np.where(is_month, month, 0)]) | is_leap_day)
    found: Rows = is_month & exists & (year >= years.start) & (year < years.stop)
    return found


def _are_numbers(texts: pa.StringArray, rows: Places, length: int, column: Column) -> Rows:
    """Without zeros that a canonical number leaves out, and within the column's bounds."""
    letters = characters(texts, rows, length)
    is_whole = letters.shape[1] == 1
    found = np.ones(len(rows), dtype=bool)
    if not is_whole:
        found &= (letters[:, 0] != _ZERO) | (letters[:, 1] == _POINT)
    if column.type == "decimal" and (letters == _POINT).any():
        found &= letters[:, -1] != _ZERO
    if column.minimum is not None or column.maximum is not None:
        found[found] = _within(texts.take(pa.array(rows[found])), column)
    return found


def _within(numbers: pa.StringArray, column: Column) -> Rows:
    exact = pc.cast(numbers, _EXACT)
    found = np.ones(len(numbers), dtype=bool)
    for bound, compare in ((column.minimum, pc.greater_equal), (column.maximum, pc.less_equal)):
        if bound is not None:
            limit = pc.cast(pa.scalar(Decimal(str(bound))), _EXACT)
            found &= compare(exact, limit).to_numpy(zero_copy_only=False)
    return found


_TYPES: Final[dict[str, tuple[re.Pattern[str], _Looks | None]]] = {
    "text": (_TEXT, None),
    "date": (_DATE, _are_dates),
    "datetime": (_DATETIME, _are_datetimes),
    "integer": (_INTEGER, _are_numbers),
    "decimal": (_DECIMAL, _are_numbers),
    "money": (_MONEY, _are_numbers),
}
