"""Do we read the period that a delivery covers, wherever it is written, and refuse to guess?"""

from __future__ import annotations

from datetime import date

import pytest

from ingestion.contract import FeedContract, load_contracts
from ingestion.periods import Period, mentions, period_of
from ingestion.reasons import Breach, BreachCode

LEDGERS = load_contracts()["county/training_ledgers"]
RETURNS = load_contracts()["department/training_returns"]
PLANS = load_contracts()["department/annual_plans"]
COMPETITIONS = load_contracts()["hrss/competitions"]
FIGURES = load_contracts()["public/published_figures"]

ON = date(2024, 7, 10)
TO_JUNE = Period(date(2024, 1, 1), date(2024, 6, 30))


def period(
    *titles: str,
    hints: tuple[str, ...] = (),
    contract: FeedContract = LEDGERS,
    on: date = ON,
    sheet: str = "Sheet1",
    is_one_of_several: bool = False,
) -> Period | None:
    return period_of(
        contract,
        sheet=sheet,
        titles=titles,
        hints=hints,
        delivered_on=on,
        where="a file",
        is_one_of_several=is_one_of_several,
    )


def end_of(title: str, contract: FeedContract = LEDGERS, on: date = ON) -> date:
    found = period(title, contract=contract, on=on)
    assert found
    return found.end


def refusal(
    *titles: str,
    hints: tuple[str, ...] = (),
    contract: FeedContract = LEDGERS,
    sheet: str = "Sheet1",
    is_one_of_several: bool = False,
) -> BreachCode:
    several = is_one_of_several
    with pytest.raises(Breach) as caught:
        period(*titles, hints=hints, contract=contract, sheet=sheet, is_one_of_several=several)
    assert caught.value.where == "a file"
    return caught.value.code


@pytest.mark.parametrize(
    "text",
    [
        "2024年1-6月",
        "2024年1—6月职业技能培训台账",
        "2024年1至6月",
        "2024年1月-6月",
        "2024年1月至2024年6月",
        "2024.1-6",
        "2024.01-2024.06",
        "202401-202406",
        "2024年6月",
        "2024年06月份",
        "2024-06",
        "2024.06",
        "2024/6",
        "202406",
        "24年6月",
        "仁怀_2024_06_v2",
        "２０２４年　１ － ６ 月",
        "2024年第二季度",
        "2024年二季度",
        "2024Q2",
        "2024年上半年",
        "截至2024年6月30日",
        "截止2024年6月底",
        "二〇二四年一至六月",
        "2024年1月1日至2024年6月30日",
        "2024.1.1-2024.6.30",
        "20240101-20240630",
        "1月1日至6月30日（2024年）",
        "黔人社发〔2023〕12号 2024年6月",
        "技能遵义（2023—2025年）2024年1-6月",
        "2024年1-6月 填报日期：2024年7月5日",
        "2024年1-6月 填报时间：2024年7月",
        "2024年1-6月(7月10日报)",
    ],
)
def test_every_way_to_write_january_to_june_is_read(text: str) -> None:
    assert period(text) == TO_JUNE


def test_parts_in_several_places_add_up() -> None:
    assert period("6月", hints=("2024年", "台账")) == TO_JUNE
    assert period("职业技能培训台账", hints=("2024", "二季度", "6月")) == TO_JUNE
    assert period("2024年度培训台账", hints=("1-6月",)) == TO_JUNE


@pytest.mark.parametrize(
    "text", ["台账20240705", "2024-07-05", "附件1：花名册（最终版）(1)", "四季花城", "第2期"]
)
def test_a_date_a_number_or_a_name_is_no_period(text: str) -> None:
    assert not mentions(text)
    assert refusal(text) is BreachCode.PERIOD_UNKNOWN


def test_a_monthly_ledger_needs_its_month() -> None:
    assert refusal("2024年职业技能培训台账") is BreachCode.PERIOD_UNKNOWN
    assert refusal("6月") is BreachCode.PERIOD_UNKNOWN


