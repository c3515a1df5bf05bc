"""JSON records → one table: an array of objects, JSON lines, or an envelope with ``data``.

Numbers keep their digits. Keys are matched whole. Refuses duplicate keys, NaN and Infinity,
and two keys for one column; a nested value is a cell error, not text.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Never

from ingestion.contract import FeedContract
from ingestion.readers.cell_text import plain_number, text_of
from ingestion.readers.encoding import lines_of
from ingestion.readers.grid import Line
from ingestion.readers.headers import HeaderMatcher, printable, unknown_columns
from ingestion.readers.reading import SheetTable, TitleFacts
from ingestion.readers.table_writer import TableWriter
from ingestion.reasons import Breach, BreachCode

_LISTS: Final = ("data", "rows", "records", "items", "list", "result")
_MAX_DOCUMENT: Final = 256 << 20
_MAX_NESTING: Final = 2
#: Half a character, as ``"\ud800"`` escapes it: no text that could be written anywhere.
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")

Record = dict[str, Any]


class _Number(str):
    """A JSON number as it was written."""

    __slots__ = ()


def read_json(
    path: Path, encoding: str, contract: FeedContract, name: str
) -> tuple[SheetTable, tuple[str, ...]]:
    """The records as a table, and notes on unknown keys. Raises Breach."""
    matcher = HeaderMatcher(contract)
    order = {column.name: at for at, column in enumerate(contract.columns)}
    places: dict[str, int | None] = {}
    writer = TableWriter(contract, order)
    found: dict[str, int] = {}
    number = 0
    for number, record in enumerate(_records(path, encoding, name), start=1):
        cells, kinds = [""] * len(order), [" "] * len(order)
        for key, value in record.items():
            if key not in places:
                if _HALF_CHARACTER.search(key):
                    raise _damaged(name, number)
                places[key] = _place(key, matcher, order, found, name)
            if (at := places[key]) is not None:
                cells[at], kinds[at] = _cell(value)
        writer.record(Line(number, cells, "".join(kinds)))
    if not number:
        raise Breach(
            BreachCode.DELIVERY_EMPTY, name, "it lists no record; send it with its records"
        )
    _require_columns(contract, found, name)
    notes = unknown_columns(sorted(key for key, at in places.items() if at is None))
    rows = writer.table().drop_columns([column for column in order if column not in found])
    return SheetTable("", TitleFacts(), {}, rows), notes


def _place(
    key: str, matcher: HeaderMatcher, order: dict[str, int], found: dict[str, int], name: str
) -> int | None:
    column = matcher.match_key(key)
    if column is None:
        return None
    if column in found:
        raise Breach(
            BreachCode.COLUMN_AMBIGUOUS,
            name,
            f"column {column} has two keys, one is '{printable(key)}'; send one of them",
        )
    found[column] = order[column]
    return order[column]


def _require_columns(contract: FeedContract, found: dict[str, int], name: str) -> None:
    if not found:
        raise Breach(BreachCode.HEADER_NOT_FOUND, name, "no record holds any key of this feed")
    missing = [
        f"{column.name} ({column.title_zh})"
        for column in contract.columns
        if column.required and column.name not in found
    ]
    if missing:
        raise Breach(
            BreachCode.COLUMN_MISSING, name, f"no record holds {', '.join(missing)}; add the key"
        )


def _cell(value: object) -> tuple[str, str]:
    match value:
        case None:
            return "", " "
        case _Number():
            return plain_number(value), "n"
        case str() if _HALF_CHARACTER.search(value):
            return "", "e"
        case str():
            text = text_of(value)
            return text, "t" if text else " "
        case bool():
            return ("true" if value else "false"), "b"
        case _:
            return "", "e"


def _records(path: Path, encoding: str, name: str) -> Iterator[Record]:
    read = lines_of(path, encoding, name, longest=_MAX_DOCUMENT)
    lines = (line for line in read if line.strip())
    first = next(lines, "")
    if _is_whole_object(first) and _list_in(_parse(first, name, 1)) is None:
        yield from _json_lines(itertools.chain([first], lines), name)
        return
    if path.stat().st_size > _MAX_DOCUMENT:
        raise Breach(
            BreachCode.FILE_TOO_LARGE, name, "one JSON document; send JSON lines, one record each"
        )
    document = _parse(first + "".join(lines), name, 1)
    records: list[Any] | None = document if isinstance(document, list) else _list_in(document)
    for number, record in enumerate(records if records is not None else [document], start=1):
        yield _checked(record, name, number)


def _json_lines(lines: Iterator[str], name: str) -> Iterator[Record]:
    for number, line in enumerate(lines, start=1):
        yield _checked(_parse(line, name, number), name, number)


def _checked(record: object, name: str, number: int) -> Record:
    if not isinstance(record, dict):
        raise _damaged(name, number)
    return record


def _list_in(document: object) -> list[Any] | None:
    """The list of records in an envelope such as {"code": 0, "data": […]}."""
    for _ in range(_MAX_NESTING):
        if not isinstance(document, dict):
            return None
        document = next((document[key] for key in _LISTS if key in document), None)
        if isinstance(document, list):
            return document
    return None


def _is_whole_object(line: str) -> bool:
    text = line.strip()
    return text.startswith("{") and text.endswith("}")


def _parse(text: str, name: str, number: int) -> object:
    try:
        return json.loads(
            text,
            parse_int=_Number,
            parse_float=_Number,
            parse_constant=_refuse,
            object_pairs_hook=_unique,
        )
    except (ValueError, RecursionError):
        raise _damaged(name, number) from None


def _refuse(constant: str) -> Never:
    raise ValueError(constant)


def _unique(pairs: list[tuple[str, Any]]) -> Record:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise ValueError("a key stands twice")
    return record


def _damaged(name: str, number: int) -> Breach:
    return Breach(
        BreachCode.FILE_UNREADABLE, f"{name}, record {number}", "no JSON records; export it again"
    )
