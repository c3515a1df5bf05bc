"""One Dagster asset per contract: what an agency delivered, taken into the landing zone.

Assets come from a loop over the contracts; nothing here knows a feed by name. A delivery that is
refused, or a source that does not answer, is a fact to show and not a failure: the run goes on
with what landed before. What does stop the run is a landing zone that contradicts itself.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

import dagster as dg

from dagster_project.agencies import visits
from dagster_project.failures import data_kept_out_of_errors
from dagster_project.progress import Progress
from dagster_project.refusals import standing_refusals
from ingestion.contract import FeedContract, load_agencies, load_contracts
from ingestion.deliver import FeedReport, deliver_feed, expire_originals
from ingestion.landing import BatchRecord, DeliveryRecord, Manifest
from ingestion.settings import Settings
from ingestion.verification import LandingDamagedError, assert_intact

ROWS_CONSERVED: Final = "rows_conserved"
FILES_INTACT: Final = "files_intact"
NOTHING_REFUSED: Final = "nothing_refused"

#: Tables that the landing zone keeps about itself; dbt reads them as the source ``landing``.
RECORD_TABLES: Final = ("batches", "deliveries", "feeds", "rejections", "run")


def landing_assets() -> list[dg.AssetsDefinition]:
    """One asset per contract, grouped by agency."""
    return [landing_asset(contract) for contract in load_contracts().values()]


def landing_asset(contract: FeedContract) -> dg.AssetsDefinition:
    """The asset that takes in what was delivered for this feed."""
    agency = load_agencies()[contract.agency]
    key = dg.AssetKey([contract.agency, contract.feed])

    @dg.asset(
        key=key,
        group_name=contract.agency,
        kinds={"parquet", *(way.source.kind for way in contract.ways)},
        description=(
            f"**{contract.title_zh}** · {contract.title_en}\n\n{contract.grain}\n\n"
            f"{agency.title_zh} · {agency.title_en}\n\n{contract.description}"
        ),
        tags={"cadence": contract.cadence, "mode": contract.delivery.mode},
        metadata={
            "dagster/column_schema": dg.TableSchema(
                [dg.TableColumn(name, "text") for name in contract.landed_names()]
            )
        },
        check_specs=[
            dg.AssetCheckSpec(
                ROWS_CONSERVED,
                asset=key,
                blocking=True,
                description="Delivered = landed + rejected + skipped, in every batch.",
            ),
            dg.AssetCheckSpec(
                FILES_INTACT,
                asset=key,
                blocking=True,
                description="Every landed file is what the manifest says.",
            ),
            dg.AssetCheckSpec(
                NOTHING_REFUSED,
                asset=key,
                description="No delivery stands refused, and the source answered.",
            ),
        ],
    )
    def land(
        context: dg.AssetExecutionContext,
        settings: dg.ResourceParam[Settings],
        progress: dg.ResourceParam[Progress],
    ) -> Iterator[dg.MaterializeResult[None]]:
        with data_kept_out_of_errors():
            yield _taken_in(contract, context, settings, progress)

    return land


def _taken_in(
    contract: FeedContract,
    context: dg.AssetExecutionContext,
    settings: Settings,
    progress: Progress,
) -> dg.MaterializeResult[None]:
    """What was delivered since the last run, and whether the feed's landing zone is sound."""
    with Manifest(settings.manifest) as manifest:
        before = manifest.last_sequence()
        last = manifest.last_delivered_at(contract.name)
        now = datetime.now(UTC)
        with progress.stage(f"入库 {contract.title_zh} {contract.name}") as stage:
            reports = [
                deliver_feed(
                    contract,
                    settings,
                    now=moment,
                    until=moment if moment < now else None,
                    progress=stage.report,
                )
                for moment in visits(settings, contract, last, now)
            ]
            stage.conclude(_in_words(reports))
        records = manifest.deliveries(contract.name)
        batches = manifest.batches(contract.name)
    handled = [record for record in records if record.sequence > before]
    for record in handled:
        if record.breach_code:
            context.log.warning("%s: %s", record.breach_code, record.breach_message)
    return dg.MaterializeResult(
        metadata=_counts(handled),
        check_results=list(_checks(settings, records, batches)),
    )


