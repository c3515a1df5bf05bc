"""Our own spool of a database pull: Parquet columns of text → one table, vectorised.

Refuses two columns for one, and a spool without a required column.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingestion.contract import FeedContract
from ingestion.machine import is_of_machine
from ingestion.readers.headers import HeaderMatcher, unknown_columns
from ingestion.readers.reading import FAULT, KINDS, ROW_NUMBER, SKIP, SheetTable, TitleFacts
from ingestion.reasons import Breach, BreachCode


def read_parquet(
    path: Path, contract: FeedContract, name: str
) -> tuple[SheetTable, tuple[str, ...]]:
    """The spool as a table, and notes on unknown columns. Raises Breach."""
    try:
        file = pq.ParquetFile(path)
        names = list(file.schema_arrow.names)
        spooled = file.read()
    except (pa.ArrowInvalid, OSError) as error:
        if is_of_machine(error):
            raise
        raise Breach(BreachCode.FILE_UNREADABLE, name, "the spooled pull is damaged") from None
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
    count = spooled.num_rows
    schema = spooled.schema
    data = {c.name: _text(spooled[found[c.name]]) for c in contract.columns if c.name in found}
    kinds = "".join(
        _kind(schema.field(found[c.name])) if c.name in found else " " for c in contract.columns
    )
    data[ROW_NUMBER] = pa.array(range(1, count + 1), pa.int64())
    data[KINDS] = pa.repeat(kinds, count)
    data[SKIP] = pa.nulls(count, pa.string())
    data[FAULT] = pa.nulls(count, pa.string())
    return SheetTable("", TitleFacts(), {}, pa.table(data)), unknown_columns(unknown)


def _kind(field: pa.Field) -> str:
    """What the agency's database holds there: numbers are no IDs, however many digits they show."""
    return str((field.metadata or {}).get(b"kind", b"t").decode())


def _text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    trimmed = pc.utf8_trim_whitespace(column.cast(pa.string()))
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)
