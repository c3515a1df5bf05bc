"""Tables of raw text x contract: what lands, what is rejected and why, and when to refuse all.

Pure: tables in, tables out. Each distinct cell text is parsed once and mapped back, so that no
Python code runs per row of a large feed. What is rejected is pointed at (sheet, row, column,
reason), never quoted. It refuses to repair: a cell that can be read in two ways is a reason.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from itertools import repeat
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.cells import CellContext, MoneyUnit, Parsed, parse_cell
from ingestion.clear_ids import about_clear_ids, clear_ids
from ingestion.clear_texts import clear
from ingestion.contract import Column, FeedContract
from ingestion.identity import (
    YOUNGEST,
    CertificateNumber,
    Identified,
    bank_account,
    certificate_number,
    credit_code,
    identify,
    person_name,
    phone,
)
from ingestion.readers.reading import FAULT, KINDS, ROW_NUMBER, SKIP
from ingestion.reasons import Breach, BreachCode, RowReason, SkipReason
from ingestion.text_arrays import Hashes, Rows, hashes, in_one_piece, mixed, plain_text
from ingestion.vault import KeyRing

#: One row of quarantine: a pointer, never a value. ``record_digest`` is a key under the secret
#: that knows the same rejected record again.
REJECTED_SCHEMA: Final = pa.schema(
    [
        ("sheet", pa.string()),
        ("row_number", pa.int64()),
        ("record_key", pa.string()),
        ("column_name", pa.string()),
        ("reason", pa.string()),
        ("reasons", pa.string()),
        ("record_digest", pa.string()),
    ]
)
#: Plain values for the vault, by kind and key.
SECRETS_SCHEMA: Final = pa.schema(
    [("kind", pa.string()), ("key", pa.int64()), ("plaintext", pa.string())]
)

SHEET: Final = "_sheet"

#: The column that says what kind of document an ID number stands on, where a feed has it.
_DOCUMENT_TYPE: Final = "document_type"
_SEPARATOR: Final = "\x1f"
#: What a rejected row is known again by.
_TOLD: Final = ("record_key", "column_name", "reasons")
_REASONS: Final = tuple(RowReason)
_CODES: Final = {reason: code for code, reason in enumerate(RowReason)}
_NONE: Final = -1
_DUPLICATE: Final = _CODES[RowReason.KEY_DUPLICATE]
_VALUELESS: Final = {"e": RowReason.CELL_ERROR, "f": RowReason.FORMULA_NOT_CALCULATED}
_IS_VALUELESS: Final = np.array([chr(kind) in _VALUELESS for kind in range(256)])
#: Types of key columns that may hold a record's own number.
_NUMBERING: Final = frozenset({"text", "certificate_no", "credit_code"})
_RECORD_NUMBER: Final = re.compile(r"[0-9A-Z][0-9A-Z._/-]{2,39}")
_PERSONS_NUMBER: Final = re.compile(r"1[3-9][0-9]{9}|[0-9]{15,19}X?")
#: Types of which nearly every cell lands as it stands, and those whose values are few as a rule.
_MOSTLY_CLEAR: Final = frozenset({"text", "datetime"})
_OFTEN_CLEAR: Final = frozenset({"date", "integer", "decimal", "money", "resident_id"})
#: So many new values of a column are looked at together.
_MANY: Final = 64
#: So many distinct cells of a column are remembered.
_REMEMBERED: Final = 1 << 19
#: Fewer words than that are held against those that are known.
_FEW: Final = 1024
#: The row as a whole, where a column is meant.
_ROW: Final = -1

Codes = npt.NDArray[np.int16]
Positions = npt.NDArray[np.int64]
Kinds = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Sheet:
    """One table of a delivery with what its cells' meaning depends on.

    ``rows`` has a string column per mapped contract column and the reader's own columns.
    """

    name: str
    rows: pa.Table
    #: The delivery's year, for dates without one.
    year: int | None = None
    date_1904: bool = False
    #: The unit in the title, and per column the one in its header.
    money_unit: MoneyUnit | None = None
    money_units: Mapping[str, MoneyUnit] = field(default_factory=dict)

    def cell_context(self, column: str) -> CellContext:
        unit = self.money_units.get(column) or self.money_unit
        return CellContext(year=self.year, money_unit=unit, date_1904=self.date_1904)


@dataclass(frozen=True)
class Checked:
    """What became of the rows of one batch."""

    #: ``contract.landed_names()`` as text, then ``_sheet`` and ``_row_number``.
    landed: pa.Table
    #: As ``REJECTED_SCHEMA``.
    rejected: pa.Table
    skipped: Counter[SkipReason]
    #: As ``SECRETS_SCHEMA``: what goes to the vault.
    secrets: pa.Table = field(repr=False)
    #: Greatest change time among all rows, rejected ones included.
    watermark: str | None = None

    @property
    def rows_landed(self) -> int:
        return int(self.landed.num_rows)

    @property
    def rows_rejected(self) -> int:
        return int(self.rejected.num_rows)

    @property
    def rows_skipped(self) -> int:
        return self.skipped.total()

    @property
    def rows_of_data(self) -> int:
        """Rows that are records, whether they land or not."""
        return self.rows_landed + self.rows_rejected

    def without(self, landed: pa.Array, rejected: pa.Array, reason: SkipReason) -> Checked:
        """The same, less the rows where these masks are true, which count as skipped."""
        kept = self.landed.filter(pc.invert(landed))
        left = self.rejected.filter(pc.invert(rejected))
        gone = self.rows_of_data - kept.num_rows - left.num_rows
        skipped = self.skipped + Counter({reason: gone})
        return Checked(kept, left, skipped, self.secrets, self.watermark)


# --- one cell ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Verdict:
    """What one distinct cell comes to: texts for its landing columns, or a reason.

    ``secret`` is (kind, key, plain value) for the vault.
    """

    values: tuple[str | None, ...] = ()
    reason: RowReason | None = None
    secret: tuple[str, int, str] | None = field(default=None, repr=False)


#: (text, kind, document type) of one distinct cell.
_Cell = tuple[str, str, str | None]
_Judge = Callable[[str, str, str | None], _Verdict]


def _judge(column: Column, context: CellContext, keys: KeyRing, on: date) -> _Judge:
    """How cells of this column are judged."""
    match column.type:
        case "resident_id":
            return lambda raw, kind, document: _resident_id(identify(raw, kind, document, on), keys)
        case "person_name":
            return lambda raw, _kind, _: _keyed("person_name", person_name(raw), keys)
        case "phone":
            return lambda raw, _kind, _: _keyed("phone", phone(raw), keys)
        case "bank_account":
            return lambda raw, kind, _: _keyed("bank_account", bank_account(raw, kind), keys)
        case "certificate_no":
            return lambda raw, kind, _: _certificate(certificate_number(raw, kind), keys)
        case "credit_code":
            return lambda raw, kind, _: _plain(credit_code(raw, kind))
        case _:
            return lambda raw, kind, _: _plain(parse_cell(raw, kind, column, context))


def _resident_id(found: Identified | RowReason, keys: KeyRing) -> _Verdict:
    if isinstance(found, RowReason):
        return _Verdict(reason=found)
    about = (found.status.value, found.masked, found.birth_year, found.sex)
    if found.normalised is None:
        return _Verdict((None, None, *about))
    key = keys.person_key(found.normalised)
    return _Verdict(
        (str(key), str(keys.version), *about), secret=("resident_id", key, found.normalised)
    )


def _keyed(kind: str, text: str | None, keys: KeyRing) -> _Verdict:
    """A value that lands as its key only; one that cannot be read lands without."""
    if text is None:
        return _Verdict((None,))
    key = keys.key(kind, text)
    return _Verdict((str(key),), secret=(kind, key, text))


def _certificate(found: CertificateNumber | RowReason, keys: KeyRing) -> _Verdict:
    if isinstance(found, RowReason):
        return _Verdict(reason=found)
    key = keys.key("certificate_no", found.normalised)
    hides = found.shown != found.normalised
    return _Verdict(
        (found.shown, str(key)),
        secret=("certificate_no", key, found.normalised) if hides else None,
    )


def _plain(found: Parsed | str | RowReason) -> _Verdict:
    if isinstance(found, RowReason):
        return _Verdict(reason=found)
    return _Verdict(found.values if isinstance(found, Parsed) else (found,))


# --- one column -------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Judged:
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
        codes = encoded.indices.fill_null(_NONE).to_numpy(zero_copy_only=False)
        if len(words) <= _FEW:
            texts = words.to_pylist()
            new = [text for text in texts if text not in self._code_of]
            self._code_of |= {text: count + number for number, text in enumerate(new)}
            code_of = np.array([*(self._code_of[text] for text in texts), _NONE], dtype=np.int32)
            words, codes = pa.array(new, pa.string()), code_of[codes]
        else:
            codes = np.where(codes < 0, codes, codes + np.int32(count))
        self._codes = np.append(self._codes, codes.astype(np.int32))
        if len(words):
            self._dictionary = pa.concat_arrays([self._dictionary, words])

    def of(self, places: Positions) -> pa.DictionaryArray:
        """The value for each row's verdict, null where there is none."""
        codes = np.append(self._codes, np.int32(_NONE))[places]
        blank = codes < 0
        indices = pa.array(codes, mask=blank) if blank.any() else pa.array(codes)
        return pa.DictionaryArray.from_arrays(indices, self._dictionary)


