"""The gate before publishing: were all tests asked of this very build, and is anything lost?

dbt exits with 0 when it tested nothing: on a mistyped selector, with ``--empty``, on an empty
source; and a test that warns, or looks at a few rows only, is green as well. So the audit counts.
The tests that ran are held against the manifest and against the rules of the version before, the
artefacts against the work file, the published tables against what their models declare, what their
columns' names promise, and what the version before held. It compares evidence and looks up
nothing; it never sees a row, and it never repairs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from dagster_project.publishing.contents import Table
from dagster_project.publishing.duckdb_file import PUBLISHED_SCHEMAS
from dagster_project.publishing.evidence import Earlier, Evidence
from dagster_project.rules import grains_of, rules_of, table_of, tests_of

#: A table may keep no less than this share of the rows that it had.
LEAST_SHARE: Final = 0.5
#: An amount that grew by more was read in another unit: 万元 taken for 元 makes it 10,000.
MOST_GROWTH: Final = 1000
#: Without rows here there is nothing to publish.
SCORECARD_TABLE: Final = "kpis.kpi_scorecard"
#: The table that says which run of dbt built the work file.
STAMPED_TABLE: Final = "marts.publication"

_BUILT: Final = ("model", "seed", "snapshot")
_DECIDED: Final = ("pass", "fail", "error", "runtime error")
#: What a test must be set to: an error, on all rows, that counts all of them.
_FULL_STRENGTH: Final = {
    "severity": "ERROR",
    "where": None,
    "limit": None,
    "fail_calc": "count(*)",
    "warn_if": "!= 0",
    "error_if": "!= 0",
}
#: What dbt was asked for when it built everything; Dagster says `fqn:*` for all. What no delivery
#: can change was built and asked for the same project before, and its results are counted here.
_WHOLE_BUILD: Final[dict[str, tuple[object, ...]]] = {
    "which": ("build",),
    "select": ([], ["fqn:*"], ["source:*+"]),
    "exclude": ([],),
    "resource_types": ([],),
    "exclude_resource_types": ([], ["unit_test"]),
    "vars": ({},),
    "empty": (False,),
}


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
    #: Every rule that was held, for the next version to keep.
    rules: tuple[str, ...]
    objections: tuple[str, ...]

    def require(self) -> None:
        """Raise AuditError unless there is no objection."""
        if self.objections:
            raise AuditError(self.objections)


def audit(evidence: Evidence, earlier: Earlier | None, *, accept_fewer_rows: bool = False) -> Audit:
    """Hold a finished build against its artefacts and the version before.

    ``accept_fewer_rows`` is a person's word that a loss beside the version before is meant; it
    never excuses a test that failed or did not run, nor a missing table.
    """
    expected = tests_of(evidence.manifest)
    status = {result["unique_id"]: result["status"] for result in evidence.run_results["results"]}
    rules = rules_of(evidence.manifest)
    objections = [
        *evidence.broken,
        *_untested(expected, status),
        *_weakened(evidence.manifest),
        *_without_grain(evidence.manifest),
        *_of_another_build(evidence),
        *_misshapen(evidence),
        *_promises_broken(evidence.contents),
    ]
    if earlier is not None and not accept_fewer_rows:
        objections += _lost(evidence, earlier, rules)
    return Audit(
        tests_expected=len(expected),
        tests_run=sum(status.get(test) == "pass" for test in expected),
        rules=rules,
        objections=tuple(objections),
    )


def _untested(
    expected: Mapping[str, Mapping[str, Any]], status: Mapping[str, str]
) -> Iterator[str]:
    if not expected:
        yield "the dbt project has no tests"
    absent = [test["name"] for key, test in expected.items() if status.get(key) not in _DECIDED]
    if absent:
        yield f"{len(absent)} of {len(expected)} tests did not run, such as {min(absent)}"


def _weakened(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Tests that would let something pass, and nodes that are switched off."""
    for test in tests_of(manifest).values():
        settings = {
            name: test["config"][name]
            for name, full in _FULL_STRENGTH.items()
            if name in test["config"] and str(test["config"][name]).upper() != str(full).upper()
        }
        if settings:
            told = ", ".join(f"{name} {value}" for name, value in settings.items())
            yield f"1 test is weakened: {test['name']} ({told})"
    disabled = manifest.get("disabled", {})
    if disabled:
        yield f"{len(disabled)} nodes of the dbt project are disabled, such as {min(disabled)}"


