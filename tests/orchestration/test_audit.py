"""A run that tested nothing, or lost half, does not pass the audit."""

from __future__ import annotations

from typing import Any

import pytest

from dagster_project.publishing.audit import AuditError, audit

ROWS = {"kpis.kpi_scorecard": 200, "marts.fct_trainings": 1000}


def manifest() -> dict[str, Any]:
    return {
        "nodes": {
            "model.skills.fct_trainings": {
                "resource_type": "model",
                "schema": "marts",
                "alias": "fct_trainings",
            },
            "model.skills.kpi_scorecard": {
                "resource_type": "model",
                "schema": "kpis",
                "alias": "kpi_scorecard",
            },
            "model.skills.stg_x": {"resource_type": "model", "schema": "staging", "alias": "x"},
            "test.skills.unique_fct_trainings.1": {"resource_type": "test"},
            "test.skills.not_null_fct_trainings.2": {"resource_type": "test"},
        },
        "unit_tests": {"unit_test.skills.kpi_scorecard.a_limit_is_judged_late": {}},
    }


def results(**changed: str) -> dict[str, Any]:
    status = {
        "model.skills.fct_trainings": "success",
        "test.skills.unique_fct_trainings.1": "pass",
        "test.skills.not_null_fct_trainings.2": "warn",
        "unit_test.skills.kpi_scorecard.a_limit_is_judged_late": "pass",
    } | changed
    return {
        "results": [{"unique_id": key, "status": value} for key, value in status.items()],
    }


def test_a_whole_build_passes() -> None:
    report = audit(manifest(), results(), ROWS, ROWS)
    assert (report.tests_expected, report.tests_run, report.tests_warned) == (3, 3, 1)
    report.require()


def test_a_build_that_tested_nothing_is_stopped() -> None:
    report = audit(manifest(), {"results": []}, ROWS, None)
    assert report.objections == ("3 of 3 tests did not run, such as not_null_fct_trainings",)
    with pytest.raises(AuditError):
        report.require()


def test_a_project_without_tests_is_stopped() -> None:
    bare = manifest()
    bare["nodes"] = {key: node for key, node in bare["nodes"].items() if "test" not in key}
    bare["unit_tests"] = {}
    assert audit(bare, {"results": []}, ROWS, None).objections == ("the dbt project has no tests",)


@pytest.mark.parametrize("status", ["fail", "error"])
def test_a_failed_test_is_named(status: str) -> None:
    report = audit(
        manifest(), results(**{"test.skills.unique_fct_trainings.1": status}), ROWS, None
    )
    assert report.objections == ("test failed: unique_fct_trainings",)


def test_a_skipped_test_counts_as_not_run() -> None:
    report = audit(
        manifest(), results(**{"test.skills.unique_fct_trainings.1": "skipped"}), ROWS, None
    )
    assert report.objections == ("1 of 3 tests did not run, such as unique_fct_trainings",)


def test_a_mart_that_lost_more_than_half_is_stopped_unless_a_person_accepts_it() -> None:
    fewer = ROWS | {"marts.fct_trainings": 499}
    report = audit(manifest(), results(), fewer, ROWS)
    assert report.objections == ("marts.fct_trainings has 499 rows, the version before had 1,000",)
    assert not audit(manifest(), results(), fewer, ROWS, accept_fewer_rows=True).objections
    assert not audit(manifest(), results(), ROWS | {"marts.fct_trainings": 500}, ROWS).objections


def test_a_missing_table_is_stopped_whoever_accepts() -> None:
    report = audit(manifest(), results(), {"kpis.kpi_scorecard": 1}, ROWS, accept_fewer_rows=True)
    assert report.objections == ("marts.fct_trainings was not built as a table",)


def test_an_empty_scorecard_is_stopped() -> None:
    report = audit(manifest(), results(), ROWS | {"kpis.kpi_scorecard": 0}, None)
    assert report.objections == ("kpis.kpi_scorecard is empty",)
