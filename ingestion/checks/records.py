"""What a record is known by: to us, to its owner in quarantine, and to a later pull.

It refuses to show words, or any number that could be a person's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.checks.checked import SHEET
from ingestion.checks.reason_codes import CODES, NONE
from ingestion.contract import Column, FeedContract
from ingestion.identity import CertificateNumber, certificate_number
from ingestion.readers.reading import ROW_NUMBER
from ingestion.reasons import RowReason
from ingestion.text_arrays import in_one_piece, text_column
from ingestion.vault import KeyRing

_SEPARATOR: Final = "\x1f"
_DUPLICATE: Final = CODES[RowReason.KEY_DUPLICATE]
#: Types of key columns that may hold a record's own number.
_NUMBERING: Final = frozenset({"text", "certificate_no", "credit_code"})
_RECORD_NUMBER: Final = re.compile(r"[0-9A-Z][0-9A-Z._/-]{2,39}")
_PERSONS_NUMBER: Final = re.compile(r"1[3-9][0-9]{9}|[0-9]{15,19}X?")


def record_keys(table: pa.Table, contract: FeedContract) -> pa.Array:
    """One text per landed row that tells records of one scope apart; null parts count as empty.

    Who has a masked number is known by it and the name together; without a name by nothing, so
    such a row is like no other.
    """
    parts = [
        _person_part(table, column, contract)
        if column.type == "resident_id"
        else text_column(table, column.landed_names()[0])
        for column in map(contract.column, contract.key)
    ]
    return _joined(parts)


def _joined(parts: Sequence[pa.Array]) -> pa.Array:
    filled = [pc.fill_null(part, "") for part in parts]
    return pc.binary_join_element_wise(*filled, _SEPARATOR)


def _person_part(table: pa.Table, column: Column, contract: FeedContract) -> pa.Array:
    who = column.name.removesuffix("_id_no")
    number = pc.cast(in_one_piece(table.column(ROW_NUMBER)), pa.string())
    row = pc.binary_join_element_wise("row", text_column(table, SHEET), number, _SEPARATOR)
    key = text_column(table, f"{who}_key")
    if f"{who}_name_key" not in contract.landed_names():
        return pc.coalesce(key, row)
    by_name = pc.binary_join_element_wise(
        text_column(table, f"{who}_id_masked"), text_column(table, f"{who}_name_key"), _SEPARATOR
    )
    return pc.coalesce(key, by_name, row)


def identifying(contract: FeedContract) -> tuple[str, ...]:
    """Columns whose raw texts know a rejected record again."""
    return (*contract.key, contract.watermark) if contract.watermark else contract.key


def shown_key(
    record: Mapping[str, str | None], contract: FeedContract, codes: Sequence[int]
) -> str | None:
    """The record's own number, so that its owner finds it: never words, never a person's number.

    A value that could be an ID, a phone or an account is left out, whatever its column is called;
    so are the cells that were rejected themselves, and rows that are broken as a whole.
    """
    if codes[0] != NONE:
        return None
    numbers = [
        number.shown
        for column in map(contract.column, contract.key)
        if column.type in _NUMBERING
        and column.personal in ("P0", "P1")
        and codes[1 + contract.position(column.name)] in (NONE, _DUPLICATE)
        and isinstance(number := certificate_number(record[column.name] or ""), CertificateNumber)
        and _RECORD_NUMBER.fullmatch(number.shown)
        and not _PERSONS_NUMBER.fullmatch(number.shown)
    ]
    return "|".join(numbers) or None


def digest(record: Mapping[str, str | None], contract: FeedContract, keys: KeyRing) -> str | None:
    """For feeds with a watermark: what knows a rejected record again when it is pulled again."""
    if contract.watermark is None:
        return None
    return str(keys.key("record", _SEPARATOR.join(value or "" for value in record.values())))
