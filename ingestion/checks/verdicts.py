"""One distinct cell of a column: the texts that land for it, or a reason.

Identity columns give keys and masks, and their plain value for the vault; all others are parsed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from ingestion.cells import CellContext, Parsed, parse_cell
from ingestion.contract import Column
from ingestion.identity import (
    CertificateNumber,
    Identified,
    bank_account,
    certificate_number,
    credit_code,
    identify,
    person_name,
    phone,
)
from ingestion.reasons import RowReason
from ingestion.vault import KeyRing


@dataclass(frozen=True)
class Verdict:
    """What one distinct cell comes to: texts for its landing columns, or a reason.

    ``secret`` is (kind, key, plain value) for the vault.
    """

    values: tuple[str | None, ...] = ()
    reason: RowReason | None = None
    secret: tuple[str, int, str] | None = field(default=None, repr=False)


#: (text, kind, document type) of one distinct cell.
Cell = tuple[str, str, str | None]
Judge = Callable[[str, str, str | None], Verdict]


def judge_of(column: Column, context: CellContext, keys: KeyRing, on: date) -> Judge:
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


def _resident_id(found: Identified | RowReason, keys: KeyRing) -> Verdict:
    if isinstance(found, RowReason):
        return Verdict(reason=found)
    about = (found.status.value, found.masked, found.birth_year, found.sex)
    if found.normalised is None:
        return Verdict((None, None, *about))
    key = keys.person_key(found.normalised)
    return Verdict(
        (str(key), str(keys.version), *about), secret=("resident_id", key, found.normalised)
    )


def _keyed(kind: str, text: str | None, keys: KeyRing) -> Verdict:
    """A value that lands as its key only; one that cannot be read lands without."""
    if text is None:
        return Verdict((None,))
    key = keys.key(kind, text)
    return Verdict((str(key),), secret=(kind, key, text))


def _certificate(found: CertificateNumber | RowReason, keys: KeyRing) -> Verdict:
    if isinstance(found, RowReason):
        return Verdict(reason=found)
    key = keys.key("certificate_no", found.normalised)
    hides = found.shown != found.normalised
    return Verdict(
        (found.shown, str(key)),
        secret=("certificate_no", key, found.normalised) if hides else None,
    )


def _plain(found: Parsed | str | RowReason) -> Verdict:
    if isinstance(found, RowReason):
        return Verdict(reason=found)
    return Verdict(found.values if isinstance(found, Parsed) else (found,))
