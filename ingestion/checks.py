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
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.cells import CellContext, MoneyUnit, Parsed, parse_cell
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
from ingestion.personal_numbers import CANDIDATE
from ingestion.readers.reading import FAULT, KINDS, ROW_NUMBER, SKIP
from ingestion.reasons import Breach, BreachCode, RowReason, SkipReason
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
#: Text that its parser would give back as it is, so that keys and change times of large pulls
#: need no parsing one by one. Days after the 28th are left to the parser.
CANONICAL: Final = {
    "text": r"^[0-9A-Za-z][0-9A-Za-z_./:-]{0,99}$",
    "datetime": (
        r"^(199[0-9]|20[0-4][0-9])-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8]) "
        r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$"
    ),
}
_HASHED_AT_ONCE: Final = 100_000
_HASH_KEYS: Final = ("canonical rows 1", "canonical rows 2")

Codes = npt.NDArray[np.int16]
Positions = npt.NDArray[np.int64]


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
    """One contract column of a sheet: its landing arrays, and per row a reason or none."""

    arrays: Mapping[str, pa.Array]
    reasons: Codes
    has_value: npt.NDArray[np.bool_]
    verdicts: Sequence[_Verdict] = field(repr=False)
    #: Which verdict each row has, -1 for a blank cell.
    places: Positions

    def secrets(self, rows: npt.NDArray[np.bool_]) -> Iterator[tuple[str, int, str]]:
        """Plain values of these rows, each once."""
        for place in np.unique(self.places[rows]):
            if place >= 0 and (secret := self.verdicts[place].secret):
                yield secret


def _landing_names(column: Column, contract: FeedContract) -> tuple[str, ...]:
    """The landing column for each value that a cell of this column yields; '' for none."""
    if column.into is None:
        return column.landed_names()
    first, last = (contract.column(name).landed_names() for name in column.into)
    return (first[0], *(first[1:] or ("",)), last[0], *(last[1:] or ("",)))


def _distinct(
    raw: pa.Array, kinds: npt.NDArray[np.uint8], documents: pa.Array | None
) -> tuple[list[_Cell], Positions]:
    """The distinct cells of a column, and which of them each row holds (-1 when blank)."""
    encoded = raw.dictionary_encode()
    texts = [*encoded.dictionary.to_pylist(), ""]
    text_at = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
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


def _judge_column(
    column: Column,
    contract: FeedContract,
    raw: pa.Array,
    kinds: npt.NDArray[np.uint8],
    documents: pa.Array | None,
    judge: _Judge,
) -> _Judged:
    is_canonical = _is_canonical(raw, kinds, column)
    unknown = pc.if_else(is_canonical, pa.scalar(None, pa.string()), raw)
    cells, places = _distinct(unknown, kinds, documents)
    verdicts = [
        _Verdict(reason=_VALUELESS[kind]) if kind in _VALUELESS else judge(text, kind, document)
        for text, kind, document in cells
    ]
    blanks = np.array([verdict.reason is RowReason.CELL_BLANK for verdict in verdicts], dtype=bool)
    codes = np.array([*(_code(verdict.reason) for verdict in verdicts), _NONE], dtype=np.int16)
    has_value = ~np.append(blanks, True)[places] | is_canonical.to_numpy(zero_copy_only=False)
    take = pa.array(places, mask=places < 0)
    names = _landing_names(column, contract)
    arrays = {
        name: pa.array(
            [verdict.values[i] if verdict.values else None for verdict in verdicts], pa.string()
        ).take(take)
        for i, name in enumerate(names)
        if name
    }
    if column.type in CANONICAL:
        arrays[column.name] = pc.if_else(is_canonical, raw, arrays[column.name])
    return _Judged(arrays, codes[places], has_value, verdicts, places)


def _is_canonical(raw: pa.Array, kinds: npt.NDArray[np.uint8], column: Column) -> pa.BooleanArray:
    """Which cells are canonical text as they stand."""
    pattern = CANONICAL.get(column.type)
    if pattern is None:
        return pa.array(np.zeros(len(raw), dtype=bool))
    matches = pc.fill_null(pc.match_substring_regex(raw, pattern), False)
    if column.type == "text":
        personal = pc.fill_null(pc.match_substring_regex(raw, CANDIDATE), False)
        matches = pc.and_not(matches, personal)
    return pc.and_(matches, pa.array(kinds == ord("t")))


