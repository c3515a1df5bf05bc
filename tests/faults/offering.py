"""An agency that offers a table in the way its feed's contract says: file, API, database, ledger.

Everything is real: files lie in a drop folder, the API answers over HTTP, the table stands in a
database. What it offers can be replaced, can vanish and come back.
"""

from __future__ import annotations

import csv
import io
import json
import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
from invented_rows import place
from pydantic import SecretStr
from servers import HttpServer
from starlette.requests import Request
from starlette.responses import Response

from ingestion.contract import (
    ApiSource,
    BundledSource,
    DatabaseSource,
    FeedContract,
    FileSource,
)
from ingestion.deliver import DeliveryOutcome, FeedReport, deliver_feed
from ingestion.landing import BatchRecord, DeliveryRecord, Manifest
from ingestion.sample_agencies.workbooks import Sheet, book_bytes
from ingestion.settings import Connection, Settings

KEY_MATERIAL = "a secret for tests, of invented people"
#: When the first file was written, and when the first run was made.
WRITTEN = datetime(2024, 7, 1, tzinfo=UTC)
VISITED = datetime(2024, 9, 1, tzinfo=UTC)

#: A header, and rows below it.
Table = Sequence[Sequence[str]]


class Offering:
    """One feed's agency, and the installation that it delivers to."""

    def __init__(self, contract: FeedContract, folder: Path, server: HttpServer) -> None:
        self.folder = folder
        self.server = server
        self.drop = folder / "drop"
        self.path = self._path(contract)
        self.contract = contract
        if isinstance(contract.source, BundledSource):
            beside = contract.source.model_copy(update={"file": str(self.path)})
            self.contract = contract.model_copy(update={"source": beside})
        self.drop.mkdir()
        self.runs = 0
        self.settings = Settings(
            home=folder / "home",
            drop=str(self.drop),
            secret=SecretStr(KEY_MATERIAL),
            connections=self._connections(),
        )

    def _path(self, contract: FeedContract) -> Path:
        match contract.source:
            case FileSource(formats=formats):
                suffix = "csv" if "csv" in formats else formats[0]
                name = f"{contract.agency}/{contract.feed}/{place(contract)}.{suffix}"
                return self.drop / name
            case DatabaseSource():
                return self.folder / "agency.sqlite"
            case _:
                return self.folder / "ledger.csv"

    def _connections(self) -> dict[str, Connection]:
        match self.contract.source:
            case ApiSource(system=system):
                return {system: Connection(url=SecretStr(self.server.url))}
            case DatabaseSource(system=system):
                return {system: Connection(url=SecretStr(f"sqlite:///{self.path}"))}
            case _:
                return {}

    def offer(self, table: Table | None) -> None:
        """Replace what is there by a header with rows; by nothing at all without one."""
        match self.contract.source:
            case ApiSource():
                self._answer(table)
            case DatabaseSource() as source:
                self._store(source.table, table)
            case _:
                self._write(_content(self.path.suffix, table))

    def explain(self, reason: str) -> None:
        """Put a reason file beside the file."""
        beside = self.path.with_name(f"{self.path.name}.reason.txt")
        beside.write_text(reason, encoding="utf-8")
        self._dated(beside)

    def vanish(self) -> None:
        """Nobody finds what was offered."""
        match self.contract.source:
            case ApiSource():
                self.server.answer = lambda _: Response(status_code=404)
            case DatabaseSource():
                self.path.write_bytes(b"")
            case FileSource():
                self.drop.rename(self.folder / "gone")
            case BundledSource():
                self.path.unlink()

    def deliver(self, contract: FeedContract | None = None) -> FeedReport:
        """Take in what is there, an hour after the last time."""
        self.runs += 1
        now = VISITED + timedelta(hours=self.runs)
        return deliver_feed(contract or self.contract, self.settings, now=now)

    def delivered(self, contract: FeedContract | None = None) -> DeliveryOutcome:
        """The one outcome of taking in what is there."""
        (outcome,) = self.deliver(contract).outcomes
        return outcome

    @property
    def batches(self) -> list[BatchRecord]:
        with Manifest(self.settings.manifest) as manifest:
            return manifest.batches()

    @property
    def deliveries(self) -> list[DeliveryRecord]:
        with Manifest(self.settings.manifest) as manifest:
            return manifest.deliveries()

    def landed(self) -> list[dict[str, object]]:
        """Rows of the newest batch."""
        path = self.settings.landing / self.contract.name / self.batches[-1].file_name
        rows: list[dict[str, object]] = pq.read_table(path).to_pylist()
        return rows

    def rejected(self) -> list[tuple[str, str]]:
        """Column and reason of each rejected row of the newest batch."""
        batch = self.batches[-1]
        path = self.settings.landing / self.contract.name / f"{batch.batch_id}.rejected.parquet"
        if batch.rejected_sha256 is None:
            return []
        rows = pq.read_table(path, columns=["column_name", "reason"]).to_pylist()
        return [(row["column_name"], row["reason"]) for row in rows]

    def _write(self, content: bytes) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_bytes(content)
        self._dated(self.path)

    def _dated(self, path: Path) -> None:
        moment = (WRITTEN + timedelta(hours=self.runs)).timestamp()
        os.utime(path, (moment, moment))

    def _answer(self, table: Table | None) -> None:
        header, *rows = table or [[]]
        records = [dict(zip(header, row, strict=True)) for row in rows]

        def answer(request: Request) -> dict[str, object]:
            size = int(request.query_params["size"])
            start = (int(request.query_params["page"]) - 1) * size
            data = records[start : start + size]
            return {"code": 0, "msg": "", "count": len(records), "data": data}

        self.server.answer = answer

    def _store(self, name: str, table: Table | None) -> None:
        self.path.unlink(missing_ok=True)
        if table is None:
            self.path.write_bytes(b"")
            return
        header, *rows = table
        stored = pd.DataFrame([[value or None for value in row] for row in rows], columns=header)
        with closing(sqlite3.connect(self.path)) as database:
            stored.to_sql(name, database, index=False, dtype=dict.fromkeys(header, "text"))


def _content(suffix: str, table: Table | None) -> bytes:
    """A file of that format."""
    if table is None:
        return b""
    match suffix:
        case ".xlsx" | ".xls" | ".et" | ".html":
            return book_bytes([Sheet("Sheet1", table)], suffix[1:])
        case ".json":
            header, *rows = table
            return json.dumps([dict(zip(header, row, strict=True)) for row in rows]).encode()
        case _:
            text = io.StringIO()
            csv.writer(text).writerows(table)
            return text.getvalue().encode("utf-8-sig")
