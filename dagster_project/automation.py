"""When the warehouse is refreshed: by hand, every morning, and when files arrive.

The sensor compares the drop folder with the manifest, so that a lost or failed run is asked for
again as long as something waits; its run key is what waits, so that nothing is asked for twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final

import dagster as dg

from dagster_project.dagster_home import REFRESH_JOB
from ingestion.connectors.drop_folder import DropFolder
from ingestion.contract import load_contracts
from ingestion.deliver import terms_fingerprint
from ingestion.landing import Manifest
from ingestion.periods import LOCAL_TIME
from ingestion.personal_numbers import without_numbers
from ingestion.reasons import Breach
from ingestion.settings import Settings

WAITING: Final = "skills/waiting"
#: A listing that made so many runs fail waits for a person.
MOST_TRIES: Final = 3

refresh_warehouse = dg.define_asset_job(
    REFRESH_JOB,
    selection=dg.AssetSelection.all(),
    description="Take in what was delivered, build and test the warehouse, publish it.",
)

daily_refresh = dg.ScheduleDefinition(
    name="daily_refresh",
    job=refresh_warehouse,
    cron_schedule="30 6 * * *",
    execution_timezone=LOCAL_TIME.key,
    description="Every morning before office hours.",
)


@dg.sensor(
    job=refresh_warehouse,
    minimum_interval_seconds=120,
    description="Asks for a refresh when the drop folder holds what the manifest does not know.",
)
def drop_folder_sensor(
    context: dg.SensorEvaluationContext,
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """One request per state of what waits, and again after a failure, a few times."""
    settings = Settings()
    try:
        waiting = waiting_files(settings)
    except Breach as breach:
        yield dg.SkipReason(str(breach))
        return
    if not waiting:
        yield dg.SkipReason("Nothing waits in the drop folder.")
        return
    digest = hashlib.sha256("\n".join(waiting).encode()).hexdigest()[:16]
    runs = context.instance.get_runs(dg.RunsFilter(job_name=REFRESH_JOB, tags={WAITING: digest}))
    if any(not run.is_finished for run in runs):
        yield dg.SkipReason(f"A refresh for these {len(waiting)} files is under way.")
        return
    if len(runs) >= MOST_TRIES:
        yield dg.SkipReason(f"{len(runs)} runs failed on these {len(waiting)} files; look at them.")
        return
    yield dg.RunRequest(run_key=f"{digest}.{len(runs)}", tags={WAITING: digest})


def waiting_files(settings: Settings) -> tuple[str, ...]:
    """Files that the manifest does not know in their present state. Raises Breach."""
    contracts = load_contracts()
    listing = DropFolder(settings.drop_url).scan(contracts)
    with Manifest(settings.manifest) as manifest:
        records = manifest.deliveries()
    terms = {name: terms_fingerprint(contract) for name, contract in contracts.items()}
    handled = {
        (record.feed, record.name, record.delivered_at, record.size)
        for record in records
        if record.outcome in ("landed", "unchanged")
        or (record.outcome == "refused" and record.contract_fingerprint == terms.get(record.feed))
    }
    return tuple(
        f"{feed}/{file.name} {file.modified_at.isoformat()} {file.size} {terms[feed]}"
        for feed, files in sorted(listing.deliveries.items())
        for file in files
        if (feed, without_numbers(file.name), file.modified_at, file.size) not in handled
    )