@dataclass(frozen=True)
class _Verdicts:
    """What many distinct cells come to, value by value."""

    values: Sequence[pa.StringArray]
    reasons: Sequence[RowReason | None]
    secrets: Sequence[tuple[str, int, str] | None] = field(repr=False)


class _ColumnJudge:
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
        self._judge = _judge(column, context, keys, delivered_on)
        self._keys = keys
        self._on = delivered_on
        self._is_in_cny = (context.money_unit or column.unit) == "cny"
        self._names = [
            (at, name) for at, name in enumerate(_landing_names(column, contract)) if name
        ]
        self._parts = len(_landing_names(column, contract))
        self._forget()

    def __call__(self, raw: pa.StringArray, kinds: Kinds, documents: pa.Array | None) -> _Judged:
        if len(self._verdict_of) > _REMEMBERED:
            self._forget()
        is_clear = self._clear(raw, kinds)
        if is_clear is not None and is_clear.all():
            return _Judged({self.column.name: raw}, None, None, None)
        unclear = raw
        if is_clear is not None and is_clear.any():
            unclear = pc.if_else(pa.array(is_clear), pa.scalar(None, pa.string()), raw)
        cells, rows = _distinct(unclear, kinds, documents)
        places = np.append(self._places(cells), _NONE)[rows]
        arrays = {name: words.of(places) for name, words in self._words.items()}
        if is_clear is not None:
            judged = plain_text(arrays[self.column.name])
            arrays[self.column.name] = (
                pc.if_else(pa.array(is_clear), raw, judged) if is_clear.any() else judged
            )
        reasons = np.append(self._reasons, np.int16(_NONE))[places]
        has_value = ~np.append(self._blanks, True)[places]
        if is_clear is not None:
            has_value |= is_clear
        return _Judged(
            arrays,
            reasons if (reasons != _NONE).any() else None,
            None if has_value.all() else has_value,
            places,
        )

    def secrets(self, judged: _Judged, lands: Rows) -> Iterator[tuple[str, int, str]]:
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
        self._verdict_of: dict[_Cell, int] = {}
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

    def _places(self, cells: Sequence[_Cell]) -> Positions:
        """Which verdict each of these cells has; those met for the first time are judged."""
        known = self._verdict_of
        places = np.fromiter(map(known.get, cells, repeat(_NONE)), np.int64, len(cells))
        unknown = [cells[at] for at in np.flatnonzero(places == _NONE).tolist()]
        if not unknown:
            return places
        for some, verdicts in self._judged(unknown):
            first = len(known)
            known |= zip(some, range(first, first + len(some)), strict=True)
            self._learn(verdicts)
        places[places == _NONE] = list(map(known.__getitem__, unknown))
        return places

    def _judged(self, cells: Sequence[_Cell]) -> Iterator[tuple[Sequence[_Cell], _Verdicts]]:
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
            version = _repeated(str(self._keys.version), len(texts)).dictionary_decode()
            values = [pa.array(keys).cast(pa.string()), version, *about_clear_ids(texts)]
            kinds = repeat("resident_id")
            return _Verdicts(values, none, list(zip(kinds, keys, numbers, strict=False)))
        # A date that might have been a month says that it is a day.
        more = [_repeated("day", len(texts)).dictionary_decode()] * (self._parts - 1)
        return _Verdicts([texts, *more], none, none)

    def _one_by_one(self, cells: Sequence[_Cell]) -> _Verdicts:
        verdicts = [
            _Verdict(reason=_VALUELESS[kind])
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
) -> tuple[list[_Cell], Positions]:
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
        return _NONE
    return _CODES[reason]