# --- one sheet --------------------------------------------------------------------------------


@dataclass(frozen=True)
class _CheckedSheet:
    """All data rows of one sheet; those with any reason are not to land."""

    #: Landing columns and lineage, for every data row.
    table: pa.Table
    #: A reason code per row and column: the row as a whole first, then contract order.
    reasons: Codes
    #: Raw text of the columns that know a record again, for every data row.
    told: pa.Table = field(repr=False)
    skipped: Counter[SkipReason]
    judged: Sequence[_Judged] = field(repr=False)

    @property
    def is_rejected(self) -> npt.NDArray[np.bool_]:
        return np.asarray((self.reasons != _NONE).any(axis=1))


def _text_column(rows: pa.Table, name: str) -> pa.Array:
    if name not in rows.column_names:
        return pa.nulls(rows.num_rows, pa.string())
    column = rows.column(name).combine_chunks()
    return pa.concat_arrays(column.chunks) if isinstance(column, pa.ChunkedArray) else column


def _kind_matrix(rows: pa.Table, width: int) -> npt.NDArray[np.uint8]:
    """The kind of every cell, one row per data row, one column per contract column."""
    encoded = _text_column(rows, KINDS).dictionary_encode()
    known = [str(kinds).ljust(width)[:width].encode() for kinds in encoded.dictionary.to_pylist()]
    matrix = np.frombuffer(b"".join([*known, b"t" * width]), dtype=np.uint8).reshape(-1, width)
    at: Positions = encoded.indices.fill_null(len(known)).to_numpy(zero_copy_only=False)
    return matrix[at]


def _check_sheet(
    sheet: Sheet, contract: FeedContract, keys: KeyRing, delivered_on: date
) -> _CheckedSheet:
    skip = _text_column(sheet.rows, SKIP)
    skipped = Counter(
        {
            SkipReason(item["values"]): item["counts"]
            for item in skip.drop_null().value_counts().to_pylist()
        }
    )
    rows = sheet.rows.filter(pc.is_null(skip))
    kinds = _kind_matrix(rows, len(contract.columns))
    documents = _text_column(rows, _DOCUMENT_TYPE) if _DOCUMENT_TYPE in rows.column_names else None
    judged = [
        _judge_column(
            column,
            contract,
            _text_column(rows, column.name),
            kinds[:, i],
            documents if column.type == "resident_id" else None,
            _judge(column, sheet.cell_context(column.name), keys, delivered_on),
        )
        for i, column in enumerate(contract.columns)
    ]
    arrays = _merged(judged, contract)
    reasons = np.column_stack(
        [_fault_codes(rows), *(_with_blanks(judged, i, contract) for i in range(len(judged)))]
    )
    _mark_disorder(reasons, arrays, contract)
    _mark_under_age(reasons, arrays, contract)
    table = pa.table(
        {
            **{name: arrays[name] for name in contract.landed_names()},
            SHEET: pa.array([sheet.name]).take(pa.array(np.zeros(rows.num_rows, dtype=np.int64))),
            ROW_NUMBER: rows.column(ROW_NUMBER).cast(pa.int64()),
        }
    )
    told = pa.table({name: _text_column(rows, name) for name in _identifying(contract)})
    return _CheckedSheet(table, reasons, told, skipped, judged)


def _identifying(contract: FeedContract) -> tuple[str, ...]:
    return (*contract.key, contract.watermark) if contract.watermark else contract.key


def _merged(judged: Sequence[_Judged], contract: FeedContract) -> dict[str, pa.Array]:
    """Landing arrays by name; a date's own column goes before the range that also tells it."""
    arrays: dict[str, pa.Array] = {}
    for _, landing in sorted(
        zip(contract.columns, judged, strict=True), key=lambda pair: pair[0].into is not None
    ):
        for name, array in landing.arrays.items():
            arrays[name] = pc.coalesce(arrays[name], array) if name in arrays else array
    return arrays


def _with_blanks(judged: Sequence[_Judged], index: int, contract: FeedContract) -> Codes:
    """Reasons of one column, with CELL_BLANK where it must be filled and nothing fills it."""
    column, landing = contract.columns[index], judged[index]
    if not column.filled:
        return landing.reasons
    told = landing.has_value
    for other, range_landing in zip(contract.columns, judged, strict=True):
        if other.into and column.name in other.into:
            told = told | range_landing.has_value
    return np.where(told, landing.reasons, _CODES[RowReason.CELL_BLANK]).astype(np.int16)


