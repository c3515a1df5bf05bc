"""What stands in a published file, in counts: rows, filled columns, and what names promise.

The name of a column is a promise: a ``_share`` lies between 0 and 1, a ``_count`` or an amount is
not negative, and a column that is named like the key of a published table names a row of it. This
is asked of the very file that readers would open, whatever the tests of the project ask, so that
no edit of a YAML file takes it away. A column that may break its promise says why, as ``exempt``
in its ``meta``. Values are never read out; the largest amount alone is kept, to be compared.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any, Final

import duckdb

from dagster_project.publishing.duckdb_file import PUBLISHED_SCHEMAS, opened
from dagster_project.rules import grains_of, table_of
from ingestion.quoting import identifier, literal

#: By the end of a column's name: what its filled values do, in words and in SQL.
_PROMISES: Final = {
    "_share": ("lies between 0 and 1", "between 0 and 1"),
    "_count": ("is not negative", ">= 0"),
    "_hours": ("is not negative", ">= 0"),
    "_cny": ("is not negative", ">= 0"),
    "_on": ("is a day of this time", "between date '1900-01-01' and date '2100-12-31'"),
    "_code": ("is not blank", "<> ''"),
    "_id": ("is not blank", "<> ''"),
    "_name_zh": ("is not blank", "<> ''"),
}
_AMOUNT: Final = "_cny"
#: Rows that name none of another table.
_LOST: Final = Template(
    """
    select count(*)
    from $child as child
    anti join $parent as parent on child."$column" = parent."$key"
    where child."$column" is not null
    """
)


@dataclass(frozen=True)
class Table:
    """One table in counts."""

    rows: int
    #: How many rows fill a column, by its name.
    filled: Mapping[str, int]
    #: The largest of each amount.
    largest: Mapping[str, float]
    #: Rows that break a promise, by the promise.
    broken: Mapping[str, int]


@dataclass(frozen=True)
class Promises:
    """What the manifest adds to the names: keys of published tables, and exempted columns."""

    #: Column that is a whole key -> table that it is the key of.
    keys: Mapping[str, str]
    #: ``<schema>.<table>.<column>``
    exempt: frozenset[str]


NO_PROMISES: Final = Promises({}, frozenset())


def promises_of(manifest: Mapping[str, Any]) -> Promises:
    """Keys by the grain tests; where two tables have the same key, the dimension is meant."""
    nodes = manifest["nodes"]
    published = {
        key: node for key, node in nodes.items() if node.get("schema") in PUBLISHED_SCHEMAS
    }
    keys: dict[str, str] = {}
    for key, columns in grains_of(manifest).items():
        if key not in published or len(columns) != 1:
            continue
        table, column = published[key], columns[0]
        if column not in keys or table["alias"].startswith("dim_"):
            keys[column] = table_of(table)
    exempt = frozenset(
        f"{table_of(node)}.{name}"
        for node in published.values()
        for name, column in node.get("columns", {}).items()
        if column.get("meta", {}).get("exempt")
    )
    return Promises(keys, exempt)


def contents_of(database: Path, promises: Promises = NO_PROMISES) -> dict[str, Table]:
    """Every published table of a file by ``<schema>.<table>``. Raises duckdb.Error."""
    with opened(database) as connection:
        columns: dict[str, list[str]] = {}
        for schema, table, column in connection.execute(
            """
            select schema_name, table_name, column_name
            from duckdb_columns()
            where list_contains(?, schema_name)
            order by schema_name, table_name, column_index
            """,
            [list(PUBLISHED_SCHEMAS)],
        ).fetchall():
            columns.setdefault(f"{schema}.{table}", []).append(column)
        return {
            table: _counted(connection, table, described, promises, columns.keys())
            for table, described in columns.items()
        }


def strangers(database: Path, column: str, expected: str) -> dict[str, int]:
    """Rows of each published table whose ``column`` is not as expected; only tables with any."""
    with opened(database) as connection:
        tables = connection.execute(
            """
            select schema_name || '.' || table_name
            from duckdb_columns()
            where list_contains(?, schema_name) and column_name = ?
            order by all
            """,
            [list(PUBLISHED_SCHEMAS), column],
        ).fetchall()
        found = {
            table: _count(
                connection.table(_quoted(table)).filter(
                    f"{identifier(column)} is distinct from {literal(expected)}"
                )
            )
            for (table,) in tables
        }
    return {table: count for table, count in found.items() if count}


def landed_by_feed(database: Path) -> dict[str, int]:
    """Rows that had landed by then, by feed; nothing is ever taken out of the landing zone."""
    with opened(database) as connection:
        return dict(
            connection.execute("select feed_id, landed_count from marts.feed_freshness").fetchall()
        )


def _counted(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: list[str],
    promises: Promises,
    tables: Container[str],
) -> Table:
    """Rows, filled rows per column, largest amounts, and rows that break a promise.

    One scan, and a join for each column that names rows of another table: whichever of both is
    smaller is held in memory then, as a condition within the scan would always hold the other.
    """
    bound = [name for name in columns if f"{table}.{name}" not in promises.exempt]
    kept = {
        f"{name} of {table} {words}": f'"{name}" {condition}'
        for name in bound
        for ending, (words, condition) in _PROMISES.items()
        if name.endswith(ending)
    }
    amounts = [name for name in columns if name.endswith(_AMOUNT)]
    asked = [
        "count(*)",
        *(f'count("{name}")' for name in columns),
        *(f"count(*) filter (not ({condition}))" for condition in kept.values()),
        *(f'coalesce(max(cast("{name}" as double)), 0)' for name in amounts),
    ]
    answer = iter(connection.table(_quoted(table)).aggregate(", ".join(asked)).fetchall()[0])
    rows = int(next(answer))
    filled = {name: int(next(answer)) for name in columns}
    broken = {promise: int(next(answer)) for promise in kept}
    largest = {name: float(next(answer)) for name in amounts}
    for name in bound:
        key = name.removeprefix("_")
        parent = promises.keys.get(key, table)
        if parent != table and parent in tables:
            lost = _LOST.substitute(
                child=_quoted(table), column=name, parent=_quoted(parent), key=key
            )
            ((count,),) = connection.execute(lost).fetchall()
            broken[f"{name} of {table} names a row of {parent}"] = int(count)
    return Table(
        rows, filled, largest, {promise: count for promise, count in broken.items() if count}
    )


def _count(rows: duckdb.DuckDBPyRelation) -> int:
    return int(rows.aggregate("count(*)").fetchall()[0][0])


def _quoted(table: str) -> str:
    return identifier(*table.split("."))
