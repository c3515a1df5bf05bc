"""Does a value lead back to the rows of the ledgers that it was counted from?"""

from __future__ import annotations

import json
from typing import Any

import duckdb
import pytest
from installations import Installation
from python_calamine import load_workbook

from dagster_project.cli.explain import evidence_of
from dagster_project.cli.scorecard import named
from ingestion.places import city_code


def explained(home: Installation, *arguments: str) -> dict[str, Any]:
    told = home.run("explain", *arguments, "--format", "json")
    assert told.returncode == 0, told.stderr
    content: dict[str, Any] = json.loads(told.stdout)
    return content


# --- what speaks for a value ------------------------------------------------------------------


def test_the_evidence_of_every_added_value_adds_up_to_it(refreshed: Installation) -> None:
    """All rows of the scorecard, not a selection: each is what its facts say."""
    with duckdb.connect(refreshed.database, read_only=True) as connection:
        found = connection.execute(
            """
            select scorecard.*, indicators.counting_code, indicators.reading_code
            from kpis.kpi_scorecard as scorecard
            inner join marts.dim_indicators as indicators using (indicator_id)
            where
                indicators.counting_code = 'sum' and scorecard.numerator is not null
                and scorecard.is_binding
            """
        )
        rows = named(found)
        assert {row["measure_no"] for row in rows} >= {0, 1, 2, 3, 4, 5, 8, 10, 11, 13, 14, 16}
        for row in rows:
            evidence_of(connection, row)
            ((top, bottom),) = connection.execute(
                "select coalesce(sum(numerator), 0), sum(denominator) from evidence"
            ).fetchall()
            what = row["indicator_id"], row["period_code"], row["area_code"], row["unit_code"]
            assert top == row["numerator"], what
            if row["denominator"] is not None:
                assert (bottom or 0) == row["denominator"], what


def test_every_fact_leads_to_a_delivery(refreshed: Installation) -> None:
    """Each indicator that has a value has a row of a ledger, a table or a page behind it."""
    valued = refreshed.query(
        """
        select indicator_id, max(period_code)
        from kpis.kpi_scorecard
        where numerator > 0 and is_binding
        group by all
        order by all
        """
    )
    assert len(valued) > 60
    for indicator, period in valued[::6]:
        told = explained(refreshed, str(indicator), "--period", str(period))
        assert told["rows"], indicator
        assert all(row["file_name"] for row in told["rows"]), indicator


@pytest.mark.parametrize("indicator", ["H-01", "M05-2", "M14-6", "M15-2", "M02-5"])
def test_what_is_shown_adds_up_to_the_value(refreshed: Installation, indicator: str) -> None:
    """However many rows of ledgers stand behind a sum, it is told once."""
    ((period, numerator, denominator),) = refreshed.query(
        f"""
        select period_code, cast(sum(numerator) as double), cast(sum(denominator) as double)
        from kpis.kpi_scorecard
        where indicator_id = '{indicator}' and is_binding and starts_on <= as_of_on
        group by period_code
        order by sum(numerator) desc
        limit 1
        """
    )
    rows = explained(refreshed, indicator, "--period", str(period))["rows"]
    assert len(rows) > 1
    assert sum(row["numerator"] or 0 for row in rows) == pytest.approx(numerator)
    if denominator is not None:
        assert sum(row["denominator"] or 0 for row in rows) == pytest.approx(denominator)


# --- down to the cell -------------------------------------------------------------------------


def cells(home: Installation, feed: str, row: dict[str, Any]) -> list[object]:
    """The row of the workbook that the chain names."""
    book = load_workbook(home.drop / feed / row["file_name"])
    sheet = book.get_sheet_by_name(row["sheet"])
    rows = sheet.to_python(skip_empty_area=False)
    return list(rows[row["row_number"] - 1])


@pytest.mark.parametrize(
    ("indicator", "feed", "scale"),
    [
        pytest.param("M02-5", "industry/education_funds", 1, id="money in yuan"),
        pytest.param("M22-1", "finance/fund_allocations", 10_000, id="money in ten thousands"),
        pytest.param("M10-4", "hrss/skill_brands", 1, id="person-times"),
    ],
)
def test_the_cell_of_the_ledger_holds_the_number(
    refreshed: Installation, indicator: str, feed: str, scale: int
) -> None:
    told = explained(refreshed, indicator, "--period", "2025-Q1" if "22" in indicator else "2024")
    assert told["rows"]
    for row in told["rows"][::7]:
        assert row["feed_id"] == feed
        numbers = [cell for cell in cells(refreshed, feed, row) if isinstance(cell, int | float)]
        assert any(abs(cell * scale - row["numerator"]) < 0.01 for cell in numbers), row


# --- words ------------------------------------------------------------------------------------


def test_a_pair_of_the_plan_is_told_in_words(refreshed: Installation) -> None:
    told = refreshed.run("explain", "M05-2", "--county", "仁怀市", "--last", "3").stdout
    assert "县域产业培训人次" in told
    assert "仁怀市" in told
    assert "样例数据" in told
    assert "遵府办函〔2024〕19号 s2.5 “紧扣重点特色产业发展需要开展重点产业培训”" in told
    assert "市人力资源社会保障局" in told


def test_a_file_has_all_rows_and_a_terminal_says_how_many_there_are(
    refreshed: Installation,
) -> None:
    everything = explained(refreshed, "H-01")
    there_are = len(everything["rows"])
    assert there_are > 1000
    assert everything["notice"] == "样例数据 / sample data"
    cut = explained(refreshed, "H-01", "--last", "7")
    assert cut["rows"] == everything["rows"][:7]
    assert f"7 of {there_are:,} rows" in cut["notice"]
    assert f"共 {there_are:,} 行，只列出 50 行" in refreshed.run("explain", "H-01").stdout


def test_what_is_not_on_the_scorecard_is_said_to_be_so(refreshed: Installation) -> None:
    told = refreshed.run("explain", "M99-1")
    assert told.returncode == 2
    assert "skills scorecard" in told.stderr


def test_the_city_is_the_code_of_the_seed(refreshed: Installation) -> None:
    found = refreshed.query("select area_code from marts.dim_areas where area_kind = 'city'")
    assert found == [(city_code(),)]
