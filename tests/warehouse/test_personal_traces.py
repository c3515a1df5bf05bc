"""Does anything that the pipeline leaves behind show a person of the sample?

Every number and telephone number of the sample, and the names of a few hundred of its people, are
looked for in the values of each table and in the plain bytes of each file that a refresh leaves,
in UTF-8 and as JSON escapes it. Only the sample itself, which plays the agencies, may hold them.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from installations import Installation

PEOPLE: Final = 300
#: Shorter names are found by chance in place names and in compressed bytes.
LEAST_NAME: Final = 3
LONG_NUMBER: Final = re.compile(rb"(?<!\d)(?:\d{17}[\dXx]|1\d{10}|\d{19})(?![\dXx])")
#: Chinese words, plain and as JSON escapes them.
CHINESE: Final = re.compile(rb"(?:[\xe3-\xe9][\x80-\xbf]{2}|\xc2\xb7)+")
ESCAPED: Final = re.compile(rb"(?:\\u[0-9a-f]{4})+")
#: What plays the agencies, and so knows its people.
AGENCIES: Final = "sample"


@dataclass(frozen=True)
class People:
    """What must not be found."""

    names: tuple[str, ...]
    #: Resident IDs, telephone numbers, accounts.
    numbers: frozenset[bytes]

    def seen_in(self, content: bytes) -> bool:
        """Whether any of it stands there. Never says which, so that no report repeats it."""
        if not self.numbers.isdisjoint(LONG_NUMBER.findall(content)):
            return True
        words = {*CHINESE.findall(content), *ESCAPED.findall(content)}
        text = b"\n".join(words)
        return any(form in text for name in self.names for form in forms_of(name))


def forms_of(name: str) -> tuple[bytes, bytes]:
    return name.encode(), json.dumps(name)[1:-1].encode()


@pytest.fixture(scope="module")
def people(refreshed: Installation) -> People:
    """The people on the training platform of the sample."""
    with sqlite3.connect(refreshed.home / "sample" / "platform.sqlite") as platform:
        trainees = platform.execute("select aac003, aac002, person_phone from enrolment").fetchall()
        accounts = platform.execute("select payee_account from subsidy_payment").fetchall()
    numbers = {value for row in trainees for value in row[1:]} | {
        account for (account,) in accounts
    }
    names = sorted({row[0] for row in trainees if row[0] and len(row[0]) >= LEAST_NAME})
    assert len(names) >= PEOPLE
    return People(
        tuple(names[:: len(names) // PEOPLE]),
        frozenset(
            value.encode() for value in numbers if value and LONG_NUMBER.fullmatch(value.encode())
        ),
    )


def files_left(home: Path) -> list[Path]:
    return [
        path
        for path in sorted(home.rglob("*"))
        if path.is_file() and path.relative_to(home).parts[0] != AGENCIES
    ]


def values_of_tables(home: Path) -> Iterator[tuple[str, bytes]]:
    """The text values of what has landed, of what is published, and of every SQLite file."""
    for path in files_left(home):
        match path.suffix:
            case ".parquet":
                yield path.name, texts(pq.read_table(path))
            case ".sqlite" | ".db":
                yield path.name, values_of_sqlite(path)
    yield from values_of_database(home / "published" / "current.duckdb")


def values_of_database(path: Path) -> Iterator[tuple[str, bytes]]:
    with duckdb.connect(path, read_only=True) as connection:
        for schema, table in connection.execute(
            "select schema_name, table_name from duckdb_tables()"
        ).fetchall():
            rows = connection.table(f'{schema}."{table}"').to_arrow_table()
            yield f"{schema}.{table}", texts(rows)


def texts(table: pa.Table) -> bytes:
    """Distinct values of each column as text, one per line."""
    columns = (pc.unique(column.cast(pa.string())) for column in table.itercolumns())
    return "\n".join(value for column in columns for value in column.to_pylist() if value).encode()


def values_of_sqlite(path: Path) -> bytes:
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        connection.text_factory = lambda text: text.decode(errors="replace")
        return "\n".join(connection.iterdump()).encode()


def test_the_sample_holds_what_is_looked_for(refreshed: Installation, people: People) -> None:
    """The search finds people where they are, so that finding nobody elsewhere means something."""
    platform = refreshed.home / "sample" / "platform.sqlite"
    assert people.seen_in(platform.read_bytes())
    assert people.seen_in(json.dumps({"who": people.names[0]}).encode())


def test_no_table_that_a_refresh_leaves_shows_a_person(
    refreshed: Installation, people: People
) -> None:
    assert [where for where, text in values_of_tables(refreshed.home) if people.seen_in(text)] == []


def test_no_byte_that_a_refresh_leaves_shows_a_person(
    refreshed: Installation, people: People
) -> None:
    """Logs, Dagster's storage, dbt's artefacts, the vault, the manifest, everything published."""
    left = files_left(refreshed.home)
    kinds = {path.relative_to(refreshed.home).parts[0] for path in left}
    assert {"dagster", "landing", "logs", "published", "vault", "work"} <= kinds
    assert [
        str(path.relative_to(refreshed.home)) for path in left if people.seen_in(path.read_bytes())
    ] == []


def test_no_certificate_number_is_published(refreshed: Installation) -> None:
    """A certificate is known by its key; its number leads to a person (P2)."""
    issued = pq.read_table(
        refreshed.home / "sample" / "certificates.parquet", columns=["certificateNo"]
    )
    numbers = set(issued.column(0).to_pylist())
    shown = {
        where
        for where, text in values_of_database(refreshed.database)
        if not numbers.isdisjoint(re.findall(r"\w+", text.decode()))
    }
    assert shown == set()
