"""The child process that parses workbooks and web tables, one after the other.

It limits its own memory, processor time and file output before it looks at a file, so that a
hostile one can only end this process. It answers with Arrow, never with pickles, and says of
an unexpected error no more than its class: the text may hold a cell's content.

Protocol over the two pipes: frames of an 8-byte length and as many bytes. A request is one
frame of JSON; an answer is one frame of JSON, then one frame of Arrow per table.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Iterator
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, Final

import pyarrow as pa

from ingestion.contract import FeedContract
from ingestion.machine import is_of_machine
from ingestion.readers import xlsx_parts
from ingestion.readers.encoding import find_encoding
from ingestion.readers.html_table import read_html
from ingestion.readers.reading import Reading, SheetTable
from ingestion.readers.sniff import require_agreed
from ingestion.readers.tables import read_sheets
from ingestion.readers.workbook import read_xls, read_xlsx
from ingestion.readers.worker_limits import LENGTH, MEMORY, PROCESSOR_SECONDS
from ingestion.readers.xml_spreadsheet import read_xml
from ingestion.reasons import Breach, BreachCode

_TOO_MUCH: Final = (
    "reading it took more memory than a ledger can need; copy the table into a new workbook"
)


def main() -> None:
    """Answer requests until the parent closes the pipe."""
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while (request := read_frame(requests)) is not None:
        _limit_processor_time()
        _answer(json.loads(request), answers)


def read_workbook(path: Path, family: str, contract: FeedContract, name: str) -> Reading:
    """Read a workbook or web table in this very process. Raises Breach."""
    notes: list[str] = []
    encoding: str | None = None
    match family:
        case "zip":
            form = xlsx_parts.check_package(path)
            sheets = read_xlsx(path, notes)
        case "ole":
            form = "et" if name.lower().endswith(".et") else "xls"
            sheets = read_xls(path, notes)
        case "xml":
            form = "html"
            sheets = read_xml(path.read_bytes(), notes)
        case _:
            form = "html"
            encoding = find_encoding(path, name)
            sheets = read_html(path.read_bytes().decode(encoding), notes)
    require_agreed(form, contract, name)
    tables, table_notes = read_sheets(sheets, contract, name)
    return Reading(tables, form, encoding, (*notes, *table_notes))


def read_frame(stream: BinaryIO) -> bytes | None:
    """The next frame, or none at the end of the stream."""
    header = stream.read(LENGTH.size)
    return stream.read(LENGTH.unpack(header)[0]) if len(header) == LENGTH.size else None


def _answer(request: dict[str, str], answers: BinaryIO) -> None:
    try:
        reading = read_workbook(
            Path(request["path"]),
            request["family"],
            _contract(request["contract"]),
            request["name"],
        )
        frames = list(_frames(reading))
    except Breach as breach:
        frames = [_breach(breach.code, _place(breach, request["name"]), breach.message)]
    except MemoryError:
        frames = [_breach(BreachCode.READER_LIMIT, request["name"], _TOO_MUCH)]
    except BaseException as error:  # a panic of the parsing library is no Exception
        if isinstance(error, OSError) and is_of_machine(error):
            frames = [_json({"errno": error.errno})]
        else:
            frames = [_json({"error": type(error).__name__, "where": request["name"]})]
    for frame in frames:
        answers.write(LENGTH.pack(len(frame)))
        answers.write(frame)
    answers.flush()


def _breach(code: BreachCode, where: str, message: str) -> bytes:
    return _json({"breach": code, "where": where, "message": message})


def _place(breach: Breach, name: str) -> str:
    """Where it was, the file's name first; parsers of parts do not know it."""
    if breach.where.startswith(name):
        return breach.where
    return f"{name}, {breach.where}" if breach.where else name


def _frames(reading: Reading) -> Iterator[bytes]:
    yield _json(
        {
            "format": reading.format,
            "encoding": reading.encoding,
            "notes": reading.notes,
            "tables": [_head(table) for table in reading.tables],
        }
    )
    for table in reading.tables:
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.rows.schema) as writer:
            writer.write_table(table.rows)
        yield sink.getvalue().to_pybytes()


def _head(table: SheetTable) -> dict[str, Any]:
    return {
        "sheet": table.sheet,
        "facts": asdict(table.facts),
        "money_units": table.money_units,
        "date_1904": table.date_1904,
    }


def _json(content: dict[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")


def _limit_processor_time() -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + PROCESSOR_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.RLIM_INFINITY))


@lru_cache(maxsize=32)
def _contract(text: str) -> FeedContract:
    return FeedContract.model_validate_json(text)


if __name__ == "__main__":
    main()
