"""Is one cell understood as intended, and refused with its reason where it cannot be?"""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import strategies as st

from ingestion.cells import CellContext, Parsed, parse_cell
from ingestion.cells.numbers import han_number
from ingestion.contract import Column, ColumnType
from ingestion.reasons import RowReason

DAY = Column(name="on", title_zh="日期", type="date")
MONTH = Column(name="on", title_zh="日期", type="date", precision="month", month_as="last_day")
RANGE = Column(name="r", title_zh="时间", type="date_range", into=("a", "b"), precision="month")
MOMENT = Column(name="at", title_zh="时间", type="datetime")
WHOLE = Column(name="n", title_zh="人数", type="integer", minimum=-5, maximum=1_000_000)
NUMBER = Column(name="n", title_zh="数值", type="decimal")
MONEY = Column(name="m", title_zh="金额", type="money")
NOWHERE = CellContext()
IN_2024 = CellContext(year=2024)
DATES = st.dates(dt.date(1990, 1, 1), dt.date(2049, 12, 31))


def parse(
    raw: str, column: Column, context: CellContext = NOWHERE, kind: str = "t"
) -> tuple[str, ...] | RowReason:
    found = parse_cell(raw, kind, column, context)
    return found.values if isinstance(found, Parsed) else found


# Dates


@pytest.mark.parametrize(
    ("raw", "in_2024", "nowhere"),
    [
        ("24.5.6", ("2024-05-06",), RowReason.DATE_AMBIGUOUS),
        ("24/5/6", ("2024-05-06",), RowReason.DATE_AMBIGUOUS),
        ("23.5.6", RowReason.DATE_AMBIGUOUS, RowReason.DATE_AMBIGUOUS),
        ("5月6日", ("2024-05-06",), RowReason.DATE_NO_YEAR),
        ("五月六日", ("2024-05-06",), RowReason.DATE_NO_YEAR),
        ("5.6", RowReason.DATE_NO_YEAR, RowReason.DATE_NO_YEAR),
        ("24年5月6日", ("2024-05-06",), ("2024-05-06",)),
        ("二〇二四年十二月三十一日", ("2024-12-31",), ("2024-12-31",)),
        ("240506", ("2024-05-06",), RowReason.DATE_AMBIGUOUS),
        ("05/06/2024", RowReason.DATE_AMBIGUOUS, RowReason.DATE_AMBIGUOUS),
        ("25/12/2024", ("2024-12-25",), ("2024-12-25",)),
        ("2024-5.6", RowReason.DATE_AMBIGUOUS, RowReason.DATE_AMBIGUOUS),
        ("2024-02-30", RowReason.DATE_INVALID, RowReason.DATE_INVALID),
        ("2023-02-29", RowReason.DATE_INVALID, RowReason.DATE_INVALID),
        ("2024-13-01", RowReason.DATE_INVALID, RowReason.DATE_INVALID),
        ("1989-12-31", RowReason.DATE_OUT_OF_RANGE, RowReason.DATE_OUT_OF_RANGE),
        ("2204-01-01", RowReason.DATE_OUT_OF_RANGE, RowReason.DATE_OUT_OF_RANGE),
        ("99999", RowReason.DATE_OUT_OF_RANGE, RowReason.DATE_OUT_OF_RANGE),
        ("2024年5月上旬", RowReason.DATE_VAGUE, RowReason.DATE_VAGUE),
        ("农历四月初八", RowReason.DATE_VAGUE, RowReason.DATE_VAGUE),
        ("2024年上半年", RowReason.DATE_VAGUE, RowReason.DATE_VAGUE),
        ("2024年5月", RowReason.DATE_MONTH_ONLY, RowReason.DATE_MONTH_ONLY),
        ("2024", RowReason.DATE_UNPARSED, RowReason.DATE_UNPARSED),
        ("见附件", RowReason.DATE_UNPARSED, RowReason.DATE_UNPARSED),
        ("٢٠٢٤-٠٥-٠٦", RowReason.DATE_UNPARSED, RowReason.DATE_UNPARSED),
        ("#N/A", RowReason.CELL_ERROR, RowReason.CELL_ERROR),
        ("　", RowReason.CELL_BLANK, RowReason.CELL_BLANK),
    ],
)
def test_short_and_unclear_dates(
    raw: str, in_2024: tuple[str] | RowReason, nowhere: tuple[str] | RowReason
) -> None:
    assert parse(raw, DAY, IN_2024) == in_2024
    assert parse(raw, DAY) == nowhere


def test_a_month_that_was_typed_as_a_number_may_have_lost_a_zero() -> None:
    assert parse("2024.5", MONTH, kind="n") == ("2024-05-31", "month")
    assert parse("2024.1", MONTH, kind="n") == RowReason.DATE_AMBIGUOUS
    assert parse("2024.1", MONTH) == ("2024-01-31", "month")
    assert parse("201203", MONTH) == RowReason.DATE_AMBIGUOUS


