"""A build that tested nothing, was tampered with, or lost half, does not pass the audit."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dagster_project.building import Build
from dagster_project.publishing.audit import AuditError, audit
from dagster_project.publishing.contents import Table
from dagster_project.publishing.evidence import Earlier, Evidence
from dagster_project.rules import broken_rules, rules_of

BUILD = Build(
    fingerprint="0123456789abcdef", as_of=date(2025, 6, 30), as_known=None, is_sample=True
)
RUN = "00000000-0000-4000-8000-000000000000"
FULL_STRENGTH = {
    "severity": "ERROR",
    "where": None,
    "limit": None,
    "fail_calc": "count(*)",
    "warn_if": "!= 0",
    "error_if": "!= 0",
}
UNIT_TEST = "unit_test.skills.kpi_scorecard.a_limit_is_judged_late"


def model(schema: str, name: str, *columns: str) -> dict[str, Any]:
    return {
        "resource_type": "model",
        "schema": schema,
        "alias": name,
        "columns": {column: {"meta": {}} for column in columns},
    }


def data_test(table: str, grain: list[str], **arguments: object) -> dict[str, Any]:
    return {
        "resource_type": "test",
        "name": f"holds_{table}",
        "attached_node": f"model.skills.{table}",
        "depends_on": {"nodes": [f"model.skills.{table}"]},
        "test_metadata": {"name": "holds", "kwargs": {"grain": grain, **arguments}},
        "config": dict(FULL_STRENGTH),
    }


def manifest() -> dict[str, Any]:
    return {
        "metadata": {"invocation_id": RUN},
        "nodes": {
            "model.skills.fct_trainings": model("marts", "fct_trainings", "training_id"),
            "model.skills.publication": model("marts", "publication", "build_id"),
            "model.skills.kpi_scorecard": model("kpis", "kpi_scorecard", "indicator_id"),
            "test.skills.a": data_test(
                "fct_trainings", ["training_id"], always={"hours_given": "hours > 0"}
            ),
            "test.skills.b": data_test("kpi_scorecard", ["indicator_id"]),
            "test.skills.c": data_test("publication", []),
        },
        "unit_tests": {
            UNIT_TEST: {
                "resource_type": "unit_test",
                "name": "a_limit_is_judged_late",
                "model": "kpi_scorecard",
                "config": {},
            }
        },
        "disabled": {},
    }


def results(**changed: str) -> dict[str, Any]:
    tests = {f"test.skills.{letter}": "pass" for letter in "abc"} | {UNIT_TEST: "pass"} | changed
    return {
        "metadata": {"invocation_id": RUN},
        "args": {
            "which": "build",
            "select": ["fqn:*"],
            "exclude": [],
            "empty": False,
            "vars": {},
        },
        "results": [
            {"unique_id": key, "status": status, "message": None, "failures": 1}
            for key, status in tests.items()
        ],
    }


def evidence(trainings: int = 1000, **changed: str) -> Evidence:
    found = results(**changed)
    return Evidence(
        build=BUILD,
        manifest=manifest(),
        run_results=found,
        broken=tuple(broken_rules(manifest(), found, Path("no work file"))),
        contents={
            "marts.fct_trainings": table(trainings, "training_id"),
            "marts.publication": table(1, "build_id"),
            "kpis.kpi_scorecard": table(200, "indicator_id"),
        },
        landed={"hrss/enrolments": 2000},
        strange={},
        seeds={"seeds.areas": 17},
    )


def table(rows: int, *columns: str, filled: int | None = None) -> Table:
    count = rows if filled is None else filled
    return Table(rows=rows, filled=dict.fromkeys(columns, count), largest={}, broken={})


EARLIER = Earlier(
    rows={"marts.fct_trainings": 1000},
    rules=rules_of(manifest()),
    contents=evidence().contents,
    landed={"hrss/enrolments": 2000},
)


def test_a_whole_build_passes() -> None:
    report = audit(evidence(), EARLIER)
    assert (report.tests_expected, report.tests_run, len(report.rules)) == (4, 4, 5)
    report.require()


def test_a_first_build_has_nothing_to_be_held_against() -> None:
    audit(evidence(), None).require()


def test_a_build_that_tested_nothing_is_stopped() -> None:
    silent = evidence()
    silent.run_results["results"] = []
    report = audit(silent, None)
    assert report.objections == ("4 of 4 tests did not run, such as a_limit_is_judged_late",)
    with pytest.raises(AuditError):
        report.require()


def test_a_project_without_tests_is_stopped() -> None:
    bare = evidence()
    for key in [key for key in bare.manifest["nodes"] if key.startswith("test.")]:
        del bare.manifest["nodes"][key]
    bare.manifest["unit_tests"].clear()
    assert "the dbt project has no tests" in audit(bare, None).objections


def test_a_failed_test_is_told_by_rule_and_table_even_without_the_work_file() -> None:
    assert audit(evidence(**{"test.skills.a": "fail"}), None).objections == (
        "grain of marts.fct_trainings, hours_given of marts.fct_trainings: 1 broken",
    )
    assert audit(evidence(**{"test.skills.b": "error"}), None).objections == (
        "grain of kpis.kpi_scorecard: could not be asked",
    )
    assert audit(evidence(**{UNIT_TEST: "fail"}), None).objections == (
        "unit test a_limit_is_judged_late of kpi_scorecard: other rows came out than expected",
    )


@pytest.mark.parametrize("status", ["skipped", "warn"])
def test_a_test_that_decided_nothing_counts_as_not_run(status: str) -> None:
    report = audit(evidence(**{"test.skills.a": status}), None)
    assert report.objections == ("1 of 4 tests did not run, such as holds_fct_trainings",)


def test_a_mart_that_lost_more_than_half_is_stopped_unless_a_person_accepts_it() -> None:
    report = audit(evidence(trainings=499), EARLIER)
    assert report.objections == ("marts.fct_trainings has 499 rows, the version before had 1,000",)
    assert not audit(evidence(trainings=499), EARLIER, accept_fewer_rows=True).objections
    assert not audit(evidence(trainings=500), EARLIER).objections


def test_a_feed_that_lost_what_had_landed_is_stopped() -> None:
    report = audit(replace(evidence(), landed={"hrss/enrolments": 900}), EARLIER)
    assert report.objections == (
        "hrss/enrolments has 900 landed rows, the version before had 2,000",
    )


def test_a_column_that_lost_every_value_is_stopped() -> None:
    hollow = {**evidence().contents, "marts.fct_trainings": table(1000, "training_id", filled=0)}
    assert audit(replace(evidence(), contents=hollow), EARLIER).objections == (
        "training_id of marts.fct_trainings is filled in 0 rows, the version before had 1,000",
    )


def test_a_missing_table_is_stopped_whoever_accepts() -> None:
    contents = {name: held for name, held in evidence().contents.items() if "fct_" not in name}
    report = audit(replace(evidence(), contents=contents), EARLIER, accept_fewer_rows=True)
    assert report.objections == ("marts.fct_trainings was not built as a table",)


def test_an_empty_scorecard_is_stopped() -> None:
    contents = {**evidence().contents, "kpis.kpi_scorecard": table(0, "indicator_id")}
    report = audit(replace(evidence(), contents=contents), None)
    assert report.objections == ("kpis.kpi_scorecard is empty",)


def test_an_empty_seed_is_stopped() -> None:
    report = audit(replace(evidence(), seeds={"seeds.areas": 0}), None)
    assert report.objections == ("seeds.areas is empty: 0 rows of the seed were loaded",)
