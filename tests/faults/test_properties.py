"""What is always true of IDs, credit codes, permits, dates and amounts, cell by cell.

Hypothesis looks for the counterexample. The suite tries the same few examples each time, the
long form many more and new ones.
"""

from __future__ import annotations

import calendar
import datetime as dt
from decimal import Decimal
from typing import Any, Final

import pytest
from campaign import IS_LONG, repeated
from clerks import KEYS, wide
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ingestion.cells import CellContext, Parsed, clean, parse_cell
from ingestion.contract import Column
from ingestion.identity import (
    Identified,
    IdStatus,
    check_digit,
    credit_check_character,
    credit_code,
    eighteen_digits,
    identify,
    person_name,
    phone,
)
from ingestion.readers.cell_text import row_of
from ingestion.reasons import RowReason
from ingestion.vault import KeyRing

EXAMPLES: Final = repeated(30, 600)
many: Final = settings(max_examples=EXAMPLES, deadline=None, derandomize=not IS_LONG)
pytestmark = pytest.mark.promise(
    "properties of identity, dates, amounts, headers and conservation hold", 20_000
)


@pytest.fixture(autouse=True)
def counted(request: pytest.FixtureRequest) -> None:
    """Every property is tried so often, its examples being far more than that."""
    request.node.user_properties.append(("cases", EXAMPLES))


# --- identity -----------------------------------------------------------------------------------

ON: Final = dt.date(2025, 6, 30)
TAIWAN: Final = "台湾居民来往大陆通行证"
_CREDIT: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def number(birth: str, sequence: str) -> str:
    """An invented person's number: region 529999 was never assigned."""
    seventeen = f"529999{birth}{sequence}"
    return seventeen + check_digit(seventeen)


births = st.dates(dt.date(1930, 1, 1), dt.date(2010, 12, 31)).map(lambda day: f"{day:%Y%m%d}")
sequences = st.integers(0, 999).map(lambda i: f"{i:03}")
numbers = st.builds(number, births, sequences)
#: What people and programs put around or into a number without changing it.
unseen = st.text(alphabet=" \t\n\u3000\u200b\ufeff\xa0\u2009\r\u202a", max_size=3)


def judged(raw: str, kind: str = "t", document_type: str | None = None) -> Identified | RowReason:
    return identify(raw, kind, document_type, ON)


def accepted(raw: str, document_type: str | None = None) -> Identified:
    verdict = judged(raw, document_type=document_type)
    assert isinstance(verdict, Identified)
    return verdict


@many
@given(numbers)
def test_every_invented_number_is_valid_and_says_its_year_and_sex(valid: str) -> None:
    verdict = accepted(valid)
    assert verdict.normalised == valid
    assert verdict.birth_year == valid[6:10]
    assert verdict.sex == ("male" if int(valid[16]) % 2 else "female")


@many
@given(numbers, st.integers(0, 17), st.sampled_from("0123456789X"))
def test_every_single_typo_is_found(valid: str, place: int, typed: str) -> None:
    assume(typed != valid[place])
    assert isinstance(judged(valid[:place] + typed + valid[place + 1 :]), RowReason)


@many
@given(numbers, st.integers(0, 16))
def test_every_swap_of_neighbours_is_found(valid: str, place: int) -> None:
    assume(valid[place] != valid[place + 1])
    swapped = valid[:place] + valid[place + 1] + valid[place] + valid[place + 2 :]
    assert isinstance(judged(swapped), RowReason)


@many
@given(numbers, st.integers(0, 17), st.integers(1, 17))
def test_a_number_that_lost_digits_is_nobody(valid: str, first: int, count: int) -> None:
    verdict = judged(valid[:first] + valid[first + count :])
    assert isinstance(verdict, RowReason) or verdict.status is not IdStatus.VALID


@many
@given(st.dates(dt.date(1930, 1, 1), dt.date(1999, 12, 31)), sequences)
def test_both_forms_of_a_number_are_one_person(birth: dt.date, sequence: str) -> None:
    new = number(f"{birth:%Y%m%d}", sequence)
    old = new[:6] + new[8:17]
    assert eighteen_digits(old) == new
    assert accepted(old).normalised == accepted(new).normalised
    assert accepted(old).masked == accepted(new).masked


