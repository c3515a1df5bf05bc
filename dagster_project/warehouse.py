"""The dbt project as Dagster assets: from the landing zone to KPIs, tests as checks.

Sources carry the keys of the landing assets, so that the lineage runs from an agency to a KPI. A
run of everything builds in a fresh work file, unless nothing has changed since the newest version:
then it yields nothing and the publication behind it is skipped. A selection, as Dagster's UI asks
for it, is built on the work file as it stands, and is never published.
"""

import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import dagster as dg
import duckdb
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, dbt_assets

from dagster_project.building import (
    DbtError,
    DbtEvent,
    Workplace,
    finish,
    moving,
    planned_build,
    prepare_manifest,
    read_artefact,
    run_dbt,
    start_work_file,
    workplace,
)
from dagster_project.failures import data_kept_out_of_errors
from dagster_project.progress import Progress, Stage
from dagster_project.publishing.versions import published_versions
from ingestion.settings import Settings

MANIFEST = prepare_manifest(Settings())

_BUILT: Final = ("model", "seed")


class BuildConfig(dg.Config):
    """What a run may ask of the build."""

    #: YYYY-MM-DD; none means the usual day, see `dagster_project.building`.
    as_of: str | None = None
    #: Build and publish even if nothing has changed.
    force: bool = False


def _key(node: Mapping[str, Any]) -> dg.AssetKey:
    if node["resource_type"] == "source":
        return dg.AssetKey([node["source_name"], node["name"]])
    return dg.AssetKey([node["schema"], node["alias"]])


class Translator(DagsterDbtTranslator):
    """Names and groups of dbt nodes in Dagster."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """``[schema, name]``; for a source ``[agency, feed]``, the key of its landing asset."""
        return _key(dbt_resource_props)

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """The layer."""
        return str(dbt_resource_props["schema"])


@dbt_assets(
    manifest=MANIFEST,
    name="warehouse",
    dagster_dbt_translator=Translator(
        settings=DagsterDbtTranslatorSettings(
            enable_asset_checks=True, enable_source_tests_as_checks=True
        )
    ),
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
    if whole or not place.database.exists():
        with progress.stage("来源 Checking and opening the landing zone"):
            start_work_file(settings, place)
    place.run_results.unlink(missing_ok=True)
    failure: DbtError | None = None
    with progress.stage("建模 Building and testing the warehouse") as stage:
        try:
            run_dbt(
                ["build", *_selection(context), "--vars", build.dbt_vars],
                place,
                _telling(stage),
            )
        except DbtError as error:
            failure = error
        yield from _results(context, place)
    if failure is not None:
        raise dg.Failure(str(failure), allow_retries=False)
    if whole:
        finish(place, build)


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
    selected = [
        node["name"]
        for node in read_artefact(MANIFEST)["nodes"].values()
        if node["resource_type"] in _BUILT and _key(node) in context.selected_asset_keys
    ]
    checks = [check.name for check in context.selected_asset_check_keys]
    return ["--indirect-selection", "empty", "--select", *selected, *checks]


def _results(
    context: dg.AssetExecutionContext, place: Workplace
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """What dbt built, with columns and rows, and what its tests found, in its order."""
    if not place.run_results.exists():
        return
    nodes = read_artefact(place.manifest)["nodes"]
    checked = {spec.name: spec.asset_key for spec in context.assets_def.check_specs}
    columns, rows = _shapes(place.database)
    for result in read_artefact(place.run_results)["results"]:
        node = nodes.get(result["unique_id"])
        metadata = {"unique_id": result["unique_id"], "seconds": result["execution_time"]}
        if node and node["resource_type"] in _BUILT and result["status"] == "success":
            shape = _shape(node, columns, rows)
            yield dg.MaterializeResult(asset_key=_key(node), metadata={**metadata, **shape})
        elif node and node["name"] in checked and result["status"] != "skipped":
            yield dg.AssetCheckResult(
                asset_key=checked[node["name"]],
                check_name=node["name"],
                passed=result["status"] == "pass",
                metadata={**metadata, "failures": result["failures"] or 0},
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