def _landing_names(column: Column, contract: FeedContract) -> tuple[str, ...]:
    """The landing column for each value that a cell of this column yields; '' for none."""
    if column.into is None:
        return column.landed_names()
    first, last = (contract.column(name).landed_names() for name in column.into)
    return (first[0], *(first[1:] or ("",)), last[0], *(last[1:] or ("",)))


# --- some rows --------------------------------------------------------------------------------


class Checker:
    """Judges the rows of one batch, part by part in the order of the delivery.

    What is remembered from part to part is bounded but for 16 bytes per landed row, which know a
    repeated key. Parts may be sheets, or pieces of one table that is too large to be held.
    """

    def __init__(self, contract: FeedContract, keys: KeyRing, *, delivered_on: date) -> None:
        self._contract = contract
        self._keys = keys
        self._delivered_on = delivered_on
        self._judges: dict[tuple[str, CellContext], _ColumnJudge] = {}
        self._seen = _Seen()

    def check(self, sheet: Sheet) -> Checked:
        """Judge further rows. Texts of ``landed`` may be codes with a dictionary."""
        contract = self._contract
        skip = _text_column(sheet.rows, SKIP)
        rows = sheet.rows.filter(pc.is_null(skip)) if skip.null_count < len(skip) else sheet.rows
        judges = [
            self._judge(column, sheet.cell_context(column.name)) for column in contract.columns
        ]
        judged = self._judged(judges, rows)
        arrays = _merged(judged, contract)
        reasons = _Reasons(len(contract.columns), rows.num_rows)
        reasons.add(_ROW, _fault_codes(rows))
        for index in range(len(judged)):
            reasons.add(index, _with_blanks(judged, index, contract))
        _mark_disorder(reasons, arrays, contract)
        _mark_under_age(reasons, arrays, contract)
        table = pa.table(
            {
                **{name: arrays[name] for name in contract.landed_names()},
                SHEET: _repeated(sheet.name, rows.num_rows),
                ROW_NUMBER: rows.column(ROW_NUMBER).cast(pa.int64()),
            }
        )
        lands = ~reasons.any()
        repeats = np.flatnonzero(lands)[
            self._seen.repeats(record_keys(_only(table, lands), contract))
        ]
        lands[repeats] = False
        reasons.mark(repeats, _column_index(contract, contract.key[0]), RowReason.KEY_DUPLICATE)
        secrets = [
            secret
            for judge, one in zip(judges, judged, strict=True)
            for secret in judge.secrets(one, lands)
        ]
        return Checked(
            landed=_only(table, lands),
            rejected=self._pointers(table, reasons, np.flatnonzero(~lands), rows),
            skipped=_skips(skip),
            secrets=_secrets_table(secrets),
            watermark=_greatest(table, contract.watermark),
        )

    def _judge(self, column: Column, context: CellContext) -> _ColumnJudge:
        place = column.name, context
        if place not in self._judges:
            self._judges[place] = _ColumnJudge(
                column, self._contract, self._keys, self._delivered_on, context
            )
        return self._judges[place]

    def _judged(self, judges: Sequence[_ColumnJudge], rows: pa.Table) -> list[_Judged]:
        kinds = _kind_matrix(rows, len(judges))
        documents = (
            _text_column(rows, _DOCUMENT_TYPE) if _DOCUMENT_TYPE in rows.column_names else None
        )
        return [
            judge(
                _text_column(rows, judge.column.name),
                kinds[:, at],
                documents if judge.column.type == "resident_id" else None,
            )
            for at, judge in enumerate(judges)
        ]

    def _pointers(
        self, table: pa.Table, reasons: _Reasons, rejected: Positions, rows: pa.Table
    ) -> pa.Table:
        """Quarantine: where each rejected row stands, and why it was rejected."""
        if not len(rejected):
            return REJECTED_SCHEMA.empty_table()
        contract, at = self._contract, pa.array(rejected)
        codes = reasons.of(rejected)
        combinations, places = np.unique(codes, axis=0, return_inverse=True)
        names = ["", *(column.name for column in contract.columns)]
        found = [
            [(names[i], _REASONS[code].value) for i, code in enumerate(row) if code != _NONE]
            for row in combinations.tolist()
        ]
        # Raw texts of what knows a record again.
        told = {name: _text_column(rows, name).take(at) for name in _identifying(contract)}
        records = pa.table(told).to_pylist()
        combination = pa.array(places.reshape(-1))
        return pa.Table.from_arrays(
            [
                plain_text(table.column(SHEET)).take(at),
                in_one_piece(table.column(ROW_NUMBER)).take(at),
                pa.array(
                    [
                        _shown_key(record, contract, row)
                        for record, row in zip(records, codes.tolist(), strict=True)
                    ],
                    pa.string(),
                ),
                pa.array([pairs[0][0] for pairs in found], pa.string()).take(combination),
                pa.array([pairs[0][1] for pairs in found], pa.string()).take(combination),
                pa.array([",".join(map(":".join, pairs)) for pairs in found], pa.string()).take(
                    combination
                ),
                pa.array(
                    [_digest(record, contract, self._keys) for record in records], pa.string()
                ),
            ],
            schema=REJECTED_SCHEMA,
        )


