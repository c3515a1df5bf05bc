"""Which rows are records whatever stands around them, told column by column.

A row is plain when its key is there and no total, what must be filled is, and no cell repeats the
one above or a header. All others are for ``row_kinds`` to judge, line by line, and tests hold that
both come to the same. So it refuses to call plain what needs a second look.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.cells import INVISIBLE
from ingestion.readers.cell_text import DITTO, MAY_CHANGE, text_of
from ingestion.readers.headers import HeaderMatcher
from ingestion.readers.row_kinds import TableShape
from ingestion.text_arrays import Bytes, Rows, buffers, is_valid, lengths

_COLON: Final = ord(":")
_ASCII: Final = 128


def _byte_table(characters: Sequence[str]) -> Rows:
    """Which bytes one of these characters begins with."""
    table = np.zeros(256, dtype=bool)
    table[[character.encode()[0] for character in characters if character]] = True
    return table


#: How a cell begins that ``text_of`` may clean, and the bytes that blanks at its end end with.
_MAY_BEGIN: Final = _byte_table([*INVISIBLE, *MAY_CHANGE])
_ENDS: Final = {
    width: np.array(
        sorted(
            int.from_bytes(character.encode(), "big")
            for character in INVISIBLE
            if len(character.encode()) == width
        )
    )
    for width in (1, 2, 3)
}
_MAY_END: Final = np.isin(
    np.arange(256), [code & 0xFF for codes in _ENDS.values() for code in codes]
)


class PlainRows:
    """Tells plain rows of one table; safe to share between threads."""

    def __init__(self, shape: TableShape, matcher: HeaderMatcher, named: int | None = None) -> None:
        """From the grid column ``named`` on a plain row is blank."""
        self._shape = shape
        self._named = named
        self._is_header = matcher.is_header
        self._may_matter = _byte_table([*matcher.initials, *(word[0] for word in DITTO)])

    def told(self, cells: Sequence[pa.StringArray], rows: int) -> Rows:
        """Which of so many rows are plain; ``cells`` by grid column, ``cleaned``."""
        is_plain = np.ones(rows, dtype=bool)
        for at, column in enumerate(cells):
            if self._named is not None and at >= self._named:
                is_plain &= ~is_valid(column)
                continue
            if at in self._shape.needed:
                is_plain &= is_valid(column)
            if at in self._shape.key:
                is_plain &= ~_may_be_label_or_total(column)
            self._rule_out(column, is_plain)
        return is_plain

    def _rule_out(self, column: pa.StringArray, is_plain: Rows) -> None:
        """Rows with a cell that may repeat the one above, or be a header's."""
        starts, content = buffers(column)
        begins = starts[:-1]
        is_filled = starts[1:] > begins
        if is_filled.all():
            matter = np.flatnonzero(self._may_matter[content[begins]])
        else:
            filled = np.flatnonzero(is_filled)
            matter = filled[self._may_matter[content[begins[filled]]]]
        if not len(matter):
            return
        encoded = column.take(pa.array(matter)).dictionary_encode()
        words = encoded.dictionary.to_pylist()
        tells = np.array([word in DITTO or self._is_header(word) for word in words], dtype=bool)
        is_plain[matter[tells[encoded.indices.to_numpy(zero_copy_only=False)]]] = False


def _may_be_label_or_total(column: pa.StringArray) -> Rows:
    """Whether the key may be a signature's label or the word for a total."""
    _, content = buffers(column)
    if not len(content) or not ((content >= _ASCII) | (content == _COLON)).any():
        return np.zeros(len(column), dtype=bool)
    found = pc.fill_null(pc.match_substring_regex(column, TableShape.LABEL_OR_TOTAL), False)
    return np.asarray(found.to_numpy(zero_copy_only=False))


def cleaned(texts: pa.StringArray) -> pa.StringArray:
    """As ``text_of`` cleans every cell; null where it leaves nothing."""
    starts, content = buffers(texts)
    begins, ends = starts[:-1], starts[1:]
    is_blank = ends == begins
    rows = np.flatnonzero(~is_blank) if is_blank.any() else None
    if rows is not None:
        begins, ends = begins[rows], ends[rows]
    changes = _MAY_BEGIN[content[begins]]
    blank_end = np.flatnonzero(_MAY_END[content[ends - 1]])
    changes[blank_end] |= _ends_blank(content, ends[blank_end])
    may_change = np.flatnonzero(changes) if rows is None else rows[changes]
    if len(may_change):
        encoded = texts.take(pa.array(may_change)).dictionary_encode()
        before = encoded.dictionary.to_pylist()
        after = [text_of(text) for text in before]
        if after != before:
            mask = np.zeros(len(texts), dtype=bool)
            mask[may_change] = True
            texts = pc.replace_with_mask(
                texts, pa.array(mask), pa.array(after, pa.string()).take(encoded.indices)
            )
            is_blank = lengths(texts) == 0
    if not is_blank.any():
        return texts
    return pc.if_else(pa.array(is_blank), pa.scalar(None, pa.string()), texts)


def _ends_blank(content: Bytes, ends: npt.NDArray[np.int32]) -> Rows:
    """Whether the bytes before these places are a character without ink."""
    found = np.zeros(len(ends), dtype=bool)
    code = np.zeros(len(ends), dtype=np.int64)
    for width, known in _ENDS.items():
        code += content[np.maximum(ends - width, 0)].astype(np.int64) << (8 * (width - 1))
        found |= known[np.searchsorted(known, code).clip(max=len(known) - 1)] == code
    return found
