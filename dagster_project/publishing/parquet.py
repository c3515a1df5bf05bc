"""The published tables as Parquet, one file per table, for tools that open no DuckDB file.

Written from the published file, so that both always say the same. Readers find the folder through
the pointer file ``CURRENT`` and never by a glob over versions.
"""

from __future__ import annotations

from pathlib import Path

from dagster_project.publishing.duckdb_file import opened


def write_parquet(database: Path, folder: Path) -> tuple[Path, ...]:
    """Write ``<folder>/<schema>/<table>.parquet`` for each table of a published file."""
    written = []
    with opened(database) as connection:
        for schema, table in connection.execute(
            "select schema_name, table_name from duckdb_tables() order by all"
        ).fetchall():
            path = folder / schema / f"{table}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            connection.table(f'{schema}."{table}"').write_parquet(str(path), compression="zstd")
            written.append(path)
    return tuple(written)
