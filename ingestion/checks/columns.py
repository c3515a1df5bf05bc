"""One column of many rows: each distinct cell is judged once and mapped back to its rows.

No Python code runs per row of a large feed: what lands as it stands is told in the array, and of
the rest only new cells are judged one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import repeat
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.cells import CellContext
from ingestion.checks.reason_codes import CODES, NONE, Codes, Positions
from ingestion.checks.verdicts import Cell, Verdict, judge_of
from ingestion.clear_ids import about_clear_ids, clear_ids
from ingestion.clear_texts import clear
from ingestion.contract import Column, FeedContract
from ingestion.reasons import RowReason
from ingestion.text_arrays import Rows, plain_text, repeated
from ingestion.vault import KeyRing

_VALUELESS: Final = {"e": RowReason.CELL_ERROR, "f": RowReason.FORMULA_NOT_CALCULATED}
_IS_VALUELESS: Final = np.array([chr(kind) in _VALUELESS for kind in range(256)])
#: Types of which nearly every cell lands as it stands, and those whose values are few as a rule.
_MOSTLY_CLEAR: Final = frozenset({"text", "datetime"})
_OFTEN_CLEAR: Final = frozenset({"date", "integer", "decimal", "money", "resident_id"})
#: So many new values of a column are looked at together.
_MANY: Final = 64
#: So many distinct cells of a column are remembered.
_REMEMBERED: Final = 1 << 19
#: Fewer words than that are held against those that are known.
_FEW: Final = 1024

Kinds = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Judged:
    """One contract column of some rows: its landing arrays, and per row a reason or none."""

    #: Plain arrays of text, or arrays of codes with their dictionary.
    arrays: Mapping[str, pa.Array]
    #: None where no row has any.
    reasons: Codes | None
    #: None where every row has one.
    has_value: Rows | None
    #: Which verdict each row has, -1 for a blank or a clear cell; None where no row has any.
    places: Positions | None


class _Words:
    """The values of one landing column, in the order in which they were met."""

    def __init__(self) -> None:
        self._code_of: dict[str, int] = {}
        self._dictionary: pa.StringArray = pa.array([], pa.string())
        self._codes = np.empty(0, dtype=np.int32)

    def add(self, values: pa.StringArray) -> None:
        """Take note of the values of further verdicts. Of many, some may be known already."""
        encoded = values.dictionary_encode()
        words, count = encoded.dictionary, len(self._dictionary)
        codes = encoded.indices.fill_null(NONE).to_numpy(zero_copy_only=False)
        if len(words) <= _FEW:
            texts = words.to_pylist()
            new = [text for text in texts if text not in self._code_of]
            self._code_of |= {text: count + number for number, text in enumerate(new)}
            code_of = np.array([*(self._code_of[text] for text in texts), NONE], dtype=np.int32)
            words, codes = pa.array(new, pa.string()), code_of[codes]
        else:
            codes = np.where(codes < 0, codes, codes + np.int32(count))
        self._codes = np.append(self._codes, codes.astype(np.int32))
        if len(words):
            self._dictionary = pa.concat_arrays([self._dictionary, words])

    def of(self, places: Positions) -> pa.DictionaryArray:
        """The value for each row's verdict, null where there is none."""
        codes = np.append(self._codes, np.int32(NONE))[places]
        blank = codes < 0
        indices = pa.array(codes, mask=blank) if blank.any() else pa.array(codes)
        return pa.DictionaryArray.from_arrays(indices, self._dictionary)


@dataclass(frozen=True)
class _Verdicts:
    """What many distinct cells come to, value by value."""

    values: Sequence[pa.StringArray]
    reasons: Sequence[RowReason | None]
    secrets: Sequence[tuple[str, int, str] | None] = field(repr=False)


