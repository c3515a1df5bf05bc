"""Faults that agencies make: in one cell of a ledger, or with a whole delivery.

Each fault carries the reason code that it must be given, as plain text: the catalogue of codes
is the pipeline's, and the truth must not be able to follow it when it changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from ingestion.sample_agencies.house_styles import HouseStyle
from ingestion.sample_agencies.people import REGION, with_check
from ingestion.sample_agencies.workbooks import Cell, Formula


@dataclass(frozen=True)
class SpoiltRow:
    """What a fault may look at: the row as it would have been."""

    id_no: str
    started_on: date
    ended_on: date


@dataclass(frozen=True)
class CellFault:
    """One way to spoil a cell, and the reason for which its row is rejected."""

    name: str
    column: str
    reason: str
    spoil: Callable[[SpoiltRow], Cell]
    #: Only where cells have types.
    needs_types: bool = False
    #: Only in workbooks that keep formulas.
    needs_formulas: bool = False

    def fits(self, style: HouseStyle) -> bool:
        """Whether a unit with these habits can make the mistake."""
        return (
            self.column in style.columns
            and (style.is_typed or not self.needs_types)
            and (style.written_as == "xlsx" or not self.needs_formulas)
        )


def _always(value: Cell) -> Callable[[SpoiltRow], Cell]:
    """The same content whatever the row."""
    return lambda _row: value


def _checked(body: str) -> str:
    return str(with_check(np.array([body]))[0])


def _as_number(row: SpoiltRow) -> float:
    # what a spreadsheet makes of the digits; a final X would have kept them text
    return float(row.id_no[:15] + "000")


def _wrong_check(row: SpoiltRow) -> str:
    return row.id_no[:17] + ("2" if row.id_no[17] in "1X" else "1")


def _precision_lost(row: SpoiltRow) -> str:
    lost = row.id_no[:15] + "000"
    # where the zeros happen to pass the check nobody can tell; take another sequence then
    return lost if _checked(lost[:17]) != lost else row.id_no[:14] + _other(row.id_no[14]) + "000"


def _other(digit: str) -> str:
    return "8" if digit == "7" else "7"


def _range(row: SpoiltRow, first: str, last: str) -> str:
    return f"{row.started_on.year}.{first}-{row.started_on.year}.{last}"


CELL_FAULTS: Final[tuple[CellFault, ...]] = (
    CellFault("id typed as a number", "person_id_no", "ID_WAS_NUMBER", _as_number, True),
    CellFault("id in scientific notation", "person_id_no", "ID_SCIENTIFIC", _always("5.29999E+17")),
    CellFault("id with lost digits", "person_id_no", "ID_PRECISION_LOST", _precision_lost),
    CellFault("id with a wrong check digit", "person_id_no", "ID_BAD_CHECK_DIGIT", _wrong_check),
    CellFault(
        "id with a thirteenth month",
        "person_id_no",
        "ID_BAD_DATE",
        lambda row: _checked(row.id_no[:10] + "13" + row.id_no[12:17]),
    ),
    CellFault("id a digit short", "person_id_no", "ID_BAD_SHAPE", lambda row: row.id_no[:17]),
    CellFault(
        "id with a Cyrillic letter",
        "person_id_no",
        "ID_BAD_CHARACTER",
        lambda row: row.id_no[:17] + "\u0425",
    ),
    CellFault(
        "id of a child",
        "person_id_no",
        "ID_AGE_OUT_OF_RANGE",
        lambda row: _checked(f"{REGION}20180615{row.id_no[14:17]}"),
    ),
    CellFault("id left blank", "person_id_no", "CELL_BLANK", _always(None)),
    CellFault("name left blank", "person_name", "CELL_BLANK", _always(None)),
    CellFault("occupation left blank", "occupation", "CELL_BLANK", _always(None)),
    CellFault(
        "start that no calendar knows",
        "started_on",
        "DATE_INVALID",
        lambda row: f"{row.started_on.year}-02-30",
    ),
    CellFault(
        "start in the first third of a month",
        "started_on",
        "DATE_VAGUE",
        lambda row: f"{row.started_on.year}年{row.started_on.month}月上旬",
    ),
    CellFault("start that reads two ways", "started_on", "DATE_AMBIGUOUS", _always("05/06/2024")),
    CellFault(
        "end in another century",
        "ended_on",
        "DATE_OUT_OF_RANGE",
        lambda row: f"2204-{row.ended_on:%m-%d}",
    ),
    CellFault(
        "span that no calendar knows",
        "training_dates",
        "DATE_INVALID",
        lambda row: _range(row, "02.30", "03.10"),
    ),
    CellFault(
        "span that runs backwards",
        "training_dates",
        "DATE_RANGE_REVERSED",
        lambda row: _range(row, "05.20", "05.06"),
    ),
    CellFault("hours by guess", "training_hours", "NUMBER_APPROXIMATE", _always("约40")),
    CellFault("hours as a sum", "training_hours", "NUMBER_APPROXIMATE", _always("30+10")),
    CellFault("hours of years", "training_hours", "NUMBER_OUT_OF_RANGE", _always("4000")),
    CellFault("result not yet known", "completion", "CODE_UNKNOWN", _always("待定")),
    CellFault("result left blank", "completion", "CELL_BLANK", _always(None)),
    CellFault("amount in words only", "subsidy_cny", "NUMBER_UNPARSED", _always("按标准")),
    CellFault(
        "amount that failed to add up",
        "subsidy_cny",
        "CELL_ERROR",
        _always(Formula("=NA()", "#N/A")),
        needs_formulas=True,
    ),
    CellFault(
        "amount never calculated",
        "subsidy_cny",
        "FORMULA_NOT_CALCULATED",
        _always(Formula("=1000*1.2")),
        needs_formulas=True,
    ),
)
#: A row typed twice; made by repeating a line, not by spoiling a cell.
DUPLICATE: Final = len(CELL_FAULTS)
DUPLICATE_REASON: Final = "KEY_DUPLICATE"


def reason_of(fault: int) -> str:
    """The reason code of a line's fault."""
    return DUPLICATE_REASON if fault == DUPLICATE else CELL_FAULTS[fault].reason


