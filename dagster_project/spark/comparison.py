"""Whether Spark's tables say what DuckDB's say: the same columns, the same types, the same rows.

Both sides are read by DuckDB, the one from the published file, the other from the Parquet files
that Spark wrote. Nothing is rounded: a double is the same or it is not. It names tables and counts
rows, and never tells a value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from ingestion.quoting import identifier, literal

#: Columns that say which run built the table, so that two runs never agree in them.
_OF_THE_RUN: Final[Mapping[str, frozenset[str]]] = {
    "marts.publication": frozenset({"build_id", "built_at"})
}


@dataclass(frozen=True)
class Comparison:
    """One table on both sides."""

    #: ``<schema>.<table>``.
    table: str
    #: Rows that DuckDB published.
    rows: int
    #: Rows that only one side has, each counted as often as it is there.
    only_duckdb: int = 0
    only_spark: int = 0
    #: What makes the tables incomparable, in words; empty when nothing does.
    objection: str = ""

    @property
    def is_equal(self) -> bool:
        return not (self.only_duckdb or self.only_spark or self.objection)

    def __str__(self) -> str:
        if self.objection:
            return f"{self.table}: {self.objection}"
        if self.is_equal:
            return f"{self.table}: {self.rows:,} rows, equal"
        return (
            f"{self.table}: of {self.rows:,} rows {self.only_duckdb:,} are not Spark's, "
            f"and {self.only_spark:,} of Spark's are not among them"
        )


def compare(database: Path, warehouse: Path, tables: Iterable[str]) -> tuple[Comparison, ...]:
    """Each ``<schema>.<table>`` of a published file with Spark's table of that name."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach {literal(database)} as published (read_only)")
        return tuple(_compared(connection, warehouse, table) for table in sorted(tables))


def files_of(warehouse: Path, table: str) -> list[str]:
    """The Parquet files of one of Spark's tables; none when there is no such table."""
    schema, _, name = table.partition(".")
    return sorted(str(path) for path in (warehouse / f"{schema}.db" / name).glob("*.parquet"))


def _compared(connection: duckdb.DuckDBPyConnection, warehouse: Path, table: str) -> Comparison:
    schema, _, name = table.partition(".")
    ours = f'published."{schema}"."{name}"'
    rows = connection.table(ours).count("*").fetchall()[0][0]
    files = files_of(warehouse, table)
    if not files:
        return Comparison(table, rows, objection="Spark has no such table")
    theirs = f"read_parquet([{', '.join(map(literal, files))}])"
    ignored = _OF_THE_RUN.get(table, frozenset())
    columns = _columns(connection, ours, ignored)
    objection = _objection(columns, _columns(connection, theirs, ignored))
    if objection:
        return Comparison(table, rows, objection=objection)
    return Comparison(
        table,
        rows,
        only_duckdb=_surplus(connection, list(columns), ours, theirs),
        only_spark=_surplus(connection, list(columns), theirs, ours),
    )


def _columns(
    connection: duckdb.DuckDBPyConnection, relation: str, ignored: frozenset[str]
) -> dict[str, str]:
    """Types by name. Spark's moments carry their zone, which is UTC as DuckDB's are."""
    described = connection.execute(f"describe select * from {relation}").fetchall()
    return {
        name: kind.removesuffix(" WITH TIME ZONE")
        for name, kind, *_ in described
        if name not in ignored
    }


def _objection(ours: Mapping[str, str], theirs: Mapping[str, str]) -> str:
    if list(ours) != list(theirs):
        odd = sorted(ours.keys() ^ theirs.keys())
        return f"columns differ: {', '.join(odd)}" if odd else "columns stand in another order"
    other = [f"{name} {ours[name]}/{theirs[name]}" for name in ours if ours[name] != theirs[name]]
    return f"types differ: {', '.join(other)}" if other else ""


def _surplus(
    connection: duckdb.DuckDBPyConnection, columns: Sequence[str], these: str, those: str
) -> int:
    """Rows of the one that the other has not, or has less often."""
    names = ", ".join(map(identifier, columns))
    counted = connection.execute(
        f"select count(*) from (select {names} from {these} except all select {names} from {those})"
    ).fetchall()
    count: int = counted[0][0]
    return count