@dg.multi_asset(
    name="landing_record",
    group_name="landing",
    specs=[
        dg.AssetSpec(
            ["landing", table],
            deps=[[contract.agency, contract.feed] for contract in load_contracts().values()],
            kinds={"sqlite"},
            description=f"What the landing zone records of itself: {table}.",
        )
        for table in RECORD_TABLES
    ],
)
def landing_record(
    settings: dg.ResourceParam[Settings],
) -> Iterator[dg.MaterializeResult[None]]:
    """The manifest, as the warehouse will read it; what is kept for too long goes."""
    with data_kept_out_of_errors():
        expire_originals(settings, datetime.now(UTC))
    with Manifest(settings.manifest) as manifest:
        records, batches = manifest.deliveries(), manifest.batches()
    counts = {
        "batches": len(batches),
        "deliveries": len(records),
        "feeds": len(load_contracts()),
        "rejections": sum(batch.rows_rejected for batch in batches),
        "run": 1,
    }
    for table in RECORD_TABLES:
        yield dg.MaterializeResult(
            asset_key=["landing", table], metadata={"dagster/row_count": counts[table]}
        )


def _in_words(reports: Sequence[FeedReport]) -> str:
    landed = sum(report.rows_landed for report in reports)
    rejected = sum(report.rows_rejected for report in reports)
    breaches = sum(len(report.breaches) for report in reports)
    unsettled = sum(len(report.unsettled) for report in reports)
    writing = f"; {unsettled} still being written" if unsettled else ""
    if not (landed or rejected or breaches):
        return f"没有新的 nothing new{writing}"
    deliveries = sum(len(report.outcomes) for report in reports)
    refused = f", {breaches} refused" if breaches else ""
    taken = f"{deliveries} deliveries: {landed:,} rows landed, {rejected:,} rejected"
    return f"{taken}{refused}{writing}"


def _counts(handled: Sequence[DeliveryRecord]) -> dict[str, dg.MetadataValue]:
    """What this run took in, by count."""
    refusals = Counter(record.breach_code for record in handled if record.breach_code)
    outcomes = Counter(record.outcome for record in handled)
    return {
        "deliveries": dg.MetadataValue.json({str(key): count for key, count in outcomes.items()}),
        "rows_delivered": dg.IntMetadataValue(sum(r.rows_delivered or 0 for r in handled)),
        "rows_landed": dg.IntMetadataValue(sum(r.rows_landed or 0 for r in handled)),
        "rows_rejected": dg.IntMetadataValue(sum(r.rows_rejected or 0 for r in handled)),
        "rows_skipped": dg.IntMetadataValue(sum(r.rows_skipped or 0 for r in handled)),
        "refusals": dg.MetadataValue.json(dict(refusals)),
    }


def _checks(
    settings: Settings, records: Sequence[DeliveryRecord], batches: Sequence[BatchRecord]
) -> Iterator[dg.AssetCheckResult]:
    unbalanced = [
        batch.batch_id
        for batch in batches
        if batch.rows_delivered != batch.rows_landed + batch.rows_rejected + batch.rows_skipped
    ]
    yield dg.AssetCheckResult(
        check_name=ROWS_CONSERVED,
        passed=not unbalanced,
        metadata={"batches": len(batches), "unbalanced": dg.MetadataValue.json(unbalanced)},
    )
    try:
        assert_intact(settings, batches)
        damage = None
    except LandingDamagedError as error:
        damage = str(error)
    yield dg.AssetCheckResult(
        check_name=FILES_INTACT,
        passed=damage is None,
        metadata={"files": len(batches), **({"damage": damage} if damage else {})},
    )
    refused = standing_refusals(records)
    yield dg.AssetCheckResult(
        check_name=NOTHING_REFUSED,
        passed=not refused,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "refused": dg.MetadataValue.json(
                [
                    {"delivery": r.name, "code": r.breach_code, "why": r.breach_message}
                    for r in refused
                ]
            )
        },
    )
