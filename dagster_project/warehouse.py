"""The dbt project as Dagster assets: from the landing zone to KPIs, tests as checks.

Sources carry the keys of the landing assets, so that the lineage runs from an agency to a KPI. A
run of everything yields what it made: all of it, or what stands on sources with news. When nothing
has changed since the newest version it yields nothing, and the publication behind it is skipped.
A selection, as Dagster's UI asks for it, is built on the work file as it stands, and is never
published.
"""

import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import dagster as dg
import duckdb

from dagster_project.building import (
    Begun,
    finish,
    forget_finished,
    planned_build,
    start_work_file,
    whole_since,
)
from dagster_project.dbt_runs import (
    DbtError,
    DbtEvent,
    Workplace,
    dbt_build,
    moving,
    prepare_manifest,
    read_artefact,
    workplace,
)
from dagster_project.failures import data_kept_out_of_errors
from dagster_project.news import is_stamp
from dagster_project.progress import Progress, Stage
from dagster_project.publishing.duckdb_file import PUBLISHED_SCHEMAS
from dagster_project.publishing.versions import published_versions
from dagster_project.rules import table_of, tests_of
from ingestion.settings import Settings

MANIFEST = read_artefact(prepare_manifest(Settings()))

_BUILT: Final = ("model", "seed")
#: Name of the check that each tested table has.
RULES: Final = "rules"
_CHANGED: Final = "What was to be built changed while it was built; run it once more."


class BuildConfig(dg.Config):
    """What a run may ask of the build."""

    #: YYYY-MM-DD; none means the usual day, see `dagster_project.building`.
    as_of: str | None = None
    #: Build all afresh, and publish even if nothing has changed.
    force: bool = False


def _key(node: Mapping[str, Any]) -> dg.AssetKey:
    if node["resource_type"] == "source":
        return dg.AssetKey([node["source_name"], node["name"]])
    return dg.AssetKey([node["schema"], node["alias"]])


def specs_of(manifest: Mapping[str, Any]) -> Iterator[dg.AssetSpec]:
    """One asset per model and seed, grouped by layer, after what it reads.

    What every build makes, its stamp, comes after all that is published, whether or not a run makes
    that again: what waits for a build waits for its stamp.

    Made here: dagster-dbt makes the same of a manifest, and brings all of dbt along, which most
    runs never need.
    """
    nodes = {**manifest["nodes"], **manifest["sources"]}
    built = [node for node in manifest["nodes"].values() if node["resource_type"] in _BUILT]
    published = {_key(node) for node in built if node["schema"] in PUBLISHED_SCHEMAS}
    for node in built:
        deps = {_key(nodes[parent]) for parent in _parents(node)}
        if is_stamp(node):
            deps |= published - {_key(node)}
        yield dg.AssetSpec(
            _key(node),
            deps=sorted(deps),
            group_name=node["schema"],
            description=node["description"],
            kinds={"dbt", "duckdb", node["resource_type"]},
            code_version=node["checksum"]["checksum"],
            metadata={
                "unique_id": node["unique_id"],
                "file": node["original_file_path"],
                "dagster/table_name": table_of(node),
            },
        )


def _parents(node: Mapping[str, Any]) -> list[str]:
    """What it reads; a seed reads nothing."""
    return list(node["depends_on"].get("nodes", ()))


def _checks(manifest: Mapping[str, Any]) -> dict[str, dg.AssetKey]:
    """dbt's tests by its name for them, with the asset that they are about.

    A test of several models is about the last that it names.
    """
    nodes = manifest["nodes"]
    about = {
        key: test.get("attached_node") or next(reversed(test["depends_on"]["nodes"]), None)
        for key, test in tests_of(manifest).items()
    }
    return {key: _key(nodes[node]) for key, node in about.items() if node in nodes}


_CHECKS = _checks(MANIFEST)
#: The asset that every build makes, and makes last.
(STAMP,) = (_key(node) for node in MANIFEST["nodes"].values() if is_stamp(node))


