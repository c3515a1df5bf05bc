"""What an installation says, whoever took it in when and in which order: to compare two of them.

Each table is summed up in its number of rows and a sum over their hashes, so that a comparison
names tables and never shows a row. Left out are lineage and times; of two homes with different
secrets also what the secret decides, the keys of persons.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from typing import Any, Final

import duckdb
from installations import Installation

#: What tells when and in which order something was taken in.
LINEAGE: Final = frozenset(
    {
        "_batch_id",
        "as_known_on",
        "batch_id",
        "built_at",
        "delivered_at",
        "delivery_id",
        "fact_id",
        "file_name",
        "file_sha256",
        "handled_at",
        "landed_at",
        "last_delivered_at",
        "last_handled_at",
        "last_landed_at",
        "published_at",
        "report_id",
        "sequence_no",
        "training_id",
        "version",
    }
)
#: Tables about attempts, of which a disturbed home has had more.
OF_ATTEMPTS: Final = frozenset(
    {
        "fct_deliveries",
        "feed_freshness",
        "publication",
        "publication_changes",
        "publication_deliveries",
    }
)

Content = dict[str, tuple[int, ...]]


def published(installation: Installation, *, keys: bool) -> Content:
    """Every published table by name: rows, and the sum of their hashes."""
    with duckdb.connect(installation.database, read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables()"
        ).fetchall()
        return {
            f"{schema}.{table}": _summed(connection.table(f'{schema}."{table}"'), keys=keys)
            for schema, table in tables
            if table not in OF_ATTEMPTS
        }


def landed(installation: Installation, *, keys: bool) -> Content:
    """Every feed: its rows in the landing zone, and how many were delivered, rejected, skipped."""
    folder = installation.home / "landing"
    batches = _rows(
        folder / "manifest.sqlite",
        """
        select feed, batch_id, rows_delivered, rows_landed, rows_rejected, rows_skipped
        from batches
        order by feed, batch_id
        """,
    )
    content: Content = {}
    for feed in sorted({batch[0] for batch in batches}):
        own = [batch for batch in batches if batch[0] == feed]
        files = [str(folder / feed / f"{batch[1]}.parquet") for batch in own]
        rows = duckdb.read_parquet(files, union_by_name=True)
        counts = (sum(column) for column in zip(*(batch[2:] for batch in own), strict=True))
        content[feed] = (*_summed(rows, keys=keys), *counts)
    return content


def in_the_vault(installation: Installation, *, keys: bool) -> Mapping[str, Iterable[object]]:
    """What the vault holds, by kind, and the originals, which must lie there."""
    folder = installation.home / "vault"
    entries = _rows(folder / "vault.sqlite", "select kind, key, key_version from plaintexts")
    originals = _rows(folder / "vault.sqlite", "select sha256, size from originals")
    files = {path.name for path in (folder / "originals").rglob("*") if path.is_file()}
    assert {name for name, _ in originals} == files
    kinds = {kind for kind, *_ in entries}
    content: dict[str, Iterable[object]] = {
        kind: sorted(entry[1:] for entry in entries if entry[0] == kind) for kind in kinds
    }
    if not keys:
        content = {kind: [len(list(held))] for kind, held in content.items()}
    return {**content, "originals": sorted(originals)}


def differing(found: Mapping[str, object], expected: Mapping[str, object]) -> list[str]:
    """Names of what is not the same."""
    return sorted(
        name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name)
    )


def _summed(rows: duckdb.DuckDBPyRelation, *, keys: bool) -> tuple[int, ...]:
    columns = [
        f'"{column}"'
        for column in rows.columns
        if column not in LINEAGE and (keys or not column.endswith("_key"))
    ]
    summed = rows.aggregate(f"count(*), coalesce(sum(hash({', '.join(columns)})), 0)::varchar")
    ((count, total),) = summed.fetchall()
    return count, int(total)


def _rows(database: object, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return connection.execute(sql).fetchall()