class ColumnJudge:
    """Judges the cells of one column, each distinct one once, however many rows bring it again.

    What it remembers is bounded: a column of ever new values forgets, and judges again.
    """

    def __init__(
        self,
        column: Column,
        contract: FeedContract,
        keys: KeyRing,
        delivered_on: date,
        context: CellContext,
    ) -> None:
        self.column = column
        self._judge = judge_of(column, context, keys, delivered_on)
        self._keys = keys
        self._on = delivered_on
        self._is_in_cny = (context.money_unit or column.unit) == "cny"
        self._names = [
            (at, name) for at, name in enumerate(_landing_names(column, contract)) if name
        ]
        self._parts = len(_landing_names(column, contract))
        self._forget()

    def __call__(self, raw: pa.StringArray, kinds: Kinds, documents: pa.Array | None) -> Judged:
        if len(self._verdict_of) > _REMEMBERED:
            self._forget()
        is_clear = self._clear(raw, kinds)
        if is_clear is not None and is_clear.all():
            return Judged({self.column.name: raw}, None, None, None)
        unclear = raw
        if is_clear is not None and is_clear.any():
            unclear = pc.if_else(pa.array(is_clear), pa.scalar(None, pa.string()), raw)
        cells, rows = _distinct(unclear, kinds, documents)
        places = np.append(self._places(cells), NONE)[rows]
        arrays = {name: words.of(places) for name, words in self._words.items()}
        if is_clear is not None:
            judged = plain_text(arrays[self.column.name])
            arrays[self.column.name] = (
                pc.if_else(pa.array(is_clear), raw, judged) if is_clear.any() else judged
            )
        reasons = np.append(self._reasons, np.int16(NONE))[places]
        has_value = ~np.append(self._blanks, True)[places]
        if is_clear is not None:
            has_value |= is_clear
        return Judged(
            arrays,
            reasons if (reasons != NONE).any() else None,
            None if has_value.all() else has_value,
            places,
        )

    def secrets(self, judged: Judged, lands: Rows) -> Iterator[tuple[str, int, str]]:
        """Plain values of the rows that land; each once, as long as it is remembered."""
        if judged.places is None or not self._is_secret.any():
            return
        told = np.zeros(len(self._is_secret) + 1, dtype=bool)
        told[judged.places[lands]] = True
        for place in np.flatnonzero(told[:-1] & self._is_secret).tolist():
            if secret := self._secrets[place]:
                yield secret
            self._secrets[place] = None
        self._is_secret &= ~told[:-1]

    def _forget(self) -> None:
        self._verdict_of: dict[Cell, int] = {}
        self._words = {name: _Words() for _, name in self._names}
        self._reasons = np.empty(0, dtype=np.int16)
        self._blanks = np.empty(0, dtype=bool)
        self._secrets: list[tuple[str, int, str] | None] = []
        self._is_secret = np.empty(0, dtype=bool)

    def _clear(self, raw: pa.StringArray, kinds: Kinds) -> Rows | None:
        """Which cells land as they stand; None for a type whose values are few as a rule."""
        if self.column.type not in _MOSTLY_CLEAR:
            return None
        is_clear: Rows = clear(raw, self.column) & (kinds == ord("t"))
        return is_clear

    def _places(self, cells: Sequence[Cell]) -> Positions:
        """Which verdict each of these cells has; those met for the first time are judged."""
        known = self._verdict_of
        places = np.fromiter(map(known.get, cells, repeat(NONE)), np.int64, len(cells))
        unknown = [cells[at] for at in np.flatnonzero(places == NONE).tolist()]
        if not unknown:
            return places
        for some, verdicts in self._judged(unknown):
            first = len(known)
            known |= zip(some, range(first, first + len(some)), strict=True)
            self._learn(verdicts)
        places[places == NONE] = list(map(known.__getitem__, unknown))
        return places

    def _judged(self, cells: Sequence[Cell]) -> Iterator[tuple[Sequence[Cell], _Verdicts]]:
        """What these distinct cells come to; the clear ones of many all at once."""
        rest = cells
        if len(cells) >= _MANY and self.column.type in _OFTEN_CLEAR:
            texts = pa.array([text for text, _, _ in cells], pa.string())
            is_clear = self._are_clear(texts) & [kind == "t" for _, kind, _ in cells]
            chosen = [cells[at] for at in np.flatnonzero(is_clear).tolist()]
            if chosen:
                yield chosen, self._of_clear(texts.filter(pa.array(is_clear)))
            rest = [cells[at] for at in np.flatnonzero(~is_clear).tolist()]
        if rest:
            yield rest, self._one_by_one(rest)

    def _are_clear(self, texts: pa.StringArray) -> Rows:
        if self.column.type == "resident_id":
            return clear_ids(texts, self._on)
        return clear(texts, self.column, is_in_cny=self._is_in_cny)

    def _of_clear(self, texts: pa.StringArray) -> _Verdicts:
        none = [None] * len(texts)
        if self.column.type == "resident_id":
            numbers = texts.to_pylist()
            keys = self._keys.person_keys(numbers)
            version = repeated(str(self._keys.version), len(texts)).dictionary_decode()
            values = [pa.array(keys).cast(pa.string()), version, *about_clear_ids(texts)]
            kinds = repeat("resident_id")
            return _Verdicts(values, none, list(zip(kinds, keys, numbers, strict=False)))
        # A date that might have been a month says that it is a day.
        more = [repeated("day", len(texts)).dictionary_decode()] * (self._parts - 1)
        return _Verdicts([texts, *more], none, none)

    def _one_by_one(self, cells: Sequence[Cell]) -> _Verdicts:
        verdicts = [
            Verdict(reason=_VALUELESS[kind])
            if kind in _VALUELESS
            else self._judge(text, kind, document)
            for text, kind, document in cells
        ]
        return _Verdicts(
            [
                pa.array([one.values[at] if one.values else None for one in verdicts], pa.string())
                for at in range(self._parts)
            ],
            [one.reason for one in verdicts],
            [one.secret for one in verdicts],
        )

    def _learn(self, verdicts: _Verdicts) -> None:
        for at, name in self._names:
            self._words[name].add(verdicts.values[at])
        codes = [_code(reason) for reason in verdicts.reasons]
        blanks = [reason is RowReason.CELL_BLANK for reason in verdicts.reasons]
        self._reasons = np.append(self._reasons, np.array(codes, dtype=np.int16))
        self._blanks = np.append(self._blanks, np.array(blanks, dtype=bool))
        self._secrets += verdicts.secrets
        is_secret = [secret is not None for secret in verdicts.secrets]
        self._is_secret = np.append(self._is_secret, np.array(is_secret, dtype=bool))


