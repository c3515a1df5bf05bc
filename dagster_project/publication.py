"""The last asset: the audited marts and KPIs as a version that readers open."""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from dagster_project.building import finished_build
from dagster_project.dbt_runs import read_artefact, workplace
from dagster_project.failures import data_kept_out_of_errors
from dagster_project.progress import Progress
from dagster_project.publishing.audit import AuditError
from dagster_project.publishing.duckdb_file import PublishedFileError
from dagster_project.publishing.publication import publish
from dagster_project.warehouse import STAMP
from ingestion.contract import load_contracts
from ingestion.settings import Settings


class PublishConfig(dg.Config):
    """What a run may ask of the publication."""

    #: A person's word that a table may lose more than half its rows this time.
    accept_fewer_rows: bool = False


@dg.asset(
    key=["published", "warehouse"],
    group_name="published",
    kinds={"duckdb", "parquet"},
    deps=[STAMP],
    description="The read-only DuckDB file and Parquet of the current version, swapped in at once.",
)
def published_warehouse(
    context: dg.AssetExecutionContext,
    config: PublishConfig,
    settings: dg.ResourceParam[Settings],
    progress: dg.ResourceParam[Progress],
) -> Iterator[dg.MaterializeResult[None]]:
    """Audit and publish; raise dagster.Failure with every objection otherwise."""
    with data_kept_out_of_errors():
        yield _published(context, config, settings, progress)


def _published(
    context: dg.AssetExecutionContext,
    config: PublishConfig,
    settings: Settings,
    progress: Progress,
) -> dg.MaterializeResult[None]:
    place = workplace(settings)
    with progress.stage("发布 Auditing and publishing"):
        try:
            publication = publish(
                place.database,
                settings.published,
                finished_build(place),
                manifest=read_artefact(place.manifest),
                run_results=read_artefact(place.run_results),
                contracts=load_contracts().values(),
                now=datetime.now(UTC),
                accept_fewer_rows=config.accept_fewer_rows,
            )
        except AuditError as failure:
            raise dg.Failure(
                "The audit stopped publication; the last version stays.",
                metadata={"objections": "\n".join(failure.objections)},
                allow_retries=False,
            ) from None
        except PublishedFileError as refusal:
            raise dg.Failure(str(refusal), allow_retries=False) from None
    facts = publication.version.facts
    context.log.info("Version %s is current.", facts.version)
    return dg.MaterializeResult(
        metadata={
            "version": facts.version,
            "as_of": facts.as_of,
            "sample_data": facts.is_sample,
            "tests_run": publication.audit.tests_run,
            "rules_held": len(publication.audit.rules),
            "rows": dg.MetadataValue.json(facts.rows),
            "database": dg.MetadataValue.path(publication.version.database),
        }
    )