class _Reasons:
    """Per row and column a reason or none; the row as a whole is the column ``_ROW``."""

    def __init__(self, columns: int, rows: int) -> None:
        self._rows = rows
        self._codes: list[Codes | None] = [None] * (columns + 1)

    def add(self, column: int, codes: Codes | None) -> None:
        """The reasons of a whole column."""
        self._codes[column + 1] = codes

    def mark(self, rows: Positions, column: int, reason: RowReason) -> None:
        """Give these rows a reason at a column."""
        if len(rows):
            before = self._codes[column + 1]
            codes = np.full(self._rows, _NONE, dtype=np.int16) if before is None else before.copy()
            codes[rows] = _CODES[reason]
            self._codes[column + 1] = codes

    def any(self) -> Rows:
        """Which rows have a reason at all."""
        found = np.zeros(self._rows, dtype=bool)
        for codes in self._codes:
            if codes is not None:
                found |= codes != _NONE
        return found

    def of(self, rows: Positions) -> Codes:
        """The reasons of these rows: one line each, the row as a whole first."""
        none = np.full(len(rows), _NONE, dtype=np.int16)
        return np.column_stack([none if codes is None else codes[rows] for codes in self._codes])


class _Seen:
    """Knows a key again that stood in an earlier row, by two hashes of 64 bits.

    Keys that only ever rise, as an export in the order of its numbers brings them, repeat nothing:
    their hashes are put aside until another order comes. Then they lie in sorted runs, of which
    neighbours are joined when they are of like size.
    """

    def __init__(self) -> None:
        self._runs: list[tuple[Hashes, Hashes]] = []
        self._aside: list[tuple[Hashes, Hashes]] = []
        #: The last key while all have risen, else None.
        self._greatest: str | None = ""

    def repeats(self, keys: pa.StringArray) -> Rows:
        """True for each row whose key stood in an earlier row, now or before."""
        found = np.zeros(len(keys), dtype=bool)
        first, second = hashes(keys), hashes(keys, seed=1)
        if self._rise(keys):
            self._aside.append((first, second))
            return found
        self._sort_what_rose()
        order = np.argsort(first, kind="stable")
        first, second = first[order], second[order]
        found[order[1:]] = (first[1:] == first[:-1]) & (second[1:] == second[:-1])
        for known, more in self._runs:
            at = np.minimum(np.searchsorted(known, first), len(known) - 1)
            found[order] |= (known[at] == first) & (more[at] == second)
        fresh = ~found[order]
        self._add(first[fresh], second[fresh])
        return found

    def _rise(self, keys: pa.StringArray) -> bool:
        """Whether each key is greater than all before it, here and in earlier parts."""
        if self._greatest is None or not len(keys):
            return self._greatest is not None
        rises = keys[0].as_py() > self._greatest and pc.all(pc.greater(keys[1:], keys[:-1])).as_py()
        self._greatest = keys[-1].as_py() if rises else None
        return self._greatest is not None

    def _sort_what_rose(self) -> None:
        if self._aside:
            first, second = (np.concatenate(parts) for parts in zip(*self._aside, strict=True))
            order = np.argsort(first)
            self._aside = []
            self._add(first[order], second[order])

    def _add(self, first: Hashes, second: Hashes) -> None:
        if not len(first):
            return
        while self._runs and len(self._runs[-1][0]) < 2 * len(first):
            known, more = self._runs.pop()
            first, second = np.concatenate([known, first]), np.concatenate([more, second])
            order = np.argsort(first, kind="stable")
            first, second = first[order], second[order]
        self._runs.append((first, second))


