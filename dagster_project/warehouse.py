"""The dbt project as Dagster assets: from the landing zone to KPIs, tests as checks.

Sources carry the keys of the landing assets, so that the lineage runs from an agency to a KPI. A
run of everything builds in a fresh work file, unless nothing has changed since the newest version:
then it yields nothing and the publication behind it is skipped. A selection, as Dagster's UI asks
for it, is built on the work file as it stands, and is never published.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
from dagster_dbt import (
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    DbtCliInvocation,
    DbtCliResource,
    dbt_assets,
)
from dagster_dbt.core.dbt_event_iterator import DbtDagsterEventType
from dagster_dbt.errors import DagsterDbtCliRuntimeError

from dagster_project.building import (
    Workplace,
    attended,
    environment,
    finish,
    planned_build,
    prepare_manifest,
    read_artefact,
    start_work_file,
    workplace,
)
from dagster_project.failures import data_kept_out_of_errors
from dagster_project.progress import Progress, Stage
from dagster_project.publishing.versions import published_versions
from dagster_project.redaction import clear_artefacts, without_data
from ingestion.settings import Settings

MANIFEST = prepare_manifest(Settings())


class BuildConfig(dg.Config):
    """What a run may ask of the build."""

    #: YYYY-MM-DD; none means the usual day, see `dagster_project.building`.
    as_of: str | None = None
    #: Build and publish even if nothing has changed.
    force: bool = False


class Translator(DagsterDbtTranslator):
    """Names and groups of dbt nodes in Dagster."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """``[schema, name]``; for a source ``[agency, feed]``, the key of its landing asset."""
        if dbt_resource_props["resource_type"] == "source":
            return dg.AssetKey([dbt_resource_props["source_name"], dbt_resource_props["name"]])
        return dg.AssetKey([dbt_resource_props["schema"], dbt_resource_props["alias"]])

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
    dbt: DbtCliResource,
    settings: dg.ResourceParam[Settings],
    progress: dg.ResourceParam[Progress],
) -> Iterator[DbtDagsterEventType]:
    """Build and test; yield what was built."""
    with data_kept_out_of_errors():
        yield from _built(context, config, dbt, settings, progress)


def _built(
    context: dg.AssetExecutionContext,
    config: BuildConfig,
    dbt: DbtCliResource,
    settings: Settings,
    progress: Progress,
) -> Iterator[DbtDagsterEventType]:
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
    with environment(place), progress.stage("建模 Building and testing the warehouse") as stage:
        invocation = dbt.cli(
            ["build", "--vars", build.dbt_vars], context=context, target_path=place.target
        )
        events, failure = _followed(invocation, context, stage)
        yield from _measured(events, place)
    clear_artefacts(place.target)
    if failure is not None:
        raise dg.Failure(without_data(str(failure)), allow_retries=False)
    if whole:
        finish(place, build)


def _followed(
    invocation: DbtCliInvocation, context: dg.AssetExecutionContext, stage: Stage
) -> tuple[list[DbtDagsterEventType], DagsterDbtCliRuntimeError | None]:
    """dbt to its end: its events as Dagster's, and its failure if it failed."""
    events: list[DbtDagsterEventType] = []
    with attended(invocation.process):
        try:
            for event in invocation.stream_raw_events():
                data = event.raw_event["data"]
                if data.get("index") and data.get("total"):
                    stage.report(data["index"], data["total"], note=data["node_info"]["node_name"])
                events += event.to_default_asset_events(
                    manifest=invocation.manifest,
                    dagster_dbt_translator=invocation.dagster_dbt_translator,
                    context=context,
                    target_path=invocation.target_path,
                )
        except DagsterDbtCliRuntimeError as failure:
            return events, failure
    return events, None


def _measured(
    events: Iterable[DbtDagsterEventType], place: Workplace
) -> Iterator[DbtDagsterEventType]:
    """The same events, what was built with its columns, and tables with their rows.

    To be called when dbt has let go of the work file. Asking for everything in one connection
    takes a hundredth of what dagster-dbt's own ``fetch_row_counts`` and ``fetch_column_metadata``
    take, which ask for one table after the other.
    """
    nodes = read_artefact(place.manifest)["nodes"]
    columns, rows = _shapes(place.database)
    for event in events:
        if isinstance(event, dg.Output):
            node = nodes[event.metadata["unique_id"].value]
            name = (node["schema"], node["alias"])
            described = {column: facts["description"] for column, facts in node["columns"].items()}
            schema = dg.TableSchema(
                [
                    dg.TableColumn(column, data_type, description=described.get(column) or None)
                    for column, data_type in columns.get(name, ())
                ]
            )
            counted = {"dagster/row_count": rows[name]} if name in rows else {}
            yield event.with_metadata(
                {**event.metadata, "dagster/column_schema": schema, **counted}
            )
        else:
            yield event


def _shapes(
    database: Path,
) -> tuple[dict[tuple[str, str], list[tuple[str, str]]], dict[tuple[str, str], int]]:
    """By schema and name: columns with their types; rows of what is a table."""
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
