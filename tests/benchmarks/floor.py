"""The floor: the compiled SQL of all models, run once in one DuckDB connection, with the tests.

No dbt, no Dagster, no publication: what remains is what the engine must do. Views are views,
tables are tables, in the order of the graph, into a database file beside which landed Parquet and
seeds stand ready. Run by the benchmark as ``floor.py MANIFEST DATABASE``, where the manifest is
dbt's with compiled SQL.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb


def in_order(nodes: Mapping[str, Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Models and tests, each after what it depends on."""
    graph = {
        key: [parent for parent in node["depends_on"]["nodes"] if parent in nodes]
        for key, node in nodes.items()
        if node["resource_type"] in ("model", "test")
    }
    for key in TopologicalSorter(graph).static_order():
        if nodes[key]["resource_type"] in ("model", "test"):
            yield nodes[key]


def run(manifest: Path, database: Path) -> dict[str, int]:
    """How many models were built, tests held, and rows written. Raises SystemExit on a failure."""
    nodes = json.loads(manifest.read_bytes())["nodes"]
    done = {"models": 0, "tests": 0}
    with duckdb.connect(database) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for node in in_order(nodes):
            sql = node["compiled_code"]
            if node["resource_type"] == "test":
                broken = connection.execute(f"select count(*) from ({sql})").fetchall()[0][0]
                if broken:
                    raise SystemExit(f"{node['name']}: {broken} broken")
                done["tests"] += 1
                continue
            kind = "view" if node["config"]["materialized"] == "view" else "table"
            connection.execute(f"create schema if not exists {node['schema']}")
            connection.execute(f"create {kind} {node['schema']}.{node['alias']} as {sql}")
            done["models"] += 1
    return done


if __name__ == "__main__":
    sys.stdout.write(json.dumps(run(Path(sys.argv[1]), Path(sys.argv[2]))) + "\n")