def _only(table: pa.Table, rows: Rows) -> pa.Table:
    return table if rows.all() else table.filter(pa.array(rows))


def _repeated(text: str, rows: int) -> pa.DictionaryArray:
    """The same text in every row."""
    return pa.DictionaryArray.from_arrays(
        pa.array(np.zeros(rows, dtype=np.int32)), pa.array([text], pa.string())
    )


def _skips(skip: pa.StringArray) -> Counter[SkipReason]:
    if skip.null_count == len(skip):
        return Counter()
    counted = skip.drop_null().value_counts().to_pylist()
    return Counter({SkipReason(item["values"]): item["counts"] for item in counted})


def _secrets_table(secrets: Sequence[tuple[str, int, str]]) -> pa.Table:
    return pa.Table.from_arrays(
        [
            pa.array([kind for kind, _, _ in secrets], pa.string()),
            pa.array([key for _, key, _ in secrets], pa.int64()),
            pa.array([text for _, _, text in secrets], pa.string()),
        ],
        schema=SECRETS_SCHEMA,
    )


def _text_column(rows: pa.Table, name: str) -> pa.StringArray:
    if name not in rows.column_names:
        return pa.nulls(rows.num_rows, pa.string())
    return plain_text(rows.column(name))


def _kind_matrix(rows: pa.Table, width: int) -> Kinds:
    """The kind of every cell, one row per data row, one column per contract column."""
    column = in_one_piece(rows.column(KINDS))
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    known = [str(kinds).ljust(width)[:width].encode() for kinds in column.dictionary.to_pylist()]
    matrix = np.frombuffer(b"".join([*known, b"t" * width]), dtype=np.uint8).reshape(-1, width)
    if len(known) == 1 and not column.null_count:
        return np.broadcast_to(matrix[0], (len(column), width))
    at: Positions = column.indices.fill_null(len(known)).to_numpy(zero_copy_only=False)
    return matrix[at]


