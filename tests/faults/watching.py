"""A reader of what is published, as a process of its own, until its standard input ends.

``python watching.py database|parquet|kept <published folder>``. Every table of the versions that
the test publishes holds the number of its publication, so a reader that meets two numbers at once
has met a mixed version. It prints what it saw, as JSON.
"""

from __future__ import annotations

import json
import select
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import duckdb

TABLES: Final = ("marts.fct_trainings", "marts.dim_areas", "kpis.kpi_scorecard")

Look = Callable[[], set[int]]


@contextmanager
def opened_anew(published: Path) -> Iterator[Look]:
    """What a dashboard does: connect, ask for each table, disconnect."""

    def look() -> set[int]:
        with duckdb.connect(published / "current.duckdb", read_only=True) as connection:
            return numbers(map(connection.table, TABLES))

    yield look


@contextmanager
def through_the_pointer(published: Path) -> Iterator[Look]:
    """What a reader of Parquet does: ask ``CURRENT`` once, then read file by file."""

    def look() -> set[int]:
        name = (published / "CURRENT").read_text(encoding="utf-8").strip()
        folder = published / "versions" / name / "parquet"
        files = [str(folder / f"{table.replace('.', '/')}.parquet") for table in TABLES]
        with duckdb.connect() as connection:
            return numbers(map(connection.read_parquet, files))

    yield look


@contextmanager
def kept_open(published: Path) -> Iterator[Look]:
    """What a forgotten notebook does: connect once, ask for ever."""
    with duckdb.connect(published / "current.duckdb", read_only=True) as connection:
        yield lambda: numbers(map(connection.table, TABLES))


def numbers(tables: Iterable[duckdb.DuckDBPyRelation]) -> set[int]:
    """Numbers of publication in these tables, each asked for by itself."""
    return {
        row[0] for table in tables for row in table.select("publication_no").distinct().fetchall()
    }


def is_over() -> bool:
    return bool(select.select([sys.stdin], [], [], 0.01)[0])


def watch(manner: str, published: Path) -> dict[str, object]:
    """Look until told to stop; looks, the numbers seen, what was mixed or failed."""
    reads, seen, mixed, errors = 0, set[int](), 0, list[str]()
    manners = {"database": opened_anew, "parquet": through_the_pointer, "kept": kept_open}
    with manners[manner](published) as look:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            last_look = is_over()
            try:
                found = look()
            except (duckdb.Error, OSError) as error:
                errors.append(f"{type(error).__name__}: {error}")
                found = set()
            reads += 1
            mixed += len(found) > 1
            seen |= found
            if last_look:
                return {"reads": reads, "seen": sorted(seen), "mixed": mixed, "errors": errors}


if __name__ == "__main__":
    json.dump(watch(sys.argv[1], Path(sys.argv[2])), sys.stdout)
