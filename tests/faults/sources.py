"""One source per connector, good at first, each with the same ways to go wrong.

Drop folder on a local disk and on a network share, HTTP API, SQLite, PostgreSQL. All are real but
the share's driver, which fsspec treats as it does any other.
"""

from __future__ import annotations

import csv
import io
import json
import os
import secrets
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

import pyarrow.parquet as pq
import sqlalchemy as sa
from bad_lines import Line, line_to
from bad_shares import SHARES, Share
from pydantic import SecretStr
from servers import PostgreSQL, serving
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ingestion.connectors import Delivery
from ingestion.connectors.drop_folder import DropFolder
from ingestion.connectors.http_api import HttpLimits, pull_api
from ingestion.connectors.sql_database import DatabaseLimits, pull_database
from ingestion.contract import (
    ApiSource,
    Column,
    DatabaseSource,
    DeliveryTerms,
    FeedContract,
    FileSource,
    RowBand,
    Source,
)
from ingestion.settings import Connection

NOW: Final = datetime(2024, 9, 1, tzinfo=UTC)
LONG_AGO: Final = datetime(2024, 7, 1, tzinfo=UTC)
#: Nobody may ever see it: the password or token of every source that has one.
CANARY: Final = "hunter2-c4nary-5ecret"
#: Wall time that a pull may take here, and what may pass before it is noticed.
SECONDS: Final = 1.5
GRACE: Final = 6.0

Fault = Literal["none", "cut", "silent", "trickle"]
Record = dict[str, str]
#: As they would be spelled by a contract, and by the agency.
HEADERS: Final = ("编号", "数量", "更新时间")


def records(count: int = 60) -> list[Record]:
    return [
        dict(zip(HEADERS, (f"R{n:04d}", str(n % 9), "2024-05-06 08:00:00"), strict=True))
        for n in range(count)
    ]


def contract_of(source: Source, most: int = 1000) -> FeedContract:
    return FeedContract(
        agency="hrss",
        feed="records",
        title_zh="记录",
        title_en="Records",
        grain="one row per record",
        cadence="daily",
        source=source,
        delivery=DeliveryTerms(mode="snapshot", rows=RowBand(maximum=most)),
        columns=(
            Column(name="record_no", title_zh="编号", type="text", required=True, filled=True),
            Column(name="amount", title_zh="数量", type="integer", required=True),
            Column(name="updated_at", title_zh="更新时间", type="datetime"),
        ),
        key=("record_no",),
    )


@dataclass
class Limits:
    """What a pull may take; connectors call it by different names."""

    seconds: float = SECONDS
    size: int = 1 << 20
    tries: int = 2


@dataclass
class Bench:
    """A source with its faults, under one set of names."""

    source: Source
    pull: Callable[[Path, Limits, FeedContract], Delivery | None]
    #: Replace what is offered.
    offer: Callable[[Sequence[Record]], None]
    #: Go wrong from a share (0 to 1) of what is sent on; so often.
    spoil: Callable[[Fault, float, int], None]
    refuse_credentials: Callable[[], None]
    go_away: Callable[[], None]
    connection: Connection | None = None
    drop: str | None = None
    #: Whether another try can get what the first one lost.
    tries_again: bool = True

    @property
    def contract(self) -> FeedContract:
        return contract_of(self.source)

    def pulled(self, into: Path, limits: Limits | None = None) -> Delivery | None:
        return self.pull(into, limits or Limits(), self.contract)


def rows_of(delivery: Delivery | None) -> list[Record]:
    """What was delivered, as records."""
    assert delivery is not None
    content = delivery.path.read_bytes()
    if content.startswith(b"PAR1"):
        return list(pq.read_table(delivery.path).to_pylist())
    if content.startswith(b"{"):
        return [json.loads(line) for line in content.decode().splitlines()]
    return list(csv.DictReader(io.StringIO(content.decode())))


def _csv(rows: Sequence[Record]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else HEADERS)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


# --- drop folders -----------------------------------------------------------------------------

_FILES: Final = FileSource(kind="files", formats=("csv",))


def _fetch(
    url: str, into: Path, limits: Limits, contract: FeedContract, meddle: Callable[[], None]
) -> Delivery | None:
    """List, let somebody meddle, and fetch the only file."""
    folder = DropFolder(
        url,
        stability_seconds=0,
        largest_bytes=limits.size,
        scan_seconds=limits.seconds,
        fetch_seconds=limits.seconds,
        clock=lambda: NOW,
    )
    listing = folder.scan({contract.name: contract})
    for fault in listing.faults:
        raise fault.breach
    candidates = listing.deliveries[contract.name]
    meddle()
    return folder.fetch(candidates[0], into) if candidates else None