def _identifying(contract: FeedContract) -> tuple[str, ...]:
    return (*contract.key, contract.watermark) if contract.watermark else contract.key


def _merged(judged: Sequence[_Judged], contract: FeedContract) -> dict[str, pa.Array]:
    """Landing arrays by name; a date's own column goes before the range that also tells it."""
    arrays: dict[str, pa.Array] = {}
    for _, landing in sorted(
        zip(contract.columns, judged, strict=True), key=lambda pair: pair[0].into is not None
    ):
        for name, array in landing.arrays.items():
            arrays[name] = (
                pc.coalesce(plain_text(arrays[name]), plain_text(array))
                if name in arrays
                else array
            )
    return arrays


def _with_blanks(judged: Sequence[_Judged], index: int, contract: FeedContract) -> Codes | None:
    """Reasons of one column, with CELL_BLANK where it must be filled and nothing fills it."""
    column, landing = contract.columns[index], judged[index]
    told = landing.has_value
    if not column.filled or told is None:
        return landing.reasons
    for other, range_landing in zip(contract.columns, judged, strict=True):
        if other.into and column.name in other.into:
            if range_landing.has_value is None:
                return landing.reasons
            told = told | range_landing.has_value
    reasons = np.int16(_NONE) if landing.reasons is None else landing.reasons
    return np.where(told, reasons, np.int16(_CODES[RowReason.CELL_BLANK]))


def _mark_disorder(
    reasons: _Reasons, arrays: Mapping[str, pa.Array], contract: FeedContract
) -> None:
    """An end before its start, a whole below its part: a reason at the end, at the whole."""
    ordered = [column.into for column in contract.columns if column.into]
    ordered += [(column.at_least, column.name) for column in contract.columns if column.at_least]
    for low, high in ordered:
        is_date = contract.column(high).type in ("date", "datetime")
        type_ = pa.string() if is_date else pa.decimal128(38, 4)
        is_below = pc.less(*(pc.cast(plain_text(arrays[name]), type_) for name in (high, low)))
        reason = RowReason.DATE_RANGE_REVERSED if is_date else RowReason.NUMBER_BELOW_PART
        reasons.mark(_true(is_below), _column_index(contract, high), reason)


def _mark_under_age(
    reasons: _Reasons, arrays: Mapping[str, pa.Array], contract: FeedContract
) -> None:
    """Who was under age on the day that the row tells: a reason at the number."""
    for index, column in enumerate(contract.columns):
        if column.of_age_on is None:
            continue
        birth_year = arrays[f"{column.name.removesuffix('_id_no')}_birth_year"]
        born = plain_text(birth_year).cast(pa.int32())
        day = plain_text(arrays[column.of_age_on])
        then = pc.utf8_slice_codeunits(day, 0, 4).cast(pa.int32())
        is_under_age = pc.less(pc.subtract(then, born), YOUNGEST)
        reasons.mark(_true(is_under_age), index, RowReason.ID_AGE_OUT_OF_RANGE)


