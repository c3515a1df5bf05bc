"""What changed since the version before: rows of the scorecard, and deliveries by feed.

Both tables stand in ``main``, beside ``publication``: they speak of a version, not of the city,
and a mart that knew its own past would make two builds of one state differ. Scorecards are
compared key by key, whatever days they were judged on; both days are told, because a later day
alone moves values and statuses. What came since is told by the order of the manifest, never by a
clock. It never stops a publication: an earlier version that can't be read counts as none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from dagster_project.publishing.versions import Version
from ingestion.contract import FeedContract
from ingestion.quoting import literal

CHANGES_TABLE: Final = "publication_changes"
DELIVERIES_TABLE: Final = "publication_deliveries"


@dataclass(frozen=True)
class Changes:
    """What a version says beside the one before."""

    #: Name of the version before; none for a first one.
    before: str | None
    #: One row per row of the scorecard that is new, gone or changed; none in a first version.
    rows: pa.Table
    #: One row per feed: what it delivered since.
    deliveries: pa.Table

    def tables(self) -> dict[str, pa.Table]:
        """By the name under which they are published."""
        return {CHANGES_TABLE: self.rows, DELIVERIES_TABLE: self.deliveries}


def changes_since(before: Version | None, work: Path, contracts: Iterable[FeedContract]) -> Changes:
    """Hold a finished build against a published version."""
    modes = {contract.name: contract.delivery.mode for contract in contracts}
    try:
        return _changes(before, work, modes)
    except duckdb.Error:
        if before is None:
            raise
        return _changes(None, work, modes)


def compare_versions(before: Version, after: Version) -> pa.Table:
    """Rows of the scorecard that differ between two published versions. Raises duckdb.Error."""
    with duckdb.connect() as connection:
        for name, version in (("before", before), ("after", after)):
            connection.execute(f"attach {literal(version.database)} as {name} (read_only)")
        return _scorecard_changes(connection, before)


def _changes(before: Version | None, work: Path, modes: Mapping[str, str]) -> Changes:
    with duckdb.connect() as connection:
        connection.execute(f"attach {literal(work)} as after (read_only)")
        if before is not None:
            connection.execute(f"attach {literal(before.database)} as before (read_only)")
        return Changes(
            before.name if before else None,
            _scorecard_changes(connection, before),
            _deliveries(connection, before, modes),
        )


def _scorecard_changes(connection: duckdb.DuckDBPyConnection, before: Version | None) -> pa.Table:
    """Rows that differ between the attached ``before`` and ``after``."""
    connection.register("no_rows", _SCORECARD.empty_table())
    sql = _CHANGES.format(
        before="before" if before else "after",
        labels=_LABELS,
        values=_VALUES,
        same_row=_SAME_ROW,
        differs=_DIFFERS,
    )
    return connection.sql(sql, params={"before": before.name if before else None}).to_arrow_table()


def _deliveries(
    connection: duckdb.DuckDBPyConnection, before: Version | None, modes: Mapping[str, str]
) -> pa.Table:
    """Counts of what the manifest took note of since ``before``."""
    feeds = pa.table({"feed": list(modes), "mode": list(modes.values())}, schema=_FEEDS)
    connection.register("feeds", feeds)
    connection.register("no_deliveries", _DELIVERIES.empty_table())
    connection.register("no_batches", _BATCHES.empty_table())
    parameters = {
        "before": before.name if before else None,
        "as_of": before.facts.as_of if before else None,
        "last": _last_sequence(connection) if before else 0,
    }
    return connection.sql(_SINCE, params=parameters).to_arrow_table()


def _last_sequence(connection: duckdb.DuckDBPyConnection) -> int:
    """How far the manifest had come in the attached ``before``; 0 where it does not say."""
    try:
        found = connection.sql("select max(sequence_no) from before.marts.fct_deliveries")
    except duckdb.CatalogException:
        return 0
    return int(found.fetchall()[0][0] or 0)


_KEY: Final = (
    "indicator_id",
    "period_code",
    "area_code",
    "industry_code",
    "unit_code",
    "item_code",
)

#: What a version may lack that was published under an older project is empty there.
_SCORECARD: Final = pa.schema(
    [
        *(pa.field(name, pa.string()) for name in _KEY),
        pa.field("measure_no", pa.int32()),
        *(
            pa.field(f"{name}_{language}", pa.string())
            for name in (
                "indicator_name",
                "area_name",
                "industry_name",
                "responsible_name",
                "item_name",
                "status_name",
            )
            for language in ("zh", "en")
        ),
        pa.field("is_binding", pa.bool_()),
        pa.field("numerator", pa.decimal128(18, 2)),
        pa.field("denominator", pa.decimal128(18, 2)),
        pa.field("indicator_value", pa.float64()),
        pa.field("target_value", pa.float64()),
        pa.field("status_code", pa.string()),
        pa.field("as_of_on", pa.date32()),
    ]
)
_FEEDS: Final = pa.schema([pa.field("feed", pa.string()), pa.field("mode", pa.string())])
_DELIVERIES: Final = pa.schema(
    [
        pa.field("delivery_id", pa.string()),
        pa.field("sequence", pa.int64()),
        pa.field("feed", pa.string()),
        pa.field("outcome", pa.string()),
    ]
)
_BATCHES: Final = pa.schema(
    [
        pa.field("delivery_id", pa.string()),
        pa.field("sequence", pa.int64()),
        pa.field("feed", pa.string()),
        pa.field("scope", pa.string()),
        pa.field("covers_rank", pa.int64()),
    ]
)

_SAME_ROW: Final = " and ".join(f"earlier.{name} = later.{name}" for name in _KEY)
_LABELS: Final = ",\n    ".join(
    f"coalesce(later.{name}, earlier.{name}) as {name}"
    for name in (
        "measure_no",
        *_KEY,
        *(
            f"{part}_name_{language}"
            for part in ("indicator", "area", "industry", "responsible", "item")
            for language in ("zh", "en")
        ),
        "is_binding",
    )
)
_COMPARED: Final = ("numerator", "denominator", "indicator_value", "target_value", "status_code")
_VALUES: Final = ",\n    ".join(
    f"earlier.{name} as {name}_before,\n    later.{name} as {name}_after"
    for name in (*_COMPARED, "status_name_zh", "status_name_en", "as_of_on")
)
_DIFFERS: Final = " or ".join(f"earlier.{name} is distinct from later.{name}" for name in _COMPARED)

_CHANGES: Final = """
with earlier as (
    select true as is_there, *
    from no_rows
    union all by name
    select true as is_there, *
    from {before}.kpis.kpi_scorecard
),

