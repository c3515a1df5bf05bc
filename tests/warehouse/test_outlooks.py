"""Is what an outlook says of a target what the months or quarters behind it say?"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from itertools import pairwise
from statistics import mean, stdev
from typing import Final

import pytest
from installations import Installation

pytestmark = pytest.mark.xdist_group("refreshed")

AS_OF: Final = date(2025, 6, 30)
END: Final = date(2025, 12, 31)
MONTH_DAYS: Final = 30.4375
LIKELY: Final = 1.96
COLUMNS: Final = (
    "required_monthly_value", "recent_monthly_value", "forecast_value", "forecast_low_value",
    "forecast_high_value",
)  # fmt: skip


def outlook(home: Installation, indicator: str, period: str) -> tuple[list[float], int, date]:
    ((*values, count, until),) = home.query(
        f"""
        select {", ".join(COLUMNS)}, step_count, rests_until_on
        from kpis.kpi_outlooks
        where indicator_id = '{indicator}' and period_code = '{period}'
        """
    )
    return [float(str(value)) for value in values], int(str(count)), date.fromisoformat(str(until))


def projected(
    value: float, target: float, steps: list[float], months: int, least: float
) -> list[float]:
    """What is needed each month, what came, and the end with its interval."""
    left = (END - AS_OF).days / MONTH_DAYS
    ahead = left / months
    end, margin = value + mean(steps) * ahead, LIKELY * stdev(steps) * ahead**0.5
    needed = max(target - value, 0) / left
    return [needed, mean(steps) / months, end, max(least, end - margin), end + margin]


def test_a_count_goes_on_as_in_the_last_twelve_months(refreshed: Installation) -> None:
    """The whole period adds up all months; the forecast rests on the last twelve."""
    monthly: defaultdict[str, float] = defaultdict(float)
    for month, count in refreshed.query(
        "select month_on, person_time_count from marts.training_by_area_industry_month"
    ):
        monthly[str(month)[:7]] += int(str(count))
    window = [f"{2024 + n // 12}-{n % 12 + 1:02d}" for n in range(6, 18)]
    value = sum(count for month, count in monthly.items() if month >= "2023-01")
    expected = projected(value, 120_000, [monthly[month] for month in window], 1, value)
    found, steps, until = outlook(refreshed, "H-01", "2023-2025")
    assert found == pytest.approx(expected)
    assert (steps, until) == (12, AS_OF)


def test_a_stock_goes_on_as_in_the_last_eight_quarters(refreshed: Installation) -> None:
    told = refreshed.query(
        """
        select counted_on, sum(numerator)
        from kpis.kpi_m00_headline
        where indicator_id = 'H-03' and area_code = '520300' and item_code = 'all'
        group by counted_on
        order by counted_on
        """
    )
    states = [float(str(value)) for _, value in told]
    grown = [after - before for before, after in pairwise(states)][-8:]
    least = float("-inf")
    expected = projected(states[-1], 450_000, grown, 3, least)
    found, steps, until = outlook(refreshed, "H-03", "2025-end")
    assert found == pytest.approx(expected)
    assert (steps, until) == (len(grown), AS_OF)


def test_only_running_targets_of_what_adds_up_have_one(refreshed: Installation) -> None:
    found = refreshed.query(
        """
        select indicators.counting_code, indicators.unit_name_en, scorecard.ends_on
        from kpis.kpi_outlooks
        inner join kpis.kpi_scorecard as scorecard using (
            plan_id, indicator_id, period_code, area_code, industry_code, unit_code, item_code
        )
        inner join marts.dim_indicators as indicators using (indicator_id)
        """
    )
    assert found
    assert {counting for counting, _, _ in found} <= {"sum", "given"}
    assert not {unit for _, unit, _ in found} & {"ratio", "quotient", "growth"}
    assert all(date.fromisoformat(str(ends_on)) > AS_OF for _, _, ends_on in found)


def test_explaining_a_value_tells_where_it_is_heading(refreshed: Installation) -> None:
    told = refreshed.run("explain", "H-01", "--last", "1").stdout
    assert "展望" in told
    assert "95%" in told
