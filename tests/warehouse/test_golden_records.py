"""Each mart still says of one record what was reviewed and written down."""

from __future__ import annotations

import duckdb
import pytest
from golden_records import golden, marts, records
from installations import Installation

GOLDEN = golden()


@pytest.mark.parametrize("table", GOLDEN)
def test_the_golden_record_of_a_mart_is_as_it_was(refreshed: Installation, table: str) -> None:
    entry = GOLDEN[table]
    with duckdb.connect(refreshed.database, read_only=True) as connection:
        assert records(connection, table, entry) == [entry["record"]]


def test_every_mart_has_a_golden_record(refreshed: Installation) -> None:
    with duckdb.connect(refreshed.database, read_only=True) as connection:
        assert marts(connection) == list(GOLDEN)