later as (
    select true as is_there, *
    from no_rows
    union all by name
    select true as is_there, *
    from after.kpis.kpi_scorecard
)

select
    $before::varchar as version_before,
    case
        when earlier.is_there is null then 'new'
        when later.is_there is null then 'gone'
        else 'changed'
    end as change_code,
    {labels},
    {values},
    later.indicator_value - earlier.indicator_value as indicator_value_change
from earlier
full join later on {same_row}
where
    $before is not null
    and (earlier.is_there is null or later.is_there is null or {differs})
order by measure_no, indicator_id, period_code, area_code, industry_code, unit_code, item_code
"""

_SINCE: Final = """
with deliveries as (
    select * from no_deliveries
    union all by name
    select * from after.landing.deliveries
),

batches as (
    select * from no_batches
    union all by name
    select * from after.landing.batches
),

-- A snapshot takes the place of what was delivered for the same unit and period.
corrections as (
    select distinct batches.delivery_id
    from batches
    inner join feeds on batches.feed = feeds.feed
    inner join batches as replaced
        on
            batches.feed = replaced.feed
            and batches.scope = replaced.scope
            and batches.covers_rank = replaced.covers_rank
            and batches.sequence > replaced.sequence
    where feeds.mode = 'snapshot'
),

counted as (
    select
        deliveries.feed,
        count(*) filter (deliveries.outcome = 'landed') as landed_delivery_count,
        count(corrections.delivery_id) as corrected_delivery_count,
        count(*) filter (deliveries.outcome = 'refused') as refused_delivery_count
    from deliveries
    left join corrections on deliveries.delivery_id = corrections.delivery_id
    where deliveries.sequence > $last
    group by all
)

select
    feeds.feed,
    $before::varchar as version_before,
    $as_of::date as as_of_on_before,
    coalesce(counted.landed_delivery_count, 0) as landed_delivery_count,
    coalesce(counted.corrected_delivery_count, 0) as corrected_delivery_count,
    coalesce(counted.refused_delivery_count, 0) as refused_delivery_count
from feeds
left join counted on feeds.feed = counted.feed
order by feeds.feed
"""