def _distinct(
    raw: pa.Array, kinds: Kinds, documents: pa.Array | None
) -> tuple[list[Cell], Positions]:
    """The distinct cells of a column, and which of them each row holds (-1 when blank)."""
    encoded = raw.dictionary_encode()
    texts = [*encoded.dictionary.to_pylist(), ""]
    text_at = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    if documents is None and (kinds == ord("t")).all():
        return [(text, "t", None) for text in texts[:-1]], text_at
    # An error or a formula without a result has no text, but is no blank cell either.
    text_at[(text_at < 0) & _IS_VALUELESS[kinds]] = len(texts) - 1

    types: list[str | None] = [None]
    type_at = np.zeros(len(text_at), dtype=np.int64)
    if documents is not None:
        encoded = documents.dictionary_encode()
        types = [*encoded.dictionary.to_pylist(), None]
        indices = encoded.indices.fill_null(len(types) - 1)
        type_at = indices.to_numpy(zero_copy_only=False).astype(np.int64)

    mixed = (text_at * 256 + kinds) * len(types) + type_at
    mixed[text_at < 0] = -1
    distinct, places = np.unique(mixed, return_inverse=True)
    if distinct.size and distinct[0] < 0:
        distinct, places = distinct[1:], places - 1
    cells = [
        (texts[code // len(types) // 256], chr(code // len(types) % 256), types[code % len(types)])
        for code in distinct.tolist()
    ]
    return cells, places.astype(np.int64)


def _code(reason: RowReason | None) -> int:
    """A cell that holds only blanks is blank; whether it may be is the column's business."""
    if reason is None or reason is RowReason.CELL_BLANK:
        return NONE
    return CODES[reason]


def _landing_names(column: Column, contract: FeedContract) -> tuple[str, ...]:
    """The landing column for each value that a cell of this column yields; '' for none."""
    if column.into is None:
        return column.landed_names()
    first, last = (contract.column(name).landed_names() for name in column.into)
    return (first[0], *(first[1:] or ("",)), last[0], *(last[1:] or ("",)))
