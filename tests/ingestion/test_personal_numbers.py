"""Numbers that lead to a person are known wherever they stand, and other numbers left alone."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.identity import check_digit
from ingestion.personal_numbers import CANDIDATE, is_personal, without_numbers

#: Region 529999 is no place; the card's bank never gave it out.
NUMBER: Final = "529999199003074512"
CARD: Final = "6217990000000000014"
PERSONAL: Final = [
    NUMBER,
    "52999919900307451X",
    "52999919900307451x",
    NUMBER[:17],
    f"学员{NUMBER}的班",
    "529999 19900307 4512",
    "529999-19900307-4512",
    NUMBER.translate({code: code + 0xFEE0 for code in range(0x30, 0x3A)}),
    "13800000000",
    "138 0000 0000",
    "138-0000-0000",
    "+8613800000000",
    "0086 13800000000",
    "联系人13800000000（微信同号）",
    CARD,
    "6217 9900 0000 0000 014",
    "4000000000000002",
]
OTHERS: Final = [
    "",
    "2024年1-6月",
    "20240101-20240630",
    "20240705120000",
    "520382",
    "520302202401020017",
    "52038220240615001",
    "5203022024010200017",
    "91520300MA6DK0000X",
    "915203003220000117",
    "Y000052030024120001",
    "1752003012400123",
    "ZY15203820001",
    "PX13812345678",
    "BM202400001234",
    "6217990000000000018",
    "0851-28222222",
    "12345678901",
    "100000000000",
]


@pytest.mark.parametrize("text", PERSONAL)
def test_a_persons_number_is_known_by_every_engine(text: str) -> None:
    assert is_personal(text)
    if text.isascii():
        # The candidates of engines without lookaround are never fewer.
        assert re.search(CANDIDATE, text)


@pytest.mark.parametrize("text", OTHERS)
def test_numbers_of_records_places_and_days_are_left_alone(text: str) -> None:
    assert not is_personal(text)


@pytest.mark.parametrize("text", PERSONAL)
def test_what_is_personal_is_hidden_from_words_for_people(text: str) -> None:
    shown = without_numbers(text)
    assert "…" in shown
    assert not is_personal(shown)
    assert re.search("[0-9０-９]{5}", shown) is None


def test_long_numbers_are_hidden_and_dates_stay() -> None:
    text = "张三529999199003074512/13800000000/台账20240705_202401-202406.xlsx"
    assert without_numbers(text) == "张三…/…/台账20240705_202401-202406.xlsx"
    assert without_numbers("52999919900307451X.xls") == "….xls"
    assert without_numbers(f"2024{NUMBER}{NUMBER}.xls") == "….xls"
    assert without_numbers("电话 0851-28222222") == "电话 …"


@given(
    st.dates(date(1880, 1, 1), date(2040, 1, 1)),
    st.integers(min_value=0, max_value=999),
    st.sampled_from(["", " ", "号", "，", "_", "期"]),
)
def test_every_id_that_lands_anywhere_else_is_known(born: date, number: int, beside: str) -> None:
    seventeen = f"529999{born:%Y%m%d}{number:03d}"
    text = f"{beside}{seventeen}{check_digit(seventeen)}{beside}"
    is_of_age = "1900" <= seventeen[6:10] <= "2014"
    assert is_personal(text) is is_of_age


@given(st.text(max_size=60))
def test_no_text_makes_it_stumble(text: str) -> None:
    shown = without_numbers(text)
    assert len(shown) <= len(text)
    assert without_numbers(shown) == shown
    is_personal(text)