@many
@given(
    numbers,
    st.lists(unseen, min_size=19, max_size=19),
    st.booleans(),
    st.sampled_from(["{}", "'{}", '="{}"']),
)
def test_equal_numbers_in_any_dress_have_one_key(
    valid: str, between: list[str], is_wide: bool, dress: str
) -> None:
    spelling = "".join(gap + c for gap, c in zip(between, f"{valid} ", strict=True))
    written = dress.format(wide(spelling) if is_wide else spelling.lower())
    assert accepted(written).normalised == valid
    assert accepted(written).masked == accepted(valid).masked


@many
@given(numbers, st.integers(0, 17), st.sampled_from("хХχΧ×✕²³¹٣३໓᠓𝟏①ⅩⅹᵡΟоІӀ"))
def test_a_character_that_only_looks_right_is_refused(valid: str, place: int, alien: str) -> None:
    assert isinstance(judged(valid[:place] + alien + valid[place + 1 :]), RowReason)


@many
@given(numbers, st.sampled_from("ndbef "))
def test_only_a_text_cell_is_an_id(valid: str, kind: str) -> None:
    assert isinstance(judged(valid, kind), RowReason)


@many
@given(numbers)
def test_neither_mask_nor_repr_nor_key_tells_the_number(valid: str) -> None:
    verdict = accepted(valid)
    key = KEYS.person_key(valid)
    assert sum(character != "*" for character in verdict.masked) == 5
    assert verdict.masked[3:-2] == "*" * 13
    assert valid not in repr(verdict)
    assert valid[6:14] not in repr(verdict)
    assert str(key) != valid
    assert valid[6:14] not in str(key)
    assert (
        key
        == KEYS.person_key(valid)
        != KeyRing(b"another secret, of the same length too", 1).person_key(valid)
    )


@many
@given(
    st.text(max_size=40) | st.text("0123456789X*xH ()-×", max_size=24),
    st.sampled_from("tndbef "),
    st.sampled_from([None, TAIWAN]),
)
def test_any_text_gets_a_verdict_that_shows_five_characters_at_most(
    raw: str, kind: str, document_type: str | None
) -> None:
    verdict = judged(raw, kind, document_type)
    assert isinstance(verdict, Identified | RowReason)
    if isinstance(verdict, Identified):
        assert sum(character != "*" for character in verdict.masked) <= 5


@many
@given(st.sampled_from("HM"), st.integers(10_000_000, 99_999_999), st.integers(0, 99))
def test_a_renewed_permit_is_the_same_person(letter: str, serial: int, renewal: int) -> None:
    assume(len(set(str(serial))) > 1 and serial != 12_345_678)
    first, renewed = accepted(f"{letter}{serial}"), accepted(f"{letter}{serial}{renewal:02d}")
    assert first.normalised == renewed.normalised
    assert first.status is IdStatus.PERMIT


@many
@given(st.integers(10_000_000, 99_999_999))
def test_eight_digits_are_a_permit_only_where_the_sender_says_so(serial: int) -> None:
    assume(len(set(str(serial))) > 1 and serial != 12_345_678)
    assert accepted(str(serial), TAIWAN).status is IdStatus.PERMIT
    assert isinstance(judged(str(serial)), RowReason)


@many
@given(st.text(_CREDIT, min_size=15, max_size=15), st.sampled_from(_CREDIT), st.integers(0, 17))
def test_every_single_typo_in_a_credit_code_is_found(rest: str, typed: str, place: int) -> None:
    seventeen = f"91{rest}"
    code = seventeen + credit_check_character(seventeen)
    assert credit_code(code) == credit_code(wide(code)) == credit_code(f" {code.lower()}") == code
    assume(typed != code[place])
    assert credit_code(code[:place] + typed + code[place + 1 :]) is RowReason.CREDIT_CODE_INVALID


@many
@given(st.text(max_size=20))
def test_names_and_phones_are_normalised_once_and_for_all(raw: str) -> None:
    for normalise in (person_name, phone):
        once = normalise(raw)
        assert once is None or normalise(once) == once


# --- dates --------------------------------------------------------------------------------------

DAY: Final = Column(name="on", title_zh="日期", type="date")
MONTH: Final = Column(
    name="on", title_zh="日期", type="date", precision="month", month_as="last_day"
)
RANGE: Final = Column(
    name="r", title_zh="时间", type="date_range", into=("a", "b"), precision="month"
)
MOMENT: Final = Column(name="at", title_zh="时间", type="datetime")
NOWHERE: Final = CellContext()
IN_2024: Final = CellContext(year=2024)
DATES: Final = st.dates(dt.date(1990, 1, 1), dt.date(2049, 12, 31))


