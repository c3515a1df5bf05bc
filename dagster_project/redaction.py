"""Errors and logs without the data that went wrong.

A database quotes the value that it could not convert, a parser the cell that it could not read,
and whoever keeps the error keeps the value: a run log, Dagster's storage, an artefact of dbt. Here
such texts lose their data: of an error stays what kind it is. This module knows no Dagster.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from traceback import extract_tb
from typing import Final

from ingestion.personal_numbers import without_numbers
from ingestion.settings import REPOSITORY

OUT_OF_MEMORY: Final = "Out of Memory Error"
#: Kinds of DuckDB's errors that speak of names, SQL and sizes only.
ERRORS_WITHOUT_DATA: Final = ("Binder Error", "Catalog Error", "Parser Error", OUT_OF_MEMORY)
# Without what stands before it, the end of the last of these would pass for a kind of its own.
_QUOTING_ERROR: Final = re.compile(
    rf"(?!{'|'.join(ERRORS_WITHOUT_DATA)})(?<!Out of )\b((?:[A-Z][A-Za-z]+ )+Error): (?!\s*$)[^\n]*"
)
_OURS: Final = ("ingestion.", "dagster_project.")
_COLUMN: Final = re.compile(r"source column (\w+)")


def without_data(text: str) -> str:
    """A message, of one line or more, without the values that it quotes."""
    return without_numbers(_QUOTING_ERROR.sub(_kind_and_column, text))


def _kind_and_column(error: re.Match[str]) -> str:
    column = _COLUMN.search(error[0])
    return f"{error[1]}: (quotes data{f' of column {column[1]}' if column else ''})"


def told(error: Exception) -> str:
    """An unexpected error as it may be told and kept: its kind, and where in our code it arose.

    What our own packages say in their errors stays, since it names places and never values.
    """
    kind = type(error)
    if kind.__module__.startswith(_OURS):
        return without_numbers(str(error))
    if isinstance(error, OSError) and error.strerror:
        file = f": {Path(error.filename).name}" if isinstance(error.filename, str) else ""
        return without_numbers(f"{error.strerror}{file}")
    places = [
        f"{Path(frame.filename).relative_to(REPOSITORY)}:{frame.lineno}"
        for frame in extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(REPOSITORY)
    ]
    return f"{kind.__name__} at {places[-1] if places else 'an unknown place'}: a defect; report it"


def clear_artefacts(folder: Path) -> None:
    """Take data out of what dbt itself keeps of its errors: its results."""
    results = folder / "run_results.json"
    if results.exists():
        content = json.loads(results.read_bytes())
        for result in content["results"]:
            if result["message"]:
                result["message"] = without_data(result["message"])
        _rewrite(results, json.dumps(content, ensure_ascii=False))


def _rewrite(path: Path, text: str) -> None:
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