def _true(rows: pa.Array) -> Positions:
    """Where it is known to be so."""
    return np.flatnonzero(pc.fill_null(rows, False).to_numpy(zero_copy_only=False))


def _fault_codes(rows: pa.Table) -> Codes | None:
    """What the reader found wrong with whole rows."""
    faults = _text_column(rows, FAULT)
    if faults.null_count == len(faults):
        return None
    encoded = faults.dictionary_encode()
    codes = [_CODES[RowReason(fault)] for fault in encoded.dictionary.to_pylist()] + [_NONE]
    at: Positions = encoded.indices.fill_null(len(codes) - 1).to_numpy(zero_copy_only=False)
    return np.array(codes, dtype=np.int16)[at]


# --- one batch --------------------------------------------------------------------------------


def check(
    sheets: Sequence[Sheet], contract: FeedContract, keys: KeyRing, *, delivered_on: date
) -> Checked:
    """Judge every row of the sheets that make one batch.

    A row with any reason is rejected whole. Of rows with the same key the first lands and the
    later ones are rejected as KEY_DUPLICATE. ``delivered_on`` is the day at which ages are taken.
    """
    checker = Checker(contract, keys, delivered_on=delivered_on)
    parts = [checker.check(sheet) for sheet in sheets]
    return Checked(
        landed=pa.concat_tables([_spelled_out(part.landed) for part in parts]),
        rejected=pa.concat_tables([part.rejected for part in parts]),
        skipped=sum((part.skipped for part in parts), Counter[SkipReason]()),
        secrets=pa.concat_tables([part.secrets for part in parts]),
        watermark=max((part.watermark for part in parts if part.watermark), default=None),
    )


def _spelled_out(table: pa.Table) -> pa.Table:
    """The same table, its texts without dictionaries."""
    return pa.table(
        {
            name: column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column
            for name, column in zip(table.column_names, table.columns, strict=True)
        }
    )


def _column_index(contract: FeedContract, name: str) -> int:
    return [column.name for column in contract.columns].index(name)


def _greatest(table: pa.Table, watermark: str | None) -> str | None:
    if watermark is None:
        return None
    greatest: str | None = pc.max(_text_column(table, watermark)).as_py()
    return greatest


def record_keys(table: pa.Table, contract: FeedContract) -> pa.Array:
    """One text per landed row that tells records of one scope apart; null parts count as empty.

    Who has a masked number is known by it and the name together; without a name by nothing, so
    such a row is like no other.
    """
    parts = [
        _person_part(table, column, contract)
        if column.type == "resident_id"
        else _text_column(table, column.landed_names()[0])
        for column in map(contract.column, contract.key)
    ]
    return _joined(parts)


def _joined(parts: Sequence[pa.Array]) -> pa.Array:
    filled = [pc.fill_null(part, "") for part in parts]
    return pc.binary_join_element_wise(*filled, _SEPARATOR)


def _person_part(table: pa.Table, column: Column, contract: FeedContract) -> pa.Array:
    who = column.name.removesuffix("_id_no")
    number = pc.cast(in_one_piece(table.column(ROW_NUMBER)), pa.string())
    row = pc.binary_join_element_wise("row", _text_column(table, SHEET), number, _SEPARATOR)
    key = _text_column(table, f"{who}_key")
    if f"{who}_name_key" not in contract.landed_names():
        return pc.coalesce(key, row)
    by_name = pc.binary_join_element_wise(
        _text_column(table, f"{who}_id_masked"), _text_column(table, f"{who}_name_key"), _SEPARATOR
    )
    return pc.coalesce(key, by_name, row)


def _shown_key(
    record: Mapping[str, str | None], contract: FeedContract, codes: Sequence[int]
) -> str | None:
    """The record's own number, so that its owner finds it: never words, never a person's number.

    A value that could be an ID, a phone or an account is left out, whatever its column is called;
    so are the cells that were rejected themselves, and rows that are broken as a whole.
    """
    if codes[0] != _NONE:
        return None
    numbers = [
        number.shown
        for column in map(contract.column, contract.key)
        if column.type in _NUMBERING
        and column.personal in ("P0", "P1")
        and codes[1 + _column_index(contract, column.name)] in (_NONE, _DUPLICATE)
        and isinstance(number := certificate_number(record[column.name] or ""), CertificateNumber)
        and _RECORD_NUMBER.fullmatch(number.shown)
        and not _PERSONS_NUMBER.fullmatch(number.shown)
    ]
    return "|".join(numbers) or None