@pytest.mark.parametrize(
    ("raw", "landed"),
    [
        ("2024-05-06 08:30:00", "2024-05-06 08:30:00"),
        ("2024-05-06T08:30:15.250", "2024-05-06 08:30:15"),
        ("2024-05-06T00:30:00Z", "2024-05-06 08:30:00"),
        ("2024-05-06T08:30:00+08:00", "2024-05-06 08:30:00"),
        ("2024年5月6日 14时30分", "2024-05-06 14:30:00"),
        ("2024/5/6 下午 2:30", "2024-05-06 14:30:00"),
        ("2024-05-06", "2024-05-06 00:00:00"),
        ("45418.5", "2024-05-06 12:00:00"),
    ],
)
def test_times_are_local_time(raw: str, landed: str) -> None:
    assert parse(raw, MOMENT) == (landed,)


def test_a_time_that_no_clock_shows_is_invalid() -> None:
    assert parse("2024-05-06 25:00:00", MOMENT) == RowReason.DATE_INVALID


@pytest.mark.parametrize(
    ("raw", "start", "end"),
    [
        ("2024-05-06至2024-05-20", "2024-05-06", "2024-05-20"),
        ("2024-05-06-2024-05-20", "2024-05-06", "2024-05-20"),
        ("2024-05-06 ~ 05-20", "2024-05-06", "2024-05-20"),
        ("2024.05.06-05.20", "2024-05-06", "2024-05-20"),
        ("2024.5.6—5.20", "2024-05-06", "2024-05-20"),
        ("2024.5.6-20", "2024-05-06", "2024-05-20"),
        ("2024年5月6日-20日", "2024-05-06", "2024-05-20"),
        ("2024年5月6日至5月20日（共15天）", "2024-05-06", "2024-05-20"),
        ("2024/5/6－2024/5/20", "2024-05-06", "2024-05-20"),
        ("20240506-20240520", "2024-05-06", "2024-05-20"),
        ("20240506-0520", "2024-05-06", "2024-05-20"),
        ("5月6日-5月20日", "2024-05-06", "2024-05-20"),
        ("24.5.6-24.5.20", "2024-05-06", "2024-05-20"),
        ("2023.12.20-2024.1.5", "2023-12-20", "2024-01-05"),
        ("2024-05-06至2024-05-06", "2024-05-06", "2024-05-06"),
        ("2024-05-06 00:00:00至2024-05-20 00:00:00", "2024-05-06", "2024-05-20"),
    ],
)
def test_ranges_of_days(raw: str, start: str, end: str) -> None:
    assert parse(raw, RANGE, IN_2024) == (start, "day", end, "day")


@pytest.mark.parametrize(
    ("raw", "start", "end"),
    [
        ("2024-05~2024-06", "2024-05-01", "2024-06-30"),
        ("2021.01-2021.04", "2021-01-01", "2021-04-30"),
        ("2024年1-3月", "2024-01-01", "2024-03-31"),
        ("2024.05~06", "2024-05-01", "2024-06-30"),
    ],
)
def test_ranges_of_months(raw: str, start: str, end: str) -> None:
    assert parse(raw, RANGE) == (start, "month", end, "month")
    days_only = RANGE.model_copy(update={"precision": "day"})
    assert parse(raw, days_only) == RowReason.DATE_MONTH_ONLY


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("2024-05-06", RowReason.DATE_UNPARSED),
        ("2024.05-06", RowReason.DATE_AMBIGUOUS),
        ("2024.5.20-2024.5.6", RowReason.DATE_RANGE_REVERSED),
        ("12月20日-1月5日", RowReason.DATE_RANGE_REVERSED),
        ("2024.5.6-2024.2.30", RowReason.DATE_INVALID),
        ("2024年5月至今", RowReason.DATE_VAGUE),
        ("2024年5月上旬至6月", RowReason.DATE_VAGUE),
        ("2024.5.6-5.20-6.3", RowReason.DATE_UNPARSED),
        ("另行通知", RowReason.DATE_UNPARSED),
    ],
)
def test_ranges_that_are_refused(raw: str, reason: RowReason) -> None:
    assert parse(raw, RANGE, IN_2024) == reason


# Numbers


