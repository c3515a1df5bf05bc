"""The published DuckDB file: written fresh, closed, opened again read-only and looked through.

Only tables of the published schemas go in, and in ``main`` what the version says of itself
(``publication`` and the like); no view (it would carry paths of this machine), nothing of the work
file's own. The file is made by writing tables into a new database, never by copying or deleting,
so that no byte of anything else is in it. A file with something like a person's number in its
values or its bytes is refused.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa

from dagster_project.engine import PUBLISHING, memory_limit
from ingestion.identity import check_digit
from ingestion.personal_numbers import CANDIDATE, RESIDENT_ID, SHORTEST, is_personal
from ingestion.quoting import identifier, literal

#: Drivers of DuckDB 1.4 and later open it.
STORAGE_VERSION: Final = "v1.4.0"
PUBLISHED_SCHEMAS: Final = ("marts", "kpis")
PUBLICATION_TABLE: Final = "publication"

_ID_BYTES: Final = re.compile(rf"(?<![0-9]){RESIDENT_ID}(?![0-9])".encode(), re.ASCII)
_ID_LENGTH: Final = 18
#: An ID and what stands beside it, from any of its digits.
_ID_REACH: Final = 2 * _ID_LENGTH
_STRIDE: Final = 8
_CHUNK_BYTES: Final = 1 << 24
#: Texts that stand in so many rows each, on average, are made distinct before they are looked at.
_REPEATING: Final = 8
_VARIETY: Final = Template("select count(*), $longest, $counts from $table")
_ALL: Final = Template(
    """
    select distinct $column
    from $table
    where length($column) >= $$least and regexp_matches($column, $$pattern)
    """
)
_EACH_ONCE: Final = Template(
    """
    with texts as materialized (
        select distinct $column as text from $table where length($column) >= $$least
    )

    select text from texts where regexp_matches(text, $$pattern)
    """
)


class PublishedFileError(Exception):
    """The file is not fit for readers; the message names tables and columns, never values."""


def opened(database: Path) -> duckdb.DuckDBPyConnection:
    """A published file to be looked through; who opens the same one shares what was read of it."""
    connection = duckdb.connect(database, read_only=True)
    # Not as a configuration: whoever had it open under another one would keep us out.
    connection.execute(f"set memory_limit = '{memory_limit(PUBLISHING)}'")
    return connection


def write_database(
    work: Path, target: Path, publication: pa.Table, beside: Mapping[str, pa.Table] | None = None
) -> dict[str, int]:
    """Write a fresh file with the published tables of ``work``; rows by ``<schema>.<table>``.

    ``beside`` are further tables of ``main``, by name.
    """
    with duckdb.connect(config={"memory_limit": memory_limit(PUBLISHING)}) as connection:
        connection.execute(f"attach {literal(work)} as work (read_only)")
        connection.execute(
            f"attach {literal(target)} as target (storage_version '{STORAGE_VERSION}')"
        )
        for schema in PUBLISHED_SCHEMAS:
            connection.execute(f"create schema target.{schema}")
        for schema, table in _published_tables(connection, "work"):
            name = f"{schema}.{identifier(table)}"
            connection.execute(f"create table target.{name} as from work.{name}")
        _carry_comments(connection)
        for table, content in {PUBLICATION_TABLE: publication, **(beside or {})}.items():
            connection.register("content", content)
            connection.execute(f"create table target.main.{identifier(table)} as from content")
            connection.unregister("content")
        connection.execute("checkpoint target")
        connection.execute("detach target")
    return verify_database(work, target)


def refuse_unclosed(work: Path) -> None:
    """Whoever opened a file with a log beside it would read what nobody tested.

    Raises PublishedFileError.
    """
    leftover = _log_beside(work)
    if leftover.exists():
        raise PublishedFileError(f"{leftover.name} lies beside the work file: it was not closed")


def verify_database(work: Path, target: Path) -> dict[str, int]:
    """Rows of each published table, equal in both files. Raises PublishedFileError."""
    leftover = _log_beside(target)
    if leftover.exists():
        raise PublishedFileError(f"{leftover.name} is left beside the published file")
    with duckdb.connect() as connection:
        connection.execute(f"attach {literal(work)} as work (read_only)")
        connection.execute(f"attach {literal(target)} as target (read_only)")
        expected = _row_counts(connection, "work")
        rows = _row_counts(connection, "target")
        if rows != expected:
            differing = sorted(
                name
                for name in rows.keys() | expected.keys()
                if rows.get(name) != expected.get(name)
            )
            raise PublishedFileError(
                f"the published file differs from the work file in {differing}"
            )
    return rows


def refuse_personal_traces(target: Path) -> None:
    """Look for numbers that lead to a person in every text value, and for IDs in the plain bytes.

    In bytes, which hold all sorts of things by chance, only an ID with a right check digit counts.
    Raises PublishedFileError.
    """
    with opened(target) as connection:
        for (schema, table), columns in _text_columns(connection).items():
            name = f"{schema}.{identifier(table)}"
            for column, candidates in _candidates(connection, name, columns):
                found = sum(map(is_personal, candidates))
                if found:
                    raise PublishedFileError(
                        f"{schema}.{table}, column {column}: {found} values look like numbers of "
                        "people (resident ID, mobile, bank card)"
                    )
    if any(check_digit(found[:17]) == found[17].upper() for found in _ids_in_bytes(target)):
        raise PublishedFileError(
            "the bytes of the published file hold something like a resident ID"
        )


def _candidates(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str]
) -> Iterator[tuple[str, list[str]]]:
    """By column: each text once that may hold a person's number.

    The pattern is what takes time. It is asked of no text that is too short for a number; and
    where texts repeat, of each once.
    """
    names = [identifier(name) for name in columns]
    rows, *told = connection.execute(
        _VARIETY.substitute(
            longest=", ".join(f"coalesce(max(strlen({name})), 0)" for name in names),
            counts=", ".join(f"approx_count_distinct({name})" for name in names),
            table=table,
        )
    ).fetchall()[0]
    longest, differing = told[: len(names)], told[len(names) :]
    for column, length, count in zip(columns, longest, differing, strict=True):
        if length < SHORTEST:
            continue
        texts = _EACH_ONCE if count * _REPEATING < rows else _ALL
        asked = texts.substitute(column=identifier(column), table=table)
        found = connection.execute(asked, {"least": SHORTEST, "pattern": CANDIDATE}).fetchall()
        yield column, [text for (text,) in found]


def _log_beside(database: Path) -> Path:
    return database.with_name(f"{database.name}.wal")


def _published_tables(
    connection: duckdb.DuckDBPyConnection, database: str
) -> list[tuple[str, str]]:
    return connection.execute(
        """
        select schema_name, table_name
        from duckdb_tables()
        where database_name = ? and list_contains(?, schema_name)
        order by all
        """,
        [database, list(PUBLISHED_SCHEMAS)],
    ).fetchall()


def _row_counts(connection: duckdb.DuckDBPyConnection, database: str) -> dict[str, int]:
    counts = {}
    for schema, table in _published_tables(connection, database):
        relation = connection.table(f"{database}.{schema}.{identifier(table)}")
        counts[f"{schema}.{table}"] = int(relation.count("*").fetchall()[0][0])
    return counts


def _text_columns(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], list[str]]:
    """By schema and table, of those that have any."""
    columns = defaultdict(list)
    for schema, table, column in connection.execute(
        """
        select schema_name, table_name, column_name
        from duckdb_columns()
        where not internal and data_type = 'VARCHAR'
        order by all
        """
    ).fetchall():
        columns[schema, table].append(column)
    return dict(columns)


def _carry_comments(connection: duckdb.DuckDBPyConnection) -> None:
    """Descriptions that dbt left on published tables and their columns.

    Asked for once: the catalogue is read as a whole each time.
    """
    published = [list(PUBLISHED_SCHEMAS)]
    for schema, table, comment in connection.execute(
        """
        select schema_name, table_name, comment from duckdb_tables()
        where database_name = 'work' and list_contains(?, schema_name) and comment <> ''
        """,
        published,
    ).fetchall():
        name = f"target.{schema}.{identifier(table)}"
        connection.execute(f"comment on table {name} is {literal(comment)}")
    for schema, table, column, comment in connection.execute(
        """
        select schema_name, table_name, column_name, comment from duckdb_columns()
        where database_name = 'work' and list_contains(?, schema_name) and comment <> ''
        """,
        published,
    ).fetchall():
        name = f"target.{schema}.{identifier(table)}.{identifier(column)}"
        connection.execute(f"comment on column {name} is {literal(comment)}")


def _ids_in_bytes(path: Path) -> Iterator[str]:
    tail = b""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            window = tail + chunk
            for start, end in _digit_runs(window):
                for match in _ID_BYTES.finditer(window, start, end):
                    if len(match[0]) == _ID_LENGTH:
                        yield match[0].decode("ascii")
            tail = window[-40:]


def _digit_runs(window: bytes) -> Iterator[tuple[int, int]]:
    """Stretches around all runs of digits that are long enough for an ID.

    The pattern reads 30 MB a second. Seventeen digits in a row hold two that stand eight apart, so
    every eighth byte tells where to look at all.
    """
    values = np.frombuffer(window, dtype=np.uint8)
    is_digit = (values[::_STRIDE] - ord("0")) < 10  # below "0" they wrap round
    at = np.flatnonzero(is_digit[:-1] & is_digit[1:]) * _STRIDE
    for between in range(1, _STRIDE):
        at = at[(values[at + between] - ord("0")) < 10]
    if at.size:
        parts = np.split(at, np.flatnonzero(np.diff(at) > _ID_REACH) + 1)
        yield from ((max(part[0] - _ID_REACH, 0), part[-1] + _ID_REACH) for part in parts)
