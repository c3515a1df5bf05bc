"""The gate before publishing: did the tests run, all of them, and is anything lost?

dbt exits with 0 when it tested nothing: on a mistyped selector, with ``--empty``, on an empty
source. So the audit counts. The tests that ran are held against the manifest, and the rows per
table against the version before. It reads artefacts and counts only; it never looks at rows, and
it never repairs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from dagster_project.publishing.duckdb_file import PUBLISHED_SCHEMAS

#: A table may keep no less than this share of the rows that it had.
LEAST_SHARE: Final = 0.5
#: Without rows here there is nothing to publish.
SCORECARD_TABLE: Final = "kpis.kpi_scorecard"

_TEST_TYPES: Final = ("test", "unit_test")
_RAN: Final = ("pass", "warn")


class AuditError(Exception):
    """The last published version stays; the message lists every objection."""

    def __init__(self, objections: tuple[str, ...]) -> None:
        super().__init__("; ".join(objections))
        self.objections = objections


@dataclass(frozen=True)
class Audit:
    """What the audit counted."""

    tests_expected: int
    tests_run: int
    tests_warned: int
    objections: tuple[str, ...]

    def require(self) -> None:
        """Raise AuditError unless there is no objection."""
        if self.objections:
            raise AuditError(self.objections)


def audit(
    manifest: Mapping[str, Any],
    run_results: Mapping[str, Any],
    rows: Mapping[str, int],
    rows_before: Mapping[str, int] | None,
    *,
    accept_fewer_rows: bool = False,
) -> Audit:
    """Hold a finished build against its manifest and the version before.

    ``rows`` and ``rows_before`` count by ``<schema>.<table>``; without a version before, only
    the present tables are looked at. ``accept_fewer_rows`` is a person's word that a loss is
    meant; it never excuses a missing test or table.
    """
    expected = _expected_tests(manifest)
    status = {result["unique_id"]: result["status"] for result in run_results["results"]}
    run = [test for test in expected if status.get(test) in _RAN]
    objections = [
        *_test_objections(expected, status),
        *_table_objections(_expected_tables(manifest), rows),
    ]
    if not accept_fewer_rows:
        objections += _row_objections(rows, rows_before or {})
    return Audit(
        tests_expected=len(expected),
        tests_run=len(run),
        tests_warned=sum(status[test] == "warn" for test in run),
        objections=tuple(objections),
    )


def _expected_tests(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    data_tests = (
        key for key, node in manifest["nodes"].items() if node["resource_type"] in _TEST_TYPES
    )
    return tuple(sorted([*data_tests, *manifest.get("unit_tests", {})]))


def _expected_tables(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(
        sorted(
            f"{node['schema']}.{node['alias']}"
            for node in manifest["nodes"].values()
            if node["resource_type"] in ("model", "seed", "snapshot")
            and node["schema"] in PUBLISHED_SCHEMAS
        )
    )


def _test_objections(expected: tuple[str, ...], status: Mapping[str, str]) -> list[str]:
    if not expected:
        return ["the dbt project has no tests"]
    failed = [test for test in expected if status.get(test) in ("fail", "error")]
    absent = [test for test in expected if status.get(test) not in (*_RAN, "fail", "error")]
    objections = [f"test failed: {_short(test)}" for test in failed]
    if absent:
        objections.append(
            f"{len(absent)} of {len(expected)} tests did not run, such as {_short(absent[0])}"
        )
    return objections


def _table_objections(expected: tuple[str, ...], rows: Mapping[str, int]) -> list[str]:
    objections = [f"{table} was not built as a table" for table in expected if table not in rows]
    if not rows.get(SCORECARD_TABLE):
        objections.append(f"{SCORECARD_TABLE} is empty")
    return objections


def _row_objections(rows: Mapping[str, int], rows_before: Mapping[str, int]) -> list[str]:
    return [
        f"{table} has {rows[table]:,} rows, the version before had {before:,}"
        for table, before in sorted(rows_before.items())
        if table in rows and rows[table] < LEAST_SHARE * before
    ]


def _short(unique_id: str) -> str:
    return unique_id.split(".")[2]