@pytest.mark.parametrize(
    ("raw", "title", "landed"),
    [
        ("1.4", "wan_cny", "14000.00"),
        ("36.2992", "wan_cny", "362992.00"),
        ("500 元/人", "wan_cny", "500.00"),
        ("1.4万元", "cny", "14000.00"),
        ("1.4万", None, "14000.00"),
        ("壹仟贰佰元整", None, "1200.00"),
        ("叁拾陆万贰仟玖佰玖拾贰元伍角", "wan_cny", "362992.50"),
        ("三十", "wan_cny", "300000.00"),
        ("0.30000000000000004", None, "0.30"),
        ("(1,200.50)", None, "-1200.50"),
        ("-0", None, "0.00"),
    ],
)
def test_the_cells_unit_beats_the_headers(raw: str, title: str | None, landed: str) -> None:
    context = CellContext(money_unit="wan_cny" if title == "wan_cny" else None)
    assert parse(raw, MONEY, context) == (landed,)


@pytest.mark.parametrize(
    ("raw", "column", "reason"),
    [
        ("约30", WHOLE, RowReason.NUMBER_APPROXIMATE),
        ("30+2", WHOLE, RowReason.NUMBER_APPROXIMATE),
        ("30-40", WHOLE, RowReason.NUMBER_APPROXIMATE),
        ("三十余人", WHOLE, RowReason.NUMBER_APPROXIMATE),
        ("5.20302E+17", WHOLE, RowReason.NUMBER_APPROXIMATE),
        ("理论30节，实操50节", WHOLE, RowReason.NUMBER_UNPARSED),
        ("31.5", WHOLE, RowReason.NUMBER_NOT_WHOLE),
        ("-6", WHOLE, RowReason.NUMBER_OUT_OF_RANGE),
        ("529999198803074512", NUMBER, RowReason.NUMBER_OUT_OF_RANGE),
        ("1,2000", MONEY, RowReason.NUMBER_UNPARSED),
        ("1.200,00", MONEY, RowReason.NUMBER_UNPARSED),
        ("一千二", MONEY, RowReason.NUMBER_UNPARSED),
        ("33.335", MONEY, RowReason.NUMBER_UNPARSED),
        ("美元30", MONEY, RowReason.NUMBER_UNPARSED),
        ("٣٠", WHOLE, RowReason.NUMBER_UNPARSED),
        ("免费", MONEY, RowReason.NUMBER_UNPARSED),
    ],
)
def test_what_is_not_one_exact_number_is_refused(
    raw: str, column: Column, reason: RowReason
) -> None:
    assert parse(raw, column) == reason


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("十", 10),
        ("十二", 12),
        ("二十", 20),
        ("一百零五", 105),
        ("一千二百", 1200),
        ("叁拾万", 300_000),
        ("一亿二千万", 120_000_000),
        ("二〇二四", 2024),
        ("百十千", None),
        ("", None),
    ],
)
def test_chinese_numerals(text: str, number: int | None) -> None:
    assert han_number(text) == number


# Words


def test_codes_are_matched_by_spelling_or_name() -> None:
    column = Column(
        name="c", title_zh="结果", type="code", values={"passed": ("合格", "√"), "failed": ("×",)}
    )
    assert parse(" 合 格 ", column) == ("passed",)
    assert parse("✔", column) == ("passed",)
    assert parse("✗", column) == ("failed",)
    assert parse("passed", column) == ("passed",)
    assert parse("合格了", column) == RowReason.CODE_UNKNOWN


@pytest.mark.parametrize(
    ("raw", "landed"),
    [("是", "true"), ("Ｙ", "true"), ("1", "true"), ("×", "false"), ("无", "false")],
)
def test_yes_and_no(raw: str, landed: str) -> None:
    column = Column(name="b", title_zh="是否", type="boolean")
    assert parse(raw, column) == (landed,)
    assert parse("也许", column) == RowReason.BOOLEAN_UNKNOWN


def test_text_is_normalised_and_never_cut() -> None:
    column = Column(name="t", title_zh="名称", type="text")
    assert parse("　遵义（市）\n职校\u200b ", column) == ("遵义(市) 职校",)
    assert parse("字" * 5000, column) == RowReason.TEXT_TOO_LONG
    assert parse("529999198803074000", column, kind="n") == RowReason.ID_PRECISION_LOST


@pytest.mark.parametrize("kind", ["text", "code", "integer", "money", "date", "boolean"])
def test_errors_and_formulas_without_result_are_reasons_in_every_type(kind: ColumnType) -> None:
    values = {"a": ("b",)} if kind == "code" else {}
    column = Column(name="x", title_zh="x", type=kind, values=values)
    assert parse("", column, kind="f") == RowReason.FORMULA_NOT_CALCULATED
    assert parse("", column, kind="e") == RowReason.CELL_ERROR
    assert parse("#DIV/0!", column) == RowReason.CELL_ERROR


def test_identity_types_have_a_module_of_their_own() -> None:
    column = Column(name="person_id_no", title_zh="证件", type="resident_id", personal="P3")
    with pytest.raises(ValueError, match="identity"):
        parse("x", column)