@contextmanager
def local_folder(folder: Path, _: PostgreSQL) -> Iterator[Bench]:
    """A file on a disk of our own. Somebody spoils it between listing and copying."""
    drop = folder / "drop"
    path = drop / "hrss" / "records" / "a.csv"
    path.parent.mkdir(parents=True)
    meddling: list[Callable[[], None]] = []

    def offer(rows: Sequence[Record]) -> None:
        path.unlink(missing_ok=True)
        if rows:
            path.write_bytes(_csv(rows))
            os.utime(path, (LONG_AGO.timestamp(),) * 2)

    def spoil(fault: Fault, share: float, _: int) -> None:
        def cut() -> None:
            os.truncate(path, int(path.stat().st_size * share))

        def pipe() -> None:
            path.unlink()
            os.mkfifo(path)

        meddling[:] = [] if fault == "none" else [cut if fault == "cut" else pipe]

    def refuse() -> None:
        drop.rename(folder / "away")
        drop.write_bytes(b"no folder")

    yield Bench(
        source=_FILES,
        pull=lambda into, limits, contract: _fetch(
            str(drop), into, limits, contract, lambda: [one() for one in meddling] and None
        ),
        offer=offer,
        spoil=spoil,
        refuse_credentials=refuse,
        go_away=lambda: drop.rename(folder / "away") and None,
        drop=str(drop),
        tries_again=False,
    )


@contextmanager
def network_share(_: Path, __: PostgreSQL) -> Iterator[Bench]:
    """A file on a share that wants a password in its address."""
    host = f"share-{secrets.token_hex(4)}"
    share = SHARES[host] = Share(CANARY)
    name = "/drop/hrss/records/a.csv"
    url = f"badshare://reader:{CANARY}@{host}/drop"

    def spoil(fault: Fault, part: float, times: int) -> None:
        """What breaks off once ends there without a word."""
        share.fault = "short" if fault == "cut" and times == 1 else fault
        share.after = int(len(share.files.get(name, b"")) * part)

    def offer(rows: Sequence[Record]) -> None:
        share.files = {name: _csv(rows)} if rows else {}

    yield Bench(
        source=_FILES,
        pull=lambda into, limits, contract: _fetch(url, into, limits, contract, lambda: None),
        offer=offer,
        spoil=spoil,
        refuse_credentials=lambda: setattr(share, "password", "another"),
        go_away=lambda: setattr(share, "is_away", True),
        drop=url,
        tries_again=False,
    )
    del SHARES[host]


# --- an HTTP API ------------------------------------------------------------------------------


@contextmanager
def http_api(_: Path, __: PostgreSQL) -> Iterator[Bench]:
    """A paged API with a bearer token, over a line that can fail."""
    offered: list[Record] = []
    wanted = [f"Bearer {CANARY}"]

    def answer(request: Request) -> Response:
        if request.headers.get("authorization") not in wanted:
            told = {"code": 401, "msg": f"bad token {CANARY}"}
            return JSONResponse(told, status_code=401)
        size = int(request.query_params["size"])
        start = (int(request.query_params["page"]) - 1) * size
        data = offered[start : start + size]
        return JSONResponse({"code": 0, "msg": "", "count": len(offered), "data": data})

    with serving() as server, line_to(int(server.url.rpartition(":")[2])) as line:
        server.answer = answer
        url = f"http://127.0.0.1:{line.port}"
        connection = Connection(url=SecretStr(url), token=SecretStr(CANARY))

        def pull(into: Path, limits: Limits, contract: FeedContract) -> Delivery | None:
            http = HttpLimits(
                tries=limits.tries,
                first_pause_seconds=0,
                connect_seconds=1,
                read_seconds=limits.seconds,
                page_seconds=limits.seconds / 2,
                pull_seconds=limits.seconds,
                page_bytes=limits.size,
                pull_bytes=limits.size,
                page_size=25,
            )
            return pull_api(contract, connection, None, into, lambda: NOW, limits=http)

        with _spoilt_by(line) as spoil:
            yield Bench(
                source=ApiSource(kind="api", system="platform", path="/v1/records"),
                pull=pull,
                offer=lambda rows: offered.__setitem__(slice(None), rows),
                spoil=spoil,
                refuse_credentials=lambda: wanted.__setitem__(0, "Bearer another"),
                go_away=lambda: line.behave("cut"),
                connection=connection,
            )