def _digest(record: Mapping[str, str | None], contract: FeedContract, keys: KeyRing) -> str | None:
    """For feeds with a watermark: what knows a rejected record again when it is pulled again."""
    if contract.watermark is None:
        return None
    return str(keys.key("record", _SEPARATOR.join(value or "" for value in record.values())))


# --- the batch as a whole ---------------------------------------------------------------------


@dataclass
class Tally:
    """What became of the rows of one batch so far, by number."""

    landed: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    skipped: Counter[SkipReason] = field(default_factory=Counter)
    watermark: str | None = None

    def add(self, checked: Checked) -> None:
        """Count further rows."""
        self.landed += checked.rows_landed
        self.reasons.update(checked.rejected.column("reason").to_pylist())
        self.skipped += checked.skipped
        marks = (self.watermark, checked.watermark)
        self.watermark = max((mark for mark in marks if mark), default=None)

    @property
    def rejected(self) -> int:
        return self.reasons.total()

    @property
    def rows_of_data(self) -> int:
        return self.landed + self.rejected


def refuse_unacceptable(
    found: Checked | Tally, contract: FeedContract, where: str, *, is_increment: bool
) -> None:
    """Raises Breach when no batch may look like this: empty, out of band, nothing to land.

    An increment of changed records may be of any size, and may hold rejected rows only.
    """
    if is_increment:
        return
    if isinstance(found, Checked):
        tally = Tally()
        tally.add(found)
        found = tally
    band, rows = contract.delivery.rows, found.rows_of_data
    if rows == 0 and band.minimum > 0:
        raise Breach(
            BreachCode.DELIVERY_EMPTY,
            where,
            "the header is there, but no data row below it. Send the file with its rows.",
        )
    if not band.minimum <= rows <= band.maximum:
        raise Breach(
            BreachCode.ROWS_OUT_OF_BAND,
            where,
            f"{rows} data rows, where {band.minimum} to {band.maximum} are agreed. Send the "
            "whole table, or have the band changed in the feed's contract.",
        )
    if rows and not found.landed:
        first = found.reasons.most_common(1)[0][0]
        raise Breach(
            BreachCode.ALL_ROWS_REJECTED,
            where,
            f"all {rows} data rows are rejected, most often for {first}. "
            "Try the file with `skills check`, correct it and send it again.",
        )


class CanonicalHash:
    """Knows the same rows again, whatever their order, file format or place in the file.

    Every row has 128 bits, made of the hashes of its texts, and all rows are added up: parts may
    come in any order, and a row twice counts twice. The arithmetic is our own, so that what has
    landed is known again under any version of any library; a test holds its value.
    """

    def __init__(self, contract: FeedContract) -> None:
        self._names = contract.landed_names()
        self._sums = {"landed": (0, 0, 0), "rejected": (0, 0, 0)}

    def add(self, checked: Checked) -> None:
        """Take further rows in."""
        self._add("landed", checked.landed, self._names)
        self._add("rejected", checked.rejected, _TOLD)

    def hexdigest(self) -> str:
        """What all rows so far come to."""
        words = [*self._names, "", *(f"{n} {a:x} {b:x}" for n, a, b in self._sums.values())]
        return hashlib.sha256("\n".join(words).encode()).hexdigest()

    def _add(self, what: str, table: pa.Table, names: Sequence[str]) -> None:
        rows, first, second = self._sums[what]
        halves = np.zeros((2, table.num_rows), dtype=np.uint64)
        for name in names:
            found = hashes(in_one_piece(table.column(name)))
            for half, factor in zip(halves, _factors(name), strict=True):
                np.add(half, found * factor, out=half)
        with np.errstate(over="ignore"):
            sums = [int(mixed(half).sum(dtype=np.uint64)) for half in halves]
        self._sums[what] = (
            rows + table.num_rows,
            (first + sums[0]) % (1 << 64),
            (second + sums[1]) % (1 << 64),
        )


def canonical_hash(checked: Checked, contract: FeedContract) -> str:
    """The hash of rows that are all there."""
    found = CanonicalHash(contract)
    found.add(checked)
    return found.hexdigest()


@cache
def _factors(column: str) -> tuple[np.uint64, np.uint64]:
    """Two odd numbers for a column, so that the same text in another one counts differently."""
    digest = hashlib.sha256(column.encode()).digest()
    first, second = (int.from_bytes(digest[at : at + 8], "big") | 1 for at in (0, 8))
    return np.uint64(first), np.uint64(second)
