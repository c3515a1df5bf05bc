"""From deliveries to the published scorecard: does the whole say what the simulator knows?

The truth was counted from the simulator's own events, never from what it wrote. Everything here is
read from the published file alone, as its readers see it.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Final

import duckdb
from installations import Installation
from person_times import counted_person_times, true_person_times

CITY: Final = "520300"
#: What rows add up to, whatever their order.
CONTENT: Final = "select count(*), bit_xor(hash(rows)), sum(hash(rows)) from rows"
#: The day of the build, where nobody asks what was known on another: a rebuild may meet midnight.
OF_THE_DAY: Final = "as_known_on"

KpiKey = tuple[str, str, str, str, str, str]
KpiValue = tuple[float, float | None, str]


def number(text: str) -> float | None:
    return float(text) if text else None


def kpi_truth(rows: list[dict[str, str]]) -> dict[KpiKey, KpiValue]:
    return {
        (
            row["indicator_id"],
            row["period_code"],
            row["area_code"],
            row["industry_code"],
            row["unit_code"],
            row["item_code"],
        ): (float(row["numerator"]), number(row["denominator"]), row["status"])
        for row in rows
    }


# --- the numbers ------------------------------------------------------------------------------


def test_person_times_by_day_area_and_industry_are_the_truth(refreshed: Installation) -> None:
    assert counted_person_times(refreshed) == true_person_times(refreshed)


def test_months_add_up_to_the_same_person_times(refreshed: Installation) -> None:
    by_month = refreshed.query(
        """
        select strftime(month_on, '%Y-%m'), area_code, industry_code, person_time_count
        from marts.training_by_area_industry_month
        where person_time_count > 0
        """
    )
    expected: Counter[tuple[str, str, str]] = Counter()
    for row in refreshed.truth("person_times"):
        place = row["ended_on"][:7], row["area_code"], row["industry_code"] or "none"
        expected[place] += int(row["person_times"])
    assert {(month, area, industry): n for month, area, industry, n in by_month} == expected


def test_persons_of_the_city_its_areas_and_industries_are_the_truth(
    refreshed: Installation,
) -> None:
    found = refreshed.query(
        """
        select area_code, industry_code, person_count
        from marts.training_persons
        where period_code = '2023-2025' and person_count > 0
        """
    )
    expected = {}
    for row in refreshed.truth("persons"):
        match row["scope_type"]:
            case "city":
                scope = CITY, "all"
            case "area":
                scope = row["scope_code"], "all"
            case _:
                scope = CITY, row["scope_code"] or "none"
        expected[scope] = int(row["persons"])
    assert {(area, industry): n for area, industry, n in found} == expected


def test_the_waterfall_runs_through_the_true_steps(refreshed: Installation) -> None:
    remaining = dict(
        refreshed.query(
            """
            with last_rules as (
                select step_code, max(rule_no) as rule_no
                from marts.training_waterfall
                group by step_code
            )

            select waterfall.step_code, sum(waterfall.remaining_count)
            from marts.training_waterfall as waterfall
            inner join last_rules on waterfall.rule_no = last_rules.rule_no
            group by waterfall.step_code
            """
        )
    )
    # A pull looks back a little, so that a few records come twice and are skipped as known.
    ((came_again,),) = refreshed.query(
        "select sum(skipped_count) from marts.fct_deliveries where feed_id = 'hrss/enrolments'"
    )
    expected = {row["step"]: int(row["rows"]) for row in refreshed.truth("waterfall")}
    assert remaining == {**expected, "delivered": expected["delivered"] + came_again}


def test_each_rule_of_the_waterfall_removes_what_it_should(refreshed: Installation) -> None:
    removed = refreshed.query(
        """
        select rule_code, sum(removed_count)
        from marts.training_waterfall
        where step_code not in ('delivered', 'landed')
        group by rule_code
        having sum(removed_count) > 0
        """
    )
    expected = {row["rule"]: int(row["rows"]) for row in refreshed.truth("removals")}
    assert dict(removed) == expected
    assert all(expected.values()), "the sample plants something for every rule"


def test_numerators_denominators_and_statuses_are_the_truth(refreshed: Installation) -> None:
    found = {
        row[:6]: row[6:]
        for row in refreshed.query(
            """
            select
                indicator_id, period_code, area_code, industry_code, unit_code, item_code,
                cast(numerator as double), cast(denominator as double), status_code
            from kpis.kpi_scorecard
            """
        )
    }
    expected = kpi_truth(refreshed.truth("kpi"))
    assert {key: found.get(key) for key in expected} == expected


def test_no_value_stands_in_the_scorecard_that_the_truth_does_not_know(
    refreshed: Installation,
) -> None:
    """Drill-downs too; where there is nothing, nothing needs to be known."""
    found = refreshed.query(
        """
        select indicator_id, period_code, area_code, industry_code, unit_code, item_code
        from kpis.kpi_scorecard
        where plan_id = 'zunyi-2023' and numerator <> 0
        """
    )
    assert len(found) > 4_000
    assert set(found) - set(kpi_truth(refreshed.truth("kpi"))) == set()


def test_at_the_end_of_the_plan_they_are_the_truth_of_that_day(refreshed: Installation) -> None:
    rows = refreshed.rows("scorecard", "--as-of", "2025-12-31", "--all")
    found = {
        (
            row["indicator_id"],
            row["period_code"],
            row["area_code"],
            row["industry_code"],
            row["unit_code"],
            row["item_code"],
        ): (number(row["numerator"]), number(row["denominator"]), row["status_code"])
        for row in rows
    }
    expected = kpi_truth(refreshed.truth("end_of_plan/kpi"))
    assert {key: found.get(key) for key in expected} == expected


def test_sign_ins_by_class_are_the_truth(refreshed: Installation) -> None:
    found = refreshed.query(
        """
        select
            class_id, count(*), sum(session_count), sum(attended_session_count),
            cast(sum(attended_hours) as double)
        from marts.fct_attendance
        where report_id is not null
        group by class_id
        """
    )
    expected = {
        row["class_no"]: (
            int(row["enrolments"]),
            int(row["sessions"]),
            int(row["attended_sessions"]),
            float(row["attended_hours"]),
        )
        for row in refreshed.truth("attendance")
        if row["class_no"]
    }
    assert {class_id: tuple(sums) for class_id, *sums in found} == expected


def test_sign_ins_of_nobody_enrolled_are_findings(refreshed: Installation) -> None:
    (unknown,) = [row for row in refreshed.truth("attendance") if not row["class_no"]]
    found = refreshed.query(
        """
        select count(*)
        from marts.unresolved_references
        where feed_id = 'hrss/attendance' and referred_feed_id = 'hrss/enrolments'
        """
    )
    assert found == [(int(unknown["enrolments"]),)]


def test_counted_trainings_below_a_floor_of_attendance_are_the_truth(
    refreshed: Installation,
) -> None:
    """The floor itself is off until it is confirmed; what it would remove is known."""
    for row in refreshed.truth("attended_shares"):
        found = refreshed.query(
            f"""
            select count(*) filter (where attended_share < {float(row["floor"])}),
                count(attended_share)
            from marts.fct_trainings
            """
        )
        assert found == [(int(row["below"]), int(row["known"]))]


# --- the statuses -----------------------------------------------------------------------------


def test_every_row_that_binds_has_a_status(refreshed: Installation) -> None:
    assert refreshed.query("select count(*) from kpis.kpi_scorecard where is_binding") != [(0,)]
    assert (
        refreshed.query(
            """
            select scorecard.indicator_id
            from kpis.kpi_scorecard as scorecard
            where scorecard.status_code is null or scorecard.status_name_zh is null
            """
        )
        == []
    )


def test_every_status_occurs(refreshed: Installation) -> None:
    occurring = refreshed.query(
        "select distinct status_code from kpis.kpi_scorecard where is_binding order by all"
    )
    assert occurring == refreshed.query("select status_code from marts.dim_statuses order by all")


# --- what came, and what became of it ---------------------------------------------------------


def test_every_delivery_ended_as_it_should(refreshed: Installation) -> None:
    """A system is pulled in several goes, whose rows add up to what stands in it."""
    found: dict[tuple[object, object, object], Counter[str]] = {}
    for feed, name, outcome, *counts in refreshed.query(
        """
        select
            feed_id, file_name, outcome_code,
            delivered_count, landed_count, rejected_count, skipped_count
        from marts.fct_deliveries
        where feed_id not like 'public/%' and outcome_code in ('landed', 'unchanged')
        """
    ):
        sums = found.setdefault((feed, name, outcome), Counter())
        for part, count in zip(("delivered", "landed", "rejected", "skipped"), counts, strict=True):
            sums[part] += count or 0
    expected = {}
    for row in refreshed.truth("deliveries"):
        key = row["feed"], row["delivery_name"], row["outcome"]
        if row["outcome"] == "unchanged":
            # Known again: every row of it counts as skipped.
            expected[key] = Counter(
                delivered=int(row["rows_delivered"]),
                landed=0,
                rejected=0,
                skipped=int(row["rows_delivered"]),
            )
            continue
        if row["outcome"] != "landed":
            continue
        is_pull = ":" in row["delivery_name"]
        came_again = found[key]["skipped"] if is_pull else 0
        expected[key] = Counter(
            delivered=int(row["rows_delivered"]) + came_again,
            landed=int(row["rows_landed"]),
            rejected=int(row["rows_rejected"]),
            skipped=int(row["rows_skipped"]) + came_again,
        )
    assert found == expected


def test_what_was_refused_is_what_was_planted(refreshed: Installation) -> None:
    found = refreshed.query(
        """
        select feed_id, file_name, breach_code
        from marts.fct_deliveries
        where outcome_code = 'refused'
        """
    )
    expected = [
        (row["feed"], row["delivery_name"], row["breach_code"])
        for row in refreshed.truth("refusals")
    ]
    assert sorted(found) == sorted(expected)


def test_every_rejected_row_has_its_reason_and_its_place(refreshed: Installation) -> None:
    """Rows of a system are known by their key, rows of a file by sheet and number."""
    found: Counter[tuple[object, ...]] = Counter()
    for feed, name, sheet, row_number, record, reason in refreshed.query(
        """
        select
            rejections.feed_id, deliveries.file_name,
            rejections._sheet, rejections._row_number, rejections.record_id,
            rejections.reason_code
        from marts.fct_rejections as rejections
        inner join marts.fct_batches as batches on rejections._batch_id = batches.batch_id
        inner join marts.fct_deliveries as deliveries
            on batches.delivery_id = deliveries.delivery_id
        """
    ):
        place = (record or "",) if ":" in str(name) else (sheet, str(row_number))
        found[feed, name, *place, reason] += 1
    expected: Counter[tuple[object, ...]] = Counter()
    for row in refreshed.truth("rejections"):
        by_row = row["sheet"], row["row_number"]
        place = (row["record_key"],) if ":" in row["delivery_name"] else by_row
        expected[row["feed"], row["delivery_name"], *place, row["reason"]] += 1
    assert found == expected


# --- what is published ------------------------------------------------------------------------


def content(rows: duckdb.DuckDBPyRelation) -> tuple[object, ...]:
    if OF_THE_DAY in rows.columns:
        rows = rows.select(duckdb.StarExpression(exclude=[OF_THE_DAY]))
    found: list[tuple[object, ...]] = rows.query("rows", CONTENT).fetchall()
    return found[0]


def published_content(database: Path) -> dict[str, tuple[object, ...]]:
    """A hash of every published table."""
    with duckdb.connect(database, read_only=True) as connection:
        return {
            f"{schema}.{table}": content(connection.table(f'{schema}."{table}"'))
            for schema, table in connection.execute(
                "select schema_name, table_name from duckdb_tables()"
            ).fetchall()
        }


def test_sample_data_says_so_wherever_a_number_is_judged(refreshed: Installation) -> None:
    judged = refreshed.query("select distinct is_sample from kpis.kpi_scorecard")
    assert judged == refreshed.query("select is_sample from marts.publication") == [(True,)]
    assert refreshed.query("select distinct is_sample, notice from main.publication") == [
        (True, "样例数据 / sample data")
    ]


def test_parquet_says_what_the_database_says(refreshed: Installation) -> None:
    folder = refreshed.home / "published" / "versions" / refreshed.version / "parquet"
    with duckdb.connect() as connection:
        found = {
            f"{path.parent.name}.{path.stem}": content(connection.read_parquet(str(path)))
            for path in folder.rglob("*.parquet")
        }
    assert found == published_content(refreshed.database)


def test_the_pointer_names_the_version_that_opens(refreshed: Installation) -> None:
    pointer = (refreshed.home / "published" / "CURRENT").read_text(encoding="utf-8").strip()
    assert pointer == refreshed.version
    assert refreshed.query("select distinct version from main.publication") == [(pointer,)]


def test_a_rebuild_of_the_same_deliveries_changes_no_number(
    refreshed: Installation, rebuilt: Installation
) -> None:
    before, after = published_content(refreshed.database), published_content(rebuilt.database)
    assert after.keys() == before.keys()
    # Looking again in vain is recorded, and so is the day of the build.
    dated = {
        "main.publication",
        "main.publication_deliveries",
        "marts.fct_deliveries",
        "marts.feed_freshness",
        "marts.publication",
    }
    assert {table for table in before if before[table] != after[table]} <= dated
