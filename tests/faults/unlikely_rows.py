"""Rows that a contract lets in and that no reasonable agency would send.

Every cell may pass the door; nothing else fits: days at both ends of the calendar, the least and
the greatest numbers, units that nobody knows, records that refer to none that was ever reported,
parts greater than their whole.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Final

from invented_rows import Row, told_columns

from ingestion.contract import Column, FeedContract
from ingestion.identity import check_digit, credit_check_character
from ingestion.places import load_gazetteer

#: Ends of the calendar, of the plan, of a year; and any day of it.
_DAYS: Final = (
    *(date(1990, 1, 1), date(2022, 12, 31), date(2023, 1, 1), date(2024, 2, 29)),
    *(
        date(2025, 6, 30),
        date(2025, 7, 1),
        date(2025, 12, 31),
        date(2026, 1, 1),
        date(2049, 12, 31),
    ),
)
_BLANK_SHARE: Final = 0.3
#: So few records of each kind, that those of different feeds meet, and miss each other.
_RECORDS: Final = 12
_PEOPLE: Final = 15
_FEW: Final = 4


def unlikely_rows(contract: FeedContract, count: int, choice: random.Random) -> list[Row]:
    """So many rows, as texts by contract column."""
    columns = told_columns(contract)
    return [
        {column.name: _cell(column, contract, choice) for column in columns} for _ in range(count)
    ]


def _cell(column: Column, contract: FeedContract, choice: random.Random) -> str:
    if not column.filled and choice.random() < _BLANK_SHARE:
        return ""
    match column.type:
        case "code":
            return choice.choice([text for texts in column.values.values() for text in texts])
        case "integer" | "decimal" | "money":
            least = int(column.minimum or 0)
            most = int(column.maximum if column.maximum is not None else 10**9)
            return str(
                choice.choice([least, most, min(least + 1, most), choice.randint(least, most)])
            )
        case "date":
            return choice.choice([*_DAYS, _DAYS[2] + timedelta(choice.randrange(1000))]).isoformat()
        case "datetime":
            return f"{choice.choice(_DAYS[1:5])} 08:00:{choice.randrange(60):02d}"
        case "boolean":
            return choice.choice("是否")
        case _:
            return _word(column, contract, choice)


def _word(column: Column, contract: FeedContract, choice: random.Random) -> str:
    match column.type:
        case "resident_id":
            person = choice.randrange(_PEOPLE)
            seventeen = f"529999{choice.choice((1925, 1980, 2008))}0101{person:03d}"
            return seventeen + check_digit(seventeen)
        case "credit_code":
            seventeen = f"52529999{choice.randrange(_RECORDS):06d}MA1"
            return seventeen + credit_check_character(seventeen)
        case "phone":
            return f"1990000{choice.randrange(_PEOPLE):04d}"
        case "bank_account":
            return f"62299990{choice.randrange(_PEOPLE):011d}"
        case "person_name":
            return "样例" + choice.choice("甲乙丙丁")
        case "certificate_no":
            return f"S{choice.randrange(10**6):08d}"
    names = {
        "area": list(load_gazetteer("area").names),
        "department": list(load_gazetteer("department").names),
    }.get(column.name, [])
    strangers = [f"样例{column.name}{number}" for number in range(_FEW)]
    if column.name in contract.key:
        return f"R{choice.randrange(_RECORDS):03d}"
    if column.name.endswith("_no"):
        return f"R{choice.randrange(2 * _RECORDS):03d}"
    return choice.choice([*strangers, *choice.sample(names, min(len(names), _FEW))])
