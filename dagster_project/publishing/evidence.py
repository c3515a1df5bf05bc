"""What the audit judges: a finished build in artefacts and counts, and the version before it.

Everything is looked up here, once, so that the audit itself only compares. An earlier version
counts with what its facts say, which were counted when it was published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import duckdb

from dagster_project.building import Build
from dagster_project.publishing.contents import (
    Table,
    contents_of,
    landed_by_feed,
    promises_of,
    strangers,
)
from dagster_project.publishing.versions import Version
from dagster_project.rules import broken_rules

FRESHNESS_TABLE: Final = "marts.feed_freshness"


@dataclass(frozen=True)
class Evidence:
    """A finished build."""

    build: Build
    #: dbt's artefacts.
    manifest: Mapping[str, Any]
    run_results: Mapping[str, Any]
    #: What dbt found wrong, in words.
    broken: tuple[str, ...]
    #: The published tables to be, by ``<schema>.<table>``.
    contents: Mapping[str, Table]
    #: Rows that ever landed, by feed.
    landed: Mapping[str, int]
    #: Rows that say they belong to another build, by what they should say and their table.
    strange: Mapping[tuple[str, str], int]
    #: Rows of each seed.
    seeds: Mapping[str, int]


@dataclass(frozen=True)
class Earlier:
    """The version before."""

    rows: Mapping[str, int]
    rules: tuple[str, ...] = ()
    contents: Mapping[str, Table] = field(default_factory=dict)
    landed: Mapping[str, int] = field(default_factory=dict)


def evidence_of(
    work: Path,
    database: Path,
    build: Build,
    manifest: Mapping[str, Any],
    run_results: Mapping[str, Any],
) -> Evidence:
    """Look at a finished build; ``database`` is the file that would be published."""
    contents = contents_of(database, promises_of(manifest))
    said = {
        "build_id": run_results["metadata"]["invocation_id"],
        "as_of_on": build.as_of.isoformat(),
        "is_sample": str(build.is_sample).lower(),
    }
    return Evidence(
        build=build,
        manifest=manifest,
        run_results=run_results,
        broken=tuple(broken_rules(manifest, run_results, work)),
        contents=contents,
        landed=landed_by_feed(database) if FRESHNESS_TABLE in contents else {},
        strange={
            (f"{column} {value}", table): count
            for column, value in said.items()
            for table, count in strangers(database, column, value).items()
        },
        seeds=_seed_rows(work, manifest),
    )


def earlier_of(version: Version | None) -> Earlier | None:
    """The version before, as its facts tell it; what had landed, as far as that can be read."""
    if version is None:
        return None
    facts = version.facts
    try:
        landed = landed_by_feed(version.database) if FRESHNESS_TABLE in facts.contents else {}
    except duckdb.Error:
        landed = {}
    return Earlier(facts.rows, facts.rules, facts.contents, landed)


def _seed_rows(work: Path, manifest: Mapping[str, Any]) -> dict[str, int]:
    with duckdb.connect(work, read_only=True) as connection:
        found = dict(
            connection.execute(
                """
                select schema_name || '.' || table_name, estimated_size
                from duckdb_tables()
                """
            ).fetchall()
        )
    seeds = (node for node in manifest["nodes"].values() if node["resource_type"] == "seed")
    return {
        name: found.get(name, 0)
        for name in sorted(f"{seed['schema']}.{seed['alias']}" for seed in seeds)
    }
