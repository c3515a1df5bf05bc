"""A delivery's bytes → tables of text, whatever its layout and format.

The content is sniffed, the name never trusted. Workbooks and web tables are parsed in a child
process with limits on memory, time and output. Refuses to type, correct or drop anything:
every row below a header is delivered, those that are no records marked as such.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ingestion.contract import FeedContract
from ingestion.readers.delimited import read_delimited
from ingestion.readers.encoding import find_encoding
from ingestion.readers.json_rows import read_json
from ingestion.readers.parquet_rows import open_parquet, read_parquet
from ingestion.readers.plain_lines import open_plain_lines
from ingestion.readers.pool import POOL
from ingestion.readers.reading import (
    FAULT,
    KINDS,
    ROW_NUMBER,
    SKIP,
    Reading,
    SheetTable,
    TitleFacts,
)
from ingestion.readers.sniff import IN_CHILD, require_agreed, sniff
from ingestion.readers.streams import NotPlainError, Stream
from ingestion.readers.tables import read_sheets
from ingestion.reasons import Breach

__all__ = [
    "FAULT",
    "KINDS",
    "ROW_NUMBER",
    "SKIP",
    "NotPlainError",
    "Reading",
    "SheetTable",
    "Stream",
    "TitleFacts",
    "open_stream",
    "read",
    "reader_pool",
]

#: Smaller deliveries are read as a whole, which costs them no more.
STREAMED_FROM: Final = 32 << 10


def read(path: Path, contract: FeedContract, name: str) -> Reading:
    """Read a delivery. ``path`` is our own copy; ``name`` is the agency's, for messages only.

    Raises Breach when the delivery must be refused whole. May be called by several threads.
    """
    family = sniff(path, name)
    if family in IN_CHILD:
        return POOL.read(path, family, contract, name)
    if family == "parquet":
        require_agreed("parquet", contract, name)
        table, notes = read_parquet(path, contract, name)
        return Reading((table,), "parquet", None, notes)
    encoding = find_encoding(path, name)
    if family == "json":
        require_agreed("json", contract, name)
        table, notes = read_json(path, encoding, contract, name)
        return Reading((table,), "json", encoding, notes)
    require_agreed("csv", contract, name)
    sheet = read_delimited(path, encoding, contract, name)
    tables, notes = read_sheets((sheet,), contract, name)
    decoded = () if encoding == "utf-8" else (f"decoded as {encoding}",)
    return Reading(tables, "csv", encoding, (*decoded, *notes))


def open_stream(path: Path, contract: FeedContract, name: str) -> Stream | None:
    """The delivery as a stream, or None when it is small, of several scopes, or not plain enough.

    Raises Breach for what ``read`` would refuse as well.
    """
    terms = contract.delivery
    if terms.scope or terms.unit or path.stat().st_size < STREAMED_FROM:
        return None
    family = sniff(path, name)
    if family == "parquet":
        require_agreed("parquet", contract, name)
        return open_parquet(path, contract, name)
    if family != "text":
        return None
    try:
        require_agreed("csv", contract, name)
    except Breach:  # `read` looks at the encoding first
        return None
    return open_plain_lines(path, contract, name)


@contextmanager
def reader_pool() -> Iterator[None]:
    """Keep child processes for the deliveries read inside; end them on leaving."""
    try:
        yield
    finally:
        POOL.close()