@pytest.mark.parametrize(
    ("title", "hint"),
    [
        ("2024年1-6月", "2024年1-5月"),
        ("2024年1-6月", "2023年1-6月"),
        ("2024年6月", "2024年第一季度"),
        ("2023.07-2024.06", "台账"),
    ],
)
def test_places_that_disagree_refuse_the_delivery(title: str, hint: str) -> None:
    assert refusal(title, hints=(hint,)) is BreachCode.PERIOD_CONFLICT


def test_a_month_within_a_named_quarter_is_no_conflict() -> None:
    assert period("2024年4月", hints=("2024年第二季度",)) == Period(
        date(2024, 1, 1), date(2024, 4, 30)
    )


def test_a_period_must_have_begun_when_it_is_delivered() -> None:
    assert refusal("2024年1-8月") is BreachCode.PERIOD_OUT_OF_RANGE
    assert end_of("2024年1-7月") == date(2024, 7, 31)
    assert refusal("1995年6月") is BreachCode.PERIOD_OUT_OF_RANGE
    assert refusal("2024年第四季度", contract=RETURNS) is BreachCode.PERIOD_OUT_OF_RANGE


def test_a_whole_year_counts_for_a_ledger_only_when_it_is_over() -> None:
    assert refusal("2024年度") is BreachCode.PERIOD_UNKNOWN
    assert end_of("2024年度", on=date(2025, 1, 8)) == date(2024, 12, 31)


def test_a_quarterly_return_covers_its_quarter_however_it_is_named() -> None:
    second = Period(date(2024, 4, 1), date(2024, 6, 30))
    for text in ("2024年第二季度", "2024年1-6月", "2024年4-6月", "2024年6月", "2024年上半年"):
        assert period(text, contract=RETURNS) == second


def test_a_plan_is_for_its_year_and_may_come_before_it() -> None:
    year = Period(date(2025, 1, 1), date(2025, 12, 31))
    assert period("2025年度培训计划", contract=PLANS, on=date(2024, 12, 20)) == year
    assert refusal("2026年度培训计划", contract=PLANS) is BreachCode.PERIOD_OUT_OF_RANGE


def test_a_yearly_list_covers_its_whole_year() -> None:
    year = Period(date(2024, 1, 1), date(2024, 12, 31))
    assert period("2024年职业技能竞赛名录", contract=COMPETITIONS) == year
    assert period("2024年1-6月", contract=COMPETITIONS) == TO_JUNE


def test_a_feed_without_periods_has_none() -> None:
    assert period("2024年6月", contract=FIGURES) is None


def test_a_sheet_may_be_named_for_a_month_within_the_period() -> None:
    file = ("2024年1-6月台账",)
    assert period(sheet="3月", hints=file) == TO_JUNE
    assert period("2024年1-6月", sheet="3月", hints=("2024",)) == TO_JUNE
    assert refusal(sheet="7月", hints=file) is BreachCode.PERIOD_CONFLICT
    to_march = Period(date(2024, 1, 1), date(2024, 3, 31))
    assert period(sheet="3月", hints=("2024",)) == to_march


def test_titles_of_one_sheet_of_several_may_speak_of_a_part() -> None:
    file = ("2024年1-6月台账",)
    assert period("2024年3月", hints=file, is_one_of_several=True) == TO_JUNE
    assert refusal("2024年3月", hints=file) is BreachCode.PERIOD_CONFLICT
    assert refusal("2024年7月", hints=file, is_one_of_several=True) is BreachCode.PERIOD_CONFLICT


def test_further_months_rank_higher_over_years() -> None:
    months = [
        Period(date(year, 1, 1), date(year, month, 28))
        for year in (2023, 2024)
        for month in (1, 12)
    ]
    assert [period.rank for period in months] == sorted({period.rank for period in months})
