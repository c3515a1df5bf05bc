"""Many rows: every column judged, columns held against each other, what lands and what does not.

What is rejected is pointed at (sheet, row, column, reason), never quoted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.cells import CellContext
from ingestion.checks.checked import REJECTED_SCHEMA, SECRETS_SCHEMA, SHEET, Checked, Sheet
from ingestion.checks.columns import ColumnJudge, Judged, Kinds
from ingestion.checks.reason_codes import CODES, NONE, REASONS, ROW, Codes, Positions, Reasons
from ingestion.checks.records import digest, identifying, record_keys, shown_key
from ingestion.checks.repeats import Seen
from ingestion.contract import Column, FeedContract
from ingestion.identity import YOUNGEST
from ingestion.readers.reading import FAULT, KINDS, ROW_NUMBER, SKIP
from ingestion.reasons import RowReason, SkipReason
from ingestion.text_arrays import Rows, in_one_piece, plain_text, repeated, text_column
from ingestion.vault import KeyRing

#: The column that says what kind of document an ID number stands on, where a feed has it.
_DOCUMENT_TYPE: Final = "document_type"


class Checker:
    """Judges the rows of one batch, part by part in the order of the delivery.

    What is remembered from part to part is bounded but for 16 bytes per landed row, which know a
    repeated key. Parts may be sheets, or pieces of one table that is too large to be held.
    """

    def __init__(self, contract: FeedContract, keys: KeyRing, *, delivered_on: date) -> None:
        self._contract = contract
        self._keys = keys
        self._delivered_on = delivered_on
        self._judges: dict[tuple[str, CellContext], ColumnJudge] = {}
        self._seen = Seen()

    def check(self, sheet: Sheet) -> Checked:
        """Judge further rows. Texts of ``landed`` may be codes with a dictionary."""
        contract = self._contract
        skip = text_column(sheet.rows, SKIP)
        rows = sheet.rows.filter(pc.is_null(skip)) if skip.null_count < len(skip) else sheet.rows
        judges = [
            self._judge(column, sheet.cell_context(column.name)) for column in contract.columns
        ]
        judged = self._judged(judges, rows)
        arrays = _merged(judged, contract)
        reasons = Reasons(len(contract.columns), rows.num_rows)
        reasons.add(ROW, _fault_codes(rows))
        for index in range(len(judged)):
            reasons.add(index, _with_blanks(judged, index, contract))
        _mark_disorder(reasons, arrays, contract)
        _mark_under_age(reasons, arrays, contract)
        table = pa.table(
            {
                **{name: arrays[name] for name in contract.landed_names()},
                SHEET: repeated(sheet.name, rows.num_rows),
                ROW_NUMBER: rows.column(ROW_NUMBER).cast(pa.int64()),
            }
        )
        lands = ~reasons.any()
        repeats = np.flatnonzero(lands)[
            self._seen.repeats(record_keys(_only(table, lands), contract))
        ]
        lands[repeats] = False
        reasons.mark(repeats, contract.position(contract.key[0]), RowReason.KEY_DUPLICATE)
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

    def _judge(self, column: Column, context: CellContext) -> ColumnJudge:
        place = column.name, context
        if place not in self._judges:
            self._judges[place] = ColumnJudge(
                column, self._contract, self._keys, self._delivered_on, context
            )
        return self._judges[place]

    def _judged(self, judges: Sequence[ColumnJudge], rows: pa.Table) -> list[Judged]:
        kinds = _kind_matrix(rows, len(judges))
        documents = (
            text_column(rows, _DOCUMENT_TYPE) if _DOCUMENT_TYPE in rows.column_names else None
        )
        return [
            judge(
                text_column(rows, judge.column.name),
                kinds[:, at],
                documents if judge.column.type == "resident_id" else None,
            )
            for at, judge in enumerate(judges)
        ]

    def _pointers(
        self, table: pa.Table, reasons: Reasons, rejected: Positions, rows: pa.Table
    ) -> pa.Table:
        """Quarantine: where each rejected row stands, and why it was rejected."""
        if not len(rejected):
            return REJECTED_SCHEMA.empty_table()
        contract, at = self._contract, pa.array(rejected)
        codes = reasons.of(rejected)
        combinations, places = np.unique(codes, axis=0, return_inverse=True)
        names = ["", *(column.name for column in contract.columns)]
        found = [
            [(names[i], REASONS[code].value) for i, code in enumerate(row) if code != NONE]
            for row in combinations.tolist()
        ]
        # Raw texts of what knows a record again.
        told = {name: text_column(rows, name).take(at) for name in identifying(contract)}
        records = pa.table(told).to_pylist()
        combination = pa.array(places.reshape(-1))
        return pa.Table.from_arrays(
            [
                plain_text(table.column(SHEET)).take(at),
                in_one_piece(table.column(ROW_NUMBER)).take(at),
                pa.array(
                    [
                        shown_key(record, contract, row)
                        for record, row in zip(records, codes.tolist(), strict=True)
                    ],
                    pa.string(),
                ),
                pa.array([pairs[0][0] for pairs in found], pa.string()).take(combination),
                pa.array([pairs[0][1] for pairs in found], pa.string()).take(combination),
                pa.array([",".join(map(":".join, pairs)) for pairs in found], pa.string()).take(
                    combination
                ),
                pa.array([digest(record, contract, self._keys) for record in records], pa.string()),
            ],
            schema=REJECTED_SCHEMA,
        )


def _only(table: pa.Table, rows: Rows) -> pa.Table:
    return table if rows.all() else table.filter(pa.array(rows))


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


def _merged(judged: Sequence[Judged], contract: FeedContract) -> dict[str, pa.Array]:
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


def _with_blanks(judged: Sequence[Judged], index: int, contract: FeedContract) -> Codes | None:
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
    reasons = np.int16(NONE) if landing.reasons is None else landing.reasons
    return np.where(told, reasons, np.int16(CODES[RowReason.CELL_BLANK]))


def _mark_disorder(
    reasons: Reasons, arrays: Mapping[str, pa.Array], contract: FeedContract
) -> None:
    """An end before its start, a whole below its part: a reason at the end, at the whole."""
    ordered = [column.into for column in contract.columns if column.into]
    ordered += [(column.at_least, column.name) for column in contract.columns if column.at_least]
    for low, high in ordered:
        is_date = contract.column(high).type in ("date", "datetime")
        type_ = pa.string() if is_date else pa.decimal128(38, 4)
        is_below = pc.less(*(pc.cast(plain_text(arrays[name]), type_) for name in (high, low)))
        reason = RowReason.DATE_RANGE_REVERSED if is_date else RowReason.NUMBER_BELOW_PART
        reasons.mark(_true(is_below), contract.position(high), reason)


def _mark_under_age(
    reasons: Reasons, arrays: Mapping[str, pa.Array], contract: FeedContract
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
    faults = text_column(rows, FAULT)
    if faults.null_count == len(faults):
        return None
    encoded = faults.dictionary_encode()
    codes = [CODES[RowReason(fault)] for fault in encoded.dictionary.to_pylist()] + [NONE]
    at: Positions = encoded.indices.fill_null(len(codes) - 1).to_numpy(zero_copy_only=False)
    return np.array(codes, dtype=np.int16)[at]


def _greatest(table: pa.Table, watermark: str | None) -> str | None:
    if watermark is None:
        return None
    greatest: str | None = pc.max(text_column(table, watermark)).as_py()
    return greatest
