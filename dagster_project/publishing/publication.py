"""Publish: audit a finished build, write its files and let readers see it, in this order.

Whatever fails before the swap leaves the last published version in place. It refuses a build
without a finished mark, one whose audit objects, and one whose file shows personal data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa

from dagster_project.building import Build
from dagster_project.publishing.audit import Audit, audit
from dagster_project.publishing.changes import changes_since
from dagster_project.publishing.duckdb_file import (
    refuse_personal_traces,
    refuse_unclosed,
    write_database,
)
from dagster_project.publishing.evidence import earlier_of, evidence_of
from dagster_project.publishing.parquet import write_parquet
from dagster_project.publishing.versions import (
    DATABASE_FILE,
    PARQUET_FOLDER,
    Facts,
    Version,
    current_version,
    install,
    make_current,
    next_name,
    prune,
    published_versions,
    recover,
    staged,
)
from ingestion.contract import FeedContract
from ingestion.machine import disk_failures_told

_SAMPLE_NOTICE: Final = "样例数据 / sample data"
_OWN_NOTICE: Final = "各单位报送数据 / data delivered by the agencies"


@dataclass(frozen=True)
class Publication:
    """A version that readers now see, and how it passed."""

    version: Version
    audit: Audit
    pruned: tuple[str, ...]


def whose_data(*, is_sample: bool) -> str:
    """What stands over every table for people: whose data this is."""
    return _SAMPLE_NOTICE if is_sample else _OWN_NOTICE


@disk_failures_told(duckdb.Error)
def publish(
    work: Path,
    published: Path,
    build: Build,
    *,
    manifest: Mapping[str, Any],
    run_results: Mapping[str, Any],
    contracts: Iterable[FeedContract],
    now: datetime,
    accept_fewer_rows: bool = False,
) -> Publication:
    """Make the work file's marts and KPIs the current version.

    ``manifest`` and ``run_results`` are dbt's artefacts of this build. ``now`` is UTC. Raises
    AuditError and PublishedFileError, and OSError when the disk is full or fails; readers then
    see the same version as before, unless the disk failed after the swap.
    """
    refuse_unclosed(work)
    recover(published)
    before = published_versions(published)
    name = next_name(published, now)
    with staged(published) as folder:
        database = folder / DATABASE_FILE
        rows = write_database(
            work,
            database,
            publication_rows(work, build, contracts, version=name, now=now),
            changes_since(current_version(published), work, contracts).tables(),
        )
        # None of the three changes the file, and none has enough to do for all cores.
        with ThreadPoolExecutor(2) as beside:
            looked_through = beside.submit(refuse_personal_traces, database)
            written = beside.submit(write_parquet, database, folder / PARQUET_FOLDER)
            evidence = evidence_of(work, database, build, manifest, run_results)
            report = audit(
                evidence,
                earlier_of(before[-1] if before else None),
                accept_fewer_rows=accept_fewer_rows,
            )
            report.require()
            looked_through.result()
            written.result()
        facts = Facts(
            version=name,
            fingerprint=build.fingerprint,
            as_of=build.as_of.isoformat(),
            as_known=build.as_known.isoformat() if build.as_known else None,
            is_sample=build.is_sample,
            published_at=now,
            rows=rows,
            tests_run=report.tests_run,
            rules=report.rules,
            contents=dict(evidence.contents),
        )
        version = install(published, folder, facts)
    make_current(published, version)
    return Publication(version, report, prune(published, now))


def publication_rows(
    work: Path, build: Build, contracts: Iterable[FeedContract], *, version: str, now: datetime
) -> pa.Table:
    """One row per feed: what this version is, and how fresh it is on that feed."""
    feeds = pa.Table.from_pylist(
        [
            {
                "version": version,
                "published_at": now.replace(tzinfo=None),
                "as_of": build.as_of,
                "as_known": build.as_known,
                "is_sample": build.is_sample,
                "notice": whose_data(is_sample=build.is_sample),
                "feed": contract.name,
                "feed_title_zh": contract.title_zh,
                "feed_title_en": contract.title_en,
            }
            for contract in contracts
        ],
        schema=_PUBLICATION_SCHEMA,
    )
    with duckdb.connect(work, read_only=True) as connection:
        connection.register("feeds", feeds)
        return connection.sql(
            """
            with landed as (
                select
                    feed,
                    max(delivered_at) as last_delivered_at,
                    max(landed_at) as last_landed_at,
                    count(*) as batch_count
                from landing.batches
                group by all
            ),

            handled as (
                select
                    feed,
                    arg_max(outcome, sequence) as last_outcome,
                    count(*) filter (outcome = 'refused') as refused_delivery_count
                from landing.deliveries
                group by all
            )

            select
                feeds.*,
                landed.last_delivered_at,
                landed.last_landed_at,
                coalesce(landed.batch_count, 0) as batch_count,
                coalesce(handled.last_outcome, 'none') as last_outcome,
                coalesce(handled.refused_delivery_count, 0) as refused_delivery_count
            from feeds
            left join landed on feeds.feed = landed.feed
            left join handled on feeds.feed = handled.feed
            order by feeds.feed
            """
        ).to_arrow_table()


_PUBLICATION_SCHEMA: Final = pa.schema(
    [
        pa.field("version", pa.string()),
        pa.field("published_at", pa.timestamp("us")),
        pa.field("as_of", pa.date32()),
        pa.field("as_known", pa.date32()),
        pa.field("is_sample", pa.bool_()),
        pa.field("notice", pa.string()),
        pa.field("feed", pa.string()),
        pa.field("feed_title_zh", pa.string()),
        pa.field("feed_title_en", pa.string()),
    ]
)
