"""Seals of the manifest: a hash beside each of its rows, so that no bit in it changes unnoticed.

SQLite keeps no checksums: a bit that flips in a hash, a scope or a row count is read as if it had
been written so. A row without its seal, a seal without its row and a row that its seal does not
fit are damage. Rows of homes from before there were seals are sealed as they stand, once. It
refuses to repair anything.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Final

SCHEMA: Final = """
create table if not exists seals (sequence integer primary key, sha256 text not null) strict;
"""
_STANDS: Final = "select count(*) from sqlite_schema where name = 'seals'"
_INSERT: Final = "insert into seals values (?, ?)"
#: Sequence numbers are common to both tables. Not indexed: read from the rows themselves.
_SEALED: Final = {
    "deliveries": "select * from deliveries not indexed",
    "batches": "select * from batches not indexed",
}


class SealError(Exception):
    """The manifest is not what was written; the message says what is wrong, without values."""


def put_seals(
    database: sqlite3.Connection, table: str, rows: Iterable[Mapping[str, object]]
) -> None:
    """Seal rows as they are stored, in the transaction that writes them."""
    database.executemany(_INSERT, ((row["sequence"], _seal(table, row)) for row in rows))


def make_seals(database: sqlite3.Connection) -> None:
    """Make the table of seals, and seal what stood before it; the rows must have been named."""
    (stands,) = database.execute(_STANDS).fetchone()
    if stands:
        return
    database.execute("begin immediate")
    database.execute(SCHEMA)
    if not database.execute("select count(*) from seals").fetchone()[0]:
        for table, select in _SEALED.items():
            put_seals(database, table, map(dict, database.execute(select).fetchall()))
    database.execute("commit")


def refuse_damaged(database: sqlite3.Connection) -> None:
    """Look through the whole manifest. Raises SealError, and sqlite3.DatabaseError."""
    (said,) = database.execute("pragma integrity_check(1)").fetchone()
    if said != "ok":
        raise SealError("its structure is broken")
    seals = dict(database.execute("select sequence, sha256 from seals").fetchall())
    for table, select in _SEALED.items():
        for row in map(dict, database.execute(select)):
            if seals.pop(row["sequence"], None) != _seal(table, row):
                raise SealError(f"a row of {table} is not what was written")
    if seals:
        raise SealError(f"{len(seals)} rows are gone")


def _seal(table: str, row: Mapping[str, object]) -> str:
    """Columns without a value don't count, so that a later column breaks no older seal."""
    filled = {name: value for name, value in row.items() if value is not None}
    text = json.dumps([table, filled], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