def parse(raw: str, column: Column, context: CellContext = NOWHERE, kind: str = "t") -> Any:
    found = parse_cell(raw, kind, column, context)
    return found.values if isinstance(found, Parsed) else found


@many
@given(DATES, st.integers(0, 11))
def test_every_full_date_is_read_in_every_shape(day: dt.date, shape: int) -> None:
    shapes = (
        f"{day:%Y-%m-%d}",
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}.{day.month}.{day.day}",
        f"{day:%Y%m%d}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.year} 年 {day.month} 月 {day.day} 号",
        f"{day:%Y-%m-%d} 00:00:00",
        f'="{day:%Y-%m-%d}"',
        f"'{day.year}.{day.month:02d}.{day.day:02d}",
        wide(f"{day:%Y-%m-%d}"),
        str((day - dt.date(1899, 12, 30)).days),
        f"{day.year}年{day.month}.{day.day}",
    )
    assert parse(shapes[shape], DAY) == (day.isoformat(),)


@many
@given(DATES, st.booleans())
def test_serial_numbers_follow_the_workbooks_date_system(day: dt.date, is_1904: bool) -> None:
    zero = dt.date(1904, 1, 1) if is_1904 else dt.date(1899, 12, 30)
    context = CellContext(date_1904=is_1904)
    assert parse(str((day - zero).days), DAY, context, "n") == (day.isoformat(),)


@many
@given(st.integers(1, 12), st.integers(1, 12), st.integers(1990, 2049), st.sampled_from("./-"))
def test_a_date_with_two_readings_is_refused(first: int, second: int, year: int, mark: str) -> None:
    found = parse(f"{first}{mark}{second}{mark}{year}", DAY)
    expected = RowReason.DATE_AMBIGUOUS if first != second else (f"{year}-{first:02d}-{first:02d}",)
    assert found == expected


@many
@given(
    st.integers(1990, 2049),
    st.integers(0, 99),
    st.integers(0, 99),
    st.sampled_from(["-", "/", ".", ""]),
)
def test_a_day_lands_only_if_the_calendar_has_it(
    year: int, month: int, day: int, mark: str
) -> None:
    found = parse(f"{year}{mark}{month:02d}{mark}{day:02d}", DAY)
    try:
        expected: Any = (dt.date(year, month, day).isoformat(),)
    except ValueError:
        expected = RowReason.DATE_INVALID
    assert found == expected


@many
@given(
    st.text("0123456789年月日号./-至~到 ,:〇一二三十TZ", max_size=22) | st.text(max_size=12),
    st.sampled_from("tnd"),
)
def test_no_date_lands_outside_its_bounds(raw: str, kind: str) -> None:
    for column in (DAY, MONTH, RANGE, MOMENT):
        found = parse_cell(raw, kind, column, IN_2024)
        if isinstance(found, Parsed):
            days = [text[:10] for text in found.values if text not in ("day", "month")]
            assert all("1989-12-31" <= day <= "2050-01-01" for day in days)
            assert [dt.date.fromisoformat(day) for day in days] == sorted(
                map(dt.date.fromisoformat, days)
            )


@many
@given(st.integers(1990, 2049), st.integers(1, 12), st.integers(0, 3))
def test_a_month_stands_for_its_last_or_first_day(year: int, month: int, shape: int) -> None:
    raw = (f"{year}年{month}月", f"{year}-{month:02d}", f"{year}.{month}", f"{year}/{month}")[shape]
    last = calendar.monthrange(year, month)[1]
    assert parse(raw, MONTH) == (f"{year}-{month:02d}-{last}", "month")
    first = MONTH.model_copy(update={"month_as": "first_day"})
    assert parse(raw, first) == (f"{year}-{month:02d}-01", "month")


@many
@given(DATES, DATES, st.sampled_from(["至", "~", " - ", "—", "到", "\n", "～", "--"]))
def test_a_range_is_never_swapped(first: dt.date, second: dt.date, mark: str) -> None:
    found = parse(f"{first}{mark}{second}", RANGE)
    if first <= second:
        assert found == (first.isoformat(), "day", second.isoformat(), "day")
    else:
        assert found == RowReason.DATE_RANGE_REVERSED


