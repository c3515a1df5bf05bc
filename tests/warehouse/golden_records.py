"""One record per mart of the sample, written down: what it says today it says tomorrow.

``golden_records.yml`` gives for each mart the key of one record (``at``) and its values. Times,
hashes, keys that hang on a home's secret, and numbers of batches differ from home to home and are
left out; ``but`` names further such columns of one mart. A key that hangs on the secret is named
by the record of another mart that bears it (``of``).

When a change of values is meant, review it and write the file again from a home of the sample at
the factor of the tests::

    python tests/warehouse/golden_records.py HOME/published/current.duckdb
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import duckdb
import yaml

FILE: Final = Path(__file__).with_name("golden_records.yml")
#: Never the same in two homes, or on two days.
_UNSTABLE: Final = frozenset(
    {
        "_batch_id",
        "as_known_on",
        "batch_id",
        "build_id",
        "byte_count",
        "delivery_id",
        "sequence_no",
    }
)
_UNSTABLE_ENDINGS: Final = ("_at", "_key", "_sha256")
_FIRST_LINES: Final = (
    "# Written by golden_records.py; the keys (`at`) are chosen by hand, the rest is reviewed.\n"
)

Entry = dict[str, Any]
Value = str | int | float | bool | None


def golden() -> dict[str, Entry]:
    """What is written down, by ``<schema>.<table>``."""
    content: dict[str, Entry] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return content


def marts(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Every table that readers see, but for what a version says of itself."""
    found = connection.execute(
        "select schema_name || '.' || table_name from duckdb_tables() "
        "where schema_name <> 'main' order by all"
    ).fetchall()
    return [name for (name,) in found]


def records(
    connection: duckdb.DuckDBPyConnection, table: str, entry: Entry
) -> list[dict[str, Value]]:
    """The records at that key: one, or something is wrong with it."""
    left_out = entry.get("but", ())
    found = _at(connection, table, entry["at"])
    names = [
        name
        for name in found.columns
        if name not in _UNSTABLE and not name.endswith(_UNSTABLE_ENDINGS) and name not in left_out
    ]
    rows = found.fetchall()
    places = [found.columns.index(name) for name in names]
    return [
        {name: _plain(row[place]) for name, place in zip(names, places, strict=True)}
        for row in rows
    ]


def _at(
    connection: duckdb.DuckDBPyConnection, table: str, key: Mapping[str, Any]
) -> duckdb.DuckDBPyRelation:
    found = connection.table(table)
    for column, named in key.items():
        wanted = duckdb.ConstantExpression(
            _borne(connection, column, named) if isinstance(named, dict) else named
        )
        found = found.filter(duckdb.ColumnExpression(column) == wanted)
    return found


def _borne(connection: duckdb.DuckDBPyConnection, column: str, named: Mapping[str, Any]) -> object:
    """The value of a column in the record of another mart."""
    key = {name: wanted for name, wanted in named.items() if name != "of"}
    ((value,),) = _at(connection, named["of"], key).select(column).fetchall()
    return value


def _plain(value: object) -> Value:
    """As it stands in YAML: numbers exact, dates as text."""
    match value:
        case Decimal():
            return str(value)
        case date():
            return value.isoformat()
        case str() | int() | float() | None:
            return value
        case _:
            raise TypeError(type(value).__name__)


def main(database: str) -> None:
    """Write the records down anew, under the keys that are chosen."""
    with duckdb.connect(database, read_only=True) as connection:
        known, found = golden(), {}
        for table in marts(connection):
            if table not in known:
                sys.exit(f"{table} has no key yet: add it to {FILE.name}, with `at` alone")
            found[table] = known[table]
            (found[table]["record"],) = records(connection, table, found[table])
    text = yaml.safe_dump(found, allow_unicode=True, sort_keys=False, width=98)
    FILE.write_text(_FIRST_LINES + text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