def _without_grain(manifest: Mapping[str, Any]) -> Iterator[str]:
    held = grains_of(manifest)
    for key, node in manifest["nodes"].items():
        if node["resource_type"] in _BUILT and key not in held:
            yield f"the grain of {table_of(node)} is not tested: 0 tests hold it"


def _of_another_build(evidence: Evidence) -> Iterator[str]:
    """Signs that manifest, results, work file and build do not belong together."""
    asked = evidence.run_results["args"]
    known = {*evidence.manifest["nodes"], *tests_of(evidence.manifest)}
    strangers = [
        result["unique_id"]
        for result in evidence.run_results["results"]
        if result["unique_id"] not in known
    ]
    if strangers:
        yield (
            f"run_results.json is of another project than manifest.json: {len(strangers)} nodes "
            f"are not known, such as {min(strangers)}"
        )
    for name, meant in _WHOLE_BUILD.items():
        if name in asked and asked[name] not in meant:
            yield f"dbt did not build everything: it ran with {name} {asked[name]}"
    if "build_id" not in _columns(evidence.contents.get(STAMPED_TABLE)):
        yield f"{STAMPED_TABLE} does not say which run of dbt built it"
    for (what, table), count in evidence.strange.items():
        yield f"{table} has {count:,} rows of another build, not of {what}"


def _misshapen(evidence: Evidence) -> Iterator[str]:
    """Tables that are missing, too many, or have other columns than their models declare."""
    declared = {
        table_of(node): node.get("columns", {})
        for node in evidence.manifest["nodes"].values()
        if node["resource_type"] in _BUILT and node["schema"] in PUBLISHED_SCHEMAS
    }
    for table in sorted(declared.keys() - evidence.contents.keys()):
        yield f"{table} was not built as a table"
    for table in sorted(evidence.contents.keys() - declared.keys()):
        yield f"{table} belongs to no model: {evidence.contents[table].rows:,} rows"
    for table, columns in sorted(declared.items()):
        undeclared = sorted(_columns(evidence.contents.get(table)) - columns.keys())
        if columns and undeclared:
            yield f"{table} has {len(undeclared)} columns that its model does not declare: " + (
                ", ".join(undeclared)
            )
    scorecard = evidence.contents.get(SCORECARD_TABLE)
    if scorecard is None or not scorecard.rows:
        yield f"{SCORECARD_TABLE} is empty"
    for seed, rows in evidence.seeds.items():
        if not rows:
            yield f"{seed} is empty: 0 rows of the seed were loaded"


def _promises_broken(contents: Mapping[str, Table]) -> Iterator[str]:
    for table in contents.values():
        for promise, count in table.broken.items():
            yield f"{promise}: {count:,} rows break it"


def _lost(evidence: Evidence, earlier: Earlier, rules: tuple[str, ...]) -> Iterator[str]:
    """What the version before had, and this one has not."""
    gone = sorted(set(earlier.rules) - set(rules))
    if gone:
        yield f"{len(gone)} rules of the version before are no longer tested: {', '.join(gone)}"
    for feed, before in sorted(earlier.landed.items()):
        landed = evidence.landed.get(feed, 0)
        if landed < LEAST_SHARE * before:
            yield f"{feed} has {landed:,} landed rows, the version before had {before:,}"
    for table, before in sorted(earlier.rows.items()):
        found = evidence.contents.get(table)
        if found is not None and found.rows < LEAST_SHARE * before:
            yield f"{table} has {found.rows:,} rows, the version before had {before:,}"
    for table, held in sorted(earlier.contents.items()):
        yield from _hollowed(table, evidence.contents.get(table), held)


def _hollowed(table: str, now: Table | None, before: Table) -> Iterator[str]:
    """Columns that lost every value, amounts that grew beyond reason."""
    if now is None or not now.rows:
        return
    for column, count in before.filled.items():
        if count and not now.filled.get(column, 0):
            yield f"{column} of {table} is filled in 0 rows, the version before had {count:,}"
    for column, largest in before.largest.items():
        if largest > 0 and now.largest.get(column, 0) > MOST_GROWTH * largest:
            growth = now.largest[column] / largest
            yield (
                f"the largest {column} of {table} is {growth:,.0f} times that of the version "
                "before: 万元 read as 元?"
            )


def _columns(table: Table | None) -> set[str]:
    return set(table.filled) if table else set()