@many
@given(DATES, st.times(), st.sampled_from(["", "Z", "+08:00", "+00:00", "-05:30"]))
def test_a_moment_is_the_same_in_every_zone(day: dt.date, clock: dt.time, zone: str) -> None:
    assume(dt.date(1990, 1, 1) < day < dt.date(2049, 12, 31))
    at = dt.datetime.combine(day, clock.replace(microsecond=0))
    offset = {"": 8, "Z": 0, "+08:00": 8, "+00:00": 0, "-05:30": -5.5}[zone]
    local = at + dt.timedelta(hours=8 - offset)
    assert parse(f"{at:%Y-%m-%dT%H:%M:%S}{zone}", MOMENT) == (f"{local:%Y-%m-%d %H:%M:%S}",)


# --- amounts ------------------------------------------------------------------------------------

WHOLE: Final = Column(name="n", title_zh="人数", type="integer", minimum=-5, maximum=1_000_000)
NUMBER: Final = Column(name="n", title_zh="数值", type="decimal")
MONEY: Final = Column(name="m", title_zh="金额", type="money")


@many
@given(st.integers(-5, 1_000_000), st.integers(0, 7))
def test_every_whole_number_is_read_in_every_shape(number: int, shape: int) -> None:
    shapes = (f"{number}", f"{number:,}", f"{number}人", f" {number}.0 ", f"{number} 课时")
    negative = f"({-number})" if number < 0 else f"{number}期"
    assert parse((*shapes, wide(str(number)), negative, f'="{number}"')[shape], WHOLE) == (
        str(number),
    )


@many
@given(st.integers(-(10**11), 10**11), st.integers(0, 7))
def test_money_is_exact_to_the_cent(cents: int, shape: int) -> None:
    amount = Decimal(cents) / 100
    bracketed = f"({-amount:,})" if amount < 0 else wide(f"{amount:,}元")
    shapes = (
        f"{amount}",
        f"{amount:,}",
        f"￥{amount}",
        f"{amount}元",
        f"{amount} 元/人",
        f"人民币{amount}元整",
    )
    raw = (*shapes, f"{amount / 10000}万元", bracketed)[shape]
    assert parse(raw, MONEY) == (f"{amount:.2f}",)
    in_wan = CellContext(money_unit="wan_cny")
    assert parse(f"{amount / 10000:f}", MONEY, in_wan) == (f"{amount:.2f}",)
    assert parse(f"{amount}元", MONEY, in_wan) == (f"{amount:.2f}",)


@many
@given(st.decimals(-(10**9), 10**9, places=6))
def test_no_digit_of_a_decimal_is_rounded(value: Decimal) -> None:
    (landed,) = parse(f"{value:f}", NUMBER)
    assert Decimal(landed) == value
    assert parse(landed, NUMBER) == (landed,)


@many
@given(st.floats(-(10**9), 10**9, allow_nan=False), st.sampled_from([WHOLE, NUMBER, MONEY]))
def test_a_number_cell_lands_as_the_sheet_shows_it(value: float, column: Column) -> None:
    (text,), kinds = row_of([value])
    found = parse_cell(text, kinds, column, NOWHERE)
    if isinstance(found, Parsed):
        error = abs(Decimal(found.values[0]) - Decimal(repr(value)))
        assert error <= max(
            abs(Decimal(repr(value))) * Decimal("1e-14"),
            Decimal("0.005") if column is MONEY else Decimal(0),
        )


@many
@given(
    st.text(max_size=40) | st.text("0123456789.,万元人()+-~约ⅹ千百一二十壹E%", max_size=20),
    st.sampled_from("tndb"),
)
def test_no_text_whatever_breaks_a_parser(raw: str, kind: str) -> None:
    for column in (DAY, MONTH, RANGE, MOMENT, WHOLE, NUMBER, MONEY):
        found = parse_cell(raw, kind, column, IN_2024)
        assert isinstance(found, Parsed | RowReason)
        if isinstance(found, Parsed):
            again = parse_cell(found.values[0], "t", column, NOWHERE)
            assert again != RowReason.CELL_BLANK
            if column not in (MONTH, RANGE):
                assert again == found


@many
@given(st.text(max_size=30))
def test_cleaning_twice_changes_nothing(raw: str) -> None:
    once = clean(f'="{raw}"')
    assert clean(once) == once or once.startswith(("=", "'"))