@contextmanager
def _spoilt_by(line: Line) -> Iterator[Callable[[Fault, float, int], None]]:
    """Ways to spoil a line after a share of what an undisturbed pull brings."""

    def spoil(fault: Fault, share: float, times: int) -> None:
        line.behave(fault, int(line.passed * share), times)

    yield spoil


# --- databases --------------------------------------------------------------------------------


def _database_limits(limits: Limits) -> DatabaseLimits:
    return DatabaseLimits(
        tries=limits.tries,
        first_pause_seconds=0,
        connect_seconds=2,
        statement_seconds=60,
        lock_seconds=1,
        pull_seconds=limits.seconds,
        pull_bytes=limits.size,
        chunk_rows=20,
    )


def _pull_from(url: str) -> Callable[[Path, Limits, FeedContract], Delivery | None]:
    connection = Connection(url=SecretStr(url))

    def pull(into: Path, limits: Limits, contract: FeedContract) -> Delivery | None:
        bounds = _database_limits(limits)
        return pull_database(contract, connection, None, into, lambda: NOW, limits=bounds)

    return pull


_TABLE: Final = DatabaseSource(kind="database", system="platform", table="record")
#: Rows without end, at which a database works until somebody stops it.
_ENDLESS: Final = """
create view record as
with recursive counted(n) as (select 1 union all select n + 1 from counted)
select 'R' || n as 编号, '1' as 数量, '2024-05-06 08:00:00' as 更新时间 from counted
"""


def _store(url: str, rows: Sequence[Record], *before: str) -> None:
    """Replace the table by one with these rows."""
    names = list(rows[0]) if rows else list(HEADERS)
    table = sa.Table("record", sa.MetaData(), *(sa.Column(name, sa.Text) for name in names))
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as database:
        for statement in before:
            database.exec_driver_sql(statement)
        table.drop(database, checkfirst=True)
        table.create(database)
        if rows:
            database.execute(table.insert(), list(rows))


@contextmanager
def sqlite_database(folder: Path, _: PostgreSQL) -> Iterator[Bench]:
    """A database in a file: it can be damaged, endless, locked away, or no database at all."""
    path = folder / "agency 100%?.sqlite"

    url = sa.URL.create("sqlite", database=str(path)).render_as_string(hide_password=False)

    def offer(rows: Sequence[Record]) -> None:
        path.unlink(missing_ok=True)
        _store(url, rows, "pragma page_size = 512")

    def spoil(fault: Fault, share: float, _: int) -> None:
        if fault == "cut":
            os.truncate(path, int(path.stat().st_size * share))
        elif fault != "none":
            with closing(sqlite3.connect(path)) as database:
                database.execute("drop table record")
                database.execute(_ENDLESS)

    yield Bench(
        source=_TABLE,
        pull=_pull_from(url),
        offer=offer,
        spoil=spoil,
        refuse_credentials=lambda: path.write_bytes(secrets.token_bytes(4096)) and None,
        go_away=path.unlink,
        connection=Connection(url=SecretStr(url)),
        tries_again=False,
    )


@contextmanager
def postgresql_database(_: Path, server: PostgreSQL) -> Iterator[Bench]:
    """A server over a line that can fail, and a reader with a password of its own."""
    name = server.new_database()
    role = f"reader_{name}"

    def run(*statements: str) -> None:
        with server.connect(name) as database:
            for statement in statements:
                database.execute(statement)

    def offer(rows: Sequence[Record]) -> None:
        _store(server.url(name).replace("postgresql:", "postgresql+psycopg:"), rows)
        run(f"grant select on record to {role}")

    run(f"create role {role} login password '{CANARY}'")
    with line_to(server.port) as line, _spoilt_by(line) as spoil:
        url = f"postgresql://{role}:{CANARY}@127.0.0.1:{line.port}/{name}"
        yield Bench(
            source=_TABLE,
            pull=_pull_from(url),
            offer=offer,
            spoil=spoil,
            refuse_credentials=lambda: run(f"alter role {role} password 'another'"),
            go_away=lambda: line.behave("cut"),
            connection=Connection(url=SecretStr(url)),
        )
    with suppress(sa.exc.SQLAlchemyError):
        run("drop table if exists record", f"drop role {role}")


#: Every connector that there is.
SOURCES: Final = {
    "drop folder on a disk": local_folder,
    "drop folder on a share": network_share,
    "HTTP API": http_api,
    "SQLite": sqlite_database,
    "PostgreSQL": postgresql_database,
}
