"""Our headline out of landed Parquet: the compiled SQL of its part of the graph, one connection.

The models that the person-times of the plan are made of, in the order of the graph, in memory.
Models are what they are in the warehouse, but for the facts, which nobody else reads here: they are
views, so that the engine carries the columns that the answer needs. Sign-ins, which no rule asks
for, are left out here as they are in the peers' scripts. Run by the benchmark as
``headline_duckdb.py MANIFEST DATABASE``, where the database holds sources and seeds; answers with
one JSON object.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb
import landed

HEADLINE = "model.skills.training_by_area_industry_month"
SIGN_INS = "int_training__attended"

PREPARED = """
    select schema_name, table_name from duckdb_tables() where database_name = 'prepared'
    union all
    select schema_name, view_name from duckdb_views()
    where database_name = 'prepared' and not internal
"""
BY_AREA_AND_INDUSTRY = """
    select area_code, industry_code, cast(sum(person_time_count) as bigint)
    from marts.training_by_area_industry_month
    group by all
"""


def part_of(nodes: Mapping[str, Mapping[str, Any]], goal: str) -> list[Mapping[str, Any]]:
    """The models that lead to one, in order, that one last."""
    graph: dict[str, list[str]] = {}
    waiting = [goal]
    while waiting:
        key = waiting.pop()
        if key not in graph and nodes.get(key, {}).get("resource_type") == "model":
            graph[key] = [
                parent
                for parent in nodes[key]["depends_on"]["nodes"]
                if nodes.get(parent, {}).get("resource_type") == "model"
            ]
            waiting += graph[key]
    return [nodes[key] for key in TopologicalSorter(graph).static_order()]


def run(manifest: Path, database: Path) -> dict[str, int]:
    """Indicators of the city, and person-times by area and industry."""
    landed.require_no_attendance_floor()
    nodes = json.loads(manifest.read_bytes())["nodes"]
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach '{database}' as prepared (read_only)")
        for schema, name in connection.execute(PREPARED).fetchall():
            connection.execute(f'create schema if not exists "{schema}"')
            connection.execute(
                f'create view "{schema}"."{name}" as from prepared."{schema}"."{name}"'
            )
        for node in part_of(nodes, HEADLINE):
            layer, name = node["schema"], node["alias"]
            kind = "view" if node["config"]["materialized"] == "view" else "table"
            kind = "view" if name.startswith("fct_") else kind
            sql = node["compiled_code"].replace(f'"{node["database"]}".', "")
            if name == SIGN_INS:
                sql = f"select * from ({sql}) limit 0"
            connection.execute(f"create schema if not exists {layer}")
            connection.execute(f"create {kind} {layer}.{name} as {sql}")
        return landed.headline(connection.execute(BY_AREA_AND_INDUSTRY).fetchall())


if __name__ == "__main__":
    sys.stdout.write(json.dumps(run(Path(sys.argv[1]), Path(sys.argv[2]))) + "\n")