@dg.multi_asset(
    name="warehouse",
    specs=list(specs_of(MANIFEST)),
    check_specs=[
        dg.AssetCheckSpec(RULES, asset=key, description="What dbt tests of this table.")
        for key in sorted(set(_CHECKS.values()))
    ],
    can_subset=True,
)
def warehouse(
    context: dg.AssetExecutionContext,
    config: BuildConfig,
    settings: dg.ResourceParam[Settings],
    progress: dg.ResourceParam[Progress],
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Build and test; yield what was built."""
    with data_kept_out_of_errors():
        yield from _built(context, config, settings, progress)


def _built(
    context: dg.AssetExecutionContext,
    config: BuildConfig,
    settings: Settings,
    progress: Progress,
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    place = workplace(settings)
    build = planned_build(
        settings,
        datetime.now(UTC),
        as_of=date.fromisoformat(config.as_of) if config.as_of else None,
    )
    newest = next(reversed(published_versions(settings.published)), None)
    whole = not context.is_subset
    if whole and not config.force and newest and newest.facts.fingerprint == build.fingerprint:
        context.log.info("Nothing has changed since version %s.", newest.name)
        return
    now = datetime.now(UTC)
    whole_at = now if config.force else whole_since(settings, place, build, now)
    place.run_results.unlink(missing_ok=True)
    failure: DbtError | None = None
    begun: Begun | None = None
    done: frozenset[str] | None = None
    try:
        if whole or not place.database.exists():
            with progress.stage("来源 Checking and opening the landing zone") as stage:
                goes_on = whole_at < now
                begun = start_work_file(
                    settings, place, build, goes_on=goes_on, on_event=_telling(stage)
                )
        else:
            forget_finished(place)
        with progress.stage("建模 Building and testing the warehouse") as stage:
            done = dbt_build(
                settings,
                place,
                _selection(context),
                _telling(stage),
                changed=begun.changed if begun else None,
            )
    except DbtError as error:
        failure = error
    yield from _results(place, done)
    if failure is not None:
        raise dg.Failure(str(failure), allow_retries=False)
    if whole and begun:
        if build != planned_build(settings, datetime.now(UTC), as_of=build.as_of):
            raise dg.Failure(_CHANGED, allow_retries=False)
        finish(place, build, begun, whole_at)


def _telling(stage: Stage) -> Callable[[DbtEvent], None]:
    """Into the run's log as dbt's own command would print it, and onto the stage."""
    move = moving(stage)

    def hear(event: DbtEvent) -> None:
        sys.stdout.write(f"{event.text}\n")
        move(event)

    return hear


def _selection(context: dg.AssetExecutionContext) -> list[str]:
    """The assets and checks of this run in dbt's words; nothing when it is all of them."""
    if not context.is_subset:
        return []
    checked = {check.asset_key for check in context.selected_asset_check_keys}
    selected = [
        node["name"]
        for node in MANIFEST["nodes"].values()
        if node["resource_type"] in _BUILT and _key(node) in context.selected_asset_keys
    ]
    tests = tests_of(MANIFEST)
    selected += [tests[key]["name"] for key, asset in _CHECKS.items() if asset in checked]
    return ["--indirect-selection", "empty", "--select", *selected]


def _results(
    place: Workplace, done: frozenset[str] | None
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """What this run did: what it built, with columns and rows, and whether a table's rules hold.

    All that dbt left where it did not come to its end.
    """
    if not place.run_results.exists():
        return
    nodes = MANIFEST["nodes"]
    columns, rows = _shapes(place.database)
    results = [
        result
        for result in read_artefact(place.run_results)["results"]
        if done is None or result["unique_id"] in done
    ]
    # The stamp last, as it stands in the lineage.
    for result in sorted(results, key=lambda one: is_stamp(nodes.get(one["unique_id"], {}))):
        node = nodes.get(result["unique_id"], {})
        if node.get("resource_type") in _BUILT and result["status"] == "success":
            metadata = {"unique_id": node["unique_id"], "seconds": result["execution_time"]}
            shape = _shape(node, columns, rows)
            yield dg.MaterializeResult(asset_key=_key(node), metadata={**metadata, **shape})
    yield from _checked(results)


def _checked(results: Iterable[Mapping[str, Any]]) -> Iterator[dg.AssetCheckResult]:
    """One answer for each asset of which anything was asked."""
    tests = tests_of(MANIFEST)
    answers: defaultdict[dg.AssetKey, dict[str, str]] = defaultdict(dict)
    for result in results:
        key = result["unique_id"]
        if key in _CHECKS and result["status"] != "skipped":
            answers[_CHECKS[key]][tests[key]["name"]] = result["status"]
    for asset, statuses in answers.items():
        broken = sorted(name for name, status in statuses.items() if status != "pass")
        yield dg.AssetCheckResult(
            asset_key=asset,
            check_name=RULES,
            passed=not broken,
            metadata={"tests": sorted(statuses), "broken": broken},
        )


def _shape(
    node: Mapping[str, Any],
    columns: Mapping[tuple[str, str], list[tuple[str, str]]],
    rows: Mapping[tuple[str, str], int],
) -> dict[str, dg.TableSchema | int]:
    """Columns of what was built, and rows where it is a table, as Dagster's metadata."""
    name = (node["schema"], node["alias"])
    described = {column: facts["description"] for column, facts in node["columns"].items()}
    schema = dg.TableSchema(
        [
            dg.TableColumn(column, data_type, description=described.get(column) or None)
            for column, data_type in columns.get(name, ())
        ]
    )
    counted = {"dagster/row_count": rows[name]} if name in rows else {}
    return {"dagster/column_schema": schema, **counted}


def _shapes(
    database: Path,
) -> tuple[dict[tuple[str, str], list[tuple[str, str]]], dict[tuple[str, str], int]]:
    """By schema and name: columns with their types; rows of what is a table.

    One connection for all: asking table by table takes a hundred times as long.
    """
    columns = defaultdict(list)
    with duckdb.connect(database, read_only=True) as connection:
        for schema, name, column, data_type in connection.execute(
            "select schema_name, table_name, column_name, data_type from duckdb_columns() "
            "where not internal order by column_index"
        ).fetchall():
            columns[schema, name].append((column, data_type))
        tables = connection.execute("select schema_name, table_name from duckdb_tables()")
        counts = {
            (schema, name): connection.table(f'"{schema}"."{name}"').count("*").fetchall()[0][0]
            for schema, name in tables.fetchall()
        }
    return dict(columns), counts