@dataclass(frozen=True)
class DeliveryFault:
    """Something that happens to one whole ledger file.

    `share` places it on the world's time line (0 the first month, 1 the last); `breach` is the
    code with which it must be refused, none when it must still land.
    """

    name: str
    area_code: str
    share: float
    breach: str | None


#: Few enough that most ledgers of a year's last month are good; one of them (Daozhen's last of
#: 2024) is not, so that the month before stays the truth.
DELIVERY_FAULTS: Final[tuple[DeliveryFault, ...]] = (
    DeliveryFault("truncated", "520302", 7 / 35, "FILE_UNREADABLE"),
    DeliveryFault("password", "520327", 16 / 35, "FILE_ENCRYPTED"),
    DeliveryFault("password", "520325", 23 / 35, "FILE_ENCRYPTED"),
    DeliveryFault("missing column", "520304", 4 / 35, "COLUMN_MISSING"),
    DeliveryFault("other unit", "520381", 14 / 35, "UNIT_CONFLICT"),
    DeliveryFault("empty", "520322", 19 / 35, "DELIVERY_EMPTY"),
    DeliveryFault("shrunk", "520330", 20 / 35, "DELIVERY_SHRUNK"),
    DeliveryFault("shrunk with a reason", "520323", 21 / 35, None),
    DeliveryFault("mixed encodings", "520330", 29 / 35, "ENCODING_UNKNOWN"),
    DeliveryFault("a picture", "520328", 10 / 35, "FORMAT_UNKNOWN"),
    DeliveryFault("sent again", "520382", 17 / 35, None),
    DeliveryFault("late", "520303", 26 / 35, None),
)