def _mark_disorder(reasons: Codes, arrays: Mapping[str, pa.Array], contract: FeedContract) -> None:
    """An end before its start, a whole below its part: a reason at the end, at the whole."""
    ordered = [column.into for column in contract.columns if column.into]
    ordered += [(column.at_least, column.name) for column in contract.columns if column.at_least]
    for low, high in ordered:
        is_date = contract.column(high).type in ("date", "datetime")
        type_ = pa.string() if is_date else pa.decimal128(38, 4)
        is_below = pc.less(pc.cast(arrays[high], type_), pc.cast(arrays[low], type_))
        reason = RowReason.DATE_RANGE_REVERSED if is_date else RowReason.NUMBER_BELOW_PART
        _mark(reasons, is_below, _column_index(contract, high), reason)


def _mark_under_age(reasons: Codes, arrays: Mapping[str, pa.Array], contract: FeedContract) -> None:
    """Who was under age on the day that the row tells: a reason at the number."""
    for index, column in enumerate(contract.columns):
        if column.of_age_on is None:
            continue
        born = arrays[f"{column.name.removesuffix('_id_no')}_birth_year"].cast(pa.int32())
        then = pc.utf8_slice_codeunits(arrays[column.of_age_on], 0, 4).cast(pa.int32())
        is_under_age = pc.less(pc.subtract(then, born), YOUNGEST)
        _mark(reasons, is_under_age, index, RowReason.ID_AGE_OUT_OF_RANGE)


def _mark(reasons: Codes, rows: pa.Array, column_index: int, reason: RowReason) -> None:
    """Give these rows a reason at a column; where that is unknown, none."""
    at = np.flatnonzero(pc.fill_null(rows, False).to_numpy(zero_copy_only=False))
    reasons[at, 1 + column_index] = _CODES[reason]


def _fault_codes(rows: pa.Table) -> Codes:
    """What the reader found wrong with whole rows."""
    encoded = _text_column(rows, FAULT).dictionary_encode()
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
    parts = [_check_sheet(sheet, contract, keys, delivered_on) for sheet in sheets]
    table = pa.concat_tables([part.table for part in parts])
    told = pa.concat_tables([part.told for part in parts])
    reasons = np.concatenate([part.reasons for part in parts])
    lands = (reasons == _NONE).all(axis=1)
    duplicates = np.flatnonzero(lands)[_repeats(record_keys(table.filter(lands), contract))]
    lands[duplicates] = False
    reasons[duplicates, 1 + _column_index(contract, contract.key[0])] = _DUPLICATE
    secrets: dict[tuple[str, int], str] = {}
    offset = 0
    for part in parts:
        rows = slice(offset, offset + part.table.num_rows)
        for judged in part.judged:
            secrets |= {(kind, key): text for kind, key, text in judged.secrets(lands[rows])}
        offset += part.table.num_rows
    return Checked(
        landed=table.filter(lands),
        rejected=_pointers(table, reasons, np.flatnonzero(~lands), told, contract, keys),
        skipped=sum((part.skipped for part in parts), Counter[SkipReason]()),
        secrets=pa.Table.from_arrays(
            [
                pa.array([kind for kind, _ in secrets], pa.string()),
                pa.array([key for _, key in secrets], pa.int64()),
                pa.array(list(secrets.values()), pa.string()),
            ],
            schema=SECRETS_SCHEMA,
        ),
        watermark=_greatest(table, contract.watermark),
    )


def _column_index(contract: FeedContract, name: str) -> int:
    return [column.name for column in contract.columns].index(name)


def _greatest(table: pa.Table, watermark: str | None) -> str | None:
    if watermark is None:
        return None
    greatest: str | None = pc.max(table.column(watermark)).as_py()
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
    number = pc.cast(_whole(table, ROW_NUMBER), pa.string())
    row = pc.binary_join_element_wise("row", _text_column(table, SHEET), number, _SEPARATOR)
    key = _text_column(table, f"{who}_key")
    if f"{who}_name_key" not in contract.landed_names():
        return pc.coalesce(key, row)
    by_name = pc.binary_join_element_wise(
        _text_column(table, f"{who}_id_masked"), _text_column(table, f"{who}_name_key"), _SEPARATOR
    )
    return pc.coalesce(key, by_name, row)


