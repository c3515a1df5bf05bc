"""Our own spool of a database pull: Parquet columns of text → one table, vectorised.

Refuses two columns for one, and a spool without a required column.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingestion.contract import FeedContract
from ingestion.machine import is_of_machine
from ingestion.readers.headers import HeaderMatcher, unknown_columns
from ingestion.readers.reading import FAULT, KINDS, ROW_NUMBER, SKIP, SheetTable, TitleFacts
from ingestion.readers.streams import Stream
from ingestion.reasons import Breach, BreachCode

_ROWS_AT_ONCE: Final = 131_072


def read_parquet(
    path: Path, contract: FeedContract, name: str
) -> tuple[SheetTable, tuple[str, ...]]:
    """The spool as a table, and notes on unknown columns. Raises Breach."""
    stream = open_parquet(path, contract, name)
    rows = pa.concat_tables([stream.first.rows, *map(_spelled_out, stream.pieces())])
    return replace(stream.first, rows=rows), stream.notes


def open_parquet(path: Path, contract: FeedContract, name: str) -> Stream:
    """The spool as a stream of tables. Raises Breach, also while it is read."""
    try:
        schema = pq.read_schema(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise _damaged(error, name) from None
    found, unknown = _matched(schema.names, contract, name)
    kinds = "".join(
        _kind(schema.field(found[c.name])) if c.name in found else " " for c in contract.columns
    )
    names = {c.name: found[c.name] for c in contract.columns if c.name in found}
    first = pa.table({name: pa.array([], pa.string()) for name in names} | _ours(0, 0, kinds))
    return Stream(
        first=SheetTable("", TitleFacts(), {}, _spelled_out(first)),
        format="parquet",
        encoding=None,
        notes=unknown_columns(unknown),
        pieces=lambda: _pieces(path, names, kinds, name),
    )


def _pieces(path: Path, names: dict[str, str], kinds: str, name: str) -> Iterator[pa.Table]:
    done = 0
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(_ROWS_AT_ONCE, columns=list(names.values())):
                data = {column: _text(batch.column(source)) for column, source in names.items()}
                yield pa.table(data | _ours(done, batch.num_rows, kinds))
                done += batch.num_rows
    except (pa.ArrowInvalid, OSError) as error:
        raise _damaged(error, name) from None


def _ours(done: int, rows: int, kinds: str) -> dict[str, pa.Array]:
    """The reader's own columns for rows after so many."""
    zeros = pa.array(np.zeros(rows, dtype=np.int32))
    return {
        ROW_NUMBER: pa.array(np.arange(done + 1, done + rows + 1), pa.int64()),
        KINDS: pa.DictionaryArray.from_arrays(zeros, pa.array([kinds])),
        SKIP: pa.nulls(rows, pa.string()),
        FAULT: pa.nulls(rows, pa.string()),
    }


def _spelled_out(table: pa.Table) -> pa.Table:
    place = table.column_names.index(KINDS)
    return table.set_column(place, KINDS, table.column(KINDS).cast(pa.string()))


def _matched(
    names: Sequence[str], contract: FeedContract, name: str
) -> tuple[dict[str, str], list[str]]:
    """Contract column -> column of the spool, and the others. Raises Breach."""
    matcher = HeaderMatcher(contract)
    found: dict[str, str] = {}
    unknown: list[str] = []
    for source in names:
        column = matcher.match_key(source)
        if column is None:
            unknown.append(source)
        elif column in found:
            raise Breach(
                BreachCode.COLUMN_AMBIGUOUS, name, f"column {column} stands there under two names"
            )
        else:
            found[column] = source
    missing = [
        f"{column.name} ({column.title_zh})"
        for column in contract.columns
        if column.required and column.name not in found
    ]
    if missing:
        raise Breach(
            BreachCode.COLUMN_MISSING, name, f"the table lacks {', '.join(missing)}; add the column"
        )
    return found, unknown


def _damaged(error: Exception, name: str) -> Exception:
    """What to raise: the error itself when this machine failed."""
    if is_of_machine(error):
        return error
    return Breach(BreachCode.FILE_UNREADABLE, name, "the spooled pull is damaged")


def _kind(field: pa.Field) -> str:
    """What the agency's database holds there: numbers are no IDs, however many digits they show."""
    return str((field.metadata or {}).get(b"kind", b"t").decode())


def _text(column: pa.Array) -> pa.StringArray:
    trimmed = pc.utf8_trim_whitespace(column.cast(pa.string()))
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)
