"""Resident IDs that are clear: eighteen characters, a day of birth, the right check digit.

Told for many numbers at once, for feeds that bring tens of thousands of people at a time. It has
no opinion of its own: whatever is not plainly a valid number is for ``ingestion.identity`` to
judge, and a test holds that both say the same of the others. Rules: GB 11643-1999.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa

from ingestion.clear_texts import days_exist
from ingestion.identity import CHECK_DIGITS, OLDEST, WEIGHTS, YOUNGEST, IdStatus
from ingestion.text_arrays import Bytes, Rows, characters, lengths

_LENGTH: Final = 18
_FROM_BIRTH: Final = slice(6, 14)
_ZERO: Final = np.uint8(ord("0"))
_LETTERS: Final = np.frombuffer(CHECK_DIGITS.encode(), dtype=np.uint8)
_HIDDEN: Final = slice(3, 16)


def clear_ids(texts: pa.StringArray, on: date) -> Rows:
    """Which texts (cells of kind ``t``) are numbers that ``identify`` takes as they stand."""
    found: Rows = lengths(texts) == _LENGTH
    rows = np.flatnonzero(found)
    letters = characters(texts, rows, _LENGTH)
    digits = letters - _ZERO
    is_number = (digits[:, :17] <= 9).all(axis=1) & (digits[:, 0] > 0)
    total = digits[:, :17].astype(np.int32) @ np.array(WEIGHTS, dtype=np.int32)
    is_number &= letters[:, 17] == _LETTERS[total % 11]
    birth = np.array(digits[:, _FROM_BIRTH].T, order="C")
    is_number &= days_exist(birth, (0, 4, 6), range(on.year - OLDEST - 1, on.year + 1))
    day = birth[4:].astype(np.int32)
    today = on.month * 100 + on.day
    year = birth[:4].astype(np.int32)
    born = year[0] * 1000 + year[1] * 100 + year[2] * 10 + year[3]
    later = day[0] * 1000 + day[1] * 100 + day[2] * 10 + day[3] > today
    age = on.year - born - later
    found[rows] = is_number & (age >= YOUNGEST) & (age <= OLDEST)
    return found


def about_clear_ids(numbers: pa.StringArray) -> tuple[pa.Array, ...]:
    """Status, masked form, year of birth and sex, as ``identify`` tells them of clear numbers."""
    letters = characters(numbers, np.arange(len(numbers)), _LENGTH)
    masked = letters.copy()
    masked[:, _HIDDEN] = ord("*")
    is_male = letters[:, 16] % 2 == 1
    sexes = pa.array(["female", "male"]).take(pa.array(is_male.astype(np.int32)))
    status = pa.array([IdStatus.VALID.value]).take(pa.array(np.zeros(len(numbers), np.int32)))
    return status, _texts(masked), _texts(letters[:, 6:10]), sexes


def _texts(letters: Bytes) -> pa.StringArray:
    """One text per line."""
    count, length = letters.shape
    ends = np.arange(0, (count + 1) * length, length, dtype=np.int32)
    content = np.ascontiguousarray(letters).reshape(-1)
    return pa.StringArray.from_buffers(count, pa.py_buffer(ends), pa.py_buffer(content))
