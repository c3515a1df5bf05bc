"""A published file, opened to answer a question that a person asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb


class OtherReleaseError(Exception):
    """The version lacks what this release of the software asks it; the message says what to do."""


@contextmanager
def opened(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Read-only. Raises OtherReleaseError where a table or column that is asked for is not there.

    A version stays as it was published, also when the software beside it is a newer one.
    """
    with duckdb.connect(database, read_only=True) as connection:
        try:
            yield connection
        except (duckdb.CatalogException, duckdb.BinderException):
            raise OtherReleaseError(
                "已发布的版本出自本软件的其他版本，请先运行 skills refresh · "
                "What is published was made by another release of this software: skills refresh"
            ) from None