def _whole(table: pa.Table, name: str) -> pa.Array:
    return pa.concat_arrays(
        table.column(name).chunks or [pa.array([], table.schema.field(name).type)]
    )


def _repeats(keys: pa.Array) -> npt.NDArray[np.bool_]:
    """True for each row whose key stood in an earlier row."""
    places = keys.dictionary_encode().indices.to_numpy(zero_copy_only=False)
    repeats = np.ones(len(keys), dtype=bool)
    repeats[np.unique(places, return_index=True)[1]] = False
    return repeats


def _pointers(
    table: pa.Table,
    reasons: Codes,
    rejected: Positions,
    told: pa.Table,
    contract: FeedContract,
    keys: KeyRing,
) -> pa.Table:
    """Quarantine: where each rejected row stands, and why it was rejected."""
    rows = table.take(pa.array(rejected))
    combinations, places = np.unique(reasons[rejected], axis=0, return_inverse=True)
    names = ["", *(column.name for column in contract.columns)]
    found = [
        [(names[i], _REASONS[code].value) for i, code in enumerate(codes) if code != _NONE]
        for codes in combinations.tolist()
    ]
    at = pa.array(places.reshape(-1))
    records = told.take(pa.array(rejected)).to_pylist()
    return pa.Table.from_arrays(
        [
            _text_column(rows, SHEET),
            _whole(rows, ROW_NUMBER),
            pa.array(
                [
                    _shown_key(record, contract, codes)
                    for record, codes in zip(records, reasons[rejected].tolist(), strict=True)
                ],
                pa.string(),
            ),
            pa.array([pairs[0][0] for pairs in found], pa.string()).take(at),
            pa.array([pairs[0][1] for pairs in found], pa.string()).take(at),
            pa.array([",".join(map(":".join, pairs)) for pairs in found], pa.string()).take(at),
            pa.array([_digest(record, contract, keys) for record in records], pa.string()),
        ],
        schema=REJECTED_SCHEMA,
    )


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


def refuse_unacceptable(
    checked: Checked, contract: FeedContract, where: str, *, is_increment: bool
) -> None:
    """Raises Breach when no batch may look like this: empty, out of band, nothing to land.

    An increment of changed records may be of any size, and may hold rejected rows only.
    """
    if is_increment:
        return
    band, rows = contract.delivery.rows, checked.rows_of_data
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
    if rows and not checked.rows_landed:
        first = Counter(checked.rejected.column("reason").to_pylist()).most_common(1)[0][0]
        raise Breach(
            BreachCode.ALL_ROWS_REJECTED,
            where,
            f"all {rows} data rows are rejected, most often for {first}. "
            "Try the file with `skills check`, correct it and send it again.",
        )


def canonical_hash(checked: Checked, contract: FeedContract) -> str:
    """Knows the same rows again, whatever their order, file format or place in the file."""
    rows = _row_hashes([_text_column(checked.landed, name) for name in contract.landed_names()])
    told = ("record_key", "column_name", "reasons")
    pointers = _row_hashes([_text_column(checked.rejected, name) for name in told])
    digest = hashlib.sha256("|".join(contract.landed_names()).encode())
    for hashes in (rows, pointers):
        digest.update(len(hashes).to_bytes(8, "big"))
        digest.update(hashes.tobytes())
    return digest.hexdigest()


def _row_hashes(columns: Sequence[pa.Array]) -> npt.NDArray[np.uint64]:
    """128 bits per row, sorted."""
    halves: list[npt.NDArray[np.uint64]] = []
    length = len(columns[0])
    for start in range(0, length, _HASHED_AT_ONCE):
        texts = pc.binary_join_element_wise(
            *(pc.fill_null(column.slice(start, _HASHED_AT_ONCE), "\x00") for column in columns),
            _SEPARATOR,
        ).to_numpy(zero_copy_only=False)
        halves.append(
            np.column_stack(
                [pd.util.hash_array(texts, hash_key=key, categorize=False) for key in _HASH_KEYS]
            )
        )
    if not halves:
        return np.empty((0, 2), dtype=np.uint64)
    hashes = np.concatenate(halves)
    return hashes[np.lexsort((hashes[:, 1], hashes[:, 0]))]
